"""Snapshots of a running guest with two data volumes, read back and written block by block by boto3.

What the guest wrote is what EBS direct reads; both volumes are of one instant although the guest went on; and
a snapshot that a client wrote itself is a volume that the guest can read.
"""

import base64
import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.helpers.guest import Guest, launch
from tests.helpers.server import Account, Server, eventually

BLOCK = 524288
SIZE = {"VolumeSize": 1, "DeleteOnTermination": True}


@pytest.fixture(scope="module")
def account(server: Server) -> Account:
    return server.account("snapshots")


@pytest.fixture(scope="module")
def guest(account: Account, tiny_ami: str) -> Iterator[Guest]:
    devices = [{"DeviceName": f"/dev/sd{letter}", "Ebs": SIZE} for letter in "fg"]
    guest = launch(account, tiny_ami, 22, BlockDeviceMappings=devices)
    yield guest.until_ssh()
    guest.terminate()


@pytest.fixture(scope="module")
def ebs(account: Account) -> Any:
    return account.client("ebs", max_pool_connections=4)


@pytest.fixture(scope="module")
def volumes(guest: Guest) -> dict[str, str]:
    """Data volume → its device in the guest, found by its serial number."""
    return {
        mapping["Ebs"]["VolumeId"]: guest.disk(mapping["Ebs"]["VolumeId"])
        for mapping in guest.facts["BlockDeviceMappings"]
        if mapping["DeviceName"] != "/dev/sda1"
    }


def completed(guest: Guest, *snapshot_ids: str) -> None:
    def states() -> set[str]:
        found = guest.ec2.describe_snapshots(SnapshotIds=list(snapshot_ids))["Snapshots"]
        return {row["State"] for row in found}

    eventually(lambda: states() != {"pending"} and "pending" not in states(), within=120, what="snapshots")
    assert states() == {"completed"}


def read(ebs: Any, snapshot_id: str) -> dict[int, bytes]:
    """Every block that is not zero, by four threads; each one's checksum is checked."""

    def get(block: dict[str, Any]) -> tuple[int, bytes]:
        answer = ebs.get_snapshot_block(SnapshotId=snapshot_id, **block)
        data = answer["BlockData"].read()
        assert answer["DataLength"] == len(data) == BLOCK
        assert answer["Checksum"] == base64.b64encode(hashlib.sha256(data).digest()).decode()
        return block["BlockIndex"], data

    blocks, more = [], {"MaxResults": 100}
    while more:
        page = ebs.list_snapshot_blocks(SnapshotId=snapshot_id, **more)
        blocks += page["Blocks"]
        more = {"NextToken": page["NextToken"]} if "NextToken" in page else {}
    with ThreadPoolExecutor(4) as pool:
        return dict(pool.map(get, blocks))


@pytest.fixture(scope="module")
def snapshots(guest: Guest, volumes: dict[str, str]) -> dict[str, str]:
    """Volume → its snapshot, taken while the guest counts up on both volumes, the first one first."""
    first, second = volumes.values()
    guest.ssh(f"dd if=/dev/urandom of={first} bs=512k seek=8 count=16 conv=notrunc,fsync 2>/dev/null")
    count = (
        "i=100000000; while [ ! -e /tmp/stop ]; do i=$((i+1)); "
        f"for d in {first} {second}; do echo $i | dd of=$d conv=notrunc,fsync 2>/dev/null; done; done"
    )
    guest.ssh(f"(sh -c '{count}' >/dev/null 2>&1 &)")
    eventually(
        lambda: guest.ssh(f"head -c 9 {second}", check=False) > "100000002", within=60, what="counting"
    )
    answer = guest.ec2.create_snapshots(
        InstanceSpecification={"InstanceId": guest.id, "ExcludeBootVolume": True}, Description="both"
    )
    taken = {row["VolumeId"]: row["SnapshotId"] for row in answer["Snapshots"]}
    assert set(taken) == set(volumes)
    completed(guest, *taken.values())
    guest.ssh("touch /tmp/stop; sleep 1; sync")
    return taken


