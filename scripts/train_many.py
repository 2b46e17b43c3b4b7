#!/usr/bin/env python3
"""Train many networks of the paper at the same time on one GPU, and average their ratemaps.

    scripts/train_many.py --updates 20000 --evaluate 10000,20000 PLAN DIR

The tools train one network on a processor. A GPU is busy only with dozens of them. This program trains all
networks of a plan together. It is for sweeps over seeds and settings. It does the same arithmetic in float32 as
`train`, with the same first weights (which `train --steps 0` writes) and the same trajectories (of `simulate`).
Dropout and noise have other random numbers. Without dropout the weights are those of `train` up to rounding.

A line of PLAN is a name and settings, such as

    paper-1       seed=1
    reference-1   seed=1 preset=reference
    no-dropout-1  seed=1 dropout=1 learning_rate=1e-4
    circle-1      seed=1 preset=reference simulate=--arena,circle

preset is paper or reference. The other settings have the names and the defaults of the flags of `train` with that
preset, and of `targets`: seed, learning_rate, dropout (the probability of keeping a unit), clip, clip_scope,
weight_decay, weight_decay_scope, momentum, initial_ms, nh_bottleneck (up to 512), nh_lstm (up to 128), batch (up to
10), velocity_noise (three numbers with commas), env_size (m), n_pc (up to 256), pc_scale (m) and hdc_concentration.
simulate holds flags of `simulate`, with commas in place of spaces. Networks of other sizes are trained within one of
the largest size, whose further weights are and stay zero. init=FILE begins with the weights of a checkpoint, and
done=N counts on from N updates and passes over their trajectories. The optimiser begins anew.

For each update U of --evaluate and each network DIR gets NAME-U.maps.npy, one row a unit of the linear layer with
`ratemap` [32, 32] and `direction_tuning` [20] over --trajectories held-out trajectories, dropout off, for `gridscore`.
DIR/errors.jsonl gets the position error (m) after the last step, decoded by the three most active place cells.
--checkpoints also keeps NAME-U.safetensors for `activations`. DIR/log.jsonl has the mean loss of each 1,000 updates.

It needs NumPy, PyTorch, and the tools on the PATH. On a GPU it needs the compiler
nvcc, which builds train_many.cu. --definition makes the updates by PyTorch's automatic derivatives instead. That is
slow, works everywhere, and states what the kernels compute. --host runs the kernels on the processor, for tests.
"""
import argparse
import ctypes
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Dict, Iterator, List, Tuple

import numpy as np
import torch
from torch import Tensor

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "python"))

import gridcells  # noqa: E402
from gridcells.simulation import find_tool  # noqa: E402

T, B = 100, 10  # steps and trajectories of an update
N = T * B
H, U, PLACES, DIRECTIONS = 128, 512, 256, 12  # hidden units, linear units, cells; of the largest network
CODES = PLACES + DIRECTIONS
X = H + 4  # columns of xh: ego_vel, a one, the hidden state
BINS, WAYS, ROOM = 32, 20, 2.2
HELD_OUT = 1_000_001  # seed of the trajectories of the evaluation
EPSILON, DECAY = 1e-10, 0.9  # of TensorFlow's RMSProp
FAR = 1e6  # m: the centre of a place cell that a network does not have

# The matrices of a network, as in train_many.cu. Biases are rows of them.
MATRICES = {"gates": (X, 4 * H), "linear": (X, U), "heads": (U + 4, CODES), "start": (CODES + 4, 2 * H)}
P = sum(rows * columns for rows, columns in MATRICES.values())


