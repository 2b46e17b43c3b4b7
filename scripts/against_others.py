#!/usr/bin/env python3
"""Compares the ratemaps of a recording with those of opexebo and pynapple.

    neurons … > session.npy
    ratemaps session.npy > maps.npy
    gridscore maps.npy > scored.npy
    python3 scripts/against_others.py session.npy scored.npy

Both programs get the frames of the session and the edges of the bins. For each unit the script prints the
largest difference of the ratemaps (Hz), the highest rate, both programs' spatial information, and the coherence
and the border score (Solstad et al. 2008) of our maps by opexebo. It needs NumPy, and opexebo (0.7.2) or pynapple (0.11) or both; what is missing is left out.
"""
import argparse
import json

import numpy as np


def read(path):
    """The provenance and the rows of a record stream."""
    with open(path, "rb") as f:
        provenance = [json.loads(row[0]) for row in np.lib.format.read_array(f)]
        chunks = []
        while f.peek(1):
            chunks.append(np.lib.format.read_array(f))
    return provenance, np.concatenate(chunks)


def parameter(provenance, name):
    for stage in reversed(provenance):
        for part in ("parameters", "derived"):
            if name in stage.get(part, {}):
                return stage[part][name]
    raise SystemExit(f"{name} is not in the provenance")


def against_opexebo(units, xy, counts, dt, edges, sigma):
    import opexebo

    arena = tuple(2 * e[-1] for e in edges)
    shape = tuple(len(e) - 1 for e in edges)
    area = np.prod([e[1] - e[0] for e in edges])  # of a bin, m²
    time = np.arange(len(xy)) * dt
    known = ~np.isnan(xy[:, 0])
    occupancy, _, _ = opexebo.analysis.spatial_occupancy(time[known], xy[known].T, arena, bin_edges=edges)
    for unit, row in enumerate(units):
        at = np.repeat(np.arange(len(xy)), counts[:, unit])
        at = at[known[at]]
        spikes = np.vstack([time[at], xy[at].T])
        raw = opexebo.analysis.rate_map(occupancy, spikes, arena, bin_edges=edges)
        if raw.shape != shape:  # opexebo has y on the first axis
            raw = raw.T
        elif shape[0] == shape[1]:
            raw = raw.T
        time_map = occupancy.T if occupancy.shape != shape or shape[0] == shape[1] else occupancy
        smoothed = opexebo.general.smooth(np.ma.filled(raw * time_map, 0), sigma) / opexebo.general.smooth(np.ma.filled(time_map, 0), sigma)
        smoothed = np.ma.masked_array(smoothed, np.ma.getmaskarray(time_map))
        inner = (slice(int(4 * sigma + 1), -int(4 * sigma + 1)),) * 2
        rates, share = row["ratemap"], row["occupancy"] / np.nansum(row["occupancy"])
        mean = np.nansum(rates * share)
        above = rates > mean  # opexebo counts the information of these bins only
        partly = np.sum(share[above] * rates[above] * np.log2(rates[above] / mean))
        stats = opexebo.analysis.rate_map_stats(np.ma.masked_invalid(row["ratemap"]), time_map)
        print(f"opexebo   unit {unit}: unsmoothed map off by {np.nanmax(np.abs(raw.filled(np.nan) - row['ratemap_unsmoothed'])):.1e} Hz, "
              f"smoothed by {np.ma.max(np.ma.abs(smoothed - row['ratemap'])[inner]):.1e} Hz away from the walls and "
              f"{np.ma.max(np.ma.abs(smoothed - row['ratemap'])):.2f} Hz at them, of {np.nanmax(row['ratemap']):.2f} Hz; "
              f"information {stats['spatial_information_content']:.6f} bits/spike and {stats['spatial_information_rate']:.6f} bits/s, here "
              f"{row['spatial_information_bits_per_spike']:.6f} and {row['spatial_information_bits_per_s']:.6f}, "
              f"of bins above the mean rate {partly / mean:.6f} and {partly:.6f}; sparsity {stats['sparsity']:.6f}, here {row['sparsity']:.6f}; "
              f"coherence {opexebo.analysis.rate_map_coherence(row['ratemap_unsmoothed']):.3f}, here {row['coherence']:.3f}; "
              f"border score {border_score(opexebo, rates, area):.3f}, here {row['border_score_solstad']:.3f}")


