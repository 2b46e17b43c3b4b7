#!/usr/bin/env python3
"""Compare an update of training with the same update in PyTorch and JAX, on 1 and 2 threads.

Optional: needs Go, and PyTorch (any version with torch.nn.LSTM), JAX or both. What is not installed is skipped.

    python3 scripts/bench_pytorch.py

Sizes are the defaults: 10 trajectories of 100 steps, an LSTM of 128 units, a linear layer of 256 with dropout, readouts
of 256 and 12 cells, gradients clipped by value, RMSProp with momentum. Other programs disturb all sides, so they are
measured in turn, and what counts is the ratio of their times, round by round. PyTorch runs as it is, with bfloat16 in its
matrix products ("medium"), with autocast to bfloat16, and compiled; JAX compiles the whole update, with lax.scan over time.
Ours runs in each precision. The last line of each number of threads has the least favourable ratio: our default, single,
against the fastest of the others, and ours in split against the same.
"""

import argparse
import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import time

BATCH, STEPS, HIDDEN, LINEAR, PLACES, DIRECTIONS = 10, 100, 128, 256, 256, 12


def timed(update, seconds):
    """The median time of an update, in ms."""
    times = []
    end = time.perf_counter() + seconds
    while len(times) < 3 or time.perf_counter() < end:
        start = time.perf_counter()
        update()
        times.append(time.perf_counter() - start)
    return 1e3 * statistics.median(times)


def pytorch_modes(threads):
    """A function that makes an update, for each mode of PyTorch."""
    import torch
    from torch import nn
    from torch.nn import functional

    torch.set_num_threads(threads)

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

    def one_hot(cells):
        return functional.one_hot(torch.randint(cells, (STEPS, BATCH)), cells).float()

    def mode(matmul="highest", autocast=False, compiled=False):
        torch.manual_seed(1)
        net = Network()
        optimizer = torch.optim.RMSprop(net.parameters(), lr=1e-5, alpha=0.9, momentum=0.9, eps=1e-10)
        ego_vel, codes = torch.randn(STEPS, BATCH, 3), torch.rand(BATCH, PLACES + DIRECTIONS)
        targets = one_hot(PLACES), one_hot(DIRECTIONS)

        def loss_of(ego_vel, codes):
            logits = net(ego_vel, codes)
            return sum(-(t * functional.log_softmax(z, -1)).sum(-1).mean() for z, t in zip(logits, targets))

        if compiled:
            loss_of = torch.compile(loss_of)

        def update():
            if hasattr(torch, "set_float32_matmul_precision"):
                torch.set_float32_matmul_precision(matmul)
            optimizer.zero_grad(set_to_none=True)
            with torch.autocast("cpu", dtype=torch.bfloat16) if autocast else contextlib.nullcontext():
                loss = loss_of(ego_vel, codes)
            loss.backward()
            nn.utils.clip_grad_value_(net.parameters(), 1e-5)
            optimizer.step()
            return loss.item()

        return update

    name = f"PyTorch {torch.__version__}"
    modes = {name: mode(), f"{name}, medium": mode("medium"), f"{name}, autocast bfloat16": mode(autocast=True)}
    if hasattr(torch, "compile"):
        modes[f"{name}, compiled"] = mode(compiled=True)
    return modes


def jax_modes(threads):
    """The same for JAX, whose threads are those of the cores that the process may use."""
    import jax
    import jax.numpy as jnp

    key = iter(jax.random.split(jax.random.PRNGKey(1), 32))
    codes = PLACES + DIRECTIONS

    def linear(inputs, outputs):
        return jax.random.normal(next(key), (inputs, outputs)) / inputs**0.5, jnp.zeros(outputs)

    weights = {
        "state": linear(codes, HIDDEN), "cell": linear(codes, HIDDEN), "gates": linear(3 + HIDDEN, 4 * HIDDEN),
        "linear": linear(HIDDEN, LINEAR)[:1], "places": linear(LINEAR, PLACES), "directions": linear(LINEAR, DIRECTIONS),
    }
    ego_vel, init = jax.random.normal(next(key), (STEPS, BATCH, 3)), jax.random.uniform(next(key), (BATCH, codes))
    targets = [jax.nn.one_hot(jax.random.randint(next(key), (STEPS, BATCH), 0, n), n) for n in (PLACES, DIRECTIONS)]

    def loss_of(w, dropout):
        def step(state, x):
            h, c = state
            i, j, f, o = jnp.split(jnp.concatenate([x, h], 1) @ w["gates"][0] + w["gates"][1], 4, 1)
            c = jax.nn.sigmoid(f + 1) * c + jax.nn.sigmoid(i) * jnp.tanh(j)
            h = jnp.tanh(c) * jax.nn.sigmoid(o)
            return (h, c), h

        state = init @ w["state"][0] + w["state"][1], init @ w["cell"][0] + w["cell"][1]
        out = jax.lax.scan(step, state, ego_vel)[1] @ w["linear"][0]
        out = jnp.where(jax.random.bernoulli(dropout, 0.5, out.shape), 2 * out, 0)
        logits = [out @ w[n][0] + w[n][1] for n in ("places", "directions")]
        return sum(-(t * jax.nn.log_softmax(z)).sum(-1).mean() for z, t in zip(logits, targets))

    @jax.jit
    def step(w, square, momentum, dropout):
        loss, grad = jax.value_and_grad(loss_of)(w, dropout)
        grad = jax.tree_util.tree_map(lambda g: jnp.clip(g, -1e-5, 1e-5), grad)
        square = jax.tree_util.tree_map(lambda s, g: 0.9 * s + 0.1 * g * g, square, grad)
        momentum = jax.tree_util.tree_map(lambda m, s, g: 0.9 * m + 1e-5 * g / jnp.sqrt(s + 1e-10), momentum, square, grad)
        return jax.tree_util.tree_map(lambda a, m: a - m, w, momentum), square, momentum, loss

    state = [weights, jax.tree_util.tree_map(jnp.ones_like, weights), jax.tree_util.tree_map(jnp.zeros_like, weights)]
    count = [0]

    def update():
        count[0] += 1
        *state[:], loss = step(*state, jax.random.PRNGKey(count[0]))
        return float(loss)

    return {f"JAX {jax.__version__}, jit and scan": update}


