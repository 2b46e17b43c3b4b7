#!/usr/bin/env python3
"""Compare an update of training with the same update in PyTorch, on 1 and 2 threads.

Optional: needs PyTorch (any version with torch.nn.LSTM; the CPU build will do) and Go.

    python3 scripts/bench_pytorch.py

Sizes are the defaults: 10 trajectories of 100 steps, an LSTM of 128 units, a linear layer of 256 with dropout, readouts
of 256 and 12 cells, gradients clipped by value, RMSProp with momentum. Other programs disturb both sides, so the two
are measured in turn, and what counts is the ratio of their times, round by round.
"""

import argparse
import os
import statistics
import subprocess
import tempfile
import time

import torch
from torch import nn
from torch.nn import functional

BATCH, STEPS, HIDDEN, LINEAR, PLACES, DIRECTIONS = 10, 100, 128, 256, 256, 12


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        codes = PLACES + DIRECTIONS
        self.state_init, self.cell_init = nn.Linear(codes, HIDDEN), nn.Linear(codes, HIDDEN)
        self.lstm = nn.LSTM(3, HIDDEN)
        self.linear = nn.Linear(HIDDEN, LINEAR, bias=False)
        self.dropout = nn.Dropout(0.5)
        self.places, self.directions = nn.Linear(LINEAR, PLACES), nn.Linear(LINEAR, DIRECTIONS)

    def forward(self, ego_vel, codes):
        state = self.state_init(codes)[None], self.cell_init(codes)[None]
        out = self.dropout(self.linear(self.lstm(ego_vel, state)[0]))
        return self.places(out), self.directions(out)


def cross_entropy(logits, targets):
    return -(targets * functional.log_softmax(logits, -1)).sum(-1).mean()


def one_hot(cells):
    return functional.one_hot(torch.randint(cells, (STEPS, BATCH)), cells).float()


class PyTorch:
    """Updates in PyTorch."""

    def __init__(self):
        torch.manual_seed(1)
        self.net = Network()
        self.optimizer = torch.optim.RMSprop(self.net.parameters(), lr=1e-5, alpha=0.9, momentum=0.9, eps=1e-10)
        self.ego_vel, self.codes = torch.randn(STEPS, BATCH, 3), torch.rand(BATCH, PLACES + DIRECTIONS)
        self.targets = one_hot(PLACES), one_hot(DIRECTIONS)

    def update(self):
        self.optimizer.zero_grad(set_to_none=True)
        logits = self.net(self.ego_vel, self.codes)
        loss = sum(cross_entropy(z, t) for z, t in zip(logits, self.targets))
        loss.backward()
        nn.utils.clip_grad_value_(self.net.parameters(), 1e-5)
        self.optimizer.step()
        return loss.item()

    def milliseconds(self, threads, seconds):
        torch.set_num_threads(threads)
        times = []
        end = time.perf_counter() + seconds
        while len(times) < 3 or time.perf_counter() < end:
            start = time.perf_counter()
            self.update()
            times.append(time.perf_counter() - start)
        return 1e3 * statistics.median(times)


def build(directory):
    program = os.path.join(directory, "bench")
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    subprocess.run(["go", "build", "-o", program, "./scripts/bench"], cwd=root, check=True)
    return program


def ours(program, threads, seconds):
    command = [program, "-update", str(threads), "-seconds", str(seconds)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[0])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="how often the two are measured in turn (default 5)")
    parser.add_argument("--seconds", type=float, default=2, help="how long each is measured a time (default 2)")
    options = parser.parse_args()
    print(f"PyTorch {torch.__version__}; medians of {options.rounds} rounds, ms an update")
    pytorch = PyTorch()
    pytorch.update()
    with tempfile.TemporaryDirectory() as directory:
        program = build(directory)
        for threads in 1, 2:
            rounds = [(pytorch.milliseconds(threads, options.seconds), ours(program, threads, options.seconds))
                      for _ in range(options.rounds)]
            theirs, mine = (statistics.median(column) for column in zip(*rounds))
            ratio = statistics.median(t / m for t, m in rounds)
            print(f"{threads} thread(s): PyTorch {theirs:.1f}, gridcells {mine:.2f}, ratio {ratio:.1f}")


if __name__ == "__main__":
    main()
