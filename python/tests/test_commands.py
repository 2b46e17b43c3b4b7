"""The package's commands and scripts/records.py."""
import os
import re
import subprocess
import sys

import numpy as np
import pytest

import gridcells

ROOT = os.path.join(os.path.dirname(__file__), "..", "..")
RECORDS = [[sys.executable, os.path.join(ROOT, "scripts", "records.py")], [sys.executable, "-m", "gridcells", "records"]]


@pytest.mark.parametrize("command", RECORDS, ids=["script", "module"])
def test_records(command, tool, tmp_path):
    np.save(tmp_path / "pos.npy", np.random.RandomState(1).uniform(0, 100, (500, 2)))
    np.savez(tmp_path / "act.npz", cells=np.ones((500, 3), bool))
    words = ["--positions", "pos.npy", "--activities", "act.npz:cells", "--metres", "0.01", "--centre", "--env-size", "1"]
    stream = subprocess.run([*command, *words], cwd=tmp_path, capture_output=True, check=True).stdout
    (tmp_path / "mine.npy").write_bytes(stream)
    rows, provenance = gridcells.read(tmp_path / "mine.npy")
    assert rows["target_pos"].shape == (500, 1, 2) and abs(rows["target_pos"]).max() <= 0.5
    assert provenance.parameter("env_size") == 1
    tool("ratemaps mine.npy | gridscore -o scored.npy", cwd=tmp_path)
    assert len(gridcells.read(tmp_path / "scored.npy").rows) == 3


def test_records_of_ratemaps(tool, tmp_path):
    maps = np.random.RandomState(1).uniform(0, 1, (3, 20, 20))
    maps[0, 0, 0] = np.nan
    np.save(tmp_path / "maps.npy", maps)
    np.save(tmp_path / "one.npy", maps[1])
    for name, wanted in (("maps.npy", maps), ("one.npy", maps[1:2])):
        stream = subprocess.run([*RECORDS[0], "--ratemaps", name, "--env-size", "1"], cwd=tmp_path, capture_output=True, check=True).stdout
        (tmp_path / "mine.npy").write_bytes(stream)
        tool("gridscore -o scored.npy mine.npy", cwd=tmp_path)
        rows = gridcells.read(tmp_path / "scored.npy").rows
        np.testing.assert_array_equal(rows["ratemap"], wanted)
        assert list(rows["unit"]) == list(range(len(wanted))) and np.isfinite(rows["score_60"]).all()


def test_records_of_one_unit(tmp_path):
    np.save(tmp_path / "pos.npy", np.zeros((5, 2)))
    np.save(tmp_path / "act.npy", np.arange(5.0))
    subprocess.run([*RECORDS[0], "--positions", "pos.npy", "--activities", "act.npy"], cwd=tmp_path, check=True,
                   stdout=open(tmp_path / "mine.npy", "wb"))
    np.testing.assert_array_equal(gridcells.read(tmp_path / "mine.npy").rows["activity"].ravel(), np.arange(5.0))


@pytest.mark.parametrize("words, status, text", [
    (["--positions", "no.npy", "--activities", "no.npy"], 1, "no.npy: No such file"),
    (["--positions", "pos.npy", "--activities", "pos.npy", "--metres", "-1"], 2, "not a positive number"),
    (["--positions", "pos.npy", "--activities", "wrong.npy"], 1, "found shape (4, 2), wanted (5, *)"),
    (["--positions", "pos.npy", "--activities", "turned.npy"], 1, "found shape (3, 5), wanted (5, *); transpose it"),
    (["--ratemaps", "flat.npy"], 1, "ratemaps: found shape (5,), wanted (*, *, *)"),
    (["--ratemaps", "pos.npy", "--positions", "pos.npy"], 2, "--ratemaps goes without"),
    (["--positions", "pos.npy", "--activities", "text.npy"], 1, "numpy.loadtxt reads text"),
    (["--positions", "pos.npy", "--activities", "objects.npy"], 1, "objects.npy: holds Python objects; save a plain array of numbers"),
    (["--positions", "pos.npy", "--activities", "=pos.npy"], 1, "want NAME=FILE"),
    ([], 2, "required"),
])
def test_errors_are_one_line(words, status, text, tmp_path):
    np.save(tmp_path / "pos.npy", np.zeros((5, 2)))
    np.save(tmp_path / "wrong.npy", np.zeros((4, 2)))
    np.save(tmp_path / "turned.npy", np.zeros((3, 5)))
    np.save(tmp_path / "flat.npy", np.zeros(5))
    (tmp_path / "text.npy").write_text("text")
    np.save(tmp_path / "objects.npy", np.array([{}], dtype=object))
    for command in RECORDS:
        done = subprocess.run([*command, *words], cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == status and text in done.stderr and "Traceback" not in done.stderr
        assert status == 2 or done.stderr.count("\n") == 1
        assert done.stdout == ""


def test_show(data, tool):
    text = tool(f"\"$PYTHON\" -m gridcells show < {data}/act.npy").decode()
    assert "activations " + gridcells.__version__ in text and "60 rows" in text
    assert "bottleneck               <f4   (100, 8)" in text
    with open(data / "act.npy", "rb") as file:
        cut = file.read()[:-200]
    done = subprocess.run([sys.executable, "-m", "gridcells", "show"], input=cut, capture_output=True)
    assert done.returncode == 1 and done.stderr.count(b"\n") == 1 and b"standard input: record " in done.stderr


def test_all_names_are_documented():
    with open(os.path.join(ROOT, "docs", "python.md"), encoding="utf-8") as file:
        text = file.read()
    assert [name for name in gridcells.__all__ if name != "__version__" and not re.search(rf"`[^`]*\b{name}\b", text)] == []
