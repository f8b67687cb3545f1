"""Package databases of every kind that is read."""

from pathlib import Path

from amiable.inspection.image import Image
from amiable.inspection.packages import Package, packages
from amiable.inspection.tree import Tree, tree
from tests.helpers import file_systems as made
from tests.helpers.file_systems import FileDisk
from tests.unit.inspection.test_hygiene import NOW


def tree_of(tmp_path: Path, files: dict[str, str | bytes]) -> Tree:
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
    assert packages(tree_of(tmp_path, files)) == [
        Package("deb", "bash", "5.2.15-2+b7", "amd64", "bash"),
        Package("deb", "tzdata", "2024a", "all", "tzdata"),
    ]


def test_apk(tmp_path: Path) -> None:
    text = (
        "C:Q1abc=\nP:musl\nV:1.2.4-r2\nA:x86_64\nL:MIT\no:musl\nF:lib\n\nP:busybox\nV:1.36.1-r5\nA:x86_64\n"
    )
    assert packages(tree_of(tmp_path, {"lib/apk/db/installed": text})) == [
        Package("apk", "busybox", "1.36.1-r5", "x86_64", "busybox"),
        Package("apk", "musl", "1.2.4-r2", "x86_64", "musl", "MIT"),
    ]


def test_languages(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "opt/venv/lib/python3/site-packages/six-1.16.0.dist-info/METADATA": "Name: six\nVersion: 1.16.0\n",
        "usr/lib/python3/dist-packages/apt-1.dist-info/METADATA": "Name: apt\nVersion: 1\n",
        "srv/app/node_modules/left-pad/package.json": '{"name": "left-pad", "version": "1.3.0"}',
        "srv/app/package.json": '{"name": "app", "version": "0"}',
        "srv/app/node_modules/bad/package.json": "[" * 100000,
    }
    image = Image(tree_of(tmp_path, files), NOW)
    assert image.packages == [Package("npm", "left-pad", "1.3.0"), Package("pypi", "six", "1.16.0")]
