"""NWB files become the arrays that neurons reads."""
import numpy as np
import pytest

from gridcells import nwb
from gridcells.simulation import Failure

h5py = pytest.importorskip("h5py")


def series(parent, name, data, unit, conversion=1.0, timestamps=None, rate=None, start=0.0):
    """Write a SpatialSeries as NWB does."""
    group = parent.create_group(name)
    group.attrs["neurodata_type"] = "SpatialSeries"
    node = group.create_dataset("data", data=data)
    node.attrs["unit"], node.attrs["conversion"] = unit, conversion
    if timestamps is not None:
        group.create_dataset("timestamps", data=timestamps)
    if rate is not None:
        group.create_dataset("starting_time", data=start).attrs["rate"] = rate


@pytest.fixture
def session(tmp_path):
    """A file with two LEDs, head directions and three units, one of them without spikes."""
    name = tmp_path / "session.nwb"
    xy = np.arange(20.0).reshape(10, 2)
    with h5py.File(name, "w") as f:
        place = f.create_group("processing/behavior/Position")
        place.attrs["neurodata_type"] = "Position"
        series(place, "led_1", xy, "meters", 0.01, rate=50.0, start=3.0)
        series(place, "led_2", xy + 5, "centimeters", 1.0, timestamps=3 + np.arange(10) / 50)
        compass = f.create_group("processing/behavior/CompassDirection")
        compass.attrs["neurodata_type"] = "CompassDirection"
        series(compass, "head", np.linspace(0, 350, 10), "degrees", rate=50.0, start=3.0)
        units = f.create_group("units")
        units.create_dataset("spike_times", data=[3.01, 3.02, 3.1])
        units.create_dataset("spike_times_index", data=[2, 2, 3])
        units.create_dataset("id", data=[7, 8, 9])
    return name


def test_convert(session, tmp_path):
    out = tmp_path / "session.npz"
    nwb.main([str(session), "--series", "led_1,led_2", "-o", str(out)])
    with np.load(out) as z:
        assert np.allclose(z["t"], 3 + np.arange(10) / 50)
        assert np.allclose(z["pos"], np.arange(20.0).reshape(10, 2) * 0.01)
        assert np.allclose(z["pos2"], z["pos"] + 0.05)
        assert np.allclose(np.exp(1j * z["hd"]), np.exp(1j * np.radians(np.linspace(0, 350, 10))))
        assert list(z["spike_units"]) == ["7", "7", "9"] and list(z["unit_names"]) == ["7", "8", "9"]


def test_choices(session, tmp_path):
    out = str(tmp_path / "session.npz")
    with pytest.raises(Failure, match="--series: name the series"):
        nwb.main([str(session), "-o", out])
    with pytest.raises(Failure, match="no series absent"):
        nwb.main([str(session), "--series", "absent", "-o", out])
    nwb.main([str(session), "--series", "led_2", "--direction", "none", "-o", out])
    with np.load(out) as z:
        assert "hd" not in z.files and "pos2" not in z.files and np.allclose(z["pos"][0], [0.05, 0.06])
    with h5py.File(session, "a") as f:
        f["processing/behavior/Position/led_1/data"].attrs["unit"] = "pixels"
    with pytest.raises(Failure, match="give --unit"):
        nwb.main([str(session), "--series", "led_1", "-o", out])
    nwb.main([str(session), "--series", "led_1", "--unit", "0.002", "--direction", "none", "-o", out])
    with np.load(out) as z:
        assert np.allclose(z["pos"][1], np.array([2, 3]) * 0.01 * 0.002)
