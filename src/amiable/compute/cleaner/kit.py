"""The kernel and tools that the cleaning machine boots: Debian's packages, in one small initrd.

The kit holds no script of ours: what the machine does comes with the server that starts it (script.py), so a
newer server needs no newer kit. It is made once, by `amiable image build cleaner`, into the data folder.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from amiable.compute.base import disk, initrd, tree
from amiable.compute.base.tiny import LOADER, inside, needed_libraries
from amiable.compute.cleaner import cpio
from amiable.core import proc
from amiable.core.errors import MissingPrerequisite

RECIPE = tree.Recipe(
    name="cleaner",
    release="bookworm",
    variant="extract",
    packages=("busybox-static", "e2fsprogs", "linux-image-cloud-amd64", "util-linux"),
)
PROGRAMS = ("sbin/blkdiscard", "sbin/blkid", "sbin/dumpe2fs", "sbin/e2fsck", "sbin/tune2fs")
FOLDERS = ("bin", "dev", "etc", "image", "lib", "modules", "proc", "sys", "tmp")


@dataclass(frozen=True)
class Kit:
    """Two files that a kernel boots from."""

    kernel: Path
    initrd: Path


def kit_in(data_dir: Path) -> Kit:
    """Where the kit of a data folder is, or will be."""
    return Kit(data_dir / "cleaner/vmlinuz", data_dir / "cleaner/initrd")


def find_kit(data_dir: Path) -> Kit:
    """The kit. Raises MissingPrerequisite."""
    kit = kit_in(data_dir)
    if not (kit.kernel.exists() and kit.initrd.exists()):
        raise MissingPrerequisite(
            "The kernel and tools that clean images are not on this server yet.",
            "Run there once: amiable image build cleaner",
        )
    return kit


def build_kit(
    kit: Kit, work: Path, progress: Callable[[str, float], None], *, mirror: str | None = None
) -> None:
    """Make the kit; `work` keeps the downloaded packages. Needs root.

    Raises MissingPrerequisite, ProgramFailed, Corrupt.
    """
    kit.kernel.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    with tree.workshop(work):
        progress("Downloading packages", 0.0)
        tar = tree.fetch(RECIPE, work, mirror)
        progress("Choosing files", 0.8)
        with tree.unpacked(tar, work) as packages:
            version = initrd.kernel_version(packages)
            fresh = packages.parent / "initrd"
            fresh.write_bytes(cpio.archive(_entries(packages, version)))
            disk.place(fresh, kit.initrd)
            disk.place(packages / f"boot/vmlinuz-{version}", kit.kernel)
    for path in (kit.initrd, kit.kernel):
        os.chmod(path, 0o644)
    progress("Done", 1.0)


def _entries(packages: Path, version: str) -> dict[str, cpio.Entry]:
    found: dict[str, cpio.Entry] = {name: cpio.folder() for name in FOLDERS}
    libraries = {path for program in PROGRAMS for path in needed_libraries(packages, program)}
    for path in ["bin/busybox", *PROGRAMS, LOADER, *sorted(libraries)]:
        for above in reversed(Path(path).parents[:-1]):
            found.setdefault(str(above), cpio.folder())
        found[path] = cpio.file(inside(packages, path).read_bytes())
    for program in PROGRAMS:
        found[f"bin/{Path(program).name}"] = cpio.link(f"/{program}")
    for applet in proc.run([packages / "bin/busybox", "--list"]).text.split():
        found.setdefault(f"bin/{applet}", cpio.link("busybox"))
    names = (tree.FILES / "common/usr/lib/amiable/initrd-modules").read_text().split()
    for order, name in enumerate(names, 10):
        for module in (packages / "lib/modules" / version).rglob(f"{name}.ko"):
            found[f"modules/{order}-{name}.ko"] = cpio.file(module.read_bytes(), 0o644)
    return found
