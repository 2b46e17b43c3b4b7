"""The forward passes equal `activations`, in NumPy and in PyTorch, and weights go back."""
import json
import os
import time

import numpy as np
import pytest

import gridcells

NETWORKS = {
    "lstm": "", "gru": "--cell gru", "rnn-tanh": "--cell rnn-tanh", "rnn-relu": "--cell rnn-relu",
    "bias": "--bottleneck-bias", "rectified": "--bottleneck-activation relu --bottleneck-bias",
    "rectified gru": "--cell gru --bottleneck-activation relu", "rectified rnn": "--cell rnn-relu --bottleneck-activation relu",
    "blind": "--no-velocity-inputs",
}


@pytest.fixture(scope="module")
def codes(tool, tmp_path_factory):
    where = tmp_path_factory.mktemp("codes")
    tool("simulate -n 20 | targets --n-pc 16,9 --pc-scale 0.1,0.2 --init-type cartesian -o codes.npy", cwd=where)
    return where


def trained(tool, codes, flags):
    """Train a little, at a rate that moves the weights, and return the activities."""
    tool(f"""rm -f run.safetensors
        train --nh-lstm 24 --nh-bottleneck 16 --steps 2 {flags} --learning-rate 1e-3 --checkpoint run.safetensors codes.npy
        activations --checkpoint run.safetensors codes.npy -o act.npy""", cwd=codes)
    return gridcells.read(codes / "act.npy").rows


@pytest.mark.parametrize("flags", NETWORKS.values(), ids=NETWORKS)
def test_forward_passes(tool, codes, flags):
    wanted = trained(tool, codes, flags)
    checkpoint = gridcells.Checkpoint.load(codes / "run.safetensors")
    rows = gridcells.read(codes / "codes.npy").rows
    assert checkpoint.config["position"]["update"] == 2 and checkpoint.optimizer
    found = gridcells.forward(checkpoint, rows)
    for layer in ("lstm", "bottleneck"):
        assert np.abs(found[layer] - wanted[layer]).max() <= 1e-6, layer
    assert found["place_logits_2"].shape == (20, 100, 9)

    pytest.importorskip("torch")
    from gridcells import pytorch
    module = pytorch.PathIntegrator.from_checkpoint(codes / "run.safetensors")
    ego_vel, init, _ = pytorch.tensors(rows)
    out = module(ego_vel, init)
    for layer in ("lstm", "bottleneck"):
        assert np.abs(out[layer].detach().numpy() - wanted[layer]).max() <= 1e-6, layer
    for head in checkpoint.network.heads:
        assert np.abs(out[head.name].detach().numpy() - found[head.name]).max() <= 1e-5, head.name


def test_weights_go_back(tool, codes):
    wanted = trained(tool, codes, "--bottleneck-bias")
    checkpoint = gridcells.Checkpoint.load(codes / "run.safetensors")
    checkpoint.save(codes / "weights.safetensors")
    again = gridcells.Checkpoint.load(codes / "weights.safetensors")
    assert again.weights.keys() == checkpoint.weights.keys() and not again.optimizer
    tool("activations --checkpoint weights.safetensors codes.npy -o again.npy", cwd=codes)
    assert (gridcells.read(codes / "again.npy").rows["lstm"] == wanted["lstm"]).all()
    tool("""rm -f init.safetensors
        train --steps 0 --init weights.safetensors --nh-lstm 24 --nh-bottleneck 16 --bottleneck-bias --checkpoint init.safetensors codes.npy
        """, cwd=codes)
    init = gridcells.Checkpoint.load(codes / "init.safetensors").weights
    assert all((init[name] == value).all() for name, value in checkpoint.weights.items())


def test_settings(data):
    checkpoint = gridcells.Checkpoint.load(data / "run.safetensors")
    assert checkpoint.network.cell == "lstm" and checkpoint.network.hidden == 8 and checkpoint.network.heads[0].cells == 16
    assert checkpoint.ensembles.n_pc == [16]
    assert [stage["tool"] for stage in checkpoint.config["provenance"]] == ["simulate", "targets"]


def test_damage_is_an_error(data, tmp_path):
    whole = bytearray((data / "run.safetensors").read_bytes())
    whole[-5] ^= 1
    (tmp_path / "damaged").write_bytes(whole)
    with pytest.raises(ValueError, match="checksum"):
        gridcells.Checkpoint.load(tmp_path / "damaged")
    for size in (0, 5, 100, len(whole) - 4):
        (tmp_path / "cut").write_bytes(whole[:size])
        with pytest.raises(ValueError, match="cut"):
            gridcells.Checkpoint.load(tmp_path / "cut")


def test_safetensors_reads_what_is_saved(data, tmp_path):
    numpy = pytest.importorskip("safetensors.numpy")
    checkpoint = gridcells.Checkpoint.load(data / "run.safetensors")
    checkpoint.save(tmp_path / "w.safetensors")
    theirs = numpy.load_file(tmp_path / "w.safetensors")
    assert theirs.keys() == checkpoint.weights.keys()
    assert all((theirs[name] == value).all() for name, value in checkpoint.weights.items())


