"""Streams out of compressed files: gzip, xz, zstd, bzip2, told apart by their magic.

The compressed bytes are a stranger's: output comes in bounded pieces, so that a small file cannot fill the
memory, and an end that comes too early is Corrupt. What is too long is the reader's business.
"""

import bz2
import gzip
import lzma
import zlib
from collections.abc import Iterator
from typing import BinaryIO, Literal

import zstandard

from amiable.core.errors import Corrupt

Compression = Literal["gzip", "xz", "zstd", "bzip2"]

_MAGICS: tuple[tuple[bytes, Compression], ...] = (
    (b"\x1f\x8b", "gzip"),
    (b"\xfd7zXZ\0", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"BZh", "bzip2"),
)
SUFFIXES = (".gz", ".xz", ".zst", ".bz2")
_PIECE = 1 << 20
_XZ_MEMORY = 256 << 20  # xz -9 needs 65 MiB
_ZSTD_INPUT = 2048  # a zstd block of 4 bytes can stand for 128 KiB
_ZSTD_WINDOW = 128 << 20


def detect(head: bytes) -> Compression | None:
    """How a file that starts with `head` (6 bytes suffice) is compressed, if it is."""
    return next((name for magic, name in _MAGICS if head.startswith(magic)), None)


def pieces(source: BinaryIO, compression: Compression, name: str) -> Iterator[bytes]:
    """The content of `source` in pieces of at most some MiB. Raises Corrupt, naming `name`."""
    streams = {"gzip": _gzip, "bzip2": _bzip2, "xz": _xz, "zstd": _zstd}
    try:
        yield from streams[compression](source)
    except (EOFError, OSError, zlib.error, lzma.LZMAError, zstandard.ZstdError) as wrong:
        raise Corrupt(name, f"its {compression} stream is truncated or damaged ({wrong})") from wrong


def _gzip(source: BinaryIO) -> Iterator[bytes]:
    with gzip.GzipFile(fileobj=source) as stream:
        while piece := stream.read(_PIECE):
            yield piece


def _bzip2(source: BinaryIO) -> Iterator[bytes]:
    with bz2.BZ2File(source) as stream:
        while piece := stream.read(_PIECE):
            yield piece


def _xz(source: BinaryIO) -> Iterator[bytes]:
    stream = lzma.LZMADecompressor(memlimit=_XZ_MEMORY)
    while True:
        given = source.read(65536) if stream.needs_input else b""
        if not given and stream.needs_input:
            raise EOFError("it ends too early")
        yield stream.decompress(given, _PIECE)
        if stream.eof:
            rest = stream.unused_data.lstrip(b"\0") + source.read(65536).lstrip(
                b"\0"
            )  # padding between streams
            if not rest:
                return
            stream = lzma.LZMADecompressor(memlimit=_XZ_MEMORY)
            yield stream.decompress(rest, _PIECE)


def _zstd(source: BinaryIO) -> Iterator[bytes]:
    decoder = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
    rest = source.read(_ZSTD_INPUT)
    while rest:
        frame = decoder.decompressobj()
        while not frame.eof:
            if not rest:
                raise EOFError("it ends too early")
            yield frame.decompress(rest)
            rest = source.read(_ZSTD_INPUT) if not frame.eof else b""
        rest = frame.unused_data or source.read(_ZSTD_INPUT)
