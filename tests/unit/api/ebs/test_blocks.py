"""EBS direct: blocks that are listed, compared, read and written; tokens, checksums, refusals."""

import base64
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select, update

from amiable.blocks.chunk import BLOCK_SIZE
from amiable.blocks.manifest import load
from amiable.blocks.reader import read_at
from amiable.core import clock
from amiable.flows import delete_snapshot, uploads
from amiable.flows.story import Done, Goto, Wait, Work
from amiable.model.flow import Flow
from amiable.model.snapshot import Snapshot, SnapshotPermission, WrittenBlock
from amiable.protocol.faults import Fault
from tests.helpers.api import Api
from tests.helpers.ebs import add_stored, block_of, checksum, whole
from tests.helpers.images import add_snapshot


@contextmanager
def refused(code: str, reason: str) -> Iterator[None]:
    with pytest.raises(Fault) as caught:
        yield
    assert (caught.value.code, caught.value.members.get("Reason")) == (code, reason), caught.value


def invalid(reason: str) -> Any:
    return refused("ValidationException", reason)


def listed(api: Api, snapshot_id: str, **request: Any) -> dict[str, Any]:
    return api("ListSnapshotBlocks", "ebs", SnapshotId=snapshot_id, **request)


def test_every_page_and_every_block(api: Api) -> None:
    content = {index: b"block %d" % index for index in range(0, 500, 2)}
    snapshot_id = add_stored(api, content)
    seen: dict[int, str] = {}
    answer = listed(api, snapshot_id, MaxResults=100, StartingBlockIndex=3)
    assert (answer["VolumeSize"], answer["BlockSize"], len(answer["Blocks"])) == (1, BLOCK_SIZE, 100)
    while True:
        seen |= {block["BlockIndex"]: block["BlockToken"] for block in answer["Blocks"]}
        if "NextToken" not in answer:
            break
        answer = listed(api, snapshot_id, MaxResults=100, NextToken=answer["NextToken"])
    assert sorted(seen) == [index for index in content if index > 3]
    assert all(len(token) <= 256 for token in seen.values())
    got = api("GetSnapshotBlock", "ebs", SnapshotId=snapshot_id, BlockIndex=8, BlockToken=seen[8])
    assert got["BlockData"] == whole(b"block 8")
    assert got["Checksum"] == checksum(got["BlockData"])


def test_tokens_open_one_block_of_one_snapshot_for_one_account_for_a_week(api: Api) -> None:
    snapshot_id, other_id = add_stored(api, {0: b"a", 1: b"b"}), add_stored(api, {0: b"a"})
    first = listed(api, snapshot_id)["Blocks"][0]
    stranger = api.other_account()
    with api.database.write() as session:
        session.add(SnapshotPermission(snapshot_id=snapshot_id, grantee=stranger.account_id))
    for who, request in (
        (api, {"SnapshotId": snapshot_id, **first, "BlockIndex": 1}),
        (api, {"SnapshotId": other_id, **first}),
        (stranger, {"SnapshotId": snapshot_id, **first}),
        (api, {"SnapshotId": snapshot_id, "BlockIndex": 0, "BlockToken": "A" * 88}),
        (api, {"SnapshotId": snapshot_id, "BlockIndex": 0, "BlockToken": "="}),
    ):
        with invalid("INVALID_BLOCK_TOKEN"):
            who("GetSnapshotBlock", "ebs", **request)
    assert listed(stranger, snapshot_id)["Blocks"], "shared content may be read"
    with invalid("INVALID_PAGE_TOKEN"):
        listed(api, snapshot_id, NextToken=first["BlockToken"])
    old = clock.now() - timedelta(days=8)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "now", lambda: old)
        stale = listed(api, snapshot_id)["Blocks"][0]
    with invalid("INVALID_BLOCK_TOKEN"):
        api("GetSnapshotBlock", "ebs", SnapshotId=snapshot_id, **stale)
    with refused("ResourceNotFoundException", "SNAPSHOT_NOT_FOUND"):
        listed(stranger, other_id)
    with invalid("INVALID_SNAPSHOT_ID"):
        listed(api, add_snapshot(api, state="pending").id)