@dataclass
class Settings:
    """One line of a plan."""

    name: str
    preset: str = "paper"
    seed: int = 1
    learning_rate: float = 1e-5
    dropout: float = 0.5
    clip: float = 1e-5
    clip_scope: str = "heads"
    weight_decay: float = 1e-5
    weight_decay_scope: str = "heads"
    momentum: float = 0.9
    initial_ms: float = 1.0
    batch: int = B
    nh_lstm: int = H
    nh_bottleneck: int = U
    velocity_noise: List[float] = field(default_factory=lambda: [0.0, 0.0, 0.0])
    init: str = ""
    done: int = 0
    env_size: float = ROOM
    n_pc: int = PLACES
    pc_scale: float = 0.01
    hdc_concentration: float = 20.0
    simulate: List[str] = field(default_factory=list)

    @classmethod
    def parse(cls, line: str) -> "Settings":
        name, *words = line.split()
        settings = cls(name)
        values = dict(word.split("=", 1) for word in words)
        if values.get("preset", "paper") == "reference":
            settings.clip_scope, settings.weight_decay_scope, settings.nh_bottleneck = "all", "none", 256
        elif values.get("preset", "paper") != "paper":
            raise ValueError(f"{name}: the preset {values['preset']!r} is neither paper nor reference")
        for key, value in values.items():
            old = getattr(settings, key)
            if key == "simulate":
                new: object = value.split(",")
            elif key == "velocity_noise":
                new = [float(x) for x in value.split(",")]
            else:
                new = type(old)(value)
            setattr(settings, key, new)
        for key, most in (("batch", B), ("nh_lstm", H), ("nh_bottleneck", U), ("n_pc", PLACES)):
            if not 1 <= getattr(settings, key) <= most:
                raise ValueError(f"{name}: {key} is {getattr(settings, key)}; this program takes 1 to {most}")
        return settings

    def covers(self, scope: str, matrix: str) -> bool:
        """Whether a scope of clipping or decay includes a matrix (pkg/optimize)."""
        return scope == "all" or (scope == "bottleneck" and matrix in ("heads", "linear")) or (scope == "heads" and matrix == "heads")

    def rule(self) -> List[float]:
        """The settings as the kernels take them (struct Rule)."""
        limits = [self.clip if self.clip > 0 and self.covers(self.clip_scope, m) else float("inf") for m in MATRICES]
        decays = [self.weight_decay if self.covers(self.weight_decay_scope, m) else 0.0 for m in MATRICES]
        return [*limits, *decays, self.learning_rate, self.momentum, float(self.preset == "paper"), self.dropout, self.batch,
                self.pc_scale, self.hdc_concentration, self.seed]

    def motion(self) -> Tuple[str, ...]:
        """Flags of `simulate` for all trajectories of this network."""
        return (*self.simulate, "--env-size", str(self.env_size))

    def stream(self) -> Tuple[int, Tuple[str, ...]]:
        """Seed and flags of `simulate` for the trajectories of the training."""
        return self.seed, (*self.motion(), "--skip", str(self.done * B))

    def initial_weights(self) -> Dict[str, np.ndarray]:
        if self.init:
            return gridcells.Checkpoint.load(self.init).weights
        return initial_weights(self.preset, self.seed, self.nh_lstm, self.nh_bottleneck, self.n_pc)


def matrices(flat: Tensor) -> Dict[str, Tensor]:
    """The matrices [S, rows, columns] within parameters [S, P]."""
    views, at = {}, 0
    for name, (rows, columns) in MATRICES.items():
        views[name] = flat[:, at:at + rows * columns].view(len(flat), rows, columns)
        at += rows * columns
    return views


