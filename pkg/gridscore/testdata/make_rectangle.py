#!/usr/bin/env python3
"""Scores ratemaps that are not square, by SciPy and by opexebo, for rectangle_test.go.

    python3 make_rectangle.py rectangle.npz

needs NumPy 2.0 to 2.3, SciPy and opexebo 0.7.2. The score is the released program's formula over its rings:
the SAC is rotated in the room, about lag zero, by cubic splines; n is the shorter side of the room, in units
of a bin's length along the first axis. opexebo knows square bins only.
"""
import sys
import warnings

import numpy as np
import opexebo
from opexebo.analysis.grid_score import _findCentreRadius
from scipy.ndimage import gaussian_filter, map_coordinates

warnings.simplefilter("ignore")
ANGLES = (30, 45, 60, 90, 120, 135, 150)


def correlate(m, omit):
    """The SAC over all overlaps, with bins never visited as 0 or left out."""
    nx, ny = m.shape
    sac = np.zeros((2 * nx - 1, 2 * ny - 1))
    if not omit:
        m = np.nan_to_num(m)
    for dx in range(1 - nx, nx):
        for dy in range(1 - ny, ny):
            a = m[max(0, -dx):nx - max(0, dx), max(0, -dy):ny - max(0, dy)].ravel()
            b = m[max(0, dx):nx + min(0, dx), max(0, dy):ny + min(0, dy)].ravel()
            ok = ~np.isnan(a + b)
            a, b = a[ok], b[ok]
            if len(a) > 1 and a.std() > 1e-9 and b.std() > 1e-9:
                sac[dx + nx - 1, dy + ny - 1] = np.corrcoef(a, b)[0, 1]
    return sac


def score(sac, aspect):
    lx, ly = sac.shape
    cx, cy = (lx - 1) // 2, (ly - 1) // 2
    x, y = np.meshgrid(np.arange(lx) - cx, (np.arange(ly) - cy) * aspect, indexing="ij")
    r, n = np.hypot(x, y), min(cx + 1, (cy + 1) * aspect)
    turned = {}
    for a in ANGLES:
        c, s = np.cos(np.radians(a)), np.sin(np.radians(a))
        u, v = c * x + s * y, (-s * x + c * y) / aspect
        w = map_coordinates(sac, [u + cx, v + cy], order=3, mode="mirror")
        w[(np.abs(u) > cx) | (np.abs(v) > cy)] = 0
        turned[a] = w
    best = [-np.inf, -np.inf]
    for outer in np.linspace(0.4, 1.0, num=10):
        ring = (r > 0.2 * n) & (r <= outer * n)
        z = sac[ring]
        k = {a: np.mean((z - z.mean()) * (turned[a][ring] - z.mean())) / (z.var() + 1e-5) for a in ANGLES}
        best[0] = max(best[0], (k[60] + k[120]) / 2 - (k[30] + k[90] + k[150]) / 3)
        best[1] = max(best[1], k[90] - (k[45] + k[135]) / 2)
    return best


rng = np.random.default_rng(3)
out = {}
for name, nx, ny, aspect in (("tall", 30, 18, 1), ("wide", 16, 26, 1), ("flat_bins", 24, 15, 1.25)):
    maps = []
    for k in range(6):
        x, y = np.meshgrid(np.arange(nx) + 0.5, (np.arange(ny) + 0.5) * aspect, indexing="ij")
        lattice = sum(np.cos(4 * np.pi / np.sqrt(3) / 8 * (x * np.cos(t) + y * np.sin(t))) for t in 0.2 * k + np.pi / 3 * np.arange(3))
        maps.append(np.maximum(0, lattice / 3 + 0.3 * k * gaussian_filter(rng.normal(size=(nx, ny)), 1)))
    maps[5][rng.random((nx, ny)) < 0.2] = np.nan
    maps = np.array(maps)
    sacs = np.array([[correlate(m, omit) for omit in (False, True)] for m in maps])
    out.update({name + "/ratemap": maps, name + "/sac": sacs[-1], name + "/aspect": float(aspect),
                name + "/score": np.array([[score(s, aspect) for s in two] for two in sacs])})
    if aspect == 1:
        cropped = [opexebo.analysis.autocorrelation(m) for m in maps]
        out[name + "/opexebo"] = np.array([opexebo.analysis.grid_score(s)[0] for s in cropped])
        out[name + "/opexebo_radius"] = np.array([int(np.ravel(_findCentreRadius(s / s.max()))[0]) for s in cropped])
np.savez_compressed(sys.argv[1], **out)
