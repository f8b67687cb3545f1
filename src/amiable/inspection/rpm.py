"""The packages that an rpm database lists, whatever its format."""

import sqlite3
import struct
from collections.abc import Callable, Iterator

from amiable.inspection.rpm_databases import from_berkeley, from_ndb, from_sqlite
from amiable.inspection.tree import Tree

DATABASE = 256 << 20
"""Bytes of a database that are read."""
_FOLDERS = ("/usr/lib/sysimage/rpm", "/var/lib/rpm")
_FORMATS: dict[str, Callable[[bytes], Iterator[bytes]]] = {
    "rpmdb.sqlite": from_sqlite,
    "Packages.db": from_ndb,
    "Packages": from_berkeley,
}
_TAGS = {
    1000: "name",
    1001: "version",
    1002: "release",
    1003: "epoch",
    1014: "license",
    1022: "arch",
    1044: "source",
}
_INT32, _STRINGS = 4, (6, 8, 9)
_SMALLEST = 24  # two counts, one tag
_HEADER = 64 << 20


def installed(tree: Tree) -> Iterator[dict[str, str]]:
    """The headers of all packages (the values of `_TAGS`, as far as they are there); keys are left out.

    What cannot be read is said in the tree's `trouble`.
    """
    for path, records in ((f"{at}/{name}", read) for at in _FOLDERS for name, read in _FORMATS.items()):
        data = tree.read(path, DATABASE)
        if not data:
            continue
        left = len(data)
        try:
            for record in records(data):
                left -= len(record)
                if left < 0:
                    raise ValueError("its records are larger than it is")
                row = header(record) if len(record) >= _SMALLEST else {}
                if row.get("name") and row["name"] != "gpg-pubkey":
                    yield row
        except (sqlite3.Error, struct.error, ValueError, IndexError) as wrong:
            tree.note(f"{path} cannot be read: {wrong}.")
        return


def header(record: bytes) -> dict[str, str]:
    """The tags that matter of an rpm header: two counts, index entries of 16 bytes, data."""
    entries, size = struct.unpack_from(">II", record)
    start = 8 + 16 * entries
    if start + size > len(record) or size > _HEADER:
        raise ValueError("a header is longer than its record")
    found = {}
    for index in range(entries):
        tag, kind, offset, _count = struct.unpack_from(">IIiI", record, 8 + 16 * index)
        name = _TAGS.get(tag)
        if name is None or not 0 <= offset < size:
            continue
        if kind in _STRINGS:
            end = record.find(b"\0", start + offset)
            found[name] = record[start + offset : end].decode(errors="replace")
        elif kind == _INT32:
            found[name] = str(struct.unpack_from(">I", record, start + offset)[0])
    return found