def places(s: Settings) -> "List[Tuple[str, str, slice, Tuple[slice, ...]]]":
    """Where each tensor of a checkpoint lies: its name, its matrix, its rows and the columns of each of its blocks."""
    hidden, linear, codes = s.nh_lstm, s.nh_bottleneck, [slice(0, s.n_pc), slice(PLACES, CODES)]
    of_gates = tuple(slice(k * H, k * H + hidden) for k in range(4))
    found = [("lstm/w_gates", "gates", [slice(0, 3), slice(4, 4 + hidden)], of_gates), ("lstm/b_gates", "gates", [slice(3, 4)], of_gates),
             ("bottleneck/w", "linear", [slice(4, 4 + hidden)], (slice(0, linear),)), ("bottleneck/b", "linear", [slice(3, 4)], (slice(0, linear),))]
    for name, columns in (("place_logits", codes[0]), ("head_direction_logits", codes[1])):
        found += [(name + "/w", "heads", [slice(0, linear)], (columns,)), (name + "/b", "heads", [slice(U, U + 1)], (columns,))]
    for k, name in enumerate(("state_init", "cell_init")):
        columns = slice(k * H, k * H + hidden)
        found += [(name + "/w", "start", codes, (columns,)), (name + "/b", "start", [slice(CODES, CODES + 1)], (columns,))]
    return found


