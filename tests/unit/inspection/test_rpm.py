"""rpm databases, made by Berkeley DB and SQLite; ndb, which Debian has no writer of, as documented."""

import sqlite3
import struct
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from amiable.inspection.packages import Package, packages
from tests.unit.inspection.test_packages import tree_of

BASH: dict[int, str | int] = {
    1000: "bash",
    1001: "5.1.8",
    1002: "6.el9",
    1003: 2,
    1014: "GPLv3+",
    1022: "x86_64",
    1044: "bash-5.1.8.src.rpm",
}
KEY: dict[int, str | int] = {1000: "gpg-pubkey", 1001: "1", 1002: "2"}
FOUND = Package("rpm", "bash", "2:5.1.8-6.el9", "x86_64", "bash-5.1.8.src.rpm", "GPLv3+")


def header(tags: dict[int, str | int], padding: int = 0) -> bytes:
    """An rpm header as databases keep it; `padding` bytes of a description."""
    index, data = b"", b""
    for tag, value in {**tags, 1005: "x" * padding}.items():
        if isinstance(value, int):
            data += bytes(-len(data) % 4)
            index += struct.pack(">IIiI", tag, 4, len(data), 1)
            data += struct.pack(">I", value)
        else:
            index += struct.pack(">IIiI", tag, 6, len(data), 1)
            data += value.encode() + b"\0"
    return struct.pack(">II", len(tags) + 1, len(data)) + index + data


def many(count: int) -> list[bytes]:
    """Headers from small to several pages long."""
    return [header({**BASH, 1000: f"p{number:03}"}, number * 97) for number in range(count)]


def berkeley(path: Path, records: Sequence[bytes], order: str = "1234") -> bytes:
    """The file that db_load makes, with the record that counts instances, as rpm has it."""
    pairs = [(0, struct.pack("<I", len(records))), *enumerate(records, 1)]
    lines = [
        "VERSION=3",
        "format=bytevalue",
        "type=hash",
        "db_pagesize=4096",
        f"db_lorder={order}",
        "HEADER=END",
    ]
    for number, value in pairs:
        lines += [f" {struct.pack('<I', number).hex()}", f" {value.hex()}"]
    text = "\n".join([*lines, "DATA=END", ""])
    subprocess.run(["db5.3_load", path], input=text.encode(), check=True)
    return path.read_bytes()


def ndb(records: Sequence[bytes]) -> bytes:
    """A database of one page of slots, the second of which is free."""
    slots, blobs = [b"Slot" + bytes(12)], b""
    for index, record in enumerate(records, 1):
        blob = struct.pack("<4sIII", b"BlbS", index, 0, len(record)) + record
        blob += bytes(-(len(blob) + 12) % 16) + struct.pack("<II4s", 0, len(record), b"BlbE")
        slots.append(struct.pack("<4sIII", b"Slot", index, (4096 + len(blobs)) // 16, len(blob) // 16))
        blobs += blob
    page = struct.pack("<4sIIII", b"RpmP", 0, 1, 1, len(records) + 1).ljust(32, b"\0") + b"".join(slots)
    free = b"Slot" + bytes(12)
    return page + free * ((4096 - len(page)) // 16) + blobs


def test_sqlite_left_in_wal_mode(tmp_path: Path) -> None:
    path = tmp_path / "rpmdb.sqlite"
    database = sqlite3.connect(path)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB NOT NULL)")
    rows = [(header(BASH),), (header(KEY),)]
    database.executemany("INSERT INTO Packages(blob) VALUES (?)", rows)
    database.commit()
    database.close()
    assert packages(tree_of(tmp_path, {"usr/lib/sysimage/rpm/rpmdb.sqlite": path.read_bytes()})) == [FOUND]


@pytest.mark.parametrize("order", ["1234", "4321"])
def test_berkeley_db(tmp_path: Path, order: str) -> None:
    data = berkeley(tmp_path / "Packages", [header(BASH), header(KEY), *many(120)], order)
    found = packages(tree_of(tmp_path, {"var/lib/rpm/Packages": data}))
    assert found[0] == FOUND
    assert [row.name for row in found[1:]] == [f"p{number:03}" for number in range(120)]


def test_ndb(tmp_path: Path) -> None:
    data = ndb([header(BASH), header(KEY), *many(120)])
    seen = tree_of(tmp_path, {"usr/lib/sysimage/rpm/Packages.db": data})
    found = packages(seen)
    assert found[0] == FOUND
    assert [row.name for row in found[1:]] == [f"p{number:03}" for number in range(120)]
    assert not seen.trouble


def ring(data: bytes) -> bytes:
    """Every overflow page names itself, and says that it holds nothing."""
    changed = bytearray(data)
    for at in range(4096, len(data), 4096):
        if data[at + 25] == 7:
            changed[at + 16 : at + 20] = struct.pack("<I", at // 4096)
            changed[at + 22 : at + 24] = bytes(2)
    return bytes(changed)


def repeated(data: bytes) -> bytes:
    """Every slot names the first blob, which says that it is as large as the file."""
    changed = bytearray(data)
    changed[4096 + 12 : 4096 + 16] = struct.pack("<I", len(data) - 4096 - 16)
    for at in range(48, 4096, 16):
        changed[at + 4 : at + 12] = struct.pack("<II", 1, 256)
    return bytes(changed)


def test_damaged_databases_are_named(tmp_path: Path) -> None:
    large = berkeley(tmp_path / "Packages", many(120))
    whole = ndb(many(20))
    damaged = [
        ("rpmdb.sqlite", b"SQLite format 3\0" + b"\xff" * 4000),
        ("Packages", bytes(4096)),
        ("Packages", ring(large)),
        ("Packages", large[:20] + b"\xff" * 8 + large[28:]),
        ("Packages", large[: len(large) // 2]),
        ("Packages.db", b"RpmP"),
        ("Packages.db", whole.replace(b"Slot", b"slot")),
        ("Packages.db", whole.replace(b"BlbS", b"blob")),
        ("Packages.db", whole[:5000]),
        ("Packages.db", repeated(whole)),
    ]
    for number, (name, data) in enumerate(damaged):
        seen = tree_of(tmp_path / str(number), {f"var/lib/rpm/{name}": data})
        packages(seen)
        assert f"/var/lib/rpm/{name} cannot be read" in seen.trouble[0], number