PEERS = {"pytorch": pytorch_modes, "jax": jax_modes}


def measure_peer(peer, threads, rounds, seconds):
    """What a child process prints: a time for each mode and round."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
    for name, update in PEERS[peer](threads).items():
        try:
            for _ in range(3):
                update()
        except Exception as error:  # a mode that this machine cannot run is no reason to stop
            print(f"{name}: {type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}", file=sys.stderr)
            continue
        print(name, *(timed(update, seconds) for _ in range(rounds)), sep="\t", flush=True)


def peers(threads, seconds):
    """Times by mode, each measured in a process of its own on that number of cores."""
    times = {}
    for peer in PEERS:
        command = [sys.executable, __file__, "--peer", peer, "--threads", str(threads), "--rounds", "1", "--seconds", str(seconds)]
        child = subprocess.run(command, capture_output=True, text=True)
        if child.returncode != 0:
            print(f"{peer} skipped: {child.stderr.strip().splitlines()[-1] if child.stderr.strip() else 'it failed'}")
        elif child.stderr:
            print(child.stderr.strip())
        for line in child.stdout.splitlines():
            name, *values = line.split("\t")
            times[name] = statistics.median(map(float, values))
    return times


def build(directory):
    program = os.path.join(directory, "bench")
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    subprocess.run(["go", "build", "-o", program, "./scripts/bench"], cwd=root, check=True)
    return program


def ours(program, threads, precision, seconds):
    command = [program, "-update", str(threads), "-precision", precision, "-seconds", str(seconds)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[0])


def compare(program, threads, rounds, seconds):
    precisions = "single", "split", "bfloat16"
    all_times = {}
    for _ in range(rounds):
        for name, value in peers(threads, seconds).items():
            print(f"{threads} thread(s), {name}: {value:.2f} ms", flush=True)
            all_times.setdefault(name, []).append(value)
        for precision in precisions:
            all_times.setdefault(f"gridcells, {precision}", []).append(ours(program, threads, precision, seconds))
    print(f"\n{threads} thread(s), ms an update: median, and the shortest of {rounds} rounds")
    for name, values in all_times.items():
        print(f"  {name:44} {statistics.median(values):8.2f} {min(values):8.2f}", flush=True)
    others = {n: statistics.median(v) for n, v in all_times.items() if not n.startswith("gridcells")}
    if not others:
        return
    fastest = min(others, key=others.get)
    for precision in precisions:
        ratio = statistics.median(t / m for t, m in zip(all_times[fastest], all_times[f"gridcells, {precision}"]))
        print(f"  {precision} is {ratio:.2f} times as fast as {fastest}, the fastest of the others")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="how often all are measured in turn (default 5)")
    parser.add_argument("--seconds", type=float, default=2, help="how long each is measured a time (default 2)")
    parser.add_argument("--bench", help="our program, built from scripts/bench (default: build it with Go)")
    parser.add_argument("--peer", choices=PEERS, help=argparse.SUPPRESS)
    parser.add_argument("--threads", type=int, default=0, help="only this number of threads (default 1 and 2)")
    options = parser.parse_args()
    if options.peer:
        measure_peer(options.peer, options.threads, options.rounds, options.seconds)
        return
    with tempfile.TemporaryDirectory() as directory:
        program = options.bench or build(directory)
        for threads in [options.threads] if options.threads else [1, 2]:
            compare(program, threads, options.rounds, options.seconds)


if __name__ == "__main__":
    main()