class Networks:
    """Networks side by side. weights, gradients, squares and moments (the optimiser's state) are [S, P]."""

    def __init__(self, plan: List[Settings], device: torch.device) -> None:
        self.plan = plan
        weights = torch.zeros(len(plan), P)
        for s, m in zip(plan, (matrices(w[None]) for w in weights)):
            first = s.initial_weights()
            for name, matrix, rows, columns in places(s):
                if name not in first:
                    continue
                values, at = torch.from_numpy(np.atleast_2d(first[name])), 0
                for r in rows:
                    for k, c in enumerate(columns):
                        size = c.stop - c.start
                        m[matrix][0, r, c] = values[at:at + r.stop - r.start, k * size:(k + 1) * size]
                    at += r.stop - r.start
            m["heads"][0, U, s.n_pc:PLACES] = -1e9  # the logits of cells that a network does not have
        self.weights = weights.to(device)
        self.gradients, self.moments = torch.zeros_like(self.weights), torch.zeros_like(self.weights)
        self.squares = torch.tensor([s.initial_ms for s in plan], device=device)[:, None].expand_as(self.weights).clone()
        self.w, self.g = matrices(self.weights), matrices(self.gradients)
        self.rules = torch.tensor([s.rule() for s in plan], dtype=torch.float32, device=device)
        self.noise = torch.tensor([s.velocity_noise for s in plan], dtype=torch.float32, device=device)[:, None, None, None, :]
        centres = torch.full((len(plan), PLACES, 2), FAR)
        for k, s in enumerate(plan):
            centres[k, :s.n_pc] = torch.from_numpy(gridcells.Ensembles(env_size=s.env_size, n_pc=[s.n_pc]).place_centres()[0].astype(np.float32))
        self.centres = centres.to(device)
        self.directions = torch.tensor(gridcells.Ensembles().head_directions()[0], dtype=torch.float32, device=device)
        self.loss = torch.zeros(len(plan), device=device)
        self.count = torch.zeros(1, dtype=torch.int64, device=device)  # of updates

    def column(self, k: int, dimensions: int) -> Tensor:
        """A setting of each network, as [S, 1, …]."""
        return self.rules[:, k].reshape(-1, *[1] * (dimensions - 1))

    def codes(self, position: Tensor, heading: Tensor) -> Tensor:
        """Codes [S, n, 268] of positions [S, n, 2] (m) and headings [S, n] (rad)."""
        square = ((position[:, :, None] - self.centres[:, None]) ** 2).sum(-1)
        place = torch.softmax(square * (-0.5 / self.column(13, 3) ** 2), -1)
        direction = torch.softmax(self.column(14, 3) * torch.cos(heading[:, :, None] - self.directions), -1)
        return torch.cat([place, direction], -1)

    def recur(self, ego_vel: Tensor, start: Tensor) -> Tensor:
        """Hidden states [S, T·b, H] after each step for ego_vel [S, b, T, 3] and first codes [S, b, 268]; rows are numbered t·b + trajectory."""
        gates = self.w["gates"]
        h, c = torch.baddbmm(self.w["start"][:, CODES:CODES + 1], start, self.w["start"][:, :CODES]).chunk(2, -1)
        hidden = []
        for t in range(ego_vel.shape[2]):
            i, j, f, o = (torch.baddbmm(gates[:, 3:4], ego_vel[:, :, t], gates[:, :3]) + torch.bmm(h, gates[:, 4:])).chunk(4, -1)
            c = torch.sigmoid(f + 1) * c + torch.sigmoid(i) * torch.tanh(j)
            h = torch.sigmoid(o) * torch.tanh(c)
            hidden.append(h)
        return torch.cat(hidden, 1)

    def update(self, fields: "List[Tensor]", at: int) -> None:
        """The definition of an update, on batch number at of fields [S, C, B, …] (Staged)."""
        init_pos, init_hd, ego_vel, target_pos, target_hd = (f[:, at] for f in fields)
        s = len(self.plan)
        parameters = self.weights.detach().requires_grad_()
        self.w = matrices(parameters)
        hidden = self.recur(ego_vel, self.codes(init_pos, init_hd))
        linear = torch.baddbmm(self.w["linear"][:, 3:4], hidden, self.w["linear"][:, 4:])
        keep = self.column(11, 3)
        dropped = linear * (torch.rand_like(linear) < keep) / keep
        logits = torch.baddbmm(self.w["heads"][:, U:U + 1], dropped, self.w["heads"][:, :U])
        target = self.codes(target_pos.transpose(1, 2).reshape(s, N, 2), target_hd.transpose(1, 2).reshape(s, N))
        entropy = -(target * torch.cat([torch.log_softmax(logits[:, :, :PLACES], -1), torch.log_softmax(logits[:, :, PLACES:], -1)], -1)).sum(-1)
        counts = torch.arange(N, device=entropy.device) % B < self.column(12, 2)
        loss = (entropy * counts).sum(1) / (T * self.rules[:, 12])
        self.gradients.copy_(torch.autograd.grad(loss.sum(), parameters)[0])
        self.w = matrices(self.weights)
        self.loss += loss.detach()
        for k, name in enumerate(MATRICES):
            rows = torch.arange(MATRICES[name][0], device=entropy.device)
            bias, used = {"gates": (3, rows >= 0), "linear": (3, rows >= 3), "heads": (U, rows <= U), "start": (CODES, rows <= CODES)}[name]
            used = used.float().repeat(s, 1)
            if name == "linear":
                used[:, 3] = self.rules[:, 10]
            decay, limit = self.column(4 + k, 3) * (rows != bias)[:, None], self.column(k, 3)
            g = self.g[name]
            g.copy_(torch.minimum(torch.maximum(g + decay * self.w[name], -limit), limit) * used[:, :, None])
        self.squares.copy_(DECAY * self.squares + (1 - DECAY) * self.gradients ** 2)
        self.moments.copy_(self.column(9, 2) * self.moments + self.column(8, 2) * self.gradients / torch.sqrt(self.squares + EPSILON))
        self.weights -= self.moments
        self.count += 1

    def some(self, networks: List[int]) -> "Networks":
        """Some of the networks, to evaluate them."""
        part = object.__new__(Networks)
        part.plan = [self.plan[k] for k in networks]
        part.weights, part.rules, part.centres, part.directions = self.weights[networks], self.rules[networks], self.centres[networks], self.directions
        part.w = matrices(part.weights)
        return part

    @torch.no_grad()
    def evaluate(self, held_out: "Held") -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Ratemaps [S, units, 32, 32], direction tuning [S, units, 20] and position errors (m) [S]."""
        device, s = self.weights.device, len(self.plan)
        maps, tuning = torch.zeros(s, BINS * BINS, U, device=device), torch.zeros(s, WAYS, U, device=device)
        counts, turned = torch.zeros(BINS * BINS, device=device), torch.zeros(WAYS, device=device)
        error, total = torch.zeros(s, device=device), 0
        for fields in held_out.chunks(max(10, 6400 // s)):
            init_pos, init_hd, ego_vel, target_pos, target_hd = (f.expand(s, *f.shape[1:]) for f in fields)
            b, t = ego_vel.shape[1:3]
            rates = torch.baddbmm(self.w["linear"][:, 3:4], self.recur(ego_vel, self.codes(init_pos, init_hd)), self.w["linear"][:, 4:])
            room = self.plan[0].env_size
            at = ((target_pos[0].transpose(0, 1).reshape(-1, 2) + room / 2) * (BINS / room)).floor().clamp(0, BINS - 1).long()
            place = at[:, 0] * BINS + at[:, 1]
            way = ((target_hd[0].transpose(0, 1).reshape(-1) + np.pi) * (WAYS / (2 * np.pi))).floor().long() % WAYS
            maps.index_add_(1, place, rates)
            tuning.index_add_(1, way, rates)
            counts.index_add_(0, place, torch.ones(b * t, device=device))
            turned.index_add_(0, way, torch.ones(b * t, device=device))
            heads = self.w["heads"]
            top = torch.baddbmm(heads[:, U:U + 1, :PLACES], rates[:, -b:], heads[:, :U, :PLACES]).topk(3, -1).indices
            decoded = torch.stack([self.centres[k][top[k]] for k in range(s)]).mean(2)
            error += (decoded - target_pos[0, :, -1]).norm(dim=-1).sum(1)
            total += b
        maps = (maps / counts[:, None]).permute(0, 2, 1).reshape(s, U, BINS, BINS)
        tuning = (tuning / turned[:, None]).permute(0, 2, 1)
        return maps.cpu().numpy(), tuning.cpu().numpy(), (error / total).cpu().numpy()

    def checkpoint(self, network: int) -> gridcells.Checkpoint:
        s, m = self.plan[network], {name: w[network].cpu() for name, w in self.w.items()}
        weights = {}
        for name, matrix, rows, columns in places(s):
            if name == "bottleneck/b" and s.preset != "paper":
                continue
            values = torch.cat([torch.cat([m[matrix][r, c] for c in columns], 1) for r in rows])
            weights[name] = (values[0] if name.split("/")[1].startswith("b") else values).numpy().copy()
        return gridcells.Checkpoint(weights)


class Kernels:
    """Updates by the kernels of train_many.cu and PyTorch's matrix products."""

    def __init__(self, networks: Networks, fields: "List[Tensor]", host: bool) -> None:
        self.networks, self.fields, self.library, s = networks, fields, build(host), len(networks.plan)
        self.blocks = 2 if s > 33 else 4 if s > 26 else 5  # of each network: an H100 has 132 multiprocessors, each takes one block

        def buffer(*shape: int) -> Tensor:
            return torch.zeros(s, *shape, device=networks.weights.device)

        self.start, self.first, self.xh = buffer(B, CODES + 4), buffer(B, 2 * H), buffer(T + 1, B, X)
        self.gates, self.cells, self.linear = buffer(N, 4 * H), buffer(T + 1, B, H), buffer(N, U + 4)
        self.linear[:, :, U] = 1
        self.logits, self.back, self.above = buffer(N, CODES), buffer(N, U + 4), buffer(N, H)
        self.to_gates, self.to_start = buffer(N, 4 * H), buffer(B, 2 * H)

    def call(self, name: str, *arguments: "Tensor | int") -> None:
        on_gpu = self.networks.weights.is_cuda
        stream = torch.cuda.current_stream().cuda_stream if on_gpu else 0
        passed = [ctypes.c_void_p(a.data_ptr()) if isinstance(a, Tensor) else ctypes.c_long(a) for a in arguments]
        if name in ("run_forward", "run_backward"):
            passed.insert(0, ctypes.c_int(self.blocks))
        status = self.library[name](ctypes.c_void_p(stream), ctypes.c_int(len(self.networks.plan)), *passed)
        if status != 0:
            raise RuntimeError(f"train_many.cu: {name} failed with CUDA's status {status}")

    def update(self, at: int) -> None:
        """One update on batch number at of the fields."""
        n, w, g = self.networks, self.networks.w, self.networks.g
        init_pos, init_hd, ego_vel, target_pos, target_hd = (f[:, at] for f in self.fields)
        cells = (n.rules, n.centres, n.directions)
        before, after = (x.reshape(len(x), N, X) for x in (self.xh[:, :T].view(len(self.xh), N, X), self.xh[:, 1:].view(len(self.xh), N, X)))
        self.call("run_begin", *cells, init_pos, init_hd, init_pos.stride(0), init_hd.stride(0), self.start)
        torch.bmm(self.start, w["start"], out=self.first)
        self.call("run_forward", n.weights, ego_vel, ego_vel.stride(0), self.first, self.xh, self.gates, self.cells)
        torch.bmm(after, w["linear"], out=self.linear[:, :, :U])
        self.call("run_drop", n.rules, n.count, self.linear)
        torch.bmm(self.linear, w["heads"], out=self.logits)
        self.call("run_cross_entropy", *cells, target_pos, target_hd, target_pos.stride(0), target_hd.stride(0), self.logits, n.loss)
        torch.bmm(self.linear.mT, self.logits, out=g["heads"])
        torch.bmm(self.logits, w["heads"].mT, out=self.back)
        self.call("run_drop", n.rules, n.count, self.back)
        torch.bmm(after.mT, self.back[:, :, :U], out=g["linear"])
        torch.bmm(self.back[:, :, :U], w["linear"][:, 4:].mT, out=self.above)
        self.call("run_backward", n.weights, self.above, self.gates, self.cells, self.to_gates, self.to_start)
        torch.bmm(before.mT, self.to_gates, out=g["gates"])
        torch.bmm(self.start.mT, self.to_start, out=g["start"])
        self.call("run_update", n.rules, n.weights, n.gradients, n.squares, n.moments)
        n.count += 1


