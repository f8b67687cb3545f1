"""Writing a snapshot block by block: StartSnapshot, PutSnapshotBlock, CompleteSnapshot.

    StartSnapshot ──► pending ──► PutSnapshotBlock … ──► CompleteSnapshot ──► sealed ──► completed
                        └─ no block for `Timeout` minutes ──► error

A block is staged (blocks/upload.py) outside any transaction, then noted in a row; completing compares number
and checksum with the rows and leaves the rest to the story `complete-upload` (flows/uploads.py).
"""

import base64
import hashlib
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import func, select

from amiable.api.call import Call
from amiable.api.ebs.faults import invalid, not_yours, of_the_store
from amiable.api.ebs.read_blocks import completed, visible
from amiable.api.faults import unsupported
from amiable.api.quotas import check_quota
from amiable.api.table import Shape, operation
from amiable.api.tags import apply, check_tags, tag_set
from amiable.blocks.chunk import BLOCK_SIZE, chunk_id
from amiable.blocks.upload import stage
from amiable.core import ids
from amiable.model.client_token import keep_token, used_token
from amiable.model.flow import enqueue
from amiable.model.product_code import inherit_codes
from amiable.model.snapshot import Snapshot, WrittenBlock
from amiable.model.tag import tags_of
from amiable.protocol.faults import Fault

LARGEST = 65536
"""GiB."""
BLOCKS_A_GIB = 2048
DEFAULT_MINUTES = 60


@operation("ebs", "StartSnapshot")
def start_snapshot(call: Call, request: Shape) -> Shape:
    """Begin a snapshot that the client writes itself, empty or over a parent's blocks."""
    if request.get("ParentSnapshotId") and request.get("Encrypted") is not None:
        raise invalid("ParentSnapshotId and Encrypted cannot be specified together.")
    if request.get("Encrypted") or request.get("KmsKeyArn"):
        raise unsupported("Snapshots are not encrypted here: leave out Encrypted and KmsKeyArn.")
    if request["VolumeSize"] > LARGEST:
        raise invalid(f"VolumeSize must be {LARGEST} GiB at most.", "INVALID_VOLUME_SIZE")
    token = request.get("ClientToken")
    if token and (known := _known(call, token, request)):
        return known
    try:
        tags = check_tags(request.get("Tags") or ())
    except Fault as wrong:
        raise invalid(wrong.message, "INVALID_TAG") from wrong
    _check_room(call)
    minutes = request.get("Timeout") or DEFAULT_MINUTES
    snapshot = Snapshot(
        id=ids.new_id("snap"),
        region=call.region,
        account_id=call.account_id,
        volume_size=request["VolumeSize"],
        state="pending",
        description=request.get("Description"),
        started_at=call.now,
        parent_id=request.get("ParentSnapshotId"),
        writable_minutes=minutes,
        writable_until=call.now + timedelta(minutes=minutes),
    )
    if snapshot.parent_id:  # locked: it stays in the store as long as a pending snapshot's row names it
        parent = completed(call, snapshot.parent_id, lock=True)
        if parent.volume_size > snapshot.volume_size:
            raise invalid(
                f"VolumeSize must be at least the parent's {parent.volume_size} GiB.", "INVALID_VOLUME_SIZE"
            )
        inherit_codes(call.session, snapshot.id, parent.id)
    call.session.add(snapshot)
    apply(call, snapshot.id, "snapshot", tags)
    if token:
        keep_token(call.session, call.account_id, call.region, "StartSnapshot", token, request, snapshot.id)
    return _started(snapshot, tags)


def _known(call: Call, token: str, request: Shape) -> Shape | None:
    """The answer that an earlier request with this token got."""
    known = used_token(call.session, call.account_id, call.region, "StartSnapshot", token, request)
    snapshot = call.session.get(Snapshot, known) if known else None
    if snapshot is None:
        return None
    return _started(snapshot, tags_of(call.session, [snapshot.id], call.account_id).get(snapshot.id))


def _started(snapshot: Snapshot, tags: dict[str, str] | None) -> Shape:
    optional = {"Description": snapshot.description, "ParentSnapshotId": snapshot.parent_id}
    return {
        "SnapshotId": snapshot.id,
        "OwnerId": snapshot.account_id,
        "Status": snapshot.state if snapshot.state in ("completed", "pending") else "error",
        "StartTime": snapshot.started_at,
        "VolumeSize": snapshot.volume_size,
        "BlockSize": BLOCK_SIZE,
        "Tags": tag_set(tags),
        **{name: value for name, value in optional.items() if value},
    }


def _check_room(call: Call) -> None:
    """The quotas of snapshots, in this service's words."""
    mine = select(func.count()).where(Snapshot.account_id == call.account_id, Snapshot.region == call.region)
    pending = call.session.scalar(mine.where(Snapshot.state == "pending")) or 0
    every = call.session.scalar(mine.where(Snapshot.state != "deleting")) or 0
    try:
        check_quota(call, "pending-snapshots", pending + 1)
    except Fault as full:
        raise Fault("ConcurrentLimitExceededException", full.message) from full
    try:
        check_quota(call, "snapshots", every + 1)
    except Fault as full:
        reason = {"Reason": "DEPENDENCY_SERVICE_QUOTA_EXCEEDED"}
        raise Fault("ServiceQuotaExceededException", full.message, members=reason) from full


