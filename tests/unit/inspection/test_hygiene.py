"""Every check against an image that has all its sins, and one that has none."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from amiable.inspection.hygiene import CHECKS
from amiable.inspection.report import report
from tests.helpers import file_systems as made
from tests.helpers.file_systems import MIB, FileDisk

NOW = datetime(2026, 11, 26, tzinfo=UTC)
KEY_ID = "AKIA" + "Q3EZ7XN5W2LTYRVB"
GITHUB = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
BODY = "MIIEowIBAAKCAQEAx7Vb2q9Zt1Lw8sYp0dKfR4hJm3nGc6vXe5uTaBiOyPlWkQzS\n" * 8


def pem(heading: str) -> str:
    """A private key by its looks."""
    return f"-----BEGIN {heading}-----\n{BODY}-----END {heading}-----\n"


CLEAN: dict[str, str | bytes] = {
    "etc/os-release": 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12"\n',
    "etc/passwd": "root:x:0:0:root:/root:/bin/bash\nsshd:x:101:65534::/run/sshd:/usr/sbin/nologin\n",
    "etc/shadow": "root:*:19000:0:99999:7:::\nsshd:!:19000::::::\n",
    "etc/group": "root:x:0:\nsudo:x:27:admin\n",
    "etc/fstab": f"UUID={made.ROOT_UUID} / ext4 defaults 0 1\n",
    "etc/machine-id": "",
    "etc/hostname": "localhost\n",
    "etc/hosts": "127.0.0.1 localhost\n::1 localhost ip6-localhost\n",
    "etc/resolv.conf": "->../run/systemd/resolve/stub-resolv.conf",
    "etc/ssh/sshd_config": "Include /etc/ssh/sshd_config.d/*.conf\nPasswordAuthentication yes\n",
    "etc/ssh/sshd_config.d/10.conf": "PasswordAuthentication no\nKbdInteractiveAuthentication no\n",
    "etc/systemd/system/multi-user.target.wants/ssh.service": "->/usr/lib/systemd/system/ssh.service",
    "usr/lib/systemd/system/ssh.service": "[Service]\n",
    "usr/bin/cloud-init": "#!/usr/bin/python3\n",
    "usr/share/doc/keys.txt": pem("RSA PRIVATE KEY"),  # what a distribution ships is no secret
    "etc/app.conf": "# url = http://user:password@example.com/\nkey = AKIAIOSFODNN7EXAMPLE\n",
    "root/.bash_history": "",
}
DIRTY: dict[str, str | bytes] = {
    **CLEAN,
    "etc/os-release": 'ID=debian\nVERSION_ID="10"\n',
    "etc/passwd": (
        "root:x:0:0:root:/root:/bin/bash\ntoor:x:0:0::/root:/bin/sh\n"
        "ann:x:1000:1000::/home/ann:/bin/bash\nbob:x:1001:1001::/home/bob:/bin/bash\n"
        f"odd:x:²:1::/:/bin/sh\nlong:x:{'9' * 5000}:1::/:/bin/sh\n"
    ),
    "etc/shadow": (
        "root:$6$salt$hash:1::::::\ntoor:!$6$salt$hash:1::::::\nann::1::::::\nbob:$y$j9T$salt$hash:1::::::\n"
    ),
    "etc/fstab": "/dev/sda1 / ext4 defaults 0 1\n",
    "etc/machine-id": "0123456789abcdef0123456789abcdef\n",
    "etc/hostname": "build-7.corp.internal\n",
    "etc/ssh/sshd_config": "PermitRootLogin yes\nMatch User bob\n  PasswordAuthentication yes\n",
    "etc/ssh/ssh_host_rsa_key": pem("OPENSSH PRIVATE KEY"),
    "etc/sudoers.d/90-cloud-init-users": "ann ALL=(ALL) NOPASSWD:ALL\n",
    "etc/cloud/cloud.cfg.d/90.cfg": "datasource_list: [ NoCloud ]\n",
    "etc/hostid": "abcd",
    "etc/hosts": "127.0.0.1 localhost\n10.1.2.3 build-7\n",
    "etc/resolv.conf": "nameserver 10.1.2.3\n",
    "etc/systemd/system/multi-user.target.wants/mine.service": "->../mine.service",
    "etc/systemd/system/mine.service": "[Service]\n",
    "home/ann/.ssh/authorized_keys": "ssh-ed25519 AAAA ann\n",
    "home/ann/.ssh/id_rsa": pem("RSA PRIVATE KEY"),
    "home/ann/.aws/credentials": f"[default]\naws_access_key_id = {KEY_ID}\n",
    "home/ann/.bash_history": "mysql -pgeheim\n",
    "home/bob/archive.bin": b"\0\0" + pem("EC PRIVATE KEY").encode(),
    "srv/app/.env": f"A=1\nGITHUB_TOKEN={GITHUB}\n",
    "var/crash/core.1": "memory",
    "var/lib/cloud/instances/i-123/user-data.txt": "#!/bin/sh\n",
    "var/lib/cloud/instance": "->/var/lib/cloud/instances/i-123",
    "var/lib/dhcp/dhclient.leases": "lease {}\n",
    "var/lib/systemd/random-seed": "seed",
    "var/log/syslog": "Nov 26 boot\n",
    "var/log/wtmp": "ann",
    "var/cache/apt/archives/x.deb": "!<arch>",
    "var/spool/cron/crontabs/bob": "* * * * * curl http://phone.home\n",
    "tmp/left": "over",
}
del DIRTY["usr/bin/cloud-init"]
del DIRTY["etc/systemd/system/multi-user.target.wants/ssh.service"]
NOT_HERE = {"deleted-secret", "damaged", "unreadable", "unclean"}
"""Checks of the disk, not of its files: below, and in test_hostile.py."""


def _report(tmp_path: Path, files: dict[str, str | bytes]) -> dict[str, Any]:
    root = made.write(tmp_path / "root", files)
    if "tmp/left" in files:
        (root / "etc/app.conf").chmod(0o666)
    disk = FileDisk(made.ext(tmp_path / "disk", root))
    return report([disk], NOW, [disk.data()])


def test_a_clean_image_has_no_finding(tmp_path: Path) -> None:
    assert _report(tmp_path, CLEAN)["findings"] == []


def test_every_check_finds_its_sin_and_tells_no_secret(tmp_path: Path) -> None:
    found = _report(tmp_path, DIRTY)
    rows = {(row["check"], row.get("file"), row.get("line")) for row in found["findings"]}
    assert {check for check, _, _ in rows} == {check.id for check in CHECKS} - NOT_HERE
    assert {
        ("empty-password", "/etc/shadow", 3),
        ("password-hash", "/etc/shadow", 4),
        ("ssh-password-login", "/etc/ssh/sshd_config", 3),
        ("private-key", "/home/ann/.ssh/id_rsa", 1),
        ("secret-in-file", "/home/bob/archive.bin", None),
        ("token", "/home/ann/.aws/credentials", 2),
        ("token", "/srv/app/.env", 2),
    } <= rows
    severities = [row["severity"] for row in found["findings"]]
    assert severities == sorted(severities, key=["critical", "high", "medium", "low", "info"].index)
    text = json.dumps(found)
    for secret in (KEY_ID, GITHUB, BODY[:40], "$6$", "$y$", "geheim"):
        assert secret not in text


def test_a_file_system_in_use_is_said(tmp_path: Path) -> None:
    path = made.ext(tmp_path / "disk", made.write(tmp_path / "root", CLEAN), kind="ext3")
    with path.open("r+b") as disk:
        disk.seek(1024 + 0x60)
        flags = disk.read(1)[0]
        disk.seek(1024 + 0x60)
        disk.write(bytes([flags | 4]))
    (found,) = report([FileDisk(path)], NOW, None)["findings"]
    assert (found["check"], found["severity"]) == ("unclean", "low")


def test_a_deleted_key_is_found_in_free_blocks(tmp_path: Path) -> None:
    path = made.ext(tmp_path / "disk", made.write(tmp_path / "root", CLEAN))
    at = 12 * MIB + 4096
    with path.open("r+b") as disk:
        disk.seek(at)
        disk.write(pem("OPENSSH PRIVATE KEY").encode())
        disk.flush()
        os.fsync(disk.fileno())
    file = FileDisk(path)
    (found,) = report([file], NOW, [file.data()])["findings"]
    assert (found["check"], found["severity"], found["offset"]) == ("deleted-secret", "critical", at)
    assert report([file], NOW, None)["findings"] == []
