"""The networks' forward pass in NumPy, for those who want to see or change it. It equals `activations` to 1e-6."""
from __future__ import annotations

from typing import Dict

import numpy as np

from .checkpoint import Checkpoint
from .ensembles import codes_of


def forward(checkpoint: Checkpoint, rows: np.ndarray) -> "Dict[str, np.ndarray]":
    """Run a network without dropout over encoded trajectories (rows with ego_vel and the codes of `targets`).

    The result has "lstm" [N, T, H] (the recurrent cell's units, whatever the cell), "bottleneck" [N, T, units]
    and the logits [N, T, cells] of each readout under its name, such as "place_logits".
    """
    network = checkpoint.network
    w = {name: value.astype(np.float64) for name, value in checkpoint.weights.items()}
    init = np.concatenate(codes_of(rows, "init"), -1).astype(np.float64)
    if init.shape[1] != w["state_init/w"].shape[0]:
        raise ValueError(f"the initial codes have {init.shape[1]} values, but the network takes {w['state_init/w'].shape[0]}")
    x = rows["ego_vel"].astype(np.float64) * network.velocity_inputs
    state = {"h": _linear(w, "state_init", init)}
    if network.cell == "lstm":
        state["c"] = _linear(w, "cell_init", init)
    hidden = []
    for t in range(x.shape[1]):
        _step(network.cell, w, x[:, t], state)
        hidden.append(state["h"])
    out = {"lstm": np.stack(hidden, 1)}
    out["bottleneck"] = _linear(w, "bottleneck", out["lstm"])
    if network.rectified:
        out["bottleneck"] = np.maximum(out["bottleneck"], 0)
    for head in network.heads:
        out[head.name] = _linear(w, head.name, out["bottleneck"])
    return {name: value.astype(np.float32) for name, value in out.items()}


def _step(cell: str, w: "Dict[str, np.ndarray]", x: np.ndarray, state: "Dict[str, np.ndarray]") -> None:
    """Take one step of a cell: from the self-motion x [N, 3] and the old state [N, H] to the new state."""
    h = state["h"]
    xh = np.concatenate([x, h], 1)
    if cell == "lstm":
        i, j, f, o = np.split(xh @ w["lstm/w_gates"] + w["lstm/b_gates"], 4, 1)
        state["c"] = _sigmoid(f + 1) * state["c"] + _sigmoid(i) * np.tanh(j)
        state["h"] = np.tanh(state["c"]) * _sigmoid(o)
    elif cell == "gru":
        z, r = np.split(_sigmoid(_linear(w, "gru_gates", xh)), 2, 1)
        candidate = np.tanh(_linear(w, "gru_candidate", np.concatenate([x, r * h], 1)))
        state["h"] = (1 - z) * candidate + z * h
    elif cell == "rnn-tanh":
        state["h"] = np.tanh(_linear(w, "rnn", xh))
    elif cell == "rnn-relu":
        state["h"] = np.maximum(_linear(w, "rnn", xh), 0)
    else:
        raise ValueError(f"cell {cell!r} is not lstm, gru, rnn-tanh or rnn-relu")


def _linear(w: "Dict[str, np.ndarray]", name: str, x: np.ndarray) -> np.ndarray:
    y = x @ w[name + "/w"]
    return y + w[name + "/b"] if name + "/b" in w else y


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 0.5 * (1 + np.tanh(0.5 * x))
