"""Volumes on real machines: created, plugged in, filled, grown, moved, taken by force, and the root replaced.

One instance is used by all tests here, in order, and a second one that is launched from its image.
"""

import gzip
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from amiable.compute import process
from tests.helpers.guest import Guest, launch
from tests.helpers.server import Account, Server, eventually

GIB = 1024**3


@pytest.fixture(scope="module")
def account(server: Server) -> Account:
    return server.account("volumes")


@pytest.fixture(scope="module")
def guest(account: Account, tiny_ami: str) -> Iterator[Guest]:
    guest = launch(account, tiny_ami, 22)
    yield guest.until_ssh()
    guest.terminate()


@pytest.fixture(scope="module")
def volume_id(account: Account, guest: Guest) -> str:
    zone = guest.facts["Placement"]["AvailabilityZone"]
    made = account.client("ec2").create_volume(AvailabilityZone=zone, Size=1, VolumeType="gp3")
    reaches(guest, made["VolumeId"], "available")
    return str(made["VolumeId"])


def volume(guest: Guest, volume_id: str) -> dict[str, Any]:
    return dict(guest.ec2.describe_volumes(VolumeIds=[volume_id])["Volumes"][0])


def reaches(guest: Guest, volume_id: str, state: str) -> None:
    eventually(lambda: volume(guest, volume_id)["State"] == state, within=60, what=f"{volume_id} {state}")


def attach(guest: Guest, volume_id: str, device: str) -> None:
    guest.ec2.attach_volume(VolumeId=volume_id, InstanceId=guest.id, Device=device)
    eventually(
        lambda: volume(guest, volume_id)["Attachments"][0]["State"] == "attached",
        within=60,
        what=f"{volume_id} attached to {guest.id}",
    )


def detach(guest: Guest, volume_id: str, **request: Any) -> None:
    guest.ec2.detach_volume(VolumeId=volume_id, **request)
    reaches(guest, volume_id, "available")


def test_a_volume_is_plugged_in_filled_and_grown(guest: Guest, volume_id: str) -> None:
    attach(guest, volume_id, "/dev/sdf")
    device = guest.disk(volume_id)
    guest.ssh(f"mke2fs {device} >/dev/null && mkdir -p /mnt && mount {device} /mnt && echo one >/mnt/f; sync")
    guest.ec2.modify_volume(VolumeId=volume_id, Size=2, VolumeType="gp2")
    (change,) = eventually(
        lambda: guest.ec2.describe_volumes_modifications(
            VolumeIds=[volume_id], Filters=[{"Name": "modification-state", "Values": ["completed"]}]
        )["VolumesModifications"],
        within=60,
        what="the modification",
    )
    assert (change["OriginalSize"], change["TargetSize"], change["Progress"]) == (1, 2, 100)
    assert int(guest.ssh(f"blockdev --getsize64 {device}")) == 2 * GIB
    assert (volume(guest, volume_id)["Size"], volume(guest, volume_id)["VolumeType"]) == (2, "gp2")
    assert guest.ssh("cat /mnt/f") == "one"


@pytest.fixture(scope="module")
def copy(account: Account, guest: Guest, volume_id: str) -> Iterator[Guest]:
    """An instance of the first one's image, which has the volume that was attached later."""
    guest.ssh(f"echo end | dd of={guest.disk(volume_id)} bs=512 seek=4194303 conv=sync 2>/dev/null; sync")
    copy = launch(account, guest.image("with-data", NoReboot=True), 22)
    yield copy.until_ssh()
    copy.terminate()


def test_an_image_has_the_volume_that_was_attached_later(copy: Guest, volume_id: str) -> None:
    (second,) = (row for row in copy.facts["BlockDeviceMappings"] if row["DeviceName"] == "/dev/sdf")
    assert second["Ebs"]["VolumeId"] != volume_id
    device = copy.disk(second["Ebs"]["VolumeId"])
    assert int(copy.ssh(f"blockdev --getsize64 {device}")) == 2 * GIB
    assert copy.ssh(f"mkdir -p /mnt; mount -o ro {device} /mnt; cat /mnt/f; umount /mnt") == "one"
    assert copy.ssh(f"dd if={device} bs=512 skip=4194303 count=1 2>/dev/null | tr -d '\\0'") == "end"


def test_a_volume_moves_to_another_instance(guest: Guest, copy: Guest, volume_id: str) -> None:
    guest.ssh("echo two >/mnt/f; umount /mnt")
    detach(guest, volume_id)
    assert guest.ssh("ls /sys/block/ | grep -c '^vd'") == "1"
    attach(copy, volume_id, "/dev/sdg")
    device = copy.disk(volume_id)
    assert copy.ssh(f"mount {device} /mnt; cat /mnt/f") == "two"


def test_what_was_synced_outlives_a_killed_qemu(
    server: Server, guest: Guest, copy: Guest, volume_id: str
) -> None:
    copy.ssh("echo three >/mnt/f; sync; echo four >/mnt/g")
    running = process.find(server.loaded().machine_directory(copy.id))
    assert running is not None
    with running:
        signal.pidfd_send_signal(running.pidfd, signal.SIGKILL)
    copy.wait("stopped")
    detach(guest, volume_id, InstanceId=copy.id)
    attach(guest, volume_id, "/dev/sdh")
    assert guest.ssh(f"mount {guest.disk(volume_id)} /mnt; cat /mnt/f") == "three"
    copy.ec2.start_instances(InstanceIds=[copy.id])


