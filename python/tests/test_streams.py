"""Streams are read and written as the tools do it."""
import gzip
import io
import subprocess
import sys
import tracemalloc
import warnings

import numpy as np
import pytest

import gridcells
from gridcells import provenance as provenance_module


def read_with_numpy(path):
    arrays = []
    with open(path, "rb") as file:
        while file.peek(1):
            arrays.append(np.lib.format.read_array(file))
    return arrays


def test_a_stream_written_again_is_the_same(data):
    for name in ("scored.npy", "maps.npy"):
        rows, provenance = gridcells.read(data / name)
        assert [stage["tool"] for stage in provenance][:3] == ["simulate", "targets", "activations"]
        gridcells.write(data / "again.npy", rows, provenance)
        again, provenance_again = gridcells.read(data / "again.npy")
        assert again.tobytes() == rows.tobytes() and again.dtype == rows.dtype and provenance_again == provenance
        assert read_with_numpy(data / "again.npy")[1].tobytes() == rows.tobytes()


def test_the_rows_are_those_that_numpy_reads(data):
    rows, _ = gridcells.read(data / "act.npy")
    assert (rows == np.concatenate(read_with_numpy(data / "act.npy")[1:])).all() and len(rows) == 60


def test_parameters(data):
    _, provenance = gridcells.read(data / "act.npy")
    assert provenance.parameter("n_pc") == [16] and provenance.parameter("env_size") == 2.2
    assert provenance.parameter("no such", 7) == 7
    longer = provenance.then("mine.py", "3", {"n_pc": [4]})
    assert longer.parameter("n_pc") == [4] and len(longer) == len(provenance) + 1


def test_batches(data):
    rows, _ = gridcells.read(data / "traj.npy")
    for size in (1, 7, 60, 1000):
        with gridcells.Reader(data / "traj.npy", rows=size) as stream:
            batches = list(stream)
        assert [len(b) for b in batches[:-1]] == [size] * (len(batches) - 1)
        assert (np.concatenate(batches) == rows).all()


def test_memory_is_bounded(tmp_path):
    """A large array of numpy.save is read and written in parts, of which few are in memory at a time."""
    np.save(tmp_path / "large.npy", np.zeros(100_000, [("x", "f8", (100,))]))
    tracemalloc.start()
    with gridcells.Reader(tmp_path / "large.npy") as stream, gridcells.Writer(tmp_path / "again.npy", stream.provenance) as out:
        sizes = []
        for rows in stream:
            sizes.append(rows.nbytes)
            out.write(rows)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sum(sizes) == 80_000_000 and max(sizes) <= 4 << 20 and peak < 12 << 20


