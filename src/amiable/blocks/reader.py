"""Any range of a manifest, read from the store without hydrating it: a seekable, checked, read-only file.

Blocks that were read last are kept, so that small reads in one place cost one fetch.
"""

import io
import threading
from collections import OrderedDict

from amiable.blocks.chunk import BLOCK_SIZE, fetch
from amiable.blocks.manifest import Manifest
from amiable.blocks.store import ReadStore
from amiable.core.errors import InvalidInput


class Reader(io.RawIOBase):
    """A volume as a binary file. `read_at` may be called by several threads; seek and read by one."""

    def __init__(self, store: ReadStore, manifest: Manifest, keep: int = 16) -> None:
        """`keep`: how many blocks (512 KiB each) stay in memory. `fetched`: bytes got from the store."""
        self._store = store
        self._manifest = manifest
        self._keep = keep
        self._kept: OrderedDict[bytes, bytes] = OrderedDict()
        self._lock = threading.Lock()
        self._position = 0
        self.fetched = 0

    @property
    def size(self) -> int:
        """Bytes of the volume."""
        return self._manifest.volume_size

    def read_at(self, offset: int, length: int) -> bytes:
        """Bytes [offset, offset + length), fewer where the volume ends.

        Raises InvalidInput, NotFound, Corrupt.
        """
        if offset < 0 or length < 0:
            raise InvalidInput(f"Range ({offset}, {length}) is negative.")
        end = min(offset + length, self._manifest.volume_size)
        parts = []
        while offset < end:
            index, within = divmod(offset, BLOCK_SIZE)
            size = min(end - offset, BLOCK_SIZE - within)
            chunk = self._manifest.chunk_at(index)
            parts.append(bytes(size) if chunk is None else self._block(chunk)[within : within + size])
            offset += size
        return b"".join(parts)

    def _block(self, chunk: bytes) -> bytes:
        with self._lock:
            if (plain := self._kept.get(chunk)) is not None:
                self._kept.move_to_end(chunk)
                return plain
        plain = fetch(self._store, chunk)
        with self._lock:
            self.fetched += len(plain)
            self._kept[chunk] = plain
            while len(self._kept) > self._keep:
                self._kept.popitem(last=False)
        return plain

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def tell(self) -> int:
        """The position in bytes."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move; past the end is allowed, before the start raises InvalidInput."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._manifest.volume_size}
        if whence not in start or start[whence] + offset < 0:
            raise InvalidInput(f"Cannot seek to {offset} from {whence}.")
        self._position = start[whence] + offset
        return self._position

    def readinto(self, buffer: "memoryview | bytearray") -> int:  # type: ignore[override]
        """Fill a buffer from the position on; 0 at the end."""
        data = self.read_at(self._position, len(buffer))
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)


def read_at(store: ReadStore, manifest: Manifest, offset: int, length: int) -> bytes:
    """One range, checked, nothing kept."""
    return Reader(store, manifest, keep=1).read_at(offset, length)
