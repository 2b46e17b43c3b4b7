"""Record streams: tables of rows that flow between programs as NumPy arrays (docs/streams.md)."""
from __future__ import annotations

import ast
import os
import sys
import tempfile
import zlib
from typing import Any, BinaryIO, Iterator, NamedTuple, Optional, Tuple, Union

import numpy as np

from . import compression
from .provenance import Provenance, decode, of_this_program

Source = Union[str, "os.PathLike[str]", BinaryIO]

_MAGIC = b"\x93NUMPY"
_MAX_HEADER = 1 << 20  # bytes
_BATCH = 4 << 20  # bytes of the rows that are read at a time
_PART = 1 << 20  # bytes that are asked for at a time, so that memory follows what arrives


class StreamError(ValueError):
    """A stream is damaged, incomplete or no record stream. The text names file, record and byte."""


class Reader:
    """A record stream that is being read, batch by batch.

    source is a file's name, "-" for the standard input, or a file open in binary mode. gzip and zstd are
    recognised. Iteration gives structured arrays of `rows` rows each, fewer in the last; by default one for
    each chunk of the stream, or several of about 4 MB where a chunk is larger. There is at least one array; it
    is empty where the stream has no rows.

    provenance and dtype are known as soon as the object is made. A stream with provenance that stops without
    its end mark raises StreamError.
    """

    def __init__(self, source: Source = "-", *, rows: Optional[int] = None) -> None:
        if rows is not None and rows <= 0:
            raise ValueError(f"{rows} rows at a time: there must be at least 1")
        self._close = False
        if source == "-":
            self._file: Any = sys.stdin.buffer
            self.name = "standard input"
        elif isinstance(source, (str, os.PathLike)):
            self._file = open(source, "rb")
            self._close = True
            self.name = os.fspath(source)
        else:
            self._file = source
            self.name = str(getattr(source, "name", "input"))
        self._rows = rows
        self._record = self._offset = self._left = 0
        self._marked = self._ended = self._started = False
        self.provenance = Provenance()
        self.dtype: np.dtype
        try:
            self._start = bytes(self._take(4))
            if self._start[:2] == compression.GZIP or compression.is_zstd(self._start):
                self._file, self._start = compression.decompressed(self._start, self._file), b""
            self._offset = 0
            if not self._next_chunk():
                raise self._error("empty input: no record stream")
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> "Reader":
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def close(self) -> None:
        """Close the file, if the reader opened it."""
        if self._close:
            self._file.close()

    def __iter__(self) -> Iterator[np.ndarray]:
        given = False
        while self._more():
            given = True
            batch = self._batch()
            while self._rows and len(batch) < self._rows and self._more():
                batch = np.concatenate([batch, self._batch(len(batch))])
            yield batch
        if not given:
            yield np.zeros(0, self.dtype)

    def _more(self) -> bool:
        """Report whether rows are left, in this chunk or a later one."""
        while not self._left:
            if not self._next_chunk():
                return False
        return True

    def read(self) -> np.ndarray:
        """Return all rows that are left as one structured array."""
        return np.concatenate(list(self))

    def _batch(self, have: int = 0) -> np.ndarray:
        count = min(self._left, self._rows - have if self._rows else max(1, _BATCH // self.dtype.itemsize))
        data = self._take(count * self.dtype.itemsize)
        self._record += len(data) // self.dtype.itemsize
        if len(data) < count * self.dtype.itemsize:
            raise self._error("the input ends inside a chunk")
        self._left -= count
        return np.frombuffer(data, self.dtype)

    def _next_chunk(self) -> bool:
        """Go on to the rows of the next array; report False at the end of the input."""
        while True:
            header = self._header()
            if header is None:
                if self._marked and not self._ended:
                    raise self._error("the stream ends without its end mark: the program that wrote it died")
                return False
            dtype, count = header
            first = not self._started or self._ended  # a stream may follow another one
            self._started = True
            if dtype.names == ("provenance",) and dtype["provenance"].kind == "S":
                if not first:
                    raise self._error("provenance in the middle of a stream")
                self._read_provenance(dtype, count)
                continue
            if self._ended:
                raise self._error("data after the end mark")
            if not hasattr(self, "dtype"):
                self.dtype = dtype
            elif dtype != self.dtype:
                raise self._error(f"the fields of a chunk differ from those of the first: {_difference(dtype, self.dtype)}")
            self._ended = self._marked and count == 0
            self._left = count
            return True

    def _read_provenance(self, dtype: np.dtype, count: int) -> None:
        size = count * dtype.itemsize
        if size > 64 << 20:
            raise self._error(f"provenance of {size} bytes; at most 64 MB are accepted")
        data = self._take(size)
        if len(data) < size:
            raise self._error("the input ends inside the provenance")
        try:
            provenance = decode(line for line, in np.frombuffer(data, dtype))
        except ValueError as error:
            raise self._error(str(error)) from None
        if not hasattr(self, "dtype"):
            self.provenance = provenance
        self._marked, self._ended = True, False

    def _header(self) -> Optional[Tuple[np.dtype, int]]:
        """Read the header of the next array; return its dtype and its length, or None at the end of the input."""
        prefix = self._take(8)
        if not prefix:
            return None
        if prefix[:6] != _MAGIC:
            raise self._error(f"not an NPY array: it begins with {bytes(prefix[:6])!r}")
        if len(prefix) < 8 or prefix[6] not in (1, 2, 3) or prefix[7] != 0:
            raise self._error(f"the version of its NPY format is not known: {list(prefix[6:])}")
        width = 2 if prefix[6] == 1 else 4
        size = self._take(width)
        length = int.from_bytes(size, "little")
        if len(size) < width or length > _MAX_HEADER:
            raise self._error(f"a header of {length} bytes; at most {_MAX_HEADER} are accepted")
        text = self._take(length)
        if len(text) < length:
            raise self._error("the input ends inside a header")
        try:
            fields = ast.literal_eval(text.decode("utf-8" if prefix[6] == 3 else "latin-1"))
            shape, fortran = fields["shape"], fields["fortran_order"]
            dtype = np.lib.format.descr_to_dtype(fields["descr"])
            if not isinstance(fortran, bool) or not all(isinstance(n, int) and n >= 0 for n in shape):
                raise ValueError("shape and fortran_order are wrong")
        except (ValueError, SyntaxError, TypeError, KeyError, MemoryError, RecursionError) as error:
            raise self._error(f"header: {error}") from None
        if dtype.hasobject:
            raise self._error("holds Python objects, which no stream may")
        if dtype.names is None:
            raise self._error(f"a plain array of shape {shape} and type {dtype} is not a record stream; "
                              "`python -m gridcells records` makes one of plain arrays")
        if len(shape) != 1:
            raise self._error(f"records in an array of shape {shape}; a record stream has one axis")
        if dtype.itemsize > 1 << 30 or dtype.itemsize == 0:
            raise self._error(f"rows of {dtype.itemsize} bytes; from 1 byte to 1 GB are accepted")
        return dtype, shape[0]

    def _take(self, size: int) -> bytearray:
        """Read so many bytes; fewer only at the end of the input."""
        data = bytearray()
        if self._offset == 0 and hasattr(self, "_start"):
            data += self._start[:size]  # of the first header, which is longer
        try:
            while len(data) < size:
                part = self._file.read(min(size - len(data), _PART))
                if not part:
                    break
                data += part
        except (EOFError, OSError, zlib.error) as error:
            raise self._error(getattr(error, "strerror", None) or str(error)) from None
        self._offset += len(data)
        return data

    def _error(self, text: str) -> StreamError:
        return StreamError(f"{self.name}: record {self._record} at byte {self._offset}: {text}")


class Writer:
    """A record stream that is being written: provenance, chunks, end mark.

    target is a file's name, "-" for the standard output, or a file open in binary mode. A named file appears
    only when it is complete. provenance is that of the input with a stage added (`Provenance.then`); by default
    the stream says that this program made it. compress is "gzip" or "zstd".

    Use it in a `with` statement: the end mark is written only if no exception ends the block, so that the next
    program sees an incomplete stream as what it is. Where the reader of the standard output has had enough, the
    program ends quietly with status 0, as the tools do.
    """

    def __init__(self, target: Source = "-", provenance: Optional[Provenance] = None, *, compress: Optional[str] = None) -> None:
        self._provenance = of_this_program() if provenance is None else provenance
        self._compress = compress
        self._dtype: Optional[np.dtype] = None
        self._begun = False
        self._path: Optional[str] = None
        self._temporary = ""
        self._standard = target == "-"
        if self._standard:
            if sys.stdout.isatty():
                raise StreamError("the output is binary and the standard output is a terminal; use a pipe or a file")
            self._file: Any = sys.stdout.buffer
        elif isinstance(target, (str, os.PathLike)):
            self._path = os.path.realpath(target)  # a symbolic link is written through
            if os.path.exists(self._path) and not os.path.isfile(self._path):
                self._file = open(self._path, "wb")  # a device or a FIFO is not replaced
            else:
                descriptor, self._temporary = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=os.path.dirname(self._path))
                umask = os.umask(0)
                os.umask(umask)
                os.chmod(self._temporary, 0o666 & ~umask)
                self._file = os.fdopen(descriptor, "wb")
        else:
            self._file = target
        self._out = self._file if compress is None else compression.compressor(compress, self._file)

    def __enter__(self) -> "Writer":
        return self

    def __exit__(self, kind: Any, *_: Any) -> None:
        if kind is None:
            self.close()
        else:
            self.discard()

    def write(self, rows: np.ndarray) -> None:
        """Write rows, a structured array of one axis, as one chunk. All chunks must have the same fields."""
        if rows.dtype.names is None or rows.ndim != 1 or rows.dtype.hasobject:
            raise StreamError(f"an array of shape {rows.shape} and type {rows.dtype} are no rows with named fields")
        dtype = _packed(rows.dtype)
        if self._dtype is None:
            self._dtype = dtype
        elif dtype != self._dtype:
            raise StreamError(f"the fields of a chunk differ from those of the first: {_difference(dtype, self._dtype)}")
        if len(rows) == 0:
            return  # an empty chunk would be the end mark
        if rows.dtype != dtype:
            packed = np.zeros(len(rows), dtype)
            for name in dtype.names or ():
                packed[name] = rows[name]
            rows = packed
        self._begin()
        self._put(_header(dtype, len(rows)))
        self._put(np.ascontiguousarray(rows).view(np.uint8).data)

    def close(self) -> None:
        """Write the end mark and finish the file."""
        if self._dtype is None:
            self.discard()
            raise StreamError("nothing was written, not even rows of length 0, so that the fields are not known")
        self._begin()
        self._put(_header(self._dtype, 0))
        self._finish()
        if self._temporary:
            os.replace(self._temporary, self._path or "")

    def discard(self) -> None:
        """Give up: leave the stream without its end mark, and delete a file that is not complete."""
        if self._path is not None:
            self._file.close()
        elif not (self._standard and isinstance(sys.exc_info()[1], BrokenPipeError)):
            try:
                self._file.flush()
            except OSError:
                pass
        if self._temporary:
            os.unlink(self._temporary)

    def _begin(self) -> None:
        if self._begun:
            return
        self._begun = True
        lines = self._provenance.encode()
        table = np.array([(line,) for line in lines], [("provenance", f"S{max(map(len, lines), default=1)}")])
        self._put(_header(table.dtype, len(table)))
        self._put(table.tobytes())

    def _put(self, data: Any) -> None:
        self._guard(lambda: self._out.write(data))

    def _finish(self) -> None:
        if self._out is not self._file:
            self._guard(self._out.close)
        self._guard(self._file.flush)
        if self._path is not None:
            self._file.close()

    def _guard(self, action: Any) -> None:
        try:
            action()
        except BrokenPipeError:
            if not self._standard:
                raise
            # The reader has gone. Discard what Python still holds for the standard output.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise SystemExit(0) from None


def _difference(found: np.dtype, wanted: np.dtype) -> str:
    """Return in what the fields of two types differ."""
    for name in (*(wanted.names or ()), *(found.names or ())):
        here, there = ((str(t[name]) if name in (t.names or ()) else "no such field")[:100] for t in (found, wanted))
        if here != there:
            return f"{name[:40]!r}: found {here}, wanted {there}"
    return "they stand in another order"


def _packed(dtype: np.dtype) -> np.dtype:
    """Return the fields without gaps, in little-endian order."""
    return np.dtype([(name, dtype[name].newbyteorder("<")) for name in dtype.names or ()])


def _header(dtype: np.dtype, count: int) -> bytes:
    """Return the header of an NPY array of rows, of the lowest version that can hold it."""
    descr = np.lib.format.dtype_to_descr(dtype)
    text = f"{{'descr': {descr!r}, 'fortran_order': False, 'shape': ({count},), }}"
    version, encoding = (1, "latin-1") if all(ord(c) < 256 for c in text) else (3, "utf-8")
    body = text.encode(encoding)
    if version == 1 and len(body) + 65 > 0xFFFF:
        version = 2
    width = 2 if version == 1 else 4
    prefix = 8 + width
    length = -(-(prefix + len(body) + 1) // 64) * 64 - prefix
    return _MAGIC + bytes([version, 0]) + length.to_bytes(width, "little") + body.ljust(length - 1) + b"\n"


class Table(NamedTuple):
    """All rows of a stream, and what is known of their origin."""

    rows: np.ndarray
    provenance: Provenance


def read(source: Source = "-") -> Table:
    """Read a whole stream into memory: `rows, provenance = gridcells.read("scored.npy")`."""
    with Reader(source) as stream:
        return Table(stream.read(), stream.provenance)


def write(target: Source, rows: np.ndarray, provenance: Optional[Provenance] = None, *, compress: Optional[str] = None) -> None:
    """Write rows as a whole stream."""
    with Writer(target, provenance, compress=compress) as out:
        for first in range(0, max(1, len(rows)), max(1, _BATCH // max(1, rows.dtype.itemsize))):
            out.write(rows[first:first + max(1, _BATCH // max(1, rows.dtype.itemsize))])


def add_fields(rows: Optional[np.ndarray], **fields: Any) -> np.ndarray:
    """Return the rows with fields added or replaced, each an array [rows, …]. rows may be None for none so far."""
    added = {name: np.asarray(value) for name, value in fields.items()}
    old = [] if rows is None else [name for name in rows.dtype.names or () if name not in added]
    count = len(rows) if rows is not None else len(next(iter(added.values())))
    for name, value in added.items():
        if value.shape[:1] != (count,):
            raise ValueError(f"field {name}: found shape {value.shape}, wanted ({count}, …)")
    dtype = [(name, rows.dtype[name]) for name in old] if rows is not None else []
    result = np.zeros(count, np.dtype(dtype + [(name, value.dtype, value.shape[1:]) for name, value in added.items()]))
    for name in old:
        result[name] = rows[name]  # type: ignore[index]
    for name, value in added.items():
        result[name] = value
    return result
