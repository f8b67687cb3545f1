"""A reader's NBD client over a unix socket: fixed newstyle, structured replies, block status.

The protocol: https://github.com/NetworkBlockDevice/nbd/blob/master/doc/proto.md

The server is a QEMU that parsed what a guest or a stranger wrote, so its bytes are not trusted: every length
is bounded by what was asked for, every offset must lie inside it, and a read counts only if data and holes
cover it exactly once. What does not fit is Corrupt; a connection that ends is Unavailable.

One `Connection` serves one thread at a time; `Pool` keeps several for parallel readers.
"""

import socket
import struct
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from amiable.core.errors import Corrupt, InvalidInput, NotFound, Unavailable

PIECE = 1 << 20  # one request
IN_FLIGHT = 8  # requests under way on one connection
MAX_READ = 64 << 20
_MAX_OPTION_REPLY = 65536
_MAX_ERROR = 4096
_MAX_EXTENTS = 1 << 20
_MAX_STATUS = 0x7FFF0000  # bytes that one block-status request asks about, aligned to 64 KiB

_OPT_GO, _OPT_STRUCTURED, _OPT_META = 7, 8, 10
_REP_ACK, _REP_INFO, _REP_META = 1, 3, 4
_CMD_READ, _CMD_DISCONNECT, _CMD_STATUS = 0, 2, 7
_CHUNK_NONE, _CHUNK_DATA, _CHUNK_HOLE, _CHUNK_STATUS, _CHUNK_ERROR = 0, 1, 2, 5, 0x8000
_DONE = 1


@dataclass(frozen=True)
class _Chunk:
    flags: int
    kind: int
    handle: int
    length: int


