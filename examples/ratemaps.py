#!/usr/bin/env python3
"""Replace `ratemaps`: the mean activity of each unit in 20 x 20 bins of a room of 2.2 m.

    activations --checkpoint run.safetensors codes.npy | python3 examples/ratemaps.py | gridscore -o scored.npy
"""
import gridcells
import numpy as np

BINS, SIDE = 20, 2.2
sums, visits = 0, 0


def histogram(positions, weights=None):
    """Return the sum of weights in each bin [BINS, BINS]. Positions outside the room count nowhere."""
    x, y = positions.astype(float).T
    return np.histogram2d(x, y, BINS, [[-SIDE / 2, SIDE / 2]] * 2, weights=weights)[0]


with gridcells.Reader() as stream:
    for rows in stream:
        positions = rows["target_pos"].reshape(-1, 2)
        units = rows["bottleneck"].reshape(len(positions), -1).T
        visits = visits + histogram(positions)
        sums = sums + np.array([histogram(positions, unit) for unit in units])

with np.errstate(invalid="ignore"):
    maps = sums / visits  # NaN where nobody was
rows = gridcells.add_fields(None, layer=["bottleneck"] * len(maps), unit=np.arange(len(maps), dtype="i4"), ratemap=maps)
gridcells.write("-", rows, stream.provenance.then("ratemaps.py", parameters={"env_size": SIDE}))