def build(host: bool) -> ctypes.CDLL:
    """Compile train_many.cu for this GPU, or for the processor."""
    directory = os.path.dirname(os.path.abspath(__file__))
    library = os.path.join(tempfile.mkdtemp(), "train_many.so")
    options = ["-O3", "-std=c++17", "-shared", "-o", library]
    if host:
        command = ["c++", "-x", "c++", "-DHOST", "-fPIC", *options]
    else:
        major, minor = torch.cuda.get_device_capability()
        command = ["nvcc", f"-arch=sm_{major}{minor}", "-Xcompiler", "-fPIC", *options]
    subprocess.run([*command, os.path.join(directory, "train_many.cu")], check=True)
    return ctypes.CDLL(library)


class Replayed:
    """Updates of all batches of the fields as one CUDA graph: the processor starts it at once, not each of its kernels."""

    def __init__(self, kernels: Kernels, count: int) -> None:
        n = kernels.networks
        changed = (n.weights, n.squares, n.moments, n.loss, n.count)
        kept = [x.clone() for x in changed]
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(2):
                kernels.update(0)
        torch.cuda.current_stream().wait_stream(side)
        self.graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self.graph):
            for at in range(count):
                kernels.update(at)
        for to, value in zip(changed, kept):
            to.copy_(value)

    def __call__(self) -> None:
        self.graph.replay()