def _own(call: Call, snapshot_id: str, *, lock: bool = False) -> Snapshot:
    """A snapshot of the caller that was begun by StartSnapshot."""
    snapshot = visible(call, snapshot_id, lock=lock)
    if snapshot.account_id != call.account_id:
        raise not_yours(snapshot_id)
    if snapshot.writable_minutes is None:
        raise invalid(f"The snapshot {snapshot_id} was not begun by StartSnapshot.", "INVALID_SNAPSHOT_ID")
    return snapshot


def _check_open(call: Call, snapshot: Snapshot) -> None:
    """Raise unless blocks may be put."""
    if snapshot.state != "pending" or snapshot.writable_until is None:
        state = "sealed" if snapshot.state == "pending" else snapshot.state
        raise invalid(f"The snapshot {snapshot.id} is {state}: it takes no blocks.", "INVALID_SNAPSHOT_ID")
    if snapshot.writable_until <= call.now:
        raise invalid(
            f"Nothing was put into {snapshot.id} for {snapshot.writable_minutes} minutes.",
            "WRITE_REQUEST_TIMEOUT",
        )


def note_block(call: Call, request: Shape, answer: Shape) -> None:
    """After a block was staged: its row, and more time for the next."""
    snapshot = _own(call, request["SnapshotId"], lock=True)
    _check_open(call, snapshot)
    call.session.merge(
        WrittenBlock(
            snapshot_id=snapshot.id,
            block_index=request["BlockIndex"],
            chunk=chunk_id(request["BlockData"]).hex(),
            checksum=base64.b64decode(answer["Checksum"]).hex(),
        )
    )
    snapshot.writable_until = call.now + timedelta(minutes=snapshot.writable_minutes or DEFAULT_MINUTES)
    if request.get("Progress") is not None:
        snapshot.progress = min(request["Progress"], 99)


@operation("ebs", "PutSnapshotBlock", then=note_block)
def put_snapshot_block(call: Call, request: Shape) -> Shape:
    """Write one block of 524,288 bytes, whose SHA-256 the request names; durable when this answers."""
    snapshot = _own(call, request["SnapshotId"])
    _check_open(call, snapshot)
    data: bytes = request["BlockData"]
    if request["DataLength"] != BLOCK_SIZE or len(data) != BLOCK_SIZE:
        raise invalid(f"A block has {BLOCK_SIZE} bytes; this one has {len(data)}.")
    if request["BlockIndex"] >= snapshot.volume_size * BLOCKS_A_GIB:
        raise invalid(f"The volume has {snapshot.volume_size * BLOCKS_A_GIB} blocks.", "INVALID_BLOCK")
    checksum = base64.b64encode(hashlib.sha256(data).digest()).decode()
    if request["Checksum"] != checksum:
        raise invalid(f"The block's SHA-256 is {checksum}, not x-amz-Checksum.", "INVALID_BLOCK")
    with of_the_store(snapshot.id):
        stage(call.stores[call.region], snapshot.id, data)
    return {"Checksum": checksum, "ChecksumAlgorithm": "SHA256"}


@operation("ebs", "CompleteSnapshot")
def complete_snapshot(call: Call, request: Shape) -> Shape:
    """Seal a snapshot: no more blocks; it is completed once they are in the store."""
    snapshot = _own(call, request["SnapshotId"], lock=True)
    if snapshot.state == "completed" or (snapshot.state == "pending" and snapshot.writable_until is None):
        return {"Status": snapshot.state}  # sealed before: the same answer again
    _check_open(call, snapshot)
    query = select(WrittenBlock.checksum).where(WrittenBlock.snapshot_id == snapshot.id)
    sums = call.session.scalars(query.order_by(WrittenBlock.block_index)).all()
    if request["ChangedBlocksCount"] != len(sums):
        raise invalid(f"{len(sums)} blocks were put, not {request['ChangedBlocksCount']}.")
    if request.get("Checksum"):
        _check_sum(request, sums)
    snapshot.writable_until = None
    enqueue(call.session, "complete-upload", snapshot.id)
    return {"Status": "pending"}


def _check_sum(request: Shape, sums: Sequence[str]) -> None:
    """The aggregated checksum: SHA-256 of the blocks' digests, one after the other by block index."""
    if request.get("ChecksumAlgorithm") != "SHA256" or request.get("ChecksumAggregationMethod") != "LINEAR":
        raise invalid("A checksum needs ChecksumAlgorithm SHA256 and ChecksumAggregationMethod LINEAR.")
    whole = base64.b64encode(hashlib.sha256(bytes.fromhex("".join(sums))).digest()).decode()
    if request["Checksum"] != whole:
        raise invalid(f"The aggregated SHA-256 of the blocks is {whole}, not x-amz-Checksum.")
