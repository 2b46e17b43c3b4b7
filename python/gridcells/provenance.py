"""Provenance: what each tool did to a stream."""
from __future__ import annotations

import json
import os
import sys
import warnings
from typing import Any, Dict, Iterable, Mapping, Optional

from .version import __version__

TOOLS = frozenset(
    "simulate tfrecord2npy targets train activations ratemaps gridscore report compare inspect neurons".split())

Stage = Dict[str, Any]
"""One tool's part: {"tool": …, "version": …, "parameters": {…}, "derived": {…}}; the last two may be absent."""


class VersionWarning(UserWarning):
    """A stream or checkpoint is of another version than this package."""


class Provenance(list):
    """The stages that handled a stream, oldest first. Each is a dictionary (see `Stage`)."""

    def parameter(self, name: str, default: Any = None) -> Any:
        """Return a parameter by its name, such as "env_size", from the newest stage that has it."""
        for stage in reversed(self):
            for members in ("parameters", "derived"):
                values = stage.get(members)
                if isinstance(values, dict) and name in values:
                    return values[name]
        return default

    def then(self, tool: str, version: str = "", parameters: Optional[Mapping[str, Any]] = None) -> "Provenance":
        """Return a copy with a stage added. The parameters must be what JSON can hold."""
        return Provenance([*self, {"tool": tool, "version": version, "parameters": dict(parameters or {})}])

    def encode(self) -> "list[bytes]":
        """Return each stage as JSON, as streams hold it."""
        return [json.dumps(stage, ensure_ascii=False, separators=(",", ":")).encode() for stage in self]


def decode(lines: Iterable[bytes]) -> Provenance:
    """Read stages from JSON. Raise ValueError where one is no JSON object with a tool and a version."""
    result = Provenance()
    for number, line in enumerate(lines):
        try:
            stage = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"provenance row {number}: {error}") from None
        if not isinstance(stage, dict) or not all(isinstance(stage.get(key), str) for key in ("tool", "version")):
            raise ValueError(f"provenance row {number}: no JSON object with tool and version")
        result.append(stage)
    warn_of_versions(result)
    return result


def of_this_program() -> Provenance:
    """Return the provenance of a stream that begins in the running program."""
    name = os.path.basename(sys.argv[0]) if sys.argv else ""
    return Provenance().then("python" if name in ("", "-", "-c") else name)


_told: "set[str]" = set()


def warn_of_versions(provenance: Provenance) -> None:
    """Warn, once for each version, where one of the tools has another version than this package."""
    for stage in provenance:
        version = stage["version"]
        if stage["tool"] in TOOLS and version != __version__ and version not in _told:
            _told.add(version)
            warnings.warn(f"data made by {stage['tool']} {version} are read by the Python package gridcells {__version__}; "
                          "install the versions that belong together", VersionWarning, stacklevel=4)
