"""scripts/train_many.py makes the updates of train, for networks side by side."""
import os
import shutil

import numpy as np
import pytest

import gridcells

from conftest import ROOT

SCRIPT = os.path.abspath(os.path.join(ROOT, "scripts", "train_many.py"))


def test_equals_train(tool, tmp_path):
    """Without dropout three updates of two networks give the weights of two trainings."""
    pytest.importorskip("torch")
    (tmp_path / "plan").write_text("a-1 seed=1 dropout=1 learning_rate=1e-4\n"
                                   "b-2 seed=2 preset=reference dropout=1 clip_scope=none learning_rate=3e-4 nh_lstm=100 nh_bottleneck=200 n_pc=50\n")
    tool(f'"$PYTHON" "{SCRIPT}" --definition --updates 3 --evaluate 3 --trajectories 10 --checkpoints plan out', cwd=tmp_path)
    for name, cells, flags in (("a-1", "", "--preset paper --seed 1 --learning-rate 1e-4"),
                               ("b-2", "--n-pc 50", "--preset reference --seed 2 --learning-rate 3e-4 --clip-scope none --nh-lstm 100 --nh-bottleneck 200")):
        tool(f"simulate -q -n 30 --seed {name[-1]} | targets -q {cells} | train -q --dropout 1 --steps 3 {flags} --checkpoint {name}", cwd=tmp_path)
        ours = gridcells.Checkpoint.load(tmp_path / "out" / f"{name}-000000003.safetensors").weights
        wanted = gridcells.Checkpoint.load(tmp_path / name).weights
        assert ours.keys() == wanted.keys()
        for tensor, values in wanted.items():
            assert np.abs(ours[tensor] - values).max() < 1e-7, tensor
    rows = np.load(tmp_path / "out" / "a-1-000000003.maps.npy")
    tool("simulate -q -n 10 --seed 1000001 | targets -q | activations -q --layers bottleneck --checkpoint a-1 | ratemaps -q --preset paper -o maps.npy", cwd=tmp_path)
    wanted = gridcells.read(tmp_path / "maps.npy").rows
    assert np.nanmax(np.abs(rows["ratemap"] - wanted["ratemap"])) < 1e-5
    assert np.array_equal(np.isnan(rows["ratemap"]), np.isnan(wanted["ratemap"]))
    assert np.abs(rows["direction_tuning"] - wanted["direction_tuning"]).max() < 1e-5


def test_kernels_equal_the_definition(tool, tmp_path):
    """The kernels of train_many.cu, run on the processor, change the weights as automatic derivatives do."""
    pytest.importorskip("torch")
    if not shutil.which("c++"):
        pytest.skip("no C++ compiler")
    # With this rate and the first mean square of 1 the weights move by their gradients.
    (tmp_path / "plan").write_text("a-1 seed=1 dropout=1 learning_rate=1 clip_scope=none\n"
                                   "b-2 seed=2 dropout=1 learning_rate=1 clip=1e-3 batch=3 n_pc=50 nh_lstm=100 pc_scale=0.1 weight_decay=0.1\n")
    for way in ("definition", "host"):
        tool(f'"$PYTHON" "{SCRIPT}" --{way} --updates 1 --evaluate 0,1 --trajectories 10 --checkpoints plan {way}', cwd=tmp_path)
    for name in ("a-1", "b-2"):
        first, wanted, ours = (gridcells.Checkpoint.load(tmp_path / way / f"{name}-{update:09d}.safetensors").weights
                               for way, update in (("definition", 0), ("definition", 1), ("host", 1)))
        for tensor, values in wanted.items():
            moved = np.abs(values - first[tensor]).max()
            assert moved > 1e-5, tensor
            assert np.abs(ours[tensor] - values).max() < 1e-4 * moved + 1e-8, tensor
