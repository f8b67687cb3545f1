"""A bundle: the snapshots of one image in one object, and that object read as a store.

    magic · chunk bodies · manifests · directory · trailer        (docs/store.md, Replicate)

Written in one go, so that it can be streamed; read by ranges. Bodies lie in the order in which the manifests
name their chunks first. A bundle is a stranger's: everything is bounded, and checked before it is used.
"""

import json
import struct
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import zstandard
from blake3 import blake3

from amiable.blocks.chunk import BLOCK_SIZE, fetch_stored
from amiable.blocks.layout import Entry, chunk_of
from amiable.blocks.manifest import Manifest, from_bytes
from amiable.blocks.store import ReadStore
from amiable.core.errors import Corrupt, NotFound

MAX_DIRECTORY = 256 << 20  # bytes, plain: the lengths of 30 million chunks
MAX_MANIFESTS = 512 << 20  # bytes, all together
_MAGIC = b"AMIABLEB"
_TRAILER = struct.Struct("<QQ32s8s")

Read = Callable[[int, int], bytes]  # (offset, length) -> at most length bytes


def _order(manifests: Mapping[str, Manifest]) -> list[bytes]:
    """Every chunk once, in the order of its body."""
    return list(dict.fromkeys(chunk for manifest in manifests.values() for chunk in manifest.ids()))


def pieces(
    store: ReadStore,
    manifests: Mapping[str, Manifest],
    about: Mapping[str, Any],
    progress: Callable[[int, int], None],
) -> Iterator[bytes]:
    """The bundle, piece by piece. `about` is JSON that `Bundle.about` gives back.

    `progress(chunks written, chunks)`. Raises NotFound, Corrupt naming a chunk.
    """
    yield _MAGIC
    chunks = _order(manifests)
    lengths = []
    for body in _bodies(store, chunks):
        lengths.append(len(body))
        progress(len(lengths), len(chunks))
        yield body
    packed = {name: manifest.to_bytes() for name, manifest in manifests.items()}
    yield from packed.values()
    sizes = {name: len(data) for name, data in packed.items()}
    directory = json.dumps({"about": about, "manifests": sizes, "chunks": lengths}).encode()
    frame = zstandard.ZstdCompressor(level=3).compress(directory)
    yield frame
    yield _TRAILER.pack(len(frame), len(directory), blake3(directory).digest(), _MAGIC)


def _bodies(store: ReadStore, chunks: list[bytes]) -> Iterator[bytes]:
    """The stored form of each chunk, checked, a bounded number fetched ahead."""
    waiting: deque[Future[bytes]] = deque()
    pool = ThreadPoolExecutor(store.concurrency, "bundle")
    try:
        for chunk in chunks:
            waiting.append(pool.submit(fetch_stored, store, chunk))
            if len(waiting) > 2 * store.concurrency:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


class Bundle:
    """A bundle as a ReadStore of its chunks. `about` is whatever its writer said: check it.

    Raises Corrupt, naming `where`, if it is not whole.
    """

    concurrency = 8

    def __init__(self, read: Read, size: int, where: str) -> None:
        self._read, self._where = read, where
        end = size - _TRAILER.size
        if end < len(_MAGIC):
            raise Corrupt(where, "it is too short to be a stored image")
        stored, plain, digest, magic = _TRAILER.unpack(self._exactly(end, _TRAILER.size))
        if magic != _MAGIC or self._exactly(0, len(_MAGIC)) != _MAGIC:
            raise Corrupt(where, "it is truncated or not a stored image")
        if stored > end or plain > MAX_DIRECTORY or stored > plain + 4096:
            raise Corrupt(where, "its directory is too long")
        directory = self._directory(self._exactly(end - stored, stored), plain, digest)
        self.about: dict[str, Any] = directory["about"]
        manifests_at = end - stored - sum(directory["manifests"].values())
        self.manifests = self._manifests(directory["manifests"], manifests_at)
        chunks, lengths = _order(self.manifests), directory["chunks"]
        if len(chunks) != len(lengths) or len(_MAGIC) + sum(lengths) != manifests_at:
            raise Corrupt(where, "its lengths do not add up")
        self._at: dict[bytes, tuple[int, int]] = {}
        offset = len(_MAGIC)
        for chunk, length in zip(chunks, lengths, strict=True):
            self._at[chunk] = offset, length
            offset += length

    def _exactly(self, offset: int, length: int) -> bytes:
        data = self._read(offset, length) if length else b""
        if len(data) != length:
            raise Corrupt(self._where, f"{len(data)} bytes came at offset {offset} instead of {length}")
        return data

    def _directory(self, frame: bytes, plain: int, digest: bytes) -> dict[str, Any]:
        """The directory, of the right shape: about is an object, lengths are lengths."""
        try:
            if zstandard.frame_content_size(frame) != plain:
                raise Corrupt(self._where, "its directory is not as long as it says")
            data = zstandard.ZstdDecompressor().decompress(frame, max_output_size=plain)
        except zstandard.ZstdError as error:
            raise Corrupt(self._where, str(error)) from error
        if blake3(data).digest() != digest:
            raise Corrupt(self._where, "its directory does not match its digest")
        try:
            said = json.loads(data)
            directory = {name: said[name] for name in ("about", "manifests", "chunks")}
            sound = isinstance(directory["about"], dict) and isinstance(directory["chunks"], list)
            sound = sound and all(_within(size, MAX_MANIFESTS) for size in directory["manifests"].values())
            sound = sound and sum(directory["manifests"].values()) <= MAX_MANIFESTS
            sound = sound and all(_within(length, BLOCK_SIZE + 1) for length in directory["chunks"])
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise Corrupt(self._where, "its directory is malformed") from error
        if not sound:
            raise Corrupt(self._where, "its directory is malformed")
        return directory

    def _manifests(self, sizes: Mapping[str, int], offset: int) -> dict[str, Manifest]:
        if offset < len(_MAGIC):
            raise Corrupt(self._where, "its lengths do not add up")
        found = {}
        for name, size in sizes.items():
            found[name] = from_bytes(self._exactly(offset, size), name)
            offset += size
        return found

    def get(self, key: str) -> bytes:
        """See ReadStore: chunks only."""
        chunk = chunk_of(key)
        if chunk is None or chunk not in self._at:
            raise NotFound(f"{key} is not in {self._where}.")
        return self._exactly(*self._at[chunk])

    def exists(self, key: str) -> bool:
        """See ReadStore."""
        return chunk_of(key) in self._at

    def list(self, folder: str) -> Iterator[Entry]:
        """See ReadStore: there are no further copies of chunks."""
        return iter(())


def _within(value: Any, most: int) -> bool:
    return type(value) is int and 0 < value <= most
