"""The public base image `debian-12`: what a person expects of Debian in a cloud, made to start quickly.

It boots by its own GRUB (BIOS and UEFI) with everything on the serial console, grows its root partition to
the volume, asks for addresses by DHCP on every interface, lets `debian` in with the key pair's public key,
runs cloud-init with the EC2 data source, obeys the power button, and answers the guest agent.

Who waits for whom at the first start of an instance:

    initrd: identity ─→ systemd ─┬─→ networkd ─→ amiable-metadata (hostname, key) ─┬─→ sshd ─→ cloud-init
                                 └─→ amiable-hostkeys ─────────────────────────────┘

An image made from a running instance carries that instance's machine-id and host keys. The initrd compares
the instance id in the firmware's tables with the one that the disk remembers and, when they differ, removes
what must not be shared before init runs (`files/common/usr/lib/amiable/identity`). Nothing of this depends
on how the image was made.
"""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from amiable.compute.base import disk, initrd, tree
from amiable.core import proc
from amiable.core.errors import DiskFull, InvalidInput

# fmt: off
RECIPE = tree.Recipe(
    name="debian-12",
    release="bookworm",
    variant="minbase",
    packages=(
        # start, kernel, boot files
        "systemd-sysv", "udev", "dbus", "kmod", "linux-image-cloud-amd64", "initramfs-tools",
        "busybox-static", "cpio", "zstd", "e2fsprogs", "fdisk",
        # sessions; logind is also what hears the power button
        "libpam-systemd", "openssh-server", "sudo",
        # network
        "systemd-resolved", "libnss-resolve", "libnss-myhostname", "systemd-timesyncd", "netbase", "iproute2",
        "iputils-ping", "nftables", "curl", "ca-certificates",
        # the platform
        "cloud-init", "qemu-guest-agent", "python3",
        # people
        "procps", "less", "nano",
    ),
    omit=("/usr/share/man/*", "/usr/share/info/*", "/usr/share/locale/*"),
)
ENABLED = (
    "amiable-hostkeys.service", "amiable-late.service", "amiable-metadata.service", "ssh.service",
    "systemd-networkd.service", "systemd-resolved.service",
)
DISABLED = ("systemd-timesyncd.service",)  # amiable-late.service starts it
# What a machine without local disks, screens and people does not need; each costs time at every start.
MASKED = (
    "apt-daily.timer", "apt-daily-upgrade.timer", "dpkg-db-backup.timer", "e2scrub_all.timer",
    "e2scrub_reap.service", "cloud-init-local.service", "cloud-init-hotplugd.socket", "getty@tty1.service",
    "systemd-pstore.service", "systemd-rfkill.service", "systemd-rfkill.socket", "systemd-firstboot.service",
    "systemd-network-generator.service", "systemd-update-utmp.service", "systemd-fsckd.socket",
    "systemd-update-utmp-runlevel.service", "systemd-ask-password-console.path", "systemd-initctl.socket",
    "systemd-ask-password-wall.path", "systemd-journald-audit.socket", "integritysetup.target",
    "veritysetup.target",
    # kernel file systems for debugging and their modules
    "dev-hugepages.mount", "dev-mqueue.mount", "proc-sys-fs-binfmt_misc.automount",
    "sys-fs-fuse-connections.mount", "sys-kernel-config.mount", "sys-kernel-debug.mount",
    "sys-kernel-tracing.mount", "modprobe@configfs.service", "modprobe@dm_mod.service",
    "modprobe@drm.service", "modprobe@fuse.service", "modprobe@loop.service",
)
# Generators that look, at every start, for what this image does not have. cloud-init's would look for a data
# source, in shell; we know which one it is.
MASKED_GENERATORS = (
    "cloud-init-generator", "systemd-gpt-auto-generator", "systemd-hibernate-resume-generator",
    "systemd-integritysetup-generator", "systemd-veritysetup-generator",
)
# What building leaves behind, and what every instance makes for itself.
RESIDUE = (
    "etc/apt/sources.list", "etc/apt/apt.conf.d/99mmdebstrap", "etc/dpkg/dpkg.cfg.d/99mmdebstrap",
    "etc/ssh/ssh_host_*", "var/lib/dbus/machine-id", "var/lib/systemd/random-seed", "var/log/*.log",
    "var/log/apt/*", "var/cache/debconf/*-old", "var/lib/dpkg/*-old", "initrd.img.old", "vmlinuz.old",
    "etc/*-", "etc/modules-load.d/modules.conf",
)
# fmt: on
SPACE = 3 << 30  # bytes that a build may need in the work folder and beside the image
USER = "debian"
GROUPS = "adm,audio,cdrom,dialout,dip,floppy,plugdev,sudo,video"