@pytest.mark.parametrize("kind", ["gzip", "zstd"])
def test_compression(data, tool, tmp_path, kind):
    if kind == "zstd" and sys.version_info < (3, 14):
        pytest.importorskip("zstandard")
    rows, provenance = gridcells.read(data / "traj.npy")
    gridcells.write(tmp_path / "mine", rows, provenance, compress=kind)
    assert (gridcells.read(tmp_path / "mine").rows == rows).all()
    tool(f"targets --n-pc 16 mine -o codes.npy; cmp codes.npy {data}/codes.npy; targets --compress {kind} mine -o theirs", cwd=tmp_path)
    assert len(gridcells.read(tmp_path / "theirs").rows) == 60
    whole = (tmp_path / "mine").read_bytes()
    assert whole[:2] != b"\x93N"
    for cut in (1, 9, len(whole) // 2):
        with pytest.raises(gridcells.StreamError):
            gridcells.read(io.BytesIO(whole[:-cut]))


def test_compressed_files_in_parts(data):
    """Members one after another, zero bytes after gzip, and a skippable frame before or after zstd."""
    whole = (data / "traj.npy").read_bytes()
    files = [gzip.compress(whole) + bytes(512), gzip.compress(whole[:5000]) + gzip.compress(whole[5000:])]
    try:
        import zstandard
    except ImportError:
        pass
    else:
        compress, skippable = zstandard.ZstdCompressor().compress, b"\x50\x2a\x4d\x18\x05\0\0\0hello"
        files += [skippable + compress(whole), compress(whole) + skippable, compress(whole[:5000]) + compress(whole[5000:])]
    for file in files:
        assert len(gridcells.read(io.BytesIO(file)).rows) == 60


def test_truncated_streams_are_errors(data):
    whole = (data / "scored.npy").read_bytes()
    for size in [0, 1, 3, 7, 9, 11, 100, 5000, len(whole) // 2, len(whole) - 1, len(whole) - 1000]:
        with pytest.raises(gridcells.StreamError):
            gridcells.read(io.BytesIO(whole[:size]))
    out = io.BytesIO()
    rows, provenance = gridcells.read(data / "traj.npy")
    with pytest.raises(ZeroDivisionError), gridcells.Writer(out, provenance) as writer:
        writer.write(rows)
        1 / 0
    with pytest.raises(gridcells.StreamError, match="end mark"):
        gridcells.read(io.BytesIO(out.getvalue()))


def test_data_after_the_end_mark(data):
    """A stream may follow another one, but no chunk without a provenance may, as in the tools."""
    whole = (data / "traj.npy").read_bytes()
    rows, _ = gridcells.read(io.BytesIO(whole))
    chunk = io.BytesIO()
    np.save(chunk, rows)
    assert len(gridcells.read(io.BytesIO(2 * whole)).rows) == 2 * len(rows)
    with pytest.raises(gridcells.StreamError, match="data after the end mark"):
        gridcells.read(io.BytesIO(whole + chunk.getvalue()))
    # Plain NPY files have no end mark.
    assert len(gridcells.read(io.BytesIO(2 * chunk.getvalue())).rows) == 2 * len(rows)


def test_what_is_no_stream(tmp_path):
    np.save(tmp_path / "plain.npy", np.zeros(3))
    np.save(tmp_path / "matrix.npy", np.zeros((2, 2), [("x", "f4")]))
    (tmp_path / "text").write_text("hello, this is text")
    for name, message in {"plain.npy": "plain array", "matrix.npy": "one axis", "text": "not an NPY array"}.items():
        with pytest.raises(gridcells.StreamError, match=message):
            gridcells.read(tmp_path / name)


def test_streams_one_after_another(data):
    twice = io.BytesIO((data / "traj.npy").read_bytes() * 2)
    assert len(gridcells.read(twice).rows) == 120
    with pytest.raises(gridcells.StreamError, match="fields"):
        gridcells.read(io.BytesIO((data / "traj.npy").read_bytes() + (data / "codes.npy").read_bytes()))


def test_fields_in_any_order_and_layout(tool, tmp_path):
    """Gaps, big-endian numbers and names that are not Latin-1 reach the tools as they should."""
    dtype = np.dtype({"names": ["target_pos", "Zelle_λ"], "formats": [(">f8", (5, 2)), (">f4", (5, 3))], "offsets": [8, 100], "itemsize": 200})
    rows = np.zeros(4, dtype)
    rows["target_pos"], rows["Zelle_λ"] = 0.1, np.arange(3)
    gridcells.write(tmp_path / "mine.npy", rows)
    tool("ratemaps mine.npy -o maps.npy", cwd=tmp_path)
    maps, provenance = gridcells.read(tmp_path / "maps.npy")
    assert list(maps["layer"]) == ["Zelle_λ"] * 3 and list(np.nanmax(maps["ratemap"], (1, 2))) == [0, 1, 2]
    assert [stage["tool"] for stage in provenance][-1] == "ratemaps"


def test_a_stream_without_rows(tool, data, tmp_path):
    rows, provenance = gridcells.read(data / "traj.npy")
    gridcells.write(tmp_path / "none.npy", rows[:0], provenance)
    assert len(gridcells.read(tmp_path / "none.npy").rows) == 0
    tool("targets none.npy -o codes.npy", cwd=tmp_path)
    with gridcells.Reader(tmp_path / "codes.npy") as stream:
        assert [len(batch) for batch in stream] == [0]


def test_files_appear_when_they_are_complete(data, tmp_path):
    rows, _ = gridcells.read(data / "traj.npy")
    with pytest.raises(ZeroDivisionError), gridcells.Writer(tmp_path / "x.npy") as out:
        out.write(rows)
        1 / 0
    with pytest.raises(gridcells.StreamError, match="nothing"):
        gridcells.Writer(tmp_path / "x.npy").close()
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "target").write_text("old")
    (tmp_path / "link").symlink_to("target")
    gridcells.write(tmp_path / "link", rows)
    assert (tmp_path / "link").is_symlink() and len(gridcells.read(tmp_path / "target").rows) == 60


FILTER = """
import sys, gridcells
with gridcells.Reader(rows=10) as stream, gridcells.Writer(provenance=stream.provenance.then("filter")) as out:
    for rows in stream:
        out.write(rows)
"""


def test_a_closed_pipe_ends_a_program_with_status_0(tool):
    text = tool(f"simulate -n 0 | \"$PYTHON\" -c '{FILTER}' 2> /dev/stderr | head -c 100000 | wc -c")
    assert text.strip() == b"100000"


def test_nothing_is_said_when_the_pipe_closes(data):
    command = [sys.executable, "-c", FILTER.replace("Reader(", "Reader('%s', " % (data / "codes.npy"))]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.read(10)
    process.stdout.close()
    assert process.stderr.read() == b"" and process.wait() == 0


def test_a_pipe_between_the_tools(tool, data, tmp_path):
    tool(f"cat {data}/traj.npy | \"$PYTHON\" -c '{FILTER}' | targets --n-pc 16 -o codes.npy", cwd=tmp_path)
    rows, provenance = gridcells.read(tmp_path / "codes.npy")
    assert [stage["tool"] for stage in provenance] == ["simulate", "filter", "targets"]
    assert (rows == gridcells.read(data / "codes.npy").rows).all()


def test_another_version_is_said_once(data, monkeypatch):
    monkeypatch.setattr(provenance_module, "__version__", "0.0.1")
    monkeypatch.setattr(provenance_module, "_told", set())
    with pytest.warns(gridcells.VersionWarning, match="simulate .* 0.0.1"):
        gridcells.read(data / "traj.npy")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        gridcells.read(data / "scored.npy")


def test_versions_agree(tool, data):
    assert tool("simulate --version").split()[1].decode() == gridcells.__version__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        gridcells.read(data / "scored.npy")


def test_add_fields():
    rows = gridcells.add_fields(None, a=np.arange(3), b=np.ones((3, 2), "f4"))
    rows = gridcells.add_fields(rows, a=[0.5, 1, 2], c=["x", "yy", ""])
    assert rows.dtype.names == ("b", "a", "c") and list(rows["a"]) == [0.5, 1, 2]
    with pytest.raises(ValueError, match="wanted"):
        gridcells.add_fields(rows, d=[1, 2])


@pytest.mark.parametrize("other, text", [
    ([("a", "f4"), ("b", "f8")], "'b': found float64, wanted float32"),
    ([("a", "f4")], "'b': found no such field, wanted float32"),
    ([("a", "f4"), ("b", "f4"), ("c" * 99, "f4")], "'" + "c" * 40 + "': found float32, wanted no such field"),
    ([("b", "f4"), ("a", "f4")], "another order"),
])
def test_fields_that_differ(other, text):
    with gridcells.Writer(io.BytesIO()) as out:
        out.write(np.zeros(1, [("a", "f4"), ("b", "f4")]))
        with pytest.raises(gridcells.StreamError, match=text):
            out.write(np.zeros(1, other))
