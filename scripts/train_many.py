#!/usr/bin/env python3
"""Train many networks of the paper at the same time on one GPU, and average their ratemaps.

    scripts/train_many.py --updates 20000 --evaluate 10000,20000 PLAN DIR

The tools train one network on a processor. A GPU is busy only with dozens of them. This program trains all
networks of a plan together: their weights lie side by side in one tensor, and one batched product does the work of all.
It is for sweeps over seeds and settings that change no shape. It does the same arithmetic in float32 as
`train --preset paper`, with the same first weights (which `train --steps 0` writes) and the same trajectories
(of `simulate`); dropout and noise are drawn by PyTorch. Without
dropout its weights after 40 updates were those of `train` to 3e-8.

A line of PLAN is a name and settings, such as

    base-1        seed=1
    no-dropout-1  seed=1 dropout=1 clip_scope=none
    literal-1     seed=1 simulate=--motion,literal

Settings have the names and the defaults of the flags of `train --preset paper` and `targets`: seed, learning_rate,
dropout (the probability of keeping a unit), clip, clip_scope, weight_decay, weight_decay_scope, momentum, initial_ms,
velocity_noise (three numbers with commas), pc_scale (m) and hdc_concentration; simulate holds flags of `simulate`.

For each update U of --evaluate and each network DIR gets NAME-U.maps.npy, one row a unit of the linear layer with
`ratemap` [32, 32] and `direction_tuning` [20] over --trajectories held-out trajectories, dropout off, for `gridscore`.
DIR/errors.jsonl gets the position error (m) after the last step, decoded by the three most active place cells.
--checkpoints also keeps NAME-U.safetensors for `activations`. DIR/log.jsonl has the mean loss of each 1,000 updates.
It needs PyTorch and the Python package (PYTHONPATH=python), and the tools on the PATH.
"""
import argparse
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

import gridcells
import numpy as np
import torch
from gridcells.simulation import find_tool
from torch import Tensor

BATCH, STEPS, HIDDEN = 10, 100, 128
BINS, DIRECTIONS, ROOM = 32, 20, 2.2
HELD_OUT = 1_000_001  # seed of the trajectories of the evaluation
EPSILON, DECAY = 1e-10, 0.9  # of TensorFlow's RMSProp


@dataclass
class Settings:
    """One line of a plan."""

    name: str
    seed: int = 1
    learning_rate: float = 1e-5
    dropout: float = 0.5
    clip: float = 1e-5
    clip_scope: str = "heads"
    weight_decay: float = 1e-5
    weight_decay_scope: str = "heads"
    momentum: float = 0.9
    initial_ms: float = 1.0
    velocity_noise: List[float] = field(default_factory=lambda: [0.0, 0.0, 0.0])
    pc_scale: float = 0.01
    hdc_concentration: float = 20.0
    simulate: List[str] = field(default_factory=list)

    @classmethod
    def parse(cls, line: str) -> "Settings":
        name, *words = line.split()
        settings = cls(name)
        for word in words:
            key, _, value = word.partition("=")
            old = getattr(settings, key)
            if key == "simulate":
                new: object = value.split(",")
            elif key == "velocity_noise":
                new = [float(x) for x in value.split(",")]
            else:
                new = type(old)(value)
            setattr(settings, key, new)
        return settings


def scope_includes(scope: str, tensor: str) -> bool:
    """Whether a scope of clipping or decay covers a tensor (pkg/optimize)."""
    head, linear = "_logits" in tensor, tensor.startswith("bottleneck")
    return scope == "all" or (scope == "bottleneck" and (head or linear)) or (scope == "heads" and head)


