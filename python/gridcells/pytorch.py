"""The network as a torch.nn.Module, and trajectories as a dataset for torch.utils.data.DataLoader. Needs PyTorch."""
from __future__ import annotations

from typing import Dict, Iterator, List, Mapping, Optional, Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import IterableDataset, get_worker_info

from .checkpoint import Checkpoint, Head, Network, Path
from .ensembles import Ensembles, code_fields, codes_of
from .simulation import simulate

_GATES = {"lstm": 4, "gru": 2, "rnn-tanh": 1, "rnn-relu": 1}


class PathIntegrator(nn.Module):
    """The network of `train`: a recurrent cell, a linear layer with dropout, and a readout for each ensemble.

    Its parameters have the names and the layouts of checkpoints (docs/checkpoints.md), so that its state_dict is
    one. In eval mode its outputs equal those of `activations` to 1e-6; in training mode the linear layer's units drop out.
    """

    def __init__(self, network: Network) -> None:
        super().__init__()
        if network.cell not in _GATES:
            raise ValueError(f"cell {network.cell!r} is not one of {', '.join(_GATES)}")
        self.network = network
        hidden, codes = network.hidden, sum(head.init for head in network.heads)
        if network.cell == "lstm":
            self._parameter("lstm/w_gates", 3 + hidden, 4 * hidden)
            self._parameter("lstm/b_gates", 4 * hidden)
            self._linear("cell_init", codes, hidden)
        elif network.cell == "gru":
            self._linear("gru_gates", 3 + hidden, 2 * hidden)
            self._linear("gru_candidate", 3 + hidden, hidden)
        else:
            self._linear("rnn", 3 + hidden, hidden)
        self._linear("state_init", codes, hidden)
        self._linear("bottleneck", hidden, network.bottleneck, network.bias)
        for head in network.heads:
            self._linear(head.name, network.bottleneck, head.cells)

    @classmethod
    def build(cls, codes: "Ensembles | np.dtype", *, cell: str = "lstm", hidden: int = 128, bottleneck: int = 256, bias: bool = False,
              rectified: bool = False, keep: Sequence[float] = (0.5,), velocity_inputs: bool = True,
              loss: str = "") -> "PathIntegrator":
        """Make an untrained network for the codes of some ensembles, or for those in rows of a dtype, whoever made them.

        The default loss is that of `train`: sigmoid for targets of type normalized, mse for cartesian ones, softmax for others
        and for those of a dtype.
        """
        heads, suited = [], "softmax"
        if isinstance(codes, Ensembles):
            suited = {"normalized": "sigmoid", "cartesian": "mse"}.get(codes.targets_type, suited)
            for kind, sizes in (("place", codes.n_pc), ("head_direction", codes.n_hdc)):
                for i, n in enumerate(sizes):
                    widths = [2 if t == "cartesian" else n for t in (codes.targets_type, codes.init_type)]
                    heads.append(Head(f"{kind}_logits" + (f"_{i + 1}" if i else ""), *widths))
        else:
            for name in code_fields(codes):
                widths = [codes[name.format(quantity)].shape[-1] for quantity in ("target", "init")]
                heads.append(Head(name.format("logits"), *widths))
        return cls(Network(cell, hidden, bottleneck, bias, rectified, list(keep), heads, velocity_inputs, loss or suited))

    @classmethod
    def from_checkpoint(cls, checkpoint: "Checkpoint | Path") -> "PathIntegrator":
        """Make the network of a checkpoint, or of the file with its name, in eval mode."""
        if not isinstance(checkpoint, Checkpoint):
            checkpoint = Checkpoint.load(checkpoint)
        module = cls(checkpoint.network)
        module.load_state_dict({name: torch.from_numpy(value.astype(np.float32)) for name, value in checkpoint.weights.items()})
        return module.eval()

    def checkpoint(self) -> Checkpoint:
        """Return the weights; `checkpoint().save(FILE)` writes them for `train --init` and `activations`."""
        return Checkpoint({name: value.detach().cpu().numpy().copy() for name, value in self.state_dict().items()})

    def forward(self, ego_vel: Tensor, init: Tensor) -> "Dict[str, Tensor]":
        """Run the network on ego_vel [N, T, 3] from the initial codes [N, codes], all ensembles side by side.

        The result has "lstm" [N, T, H], "bottleneck" [N, T, units] before dropout, and the logits [N, T, cells]
        of each readout under its name.
        """
        x = ego_vel if self.network.velocity_inputs else torch.zeros_like(ego_vel)
        h = self._map("state_init", init)
        c = self._map("cell_init", init) if self.network.cell == "lstm" else h
        states = []
        for t in range(x.shape[1]):
            h, c = self._step(x[:, t], h, c)
            states.append(h)
        out = {"lstm": torch.stack(states, 1)}
        rates = self._map("bottleneck", out["lstm"])
        out["bottleneck"] = rates = functional.relu(rates) if self.network.rectified else rates
        if self.training:
            groups = rates.chunk(len(self.network.keep), -1)
            rates = torch.cat([functional.dropout(g, 1 - keep) for g, keep in zip(groups, self.network.keep)], -1)
        for head in self.network.heads:
            out[head.name] = self._map(head.name, rates)
        return out

    def loss(self, out: "Mapping[str, Tensor]", targets: "Sequence[Tensor]") -> Tensor:
        """Return the loss of the readouts, summed over ensembles and averaged over trajectories and steps, as `train` logs it.

        It is the one that `network.loss` names: the cross-entropy (nats) of the softmax, for sigmoid that of each cell with
        0.99·target + 0.005, or for mse the squared error; the last two are means over the cells.
        """
        if len(targets) != len(self.network.heads):
            raise ValueError(f"targets of {len(targets)} ensembles, but the network has {len(self.network.heads)} readouts")
        return sum((self._loss(out[head.name], target) for head, target in zip(self.network.heads, targets)), torch.zeros(()))

    def _loss(self, logits: Tensor, target: Tensor) -> Tensor:
        """Return the loss of one readout [N, T, cells]."""
        if self.network.loss == "sigmoid":
            return functional.binary_cross_entropy_with_logits(logits, 0.99 * target + 0.005)
        if self.network.loss == "mse":
            return functional.mse_loss(logits, target)
        if self.network.loss not in ("softmax", "softmax-tf"):
            raise ValueError(f"loss {self.network.loss!r} is not softmax, softmax-tf, sigmoid or mse")
        return -(target * functional.log_softmax(logits, -1)).sum(-1).mean()

    def _step(self, x: Tensor, h: Tensor, c: Tensor) -> "tuple[Tensor, Tensor]":
        xh = torch.cat([x, h], 1)
        if self.network.cell == "lstm":
            i, j, f, o = torch.addmm(self._get("lstm/b_gates"), xh, self._get("lstm/w_gates")).chunk(4, 1)
            c = torch.sigmoid(f + 1) * c + torch.sigmoid(i) * torch.tanh(j)
            return torch.tanh(c) * torch.sigmoid(o), c
        if self.network.cell == "gru":
            z, r = torch.sigmoid(self._map("gru_gates", xh)).chunk(2, 1)
            candidate = torch.tanh(self._map("gru_candidate", torch.cat([x, r * h], 1)))
            return candidate + z * (h - candidate), c
        h = self._map("rnn", xh)
        return (torch.relu(h) if self.network.cell == "rnn-relu" else torch.tanh(h)), c

    def _parameter(self, name: str, *shape: int) -> None:
        """Add a parameter: a matrix or the LSTM's biases drawn as `train` draws them, other biases zero."""
        value = torch.zeros(shape)
        if name.endswith("_gates") or len(shape) == 2:
            fan_in = shape[0] if len(shape) == 2 else 3 + self.network.hidden
            nn.init.trunc_normal_(value, std=fan_in ** -0.5, a=-2 * fan_in ** -0.5, b=2 * fan_in ** -0.5)
        self.register_parameter(name, nn.Parameter(value))

    def _linear(self, name: str, size: int, out: int, bias: bool = True) -> None:
        self._parameter(name + "/w", size, out)
        if bias:
            self._parameter(name + "/b", out)

    def _get(self, name: str) -> Tensor:
        return self._parameters[name]  # type: ignore[return-value]

    def _map(self, name: str, x: Tensor) -> Tensor:
        y = x @ self._get(name + "/w")
        return y + self._get(name + "/b") if name + "/b" in self._parameters else y


