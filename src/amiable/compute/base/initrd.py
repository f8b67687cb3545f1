"""The boot files of a tree: an initrd of our own for every kernel, and GRUB's menu.

Debian's initrd takes about 5 CPU seconds to start under TCG, most of it in its scripts; ours is busybox, the
six modules between the kernel and a virtio disk, and one script. Debian's stays as the second menu entry.

The work is done by `files/common/usr/lib/amiable/boot`, which is also in the image: there the kernel
packages' hooks run it, so that an upgraded kernel gets its initrd and menu entry in the same way.
"""

from pathlib import Path

from amiable.core import proc
from amiable.core.errors import Corrupt


def write_boot_files(tree: Path) -> None:
    """Make `/boot/amiable-<version>.img` and `/boot/grub/grub.cfg` in a tree with the common overlay."""
    proc.run(["sh", tree / "usr/lib/amiable/boot", tree], timeout=120)


def kernel_version(tree: Path) -> str:
    """The version of the tree's only kernel, as in `/boot/vmlinuz-<version>`. Raises Corrupt."""
    kernels = list((tree / "boot").glob("vmlinuz-*"))
    if len(kernels) != 1:
        raise Corrupt(str(tree), f"it should have one kernel, not {len(kernels)}")
    return kernels[0].name.removeprefix("vmlinuz-")
