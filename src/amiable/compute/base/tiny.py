"""The tiny image: a machine for tests, in seconds even without KVM.

Debian's cloud kernel, busybox as init, dropbear, the QEMU guest agent and the libraries these need, copied
out of the packages (nothing is installed or configured). What it does when it starts is one script,
`files/tiny/etc/init.d/start`; it ends by printing `amiable-tiny ready <instance id> up <seconds> s` on the
serial console. The instance id is `none` where neither metadata nor firmware tells one.
"""

import shutil
from collections.abc import Callable
from pathlib import Path

from amiable.compute.base import disk, initrd, tree
from amiable.core import proc
from amiable.core.errors import Corrupt

RECIPE = tree.Recipe(
    name="tiny",
    release="bookworm",
    variant="extract",
    packages=("busybox-static", "dropbear-bin", "linux-image-cloud-amd64", "qemu-guest-agent"),
)
SIZE_MIB = 128
PROGRAMS = ("usr/bin/dropbearkey", "usr/sbin/dropbear", "usr/sbin/qemu-ga")
LOADER = "lib64/ld-linux-x86-64.so.2"
# fmt: off
FOLDERS = (
    "bin", "boot", "dev", "etc", "lib64", "proc", "root", "run", "sbin", "sys", "tmp", "usr/bin", "usr/sbin",
    "var/lib/amiable", "var/log",
)
# fmt: on


def build_tiny(
    out: Path, work: Path, progress: Callable[[str, float], None], *, mirror: str | None = None
) -> disk.BuiltDisk:
    """Make the tiny image at `out`, its kernel and initrd beside it (`.vmlinuz`, `.initrd`).

    `work` keeps the downloaded packages. `progress` gets each step's text and the fraction done before it.
    Needs root. Raises MissingPrerequisite, ProgramFailed, Corrupt.
    """
    with tree.workshop(work):
        progress("Downloading packages", 0.0)
        archive = tree.fetch(RECIPE, work, mirror)
        progress("Choosing files", 0.5)
        with tree.unpacked(archive, work) as packages:
            root = packages.parent / "tiny"
            version = initrd.kernel_version(packages)
            _assemble(packages, root, version)
            initrd.write_boot_files(root)
            progress("Writing the disk", 0.8)
            kernel = disk.place(root / f"boot/vmlinuz-{version}", out.with_suffix(".vmlinuz"))
            ramdisk = disk.place(root / f"boot/amiable-{version}.img", out.with_suffix(".initrd"))
            disk.make_disk(root, out, SIZE_MIB, work)
    progress("Done", 1.0)
    return disk.BuiltDisk(
        path=out,
        size=SIZE_MIB * disk.MIB,
        kernel=kernel,
        initrd=ramdisk,
        kernel_version=version,
        release=RECIPE.release,
        packages=RECIPE.packages,
    )


def needed_libraries(tree_root: Path, program: str) -> list[str]:
    """Paths in the tree of the libraries that a program of it loads, the loader included.

    Asked of the tree's own loader, inside the tree.
    """
    lines = proc.run(["chroot", tree_root, f"/{LOADER}", "--list", f"/{program}"]).text.splitlines()
    # `name => /path (address)`, or `/path (address)`; the kernel's own vdso has no path.
    words = [line.split() for line in lines]
    return sorted({word.lstrip("/") for row in words for word in row if word.startswith("/")})


def _assemble(packages: Path, root: Path, version: str) -> None:
    for folder in FOLDERS:
        (root / folder).mkdir(parents=True, mode=0o755)
    (root / "tmp").chmod(0o1777)
    libraries = {path for program in PROGRAMS for path in needed_libraries(packages, program)}
    for path in ["bin/busybox", f"boot/vmlinuz-{version}", *PROGRAMS, *sorted(libraries)]:
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(inside(packages, path), target)
    for applet in proc.run([root / "bin/busybox", "--list-full"]).text.split():
        link = root / applet
        if not link.exists() and applet != "bin/busybox":
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to("/bin/busybox")
    tree.overlay("common", root)
    tree.overlay("tiny", root)
    _copy_modules(packages, root, version)


def inside(root: Path, path: str) -> Path:
    """The file that a path of the tree means there: its absolute links start at the tree's root."""
    file = root / path
    while file.is_symlink():
        target = file.readlink()
        file = root / str(target).lstrip("/") if target.is_absolute() else file.parent / target
    return file


def _copy_modules(packages: Path, root: Path, version: str) -> None:
    modules = packages / "lib/modules" / version
    # The initrd takes its modules from where a kernel package has them.
    for name in (root / "usr/lib/amiable/initrd-modules").read_text().split():
        for file in modules.rglob(f"{name}.ko"):
            target = root / "lib/modules" / version / file.relative_to(modules)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, target)
    for name in (root / "lib/modules/order").read_text().split():
        found = list(modules.rglob(f"{name}.ko"))
        if not found:
            raise Corrupt("linux-image-cloud-amd64", f"it has no module {name}")
        shutil.copy(found[0], root / "lib/modules" / found[0].name)
