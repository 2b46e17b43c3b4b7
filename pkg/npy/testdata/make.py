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

# Fields of all other types that NumPy writes.
kinds = np.zeros(3, dtype=[
    ("x", "<f4", (2,)), ("when", "<M8[ns]"), ("span", "<m8[25us]", (2,)), ("bare", "<M8"), ("z", "<c16"), ("half", "<f2", (2, 2)),
    ("raw", "|V3"), ("nested", [("a", "<i2"), ("b", [("c", ">f8"), ("d", "|S2")], (2,))]), ("big", ">f4", (3,)), ("bigtext", ">U4"),
    ("long", "<f16"), ("yes", "|b1", (2,)), ("count", "<u2"), ("name", "<U3"), ("bytes", "|S4"), ("signed", "|i1"), ("big_count", ">i8")])
kinds["x"] = np.arange(6).reshape(3, 2)
kinds["when"] = np.array(["2020-01-01", "NaT", "1970-01-01"], "M8[ns]")
kinds["span"] = np.arange(6).reshape(3, 2)
kinds["z"] = [1 + 2j, 3j, -1]
kinds["half"] = np.arange(12).reshape(3, 2, 2) / 8
kinds["nested"]["a"] = [1, 2, 3]
kinds["nested"]["b"]["c"] = np.arange(6).reshape(3, 2)
kinds["big"] = np.arange(9).reshape(3, 3) - 0.5
kinds["bigtext"] = ["µV", "格子", ""]
kinds["long"] = [1, 2, 3]
kinds["yes"] = [[True, False]] * 3
kinds["count"] = [0, 65535, 7]
kinds["signed"] = [-128, 127, 0]
kinds["big_count"] = [-2, 1, 2**40]
np.save("kinds.npy", kinds)
np.save("latin1.npy", np.zeros(1, dtype=[("µV", "<f4"), ("Größe\t'\x85", "<f4")]))
np.save("utf8.npy", np.zeros(1, dtype=[("格子", "<f4"), ("µV", "<f4")]))
np.save("objects.npy", np.array([({"a": 1}, 2.0)], dtype=[("meta", "O"), ("x", "<f4")]), allow_pickle=True)
