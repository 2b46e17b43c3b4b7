#!/usr/bin/env python3
"""Time the released program's gridness score in SciPy against the tool gridscore.

    go build -o bin/ ./cmd/gridscore && python3 scripts/bench_scipy_score.py bin/gridscore

Needs NumPy and SciPy. Both score the same smoothed random 20×20 maps on one
core, in processor time; the scores are compared too. The tool also measures geometry and cell
types, which SciPy here does not. Then the tool alone compares 256 units with
1000 null maps each, on all cores.
"""
import argparse
import io
import os
import resource
import subprocess
import sys
import time

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np
import scipy.ndimage
import scipy.signal

BINS = 20
ANGLES = (30, 45, 60, 90, 120, 135, 150)
RINGS = [(0.2, outer) for outer in np.linspace(0.4, 1.0, 10)]


def autocorrelogram(ratemap):
    """Pearson correlation over the overlap at every lag, by convolutions as in the released program."""
    x = np.nan_to_num(ratemap)
    ones = np.ones_like(x)

    def sums(a, b):
        return scipy.signal.convolve2d(a, np.rot90(b, 2), mode="full")

    n = sums(ones, ones)
    first, second = sums(x, ones), sums(ones, x)
    variance1 = sums(x * x, ones) / n - (first / n) ** 2
    variance2 = sums(ones, x * x) / n - (second / n) ** 2
    with np.errstate(invalid="ignore", divide="ignore"):
        r = (sums(x, x) / n - first * second / n**2) / (np.sqrt(variance1) * np.sqrt(variance2))
    return np.nan_to_num(r)


def ring_masks():
    lag = np.arange(-(BINS - 1), BINS)
    radius = np.sqrt(lag[:, None] ** 2 + lag[None, :] ** 2)
    return [(radius <= outer * BINS) & ~(radius <= inner * BINS) for inner, outer in RINGS]


def score(ratemap, masks):
    sac = autocorrelogram(ratemap)
    rotated = [scipy.ndimage.rotate(sac, angle, reshape=False) for angle in ANGLES]
    best = -np.inf
    for mask in masks:
        area = mask.sum()
        mean = (sac * mask).sum() / area
        centred = (sac - mean) * mask
        variance = (centred**2).sum() / area + 1e-5
        c = dict(zip(ANGLES, ((centred * (r - mean) * mask).sum() / area / variance for r in rotated)))
        best = max(best, (c[60] + c[120]) / 2 - (c[30] + c[90] + c[150]) / 3)
    return best


def children():
    """Return the processor time (s) that programs run from here have used: what others do at the time does not count."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run(tool, maps):
    """Return the tool's scores and its processor time."""
    rows = np.zeros(len(maps), [("ratemap", "<f8", (BINS, BINS))])
    rows["ratemap"] = maps
    stream = io.BytesIO()
    np.lib.format.write_array(stream, rows)
    start = children()
    out = subprocess.run([tool, "--threads", "1", "--format", "csv"], input=stream.getvalue(),
                         stdout=subprocess.PIPE, check=True, env=dict(os.environ, GOMAXPROCS="1")).stdout
    elapsed = children() - start
    return np.genfromtxt(io.BytesIO(out), delimiter=",", names=True)["score_60"], elapsed


def shuffle(tool, maps, null):
    """Return wall and processor time of a thousandfold test."""
    rows = np.zeros(len(maps), [("ratemap", "<f8", (BINS, BINS))])
    rows["ratemap"] = maps
    stream = io.BytesIO()
    np.lib.format.write_array(stream, rows)
    start, used = time.perf_counter(), children()
    subprocess.run([tool, "--null", null, "--shuffles", "1000", "--format", "csv", "--quiet"], input=stream.getvalue(),
                   stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start, children() - used


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gridscore", help="the tool to measure")
    gridscore = parser.parse_args().gridscore
    random = np.random.RandomState(1)
    count, few = 10000, 100
    maps = scipy.ndimage.gaussian_filter(random.randn(count, BINS, BINS), (0, 1.5, 1.5))
    masks = ring_masks()
    start = time.process_time()
    wanted = np.array([score(m, masks) for m in maps[:few]])
    scipy_unit = (time.process_time() - start) / few
    # Twice, to take the cost of starting out.
    got, long = run(gridscore, maps)
    _, short = run(gridscore, maps[: count // 10])
    unit = (long - short) / (count * 0.9)
    print(f"largest difference of score_60   {np.abs(got[:few] - wanted).max():.1e}")
    print(f"SciPy {scipy.__version__:8} {1e3 * scipy_unit:10.3f} ms a unit")
    print(f"gridscore      {1e3 * unit:10.3f} ms a unit, reading and writing included")
    print(f"ratio          {scipy_unit / unit:10.0f}")
    for null in ("field", "gaussian"):
        wall, used = shuffle(gridscore, maps[:256], null)
        print(f"256 units, 1000 maps of the null {null}: {wall:.1f} s, {used:.1f} s of processor time")


if __name__ == "__main__":
    main()
