"""Scores of activities and of ratemaps, by the tools `ratemaps` and `gridscore`."""
from __future__ import annotations

import subprocess
import sys
import threading
from typing import IO, Any, BinaryIO, Callable, List, Mapping, Optional, Sequence, Union, cast

import numpy as np

from . import records
from .provenance import Provenance
from .simulation import Failure, find_tool
from .streams import Reader, Table, Writer
from .version import __version__


def score(positions: Any, activities: Union[Any, Mapping[str, Any]], *flags: str, directions: Any = None,
          env_size: Optional[float] = None, ratemaps: Sequence[str] = ()) -> Table:
    """Return the scored units of a network or a recording, as `(rows, provenance)`: one row for each unit.

    positions are [N, T, 2] in metres about the room's centre, or [T, 2] of one long recording; NaN is a position
    that is not known. activities are [N, T, units], or a dictionary of such arrays by layer. directions are head
    directions [N, T] in rad. env_size is the size of the room in m, 2.2 by default. flags are those of
    `gridscore`, such as "--null", "field,gaussian", and ratemaps those of `ratemaps`, such as ["--bins", "32"].

    What the tools remark goes to sys.stderr. A tool that fails raises `Failure`.
    """
    arrays = records.arrays(positions, activities if isinstance(activities, Mapping) else {"activity": activities}, directions)
    return _through([[find_tool("ratemaps"), *ratemaps], [find_tool("gridscore"), *flags]], arrays, env_size)


def score_ratemaps(maps: Any, *flags: str, env_size: Optional[float] = None) -> Table:
    """Return the scored units of ratemaps [units, nx, ny] that exist already, as `score` does.

    x is the first axis, and NaN marks bins that were never visited. env_size is the size of the room in m: its longer side or diameter.
    """
    return _through([[find_tool("gridscore"), *flags]], records.unit_rows(np.asarray(maps)), env_size)


def _through(commands: "List[List[str]]", arrays: records.Arrays, env_size: Optional[float]) -> Table:
    """Send the arrays as a stream through the programs, and read what the last one writes."""
    parameters = {} if env_size is None else {"env_size": float(env_size)}
    if env_size is not None and not 0 < env_size < float("inf"):
        raise Failure(f"env_size: found {env_size}, wanted the size of the room in m")

    def feed(target: IO[bytes]) -> None:
        try:
            with target, Writer(cast(BinaryIO, target), Provenance().then("gridcells.score", __version__, parameters)) as out:
                records.write(out, arrays)
        except BrokenPipeError:
            pass  # the program has ended, and says why

    with _Pipeline(commands, feed) as last:
        try:
            with Reader(cast(BinaryIO, last)) as stream:
                return Table(stream.read(), stream.provenance)
        except Exception as error:
            last.close()
            raise error


class _Pipeline:
    """Programs that feed one another, in a `with` statement that waits for all of them."""

    def __init__(self, commands: "List[List[str]]", feed: Callable[[IO[bytes]], None]) -> None:
        self.commands = commands
        self.feed = feed

    def __enter__(self) -> IO[bytes]:
        self.programs: "List[subprocess.Popen[bytes]]" = []
        self.said: "List[str]" = []
        source: Any = subprocess.PIPE
        for command in self.commands:
            program = subprocess.Popen(command, stdin=source, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            if self.programs:
                source.close()  # it belongs to the program now
            source = program.stdout
            self.programs.append(program)
            self.said.append("")
        first = self.programs[0].stdin
        assert first is not None
        self.threads = [threading.Thread(target=self.feed, args=(first,), daemon=True)]
        self.threads += [threading.Thread(target=self._listen, args=(k,), daemon=True) for k in range(len(self.programs))]
        for thread in self.threads:
            thread.start()
        return cast(IO[bytes], source)

    def _listen(self, k: int) -> None:
        """Keep what a program says, so that it never waits for a reader."""
        stream = self.programs[k].stderr
        assert stream is not None
        with stream:
            self.said[k] = stream.read().decode(errors="replace").strip()

    def __exit__(self, *_: object) -> None:
        last = self.programs[-1].stdout
        assert last is not None
        last.close()
        for program in self.programs:
            program.wait()
        for thread in self.threads:
            thread.join()
        for program, said in zip(self.programs, self.said):
            if program.returncode:  # the first that failed says why; the others only lost their input
                raise Failure("; ".join(said.splitlines()) or f"{program.args!r} ended with status {program.returncode}") from None
        for said in self.said:
            if said:
                print(said, file=sys.stderr)
