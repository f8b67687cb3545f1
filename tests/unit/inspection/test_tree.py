"""Disks of every kind that is read, as one tree."""

from pathlib import Path

import pytest

from amiable.inspection.tree import Tree, tree
from tests.helpers import file_systems as made
from tests.helpers.file_systems import MIB, FileDisk

BIG = bytes(range(256)) * 8192  # 2 MiB
FILES: dict[str, str | bytes] = {
    "usr/lib/os-release": "ID=test\n",
    "etc/os-release": "->../usr/lib/os-release",
    "etc/fstab": (
        f"UUID={made.ROOT_UUID} / ext4 defaults 0 1\nLABEL=DATA /srv/my\\040data vfat defaults 0 0\n"
    ),
    "etc/big": BIG,
    "etc/empty": "",
    "etc/out": "->../../../../../../etc/big",
    "etc/loop": "->loop2",
    "etc/loop2": "->loop",
    "etc/nowhere": "->/nope/nothing",
    "srv/my data/hidden": "below a mount",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return made.write(tmp_path / "root", FILES)


def _check(seen: Tree) -> None:
    assert seen.trouble == []
    assert seen.text("/etc/os-release") == "ID=test\n"
    assert seen.read("/etc/out", len(BIG)) == BIG
    assert seen.read("/etc/big", 10) == BIG[:10]
    assert seen.read("/etc/empty") == b""
    assert seen.get("/etc/nowhere") is None
    assert seen.get("/../../etc/./big") is not None
    assert seen.get("/etc/loop") is None
    assert "do not end" in seen.trouble[0]
    assert [node.name for node in seen.folder("/usr/lib")] == ["os-release"]


@pytest.mark.parametrize("kind", ["ext2", "ext3", "ext4"])
def test_ext_without_partitions(tmp_path: Path, root: Path, kind: str) -> None:
    seen = tree([FileDisk(made.ext(tmp_path / "disk", root, kind=kind))])
    _check(seen)
    paths = {path for path, _ in seen.walk()}
    assert {f"/{name}" for name in FILES} <= paths


def test_xfs_on_gpt(tmp_path: Path, root: Path) -> None:
    system = made.xfs(tmp_path / "xfs", root)
    _check(tree([FileDisk(made.disk(tmp_path / "disk", "gpt", [system]))]))


def test_logical_partitions_are_mounted_where_fstab_says(tmp_path: Path, root: Path) -> None:
    data = made.fat(tmp_path / "fat", made.write(tmp_path / "data", {"hello.txt": "from fat"}))
    system = made.ext(tmp_path / "ext", root)
    seen = tree([FileDisk(made.disk(tmp_path / "disk", "dos", [data, system]))])
    _check(seen)
    assert [(volume.name, volume.kind) for volume in seen.volumes] == [("0:mbr5", "vfat"), ("0:mbr6", "ext")]
    assert seen.text("/srv/my data/hello.txt") == "from fat"
    paths = {path for path, _ in seen.walk()}
    assert "/srv/my data/hello.txt" in paths
    assert "/srv/my data/hidden" not in paths


def test_logical_volumes(tmp_path: Path, root: Path) -> None:
    seen = tree([FileDisk(made.lvm(tmp_path / "disk", made.ext(tmp_path / "ext", root)))])
    _check(seen)
    assert "/dev/mapper/vg-root" in seen.volumes[-1].names


def test_only_what_is_asked_for_is_read(tmp_path: Path, root: Path) -> None:
    disk = FileDisk(made.ext(tmp_path / "disk", root, size=1024 * MIB))
    assert tree([disk]).text("/etc/os-release")
    assert disk.read < MIB


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"LUKS\xba\xbe\x00\x02", "luks"),
        (bytes(65600) + b"_BHRfS_M", "btrfs"),
        (bytes(3) + b"NTFS    ", "ntfs"),
        (b"what is this?", "unknown"),
    ],
)
def test_what_is_not_read_is_named(tmp_path: Path, head: bytes, kind: str) -> None:
    path = tmp_path / "disk"
    path.write_bytes(head.ljust(MIB, b"\0"))
    seen = tree([FileDisk(path)])
    assert [volume.kind for volume in seen.volumes] == [kind]
    assert seen.volumes[0].note
    assert list(seen.walk()) == []
