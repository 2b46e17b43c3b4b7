"""Trajectories of the tool `simulate`, as they are made."""
from __future__ import annotations

import os
import shutil
import subprocess
from typing import BinaryIO, Iterator, Optional, Sequence, cast

import numpy as np

from .streams import Reader


class Failure(Exception):
    """A command or a tool failed. The text is one line."""


def find_tool(name: str) -> str:
    """Return the path of one of the tools: from the directory in GRIDCELLS_BIN, or from PATH."""
    directory = os.environ.get("GRIDCELLS_BIN")
    path = shutil.which(name, path=directory) if directory else shutil.which(name)
    if path is None:
        raise Failure(f"the program {name} is not {'in ' + directory if directory else 'on the PATH'}; "
                      "make build puts it into bin/, and GRIDCELLS_BIN may name that directory")
    return path


def simulate(n: int = 0, *flags: str, seed: int = 1, skip: int = 0, rows: Optional[int] = None) -> Iterator[np.ndarray]:
    """Run `simulate` and give its trajectories as they come, in structured arrays of at most `rows` rows.

    n is their number, 0 for no end. Trajectory k of a seed is always the same, whatever n and skip are. flags
    are further flags of the tool, such as "--preset", "quick". Leaving the loop early stops the program.
    """
    command = [find_tool("simulate"), "--quiet", "-n", str(n), "--seed", str(seed), "--skip", str(skip), *flags]
    with running(command) as process:
        with Reader(cast(BinaryIO, process.stdout), rows=rows) as stream:
            yield from stream


class running:
    """A program whose standard output is read, in a `with` statement that makes sure that it ends."""

    def __init__(self, command: Sequence[str]) -> None:
        self.command = command

    def __enter__(self) -> "subprocess.Popen[bytes]":
        self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        return self.process

    def __exit__(self, kind: object, *_: object) -> None:
        process = self.process
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()  # a program that goes on writing ends by that
        said = process.stderr.read().decode(errors="replace").strip()
        process.stderr.close()
        status = process.wait()
        if status and kind is not GeneratorExit:
            raise Failure("; ".join(said.splitlines()) or f"{self.command[0]} ended with status {status}") from None
