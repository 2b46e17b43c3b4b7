"""Scores of arrays."""
import re

import numpy as np
import pytest

import gridcells


def lattice(positions):
    """Activities of a grid cell, and of one unit that is noise."""
    waves = 2 * np.pi / 0.5 * np.array([[1, 0], [0.5, 0.75 ** 0.5], [-0.5, 0.75 ** 0.5]])
    grid = np.cos(positions @ waves.T).sum(-1)
    return np.stack([grid, np.random.RandomState(1).normal(size=grid.shape)], -1).astype(np.float32)


@pytest.fixture(scope="module")
def walk(tool):
    return np.concatenate(list(gridcells.simulate(150, seed=2)))


def test_score(walk, tool, tmp_path, capsys):
    positions = walk["target_pos"]
    units, provenance = gridcells.score(positions, lattice(positions), "--null", "field", "--shuffles", "19",
                                        directions=walk["target_hd"][..., 0], ratemaps=["--bins", "24"])
    assert [stage["tool"] for stage in provenance] == ["gridcells.score", "ratemaps", "gridscore"]
    assert units["ratemap"].shape == (2, 24, 24) and list(units["is_grid"]) == [1, 0] and units["score_60"][0] > 1
    assert np.isfinite(units["head_direction_length"]).all()
    assert "above the 95th percentile of their own field shuffles" in capsys.readouterr().err
    # The same as by hand.
    np.save(tmp_path / "pos.npy", positions)
    np.save(tmp_path / "act.npy", lattice(positions))
    tool('"$PYTHON" -m gridcells records --positions pos.npy --activities act.npy | ratemaps --bins 24 | gridscore -o scored.npy', cwd=tmp_path)
    np.testing.assert_array_equal(gridcells.read(tmp_path / "scored.npy").rows["score_60"], units["score_60"])
    # One long recording, two layers.
    flat = positions.reshape(-1, 2)
    both, _ = gridcells.score(flat, {"a": lattice(flat), "b": lattice(flat)[:, 0]}, "--quiet", env_size=2.4)
    assert list(both["layer"]) == ["a", "a", "b"] and both["score_60"][0] == both["score_60"][2]
    maps, _ = gridcells.score_ratemaps(units["ratemap"], "--quiet")
    np.testing.assert_array_equal(maps["score_60"], units["score_60"])


@pytest.mark.parametrize("change, text", [
    (lambda p, a: (100 * p, a), "seem to be in centimetres"),
    (lambda p, a: (p, a[:, :5]), "activity: found shape (150, 5, 2), wanted (150, 100, *)"),
    (lambda p, a: (p, np.full_like(a, np.nan)), "is NaN; a finite number is needed"),
    (lambda p, a: (p, {}), "no activities"),
    (lambda p, a: (p, {"": a}), "a layer has no name"),
    (lambda p, a: (p, {"target_pos": a}), "target_pos is the name of another field"),
    (lambda p, a: (p.astype(object), a), "found type object"),
    (lambda p, a: (p, a, "--null", "nonsense"), "--null must be one of"),
])
def test_refused(change, text, walk):
    with pytest.raises(gridcells.Failure, match=re.escape(text)):
        gridcells.score(*change(walk["target_pos"], lattice(walk["target_pos"])))


@pytest.mark.parametrize("size", [0, -1, float("nan"), float("inf")])
def test_room_refused(size, walk):
    with pytest.raises(gridcells.Failure, match="wanted the size of the room in m"):
        gridcells.score_ratemaps(np.zeros((1, 20, 20)), env_size=size)
