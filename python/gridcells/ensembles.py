"""Place cells and head-direction cells: the codes that the tool `targets` adds, made in Python.

Centres equal those of `targets` bit for bit, and codes to 1e-6. docs/science.md defines the types of codes.
"""
from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import Any, Callable, Dict, Iterator, List, Optional, Tuple

import numpy as np

from .provenance import Provenance
from .streams import add_fields

TYPES = ("softmax", "voronoi", "sample", "normalized", "dog", "cartesian")


@dataclass
class Ensembles:
    """The ensembles of one experiment. The names and the defaults are those of the flags of `targets`.

    Lengths are in metres. n_pc and n_hdc list the cells of each ensemble; an empty list means none of that kind. The
    default of pc_scale is 0.01 m, and 0.12 m for targets of type dog; that of hdc_concentration is 20. Settings that
    contradict each other are a ValueError.
    """

    env_size: float = 2.2
    n_pc: List[int] = field(default_factory=lambda: [256])
    pc_scale: List[float] = field(default_factory=list)
    n_hdc: List[int] = field(default_factory=lambda: [12])
    hdc_concentration: List[float] = field(default_factory=list)
    neurons_seed: int = 8341
    targets_type: str = "softmax"
    init_type: str = "softmax"
    surround_scale: float = 2.0
    periodic: bool = False
    seed: int = 1  # of the draws of the type sample

    def __post_init__(self) -> None:
        if self.targets_type not in TYPES or self.init_type not in (*TYPES, "zeros"):
            raise ValueError(f"types of codes {self.targets_type!r} and {self.init_type!r}: known are {', '.join(TYPES)}, "
                             "and zeros for the initial condition")
        self.pc_scale = self.pc_scale or [0.12 if self.targets_type == "dog" else 0.01] * bool(self.n_pc)
        self.hdc_concentration = self.hdc_concentration or [20.0] * bool(self.n_hdc)
        if len(self.n_pc) != len(self.pc_scale) or len(self.n_hdc) != len(self.hdc_concentration):
            raise ValueError("each ensemble needs its number of cells and its scale or concentration")
        positive = [self.env_size, *self.n_pc, *self.pc_scale, *self.n_hdc, *self.hdc_concentration]
        if not all(x > 0 for x in positive):
            raise ValueError("sizes, numbers of cells, scales and concentrations must be above 0")
        if "dog" in (self.targets_type, self.init_type) and not self.surround_scale > 1:
            raise ValueError(f"a surround of scale {self.surround_scale}: it must be above 1, the centre's")

    @classmethod
    def of(cls, provenance: Provenance) -> "Ensembles":
        """Return the ensembles that a stream's provenance describes. What it does not tell has its default."""
        found = {f.name: provenance.parameter(f.name) for f in fields(cls) if f.name != "seed"}
        for stage in provenance:
            if stage["tool"] == "targets":
                found["seed"] = stage.get("parameters", {}).get("seed")
        if found["periodic"] is None:
            found["periodic"] = provenance.parameter("arena") == "periodic"
        return cls(**{name: value for name, value in found.items() if value is not None})

    def parameters(self) -> Dict[str, Any]:
        """Return the parameters for a stage of provenance, from which `train` and `activations` know the cells."""
        return asdict(self)

    def place_centres(self) -> "List[np.ndarray]":
        """Return the centres [cells, 2] (m) of each ensemble of place cells."""
        half = self.env_size / 2
        return [np.random.RandomState(self.neurons_seed).uniform(-half, half, (n, 2)) for n in self.n_pc]

    def head_directions(self) -> "List[np.ndarray]":
        """Return the preferred directions [cells] (rad) of each ensemble of head-direction cells."""
        return [np.random.RandomState(self.neurons_seed).uniform(-np.pi, np.pi, n) for n in self.n_hdc]

    def encode(self, rows: np.ndarray, first: int = 0) -> "Dict[str, np.ndarray]":
        """Return the codes of trajectories: place_init [N, n], place_target [N, T, n], head_direction_init and so on.

        rows need init_pos, target_pos, init_hd and target_hd, as `simulate` gives them. first is the number of
        the first row in its stream, which matters for the type sample only.
        """
        codes: Dict[str, np.ndarray] = {}
        uniforms = self._uniforms(rows, first)
        for name, density, cartesian, start, path in self._all(rows):
            for quantity, x, kind in (("init", start[:, None], self.init_type), ("target", path, self.targets_type)):
                values = self._code(kind, x, density, cartesian, uniforms)
                codes[name.format(quantity)] = values[:, 0] if quantity == "init" else values
        return codes

    def add_codes(self, rows: np.ndarray, first: int = 0) -> np.ndarray:
        """Return the rows with their codes, as `targets` does."""
        return add_fields(rows, **self.encode(rows, first))

    def _all(self, rows: np.ndarray) -> "Iterator[Tuple[str, _Density, _Density, np.ndarray, np.ndarray]]":
        """Give each ensemble: name of its fields, log-density, Cartesian form, start [N, …] and path [N, T, …]."""
        for i, (centres, scale) in enumerate(zip(self.place_centres(), self.pc_scale)):
            yield (_numbered("place_{}", i), self._place_density(centres, scale), lambda x: x,
                   rows["init_pos"].astype(float), rows["target_pos"].astype(float))
        for i, (means, concentration) in enumerate(zip(self.head_directions(), self.hdc_concentration)):
            yield (_numbered("head_direction_{}", i), _direction_density(means, concentration),
                   lambda x: np.concatenate([np.cos(x), np.sin(x)], -1),
                   rows["init_hd"].astype(float), rows["target_hd"].astype(float))

    def _place_density(self, centres: np.ndarray, scale: float) -> "_Density":
        def density(x: np.ndarray) -> np.ndarray:
            difference = x[..., None, :] - centres
            if self.periodic:  # the shortest way around the torus
                difference -= self.env_size * np.rint(difference / self.env_size)
            return -0.5 / (scale * scale) * (difference ** 2).sum(-1)
        return density

    def _code(self, kind: str, x: np.ndarray, density: "_Density", cartesian: "_Density",
              uniforms: "Optional[_Uniforms]") -> np.ndarray:
        """Return the code [N, T, n] at x [N, T, …] as float32."""
        if kind == "cartesian":
            return cartesian(x).astype(np.float32)
        logs = density(x)
        if kind == "zeros":
            return np.zeros(logs.shape, np.float32)
        if kind == "normalized":
            return np.exp(logs).astype(np.float32)
        largest = logs.max(-1, keepdims=True)
        if kind == "dog":
            return self._difference_of_gaussians(logs - largest).astype(np.float32)
        posterior = np.exp(logs - largest)
        posterior /= posterior.sum(-1, keepdims=True)
        if kind == "softmax":
            return posterior.astype(np.float32)
        if kind == "voronoi":
            cells = logs.argmax(-1)
        else:
            assert uniforms is not None
            cells = (posterior.cumsum(-1) > uniforms.take(x.shape[1])[..., None]).argmax(-1)
        return (np.arange(logs.shape[-1]) == cells[..., None]).astype(np.float32)

    def _difference_of_gaussians(self, logs: np.ndarray) -> np.ndarray:
        centre, surround = np.exp(logs), np.exp(logs / self.surround_scale)
        difference = centre / centre.sum(-1, keepdims=True) - surround / surround.sum(-1, keepdims=True)
        difference -= difference.min(-1, keepdims=True)
        total = difference.sum(-1, keepdims=True)
        with np.errstate(invalid="ignore"):
            return np.where(total > 0, difference / total, 1 / logs.shape[-1])

    def _uniforms(self, rows: np.ndarray, first: int) -> "Optional[_Uniforms]":
        if "sample" not in (self.targets_type, self.init_type):
            return None
        return _Uniforms(self.seed, "targets sample", first, len(rows))


