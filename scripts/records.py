#!/usr/bin/env python3
"""Make a record stream of plain NumPy arrays, for `ratemaps | gridscore | report`.

    python3 scripts/records.py --positions pos.npy --activities act.npy | ratemaps | gridscore | report -o units.pdf

Needs only NumPy. Arrays may be of any float type and come from .npy files, or
from .npz archives as FILE.npz:NAME.

    positions    [N, T, 2], or [T, 2] for one long recording: metres, the
                 room's centre at 0 (see --centre)
    activities   [N, T, units] or [T, units]: one array for each layer
    directions   [N, T], [N, T, 1] or [T]: rad; optional

A recording [T, …] becomes T records of one step: ratemaps does not look across
steps.
"""
import argparse
import json
import signal
import sys

import numpy as np


def load(name):
    """Return the array in FILE.npy, or in FILE.npz:NAME."""
    path, _, member = name.partition(".npz:")
    if not member:
        array = np.load(name, mmap_mode=None if name.endswith(".npz") else "r")
        if isinstance(array, np.lib.npyio.NpzFile):
            if len(array.files) != 1:
                raise SystemExit(f"records.py: {name} holds {', '.join(array.files)}: say which, as {name}:{array.files[0]}")
            array = array[array.files[0]]
        return array
    archive = np.load(path + ".npz")
    if member not in archive.files:
        raise SystemExit(f"records.py: {path}.npz has no array {member}: it holds {', '.join(archive.files)}")
    return archive[member]


def shaped(name, array, wanted):
    """Check an array's shape, where None matches any size, and return it as floats."""
    if array.ndim != len(wanted) or any(w not in (None, n) for w, n in zip(wanted, array.shape)):
        text = ", ".join("*" if w is None else str(w) for w in wanted)
        raise SystemExit(f"records.py: {name}: found shape {array.shape}, wanted ({text})")
    return array if array.dtype in (np.float32, np.float64) else array.astype(np.float64)


def fields(arguments):
    """Return the names and arrays [N, T, …] of the record's fields."""
    positions = load(arguments.positions)
    recording = positions.ndim == 2
    steps = positions.shape[:1] if recording else positions.shape[:2]
    positions = shaped("positions", positions, (None, 2) if recording else (None, None, 2))
    if arguments.centre:
        flat = positions.reshape(-1, 2)
        middle = (np.nanmin(flat, axis=0) + np.nanmax(flat, axis=0)) / 2
        positions = positions - middle.astype(positions.dtype)
    if arguments.metres != 1:
        positions = positions * positions.dtype.type(arguments.metres)
    result = [("target_pos", positions)]
    if arguments.directions:
        directions = load(arguments.directions)
        if directions.ndim == len(steps):
            directions = directions[..., None]
        result.append(("target_hd", shaped("directions", directions, (*steps, 1))))
    for spec in arguments.activities:
        name, equals, source = spec.partition("=")
        if not equals:
            name, source = "activity", spec
        if name in dict(result):
            raise SystemExit(f"records.py: two fields {name}: name the layers, as --activities NAME=FILE")
        result.append((name, shaped(name, load(source), (*steps, None))))
    return [(name, array[:, None] if recording else array) for name, array in result]


def write(out, arrays, provenance):
    """Write the arrays as a record stream: provenance, chunks, end mark."""
    dtype = np.dtype([(name, a.dtype.newbyteorder("<"), a.shape[1:]) for name, a in arrays])
    line = json.dumps(provenance).encode()
    np.lib.format.write_array(out, np.array([(line,)], dtype=[("provenance", f"S{len(line)}")]))
    count = arrays[0][1].shape[0]
    chunk = max(1, (4 << 20) // dtype.itemsize)
    for first in range(0, count, chunk):
        rows = np.zeros(min(chunk, count - first), dtype)
        for name, a in arrays:
            rows[name] = a[first:first + len(rows)]
        np.lib.format.write_array(out, rows)
    np.lib.format.write_array(out, np.zeros(0, dtype))
    out.flush()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--positions", required=True, metavar="FILE", help="positions [N, T, 2] (m)")
    parser.add_argument("--activities", required=True, action="append", metavar="[NAME=]FILE",
                        help="activities [N, T, units]; repeat for further layers")
    parser.add_argument("--directions", metavar="FILE", help="head directions [N, T] (rad)")
    parser.add_argument("--metres", type=float, default=1, help="metres in a unit of the positions (0.01 for cm)")
    parser.add_argument("--centre", action="store_true", help="shift the positions so that their range is centred on 0")
    parser.add_argument("--env-size", type=float, help="side of the room (m), for the tools downstream")
    arguments = parser.parse_args()
    if sys.stdout.isatty():
        raise SystemExit("records.py: the output is binary and standard output is a terminal; use a pipe")
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    parameters = {} if arguments.env_size is None else {"env_size": arguments.env_size}
    write(sys.stdout.buffer, fields(arguments),
          {"tool": "records.py", "version": "1", "parameters": parameters})


if __name__ == "__main__":
    main()
