#!/usr/bin/env python3
"""Scores ratemaps with opexebo and writes them beside the maps, for opexebo_test.go.

    python3 make_opexebo.py opexebo.npz synthetic_scores_20.npz synthetic_scores_32.npz recorded_grid_maps.npz

needs NumPy 2.0 to 2.3 and opexebo 0.7.2. It stores, for every archive named, the radius of the central
field (bins) and the gridness, by opexebo's own linear rotation; NaN where opexebo has none.
sac_off is the largest difference between opexebo's autocorrelogram and the archive's: opexebo sets
lags to 0 where a lone narrow field has left nothing but rounding.
recorded_grid_maps.npz holds published maps of recorded grid cells, of 32x32 bins (recorded_grid_maps.LICENSE).
"""
import sys
import warnings

import numpy as np
import opexebo
from opexebo.analysis.grid_score import _findCentreRadius

warnings.simplefilter("ignore")
results = {}
for path in sys.argv[2:]:
    stem = path.rsplit("/", 1)[-1].removesuffix(".npz")
    radii, scores, off = [], [], []
    archive = np.load(path)
    maps, sacs = archive["ratemap"], archive.get("sac", [])
    rng = np.random.default_rng(1)
    if stem.startswith("synthetic"):  # noise too, white and smoothed
        n = maps.shape[1]
        noise = rng.normal(size=(30, n, n)).astype("f4")
        for k in range(10, 30):
            for _ in range(1 + (k - 10) // 4):
                noise[k] = sum(np.roll(noise[k], s, a) for s in (-1, 0, 1) for a in (0, 1))
        maps = np.concatenate([maps, noise])
        results[stem + "/noise"] = noise
    for k, ratemap in enumerate(maps):
        radius, score = 0, np.nan
        sac = opexebo.analysis.autocorrelation(ratemap)
        cut = slice((2 * len(ratemap) - 1 - len(sac)) // 2, (2 * len(ratemap) - 1 + len(sac)) // 2)
        off.append(np.abs(sac - np.nan_to_num(sacs[k])[cut, cut]).max() if k < len(sacs) else 0)
        if np.nan_to_num(ratemap).std() > 0:
            radius = int(np.ravel(_findCentreRadius(sac / sac.max()))[0])
            score = opexebo.analysis.grid_score(sac)[0]
        radii.append(radius)
        scores.append(score)
    results[stem + "/radius"] = np.array(radii)
    results[stem + "/score"] = np.array(scores)
    results[stem + "/sac_off"] = np.array(off)
np.savez_compressed(sys.argv[1], **results)
