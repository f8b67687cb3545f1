"""Volumes: real qcow2 files made, grown and looked at by qemu-img as their owner."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from amiable.compute import disk, machine
from amiable.core.errors import (
    AlreadyExists,
    Conflict,
    Corrupt,
    DiskFull,
    InvalidInput,
    NotFound,
    ProgramFailed,
)
from tests.helpers.machines import MIB, UID, place


@pytest.fixture
def base(tmp_path: Path) -> Path:
    path = tmp_path / "base.raw"
    path.write_bytes(os.urandom(MIB))
    path.chmod(0o600)
    return path


def make(path: Path, base: Path | None, size: int = 2 * MIB) -> Path:
    disk.create_overlay(path, base, size, UID)
    return path


def test_a_volume_on_an_image(tmp_path: Path, base: Path) -> None:
    path = make(tmp_path / "vol-1" / "disk.qcow2", base)
    info = disk.info(path)
    assert (info.size, info.backing, info.bitmaps) == (2 * MIB, base, ())
    assert info.allocated < MIB
    assert (path.stat().st_uid, path.stat().st_mode & 0o777) == (UID, 0o600)
    raw = tmp_path / "raw"
    subprocess.run(["qemu-img", "convert", "-O", "raw", path, raw], check=True)
    assert raw.read_bytes() == base.read_bytes() + bytes(MIB)


def test_a_blank_volume(tmp_path: Path) -> None:
    assert disk.info(make(tmp_path / "v" / "disk.qcow2", None)).backing is None


def test_making_it_again_changes_nothing(tmp_path: Path, base: Path) -> None:
    path = make(tmp_path / "v" / "disk.qcow2", base)
    before = path.stat()
    make(path, base)
    assert path.stat().st_ino == before.st_ino
    assert path.stat().st_mtime_ns == before.st_mtime_ns


def test_another_volume_under_the_same_name_is_refused(tmp_path: Path, base: Path) -> None:
    path = make(tmp_path / "v" / "disk.qcow2", base)
    with pytest.raises(AlreadyExists):
        make(path, None)
    with pytest.raises(AlreadyExists):
        make(path, base, 4 * MIB)


@pytest.mark.parametrize("size", [0, -512, 1000, MIB - 512])
def test_sizes_that_cannot_be(tmp_path: Path, base: Path, size: int) -> None:
    with pytest.raises(InvalidInput):
        make(tmp_path / "v" / "disk.qcow2", base, size)


def test_a_missing_image(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="nowhere"):
        make(tmp_path / "v" / "disk.qcow2", tmp_path / "nowhere")


def test_an_interrupted_attempt_does_not_get_in_the_way(tmp_path: Path, base: Path) -> None:
    (tmp_path / "v").mkdir(mode=0o711)
    (tmp_path / "v" / "disk.qcow2.new").write_bytes(b"half")
    make(tmp_path / "v" / "disk.qcow2", base)
    assert [path.name for path in (tmp_path / "v").iterdir()] == ["disk.qcow2"]


@pytest.fixture
def tiny_file_system(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "full"
    path.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k,mode=711", "tmpfs", path], check=True)
    yield path
    subprocess.run(["umount", path], check=True)


def test_a_full_disk_leaves_nothing_behind(tiny_file_system: Path, base: Path) -> None:
    with pytest.raises(DiskFull):
        make(tiny_file_system / "disk.qcow2", base)
    assert list(tiny_file_system.iterdir()) == []


def test_growing_keeps_content_and_bitmaps(tmp_path: Path, base: Path) -> None:
    path = make(tmp_path / "v" / "disk.qcow2", base)
    disk.add_bitmap(path, "one")
    disk.grow(path, 4 * MIB)
    disk.grow(path, 4 * MIB)  # harmless
    info = disk.info(path)
    assert info.size == 4 * MIB
    assert [(row.name, row.sound) for row in info.bitmaps] == [("one", True)]
    raw = tmp_path / "raw"
    subprocess.run(["qemu-img", "convert", "-O", "raw", path, raw], check=True)
    assert raw.read_bytes() == base.read_bytes() + bytes(3 * MIB)


def test_volumes_never_shrink(tmp_path: Path, base: Path) -> None:
    path = make(tmp_path / "v" / "disk.qcow2", base)
    with pytest.raises(InvalidInput):
        disk.grow(path, MIB)


def test_bitmaps_come_and_go(tmp_path: Path) -> None:
    path = make(tmp_path / "v" / "disk.qcow2", None)
    disk.add_bitmap(path, "one")
    disk.add_bitmap(path, "one")
    assert [(row.name, row.sound, row.recording) for row in disk.info(path).bitmaps] == [("one", True, True)]
    disk.remove_bitmap(path, "one")
    disk.remove_bitmap(path, "one")
    assert disk.info(path).bitmaps == ()


def test_a_volume_in_use_can_be_looked_at_but_not_changed() -> None:
    with place() as where:
        volume = where.volume(2 * MIB)
        where.idle(volume)
        assert disk.info(volume.path).size == 2 * MIB
        for change in (lambda: disk.grow(volume.path, 4 * MIB), lambda: disk.add_bitmap(volume.path, "one")):
            with pytest.raises(Conflict, match="in use"):
                change()
        machine.kill(where.folders[0])
        disk.grow(volume.path, 4 * MIB)


def test_what_is_no_volume(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        disk.info(tmp_path / "nothing")
    folder = tmp_path / "v"
    folder.mkdir(mode=0o711)
    path = folder / "disk.qcow2"
    path.write_bytes(b"hello" * 1000)
    os.chown(path, UID, UID)
    with pytest.raises(Corrupt):
        disk.info(path)


def test_a_volume_is_parsed_by_its_owner_not_by_root(tmp_path: Path) -> None:
    """A guest that took over its QEMU makes its volume name a file that only root may touch."""
    secret = tmp_path / "secret"
    secret.write_bytes(b"s" * MIB)
    secret.chmod(0o600)
    path = tmp_path / "v" / "disk.qcow2"
    path.parent.mkdir(mode=0o711)
    data = f"data_file={secret},data_file_raw=on"
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", "-o", data, path, str(MIB)], check=True)
    secret.write_bytes(b"s" * MIB)
    os.chown(path, UID, UID)
    with pytest.raises(ProgramFailed, match="Permission denied"):
        disk.grow(path, 2 * MIB)
    assert secret.read_bytes() == b"s" * MIB


def test_scratch_files_follow_no_link(tmp_path: Path) -> None:
    """The folder's owner may plant a link where root wants a file made."""
    folder = tmp_path / "run"
    folder.mkdir(mode=0o700)
    os.chown(folder, UID, UID)
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    (folder / "scratch").symlink_to(victim)
    with pytest.raises(Exception, match="qemu-img"):
        disk.create_scratch(folder, "scratch", MIB)
    assert victim.read_bytes() == b"precious"