class Networks:
    """Networks of equal shapes side by side. weights, gradients and the optimiser's state are [S, parameters]."""

    def __init__(self, plan: List[Settings], device: torch.device) -> None:
        first = [initial_weights(s.seed) for s in plan]
        self.shapes = {name: value.shape for name, value in first[0].items()}
        self.weights = torch.stack([torch.cat([torch.from_numpy(w[n]).flatten() for n in self.shapes]) for w in first]).to(device)
        self.gradients = torch.zeros_like(self.weights)
        self.w, self.g = self._views(self.weights), self._views(self.gradients)

        def column(values: List[float]) -> Tensor:
            return torch.tensor(values, dtype=torch.float32, device=device)[:, None]

        def by_tensor(value: "callable[[Settings, str], float]") -> Tensor:
            rows = [np.concatenate([np.full(int(np.prod(shape)), value(s, n), np.float32) for n, shape in self.shapes.items()])
                    for s in plan]
            return torch.from_numpy(np.stack(rows)).to(device)

        self.limit = by_tensor(lambda s, n: s.clip if s.clip > 0 and scope_includes(s.clip_scope, n) else np.inf)
        self.decay = by_tensor(lambda s, n: s.weight_decay if n.endswith("/w") and scope_includes(s.weight_decay_scope, n) else 0)
        self.rate, self.momentum = column([s.learning_rate for s in plan]), column([s.momentum for s in plan])
        self.ms = column([s.initial_ms for s in plan]).expand_as(self.weights).clone()
        self.mom = torch.zeros_like(self.weights)
        self.keep = column([s.dropout for s in plan])[:, :, None]
        self.noise = torch.tensor([s.velocity_noise for s in plan], dtype=torch.float32, device=device)[:, None, None, :]
        self.noisy = bool((self.noise > 0).any())
        self.place_width = column([s.pc_scale for s in plan])[:, :, None]
        self.concentration = column([s.hdc_concentration for s in plan])[:, :, None]
        cells = gridcells.Ensembles()
        self.centres = torch.tensor(cells.place_centres()[0], dtype=torch.float32, device=device)
        self.directions = torch.tensor(cells.head_directions()[0], dtype=torch.float32, device=device)
        self.loss = torch.zeros(len(plan), device=device)
        self.step_forward, self.step_back, self.apply = cell, cell_back, rmsprop

    def _views(self, flat: Tensor) -> Dict[str, Tensor]:
        views, at = {}, 0
        for name, shape in self.shapes.items():
            n = int(np.prod(shape))
            views[name] = flat[:, at:at + n].view(len(flat), *(shape if len(shape) == 2 else (1, *shape)))
            at += n
        return views

    def codes(self, position: Tensor, heading: Tensor, some: "slice | Tensor" = slice(None)) -> Tuple[Tensor, Tensor]:
        """Softmax codes of positions [S, n, 2] (m) and headings [S, n] (rad) for some networks: [S, n, 256] and [S, n, 12]."""
        square = (position[:, :, None, 0] - self.centres[:, 0]) ** 2 + (position[:, :, None, 1] - self.centres[:, 1]) ** 2
        place = torch.softmax(square * (-0.5 / self.place_width[some] ** 2), -1)
        return place, torch.softmax(self.concentration[some] * torch.cos(heading[:, :, None] - self.directions), -1)

    def recur(self, w: Dict[str, Tensor], ego_vel: Tensor, start: Tensor, keep: bool) -> Tuple[Tensor, list]:
        """Hidden states [T, S, B, H] for ego_vel [S, B, T, 3] and initial codes [S, B, 268]; with keep what going back needs."""
        s, b, t, _ = ego_vel.shape
        h = torch.baddbmm(w["state_init/b"], start, w["state_init/w"])
        c = torch.baddbmm(w["cell_init/b"], start, w["cell_init/w"])
        of_input, of_state = w["lstm/w_gates"][:, :3], w["lstm/w_gates"][:, 3:]
        x = torch.baddbmm(w["lstm/b_gates"], ego_vel.reshape(s, b * t, 3), of_input)
        x = x.view(s, b, t, -1).permute(2, 0, 1, 3).contiguous()
        hidden, trace = [h], [c]
        for k in range(t):
            h, c, *gates = (self.step_forward if keep else cell)(torch.baddbmm(x[k], h, of_state), c)
            hidden.append(h)
            if keep:
                trace += [gates, c]
        return torch.stack(hidden), trace

    def update(self, init_pos: Tensor, init_hd: Tensor, ego_vel: Tensor, target_pos: Tensor, target_hd: Tensor) -> None:
        """One update on a batch for each network: [S, B, …], as the fields of a stream."""
        w, g, (s, b, t, _) = self.w, self.g, ego_vel.shape
        n = b * t
        if self.noisy:
            ego_vel = ego_vel + self.noise * torch.randn_like(ego_vel)
        start = torch.cat(self.codes(init_pos, init_hd), -1)
        place, direction = self.codes(target_pos.reshape(s, n, 2), target_hd.reshape(s, n))
        states, trace = self.recur(w, ego_vel, start, True)
        h = states[1:].permute(1, 2, 0, 3).reshape(s, n, HIDDEN)
        kept = (torch.rand((s, n, w["bottleneck/w"].shape[2]), device=h.device) < self.keep) / self.keep
        dropped = torch.baddbmm(w["bottleneck/b"], h, w["bottleneck/w"]) * kept
        back = 0
        for name, code in (("place_logits", place), ("head_direction_logits", direction)):
            logits = torch.log_softmax(torch.baddbmm(w[name + "/b"], dropped, w[name + "/w"]), -1)
            self.loss -= (code * logits).sum((1, 2)) / n
            error = (logits.exp() - code) / n
            g[name + "/w"].copy_(torch.bmm(dropped.mT, error))
            g[name + "/b"].copy_(error.sum(1, keepdim=True))
            back = back + torch.bmm(error, w[name + "/w"].mT)
        back = back * kept
        g["bottleneck/w"].copy_(torch.bmm(h.mT, back))
        g["bottleneck/b"].copy_(back.sum(1, keepdim=True))
        of_hidden = torch.bmm(back, w["bottleneck/w"].mT).view(s, b, t, HIDDEN).permute(2, 0, 1, 3).contiguous()
        of_state = w["lstm/w_gates"][:, 3:].mT.contiguous()
        dh, dc, gates = torch.zeros_like(of_hidden[0]), torch.zeros_like(of_hidden[0]), []
        for k in range(t - 1, -1, -1):
            dgate, dc = self.step_back(of_hidden[k], dh, dc, *trace[2 * k + 1], trace[2 * k])
            gates.append(dgate)
            dh = torch.bmm(dgate, of_state)
        dgates = torch.stack(gates[::-1]).permute(1, 2, 0, 3).reshape(s, n, -1)
        before = states[:-1].permute(1, 2, 0, 3).reshape(s, n, HIDDEN)
        g["lstm/w_gates"].copy_(torch.cat([torch.bmm(ego_vel.reshape(s, n, 3).mT, dgates), torch.bmm(before.mT, dgates)], 1))
        g["lstm/b_gates"].copy_(dgates.sum(1, keepdim=True))
        for name, d in (("state_init", dh), ("cell_init", dc)):
            g[name + "/w"].copy_(torch.bmm(start.mT, d))
            g[name + "/b"].copy_(d.sum(1, keepdim=True))
        self.apply(self.weights, self.gradients, self.ms, self.mom, self.limit, self.decay, self.rate, self.momentum)

    def evaluate(self, held_out: "Held", networks: List[int]) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Ratemaps [n, units, 32, 32], direction tuning [n, units, 20] and position errors (m) [n] of some networks."""
        device, s = self.weights.device, len(networks)
        some = torch.tensor(networks, device=device)
        w = {name: value[some] for name, value in self.w.items()}
        units = w["bottleneck/w"].shape[2]
        maps = torch.zeros(s, BINS * BINS, units, device=device)
        tuning = torch.zeros(s, DIRECTIONS, units, device=device)
        counts, turned = torch.zeros(BINS * BINS, device=device), torch.zeros(DIRECTIONS, device=device)
        error, total = torch.zeros(s, device=device), 0
        for fields in held_out.chunks(50):
            init_pos, init_hd, ego_vel, target_pos, target_hd = (f.expand(s, *f.shape[1:]) for f in fields)
            b, t = ego_vel.shape[1:3]
            states, _ = self.recur(w, ego_vel, torch.cat(self.codes(init_pos, init_hd, some), -1), False)
            rates = torch.baddbmm(w["bottleneck/b"], states[1:].permute(1, 2, 0, 3).reshape(s, b * t, HIDDEN), w["bottleneck/w"])
            at = ((target_pos[0].reshape(-1, 2) + ROOM / 2) * (BINS / ROOM)).floor().clamp(0, BINS - 1).long()
            place = at[:, 0] * BINS + at[:, 1]
            way = ((target_hd[0].reshape(-1) + np.pi) * (DIRECTIONS / (2 * np.pi))).floor().long() % DIRECTIONS
            maps.index_add_(1, place, rates)
            tuning.index_add_(1, way, rates)
            counts.index_add_(0, place, torch.ones(b * t, device=device))
            turned.index_add_(0, way, torch.ones(b * t, device=device))
            last = rates.view(s, b, t, units)[:, :, -1]
            top = torch.baddbmm(w["place_logits/b"], last, w["place_logits/w"]).topk(3, -1).indices
            error += (self.centres[top].mean(2) - target_pos[0, :, -1]).norm(dim=-1).sum(1)
            total += b
        maps = (maps / counts[:, None]).permute(0, 2, 1).reshape(s, units, BINS, BINS)
        tuning = (tuning / turned[:, None]).permute(0, 2, 1)
        return maps.double().cpu().numpy(), tuning.double().cpu().numpy(), (error / total).cpu().numpy()

    def checkpoint(self, network: int) -> gridcells.Checkpoint:
        return gridcells.Checkpoint({n: v[network].cpu().numpy().reshape(self.shapes[n]).copy() for n, v in self.w.items()})


def cell(gates: Tensor, c: Tensor) -> Tuple[Tensor, ...]:
    """One step of the LSTM of Sonnet 1: the new states, and what the way back needs."""
    i, j, f, o = gates.chunk(4, -1)
    i, j, f, o = torch.sigmoid(i), torch.tanh(j), torch.sigmoid(f + 1), torch.sigmoid(o)
    c = f * c + i * j
    u = torch.tanh(c)
    return u * o, c, i, j, f, o, u


def cell_back(from_above: Tensor, dh: Tensor, dc: Tensor, i: Tensor, j: Tensor, f: Tensor, o: Tensor, u: Tensor,
              c: Tensor) -> Tuple[Tensor, Tensor]:
    """The gradient of a step: of its gates, and of the cell state c before it."""
    dh = dh + from_above
    dc = dc + dh * o * (1 - u * u)
    gates = torch.cat([dc * j * i * (1 - i), dc * i * (1 - j * j), dc * c * f * (1 - f), dh * u * o * (1 - o)], -1)
    return gates, dc * f


def rmsprop(w: Tensor, g: Tensor, ms: Tensor, mom: Tensor, limit: Tensor, decay: Tensor, rate: Tensor, momentum: Tensor) -> None:
    """TensorFlow's RMSProp on clipped gradients, in place."""
    g = torch.maximum(torch.minimum(g + decay * w, limit), -limit)
    ms.copy_(DECAY * ms + (1 - DECAY) * g * g)
    mom.copy_(momentum * mom + rate * g * torch.rsqrt(ms + EPSILON))
    w.sub_(mom)


