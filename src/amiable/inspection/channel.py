"""What the two sides of an inspection say to each other, over one socket pair.

    parent → child   question: length, JSON {"sizes": […], "ask": …, "with": {…}}
    child  → parent  READY: it has given up its power
    child  → parent  READ disk offset length      parent → child   exactly that many bytes
    child  → parent  ANSWER length, JSON           and that is the end

The child is not trusted: disk, offset and length are checked, the answer's length is bounded.
"""

import socket
import struct
from collections import OrderedDict

READ, ANSWER, READY = 1, 2, 3
HEADER = struct.Struct("<BBQI")  # kind, disk, offset, length
LENGTH = struct.Struct("<I")
MOST_AT_ONCE = 8 << 20
MOST_ANSWER = 64 << 20
_PAGE = 64 << 10
_PAGES = 512


class HungUp(Exception):
    """The other side closed the channel."""


def receive(channel: socket.socket, length: int) -> bytes:
    """Exactly that many bytes. Raises HungUp."""
    data = bytearray(length)
    view, got = memoryview(data), 0
    while got < length:
        count = channel.recv_into(view[got:])
        if not count:
            raise HungUp
        got += count
    return bytes(data)


class RemoteDisk:
    """A disk on the other side of the channel. Small reads go through pages that are kept (32 MiB)."""

    def __init__(self, channel: socket.socket, number: int, size: int) -> None:
        self._channel = channel
        self._number = number
        self.size = size
        self._pages: OrderedDict[int, bytes] = OrderedDict()

    def read_at(self, offset: int, length: int) -> bytes:
        """Bytes [offset, offset + length), fewer where the disk ends."""
        length = min(length, self.size - offset)
        if offset < 0 or length <= 0:
            return b""
        if length > _PAGE:
            steps = range(offset, offset + length, MOST_AT_ONCE)
            return b"".join(self._fetch(at, min(MOST_AT_ONCE, offset + length - at)) for at in steps)
        first, last = offset // _PAGE, (offset + length - 1) // _PAGE
        data = self._page(first) if first == last else self._page(first) + self._page(last)
        within = offset - first * _PAGE
        return data[within : within + length]

    def _page(self, index: int) -> bytes:
        if index in self._pages:
            self._pages.move_to_end(index)
            return self._pages[index]
        data = self._fetch(index * _PAGE, min(_PAGE, self.size - index * _PAGE))
        self._pages[index] = data
        if len(self._pages) > _PAGES:
            self._pages.popitem(last=False)
        return data

    def _fetch(self, offset: int, length: int) -> bytes:
        self._channel.sendall(HEADER.pack(READ, self._number, offset, length))
        return receive(self._channel, length)
