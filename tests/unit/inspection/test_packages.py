"""Package databases of every kind that is read."""

import sqlite3
import struct
from pathlib import Path

from amiable.inspection.image import Image
from amiable.inspection.packages import Package, packages
from amiable.inspection.tree import Tree, tree
from tests.helpers import file_systems as made
from tests.helpers.file_systems import FileDisk
from tests.unit.inspection.test_hygiene import NOW


def _tree(tmp_path: Path, files: dict[str, str | bytes]) -> Tree:
    root = made.write(tmp_path / "root", {"etc/os-release": "ID=test\n"} | files)
    return tree([FileDisk(made.ext(tmp_path / "disk", root))])


def test_dpkg(tmp_path: Path) -> None:
    status = """\
Package: bash
Status: install ok installed
Architecture: amd64
Version: 5.2.15-2+b7
Source: bash (5.2.15-2)
Description: shell
 Not-A-Key: of this paragraph

Package: gone
Status: deinstall ok config-files
Version: 1
"""
    minimal = "Package: tzdata\nVersion: 2024a\nArchitecture: all\n"
    files: dict[str, str | bytes] = {
        "var/lib/dpkg/status": status,
        "var/lib/dpkg/status.d/tzdata": minimal,
        "var/lib/dpkg/status.d/tzdata.md5sums": "0 /etc\n",
    }
    assert packages(_tree(tmp_path, files)) == [
        Package("deb", "bash", "5.2.15-2+b7", "amd64", "bash"),
        Package("deb", "tzdata", "2024a", "all", "tzdata"),
    ]


def test_apk(tmp_path: Path) -> None:
    text = (
        "C:Q1abc=\nP:musl\nV:1.2.4-r2\nA:x86_64\nL:MIT\no:musl\nF:lib\n\nP:busybox\nV:1.36.1-r5\nA:x86_64\n"
    )
    assert packages(_tree(tmp_path, {"lib/apk/db/installed": text})) == [
        Package("apk", "busybox", "1.36.1-r5", "x86_64", "busybox"),
        Package("apk", "musl", "1.2.4-r2", "x86_64", "musl", "MIT"),
    ]


def rpm_header(tags: dict[int, str | int]) -> bytes:
    """An rpm header as rpmdb.sqlite keeps it."""
    index, data = b"", b""
    for tag, value in tags.items():
        if isinstance(value, int):
            data += bytes(-len(data) % 4)
            index += struct.pack(">IIiI", tag, 4, len(data), 1)
            data += struct.pack(">I", value)
        else:
            index += struct.pack(">IIiI", tag, 6, len(data), 1)
            data += value.encode() + b"\0"
    return struct.pack(">II", len(tags), len(data)) + index + data


def test_rpm_in_sqlite_left_in_wal_mode(tmp_path: Path) -> None:
    path = tmp_path / "rpmdb.sqlite"
    database = sqlite3.connect(path)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB NOT NULL)")
    rows: list[dict[int, str | int]] = [
        {1000: "bash", 1001: "5.1.8", 1002: "6.el9", 1003: 2, 1022: "x86_64", 1044: "bash-5.1.8.src.rpm"},
        {1000: "gpg-pubkey", 1001: "1", 1002: "2"},
    ]
    database.executemany("INSERT INTO Packages(blob) VALUES (?)", [(rpm_header(row),) for row in rows])
    database.commit()
    database.close()
    seen = _tree(tmp_path, {"usr/lib/sysimage/rpm/rpmdb.sqlite": path.read_bytes()})
    assert packages(seen) == [Package("rpm", "bash", "2:5.1.8-6.el9", "x86_64", "bash-5.1.8.src.rpm")]


def test_databases_that_are_not_read_are_named(tmp_path: Path) -> None:
    seen = _tree(tmp_path, {"var/lib/rpm/Packages": "\0" * 16})
    assert packages(seen) == []
    assert "Berkeley DB" in seen.trouble[0]
    broken = _tree(tmp_path / "2", {"var/lib/rpm/rpmdb.sqlite": "SQLite format 3\0" + "\xff" * 4000})
    assert packages(broken) == []
    assert "cannot be read" in broken.trouble[0]


def test_languages(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "opt/venv/lib/python3/site-packages/six-1.16.0.dist-info/METADATA": "Name: six\nVersion: 1.16.0\n",
        "usr/lib/python3/dist-packages/apt-1.dist-info/METADATA": "Name: apt\nVersion: 1\n",
        "srv/app/node_modules/left-pad/package.json": '{"name": "left-pad", "version": "1.3.0"}',
        "srv/app/package.json": '{"name": "app", "version": "0"}',
        "srv/app/node_modules/bad/package.json": "[" * 100000,
    }
    image = Image(_tree(tmp_path, files), NOW)
    assert image.packages == [Package("npm", "left-pad", "1.3.0"), Package("pypi", "six", "1.16.0")]
