"""Scored rows as a table of pandas, and their maps as arrays."""
from __future__ import annotations

from typing import TYPE_CHECKING, Dict, Optional

import numpy as np

from .provenance import Provenance

if TYPE_CHECKING:
    import pandas

_UNITS = {"_m": "m", "_deg": "deg", "_bits_per_spike": "bits/spike", "_bits_per_s": "bits/s", "_hz": "Hz", "_m2": "m²", "_r": "1", "_cv": "1"}
_BINS = "n bins"  # of a map's side


def frame(rows: np.ndarray, provenance: Optional[Provenance] = None) -> "pandas.DataFrame":
    """Return the numbers and texts of rows as a DataFrame, one row for each, without maps (see `maps`).

    The columns are those of `gridscore --format csv`: a pair such as mask_60 becomes mask_60_inner and
    mask_60_outer. NaN stays NaN, and integers stay integers. `attrs["units"]` has the physical unit of each column
    that has one, and `attrs["provenance"]` the provenance.
    """
    import pandas
    columns: Dict[str, np.ndarray] = {}
    for name in rows.dtype.names or ():
        column = rows[name]
        if column.ndim == 2 and column.shape[1] == 2 and name.startswith("mask_"):
            columns[name + "_inner"], columns[name + "_outer"] = column[:, 0], column[:, 1]
        elif column.ndim == 1 and column.dtype.kind == "S":
            columns[name] = np.array([text.decode("latin-1") for text in column], object)
        elif column.ndim == 1 and column.dtype.kind == "U":
            columns[name] = column.astype(object)
        elif column.ndim == 1 and column.dtype.kind in "fiub":
            columns[name] = np.ascontiguousarray(column)
    table = pandas.DataFrame(columns, index=pandas.RangeIndex(len(rows)))
    table.attrs["units"] = {name: _BINS if name.startswith("mask_") else unit for name in columns
                            for unit in [next((u for end, u in _UNITS.items() if name.endswith(end)), "")]
                            if unit or name.startswith("mask_")}
    table.attrs["provenance"] = [dict(stage) for stage in provenance or ()]
    return table


def maps(rows: np.ndarray) -> "Dict[str, np.ndarray]":
    """Return the fields that `frame` leaves out, such as ratemap [units, n, n] and sac, as arrays of their own."""
    return {name: np.ascontiguousarray(rows[name]) for name in rows.dtype.names or ()
            if rows[name].ndim > 1 and not (name.startswith("mask_") and rows[name].shape[1:] == (2,))}
