"""scripts/train_many.py makes the updates of train, for networks side by side."""
import os

import numpy as np
import pytest

import gridcells

from conftest import ROOT


def test_equals_train(tool, tmp_path):
    """Without dropout three updates of two networks give the weights of two trainings."""
    pytest.importorskip("torch")
    (tmp_path / "plan").write_text("a-1 seed=1 dropout=1 learning_rate=1e-4\nb-2 seed=2 dropout=1 clip_scope=none learning_rate=3e-4\n")
    script = os.path.abspath(os.path.join(ROOT, "scripts", "train_many.py"))
    tool(f'"$PYTHON" "{script}" --updates 3 --evaluate 3 --trajectories 10 --checkpoints plan out', cwd=tmp_path)
    for name, flags in (("a-1", "--seed 1 --learning-rate 1e-4"), ("b-2", "--seed 2 --learning-rate 3e-4 --clip-scope none")):
        seed = name[-1]
        tool(f"simulate -q -n 30 --seed {seed} | targets -q | train -q --preset paper --dropout 1 --steps 3 {flags} --checkpoint {name}", cwd=tmp_path)
        ours = gridcells.Checkpoint.load(tmp_path / "out" / f"{name}-000000003.safetensors").weights
        wanted = gridcells.Checkpoint.load(tmp_path / name).weights
        assert ours.keys() == wanted.keys()
        for tensor, values in wanted.items():
            assert np.abs(ours[tensor] - values).max() < 1e-7, tensor
        rows = np.load(tmp_path / "out" / f"{name}-000000003.maps.npy")
        assert rows["ratemap"].shape == (512, 32, 32)
