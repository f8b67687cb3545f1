"""A manifest: which blocks of a volume are not zero, and the chunk of each. Immutable.

Stored form (numbers little-endian):

    8   magic "AMIABLE1"
    32  digest: BLAKE3-256 of size, block size, count, indexes and ids below, as they are when not compressed
    8   volume size, bytes
    4   block size, bytes
    4   count of rows
    32n chunk ids (random bytes: not compressed, so their number is bounded by the length of the file)
    …   zstd frame of n uint32, the differences between successive block indexes

A stored form is untrusted: `from_bytes` checks digest, lengths, order and range before anything uses it.
"""

import struct
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import zstandard
from blake3 import blake3

from amiable.blocks.chunk import BLOCK_SIZE, ZERO_ID
from amiable.blocks.layout import manifest_key
from amiable.blocks.store import ReadStore
from amiable.core.errors import Corrupt, InvalidInput

Indexes = npt.NDArray[np.uint32]
Ids = npt.NDArray[np.uint8]

MAX_VOLUME = 64 * 2**40  # bytes; the largest EBS volume
_MAGIC = b"AMIABLE1"
_HEADER = struct.Struct("<QII")
_IDS_AT = len(_MAGIC) + 32 + _HEADER.size


@dataclass(frozen=True, eq=False)
class Manifest:
    """A volume's blocks. `name` is the snapshot's, empty while the manifest was never in a store."""

    volume_size: int  # bytes
    block_size: int  # bytes; always BLOCK_SIZE
    indexes: Indexes  # (n,), strictly ascending
    chunk_ids: Ids  # (n, 32)
    name: str = ""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Manifest) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    def _header(self) -> bytes:
        return _HEADER.pack(self.volume_size, self.block_size, len(self.indexes))

    @cached_property
    def digest(self) -> str:
        """Hex BLAKE3-256 of the content, whatever the name or the compression."""
        state = blake3(self._header())
        state.update(np.ascontiguousarray(self.indexes, "<u4").tobytes())
        state.update(np.ascontiguousarray(self.chunk_ids).tobytes())
        return state.hexdigest()

    @property
    def blocks(self) -> int:
        """How many blocks the volume has, zero ones included."""
        return -(-self.volume_size // self.block_size)

    def chunk_at(self, index: int) -> bytes | None:
        """The chunk id of a block, or None if the block is zero."""
        row = int(np.searchsorted(self.indexes, index))
        if row == len(self.indexes) or int(self.indexes[row]) != index:
            return None
        return bytes(self.chunk_ids[row])

    def ids(self) -> list[bytes]:
        """The chunk ids in block order, repeated where blocks repeat."""
        return id_list(self.chunk_ids)

    def to_bytes(self) -> bytes:
        """The stored form."""
        steps = np.diff(self.indexes, prepend=np.uint32(0)).astype("<u4")
        return b"".join(
            (
                _MAGIC,
                bytes.fromhex(self.digest),
                self._header(),
                np.ascontiguousarray(self.chunk_ids).tobytes(),
                zstandard.ZstdCompressor(level=3).compress(steps.tobytes()),
            )
        )


def id_list(chunk_ids: Ids) -> list[bytes]:
    """The rows of an (n, 32) array as bytes."""
    rows: list[bytes] = np.ascontiguousarray(chunk_ids).view("V32").ravel().tolist()
    return rows


def from_bytes(data: bytes, name: str) -> Manifest:
    """The manifest in a stored form. Raises Corrupt naming `name` if anything about it is wrong."""
    what = f"manifest {name}"
    if len(data) < _IDS_AT or data[: len(_MAGIC)] != _MAGIC:
        raise Corrupt(what, "it is truncated or not a manifest")
    volume_size, block_size, count = _HEADER.unpack_from(data, _IDS_AT - _HEADER.size)
    steps_at = _IDS_AT + 32 * count
    if block_size != BLOCK_SIZE or volume_size > MAX_VOLUME or len(data) < steps_at:
        raise Corrupt(what, "its header does not fit its length or this version's block size")
    try:
        frame = data[steps_at:]
        if zstandard.frame_content_size(frame) != 4 * count:
            raise Corrupt(what, "its indexes are not as many as its chunks")
        packed = zstandard.ZstdDecompressor().decompress(frame, max_output_size=4 * count) if count else b""
    except zstandard.ZstdError as error:
        raise Corrupt(what, str(error)) from error
    steps = np.frombuffer(packed, "<u4").astype(np.uint64)
    ids = np.frombuffer(data, np.uint8, 32 * count, _IDS_AT).reshape(count, 32)
    indexes = np.cumsum(steps, dtype=np.uint64)
    if count and (not steps[1:].all() or int(indexes[-1]) >= -(-volume_size // block_size)):
        raise Corrupt(what, "its block indexes are not ascending or pass the end of the volume")
    manifest = Manifest(volume_size, block_size, indexes.astype(np.uint32), ids, name)
    if manifest.digest != data[len(_MAGIC) : len(_MAGIC) + 32].hex():
        raise Corrupt(what, "its content does not match its digest")
    return manifest


def load(store: ReadStore, name: str, digest: str | None = None) -> Manifest:
    """The manifest of a snapshot in a store; `digest` is what the snapshot's row says it must be.

    Raises NotFound, or Corrupt if it is damaged or another one.
    """
    manifest = from_bytes(store.get(manifest_key(name)), name)
    if digest is not None and manifest.digest != digest:
        raise Corrupt(f"manifest {name}", f"its digest is {manifest.digest}, the snapshot's is {digest}")
    return manifest


def changed_blocks(a: Manifest, b: Manifest) -> Indexes:
    """The indexes, ascending, of blocks whose content differs, blocks in only one of them included."""
    common, in_a, in_b = np.intersect1d(a.indexes, b.indexes, assume_unique=True, return_indices=True)
    rewritten = common[(a.chunk_ids[in_a] != b.chunk_ids[in_b]).any(axis=1)]
    appeared = np.setxor1d(a.indexes, b.indexes, assume_unique=True)
    return np.sort(np.concatenate([rewritten, appeared])).astype(np.uint32)


def overlay(base: Manifest | None, volume_size: int, indexes: Indexes, chunk_ids: Ids) -> Manifest:
    """`base` with the given blocks (ascending) replaced, ZERO_ID meaning that a block became zero.

    The volume may be larger than the base's. Raises InvalidInput if it is smaller, or over MAX_VOLUME.
    """
    check_size(base, volume_size)
    if base is not None:
        kept = ~np.isin(base.indexes, indexes, assume_unique=True)
        indexes = np.concatenate([base.indexes[kept], indexes])
        chunk_ids = np.concatenate([base.chunk_ids[kept], chunk_ids])
        order = np.argsort(indexes, kind="stable")
        indexes, chunk_ids = indexes[order], chunk_ids[order]
    filled = (chunk_ids != np.frombuffer(ZERO_ID, np.uint8)).any(axis=1)
    return Manifest(volume_size, BLOCK_SIZE, indexes[filled].astype(np.uint32), chunk_ids[filled])


def check_size(base: Manifest | None, volume_size: int) -> None:
    """Raises InvalidInput for a volume smaller than its parent, or larger than MAX_VOLUME."""
    if not 0 <= volume_size <= MAX_VOLUME:
        raise InvalidInput(f"A volume of {volume_size} bytes is larger than {MAX_VOLUME}.")
    if base is not None and volume_size < base.volume_size:
        raise InvalidInput(f"The volume has {volume_size} bytes, fewer than its parent's {base.volume_size}.")
