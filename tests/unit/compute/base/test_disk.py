"""Whole disks: the table, GRUB's patched images, and a real disk made of a small tree."""

import itertools
import json
import struct
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amiable.compute.base import disk
from amiable.core.errors import InvalidInput, ProgramFailed

MIB = 1 << 20


@given(st.integers(64, 1 << 22))
def test_partitions_follow_each_other_and_leave_room_for_the_backup_table(size: int) -> None:
    parts = disk.layout(size)
    assert parts[0].start >= 1
    for before, after in itertools.pairwise(parts):
        assert before.start + before.size == after.start
    assert parts[-1].name == "root"
    assert parts[-1].start + parts[-1].size == size - 1
    assert all(part.size > 0 for part in parts)


def test_a_disk_too_small_for_its_partitions_is_refused() -> None:
    with pytest.raises(InvalidInput, match="63 MiB"):
        disk.layout(63)


def test_boot_code_points_at_the_core_image_and_trusts_the_drive_number() -> None:
    boot = (disk.GRUB / "i386-pc/boot.img").read_bytes()
    code = disk.patched_boot(boot, 2048)
    assert len(code) == 440  # what follows in sector 0 is the partition table's
    assert struct.unpack_from("<Q", code, 0x5C) == (2048,)
    assert code[0x66:0x68] == b"\x90\x90"
    untouched = [at for at in range(440) if not 0x5C <= at < 0x68]
    assert all(code[at] == boot[at] for at in untouched)


@given(st.integers(512, 200_000), st.integers(34, 1 << 40))
def test_the_core_image_knows_where_its_other_sectors_are(length: int, sector: int) -> None:
    start, count, segment = struct.unpack_from("<QHH", disk.patched_core(bytes(length), sector), 500)
    assert start == sector + 1
    assert (count + 1) * 512 >= length > count * 512
    assert segment == 0x820


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A disk of a tree with one file."""
    folder = tmp_path_factory.mktemp("disk")
    tree = folder / "tree"
    (tree / "boot/grub").mkdir(parents=True)
    (tree / "boot/grub/grub.cfg").write_text("echo hello\n")
    (tree / "boot/grub/grub.cfg").chmod(0o640)
    out = folder / "small.raw"
    disk.make_disk(tree, out, 64, folder)
    return out


def partition(image: Path, number: int, into: Path) -> Path:
    part = disk.layout(64)[number - 1]
    with image.open("rb") as file:
        file.seek(part.start * MIB)
        into.write_bytes(file.read(part.size * MIB))
    return into


def test_the_table_is_what_was_laid_out(small: Path) -> None:
    told = json.loads(subprocess.run(["sfdisk", "--json", small], capture_output=True, check=True).stdout)
    table = told["partitiontable"]
    assert table["label"] == "gpt"
    assert [
        (row["name"], row["type"], row["start"] * 512 // MIB, row["size"] * 512 // MIB)
        for row in table["partitions"]
    ] == [(part.name, part.type, part.start, part.size) for part in disk.layout(64)]
    assert small.stat().st_size == 64 * MIB


def test_the_root_file_system_is_sound_and_holds_the_tree(small: Path, tmp_path: Path) -> None:
    root = partition(small, 3, tmp_path / "root.img")
    assert subprocess.run(["e2fsck", "-fn", root], capture_output=True, check=False).returncode == 0
    shown = subprocess.run(
        ["debugfs", "-R", "cat /boot/grub/grub.cfg", root], capture_output=True, check=True, text=True
    ).stdout
    assert shown == "echo hello\n"
    said = subprocess.run(
        ["debugfs", "-R", "stat /boot/grub/grub.cfg", root], capture_output=True, check=True, text=True
    ).stdout
    assert "Mode:  0640" in said


def test_firmware_finds_grub_on_the_efi_partition(small: Path, tmp_path: Path) -> None:
    esp = partition(small, 2, tmp_path / "esp.img")
    subprocess.run(["mcopy", "-n", "-i", esp, "::/EFI/BOOT/BOOTX64.EFI", tmp_path / "grub"], check=True)
    assert (tmp_path / "grub").read_bytes().startswith(b"MZ")


def test_sector_0_starts_grub_and_still_has_its_table(small: Path) -> None:
    head = small.read_bytes()[:512]
    assert b"GRUB" in head[:440]
    assert head[510:] == b"\x55\xaa"
    core = partition(small, 1, small.with_suffix(".bios")).read_bytes()
    assert struct.unpack_from("<Q", core, 500) == (2049,)


def test_a_failed_build_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ProgramFailed, match="mke2fs"):
        disk.make_disk(tmp_path / "absent", tmp_path / "out.raw", 64, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_failed_build_leaves_the_image_that_was_there(tmp_path: Path) -> None:
    out = tmp_path / "out.raw"
    out.write_bytes(b"the last good one")
    with pytest.raises(ProgramFailed):
        disk.make_disk(tmp_path / "absent", out, 64, tmp_path)
    assert out.read_bytes() == b"the last good one"
    assert list(tmp_path.iterdir()) == [out]