@lru_cache(None)
def initial_weights(preset: str, seed: int, hidden: int, linear: int, n_pc: int) -> Dict[str, np.ndarray]:
    """The first weights, as `train` draws them."""
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "0.safetensors")
        made = subprocess.run([find_tool("simulate"), "-q", "-n", "10"], check=True, stdout=subprocess.PIPE).stdout
        coded = subprocess.run([find_tool("targets"), "-q", "--n-pc", str(n_pc)], input=made, check=True, stdout=subprocess.PIPE).stdout
        subprocess.run([find_tool("train"), "-q", "--preset", preset, "--steps", "0", "--seed", str(seed), "--nh-lstm", str(hidden),
                        "--nh-bottleneck", str(linear), "--allow-mismatch", "--checkpoint", path], input=coded, check=True, stdout=subprocess.DEVNULL)
        return gridcells.Checkpoint.load(path).weights


FIELDS = ("init_pos", "init_hd", "ego_vel", "target_pos", "target_hd")
SHAPES = ((2,), (), (T, 3), (T, 2), (T,))


def fields_of(rows: np.ndarray) -> List[np.ndarray]:
    """The fields of rows as float32 [rows, …]."""
    return [np.ascontiguousarray(rows[name].reshape(len(rows), *shape), np.float32) for name, shape in zip(FIELDS, SHAPES)]


