"""Boot files, made by the real script from a tree with stand-in kernels."""

import subprocess
from pathlib import Path

import pytest

from amiable.compute.base import initrd, tree
from amiable.core.errors import Corrupt

MODULES = (tree.FILES / "common/usr/lib/amiable/initrd-modules").read_text().split()


def add_kernel(root: Path, version: str, *, debian_initrd: bool = True) -> None:
    (root / "boot").mkdir(exist_ok=True)
    (root / f"boot/vmlinuz-{version}").write_bytes(b"kernel")
    if debian_initrd:
        (root / f"boot/initrd.img-{version}").write_bytes(b"initrd")
    drivers = root / f"lib/modules/{version}/kernel/drivers"
    drivers.mkdir(parents=True)
    for name in MODULES:
        (drivers / f"{name}.ko").write_text(f"{name} for {version}")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    (root / "bin").mkdir(parents=True)
    (root / "bin/busybox").write_bytes(b"busybox")
    tree.overlay("common", root)
    (root / "usr/lib/amiable/kernel-options").write_text("root=PARTLABEL=root console=ttyS0\n")
    return root


def unpack(archive: Path, into: Path) -> list[str]:
    """The archive's names in order; its files are put below `into`."""
    into.mkdir()
    content = archive.read_bytes()
    subprocess.run(["cpio", "--quiet", "-id"], input=content, cwd=into, check=True)
    listed = subprocess.run(["cpio", "--quiet", "-t"], input=content, capture_output=True, check=True)
    return listed.stdout.decode().split()


def test_the_initrd_loads_each_module_after_those_it_needs(root: Path, tmp_path: Path) -> None:
    add_kernel(root, "6.1.0-9-cloud-amd64")
    initrd.write_boot_files(root)
    names = unpack(root / "boot/amiable-6.1.0-9-cloud-amd64.img", tmp_path / "initrd")
    in_order = [name.split("-", 1)[1] for name in names if name.startswith("modules/")]
    assert in_order == [f"{name}.ko" for name in MODULES]
    assert (tmp_path / "initrd/bin/busybox").read_bytes() == b"busybox"
    assert (tmp_path / "initrd/bin/switch_root").readlink() == Path("busybox")
    init = tmp_path / "initrd/init"
    assert init.stat().st_mode & 0o111
    used = {"insmod", "mount", "umount", "poweroff", "sleep", "switch_root", "cat", "rm", "sync"}
    assert used <= {path.name for path in (tmp_path / "initrd/bin").iterdir()}


def test_a_driver_built_into_the_kernel_is_left_out(root: Path, tmp_path: Path) -> None:
    add_kernel(root, "6.1.0-9")
    (root / "lib/modules/6.1.0-9/kernel/drivers/virtio_blk.ko").unlink()
    initrd.write_boot_files(root)
    names = unpack(root / "boot/amiable-6.1.0-9.img", tmp_path / "initrd")
    assert not [name for name in names if "virtio_blk" in name]
    assert [name for name in names if "virtio_pci.ko" in name]


def test_the_menu_has_the_newest_kernel_first_and_debians_initrd_second(root: Path) -> None:
    for version in ("6.1.0-9", "6.1.0-10"):
        add_kernel(root, version)
    initrd.write_boot_files(root)
    menu = (root / "boot/grub/grub.cfg").read_text()
    lines = [line.strip() for line in menu.splitlines() if line.startswith(("  $linux", "  $initrd"))]
    assert lines[:4] == [
        "$linux /boot/vmlinuz-6.1.0-10 root=PARTLABEL=root console=ttyS0",
        "$initrd /boot/amiable-6.1.0-10.img",
        "$linux /boot/vmlinuz-6.1.0-10 root=PARTLABEL=root console=ttyS0",
        "$initrd /boot/initrd.img-6.1.0-10",
    ]
    assert lines[5] == "$initrd /boot/amiable-6.1.0-9.img"


def test_no_entry_for_an_initrd_that_is_not_there(root: Path) -> None:
    add_kernel(root, "6.1.0-9", debian_initrd=False)
    initrd.write_boot_files(root)
    assert (root / "boot/grub/grub.cfg").read_text().count("menuentry") == 1


def test_a_removed_kernel_leaves_menu_and_boot(root: Path) -> None:
    for version in ("6.1.0-9", "6.1.0-10"):
        add_kernel(root, version)
    initrd.write_boot_files(root)
    (root / "boot/vmlinuz-6.1.0-9").unlink()
    initrd.write_boot_files(root)
    assert not (root / "boot/amiable-6.1.0-9.img").exists()
    assert "6.1.0-9" not in (root / "boot/grub/grub.cfg").read_text()
    assert (root / "boot/amiable-6.1.0-10.img").exists()


def test_the_kernel_version_of_a_tree(root: Path) -> None:
    with pytest.raises(Corrupt, match="not 0"):
        initrd.kernel_version(root)
    add_kernel(root, "6.1.0-9")
    assert initrd.kernel_version(root) == "6.1.0-9"
    add_kernel(root, "6.1.0-10")
    with pytest.raises(Corrupt, match="not 2"):
        initrd.kernel_version(root)
