#!/usr/bin/env python3
"""Turn an NWB file into the .npz file that the tool neurons reads: --help says how. It needs NumPy and h5py.

It is the command `python -m gridcells nwb` of the package in python/.
"""
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "python"))

from gridcells import nwb  # noqa: E402
from gridcells.__main__ import guarded  # noqa: E402

if __name__ == "__main__":
    guarded("nwb.py", lambda: nwb.main(prog="nwb.py"))
