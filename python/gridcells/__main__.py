"""The package's commands: `python -m gridcells records`, `… nwb` and `… show`.

    gridcells records --positions pos.npy --activities act.npy | ratemaps | gridscore | report -o units.pdf
    gridcells show scored.npy
"""
from __future__ import annotations

import os
import sys
from typing import Any, Callable, Dict, Optional

import numpy as np

from . import nwb, records
from .simulation import Failure
from .streams import Reader
from .version import __version__


def guarded(name: str, command: "Callable[[], Any]") -> None:
    """Run a command so that a failure is one line and status 1, and a closed output the end with status 0."""
    try:
        command()
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (Failure, ValueError, OSError, ImportError) as failure:
        text = f"{failure.filename}: {failure.strerror}" if isinstance(failure, OSError) and failure.filename else str(failure)
        sys.exit(f"{name}: " + "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text))
    except MemoryError:
        sys.exit(f"{name}: the arrays do not fit into memory")
    except KeyboardInterrupt:
        sys.exit(130)


def show(source: str) -> None:
    """Print the tools that made a stream, and the range of each field, without holding more than a chunk."""
    with Reader(source) as stream:
        ranges: Dict[str, _Range] = {name: _Range() for name in stream.dtype.names or ()}
        count = 0
        for rows in stream:
            count += len(rows)
            for name, values in ranges.items():
                values.add(rows[name])
        for stage in stream.provenance:
            print(stage["tool"], stage["version"])
        print(count, "rows")
        for name, values in ranges.items():
            field = stream.dtype[name]
            print(f"{name:24} {field.base.str:5} {field.shape!s:12} {values}".rstrip())


class _Range:
    """The least and the largest of numbers, and how many are NaN."""

    def __init__(self) -> None:
        self.low: Any = None
        self.high: Any = None
        self.count = self.nan = 0
        self.floats = False

    def add(self, x: np.ndarray) -> None:
        if x.dtype.kind not in "fiu":
            return
        self.floats = x.dtype.kind == "f"
        self.count += x.size
        if self.floats:
            self.nan += int(np.isnan(x).sum())
            x = x[~np.isnan(x)]
        if x.size:
            self.low = x.min() if self.low is None else min(self.low, x.min())
            self.high = x.max() if self.high is None else max(self.high, x.max())

    def __str__(self) -> str:
        parts = [] if self.low is None else [f"{self.low:g} … {self.high:g}"]
        return ", ".join(parts + ([f"{self.nan / self.count:.1%} NaN"] if self.floats and self.count else []))


_USAGE = """Usage: gridcells records|nwb|show ...

  records   Make a record stream of plain NumPy arrays; gridcells records --help shows its flags.
  nwb       Turn an NWB file into the .npz file that neurons reads; gridcells nwb --help shows its flags.
  show      Print what is in a record stream: gridcells show FILE; without FILE, the standard input.
"""


def main(words: "Optional[list[str]]" = None) -> None:
    """Run a command of the package."""
    command, *rest = (sys.argv[1:] if words is None else words) or ["--help"]
    if command == "records":
        guarded("gridcells records", lambda: records.main(rest))
    elif command == "nwb":
        guarded("gridcells nwb", lambda: nwb.main(rest, "gridcells nwb"))
    elif command == "show" and len(rest) <= 1 and rest != ["--help"]:
        guarded("gridcells show", lambda: show(rest[0] if rest else "-"))
    elif command == "--version":
        print("gridcells", __version__)
    elif "--help" in (command, *rest):
        print(_USAGE, end="")
    else:
        print(_USAGE, end="", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
