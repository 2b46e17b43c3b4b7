"""Compressed inputs and outputs. zstd needs Python 3.14 or the package zstandard."""
from __future__ import annotations

import gzip
import io
from typing import Any, BinaryIO

GZIP = b"\x1f\x8b"
ZSTD = b"\x28\xb5\x2f\xfd"


def is_zstd(start: bytes) -> bool:
    """Tell whether bytes begin a zstd frame, or a skippable one before it."""
    return start[:4] == ZSTD or (len(start) >= 4 and start[1:4] == b"\x2a\x4d\x18" and start[0] & 0xF0 == 0x50)


def decompressed(start: bytes, rest: BinaryIO) -> BinaryIO:
    """Return what a compressed file contains whose first bytes were read already."""
    joined: Any = io.BufferedReader(_Joined(start, rest), 1 << 17)
    if start[:2] == GZIP:
        return gzip.GzipFile(fileobj=joined)  # type: ignore[return-value]
    return io.BufferedReader(_Zstd(joined), 1 << 17)  # type: ignore[return-value]


def compressor(kind: str, file: BinaryIO) -> Any:
    """Return a file that writes what it is given compressed ("gzip" or "zstd"). Closing it leaves the other open."""
    if kind == "gzip":
        return gzip.GzipFile(filename="", fileobj=file, mode="wb", compresslevel=1, mtime=0)
    if kind != "zstd":
        raise ValueError(f"compression {kind!r} is not gzip or zstd")
    try:
        from compression import zstd  # type: ignore[import-not-found]
        return zstd.ZstdFile(file, "wb", options={zstd.CompressionParameter.checksum_flag: 1})
    except ImportError:
        return _zstandard().ZstdCompressor(write_checksum=True).stream_writer(file, closefd=False)


def _zstandard() -> Any:
    try:
        import zstandard
    except ImportError:
        raise ValueError("zstd needs the package zstandard (pip install zstandard) or Python 3.14") from None
    return zstandard


def _decoder() -> Any:
    """Return an object that decompresses one frame, and the type of its errors."""
    try:
        from compression import zstd  # type: ignore[import-not-found]
        return zstd.ZstdDecompressor(), zstd.ZstdError
    except ImportError:
        zstandard = _zstandard()
        return zstandard.ZstdDecompressor().decompressobj(), zstandard.ZstdError


class _Joined(io.RawIOBase):
    """Some bytes, and then a file."""

    def __init__(self, start: bytes, rest: BinaryIO) -> None:
        self.start, self.rest = start, rest

    def readable(self) -> bool:
        return True

    def readinto(self, into: Any) -> int:
        data = self.start[:len(into)] or self.rest.read(len(into))
        self.start = self.start[len(data):] if self.start else b""
        into[:len(data)] = data
        return len(data)


class _Zstd(io.RawIOBase):
    """The content of zstd frames. The end of the input inside a frame is an error, which zstandard's own reader misses."""

    def __init__(self, file: BinaryIO) -> None:
        self.file, self.ready, self.left = file, b"", b""
        self.frame: Any = None  # the decoder of the frame that is being read
        _decoder()  # says at once what is not installed

    def readable(self) -> bool:
        return True

    def readinto(self, into: Any) -> int:
        while not self.ready:
            data = self.left or self.file.read(1 << 16)
            self.left = b""
            if not data:
                if self.frame is not None:
                    raise EOFError("the zstd data end inside a frame")
                return 0
            if self.frame is None:
                self.frame, self.error = _decoder()
            try:
                self.ready = self.frame.decompress(data)
            except self.error as error:
                raise OSError(f"zstd: {error}") from None
            if self.frame.eof:
                self.left, self.frame = self.frame.unused_data, None
        size = min(len(into), len(self.ready))
        into[:size] = self.ready[:size]
        self.ready = self.ready[size:]
        return size