@lru_cache(None)
def initial_weights(seed: int) -> Dict[str, np.ndarray]:
    """The first weights, as `train` draws them."""
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "0.safetensors")
        made = subprocess.run([find_tool("simulate"), "-q", "-n", "10"], check=True, stdout=subprocess.PIPE).stdout
        coded = subprocess.run([find_tool("targets"), "-q"], input=made, check=True, stdout=subprocess.PIPE).stdout
        subprocess.run([find_tool("train"), "-q", "--preset", "paper", "--steps", "0", "--seed", str(seed), "--checkpoint", path],
                       input=coded, check=True, stdout=subprocess.DEVNULL)
        return gridcells.Checkpoint.load(path).weights


FIELDS = ("init_pos", "init_hd", "ego_vel", "target_pos", "target_hd")


def fields_of(rows: np.ndarray) -> List[np.ndarray]:
    parts = [np.ascontiguousarray(rows[name], np.float32) for name in FIELDS]
    parts[1], parts[4] = parts[1].reshape(len(rows)), parts[4].reshape(len(rows), STEPS)
    return parts


class Held:
    """Held-out trajectories on the device."""

    def __init__(self, n: int, flags: List[str], device: torch.device) -> None:
        rows = np.concatenate(list(gridcells.simulate(n, *flags, seed=HELD_OUT)))
        self.fields = [torch.from_numpy(f).to(device)[None] for f in fields_of(rows)]

    def chunks(self, size: int) -> Iterator[List[Tensor]]:
        for at in range(0, self.fields[0].shape[1], size):
            yield [f[:, at:at + size] for f in self.fields]