def border_score(opexebo, rates, area):
    """opexebo's border score of our map. It gets our fields: above 0.3 of the peak, and at least 200 cm²."""
    from scipy import ndimage

    known = np.nan_to_num(rates)
    labels, n = ndimage.label(known > 0.3 * known.max())
    fields, numbered = [], np.zeros(rates.shape)
    for k in range(1, n + 1):
        if np.sum(labels == k) * area >= 0.02:
            fields.append({"field_map": np.ma.masked_array((labels == k).astype(float), np.isnan(rates))})
            numbered[labels == k] = len(fields)
    if not fields:
        return -1.0
    return opexebo.analysis.border_score(np.ma.masked_invalid(rates), np.ma.masked_array(numbered, np.isnan(rates)), fields, "square")[0]


def against_pynapple(units, xy, counts, dt, edges):
    import pynapple as nap
    import xarray as xr

    time = np.arange(len(xy)) * dt
    known = ~np.isnan(xy[:, 0])
    position = nap.TsdFrame(time[known], xy[known], columns=["x", "y"])
    spikes = nap.TsGroup({u: nap.Ts(time[np.repeat(np.arange(len(xy)), counts[:, u] * known)]) for u in range(counts.shape[1])},
                         time_support=nap.IntervalSet(time[0] - dt / 2, time[-1] + dt / 2))
    curves = nap.compute_tuning_curves(spikes, position, bins=list(edges), fs=1 / dt)
    print(f"pynapple  {nap.__version__}")
    # The information of our own smoothed maps, by pynapple's formula.
    smoothed = xr.DataArray(np.array([u["ratemap"] for u in units]), dims=curves.dims, coords=curves.coords)
    smoothed.attrs["occupancy"] = units[0]["occupancy"] / np.nansum(units[0]["occupancy"])
    information = nap.compute_mutual_information(smoothed)
    for unit, row in enumerate(units):
        off = np.abs(curves.values[unit] - row["ratemap_unsmoothed"])
        mine = information.iloc[unit]
        print(f"pynapple  unit {unit}: unsmoothed map off by {np.nanmax(off):.1e} Hz; information {mine['bits/spike']:.6f} bits/spike "
              f"and {mine['bits/sec']:.6f} bits/s, here {row['spatial_information_bits_per_spike']:.6f} and {row['spatial_information_bits_per_s']:.6f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("session", help="what neurons wrote")
    parser.add_argument("scored", help="what gridscore wrote")
    arguments = parser.parse_args()
    provenance, records = read(arguments.session)
    scored, units = read(arguments.scored)
    dt, frames = parameter(provenance, "frame_seconds"), parameter(provenance, "frames")
    field = next(n for n in records.dtype.names if n not in ("target_pos", "target_hd"))
    xy = records["target_pos"].reshape(-1, 2)[:frames].astype(float)
    counts = np.rint(records[field].reshape(-1, records[field].shape[-1])[:frames] * dt).astype(int)
    sides, shape = parameter(scored, "room_m"), units["ratemap"].shape[1:]
    edges = tuple(np.linspace(-s / 2, s / 2, n + 1).astype("f4").astype(float) for s, n in zip(sides, shape))
    inside = (np.abs(xy) <= [e[-1] for e in edges]).all(axis=1)
    xy[~inside] = np.nan
    for compare, extra in ((against_opexebo, (parameter(scored, "smooth") * shape[0] / sides[0],)), (against_pynapple, ())):
        try:
            compare(units, xy, counts, dt, edges, *extra)
        except ImportError as error:
            print(f"left out: {error}")


if __name__ == "__main__":
    main()