def test_changed_blocks_have_the_tokens_of_those_that_have_them(api: Api) -> None:
    first = add_stored(api, {0: b"same", 1: b"old", 2: b"gone"}, volume_id="vol-1")
    second = add_stored(api, {0: b"same", 1: b"new", 9: b"more"}, parent_id=first)
    third = add_stored(api, {0: b"x"}, parent_id=first)
    answer = api("ListChangedBlocks", "ebs", FirstSnapshotId=first, SecondSnapshotId=second)
    tokens = {
        block["BlockIndex"]: ("FirstBlockToken" in block, "SecondBlockToken" in block)
        for block in answer["ChangedBlocks"]
    }
    assert tokens == {1: (True, True), 2: (True, False), 9: (False, True)}
    new = next(block for block in answer["ChangedBlocks"] if block["BlockIndex"] == 1)
    got = api("GetSnapshotBlock", "ebs", SnapshotId=second, BlockIndex=1, BlockToken=new["SecondBlockToken"])
    assert got["BlockData"].startswith(b"new")
    api("ListChangedBlocks", "ebs", FirstSnapshotId=second, SecondSnapshotId=third)
    for unrelated in (add_stored(api, {}), add_stored(api, {}, volume_id="vol-2")):
        with invalid("UNRELATED_SNAPSHOTS"):
            api("ListChangedBlocks", "ebs", FirstSnapshotId=first, SecondSnapshotId=unrelated)
    with invalid("INVALID_PARAMETER_VALUE"):
        api("ListChangedBlocks", "ebs", SecondSnapshotId=first)


def started(api: Api, **request: Any) -> str:
    return str(api("StartSnapshot", "ebs", **{"VolumeSize": 1, **request})["SnapshotId"])


def put(api: Api, snapshot_id: str, index: int, start: bytes, **request: Any) -> None:
    api(
        "PutSnapshotBlock",
        "ebs",
        **{"SnapshotId": snapshot_id, "BlockIndex": index, **block_of(start), **request},
    )


def state(api: Api, snapshot_id: str) -> str:
    with api.database.read() as session:
        return session.get_one(Snapshot, snapshot_id).state


def work_of(api: Api, kind: str, snapshot_id: str) -> Work[Any]:
    """The claim of the story that was enqueued, on a host of which only the stores are needed."""
    with api.database.read() as session:
        flow = session.scalars(select(Flow).where(Flow.kind == kind, Flow.subject == snapshot_id)).one()
    host = SimpleNamespace(stores=api.stores)
    return Work(flow.number, flow.kind, flow.subject, flow.epoch, host, api.database, 15.0)


def test_blocks_put_over_a_parent_become_a_snapshot(api: Api) -> None:
    parent = add_stored(api, {0: b"zero", 1: b"one", 2: b"two"})
    snapshot_id = started(api, ParentSnapshotId=parent, Tags=[{"Key": "k", "Value": "v"}])
    put(api, snapshot_id, 1, b"first", Progress=40)
    put(api, snapshot_id, 1, b"uno")
    put(api, snapshot_id, 2, b"")
    put(api, snapshot_id, 2047, b"last")
    api("DeleteSnapshot", SnapshotId=parent)
    deleting = work_of(api, "delete-snapshot", parent)
    assert isinstance(delete_snapshot.remove_manifest(deleting), Wait), "a child still needs it"
    digests = b"".join(hashlib.sha256(whole(start)).digest() for start in (b"uno", b"", b"last"))
    whole_sum = {
        "Checksum": base64.b64encode(hashlib.sha256(digests).digest()).decode(),
        "ChecksumAlgorithm": "SHA256",
        "ChecksumAggregationMethod": "LINEAR",
    }
    for wrong in (
        {"ChangedBlocksCount": 4},
        {"ChangedBlocksCount": 3, **whole_sum, "Checksum": "AAAA"},
        {"ChangedBlocksCount": 3, "Checksum": "AAAA"},
    ):
        with invalid("INVALID_PARAMETER_VALUE"):
            api("CompleteSnapshot", "ebs", SnapshotId=snapshot_id, **wrong)
    done = {"SnapshotId": snapshot_id, "ChangedBlocksCount": 3, **whole_sum}
    assert api("CompleteSnapshot", "ebs", **done) == {"Status": "pending"}
    assert api("CompleteSnapshot", "ebs", **done) == {"Status": "pending"}
    with invalid("INVALID_SNAPSHOT_ID"):
        put(api, snapshot_id, 5, b"late")
    work = work_of(api, "complete-upload", snapshot_id)
    for step in (uploads.ingest, uploads.publish, uploads.tidy):
        step(work)
        following = step(work)  # killed and run again
    assert isinstance(following, Done)
    (described,) = api("DescribeSnapshots", SnapshotIds=[snapshot_id])["Snapshots"]
    assert (described["State"], described["Tags"]) == ("completed", [{"Key": "k", "Value": "v"}])
    store = api.stores[api.region]
    assert not list(store.list("uploads/"))
    assert not list(store.list("leases/"))
    assert isinstance(delete_snapshot.remove_manifest(deleting), Goto)
    manifest = load(store, snapshot_id)
    assert manifest.indexes.tolist() == [0, 1, 2047]
    for index, start in {0: b"zero", 1: b"uno", 2: b"", 2047: b"last"}.items():
        assert read_at(store, manifest, index * BLOCK_SIZE, BLOCK_SIZE) == whole(start)


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        ({"Checksum": checksum(b"other")}, "INVALID_BLOCK"),
        ({"BlockIndex": 2048}, "INVALID_BLOCK"),
        ({"DataLength": 512}, "INVALID_PARAMETER_VALUE"),
        ({"BlockData": b"short", "Checksum": checksum(b"short")}, "INVALID_PARAMETER_VALUE"),
    ],
)
def test_refused_blocks(api: Api, request_: dict[str, Any], reason: str) -> None:
    snapshot_id = started(api)
    with invalid(reason):
        put(api, snapshot_id, 0, b"x", **request_)
    assert not list(api.stores[api.region].list("uploads/"))


