"""Fixtures: the tools, which GRIDCELLS_BIN or PATH has, and small data made by them."""
import os
import subprocess
import sys

import pytest

# Threads of PyTorch that wait for each other take seconds where other programs are busy.
os.environ.setdefault("OMP_NUM_THREADS", "1")

ROOT = os.path.join(os.path.dirname(__file__), "..", "..")
sys.path.insert(0, os.path.join(ROOT, "python"))  # also where the package is not installed

from gridcells.simulation import Failure, find_tool  # noqa: E402

os.environ["PYTHONPATH"] = os.pathsep.join([os.path.join(ROOT, "python"), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)


@pytest.fixture(scope="session")
def tool():
    """Return a function that runs a tool, or a pipeline of them given as one text, and returns its output."""
    try:
        find_tool("simulate")
    except Failure as failure:
        pytest.skip(str(failure))
    path = os.pathsep.join([os.environ.get("GRIDCELLS_BIN", ""), os.environ["PATH"]]).lstrip(os.pathsep)

    def run(command, cwd=None, status=0):
        words = ["bash", "-c", "set -eo pipefail; PYTHON='%s' EXAMPLES='%s'; %s"
                 % (sys.executable, os.path.abspath(os.path.join(ROOT, "examples")), command)]
        done = subprocess.run(words, cwd=cwd, capture_output=True, env={**os.environ, "PATH": path})
        assert done.returncode == status, done.stderr.decode()
        return done.stdout if status == 0 else done.stderr.decode()

    return run


@pytest.fixture(scope="session")
def data(tool, tmp_path_factory):
    """A directory with trajectories, codes, a trained network, its activities, and scored units."""
    where = tmp_path_factory.mktemp("data")
    tool("""simulate -n 60 -o traj.npy
        targets --n-pc 16 traj.npy -o codes.npy
        train --nh-lstm 8 --nh-bottleneck 8 --steps 6 --checkpoint run.safetensors codes.npy
        activations --checkpoint run.safetensors codes.npy -o act.npy
        ratemaps act.npy -o maps.npy
        gridscore --null field --shuffles 10 maps.npy -o scored.npy
        gridscore --null field --shuffles 10 --format csv maps.npy -o scored.csv""", cwd=where)
    return where