class Held:
    """Held-out trajectories on the device."""

    def __init__(self, n: int, flags: List[str], device: torch.device) -> None:
        rows = np.concatenate(list(gridcells.simulate(n, *flags, seed=HELD_OUT)))
        self.fields = [torch.from_numpy(f).to(device)[None] for f in fields_of(rows)]

    def chunks(self, size: int) -> Iterator[List[Tensor]]:
        for at in range(0, self.fields[0].shape[1], size):
            yield [f[:, at:at + size] for f in self.fields]


class Stream:
    """Trajectories of one seed and motion, made in the background: blocks of fields [count, B, …]."""

    def __init__(self, seed: int, flags: Tuple[str, ...], updates: int, count: int) -> None:
        self.ready: "queue.Queue[List[np.ndarray]]" = queue.Queue(4)
        rows = gridcells.simulate(updates * B, *flags, seed=seed, rows=count * B)

        def make() -> None:
            for part in rows:
                self.ready.put([f.reshape(-1, B, *f.shape[1:]) for f in fields_of(part)])

        threading.Thread(target=make, daemon=True).start()


class Staged:
    """The fields of the next updates of all networks on the device: fields [S, C, B, …]. Networks of the same stream get the same trajectories."""

    BLOCK, C = 200, 20  # updates that are read, and updates that are staged

    def __init__(self, networks: Networks, updates: int) -> None:
        plan, device = networks.plan, networks.weights.device
        keys = sorted({s.stream() for s in plan})
        self.networks, self.streams = networks, [Stream(*key, updates, self.BLOCK) for key in keys]
        self.stream_of = torch.tensor([keys.index(s.stream()) for s in plan], device=device)
        self.block = [torch.zeros(len(keys), self.BLOCK, B, *shape, device=device) for shape in SHAPES]
        self.fields = [torch.zeros(len(plan), self.C, B, *shape, device=device) for shape in SHAPES]
        self.noisy = bool((networks.noise > 0).any())

    def read(self) -> int:
        """Read a block, and return its number of updates."""
        for k, stream in enumerate(self.streams):
            parts = stream.ready.get()
            for to, f in zip(self.block, parts):
                to[k, :len(f)].copy_(torch.from_numpy(f))
        return len(parts[0])

    def stage(self, at: int) -> None:
        """Stage the updates of the block that begin at number at."""
        for to, block in zip(self.fields, self.block):
            part = block[:, at:at + self.C]
            to[:, :part.shape[1]] = part[self.stream_of]
        if self.noisy:
            self.fields[2] += self.networks.noise * torch.randn_like(self.fields[2])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("plan")
    parser.add_argument("directory")
    parser.add_argument("--updates", type=int, default=20000)
    parser.add_argument("--evaluate", default="", help="updates at which to average ratemaps, with commas; on a GPU multiples of 20")
    parser.add_argument("--trajectories", type=int, default=4000, help="held-out trajectories")
    parser.add_argument("--checkpoints", action="store_true", help="keep the weights at each evaluation")
    parser.add_argument("--stop-after", type=float, default=np.inf, help="evaluate and end after this time (s)")
    parser.add_argument("--log-every", type=int, default=1000)
    parser.add_argument("--tf32", action="store_true", help="let the GPU round the factors of matrix products to 11 bits; the recurrence stays in float32")
    parser.add_argument("--definition", action="store_true", help="make updates by automatic derivatives")
    parser.add_argument("--host", action="store_true", help="run the kernels on the processor")
    args = parser.parse_args()
    began = time.time()
    torch.manual_seed(1)
    torch.backends.cuda.matmul.allow_tf32 = args.tf32
    with open(args.plan, encoding="utf-8") as file:
        plan = [Settings.parse(line) for line in file if line.strip() and not line.startswith("#")]
    os.makedirs(args.directory, exist_ok=True)
    device = torch.device("cuda" if torch.cuda.is_available() and not args.host else "cpu")
    networks = Networks(plan, device)
    staged = Staged(networks, args.updates)
    held = {flags: Held(args.trajectories, list(flags), device) for flags in {s.motion() for s in plan}}
    evaluations = {int(u) for u in args.evaluate.split(",") if u}
    log, errors = (open(os.path.join(args.directory, n), "a", encoding="utf-8") for n in ("log.jsonl", "errors.jsonl"))

    def evaluate(update: int) -> None:
        for flags, held_out in held.items():
            some = [i for i, s in enumerate(plan) if s.motion() == flags]
            maps, tuning, error = networks.some(some).evaluate(held_out)
            for k, i in enumerate(some):
                made, units = plan[i].done + update, plan[i].nh_bottleneck
                name = os.path.join(args.directory, f"{plan[i].name}-{made:09d}")
                save(name, maps[k, :units], tuning[k, :units])
                print(json.dumps({"name": plan[i].name, "update": made, "error_m": float(error[k])}), file=errors, flush=True)
                if args.checkpoints:
                    networks.checkpoint(i).save(name + ".safetensors")
        print(f"update {update}: evaluated, {time.time() - began:.0f} s", file=sys.stderr, flush=True)

    definition = args.definition or (device.type == "cpu" and not args.host)
    replayed = kernels = None
    if not definition:
        kernels = Kernels(networks, staged.fields, args.host)
        replayed = Replayed(kernels, Staged.C) if device.type == "cuda" else None
    update = 0
    if 0 in evaluations:
        evaluate(0)
    while update < args.updates and time.time() - began < args.stop_after:
        count = staged.read()
        for at in range(0, count, Staged.C):
            staged.stage(at)
            some = min(Staged.C, count - at)
            if replayed and some == Staged.C:
                replayed()
                update += some
            for k in range(0 if not replayed or some < Staged.C else some, some):
                if kernels:
                    kernels.update(k)
                else:
                    networks.update(staged.fields, k)
                update += 1
            if update % args.log_every == 0:
                losses = (networks.loss / args.log_every).tolist()
                networks.loss.zero_()
                print(json.dumps({"update": update, "seconds": round(time.time() - began, 1),
                                  "loss": {s.name: x for s, x in zip(plan, losses)}}), file=log, flush=True)
            if update in evaluations:
                evaluate(update)
    if update not in evaluations:
        evaluate(update)


def save(name: str, maps: np.ndarray, tuning: np.ndarray) -> None:
    rows = np.zeros(len(maps), [("layer", "<U10"), ("unit", "<i4"), ("ratemap", "<f8", (BINS, BINS)), ("direction_tuning", "<f8", (WAYS,))])
    rows["layer"], rows["unit"], rows["ratemap"], rows["direction_tuning"] = "bottleneck", np.arange(len(maps)), maps, tuning
    np.save(name + ".tmp.npy", rows)
    os.replace(name + ".tmp.npy", name + ".maps.npy")


if __name__ == "__main__":
    main()
