"""The packages that an image's own databases list: dpkg, apk, rpm, and Python and npm packages.

Nothing is derived from file names of programs: what no database knows is not listed.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from amiable.inspection import rpm
from amiable.inspection.tree import Tree

DATABASE = 256 << 20
"""Bytes of a package database that are read."""
MOST = 100_000


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
    for row in rpm.installed(tree):
        epoch = f"{row['epoch']}:" if row.get("epoch") else ""
        version = f"{epoch}{row.get('version', '')}-{row.get('release', '')}"
        names = [row.get(tag, "") for tag in ("arch", "source", "license")]
        yield Package("rpm", row["name"], version, *names)


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
