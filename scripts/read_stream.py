#!/usr/bin/env python3
"""Read a record stream with NumPy alone and say what is in it.

    python3 scripts/read_stream.py scores.npy
    simulate -n 100 | python3 scripts/read_stream.py

read_stream() is short enough to copy into a notebook: every chunk of a stream
is an ordinary NPY array, and the last one is empty.
"""
import json
import sys

import numpy as np


class Plain:
    """A binary file that NumPy just reads. It would seek in a real one, which a pipe does not allow."""

    def __init__(self, file):
        self.read, self.peek = file.read, file.peek


def read_stream(file):
    """Return (provenance, rows) of a stream open in binary mode, such as sys.stdin.buffer.

    provenance is a list of dictionaries, oldest stage first; empty if the
    stream has none. rows is one structured array.
    """
    file = Plain(file)
    provenance, chunks = [], []
    while file.peek(1):
        array = np.lib.format.read_array(file)
        if array.dtype.names == ("provenance",):
            provenance = [json.loads(stage) for stage in array["provenance"]]
        else:
            chunks.append(array)
    if provenance and (not chunks or len(chunks[-1])):
        raise ValueError("the stream has no end mark: its writer died")
    return provenance, np.concatenate(chunks)


def main():
    file = open(sys.argv[1], "rb") if len(sys.argv) > 1 else sys.stdin.buffer
    provenance, rows = read_stream(file)
    for stage in provenance:
        print(stage["tool"], stage["version"])
    print(len(rows), "rows")
    for name in rows.dtype.names:
        field = rows[name]
        line = f"{name:24} {field.dtype.str:5} {field.shape[1:]!s:12}"
        if field.dtype.kind in "fiu" and field.size:
            line += f" {np.nanmin(field):g} … {np.nanmax(field):g}, {np.isnan(field).mean():.1%} NaN" if field.dtype.kind == "f" else f" {field.min()} … {field.max()}"
        print(line)


if __name__ == "__main__":
    main()