def test_a_guest_that_gives_nothing_back_is_left_with_a_dead_disk(
    guest: Guest, copy: Guest, volume_id: str
) -> None:
    device = guest.disk(volume_id)
    guest.ssh("sync; echo disable >/sys/firmware/acpi/interrupts/gpe01")  # deaf to requests for devices
    guest.ec2.detach_volume(VolumeId=volume_id, Force=True)
    assert volume(guest, volume_id)["Attachments"][0]["State"] == "detaching"
    reaches(guest, volume_id, "available")
    assert (
        guest.ssh(f"dd if={device} of=/dev/null bs=4k skip=99999 count=1 2>&1 | grep -c 'Input/output error'")
        == "1"
    )
    copy.wait("running")
    copy.until_ssh()
    attach(copy, volume_id, "/dev/sdg")
    assert copy.ssh(f"mount {copy.disk(volume_id)} /mnt; cat /mnt/f; umount /mnt") == "three"
    with pytest.raises(guest.ec2.exceptions.ClientError, match="VolumeInUse"):
        guest.ec2.delete_volume(VolumeId=volume_id)
    detach(copy, volume_id)
    guest.ec2.delete_volume(VolumeId=volume_id)
    waiter = guest.ec2.get_waiter("volume_deleted")
    waiter.wait(VolumeIds=[volume_id], WaiterConfig={"Delay": 1, "MaxAttempts": 60})


def replace_root(guest: Guest, **request: Any) -> dict[str, Any]:
    """Replace the root volume; the task once it has ended, when the guest is back."""
    booted = guest.ssh("cat /proc/sys/kernel/random/boot_id")
    task = guest.ec2.create_replace_root_volume_task(InstanceId=guest.id, **request)["ReplaceRootVolumeTask"]

    def ended() -> dict[str, Any] | None:
        (found,) = guest.ec2.describe_replace_root_volume_tasks(
            ReplaceRootVolumeTaskIds=[task["ReplaceRootVolumeTaskId"]]
        )["ReplaceRootVolumeTasks"]
        return None if found["TaskState"] in ("pending", "in-progress") else dict(found)

    done = eventually(ended, within=120, what="the task to end")
    assert done["TaskState"] == "succeeded"
    assert guest.until_ssh().ssh("cat /proc/sys/kernel/random/boot_id") != booted
    return dict(done)


def root_of(guest: Guest) -> str:
    return str(
        next(
            row["Ebs"]["VolumeId"]
            for row in guest.facts["BlockDeviceMappings"]
            if row["DeviceName"] == guest.facts["RootDeviceName"]
        )
    )


def test_the_root_volume_is_replaced_and_brought_back(guest: Guest) -> None:
    guest.ssh("echo mine >/root-mark; sync")
    before = guest.facts
    former = root_of(guest)
    task = replace_root(guest)
    assert task["SnapshotId"] == volume(guest, root_of(guest))["SnapshotId"]
    assert guest.ssh("ls /root-mark 2>/dev/null || echo none") == "none"
    for member in ("PrivateIpAddress", "PublicIpAddress", "InstanceId", "ImageId"):
        assert guest.facts[member] == before[member]
    assert volume(guest, former)["State"] == "available"
    interim = root_of(guest)
    replace_root(guest, VolumeId=former, DeleteReplacedRootVolume=True)
    assert root_of(guest) == former
    assert guest.ssh("cat /root-mark") == "mine"
    waiter = guest.ec2.get_waiter("volume_deleted")
    waiter.wait(VolumeIds=[interim], WaiterConfig={"Delay": 1, "MaxAttempts": 60})


def test_an_image_made_by_hand_boots(account: Account, guest: Guest, tiny_disk: Path) -> None:
    """Create a volume, attach it, write a disk onto it over SSH, detach, snapshot, register, launch."""
    zone = guest.facts["Placement"]["AvailabilityZone"]
    volume_id = guest.ec2.create_volume(AvailabilityZone=zone, Size=1)["VolumeId"]
    reaches(guest, volume_id, "available")
    attach(guest, volume_id, "/dev/sdf")
    device = guest.disk(volume_id)
    packed = gzip.compress(tiny_disk.read_bytes(), 1)
    guest.ssh(f"gunzip -c | dd of={device} bs=1M 2>/dev/null; sync", data=packed)
    detach(guest, volume_id)
    snapshot_id = guest.ec2.create_snapshot(VolumeId=volume_id)["SnapshotId"]
    guest.ec2.get_waiter("snapshot_completed").wait(SnapshotIds=[snapshot_id], WaiterConfig={"Delay": 1})
    image_id = guest.ec2.register_image(
        Name="by-hand",
        RootDeviceName="/dev/sda1",
        Architecture="x86_64",
        VirtualizationType="hvm",
        BlockDeviceMappings=[{"DeviceName": "/dev/sda1", "Ebs": {"SnapshotId": snapshot_id}}],
    )["ImageId"]
    made = launch(account, image_id, 22)
    assert made.until_ssh().ssh("cat /sys/class/dmi/id/board_asset_tag") == made.id
    made.terminate()
    guest.ec2.delete_volume(VolumeId=volume_id)
