#!/usr/bin/env python3
"""Make a record stream of plain NumPy arrays, without installing anything but NumPy: --help says how.

It is the command `python -m gridcells records` of the package in python/.
"""
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "python"))

from gridcells import records  # noqa: E402
from gridcells.__main__ import guarded  # noqa: E402

if __name__ == "__main__":
    guarded("records.py", lambda: records.main(prog="records.py"))
