"""A tree of files → a whole-disk image that boots by BIOS and by UEFI, with no loop device and no mount.

    sector 0        protective MBR, with GRUB's boot.img as its code
    1 MiB   bios    GRUB's core.img; boot.img loads it from this fixed sector
    2 MiB   esp     FAT: EFI/BOOT/BOOTX64.EFI, the path that firmware tries on a disk it does not know
    34 MiB  root    ext4, last, so that it can grow with the disk

Both GRUBs look for /boot/grub/grub.cfg on partition 3 of the disk that they were started from, so a copy
of the disk attached as a second volume never confuses them. The image is a sparse raw file; it appears
under its name only when it is whole.
"""

import os
import shutil
import struct
import tempfile
import uuid
from dataclasses import dataclass
from pathlib import Path

from amiable.core import proc
from amiable.core.errors import InvalidInput

MIB = 1 << 20
SECTOR = 512
GRUB = Path("/usr/lib/grub")
GRUB_PREFIX = "(,gpt3)/boot/grub"
# fmt: off
GRUB_MODULES = (
    "part_gpt", "ext2", "normal", "linux", "configfile", "search", "search_label", "echo", "test", "true",
    "minicmd", "halt", "reboot", "serial", "terminal", "all_video",
)
# fmt: on


@dataclass(frozen=True)
class Partition:
    """One row of the partition table; start and size in MiB."""

    name: str
    type: str  # GPT type GUID
    start: int
    size: int


@dataclass(frozen=True)
class BuiltDisk:
    """A finished image: a sparse raw file, and its kernel and initrd for booting without the disk."""

    path: Path
    size: int  # bytes, as a machine sees it
    kernel: Path
    initrd: Path
    kernel_version: str
    release: str
    packages: tuple[str, ...]  # names
    architecture: str = "x86_64"
    boot_mode: str = "legacy-bios"  # what to register it as
    boot_modes: tuple[str, ...] = ("legacy-bios", "uefi")  # what it can do


def layout(size_mib: int) -> list[Partition]:
    """The partitions of a disk. Raises InvalidInput below 64 MiB."""
    if size_mib < 64:
        raise InvalidInput(f"A disk of {size_mib} MiB is too small; 64 MiB is the least.")
    root = 34
    return [
        Partition("bios", "21686148-6449-6E6F-744E-656564454649", 1, 1),
        Partition("esp", "C12A7328-F81F-11D2-BA4B-00A0C93EC93B", 2, root - 2),
        # "Linux root (x86-64)", which systemd-repart grows. The last MiB is the backup table's.
        Partition("root", "4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709", root, size_mib - root - 1),
    ]


def sfdisk_script(partitions: list[Partition]) -> str:
    """The partition table in sfdisk's language."""
    rows = [
        f"start={p.start * MIB // SECTOR}, size={p.size * MIB // SECTOR}, type={p.type}, name={p.name}"
        for p in partitions
    ]
    return "\n".join(["label: gpt", "first-lba: 34", *rows]) + "\n"


def patched_boot(boot: bytes, core_sector: int) -> bytes:
    """boot.img told where core.img starts: 440 bytes of code for sector 0.

    What grub-bios-setup does, by the offsets in GRUB's include/grub/i386/pc/boot.h: KERNEL_SECTOR 0x5c;
    DRIVE_CHECK 0x66, two NOPs where it would distrust the drive number that the BIOS gives.
    """
    code = bytearray(boot)
    struct.pack_into("<Q", code, 0x5C, core_sector)
    code[0x66:0x68] = b"\x90\x90"
    return bytes(code[:440])


def patched_core(core: bytes, core_sector: int) -> bytes:
    """core.img told where its remaining sectors are: the block list that ends its first sector.

    (start sector, count, segment 0x820 to load at); core.img lies in one piece.
    """
    code = bytearray(core)
    sectors = -(-len(core) // SECTOR)
    struct.pack_into("<QHH", code, SECTOR - 12, core_sector + 1, sectors - 1, 0x820)
    return bytes(code)


def make_disk(tree: Path, out: Path, size_mib: int, work: Path) -> None:
    """Write the image of a tree to `out`. Raises InvalidInput, MissingPrerequisite, ProgramFailed."""
    bios, esp, root = layout(size_mib)
    with tempfile.TemporaryDirectory(prefix="disk-", dir=work) as scratch:
        disk = out.with_name(out.name + ".part")
        try:
            with disk.open("wb") as file:
                file.truncate(size_mib * MIB)
            proc.run(["sfdisk", "--quiet", disk], input=sfdisk_script([bios, esp, root]).encode())
            _make_root(tree, disk, root)
            _install_bios(disk, bios, Path(scratch))
            _install_uefi(disk, esp, Path(scratch))
            _flush(disk)
            os.replace(disk, out)
        finally:
            disk.unlink(missing_ok=True)


def _make_root(tree: Path, disk: Path, root: Partition) -> None:
    options = {
        "-t": "ext4",
        "-b": "4096",  # also on small disks, where the default of 1024 makes GRUB slower
        "-L": "root",
        "-U": str(uuid.uuid4()),
        "-m": "1",  # per cent kept for root
        "-O": "^metadata_csum_seed,^orphan_file",  # GRUB 2.06 reads neither
        "-E": f"offset={root.start * MIB},lazy_itable_init=1,lazy_journal_init=1,nodiscard",
        "-d": str(tree),
    }
    words = [word for pair in options.items() for word in pair]
    proc.run(["mke2fs", "-q", *words, disk, f"{root.size * MIB // 1024}k"], timeout=600)


def _grub_image(platform: str, out: Path, modules: list[str]) -> bytes:
    proc.run(["grub-mkimage", "-O", platform, "-o", out, "-p", GRUB_PREFIX, *modules])
    return out.read_bytes()


def _install_bios(disk: Path, bios: Partition, scratch: Path) -> None:
    core = _grub_image("i386-pc", scratch / "core.img", ["biosdisk", "linux16", *GRUB_MODULES])
    sector = bios.start * MIB // SECTOR
    boot = (GRUB / "i386-pc/boot.img").read_bytes()
    with disk.open("r+b") as file:
        file.write(patched_boot(boot, sector))
        file.seek(sector * SECTOR)
        file.write(patched_core(core, sector))


def _install_uefi(disk: Path, esp: Partition, scratch: Path) -> None:
    _grub_image("x86_64-efi", scratch / "BOOTX64.EFI", ["fat", *GRUB_MODULES])
    volume = f"{disk}@@{esp.start}M"
    sectors = str(esp.size * MIB // SECTOR)
    proc.run(["mformat", "-i", volume, "-T", sectors, "-h", "64", "-s", "32", "-v", "ESP", "::"])
    proc.run(["mmd", "-i", volume, "::/EFI", "::/EFI/BOOT"])
    proc.run(["mcopy", "-i", volume, scratch / "BOOTX64.EFI", "::/EFI/BOOT/BOOTX64.EFI"])


def _flush(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def place(source: Path, target: Path) -> Path:
    """Copy a file so that it appears whole under its name. Returns the target."""
    fresh = target.with_name(target.name + ".part")
    try:
        shutil.copyfile(source, fresh)
        _flush(fresh)
        os.replace(fresh, target)
    finally:
        fresh.unlink(missing_ok=True)
    return target
