"""Two related real disks: Debian, and the same machine after a LAMP stack was installed on it.

    make(folder, gib) -> (folder/debian-<gib>.raw, folder/lamp-<gib>.raw)   raw ext4, sparse; made once

The first is a mmdebstrap tree put into a file system by mke2fs. The second is a copy of the first, mounted,
with packages installed by apt in a chroot: what one does on an instance before one makes an image of it.
Needs root.
"""

import shutil
import subprocess
from pathlib import Path

BASE = "systemd,systemd-sysv,linux-image-cloud-amd64,ca-certificates"
LAMP = "apache2 mariadb-server php libapache2-mod-php php-mysql"


def make(folder: Path, gib: int) -> tuple[Path, Path]:
    """The two disks, made if they are not there (about a minute)."""
    folder.mkdir(parents=True, exist_ok=True)
    base, lamp = folder / f"debian-{gib}.raw", folder / f"lamp-{gib}.raw"
    if not base.exists():
        print(f"making {base.name}: mmdebstrap, mke2fs", flush=True)
        _make_base(folder, base, gib)
    if not lamp.exists():
        print(f"making {lamp.name}: a copy, and apt-get install {LAMP}", flush=True)
        _make_lamp(folder, base, lamp)
    return base, lamp


def _make_base(folder: Path, disk: Path, gib: int) -> None:
    tree, new = folder / "tree", folder / "new.raw"
    shutil.rmtree(tree, ignore_errors=True)
    words = [
        "mmdebstrap",
        "--quiet",
        "--mode=root",
        "--variant=minbase",
        f"--include={BASE}",
        "bookworm",
        tree,
    ]
    subprocess.run(words, check=True)
    new.unlink(missing_ok=True)
    subprocess.run(["mke2fs", "-q", "-t", "ext4", "-d", tree, new, f"{gib}G"], check=True)
    shutil.rmtree(tree)
    new.rename(disk)


def _make_lamp(folder: Path, base: Path, disk: Path) -> None:
    mount, new = folder / "mount", folder / "new.raw"
    mount.mkdir(exist_ok=True)
    subprocess.run(["cp", "--sparse=always", base, new], check=True)
    subprocess.run(["mount", "-o", "loop", new, mount], check=True)
    try:
        (mount / "etc" / "resolv.conf").write_text(Path("/etc/resolv.conf").read_text())
        no_daemons = mount / "usr" / "sbin" / "policy-rc.d"
        no_daemons.write_text("#!/bin/sh\nexit 101\n")
        no_daemons.chmod(0o755)
        install = (
            "mount -t proc proc /proc; apt-get update -qq; apt-get install -qq -y --no-install-recommends "
            f"{LAMP} >/dev/null 2>&1; apt-get clean; umount /proc"
        )
        words = [
            "chroot",
            mount,
            "env",
            "DEBIAN_FRONTEND=noninteractive",
            "LC_ALL=C.UTF-8",
            "sh",
            "-ec",
            install,
        ]
        subprocess.run(words, check=True)
        no_daemons.unlink()
    finally:
        subprocess.run(["umount", "-R", mount], check=True)
    new.rename(disk)