def test_refused_beginnings(api: Api) -> None:
    parent = add_stored(api, {}, volume_size=3)
    with invalid("INVALID_VOLUME_SIZE"):
        started(api, ParentSnapshotId=parent)
    with invalid("INVALID_VOLUME_SIZE"):
        started(api, VolumeSize=65537)
    with invalid("INVALID_PARAMETER_VALUE"):
        started(api, VolumeSize=3, ParentSnapshotId=parent, Encrypted=False)
    with invalid("INVALID_TAG"):
        started(api, Tags=[{"Key": "aws:x", "Value": ""}])
    with refused("ResourceNotFoundException", "SNAPSHOT_NOT_FOUND"):
        started(api.other_account(), VolumeSize=3, ParentSnapshotId=parent)
    once = started(api, ClientToken="t")
    assert started(api, ClientToken="t") == once
    with pytest.raises(Fault, match="used before") as caught:
        started(api, ClientToken="t", VolumeSize=2)
    assert caught.value.code == "ConflictException"


def test_only_its_owner_writes_a_begun_snapshot(api: Api) -> None:
    snapshot_id, stranger = started(api), api.other_account()
    with refused("ResourceNotFoundException", "SNAPSHOT_NOT_FOUND"):
        put(stranger, snapshot_id, 0, b"x")
    with api.database.write() as session:
        session.add(SnapshotPermission(snapshot_id=snapshot_id, grantee=stranger.account_id))
    with refused("AccessDeniedException", "UNAUTHORIZED_ACCOUNT"):
        put(stranger, snapshot_id, 0, b"x")
    with invalid("INVALID_SNAPSHOT_ID"):
        put(api, add_snapshot(api, state="pending").id, 0, b"x")
    api("DeleteSnapshot", SnapshotId=snapshot_id)
    assert state(api, snapshot_id) == "deleting"


def test_a_snapshot_that_nothing_is_put_into_fails(api: Api) -> None:
    snapshot_id = started(api, Timeout=10)
    put(api, snapshot_id, 0, b"x")
    with api.database.write() as session:
        session.execute(update(Snapshot).values(writable_until=clock.now()))
    with invalid("WRITE_REQUEST_TIMEOUT"):
        put(api, snapshot_id, 0, b"y")
    uploads.expire(SimpleNamespace(), api.database)  # type: ignore[arg-type]
    (described,) = api("DescribeSnapshots", SnapshotIds=[snapshot_id])["Snapshots"]
    assert described["State"] == "error"
    assert "no block was put for 10 min" in described["StateMessage"]
    assert isinstance(uploads.discard(work_of(api, "discard-upload", snapshot_id)), Done)
    with api.database.read() as session:
        assert session.scalars(select(WrittenBlock)).all() == []
    assert not list(api.stores[api.region].list("uploads/"))