def tensors(rows: np.ndarray) -> "tuple[Tensor, Tensor, List[Tensor]]":
    """Return encoded trajectories as what a network takes, in float32.

    These are ego_vel [N, T, 3], the initial codes of all ensembles side by side [N, codes], and the targets [N, T, n] of each
    ensemble. Rows without codes are a ValueError.
    """
    init = np.concatenate(codes_of(rows, "init"), -1)
    targets = [torch.from_numpy(np.ascontiguousarray(t, np.float32)) for t in codes_of(rows, "target")]
    return torch.from_numpy(np.ascontiguousarray(rows["ego_vel"], np.float32)), torch.from_numpy(init.astype(np.float32)), targets


class Trajectories(IterableDataset):
    """Batches of encoded trajectories that `simulate` makes while they are used, so that nothing is stored.

    Give it to DataLoader with batch_size=None. Each batch is what `tensors` returns: ego_vel [batch, T, 3], the initial codes
    [batch, codes], and a list of targets [batch, T, n], all float32. Epoch e has the trajectories e·n … (e+1)·n − 1 of the seed,
    whatever the number of workers; each worker makes an equal share of them. Set `epoch` before each epoch, also where the
    workers stay alive (persistent_workers). flags go to `simulate`.
    """

    def __init__(self, n: int, ensembles: Optional[Ensembles] = None, *flags: str, batch: int = 10, seed: int = 1,
                 epoch: int = 0) -> None:
        super().__init__()
        if n % batch:
            raise ValueError(f"{n} trajectories of an epoch do not divide into batches of {batch}")
        self.n, self.ensembles, self.flags, self.batch = n, ensembles or Ensembles(), flags, batch
        self.seed = seed
        self._epoch = torch.tensor(epoch).share_memory_()  # workers that live on see it change

    @property
    def epoch(self) -> int:
        """The number of the epoch, from 0, that the next iteration gives."""
        return int(self._epoch)

    @epoch.setter
    def epoch(self, epoch: int) -> None:
        self._epoch.fill_(epoch)

    def __len__(self) -> int:
        return self.n // self.batch

    def __iter__(self) -> "Iterator[tuple[Tensor, Tensor, List[Tensor]]]":
        info = get_worker_info()
        worker, workers = (0, 1) if info is None else (info.id, info.num_workers)
        batches = self.n // self.batch
        begin, end = batches * worker // workers, batches * (worker + 1) // workers
        first = self.epoch * self.n + begin * self.batch
        if begin == end:
            return
        for rows in simulate((end - begin) * self.batch, *self.flags, seed=self.seed, skip=first, rows=self.batch):
            yield tensors(self.ensembles.add_codes(rows, first))
            first += len(rows)