class Connection:
    """An open export. `size` in bytes."""

    def __init__(self, link: socket.socket, export: str, contexts: Sequence[str] = ()) -> None:
        """Negotiate on a connected socket, which this object owns from now on.

        `contexts` are the block-status contexts wanted, e.g. `base:allocation`, `qemu:allocation-depth`,
        `qemu:dirty-bitmap:NAME`. Raises NotFound (no such export or context), Unavailable, Corrupt.
        """
        self._link = link
        self._export = export
        self._handle = 0
        self.size = 0
        self._contexts: dict[int, str] = {}
        try:
            link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
            self._greet()
            self._structured()
            if contexts:
                self._choose(contexts)
            self._go()
        except BaseException:
            link.close()
            raise

    # --- negotiation -------------------------------------------------------------------------------------

    def _greet(self) -> None:
        if self._take(16) != b"NBDMAGICIHAVEOPT":
            raise self._broken("it does not greet as an NBD server")
        (flags,) = struct.unpack(">H", self._take(2))
        if flags & 3 != 3:
            raise self._broken("it does not speak fixed newstyle")
        self._send(struct.pack(">I", 3))

    def _option(self, number: int, data: bytes) -> Iterator[tuple[int, bytes]]:
        """Send an option; its replies up to the acknowledgement. Raises NotFound when it is refused."""
        self._send(b"IHAVEOPT" + struct.pack(">II", number, len(data)) + data)
        while True:
            magic, echoed, kind, length = struct.unpack(">QIII", self._take(20))
            if magic != 0x0003E889045565A9 or echoed != number or length > _MAX_OPTION_REPLY:
                raise self._broken("a malformed option reply")
            body = bytes(self._take(length))
            if kind & 0x80000000:
                raise NotFound(f"NBD export {self._export!r}: option {number} refused: {body[:200]!r}")
            if kind == _REP_ACK:
                return
            yield kind, body

    def _structured(self) -> None:
        for _ in self._option(_OPT_STRUCTURED, b""):
            raise self._broken("an unexpected reply to the structured-reply option")

    def _choose(self, contexts: Sequence[str]) -> None:
        queries = b"".join(struct.pack(">I", len(name.encode())) + name.encode() for name in contexts)
        name = self._export.encode()
        data = struct.pack(">I", len(name)) + name + struct.pack(">I", len(contexts)) + queries
        for kind, body in self._option(_OPT_META, data):
            if kind != _REP_META or len(body) < 4 or len(self._contexts) > len(contexts):
                raise self._broken("a malformed context reply")
            self._contexts[struct.unpack(">I", body[:4])[0]] = body[4:].decode(errors="replace")
        missing = set(contexts) - set(self._contexts.values())
        if missing:
            raise NotFound(f"NBD export {self._export!r} does not tell {', '.join(sorted(missing))}.")

    def _go(self) -> None:
        name = self._export.encode()
        for kind, body in self._option(_OPT_GO, struct.pack(">I", len(name)) + name + struct.pack(">H", 0)):
            if kind == _REP_INFO and len(body) >= 12 and body[:2] == b"\0\0":
                (self.size,) = struct.unpack(">Q", body[2:10])
        if not 0 <= self.size < 1 << 62:
            raise self._broken(f"a size of {self.size} bytes")

    # --- transmission ------------------------------------------------------------------------------------

    def read(self, offset: int, length: int) -> bytearray:
        """`length` bytes at `offset`; up to 8 requests of 1 MiB under way at once.

        Raises InvalidInput (outside the export, or more than 64 MiB), Corrupt, Unavailable.
        """
        if offset < 0 or not 0 <= length <= MAX_READ or offset + length > self.size:
            raise InvalidInput(f"{length} bytes at {offset} are not inside an export of {self.size} bytes.")
        buffer = bytearray(length)
        view = memoryview(buffer)
        waiting = [(start, min(PIECE, length - start)) for start in range(0, length, PIECE)][::-1]
        open_requests: dict[int, tuple[int, int, list[tuple[int, int]]]] = {}
        while waiting or open_requests:
            while waiting and len(open_requests) < IN_FLIGHT:
                start, count = waiting.pop()
                open_requests[self._request(_CMD_READ, offset + start, count)] = (start, count, [])
            chunk = self._chunk()
            if chunk.handle not in open_requests:
                raise self._broken("a reply to no request")
            start, count, covered = open_requests[chunk.handle]
            covered += self._content(chunk, view[start : start + count], offset + start)
            if chunk.flags & _DONE:
                self._complete(sorted(covered), count)
                del open_requests[chunk.handle]
        return buffer

    def _content(self, chunk: _Chunk, into: memoryview, at: int) -> list[tuple[int, int]]:
        """Take one chunk of a read reply into its place; the (start, length) that it covers."""
        if chunk.kind == _CHUNK_NONE and chunk.length == 0:
            return []
        if chunk.kind == _CHUNK_DATA and 8 < chunk.length <= 8 + len(into):
            (place,) = struct.unpack(">Q", self._take(8))
            start, count = place - at, chunk.length - 8
            self._inside(start, count, len(into))
            self._take_into(into[start : start + count])
            return [(start, count)]
        if chunk.kind == _CHUNK_HOLE and chunk.length == 12:
            place, count = struct.unpack(">QI", self._take(12))
            self._inside(place - at, count, len(into))
            return [(place - at, count)]  # the buffer is zero already
        raise self._broken(f"a chunk of kind {chunk.kind} and length {chunk.length} in a read")

    def _inside(self, start: int, count: int, length: int) -> None:
        if start < 0 or count <= 0 or start + count > length:
            raise self._broken("data outside what was asked for")

    def _complete(self, covered: list[tuple[int, int]], length: int) -> None:
        reached = 0
        for start, count in covered:
            if start != reached:
                raise self._broken("a read with gaps or overlaps")
            reached = start + count
        if reached != length:
            raise self._broken("a short read")

    def status(self, context: str) -> Iterator[tuple[int, int, int]]:
        """(offset, length, flags) of the whole export in order, as that context tells it."""
        wanted = next(number for number, name in self._contexts.items() if name == context)
        offset = 0
        while offset < self.size:
            asked = min(self.size - offset, _MAX_STATUS)
            for length, flags in self._extents(wanted, offset, asked):
                count = min(length, self.size - offset)  # the last extent may reach beyond what was asked
                if count <= 0:
                    raise self._broken("an empty extent")
                yield offset, count, flags
                offset += count

    def _extents(self, wanted: int, offset: int, length: int) -> list[tuple[int, int]]:
        handle = self._request(_CMD_STATUS, offset, length)
        found: list[tuple[int, int]] = []
        while True:
            chunk = self._chunk()
            if chunk.handle != handle:
                raise self._broken("a reply to no request")
            if chunk.kind == _CHUNK_STATUS:
                if not 12 <= chunk.length <= 4 + 8 * _MAX_EXTENTS or chunk.length % 8 != 4:
                    raise self._broken("a malformed block status")
                body = bytes(self._take(chunk.length))
                if struct.unpack(">I", body[:4])[0] == wanted:
                    found = list(struct.iter_unpack(">II", body[4:]))
            elif chunk.kind != _CHUNK_NONE or chunk.length:
                raise self._broken("an unexpected chunk in a block status")
            if chunk.flags & _DONE:
                if not found:
                    raise self._broken("a block status without extents")
                return found

    def _request(self, command: int, offset: int, length: int) -> int:
        self._handle += 1
        self._send(struct.pack(">IHHQQI", 0x25609513, 0, command, self._handle, offset, length))
        return self._handle

    def _chunk(self) -> _Chunk:
        magic, flags, kind, handle, length = struct.unpack(">IHHQI", self._take(20))
        if magic != 0x668E33EF:
            raise self._broken("a malformed reply")
        if kind & _CHUNK_ERROR:
            words = bytes(self._take(min(length, _MAX_ERROR)))
            (number,) = struct.unpack(">I", words[:4]) if len(words) >= 4 else (0,)
            raise Corrupt(
                f"NBD export {self._export!r}", f"reading failed with error {number}: {words[6:]!r}"
            )
        return _Chunk(flags, kind, handle, length)

    def _broken(self, how: str) -> Corrupt:
        return Corrupt(f"NBD export {self._export!r}", f"its server sent {how}")

    def _send(self, data: bytes) -> None:
        try:
            self._link.sendall(data)
        except OSError as failed:
            raise Unavailable(f"NBD export {self._export!r}: the server is gone ({failed}).") from failed

    def _take(self, length: int) -> bytearray:
        buffer = bytearray(length)
        self._take_into(memoryview(buffer))
        return buffer

    def _take_into(self, view: memoryview) -> None:
        try:
            while len(view):
                count = self._link.recv_into(view)
                if count == 0:
                    raise Unavailable(f"NBD export {self._export!r}: the server hung up.")
                view = view[count:]
        except OSError as failed:
            raise Unavailable(f"NBD export {self._export!r}: the server is gone ({failed}).") from failed

    def close(self) -> None:
        """Say good-bye, if the server still listens."""
        try:
            self._send(struct.pack(">IHHQQI", 0x25609513, 0, _CMD_DISCONNECT, 0, 0, 0))
        except Unavailable:
            return
        finally:
            self._link.close()


class Pool:
    """Connections to one export, opened as threads need them. A connection that failed is not used again."""

    def __init__(self, open_one: Callable[[], Connection]) -> None:
        self._open_one = open_one
        self._idle: list[Connection] = []
        self._lock = threading.Lock()

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """A connection for the duration of the block."""
        with self._lock:
            taken = self._idle.pop() if self._idle else None
        connection = taken or self._open_one()
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        with self._lock:
            self._idle.append(connection)

    def close(self) -> None:
        """Close all idle connections."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()
