"""Turn an NWB file into the .npz file that the tool neurons reads.

    python3 scripts/nwb.py session.nwb -o session.npz
    neurons session.npz | ratemaps | gridscore -o scores.npy

Positions come from SpatialSeries (data × conversion + offset, in metres), their times from timestamps or from
starting_time and rate. Spike times come from the table of units. A file with several series of positions needs
--series; a second series, that of another LED, is given behind a comma. Head directions come from a series inside
CompassDirection, or the one that --direction names.

It needs h5py and NumPy. The .npz file holds t [N] (s), pos [N, 2] (m), perhaps pos2 [N, 2] and hd [N] (rad),
spike_times [S] (s), spike_units [S] and unit_names [units].
"""
from __future__ import annotations

import argparse
import sys
from typing import Any, Dict, List, Optional, Sequence, Tuple

import numpy as np

from .simulation import Failure

LENGTHS = {"m": 1.0, "meter": 1.0, "meters": 1.0, "metre": 1.0, "metres": 1.0, "cm": 0.01, "centimeter": 0.01,
           "centimeters": 0.01, "centimetre": 0.01, "centimetres": 0.01, "mm": 0.001, "millimeter": 0.001,
           "millimeters": 0.001, "millimetre": 0.001, "millimetres": 0.001}
ANGLES = {"rad": 1.0, "radian": 1.0, "radians": 1.0, "deg": np.pi / 180, "degree": np.pi / 180, "degrees": np.pi / 180}


def text(value: Any) -> str:
    """Return an attribute of HDF5 as text."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def series_of(file: Any) -> "Dict[str, Any]":
    """Return all series of positions and directions by their path in the file."""
    found: "Dict[str, Any]" = {}

    def look(name: str, node: Any) -> None:
        if text(node.attrs.get("neurodata_type", "")) == "SpatialSeries" and hasattr(node, "keys") and "data" in node:
            found[name] = node

    file.visititems(look)
    return found


def is_direction(name: str, node: Any) -> bool:
    """Tell whether a series holds directions: it is in a CompassDirection, or has one column and a unit of angles."""
    data = node["data"]
    narrow = data.ndim == 1 or data.ndim == 2 and data.shape[1] == 1
    parent = text(node.parent.attrs.get("neurodata_type", ""))
    return parent == "CompassDirection" or narrow and text(data.attrs.get("unit", "")).lower() in ANGLES


def choose(found: "Dict[str, Any]", wanted: str) -> str:
    """Return the path of the series that a user named: by its path, or by the last part of it."""
    hits = [name for name in found if name == wanted.strip("/") or name.split("/")[-1] == wanted]
    if len(hits) != 1:
        raise Failure(f"no series {wanted}, or more than one: the file has {', '.join(found) or 'none'}")
    return hits[0]


def values(node: Any, units: "Dict[str, float]", name: str) -> np.ndarray:
    """Return a series' data in the base unit of a table of units."""
    data = node["data"]
    unit = text(data.attrs.get("unit", "")).lower()
    if unit not in units:
        raise Failure(f"{name}: its unit is {unit or 'not named'}: give --unit, the length of 1 in metres")
    array = np.asarray(data[()], dtype=np.float64)
    conversion, offset = float(data.attrs.get("conversion", 1.0)), float(data.attrs.get("offset", 0.0))
    return (array * conversion + offset) * units[unit]


def times(node: Any, count: int, name: str) -> np.ndarray:
    """Return the times of a series' samples, in s."""
    if "timestamps" in node:
        t = np.asarray(node["timestamps"][()], dtype=np.float64)
        if t.shape != (count,):
            raise Failure(f"{name}: {count} samples and timestamps of shape {t.shape}")
        return t
    if "starting_time" not in node or "rate" not in node["starting_time"].attrs:
        raise Failure(f"{name}: neither timestamps nor starting_time with a rate")
    start = node["starting_time"]
    return float(start[()]) + np.arange(count) / float(start.attrs["rate"])


def positions(node: Any, name: str, metres: "Optional[float]") -> np.ndarray:
    """Return positions [N, 2] in m; a third column, the height, is left out."""
    units = dict(LENGTHS)
    if metres is not None:
        units = {text(node["data"].attrs.get("unit", "")).lower(): metres}
    xy = values(node, units, name)
    if xy.ndim != 2 or xy.shape[1] not in (2, 3):
        raise Failure(f"{name}: positions of shape {xy.shape}, wanted (N, 2)")
    return xy[:, :2]


