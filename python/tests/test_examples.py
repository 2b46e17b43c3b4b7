"""Each stage of the pipeline can be replaced: the examples, in real pipes."""
import json
import os
import re
import stat

import numpy as np
import pytest

import gridcells

from conftest import ROOT


def test_targets(tool, tmp_path):
    """Codes of other cells are trained on and evaluated, and positions are decoded from the centres that the stream states."""
    tool("""simulate -n 30 | "$PYTHON" "$EXAMPLES"/targets.py > codes.npy
        train --steps 3 --nh-lstm 8 --nh-bottleneck 8 --checkpoint run.safetensors codes.npy
        activations --decode argmax --checkpoint run.safetensors codes.npy -o act.npy
        ratemaps act.npy -o maps.npy""", cwd=tmp_path)
    rows, provenance = gridcells.read(tmp_path / "codes.npy")
    assert rows["place_target"].shape == (30, 100, 144) and np.allclose(rows["place_target"].sum(-1), 1, atol=1e-5)
    assert [stage["tool"] for stage in provenance] == ["simulate", "lattice.py"]
    assert set(gridcells.read(tmp_path / "maps.npy").rows["layer"]) == {"lstm", "bottleneck"}
    network, act = gridcells.Checkpoint.load(tmp_path / "run.safetensors"), gridcells.read(tmp_path / "act.npy").rows
    centres = np.array(provenance.parameter("place_centres"))
    likeliest = gridcells.forward(network, rows)["place_logits"].argmax(-1)
    assert centres.shape == (144, 2) and (act["decoded_pos"] == centres[likeliest].astype("f4")).mean() > 0.99
    with pytest.raises(ValueError, match="does not tell"):
        network.ensembles

    # A file gives the centres as well. Without them the output has no decoded positions, and one line says so.
    gridcells.write(tmp_path / "silent.npy", rows, gridcells.Provenance(provenance[:1]).then("lattice.py"))
    np.save(tmp_path / "centres.npy", centres)
    tool("activations --decode argmax --centres centres.npy --checkpoint run.safetensors silent.npy -o by-file.npy", cwd=tmp_path)
    assert (gridcells.read(tmp_path / "by-file.npy").rows == act).all()
    said = tool("activations --checkpoint run.safetensors silent.npy -o silent.act.npy 2>&1", cwd=tmp_path)
    assert said.count(b"\n") == 1 and b"no decoded_pos" in said
    assert "decoded_pos" not in gridcells.read(tmp_path / "silent.act.npy").rows.dtype.names


def test_other_targets_are_trained_on_in_pytorch(tool, tmp_path):
    """Both stages are programs of one's own."""
    pytest.importorskip("torch")
    tool("""simulate -n 30 | "$PYTHON" "$EXAMPLES"/targets.py | "$PYTHON" "$EXAMPLES"/train_pytorch.py run.safetensors
        simulate -n 5 | "$PYTHON" "$EXAMPLES"/targets.py | activations --checkpoint run.safetensors -o act.npy""", cwd=tmp_path)
    assert gridcells.read(tmp_path / "act.npy").rows["decoded_pos"].shape == (5, 100, 2)


def test_ratemaps(tool, data, tmp_path):
    tool(f'cat {data}/act.npy | "$PYTHON" "$EXAMPLES"/ratemaps.py | gridscore -o scored.npy; report -o units.pdf scored.npy', cwd=tmp_path)
    theirs = gridcells.read(data / "maps.npy").rows
    theirs = theirs[theirs["layer"] == "bottleneck"]
    mine = gridcells.read(tmp_path / "scored.npy").rows
    assert np.allclose(mine["ratemap"], theirs["ratemap"], equal_nan=True, rtol=1e-12)
    assert (mine["unit"] == theirs["unit"]).all() and "score_60" in mine.dtype.names


def test_train(tool, tmp_path):
    pytest.importorskip("torch")
    tool("""simulate -n 50 | targets --pc-scale 0.1 | "$PYTHON" "$EXAMPLES"/train_pytorch.py run.safetensors
        simulate -n 20 --seed 2 | targets --pc-scale 0.1 | activations --checkpoint run.safetensors -o act.npy
        simulate -n 20 | targets --pc-scale 0.1 | train --steps 1 --init run.safetensors --checkpoint on.safetensors""", cwd=tmp_path)
    rows = gridcells.read(tmp_path / "act.npy").rows
    assert rows["bottleneck"].shape == (20, 100, 256) and np.isfinite(rows["decoded_pos"]).all()


def test_gridscore(tool, tmp_path):
    """A hexagonal and a square lattice, where the scores of the tool and of the example agree in kind."""
    x, y = np.mgrid[-1:1:24j, -1:1:24j]
    waves = lambda angles: sum(np.cos(15 * (x * np.cos(a) + y * np.sin(a))) for a in angles)  # noqa: E731
    maps = np.array([waves(np.deg2rad([10, 70, 130])), waves(np.deg2rad([10, 100]))])
    maps[:, 3, 4] = np.nan
    gridcells.write(tmp_path / "maps.npy", gridcells.add_fields(None, unit=np.arange(2), ratemap=maps))
    tool("""cat maps.npy | "$PYTHON" "$EXAMPLES"/gridscore.py > mine.npy; gridscore maps.npy -o theirs.npy
        report -o units.pdf mine.npy""", cwd=tmp_path)
    for name in ("mine.npy", "theirs.npy"):
        hexagonal, square = gridcells.read(tmp_path / name).rows["score_60"]
        assert hexagonal > 0.9 and square < 0, (name, hexagonal, square)


def test_examples_can_be_run_and_are_short():
    names = [name for name in os.listdir(os.path.join(ROOT, "examples")) if name.endswith(".py") and name != "make_notebook.py"]
    assert {"targets.py", "ratemaps.py", "train_pytorch.py", "gridscore.py"} <= set(names)
    for name in names:
        path = os.path.join(ROOT, "examples", name)
        assert os.stat(path).st_mode & stat.S_IXUSR
        with open(path) as file:
            lines = file.read().split('"""')[2].splitlines()
        assert sum(1 for line in lines if line.strip()) <= 30, name


def test_the_notebook_is_what_its_script_makes(tool, tmp_path):
    """The script runs with small sizes, and its cells are those of the notebook in the repository, apart from the sizes."""
    for module in ("torch", "matplotlib", "nbclient", "ipykernel"):
        pytest.importorskip(module)
    tool('"$PYTHON" "$EXAMPLES"/make_notebook.py --updates 3 --evaluate 40 --shuffles 3 small.ipynb', cwd=tmp_path)

    def sources(path):
        with open(path, encoding="utf-8") as file:
            cells = json.load(file)["cells"]
        assert all(cell["outputs"] for cell in cells if "plt.show" in "".join(cell["source"]) and "def " not in "".join(cell["source"]))
        return [re.sub(r"(SHUFFLES =) .*", r"\1 …", "".join(cell["source"])) for cell in cells]

    assert sources(tmp_path / "small.ipynb") == sources(os.path.join(ROOT, "examples", "notebook.ipynb"))


def test_the_lines_of_python_in_readme_are_in_the_notebook():
    with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as file:
        lines, = re.findall(r"^```python\n(.*?)^```$", file.read(), re.M | re.S)
    with open(os.path.join(ROOT, "examples", "notebook.ipynb"), encoding="utf-8") as file:
        cells = json.load(file)["cells"]
    found = [cell for cell in cells if "".join(cell["source"]) == lines.strip("\n")]
    assert len(found) == 1 and found[0]["outputs"]