def build_debian(
    out: Path,
    work: Path,
    *,
    size_gib: int = 8,
    progress: Callable[[str, float], None],
    mirror: str | None = None,
    recipe: tree.Recipe = RECIPE,
    further: Callable[[Path], None] = lambda root: None,
) -> disk.BuiltDisk:
    """Make the Debian 12 image at `out` (sparse), its kernel and initrd beside it.

    `work` keeps the configured packages for the next time. `progress` gets each step's text and the fraction
    done before it. `mirror` is the base URL of an archive with /debian and /debian-security. `recipe` may
    have more packages than this image, and `further` sets them up in the tree. Needs root.
    Raises InvalidInput, DiskFull, MissingPrerequisite, ProgramFailed.
    """
    if size_gib < 2:
        raise InvalidInput(f"The Debian image needs 2 GiB or more, not {size_gib}.")
    with tree.workshop(work):
        for folder in (work, out.parent):
            if shutil.disk_usage(folder).free < SPACE:
                raise DiskFull(f"Building needs {SPACE >> 30} GiB free in {folder}.")
        progress("Downloading and configuring packages", 0.0)
        archive = tree.fetch(recipe, work, mirror)
        progress("Unpacking", 0.7)
        with tree.unpacked(archive, work) as root:
            progress("Setting up the system", 0.75)
            set_up(root)
            further(root)
            version = initrd.kernel_version(root)
            proc.run(["chroot", root, "update-initramfs", "-u", "-k", version], timeout=600)
            initrd.write_boot_files(root)
            packages = tree.installed(root)
            progress("Writing the disk", 0.9)
            kernel = disk.place(root / f"boot/vmlinuz-{version}", out.with_suffix(".vmlinuz"))
            ramdisk = disk.place(root / f"boot/amiable-{version}.img", out.with_suffix(".initrd"))
            disk.make_disk(root, out, size_gib * 1024, work)
    progress("Done", 1.0)
    return disk.BuiltDisk(
        path=out,
        size=size_gib << 30,
        kernel=kernel,
        initrd=ramdisk,
        kernel_version=version,
        release=recipe.release,
        packages=packages,
    )


def set_up(root: Path) -> None:
    """Turn a tree of configured packages into the system that instances start from."""
    tree.overlay("common", root)
    tree.overlay("debian", root)
    (root / "etc/sudoers.d/90-cloud-init-users").chmod(0o440)
    proc.run(["chroot", root, "useradd", "--create-home", "--shell=/bin/bash", f"--groups={GROUPS}", USER])
    proc.run(["chroot", root, "systemctl", "enable", *ENABLED])
    proc.run(["chroot", root, "systemctl", "mask", *MASKED])
    proc.run(["chroot", root, "systemctl", "disable", *DISABLED])
    generators = root / "etc/systemd/system-generators"
    generators.mkdir(exist_ok=True)
    for generator in MASKED_GENERATORS:
        (generators / generator).symlink_to("/dev/null")
    for pattern in RESIDUE:
        for path in root.glob(pattern):
            path.unlink()
    (root / "etc/machine-id").write_text("")  # empty, not missing: missing means "first boot" to systemd
    for path in (root / "etc/.updated", root / "var/.updated"):
        # Newer than /usr: systemd need not rebuild its caches at the first start.
        path.touch()
        os.utime(path)
