"""Codes made in Python equal those of `targets`."""
import numpy as np
import pytest

import gridcells

CASES = {
    "default": "",
    "several": "--n-pc 16,9 --pc-scale 0.1,0.3 --n-hdc 5,7 --hdc-concentration 20,3 --neurons-seed 5",
    "dog": "--targets-type dog --n-pc 64 --surround-scale 3 --init-type zeros",
    "dog2": "--targets-type dog --n-pc 64 --init-type dog --n-hdc 0",
    "voronoi": "--targets-type voronoi --init-type voronoi",
    "sample": "--targets-type sample --init-type sample --n-pc 64 --pc-scale 0.2 --seed 9",
    "sample targets": "--targets-type sample --n-pc 64,32 --pc-scale 0.2,0.1",
    "normalized": "--targets-type normalized --init-type normalized --pc-scale 0.2",
    "cartesian": "--targets-type cartesian --init-type cartesian",
    "no place cells": "--n-pc 0",
}


@pytest.mark.parametrize("flags", CASES.values(), ids=CASES)
@pytest.mark.parametrize("arena", ["square --env-size 1.5", "periodic"])
def test_codes(tool, tmp_path, flags, arena):
    tool(f"simulate -n 7 --arena {arena} -o traj.npy; targets {flags} traj.npy -o codes.npy", cwd=tmp_path)
    wanted, provenance = gridcells.read(tmp_path / "codes.npy")
    ensembles = gridcells.Ensembles.of(provenance)
    rows = gridcells.read(tmp_path / "traj.npy").rows
    # In two parts, as a trainer takes them.
    found = np.concatenate([ensembles.add_codes(rows[:3]), ensembles.add_codes(rows[3:], first=3)])
    assert found.dtype == wanted.dtype
    for name in wanted.dtype.names:
        assert np.abs(found[name] - wanted[name]).max() <= 1e-6, name


def test_centres_are_those_of_targets(tool, tmp_path):
    """Fields of 10^-6 m answer with 1 only within 10^-9 m of their centre.

    Both sides are equal bit for bit: pkg/ensemble has a test that compares its centres with those of NumPy's
    RandomState, which draws them here.
    """
    centres, = gridcells.Ensembles().place_centres()
    rows = np.zeros(1, [("init_pos", "f8", (2,)), ("init_hd", "f8", (1,)), ("target_pos", "f8", (256, 2)), ("target_hd", "f8", (256, 1))])
    rows["target_pos"] = centres
    gridcells.write(tmp_path / "centres.npy", rows)
    tool("targets --targets-type normalized --pc-scale 1e-6 --n-hdc 0 centres.npy -o codes.npy", cwd=tmp_path)
    assert (gridcells.read(tmp_path / "codes.npy").rows["place_target"][0] == np.eye(256)).all()


def test_centres_do_not_change():
    assert gridcells.Ensembles().place_centres()[0][0].tolist() == np.random.RandomState(8341).uniform(-1.1, 1.1, 2).tolist()
    assert gridcells.Ensembles(n_hdc=[3], hdc_concentration=[1]).head_directions()[0].shape == (3,)


def test_codes_in_half_precision(tool, data):
    rows, provenance = gridcells.read(data / "codes.npy")
    codes = [name for name in rows.dtype.names if name.startswith(("place_", "head_direction_"))]
    gridcells.write(data / "half.npy", gridcells.add_fields(rows, **{name: rows[name].astype("f2") for name in codes}), provenance)
    tool("activations --checkpoint run.safetensors half.npy -o half.act.npy", cwd=data)
    full, half = (gridcells.read(data / name).rows["bottleneck"] for name in ("act.npy", "half.act.npy"))
    assert len(codes) == 4 and 0 < np.abs(half - full).max() < 1e-3


def test_defaults_are_those_of_targets(tool, tmp_path):
    for flags, settings in {"": {}, "--targets-type dog": {"targets_type": "dog"}, "--n-pc 0": {"n_pc": []}, "--n-hdc 0": {"n_hdc": []}}.items():
        tool(f"simulate -n 1 --steps 2 | targets {flags} -o codes.npy", cwd=tmp_path)
        assert gridcells.Ensembles(**settings) == gridcells.Ensembles.of(gridcells.read(tmp_path / "codes.npy").provenance), flags


@pytest.mark.parametrize("wrong", [{"n_pc": [1, 2]}, {"targets_type": "zeros"}, {"env_size": 0}, {"targets_type": "dog", "surround_scale": 1}])
def test_wrong_settings(wrong):
    with pytest.raises(ValueError):
        gridcells.Ensembles(**wrong)


def test_simulate(tool):
    tool("true")
    whole = np.concatenate(list(gridcells.simulate(20, "--steps", "5", seed=3)))
    later = np.concatenate(list(gridcells.simulate(8, "--steps", "5", seed=3, skip=12)))
    assert whole.dtype["target_pos"].shape == (5, 2) and (whole[12:] == later).all()
    for _ in gridcells.simulate(rows=5):
        break  # an endless program ends
    with pytest.raises(gridcells.Failure, match="arena"):
        list(gridcells.simulate(1, "--arena", "triangle"))


def test_provenance_tells_the_tools_where_the_cells_are(tool, data):
    """The parameters in a stage make train and activations know the cells."""
    ensembles = gridcells.Ensembles(n_pc=[16])
    rows, provenance = gridcells.read(data / "traj.npy")
    gridcells.write(data / "mine.npy", ensembles.add_codes(rows), provenance.then("mine", "1", ensembles.parameters()))
    tool("activations --checkpoint run.safetensors mine.npy -o mine.act.npy", cwd=data)
    mine, theirs = gridcells.read(data / "mine.act.npy").rows, gridcells.read(data / "act.npy").rows
    assert np.abs(mine["decoded_pos"] - theirs["decoded_pos"]).max() < 1e-4
