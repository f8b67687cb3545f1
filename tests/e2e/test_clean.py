"""A box that somebody worked on becomes an image that nobody was on: cleaned, inspected, of no identity."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from amiable.blocks.manifest import load
from amiable.blocks.reader import Reader
from amiable.blocks.store import open_store
from amiable.compute.cleaner import run
from amiable.compute.cleaner.operations import NAMES
from amiable.compute.disk import create_overlay
from amiable.compute.spec import Disk
from tests.helpers import file_systems as made
from tests.helpers.cleaner import cleaner_kit, give_cleaner
from tests.helpers.guest import Guest, launch
from tests.helpers.server import REGION, Account, Server

PLANTED = "amiable-planted-secret-4f1c09"
IDENTITY = "cat /etc/machine-id; dropbearkey -y -f /etc/dropbear/dropbear_ed25519_host_key | grep Fingerprint"
PIECE = 4 << 20


@pytest.fixture(scope="module")
def account(server: Server) -> Account:
    give_cleaner(server)
    return server.account("cleaner")


@pytest.fixture(scope="module")
def guest(account: Account, tiny_ami: str) -> Iterator[Guest]:
    """A machine with a person on it, who left things behind, and deleted some."""
    guest = launch(account, tiny_ami, 22)
    guest.until_ssh()
    guest.ssh(
        f"""
        for n in $(seq 40); do yes {PLANTED}-deleted | head -c 20000 > /root/gone$n; done; sync
        rm /root/gone*
        mkdir -p /home/ann/.aws /home/app /root/.aws /etc/ssh /var/log/journal/x /var/lib/systemd /var/tmp
        echo 'ann:x:1000:1000::/home/ann:/bin/sh' >> /etc/passwd; echo 'ann:x:1000:' >> /etc/group
        echo 'staff:x:50:ann,root' >> /etc/group
        echo 'ann:$6$salt$hash:19000::::::' > /etc/shadow; echo 'root::19000::::::' >> /etc/shadow
        for file in /home/ann/notes /root/.aws/credentials /root/.ash_history /root/.netrc /var/log/syslog \\
            /var/log/syslog.1 /var/log/journal/x/y /var/lib/systemd/random-seed /etc/ssh/ssh_host_rsa_key \\
            /var/tmp/.hidden; do echo {PLANTED} > $file; done
        echo keep > /etc/app.conf; mkdir -p /etc/runlevels/default; touch /etc/runlevels/default/app; sync
        """
    )
    yield guest
    guest.terminate()


def holds(server: Server, snapshot_id: str, secret: str) -> bool:
    """Whether the raw blocks of a snapshot hold the text anywhere."""
    store = open_store(server.loaded().store_url(REGION), {})
    manifest = load(store, snapshot_id)
    reader, tail = Reader(store, manifest, keep=8), b""
    for offset in range(0, manifest.volume_size, PIECE):
        data = bytes(reader.read_at(offset, min(PIECE, manifest.volume_size - offset)))
        if secret.encode() in tail + data:
            return True
        tail = data[-64:]
    return False


def root_of(account: Account, image_id: str) -> str:
    (image,) = account.client("ec2").describe_images(ImageIds=[image_id])["Images"]
    return str(image["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"])


def amiable(account: Account, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["amiable", *words],
        env=account.environment(),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture(scope="module")
def cleaned(account: Account, guest: Guest) -> dict[str, Any]:
    """The image, as `create-image --clean --json` prints it."""
    words = ["--no-reboot", "--clean", "--disable-service", "app", "--json"]
    done = amiable(account, "create-image", guest.id, "--name", "clean", *words)
    assert done.returncode == 0, done.stderr
    (image,) = json.loads(done.stdout)
    return dict(image)


def test_what_was_there_is_gone_from_the_blocks(
    server: Server, account: Account, guest: Guest, cleaned: dict[str, Any]
) -> None:
    before = guest.image("as-it-is", NoReboot=True)
    for secret in (PLANTED, f"{PLANTED}-deleted"):
        assert holds(server, root_of(account, before), secret)
        assert not holds(server, root_of(account, cleaned["ImageId"]), secret)
    removed = {row["Operation"]: row for row in cleaned["Cleaning"]["Removed"]}
    for name in ("users", "passwords", "credentials", "histories", "logs", "host-keys", "services"):
        assert removed[name]["Files"] > 0, name
    assert removed["free-space"]["Bytes"] > 20 << 20
    assert guest.ssh("cat /root/.netrc") == PLANTED, "the instance is as it was"
    snapshots = account.client("ec2").describe_snapshots(OwnerIds=["self"])["Snapshots"]
    assert not [row for row in snapshots if row["Description"].startswith("Temporary")]
    assert not list((server.loaded().data_dir / "work").iterdir())


def test_the_report_of_it_is_there(account: Account, cleaned: dict[str, Any]) -> None:
    service = account.client("amiable")
    inspection = cleaned["Cleaning"]["InspectionId"]
    assert service.inspect_image(ResourceId=cleaned["ImageId"])["Inspection"]["InspectionId"] == inspection
    report = json.loads(service.get_inspection_report(InspectionId=inspection)["Report"])
    checks = {row["check"] for row in report["findings"] if row["severity"] in ("critical", "high")}
    assert not checks, report["findings"]
    assert not any(user["name"] == "ann" for user in report["users"])


def test_it_boots_as_two_new_machines(account: Account, guest: Guest, cleaned: dict[str, Any]) -> None:
    known = {guest.ssh(IDENTITY)}
    for _ in range(2):
        other = launch(account, cleaned["ImageId"], 22)
        try:
            other.until_ssh()
            known.add(other.ssh(IDENTITY))
            assert other.ssh(
                "cat /etc/app.conf; ls /home /var/tmp /etc/runlevels/default; id -u ann; true"
            ) == ("keep\n/etc/runlevels/default:\n\n/home:\napp\n\n/var/tmp:")
            assert other.ssh("ls /var/lib/systemd/random-seed; true") == ""
        finally:
            other.terminate()
    lines = [identity.splitlines() for identity in known]
    assert len({each[0] for each in lines}) == len({each[1] for each in lines}) == 3


def test_what_cannot_be_cleaned_is_refused(server: Server, account: Account, guest: Guest) -> None:
    """With an encrypted volume there is no image; it says why, and nothing is left of the attempt."""
    ec2 = account.client("ec2")
    zone = guest.facts["Placement"]["AvailabilityZone"]
    volume = ec2.create_volume(AvailabilityZone=zone, Size=1, VolumeType="gp3")["VolumeId"]
    ec2.get_waiter("volume_available").wait(VolumeIds=[volume], WaiterConfig={"Delay": 1})
    ec2.attach_volume(VolumeId=volume, InstanceId=guest.id, Device="/dev/sdf")
    guest.ssh(f"printf 'LUKS\\272\\276\\0\\1' | dd of={guest.disk(volume)} conv=notrunc,fsync 2>/dev/null")
    done = amiable(account, "create-image", guest.id, "--name", "refused", "--no-reboot", "--clean")
    assert done.returncode != 0
    assert "vdb holds crypto_LUKS: only ext2, ext3 and ext4 can be cleaned" in done.stderr
    snapshots = ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"]
    assert not [row for row in snapshots if row["Description"].startswith("Temporary")]
    assert not list((server.loaded().data_dir / "work").iterdir())


def test_debian_takes_a_new_identity(server: Server, account: Account, debian_ami: str) -> None:
    """systemd, cloud-init and OpenSSH find nothing of the machine that the image was made of."""
    look = "cat /etc/machine-id; ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub | cut -d' ' -f2"
    seed = "sudo sha256sum /var/lib/systemd/random-seed 2>/dev/null | cut -c-64"
    first = launch(account, debian_ami, 22, user="debian", InstanceType="t3.small")
    try:
        first.until_ssh()
        first.ssh(f"echo {PLANTED} > ~/.bash_history; sudo cloud-init status --wait >/dev/null; sync")
        before = first.ssh(f"{look}; {seed}")
        done = amiable(account, "create-image", first.id, "--name", "debian-clean", "--clean", "--json")
        assert done.returncode == 0, done.stderr
    finally:
        first.terminate()
    (image,) = json.loads(done.stdout)
    assert not holds(server, root_of(account, image["ImageId"]), PLANTED)
    service = account.client("amiable")
    report = json.loads(
        service.get_inspection_report(InspectionId=image["Cleaning"]["InspectionId"])["Report"]
    )
    assert not {row["check"] for row in report["findings"] if row["severity"] in ("critical", "high")}
    second = launch(account, image["ImageId"], 22, user="debian", InstanceType="t3.small")
    try:
        second.until_ssh()
        after = second.ssh(f"{look}; {seed}")
    finally:
        second.terminate()
    assert not set(before.splitlines()) & set(after.splitlines())
    assert len(after.splitlines()) >= 2


def cleaned_offline(tmp_path: Path, base: Path, keep: list[str]) -> tuple[run.Cleaned, bytes]:
    """What the cleaning machine alone makes of a disk: no server, no image."""
    volume, uid = tmp_path / "disks/vol-1.qcow2", 740001
    create_overlay(volume, base, base.stat().st_size, uid)
    disk = Disk("vol-1", volume, base)
    cleaned = run.clean(
        tmp_path / "machine", cleaner_kit(), [disk], uid=uid, accelerator="tcg", keep=keep, disable=[]
    )
    subprocess.run(["qemu-img", "convert", "-O", "raw", volume, tmp_path / "after"], check=True)
    return cleaned, (tmp_path / "after").read_bytes()


def test_every_file_system_of_a_disk_is_cleaned(tmp_path: Path) -> None:
    """Root, swap and /home in partitions of their own: no server, only the cleaning machine."""
    words = {"/etc/passwd": "root:x:0:0::/root:/bin/sh\neve:x:1001:1001::/home/eve:/bin/sh\n"}
    words |= {"/etc/fstab": "LABEL=home /home ext4 defaults 0 2\n", "/home/below": "", "/var/log/app": "kept"}
    root = made.ext(tmp_path / "root", made.write(tmp_path / "1", words))
    home = made.ext(tmp_path / "home", made.write(tmp_path / "2", {"/eve/notes": PLANTED}), label="home")
    swap = tmp_path / "swap"
    swap.write_bytes(bytes(4 * made.MIB))
    subprocess.run(["mkswap", "-q", swap], check=True)
    for path, offset in ((swap, made.MIB), (root, 16 * made.MIB - 4096)):
        with path.open("r+b") as file:
            file.seek(offset)
            file.write(PLANTED.encode())
    base = made.disk(tmp_path / "disk.raw", "gpt", [root, swap, home])
    cleaned, after = cleaned_offline(tmp_path, base, ["logs"])
    assert base.read_bytes().count(PLANTED.encode()) == 3
    assert PLANTED.encode() not in after
    assert b"kept" in after
    assert {each.operation for each in cleaned.removed} == {*NAMES} - {"logs"}
    assert not cleaned.left
    assert {each.operation: each.files for each in cleaned.removed}["users"] == 2, "the file, and passwd"


@pytest.mark.parametrize("keep", [[], ["free-space"]], ids=["everything", "keep-free-space"])
def test_small_files_in_inodes(tmp_path: Path, keep: list[str]) -> None:
    """With inline_data a small file lies in its inode: cleaned is what a deleted one leaves there too."""
    gone = [f"/var/gone{number}" for number in range(8)]  # the kernel may take one or two of their inodes
    files = {"/etc/passwd": "root:x:0:0::/root:/bin/sh\n", "/root/.netrc": f"{PLANTED}-3"}
    files |= {"/opt/kept": f"{PLANTED}-2", **dict.fromkeys(gone, f"{PLANTED}-1")}
    base = made.ext(
        tmp_path / "base", made.write(tmp_path / "1", files), 16 * made.MIB, "ext4", "root", "inline_data"
    )
    commands = "".join(f"rm {path}\n" for path in gone)
    subprocess.run(["debugfs", "-w", "-f", "/dev/stdin", base], input=commands.encode(), check=True)
    with base.open("r+b") as file:
        file.seek(-8192, 2)
        file.write(f"{PLANTED}-4".encode())
    cleaned, after = cleaned_offline(tmp_path, base, keep)
    before = base.read_bytes()
    assert all(f"{PLANTED}-{number}".encode() in before for number in (1, 2, 3, 4))
    left = {number for number in (1, 2, 3, 4) if f"{PLANTED}-{number}".encode() in after}
    assert left == ({1, 2, 3, 4} if keep else {2}), "3 is removed, but its inode is wiped as free space is"
    assert ("free-space" in {each.operation for each in cleaned.removed}) == (not keep)
