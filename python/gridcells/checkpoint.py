"""Checkpoints of `train`: safetensors files of weights, with their settings (docs/checkpoints.md)."""
from __future__ import annotations

import hashlib
import json
import os
import tempfile
from dataclasses import dataclass, field
from typing import Any, Dict, List, Mapping, Tuple, Union

import numpy as np

from .ensembles import Ensembles
from .provenance import Provenance, warn_of_versions

_TYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "i1", "U64": "<u8",
          "U32": "<u4", "U16": "<u2", "U8": "u1", "BOOL": "?"}
_CHECKSUM = "sha256"
_SECTIONS = ("network", "optimizer", "ensembles", "training", "position", "log", "provenance")
Path = Union[str, "os.PathLike[str]"]


@dataclass
class Head:
    """The readout of one ensemble: its name (place_logits, …), its width, and that of its code in the initial condition."""

    name: str
    cells: int
    init: int


@dataclass
class Network:
    """What the forward pass of a network depends on besides its weights."""

    cell: str  # lstm, gru, rnn-tanh or rnn-relu
    hidden: int
    bottleneck: int
    bias: bool  # of the linear layer
    rectified: bool  # the linear layer's rates are not negative
    keep: List[float]  # probabilities of keeping a unit in training, one for each equal group
    heads: List[Head]
    velocity_inputs: bool = True  # otherwise the network sees zeros for ego_vel
    loss: str = "softmax"  # of the readouts: softmax, softmax-tf, sigmoid or mse


@dataclass
class Checkpoint:
    """Weights by name, and what else a checkpoint holds. Linear maps are [in, out].

    config has the settings as they stand in the file: "network", "optimizer", "ensembles", "training", "position",
    "log" and "provenance". It is empty in a file of weights alone.
    """

    weights: Dict[str, np.ndarray]
    optimizer: Dict[str, np.ndarray] = field(default_factory=dict)
    config: Dict[str, Any] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path) -> "Checkpoint":
        """Read a checkpoint or another safetensors file of weights. A wrong checksum is a ValueError."""
        with open(path, "rb") as file:
            data = file.read()
        try:
            tensors, metadata = _parse(data)
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"{os.fspath(path)}: {error}") from None
        config = {name: json.loads(metadata[name]) for name in _SECTIONS if name in metadata}
        config["provenance"] = Provenance(config.get("provenance") or ())
        warn_of_versions(config["provenance"])
        return cls({n: t for n, t in tensors.items() if not n.startswith("optimizer/")},
                   {n: t for n, t in tensors.items() if n.startswith("optimizer/")}, config)

    def save(self, path: Path) -> None:
        """Write the weights alone, for `train --init` and `activations --checkpoint`. The file appears when it is complete."""
        data = _format({name: np.asarray(value, np.float32) for name, value in self.weights.items()}, {"format": "pt"})
        target = os.path.realpath(path)
        descriptor, temporary = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=os.path.dirname(target))
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
            umask = os.umask(0)
            os.umask(umask)
            os.chmod(temporary, 0o666 & ~umask)
            os.replace(temporary, target)
        except BaseException:
            os.unlink(temporary)
            raise

    @property
    def ensembles(self) -> Ensembles:
        """The ensembles that the network was trained on. It is a ValueError if the file does not tell them.

        Files of weights alone do not, and no checkpoint of a training on codes that another program than `targets` made.
        """
        stated = self.config.get("ensembles")
        if not stated:
            raise ValueError("the checkpoint does not tell on which ensembles the network was trained")
        return Ensembles(**{name: value for name, value in stated.items() if name in Ensembles.__dataclass_fields__})

    @property
    def network(self) -> Network:
        """The network's settings: those in the file, or for weights alone what their names and shapes tell."""
        return network_of({name: value.shape for name, value in self.weights.items()}, self.config)