def test_module_trains_and_goes_back(tool, data):
    torch = pytest.importorskip("torch")
    from gridcells import pytorch
    torch.manual_seed(1)
    rows, provenance = gridcells.read(data / "codes.npy")
    ego_vel, init, targets = pytorch.tensors(rows)
    module = pytorch.PathIntegrator.build(gridcells.Ensembles.of(provenance), hidden=8, bottleneck=8)
    before = module.loss(module(ego_vel, init), targets).item()
    optimizer = torch.optim.Adam(module.parameters(), 1e-2)
    for _ in range(10):
        optimizer.zero_grad()
        loss = module.loss(module(ego_vel, init), targets)
        loss.backward()
        optimizer.step()
    assert loss.item() < before
    module.checkpoint().save(data / "torch.safetensors")
    tool("activations --checkpoint torch.safetensors codes.npy -o torch.npy", cwd=data)
    theirs = gridcells.read(data / "torch.npy").rows["bottleneck"]
    assert np.abs(module.eval()(ego_vel, init)["bottleneck"].detach().numpy() - theirs).max() <= 1e-6


@pytest.mark.parametrize("kind", ["softmax", "voronoi", "normalized", "cartesian", "dog"])
def test_loss_is_that_of_train(tool, data, tmp_path, kind):
    pytest.importorskip("torch")
    from gridcells import pytorch
    log = tool(f"""targets --targets-type {kind} --n-pc 16 {data}/traj.npy -o codes.npy
        train --steps 0 --nh-lstm 8 --nh-bottleneck 8 --checkpoint new.safetensors codes.npy
        activations --checkpoint new.safetensors --path-integration - -o new.npy codes.npy""", cwd=tmp_path)
    rows, provenance = gridcells.read(tmp_path / "codes.npy")
    module = pytorch.PathIntegrator.from_checkpoint(tmp_path / "new.safetensors")
    ego_vel, init, targets = pytorch.tensors(rows)
    assert module.loss(module(ego_vel, init), targets).item() == pytest.approx(json.loads(log)["loss"], rel=1e-6, abs=1e-5)
    # A new network has the same readouts and the same loss, from the ensembles or from the rows.
    for codes in (gridcells.Ensembles.of(provenance), rows.dtype):
        built = pytorch.PathIntegrator.build(codes, hidden=8, bottleneck=8)
        built.load_state_dict(module.state_dict())
        assert built.network.heads == module.network.heads
    assert pytorch.PathIntegrator.build(gridcells.Ensembles.of(provenance)).network.loss == module.network.loss


def test_dataset(tool):
    torch = pytest.importorskip("torch")
    from gridcells import pytorch
    tool("true")
    ensembles = gridcells.Ensembles(n_pc=[16])
    dataset = pytorch.Trajectories(20, ensembles, "--steps", "5", batch=5, seed=2)
    rows = ensembles.add_codes(np.concatenate(list(gridcells.simulate(40, "--steps", "5", seed=2))))
    wanted = pytorch.tensors(rows)
    for workers in (0, 1, 3):
        for epoch in (0, 1):
            dataset.epoch = epoch
            batches = list(torch.utils.data.DataLoader(dataset, batch_size=None, num_workers=workers))
            assert len(batches) == 4 == len(dataset)
            found = torch.cat([b[0] for b in batches]), torch.cat([b[2][0] for b in batches])
            order = [w for w in range(20 * epoch, 20 * epoch + 20)]
            for f, w in zip(found, (wanted[0], wanted[2][0])):
                # With several workers the batches come in turn from each.
                def key(x):
                    return sorted(map(tuple, x.reshape(len(x), -1).tolist()))
                assert key(f) == key(w[order])
    with pytest.raises(ValueError):
        pytorch.Trajectories(7, batch=2)


def test_workers_that_live_on_see_the_epoch(tool):
    torch = pytest.importorskip("torch")
    from gridcells import pytorch
    tool("true")
    dataset = pytorch.Trajectories(8, gridcells.Ensembles(n_pc=[4]), "--steps", "2", batch=2)
    loader = torch.utils.data.DataLoader(dataset, batch_size=None, num_workers=2, persistent_workers=True)
    seen = set()
    for dataset.epoch in range(3):
        seen.update(tuple(ego_vel.flatten().tolist()) for ego_vel, _, _ in loader)
    wanted = np.concatenate(list(gridcells.simulate(24, "--steps", "2")))["ego_vel"].reshape(12, -1)
    assert seen == set(map(tuple, wanted.tolist()))


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="the processes are found as on Linux")
def test_no_process_is_left_when_a_loader_is_given_up(tool):
    torch = pytest.importorskip("torch")
    from gridcells import pytorch
    tool("true")
    dataset = pytorch.Trajectories(10**7, gridcells.Ensembles(n_pc=[4]), "--steps", "20", seed=987654, batch=2)
    for workers in (0, 2):
        for _ in torch.utils.data.DataLoader(dataset, batch_size=None, num_workers=workers):
            assert simulations("987654")
            break
        for _ in range(100):
            if not simulations("987654"):
                break
            time.sleep(0.1)
        assert not simulations("987654"), workers


def simulations(seed):
    """Return the numbers of the running processes of simulate that have this seed."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                words = file.read().decode().split("\0")
        except OSError:
            continue
        if "--seed" in words and words[words.index("--seed") + 1] == seed:
            found.append(pid)
    return found
