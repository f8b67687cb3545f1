"""The packages that an image's own databases list: dpkg, apk, rpm (sqlite), and Python and npm packages.

Nothing is derived from file names of programs: what no database knows is not listed. An rpm database in
another format is said in `trouble`.
"""

import json
import sqlite3
import struct
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from amiable.inspection.tree import Tree

DATABASE = 256 << 20
"""Bytes of a package database that are read."""
MOST = 100_000
_RPM = ("/usr/lib/sysimage/rpm", "/var/lib/rpm")
_RPM_TAGS = {
    1000: "name",
    1001: "version",
    1002: "release",
    1003: "epoch",
    1014: "license",
    1022: "arch",
    1044: "source",
}
_RPM_INT32, _RPM_STRINGS = 4, (6, 8, 9)
_RPM_HEADER = 64 << 20


@dataclass(frozen=True, order=True)
class Package:
    """One package. `type` as in package URLs: deb, apk, rpm, pypi, npm. `source`: what it was built from."""

    type: str
    name: str
    version: str
    architecture: str = ""
    source: str = ""
    license: str = ""

    def shape(self) -> dict[str, str]:
        """As JSON."""
        return asdict(self)


def packages(tree: Tree) -> list[Package]:
    """All of them, sorted."""
    found = {*_dpkg(tree), *_apk(tree), *_rpm(tree)}
    return sorted(found)[:MOST]


def _paragraphs(text: str) -> Iterator[dict[str, str]]:
    """Records of `Key: value` lines, blank lines between them; continued lines are left out."""
    record: dict[str, str] = {}
    for line in text.split("\n"):
        if not line.strip():
            if record:
                yield record
            record = {}
        elif line[0] not in " \t":
            key, colon, value = line.partition(":")
            if colon:
                record[key] = value.strip()
    if record:
        yield record


def _dpkg(tree: Tree) -> Iterator[Package]:
    texts = [tree.text("/var/lib/dpkg/status", DATABASE)]
    # Images without a package manager keep a record a package.
    texts += [
        tree.text(f"/var/lib/dpkg/status.d/{node.name}", DATABASE)
        for node in tree.folder("/var/lib/dpkg/status.d")
        if not node.name.endswith(".md5sums")
    ]
    for row in (row for text in texts for row in _paragraphs(text)):
        if row.get("Status", "install ok installed").endswith(" installed") and "Package" in row:
            source = row.get("Source", "").partition(" ")[0] or row["Package"]
            yield Package("deb", row["Package"], row.get("Version", ""), row.get("Architecture", ""), source)


def _apk(tree: Tree) -> Iterator[Package]:
    text = tree.text("/lib/apk/db/installed", DATABASE) or tree.text("/usr/lib/apk/db/installed", DATABASE)
    for row in _paragraphs(text):
        if "P" in row:
            yield Package(
                "apk", row["P"], row.get("V", ""), row.get("A", ""), row.get("o", row["P"]), row.get("L", "")
            )


def _rpm(tree: Tree) -> Iterator[Package]:
    for folder in _RPM:
        data = tree.read(f"{folder}/rpmdb.sqlite", DATABASE)
        if data:
            try:
                yield from _rpm_sqlite(data)
            except (sqlite3.Error, struct.error, ValueError, IndexError) as wrong:
                tree.note(f"{folder}/rpmdb.sqlite cannot be read: {wrong}.")
            return
        for old, kind in (("Packages", "Berkeley DB"), ("Packages.db", "ndb")):
            if tree.get(f"{folder}/{old}"):
                tree.note(f"{folder}/{old} is an rpm database in the format {kind}, which is not read.")
                return


def _rpm_sqlite(data: bytes) -> Iterator[Package]:
    # Bytes 18 and 19 say WAL; a database in memory has none, and what lies in the file is whole without it.
    data = data[:18] + b"\x01\x01" + data[20:]
    database = sqlite3.connect(":memory:")
    try:
        database.deserialize(data)
        for (blob,) in database.execute("SELECT blob FROM Packages LIMIT ?", (MOST,)):
            row = _rpm_header(bytes(blob))
            if row.get("name") and row["name"] != "gpg-pubkey":
                epoch = f"{row['epoch']}:" if row.get("epoch") else ""
                version = f"{epoch}{row.get('version', '')}-{row.get('release', '')}"
                yield Package(
                    "rpm",
                    row["name"],
                    version,
                    row.get("arch", ""),
                    row.get("source", ""),
                    row.get("license", ""),
                )
    finally:
        database.close()


def _rpm_header(blob: bytes) -> dict[str, str]:
    """The tags that matter of an rpm header: two counts, index entries of 16 bytes, data."""
    entries, size = struct.unpack_from(">II", blob)
    start = 8 + 16 * entries
    if start + size > len(blob) or size > _RPM_HEADER:
        raise ValueError("a header is longer than its record")
    found = {}
    for index in range(entries):
        tag, kind, offset, _count = struct.unpack_from(">IIiI", blob, 8 + 16 * index)
        name = _RPM_TAGS.get(tag)
        if name is None or not 0 <= offset < size:
            continue
        if kind in _RPM_STRINGS:
            end = blob.find(b"\0", start + offset)
            found[name] = blob[start + offset : end].decode(errors="replace")
        elif kind == _RPM_INT32:
            found[name] = str(struct.unpack_from(">I", blob, start + offset)[0])
    return found


def language_package(tree: Tree, path: str) -> Package | None:
    """The Python or npm package that the file at `path` describes, if it is such a file."""
    if path.endswith((".dist-info/METADATA", ".egg-info/PKG-INFO")) and "/dist-packages/" not in path:
        row = next(_paragraphs(tree.text(path, 65536)), {})
        return Package("pypi", row["Name"], row.get("Version", "")) if "Name" in row else None
    if path.endswith("/package.json") and path.split("/")[-3:-2] == ["node_modules"]:
        try:
            row = json.loads(tree.text(path, 1 << 20))
            return Package("npm", str(row["name"]), str(row["version"]))
        except (ValueError, KeyError, TypeError, RecursionError):
            return None
    return None
