"""Make a record stream of plain NumPy arrays, for `ratemaps | gridscore | report`.

    python3 scripts/records.py --positions pos.npy --activities act.npy | ratemaps | gridscore | report -o units.pdf
    python3 scripts/records.py --ratemaps maps.npy | gridscore | report -o units.pdf
    python -m gridcells records --positions pos.npy --activities act.npy > mine.npy

Arrays may hold floats, halves, integers or booleans. They come from .npy files, or from .npz archives as
FILE.npz:NAME.

    positions    [N, T, 2], or [T, 2] for one long recording: metres, the room's centre at 0 (see --centre)
    activities   [N, T, units] or [T, units]: one array for each layer; [N, T] or [T] for one unit
    directions   [N, T], [N, T, 1] or [T]: rad; optional
    ratemaps     [units, nx, ny], or [nx, ny] for one unit: x is the first axis, NaN a bin never visited

A recording [T, ...] becomes T records of one step, because ratemaps does not look across steps. Exit status: 1 if
the arrays cannot be used, 2 if the command line is wrong.
"""
from __future__ import annotations

import argparse
import sys
import zipfile
import zlib
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

import numpy as np

from .provenance import Provenance
from .simulation import Failure
from .streams import Writer
from .version import __version__

Arrays = List[Tuple[str, np.ndarray]]  # the fields of rows by name, all with the same first axis


def load(name: str) -> np.ndarray:
    """Return the array in FILE.npy, or in FILE.npz:NAME."""
    path, colon, member = name.partition(".npz:")
    if colon:
        path += ".npz"
    try:
        loaded: Any = np.load(path, mmap_mode=None if path.endswith(".npz") else "r")
        if not isinstance(loaded, np.lib.npyio.NpzFile):
            if colon:
                raise Failure(f"{path}: is a single array, not an archive")
            return loaded
        with loaded as archive:
            names = ", ".join(archive.files) or "nothing"
            if not colon and len(archive.files) == 1:
                member = archive.files[0]
            elif not colon:
                raise Failure(f"{path} holds {names}: say which, as {path}:NAME")
            if member not in archive.files:
                raise Failure(f"{path} has no array {member}: it holds {names}")
            return archive[member]
    except OSError as error:
        raise Failure(f"{path}: {error.strerror or error}") from None
    except ValueError as error:
        if "pickle" in str(error):
            raise Failure(f"{name}: holds Python objects, or is no NumPy file; save a plain array with numpy.save"
                          " (numpy.loadtxt reads text)") from None
        if "Python objects" in str(error):
            raise Failure(f"{name}: holds Python objects; save a plain array of numbers with numpy.save") from None
        raise Failure(f"{name}: {error}") from None
    except (EOFError, zipfile.BadZipFile, zlib.error, UnicodeError, SyntaxError, OverflowError) as error:
        raise Failure(f"{name}: not a whole NumPy file: {error}") from None


def shaped(name: str, array: np.ndarray, wanted: Tuple[Optional[int], ...]) -> np.ndarray:
    """Check an array's type and shape, where None matches any size, and return it as floats.

    Halves become float32, integers and booleans float64; all of these are exact up to 2**53.
    """
    if array.dtype.kind not in "fiub":
        raise Failure(f"{name}: found type {array.dtype}, wanted numbers")
    if array.ndim != len(wanted) or any(w not in (None, n) for w, n in zip(wanted, array.shape)):
        text = ", ".join("*" if w is None else str(w) for w in wanted)
        hint = "; transpose it" if array.ndim == 2 == len(wanted) and array.shape[1] == wanted[0] else ""
        raise Failure(f"{name}: found shape {array.shape}, wanted ({text}){hint}")
    if array.dtype.kind == "f" and array.dtype.itemsize in (4, 8):
        return array
    return array.astype(np.float32 if array.dtype == np.float16 else np.float64)


def arrays(positions: Any, activities: "Mapping[str, Any]", directions: Any = None) -> Arrays:
    """Return the names and arrays [N, T, …] of the fields of records with these positions and activities."""
    positions = np.asarray(positions)
    if positions.ndim not in (2, 3):
        raise Failure(f"positions: found shape {positions.shape}, wanted (N, T, 2), or (T, 2) for one recording")
    recording = positions.ndim == 2
    steps = positions.shape[:1] if recording else positions.shape[:2]
    positions = shaped("positions", positions, (None, 2) if recording else (None, None, 2))
    result = [("target_pos", positions)]
    if directions is not None:
        directions = np.asarray(directions)
        if directions.ndim == len(steps):
            directions = directions[..., None]
        result.append(("target_hd", shaped("directions", directions, (*steps, 1))))
    if not activities:
        raise Failure("no activities")
    for name, activity in activities.items():
        if not name:
            raise Failure("activities: a layer has no name")
        if name in dict(result):
            raise Failure(f"activities: {name} is the name of another field; give the layer another name")
        activity = np.asarray(activity)
        if activity.shape == steps:
            activity = activity[..., None]
        result.append((name, shaped(name, activity, (*steps, None))))
    return [(name, array[:, None] if recording else array) for name, array in result]


