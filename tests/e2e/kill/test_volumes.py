"""kill -9 in the stories of volumes and snapshots."""

import base64
import hashlib
from pathlib import Path
from typing import Any

import pytest

from amiable.core import clock
from amiable.flows import uploads
from amiable.model.snapshot import Snapshot
from tests.helpers.killing import (
    World,
    available,
    boundaries,
    new_volume,
    snapshot_completes,
    snapshot_row,
    volume,
)
from tests.helpers.server import REGION, eventually

BLOCK = b"block".ljust(524288, b"!")


@pytest.mark.parametrize("boundary", boundaries("create-volume") + boundaries("delete-volume"))
def test_create_and_delete_volume(world: World, boundary: str) -> None:
    creating = boundary.startswith("create")
    volume_id = world.crash_at(boundary, lambda: new_volume(world)) if creating else new_volume(world)
    available(world, volume_id)
    folder = world.server.loaded().data_dir / "volumes" / volume_id
    assert folder.exists()
    if creating:
        world.ec2.delete_volume(VolumeId=volume_id)
    else:
        world.crash_at(boundary, lambda: world.ec2.delete_volume(VolumeId=volume_id))
    eventually(lambda: volume(world, volume_id) is None, within=60, what=f"{volume_id} to be gone")
    assert not folder.exists()


@pytest.mark.parametrize(
    "boundary", [one for kind in ("attach", "modify", "detach") for one in boundaries(f"{kind}-volume")]
)
def test_attach_modify_and_detach(world: World, instance_id: str, boundary: str) -> None:
    volume_id = new_volume(world)
    available(world, volume_id)
    before = world.qemu_of(instance_id)

    def do(kind: str, action: Any) -> None:
        if boundary.startswith(kind):
            world.crash_at(boundary, action)
        else:
            action()
        eventually(lambda: not world.unfinished(), within=60, what=f"{kind} to end")

    place = {"VolumeId": volume_id, "InstanceId": instance_id}
    do("attach", lambda: world.ec2.attach_volume(**place, Device="/dev/sdf"))
    (attachment,) = (volume(world, volume_id) or {})["Attachments"]
    assert attachment["State"] == "attached"
    do("modify", lambda: world.ec2.modify_volume(VolumeId=volume_id, Size=2))
    (change,) = world.ec2.describe_volumes_modifications(VolumeIds=[volume_id])["VolumesModifications"]
    assert change["ModificationState"] == "completed"
    do("detach", lambda: world.ec2.detach_volume(VolumeId=volume_id, Force=True))
    available(world, volume_id)
    assert world.qemu_of(instance_id) == before, "the machine went on running"
    world.ec2.delete_volume(VolumeId=volume_id)


@pytest.mark.parametrize("boundary", boundaries("replace-root-volume"))
def test_replace_root_volume(world: World, instance_id: str, boundary: str) -> None:
    request = {"InstanceId": instance_id, "DeleteReplacedRootVolume": True}
    world.crash_at(boundary, lambda: world.ec2.create_replace_root_volume_task(**request))
    tasks = world.ec2.describe_replace_root_volume_tasks()["ReplaceRootVolumeTasks"]
    assert {task["TaskState"] for task in tasks} == {"succeeded"}
    world.reaches(instance_id, "running")
    assert world.qemu_of(instance_id)
    (mapping,) = world.instance(instance_id)["BlockDeviceMappings"]
    assert (volume(world, mapping["Ebs"]["VolumeId"]) or {})["State"] == "in-use"
    assert not [row for row in world.ec2.describe_volumes()["Volumes"] if row["State"] == "available"]


@pytest.mark.parametrize("boundary", boundaries("create-snapshots"))
def test_create_snapshots_while_running(world: World, instance_id: str, boundary: str) -> None:
    before = world.qemu_of(instance_id)
    asked = {"InstanceId": instance_id}
    answer = world.crash_at(boundary, lambda: world.ec2.create_snapshots(InstanceSpecification=asked))
    for snapshot in answer["Snapshots"]:
        snapshot_completes(world, snapshot["SnapshotId"])
    assert world.qemu_of(instance_id) == before, "the machine went on running under the killed server"


@pytest.mark.parametrize("boundary", boundaries("create-snapshots", "capture"))
def test_create_snapshot_of_a_volume_on_no_instance(world: World, boundary: str) -> None:
    volume_id = new_volume(world)
    available(world, volume_id)
    answer = world.crash_at(boundary, lambda: world.ec2.create_snapshot(VolumeId=volume_id))
    snapshot_completes(world, answer["SnapshotId"])
    world.ec2.delete_volume(VolumeId=volume_id)


def begun(world: World, ebs: Any) -> str:
    """A snapshot into which a block was put."""
    snapshot_id = str(ebs.start_snapshot(VolumeSize=1)["SnapshotId"])
    block = {"BlockIndex": 7, "DataLength": len(BLOCK), "ChecksumAlgorithm": "SHA256"}
    checksum = base64.b64encode(hashlib.sha256(BLOCK).digest()).decode()
    ebs.put_snapshot_block(SnapshotId=snapshot_id, BlockData=BLOCK, Checksum=checksum, **block)
    return snapshot_id


@pytest.mark.parametrize("boundary", boundaries("complete-upload"))
def test_complete_snapshot_of_blocks(world: World, boundary: str) -> None:
    ebs = world.server.account("acme").client("ebs")
    snapshot_id = begun(world, ebs)
    complete = {"SnapshotId": snapshot_id, "ChangedBlocksCount": 1}
    world.crash_at(boundary, lambda: ebs.complete_snapshot(**complete))
    snapshot_completes(world, snapshot_id)
    (block,) = ebs.list_snapshot_blocks(SnapshotId=snapshot_id)["Blocks"]
    assert ebs.get_snapshot_block(SnapshotId=snapshot_id, **block)["BlockData"].read() == BLOCK
    assert not staged(world)


@pytest.mark.parametrize("boundary", boundaries("discard-upload"))
def test_blocks_that_were_never_completed_go(world: World, boundary: str) -> None:
    snapshot_id = begun(world, world.server.account("acme").client("ebs"))

    def time_passes() -> None:
        with world.state.database.write() as session:
            session.get_one(Snapshot, snapshot_id).writable_until = clock.now()
        uploads.expire(None, world.state.database)  # type: ignore[arg-type] # as the chore does, sooner

    world.crash_at(boundary, time_passes)
    assert getattr(snapshot_row(world, snapshot_id), "state", None) == "error"
    assert not staged(world)


def staged(world: World) -> list[Path]:
    """Files of blocks that clients put."""
    folder = world.server.loaded().data_dir / "stores" / REGION / "uploads"
    return [path for path in folder.rglob("*") if path.is_file()]
