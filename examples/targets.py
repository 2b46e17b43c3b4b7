#!/usr/bin/env python3
"""Replace `targets`: place cells on a lattice instead of at random places, and no head-direction cells.

    simulate -n 1000 | python3 examples/targets.py | train --steps 100 --checkpoint run.safetensors
"""
import gridcells
import numpy as np

axis = np.linspace(-1, 1, 12)  # m
centres = np.stack(np.meshgrid(axis, axis, indexing="ij"), -1).reshape(-1, 2)


def code(positions):
    """Return the activities of Gaussian place cells of 0.2 m, which sum to 1."""
    squares = ((positions[..., None, :] - centres) ** 2).sum(-1)
    activities = np.exp(-squares / (2 * 0.2**2))
    return (activities / activities.sum(-1, keepdims=True)).astype("f4")


parameters = {"place_centres": centres.tolist()}  # where activations reads the positions that a network predicts
with gridcells.Reader() as stream, gridcells.Writer(provenance=stream.provenance.then("lattice.py", parameters=parameters)) as out:
    for rows in stream:
        out.write(gridcells.add_fields(rows, place_init=code(rows["init_pos"]), place_target=code(rows["target_pos"])))