def fields(arguments: argparse.Namespace) -> Arrays:
    """Return the names and arrays [N, T, …] of the fields that the command line asks for."""
    positions = load(arguments.positions)
    if positions.dtype.kind in "fiub" and positions.shape[-1:] == (2,):
        if positions.dtype.kind != "f" or positions.dtype.itemsize == 2:
            positions = positions.astype(np.float32 if positions.dtype == np.float16 else np.float64)
        if arguments.centre:
            flat = positions.reshape(-1, 2)
            if not np.isfinite(flat).any(axis=0).all():
                raise Failure("--centre: the positions hold no finite number")
            middle = (np.nanmin(flat, axis=0) + np.nanmax(flat, axis=0)) / 2
            positions = positions - middle.astype(positions.dtype)
        if arguments.metres != 1:
            positions = positions * positions.dtype.type(arguments.metres)
    activities: Dict[str, np.ndarray] = {}
    for spec in arguments.activities:
        name, equals, source = spec.partition("=")
        if not equals:
            name, source = "activity", spec
        if not name or not source:
            raise Failure(f"--activities {spec}: want NAME=FILE")
        if name in ("target_pos", "target_hd") or name in activities:
            raise Failure(f"two fields {name}: name the layers, as --activities NAME=FILE")
        activities[name] = load(source)
    return arrays(positions, activities, load(arguments.directions) if arguments.directions else None)


def unit_rows(maps: np.ndarray) -> Arrays:
    """Return the names and arrays [units, …] of rows that hold ratemaps, as gridscore reads them."""
    if maps.ndim == 2:
        maps = maps[None]
    maps = shaped("ratemaps", maps, (None, None, None))
    units = len(maps)
    return [("layer", np.full(units, "units")), ("unit", np.arange(units, dtype=np.int32)), ("ratemap", maps)]


def write(out: Writer, arrays: Arrays) -> None:
    """Write the arrays as rows, about 4 MB at a time, so that maps of large files need no memory."""
    dtype = np.dtype([(name, a.dtype, a.shape[1:]) for name, a in arrays])
    count = arrays[0][1].shape[0]
    chunk = max(1, (4 << 20) // max(1, dtype.itemsize))
    for first in range(0, max(1, count), chunk):
        rows = np.zeros(min(chunk, count - first), dtype)
        for name, a in arrays:
            rows[name] = a[first:first + len(rows)]
        out.write(rows)


def positive(text: str) -> float:
    """Return the number in a flag, which must be positive and finite."""
    number = float(text)
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not a positive number")
    return number


def main(words: Optional[Sequence[str]] = None, prog: str = "gridcells records") -> None:
    """Run the command with the words of its command line."""
    parser = argparse.ArgumentParser(prog=prog, description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--positions", metavar="FILE", help="read the positions [N, T, 2] (m) from this file")
    parser.add_argument("--activities", action="append", metavar="[NAME=]FILE",
                        help="read activities [N, T, units]; repeat for further layers")
    parser.add_argument("--ratemaps", metavar="FILE", help="read ratemaps [units, nx, ny] instead, which gridscore takes")
    parser.add_argument("--directions", metavar="FILE", help="read head directions [N, T] (rad)")
    parser.add_argument("--metres", type=positive, default=1, help="set the metres in a unit of the positions (0.01 for cm; default 1)")
    parser.add_argument("--centre", action="store_true", help="shift the positions so that their range is centred on 0")
    parser.add_argument("--env-size", type=positive, help="record the size of the room (m), its longer side or diameter, for the tools downstream")
    arguments = parser.parse_args(words)
    if arguments.ratemaps:
        if arguments.positions or arguments.activities or arguments.directions:
            parser.error("--ratemaps goes without --positions, --activities and --directions")
    elif not (arguments.positions and arguments.activities):
        parser.error("--positions and --activities are required, or --ratemaps")
    if sys.stdout.isatty():
        parser.error("the output is binary and standard output is a terminal; use a pipe")
    parameters = {} if arguments.env_size is None else {"env_size": arguments.env_size}
    rows = unit_rows(load(arguments.ratemaps)) if arguments.ratemaps else fields(arguments)
    with Writer("-", Provenance().then("records.py", __version__, parameters)) as out:
        write(out, rows)
