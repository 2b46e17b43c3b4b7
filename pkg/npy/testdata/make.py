"""Makes the fixtures in this directory with NumPy: python3 make.py"""
import numpy as np

rows = np.zeros(3, dtype=[("target_pos", "<f4", (4, 2)), ("unit", "<i4"), ("layer", "<U5"), ("x", "<f8")])
rows["target_pos"] = np.arange(24).reshape(3, 4, 2) / 4
rows["unit"] = [7, -1, 2**31 - 1]
rows["layer"] = ["lstm", "größe", ""]
rows["x"] = [np.nan, np.inf, -0.5]
np.save("records.npy", rows)
np.save("fortran.npy", np.asfortranarray(np.arange(24, dtype="<i2").reshape(2, 3, 4)))
np.save("half.npy", np.array([1.5, -0.0, np.inf, 6e-8, 65504], dtype="<f2"))
np.savez_compressed("arrays.npz", a=np.arange(3, dtype="<f8"), b=np.array([True, False]), scalar=np.float32(2.5))
padded = np.zeros(2, dtype=np.dtype([("a", "i1"), ("b", "<f8")], align=True))
padded["a"], padded["b"] = [1, 2], [0.25, 0.5]
np.save("padded.npy", padded)
np.save("big_endian.npy", np.zeros(2, dtype=[("a", ">f4")]))
