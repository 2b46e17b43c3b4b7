#!/usr/bin/env python3
"""Read results with other people's programs and compare.

    python3 .ci/interoperate.py BIN DIR

BIN has the tools. DIR is an empty directory for the files. What cannot be
checked, because a package is not here, is said and skipped.
"""
import glob
import importlib
import json
import os
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "python"))


def have(name):
    """Import a module, or say that it is not here."""
    try:
        return importlib.import_module(name)
    except ImportError as err:
        print(f"skipped: {name}: {err}")
        return None


def main():
    tools, out = os.path.abspath(sys.argv[1]), sys.argv[2]
    os.makedirs(out, exist_ok=True)

    def tool(name, *arguments):
        subprocess.run([os.path.join(tools, name), *arguments], check=True, cwd=out, stdout=subprocess.DEVNULL)

    tool("simulate", "-n", "60", "-o", "traj.npy")
    tool("simulate", "-n", "60", "--tfrecord", "shards", "--shards", "3")
    tool("targets", "--n-pc", "16", "traj.npy", "-o", "codes.npy")
    tool("train", "--nh-lstm", "8", "--nh-bottleneck", "8", "--steps", "6", "--log-every", "2", "--log", "run.jsonl",
         "--tensorboard", "events", "--checkpoint", "run.safetensors", "codes.npy")
    tool("activations", "--checkpoint", "run.safetensors", "codes.npy", "-o", "act.npy")

    np = have("numpy")
    if not np:
        return
    import gridcells

    def rows(name):
        return gridcells.read(os.path.join(out, name))

    trajectories, provenance = rows("traj.npy")
    assert len(trajectories) == 60 and provenance[0]["tool"] == "simulate"
    activities, provenance = rows("act.npy")
    assert [stage["tool"] for stage in provenance] == ["simulate", "targets", "activations"]
    assert activities["bottleneck"].shape == (60, 100, 8) and np.isfinite(activities["bottleneck"]).all()
    np.save(os.path.join(out, "numpy.npy"), trajectories)
    tool("targets", "--n-pc", "16", "numpy.npy", "-o", "codes2.npy")
    assert (rows("codes2.npy").rows["place_target"] == rows("codes.npy").rows["place_target"]).all()
    print(f"NumPy {np.__version__}: streams are read and written")

    if have("safetensors"):
        from safetensors import safe_open
        from safetensors.numpy import load_file, save_file
        path = os.path.join(out, "run.safetensors")
        weights = load_file(path)
        with safe_open(path, "numpy") as file:
            metadata = file.metadata()
        assert json.loads(metadata["position"])["update"] == 6 and weights["bottleneck/w"].shape == (8, 8)
        # safetensors writes the file again in its own order. The result is the same network, and so are the weights
        # alone.
        for name, kept in {"again": metadata, "alone": None}.items():
            save_file(weights, os.path.join(out, name + ".safetensors"), metadata=kept)
            tool("activations", "--checkpoint", name + ".safetensors", "codes.npy", "-o", name + ".npy")
            assert (rows(name + ".npy").rows["bottleneck"] == activities["bottleneck"]).all(), name
        hidden = activities["lstm"] @ weights["bottleneck/w"]
        assert np.allclose(hidden, activities["bottleneck"], atol=1e-5)
        print("safetensors: checkpoints are read, and those written by Python are used")

    if have("tensorboard"):
        from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
        events = EventAccumulator(os.path.join(out, "events"))
        events.Reload()
        with open(os.path.join(out, "run.jsonl")) as file:
            log = [json.loads(line) for line in file]
        read = [(e.step, e.value) for e in events.Scalars("loss/total")]
        assert [step for step, _ in read] == [line["step"] for line in log] == [2, 4, 6]
        assert np.allclose([value for _, value in read], [line["loss"] for line in log])
        tags = set(events.Tags()["scalars"])
        assert {"loss/place", "grad_norm/heads", "clipped/recurrent", "weight_norm/bottleneck"} <= tags, tags
        print("TensorBoard: event files are read")

    order = sorted(glob.glob(os.path.join(out, "shards", "*.tfrecord")))
    assert len(order) == 3
    if have("tfrecord"):
        from tfrecord.reader import tfrecord_loader
        k = 0
        for path in order:
            for example in tfrecord_loader(path, None):
                for name in ("init_pos", "init_hd", "ego_vel", "target_pos", "target_hd"):
                    assert (np.asarray(example[name]) == trajectories[name][k].ravel()).all(), (path, k, name)
                k += 1
        assert k == 60
        print("tfrecord: shards hold the stream's trajectories")
    if have("tensorboard"):
        # TensorFlow's own reader as TensorBoard has it in Python; it verifies both checksums.
        from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import PyRecordReader_New
        count = 0
        for path in order:
            reader = PyRecordReader_New(path.encode())
            try:
                while True:
                    reader.GetNext()
                    count += 1
            except Exception as err:  # it ends with an error of its own
                assert "No more" in str(err) or type(err).__name__ == "OutOfRangeError", err
        assert count == 60, count
        print("TensorBoard's record reader: checksums of all shards agree")


if __name__ == "__main__":
    main()
