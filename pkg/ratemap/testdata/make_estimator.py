"""Write estimator.npz: rates by SciPy, and adaptive smoothing by its definition.

Run with NumPy and SciPy: python3 make_estimator.py
"""
import numpy as np
from scipy.ndimage import gaussian_filter

rng = np.random.default_rng(7)
nx, ny, dt = 14, 9, 0.02
steps = rng.poisson(40, (nx, ny))
steps[0, :3] = 0
steps[5, 4] = 0
steps[9, 8] = 3
x, y = np.meshgrid(np.arange(nx), np.arange(ny), indexing='ij')
spikes = rng.poisson(steps * dt * (1 + 8 * np.exp(-((x - 6) ** 2 + (y - 3) ** 2) / 6)))
sums = spikes / dt

sigma = (1.7, 0.9)


def smooth(m):
    return gaussian_filter(m.astype(float), sigma, mode='constant', truncate=4)


gauss = smooth(sums) / smooth(steps)
gauss[steps < 5] = np.nan

alpha = 3.0
adaptive = np.full((nx, ny), np.nan)
for i in range(nx):
    for j in range(ny):
        if steps[i, j] == 0:
            continue
        for r in range(1, nx + 1):
            disc = (x - i) ** 2 + (y - j) ** 2 <= r * r
            n, t = spikes[disc].sum(), steps[disc].sum() * dt
            if n > 0 and r >= alpha / (t * np.sqrt(n)):
                break
        adaptive[i, j] = n / t

np.savez('estimator.npz', steps=steps.astype(np.int64), sums=sums, gauss=gauss, adaptive=adaptive, sigma=sigma, alpha=alpha, dt=dt)