def same_times(t: np.ndarray, other: np.ndarray, name: str) -> None:
    """Demand that two series have the same times."""
    if t.shape != other.shape or not np.allclose(t, other, rtol=0, atol=1e-4):
        raise Failure(f"{name}: its times are not those of the positions; leave it out by --series or --direction none")


def spikes(file: Any) -> "Tuple[np.ndarray, np.ndarray, List[str]]":
    """Return the spike times, the index of each spike's unit, and the units' names."""
    if "units" not in file or "spike_times" not in file["units"]:
        raise Failure("the file has no table of units with spike_times")
    table = file["units"]
    ends = np.asarray(table["spike_times_index"][()], dtype=np.int64)
    t = np.asarray(table["spike_times"][()], dtype=np.float64)
    if len(ends) and (np.any(np.diff(ends) < 0) or ends[0] < 0 or ends[-1] != len(t)):
        raise Failure("the index of spike_times does not fit its length")
    column = next((c for c in ("unit_name", "id") if c in table), None)
    names = [text(v) for v in table[column][()]] if column else [str(i) for i in range(len(ends))]
    if len(names) != len(ends) or len(set(names)) != len(names):
        names = [str(i) for i in range(len(ends))]
    return t, np.repeat(np.arange(len(ends)), np.diff(np.concatenate([[0], ends]))), names


def convert(file: Any, arguments: argparse.Namespace) -> "Dict[str, np.ndarray]":
    """Return the arrays of the .npz file."""
    found = series_of(file)
    paths = [name for name in found if not is_direction(name, found[name])]
    if arguments.series:
        chosen = [choose(found, name) for name in arguments.series.split(",")]
    elif len(paths) == 1:
        chosen = paths
    else:
        raise Failure(f"--series: name the series of positions; the file has {', '.join(paths) or 'none'}")
    if len(chosen) > 2:
        raise Failure("--series: want one series, or two for two LEDs")
    out: "Dict[str, np.ndarray]" = {"pos": positions(found[chosen[0]], chosen[0], arguments.unit)}
    out["t"] = times(found[chosen[0]], len(out["pos"]), chosen[0])
    for name in chosen[1:]:
        out["pos2"] = positions(found[name], name, arguments.unit)
        same_times(out["t"], times(found[name], len(out["pos2"]), name), name)
    directions = [name for name in found if is_direction(name, found[name])]
    if arguments.direction and arguments.direction != "none":
        directions = [choose(found, arguments.direction)]
    if len(directions) > 1:
        raise Failure(f"--direction: name the series of head directions, or none; the file has {', '.join(directions)}")
    if directions and arguments.direction != "none":
        name = directions[0]
        hd = values(found[name], ANGLES, name).reshape(len(found[name]["data"]), -1)[:, 0]
        same_times(out["t"], times(found[name], len(hd), name), name)
        out["hd"] = np.remainder(hd + np.pi, 2 * np.pi) - np.pi
    t, of, names = spikes(file)
    out["spike_times"], out["spike_units"] = t, np.asarray(names)[of] if len(of) else np.zeros(0, "U1")
    out["unit_names"] = np.asarray(names) if names else np.zeros(0, "U1")
    return out


def main(arguments: "Optional[Sequence[str]]" = None, prog: "Optional[str]" = None) -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog=prog, description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", help="Read this NWB file.")
    parser.add_argument("-o", "--output", required=True, help="Write to this .npz file.")
    parser.add_argument("--series", help="Take positions from this SpatialSeries, or from two, with a comma between them.")
    parser.add_argument("--direction", help="Take head directions from this series, or none.")
    parser.add_argument("--unit", type=float, help="Set the length of 1, after conversion, in metres, for files whose unit is not a length.")
    parsed = parser.parse_args(arguments)
    try:
        import h5py
    except ImportError:
        raise Failure("NWB files are read by h5py, which is not installed: pip install h5py") from None
    try:
        with h5py.File(parsed.file, "r") as file:
            out = convert(file, parsed)
    except KeyError as error:
        raise Failure(f"{parsed.file}: {error.args[0]}") from None
    name = parsed.output if parsed.output.endswith(".npz") else parsed.output + ".npz"
    arrays: Dict[str, Any] = dict(out)  # NumPy types the keywords of savez as if each were allow_pickle
    np.savez(name, **arrays)
    sys.stderr.write(f"{prog or 'nwb'}: {len(out['t'])} samples, {len(out['unit_names'])} units, {len(out['spike_times'])} spikes: neurons {name}\n")