def test_both_are_of_one_instant_and_hold_what_the_guest_wrote(
    guest: Guest, ebs: Any, volumes: dict[str, str], snapshots: dict[str, str]
) -> None:
    blocks = [read(ebs, snapshots[volume_id]) for volume_id in volumes]
    counted = [int(one[0][:9]) for one in blocks]
    assert counted[0] - counted[1] in (0, 1), counted
    assert counted[1] > 100000000
    device = next(iter(volumes.values()))
    assert int(guest.ssh(f"head -c 9 {device}")) > counted[0], "the guest went on counting"
    written = guest.ssh(f"dd if={device} bs=512k skip=8 count=16 2>/dev/null | sha256sum").split()[0]
    assert written == hashlib.sha256(b"".join(blocks[0][index] for index in range(8, 24))).hexdigest()
    assert set(blocks[0]) == {0, *range(8, 24)}
    assert set(blocks[1]) == {0}


def test_the_next_one_tells_what_changed(
    guest: Guest, ebs: Any, volumes: dict[str, str], snapshots: dict[str, str]
) -> None:
    volume_id, device = next(iter(volumes.items()))
    guest.ssh(f"echo changed | dd of={device} bs=512k seek=9 conv=notrunc,fsync 2>/dev/null")
    guest.ssh(f"echo new | dd of={device} bs=512k seek=100 conv=notrunc,fsync 2>/dev/null")
    later = guest.ec2.create_snapshot(VolumeId=volume_id)["SnapshotId"]
    completed(guest, later)
    named = {"FirstSnapshotId": snapshots[volume_id], "SecondSnapshotId": later}
    changed = {
        block["BlockIndex"]: ("FirstBlockToken" in block, "SecondBlockToken" in block)
        for block in ebs.list_changed_blocks(**named)["ChangedBlocks"]
    }
    assert changed == {0: (True, True), 9: (True, True), 100: (False, True)}
    assert read(ebs, later)[9].startswith(b"changed\n")


def test_a_snapshot_that_a_client_writes_is_a_volume(
    guest: Guest, ebs: Any, volumes: dict[str, str], snapshots: dict[str, str]
) -> None:
    parent = snapshots[next(iter(volumes))]
    made = ebs.start_snapshot(VolumeSize=1, ParentSnapshotId=parent, Description="written")["SnapshotId"]
    content = {10: b"ten".ljust(BLOCK, b"!"), 2047: b"end".ljust(BLOCK, b"?")}
    for index, data in content.items():
        ebs.put_snapshot_block(
            SnapshotId=made,
            BlockIndex=index,
            BlockData=data,
            DataLength=BLOCK,
            Checksum=base64.b64encode(hashlib.sha256(data).digest()).decode(),
            ChecksumAlgorithm="SHA256",
        )
    digests = b"".join(hashlib.sha256(data).digest() for data in content.values())
    ebs.complete_snapshot(
        SnapshotId=made,
        ChangedBlocksCount=2,
        Checksum=base64.b64encode(hashlib.sha256(digests).digest()).decode(),
        ChecksumAlgorithm="SHA256",
        ChecksumAggregationMethod="LINEAR",
    )
    completed(guest, made)
    assert read(ebs, made) == read(ebs, parent) | content
    zone = guest.facts["Placement"]["AvailabilityZone"]
    volume_id = guest.ec2.create_volume(SnapshotId=made, AvailabilityZone=zone)["VolumeId"]
    guest.ec2.get_waiter("volume_available").wait(
        VolumeIds=[volume_id], WaiterConfig={"Delay": 1, "MaxAttempts": 60}
    )
    guest.ec2.attach_volume(VolumeId=volume_id, InstanceId=guest.id, Device="/dev/sdh")
    device = guest.disk(volume_id)
    assert guest.ssh(f"dd if={device} bs=512k skip=10 count=1 2>/dev/null | head -c 5") == "ten!!"
    assert guest.ssh(f"dd if={device} bs=512k skip=2047 count=1 2>/dev/null | head -c 5") == "end??"
