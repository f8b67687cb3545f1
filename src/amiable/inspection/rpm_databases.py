"""The three formats of rpm's database, as records: each is the header of one package (rpm.py reads it).

    rpmdb.sqlite   SQLite (since 2020): the table Packages
    Packages       Berkeley DB hash (before: RHEL 8, Amazon Linux 2): pairs on pages, large values on others
    Packages.db    ndb (SUSE): slots that point to blobs

Only what a scan from front to back needs: no index is used, nothing is looked up.
"""

import sqlite3
import struct
from collections.abc import Iterator

_HASH_MAGIC = {b"\x61\x15\x06\x00": "<", b"\x00\x06\x15\x61": ">"}
_HASH_PAGES, _OVERFLOW_PAGE = (2, 13), 7
_INLINE, _ELSEWHERE = 1, 3
_PAGE_HEAD = 26
_NDB_HEAD, _NDB_PAGE, _NDB_UNIT = 32, 4096, 16


def from_sqlite(data: bytes) -> Iterator[bytes]:
    """The records of rpmdb.sqlite. Raises sqlite3.Error."""
    # Bytes 18 and 19 say WAL; a database in memory has none, and what lies in the file is whole without it.
    data = data[:18] + b"\x01\x01" + data[20:]
    database = sqlite3.connect(":memory:")
    try:
        database.deserialize(data)
        for (blob,) in database.execute("SELECT blob FROM Packages"):
            yield bytes(blob)
    finally:
        database.close()


def from_berkeley(data: bytes) -> Iterator[bytes]:
    """The values of a hash database, of either byte order. Raises ValueError, struct.error."""
    order = _HASH_MAGIC.get(data[12:16])
    if order is None:
        raise ValueError("it is no hash database")
    (size,) = struct.unpack_from(f"{order}I", data, 20)
    if size not in (1 << power for power in range(9, 17)):
        raise ValueError("its page size is none")
    for at in range(size, len(data) - size + 1, size):
        page = data[at : at + size]
        if page[25] not in _HASH_PAGES:
            continue
        (count,) = struct.unpack_from(f"{order}H", page, 20)
        places = struct.unpack_from(f"{order}{count}H", page, _PAGE_HEAD)
        for index in range(1, count, 2):  # a key, its value; written from the page's end towards its head
            start, end = places[index], places[index - 1]
            if page[start : start + 1] == bytes([_INLINE]):
                yield page[start + 1 : end]
            elif page[start : start + 1] == bytes([_ELSEWHERE]):
                first, length = struct.unpack_from(f"{order}II", page, start + 4)
                yield _chained(data, order, size, first, length)


def _chained(data: bytes, order: str, size: int, number: int, length: int) -> bytes:
    """A value on overflow pages, each of which names the next."""
    found = bytearray()
    while len(found) < length:
        page = data[number * size : (number + 1) * size]
        if len(page) < size or page[25] != _OVERFLOW_PAGE:
            raise ValueError("a record's pages are not there")
        (used,) = struct.unpack_from(f"{order}H", page, 22)
        if not 0 < used <= size - _PAGE_HEAD:  # each page adds something: a ring of pages ends too
            raise ValueError("a record's page is broken")
        found += page[_PAGE_HEAD : _PAGE_HEAD + used]
        (number,) = struct.unpack_from(f"{order}I", page, 16)
    return bytes(found[:length])


def from_ndb(data: bytes) -> Iterator[bytes]:
    """The blobs of Packages.db. Raises ValueError, struct.error."""
    magic, version, _generation, pages = struct.unpack_from("<4sIII", data)
    if magic != b"RpmP" or version != 0:
        raise ValueError("it is no ndb database of version 0")
    for at in range(_NDB_HEAD, min(pages * _NDB_PAGE, len(data)), 16):
        mark, index, place, _units = struct.unpack_from("<4sIII", data, at)
        if mark != b"Slot":
            raise ValueError("a slot is broken")
        if place:
            start = place * _NDB_UNIT
            head, owner, _time, length = struct.unpack_from("<4sIII", data, start)
            if head != b"BlbS" or owner != index or start + 16 + length > len(data):
                raise ValueError("a blob is broken")
            yield data[start + 16 : start + 16 + length]