_Density = Callable[[np.ndarray], np.ndarray]


def _numbered(name: str, index: int) -> str:
    return name if index == 0 else f"{name}_{index + 1}"


def _direction_density(means: np.ndarray, concentration: float) -> "_Density":
    return lambda x: concentration * (np.cos(x) * np.cos(means) + np.sin(x) * np.sin(means))


class _Uniforms:
    """The tools' random numbers in [0, 1): one sequence for each row, which depends on seed, purpose and row only.

    The generator is PCG-DXSM with 128 bits of state, as in Go's math/rand/v2.
    """

    _MULTIPLIER = 2549297995355413924 << 64 | 4865540595714422341
    _INCREMENT = 6364136223846793005 << 64 | 1442695040888963407
    _CHEAP = 0xDA942042E4DD58B5

    def __init__(self, seed: int, purpose: str, first: int, count: int) -> None:
        hashed = 14695981039346656037  # FNV-1a
        for byte in purpose.encode():
            hashed = (hashed ^ byte) * 1099511628211 & _WORD
        key = _mix(_mix(seed) ^ hashed)
        starts = [_mix(key + row * 0x9E3779B97F4A7C15 & _WORD) for row in range(first, first + count)]
        self.states = [a << 64 | _mix(a ^ key) for a in starts]

    def take(self, count: int) -> np.ndarray:
        """Return the next numbers [rows, count] of each row."""
        return np.array([[self._next(row) for _ in range(count)] for row in range(len(self.states))]).reshape(-1, count)

    def _next(self, row: int) -> float:
        state = self.states[row] * self._MULTIPLIER + self._INCREMENT & (1 << 128) - 1
        self.states[row] = state
        high, low = state >> 64, state & _WORD
        high ^= high >> 32
        high = high * self._CHEAP & _WORD
        high ^= high >> 48
        high = high * (low | 1) & _WORD
        return (high & (1 << 53) - 1) / (1 << 53)


_WORD = (1 << 64) - 1


def _mix(x: int) -> int:
    x = x + 0x9E3779B97F4A7C15 & _WORD
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9 & _WORD
    x = (x ^ x >> 27) * 0x94D049BB133111EB & _WORD
    return x ^ x >> 31


def codes_of(rows: np.ndarray, quantity: str) -> "List[np.ndarray]":
    """Return the codes ("init" or "target") of rows in the order in which networks take them: place cells first."""
    return [rows[name.format(quantity)] for name in code_fields(rows.dtype)]


def code_fields(dtype: np.dtype) -> "List[str]":
    """Return the fields of each ensemble's codes, as place_{}, place_{}_2 … head_direction_{} …, with {} for init and target."""
    found: List[str] = []
    for kind in ("place_{}", "head_direction_{}"):
        count = 0
        while _numbered(kind, count).format("target") in (dtype.names or ()):
            found.append(_numbered(kind, count))
            count += 1
    if not found:
        raise ValueError("the rows hold no codes, such as place_init and place_target: targets or Ensembles.add_codes makes them")
    return found
