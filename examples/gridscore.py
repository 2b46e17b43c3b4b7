#!/usr/bin/env python3
"""Replace `gridscore`: gridness by one ring, from rotations of the autocorrelogram by its nearest bins.

    ratemaps act.npy | python3 examples/gridscore.py > scored.npy
"""
import gridcells
import numpy as np


def autocorrelogram(ratemap):
    """Return the correlation of a map [n, n] with itself at each shift, [2n-1, 2n-1]. Bins never visited count 0."""
    f = np.fft.rfft2(np.nan_to_num(ratemap - np.nanmean(ratemap)), [2 * s - 1 for s in ratemap.shape])
    return np.fft.fftshift(np.fft.irfft2(abs(f) ** 2, [2 * s - 1 for s in ratemap.shape]))


def score(sac):
    """Return min(r at 60, 120 degrees) - max(r at 30, 90, 150) in the ring from a quarter of the radius to all of it."""
    n = sac.shape[0] // 2
    x, y = np.mgrid[-n:n + 1, -n:n + 1]
    ring = (np.hypot(x, y) > n / 4) & (np.hypot(x, y) <= n)
    z = (x + 1j * y)[ring]
    turned = [z * np.exp(1j * np.deg2rad(a)) for a in (30, 60, 90, 120, 150)]
    r = [np.corrcoef(sac[ring], sac[np.rint(t.real).astype(int) + n, np.rint(t.imag).astype(int) + n])[0, 1] for t in turned]
    return min(r[1], r[3]) - max(r[0], r[2], r[4])


with gridcells.Reader() as stream, gridcells.Writer(provenance=stream.provenance.then("gridscore.py")) as out:
    for rows in stream:
        sacs = np.array([autocorrelogram(ratemap) for ratemap in rows["ratemap"]]).reshape(len(rows), *[2 * s - 1 for s in rows["ratemap"].shape[1:]])
        out.write(gridcells.add_fields(rows, sac=sacs, score_60=[score(sac) for sac in sacs]))