def batches(keys: List[Tuple[int, Tuple[str, ...]]], updates: int, chunk: int = 200) -> Iterator[List[np.ndarray]]:
    """The fields of the next updates from each stream of trajectories, [streams, updates, batch, ...], made in the background."""
    ready: "queue.Queue[List[np.ndarray]]" = queue.Queue(3)

    def make() -> None:
        streams = [gridcells.simulate(updates * BATCH, *flags, seed=seed, rows=chunk * BATCH) for seed, flags in keys]
        for parts in zip(*streams):
            fields = zip(*(fields_of(rows) for rows in parts))
            ready.put([np.stack([f.reshape(-1, BATCH, *f.shape[1:]) for f in field]) for field in fields])

    threading.Thread(target=make, daemon=True).start()
    for _ in range(-(-updates // chunk)):
        yield ready.get()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("plan")
    parser.add_argument("directory")
    parser.add_argument("--updates", type=int, default=20000)
    parser.add_argument("--evaluate", default="", help="updates at which to average ratemaps, with commas")
    parser.add_argument("--trajectories", type=int, default=4000, help="held-out trajectories")
    parser.add_argument("--checkpoints", action="store_true", help="keep the weights at each evaluation")
    parser.add_argument("--stop-after", type=float, default=np.inf, help="evaluate and end after this time (s)")
    parser.add_argument("--log-every", type=int, default=1000)
    args = parser.parse_args()
    began = time.time()
    torch.manual_seed(1)
    with open(args.plan, encoding="utf-8") as file:
        plan = [Settings.parse(line) for line in file if line.strip() and not line.startswith("#")]
    os.makedirs(args.directory, exist_ok=True)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    networks = Networks(plan, device)
    keys = sorted({(s.seed, tuple(s.simulate)) for s in plan})
    stream_of = torch.tensor([keys.index((s.seed, tuple(s.simulate))) for s in plan], device=device)
    held = {flags: Held(args.trajectories, list(flags), device) for flags in {tuple(s.simulate) for s in plan}}
    evaluations = {int(u) for u in args.evaluate.split(",") if u}
    log, errors = (open(os.path.join(args.directory, n), "a", encoding="utf-8") for n in ("log.jsonl", "errors.jsonl"))

    update_of = Replayed(networks) if device.type == "cuda" else networks.update

    def evaluate(update: int) -> None:
        for flags, held_out in held.items():
            some = [i for i, s in enumerate(plan) if tuple(s.simulate) == flags]
            maps, tuning, error = networks.evaluate(held_out, some)
            for k, i in enumerate(some):
                save(os.path.join(args.directory, f"{plan[i].name}-{update:09d}"), maps[k], tuning[k])
                print(json.dumps({"name": plan[i].name, "update": update, "error_m": float(error[k])}), file=errors, flush=True)
                if args.checkpoints:
                    networks.checkpoint(i).save(os.path.join(args.directory, f"{plan[i].name}-{update:09d}.safetensors"))
        print(f"update {update}: evaluated, {time.time() - began:.0f} s", file=sys.stderr, flush=True)

    update = 0
    if 0 in evaluations:
        evaluate(0)
    for block in batches(keys, args.updates):
        if time.time() - began > args.stop_after:
            break
        fields = [torch.from_numpy(f).to(device) for f in block]
        for k in range(fields[0].shape[1]):
            update_of(*(f[stream_of, k] for f in fields))
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


class Replayed:
    """The update as a CUDA graph: the processor starts it at once, not each of its thousands of small kernels."""

    def __init__(self, networks: Networks) -> None:
        self.networks, self.inputs, self.graph = networks, [], None

    def __call__(self, *fields: Tensor) -> None:
        if not self.inputs:
            self.inputs = [f.clone() for f in fields]
            self.capture()
        for to, value in zip(self.inputs, fields):
            to.copy_(value)
        self.graph.replay()

    def capture(self) -> None:
        networks = self.networks
        changed = (networks.weights, networks.ms, networks.mom, networks.loss)
        kept = [x.clone() for x in changed]
        networks.step_forward, networks.step_back, networks.apply = (torch.compile(f) for f in (cell, cell_back, rmsprop))
        try:
            networks.update(*self.inputs)
        except Exception as error:  # no compiler: one kernel for each operation
            print(f"torch.compile: {str(error).splitlines()[0]}; going on without it", file=sys.stderr)
            networks.step_forward, networks.step_back, networks.apply = cell, cell_back, rmsprop
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(3):
                networks.update(*self.inputs)
        torch.cuda.current_stream().wait_stream(side)
        self.graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self.graph):
            networks.update(*self.inputs)
        for to, value in zip(changed, kept):
            to.copy_(value)


def save(name: str, maps: np.ndarray, tuning: np.ndarray) -> None:
    rows = np.zeros(len(maps), [("layer", "<U10"), ("unit", "<i4"), ("ratemap", "<f8", (BINS, BINS)),
                                ("direction_tuning", "<f8", (DIRECTIONS,))])
    rows["layer"], rows["unit"], rows["ratemap"], rows["direction_tuning"] = "bottleneck", np.arange(len(maps)), maps, tuning
    np.save(name + ".tmp.npy", rows)
    os.replace(name + ".tmp.npy", name + ".maps.npy")


if __name__ == "__main__":
    main()