def network_of(shapes: "Mapping[str, Tuple[int, ...]]", config: Mapping[str, Any]) -> Network:
    """Read a network's settings off the shapes of its weights and the settings of a checkpoint, where it has some."""
    settings = config.get("network") or {}
    cells = {"lstm/w_gates": "lstm", "gru_gates/w": "gru", "rnn/w": "rnn-tanh"}
    cell = settings.get("cell") or next((cell for name, cell in cells.items() if name in shapes), None)
    if cell is None or "bottleneck/w" not in shapes:
        raise ValueError("no network: tensors such as lstm/w_gates and bottleneck/w [in, out] are needed")
    heads = [Head(h["name"], h["cells"], h.get("init") or h["cells"]) for h in settings.get("heads") or ()]
    if not heads:
        names = sorted((n[:-2] for n in shapes if "_logits" in n and n.endswith("/b")),
                       key=lambda n: (not n.startswith("place"), len(n), n))
        heads = [Head(name, shapes[name + "/b"][0], shapes[name + "/b"][0]) for name in names]
        left = shapes["state_init/w"][0] - sum(head.init for head in heads)
        if left and len(heads) == 1:
            heads[0].init += left
    return Network(
        cell=cell, hidden=shapes["bottleneck/w"][0], bottleneck=shapes["bottleneck/w"][1], bias="bottleneck/b" in shapes,
        rectified=settings.get("bottleneck_activation") == "relu", keep=list(settings.get("dropout") or [0.5]), heads=heads,
        velocity_inputs=(config.get("training") or {}).get("velocity_inputs", True), loss=settings.get("loss") or "softmax")


def _parse(data: bytes) -> "Tuple[Dict[str, np.ndarray], Dict[str, str]]":
    """Return the tensors and the metadata of a safetensors file, after comparing it with its checksum."""
    length = int.from_bytes(data[:8], "little")
    if len(data) < 8 or not 2 <= length <= len(data) - 8:
        raise ValueError("not a whole safetensors file")
    header = json.loads(data[8:8 + length])
    metadata = header.pop("__metadata__", None) or {}
    tensors: Dict[str, np.ndarray] = {}
    raw: Dict[str, Tuple[str, List[int], bytes]] = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        part = data[8 + length + begin:8 + length + end]
        if len(part) != end - begin:
            raise ValueError(f"tensor {name}: the file is cut off or damaged")
        raw[name] = entry["dtype"], entry["shape"], part
        if entry["dtype"] == "BF16":
            values = (np.frombuffer(part, "<u2").astype(np.uint32) << 16).view(np.float32)
        elif entry["dtype"] in _TYPES:
            values = np.frombuffer(part, _TYPES[entry["dtype"]])
        else:
            raise ValueError(f"tensor {name}: type {entry['dtype']} is not known")
        tensors[name] = values.reshape(entry["shape"]).copy()
    stored = metadata.get(_CHECKSUM, "")
    if stored:
        rest = {key: value for key, value in metadata.items() if key != _CHECKSUM}
        if hashlib.sha256(_assemble(raw, rest)).hexdigest() != stored:
            raise ValueError("the content does not match its checksum: the file is damaged, or was changed without emptying sha256 in the metadata")
    return tensors, metadata


def _format(tensors: "Mapping[str, np.ndarray]", metadata: "Mapping[str, str]") -> bytes:
    names = {np.dtype(code): name for name, code in _TYPES.items()}
    return _assemble({name: (names[t.dtype.newbyteorder("<")], list(t.shape), t.astype(t.dtype.newbyteorder("<")).tobytes())
                      for name, t in tensors.items()}, metadata)


def _assemble(tensors: "Mapping[str, Tuple[str, List[int], bytes]]", metadata: "Mapping[str, str]") -> bytes:
    """Return the bytes of a safetensors file, with the tensors in the order of their names, as the tools write it."""
    header: Dict[str, Any] = {"__metadata__": dict(sorted(metadata.items()))}
    offset = 0
    for name in sorted(tensors, key=lambda n: n.encode()):
        kind, shape, part = tensors[name]
        header[name] = {"dtype": kind, "shape": shape, "data_offsets": [offset, offset + len(part)]}
        offset += len(part)
    header = dict(sorted(header.items(), key=lambda item: item[0].encode()))
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":  # written by Go's encoder as it writes them
        text = text.replace(character, f"\\u{ord(character):04x}")
    body = text.encode()
    body += b" " * (-len(body) % 8)
    order = sorted(tensors, key=lambda n: n.encode())
    return len(body).to_bytes(8, "little") + body + b"".join(tensors[name][2] for name in order)
