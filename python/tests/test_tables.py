"""Scored rows become a DataFrame and arrays."""
import numpy as np
import pytest

import gridcells


def test_the_frame_is_the_table_of_gridscore(data):
    pandas = pytest.importorskip("pandas")
    rows, provenance = gridcells.read(data / "scored.npy")
    table = gridcells.frame(rows, provenance)
    wanted = pandas.read_csv(data / "scored.csv", keep_default_na=False, na_values=["NaN"])
    assert list(table.columns) == list(wanted.columns)
    pandas.testing.assert_frame_equal(table, wanted, check_dtype=False, rtol=1e-14)  # pandas reads text to the last bit or nearly so
    assert table["unit"].dtype == "int32" and table["split_half_r"].isna().all()
    assert table.attrs["units"]["grid_scale_m"] == "m" and table.attrs["units"]["mask_60_inner"] == "n bins"
    assert "score_60" not in table.attrs["units"]
    assert table.attrs["provenance"][-1]["tool"] == "gridscore"


def test_maps(data):
    rows, _ = gridcells.read(data / "scored.npy")
    maps = gridcells.maps(rows)
    assert maps["ratemap"].shape == (16, 20, 20) and maps["sac"].shape == (16, 39, 39)
    assert np.array_equal(maps["ratemap"], rows["ratemap"], equal_nan=True) and np.isnan(maps["ratemap"]).any()
    assert "mask_60" not in maps and "score_60" not in maps


def test_units_of_recordings():
    pytest.importorskip("pandas")
    rows = gridcells.add_fields(None, mean_rate_hz=np.ones(2), field_area_m2=np.ones(2), score_60=np.ones(2))
    assert gridcells.frame(rows).attrs["units"] == {"mean_rate_hz": "Hz", "field_area_m2": "m²"}
