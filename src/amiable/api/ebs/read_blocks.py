"""Reading blocks: ListSnapshotBlocks, ListChangedBlocks, GetSnapshotBlock.

Blocks of zeros have no chunk and are not listed. No byte leaves before its chunk's hash was checked
(invariant 4 of docs/store.md).
"""

import base64
import hashlib
from datetime import datetime

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import lazyload

from amiable.api.call import Call
from amiable.api.ebs.faults import invalid, not_found, of_the_store
from amiable.api.ebs.tokens import Tokens, tokens_of
from amiable.api.table import Shape, operation
from amiable.blocks.chunk import BLOCK_SIZE, fetch
from amiable.blocks.manifest import Indexes, Manifest, changed_blocks, load
from amiable.model.lineage import related
from amiable.model.snapshot import GONE_STATES, Snapshot, readable_by

MOST = 10_000
"""Blocks of a page, also when the request names no number."""


def visible(call: Call, snapshot_id: str, *, lock: bool = False) -> Snapshot:
    """A snapshot that the caller may read, in any state. Raises ResourceNotFoundException."""
    query = select(Snapshot).where(
        Snapshot.id == snapshot_id,
        Snapshot.region == call.region,
        Snapshot.state.not_in(GONE_STATES),
        readable_by(call.account_id),
    )
    query = query.options(lazyload(Snapshot.permissions))  # nobody here reads them, block after block
    snapshot = call.session.scalar(query.with_for_update(of=Snapshot) if lock else query)
    if snapshot is None:
        raise not_found(snapshot_id)
    return snapshot


def completed(call: Call, snapshot_id: str, *, lock: bool = False) -> Snapshot:
    """As `visible`, and it has blocks to read. Raises ValidationException."""
    snapshot = visible(call, snapshot_id, lock=lock)
    if snapshot.state != "completed":
        raise invalid(f"The snapshot {snapshot_id} is {snapshot.state}.", "INVALID_SNAPSHOT_ID")
    return snapshot


def _manifest(call: Call, snapshot: Snapshot) -> Manifest:
    with of_the_store(snapshot.id):
        return load(call.stores[call.region], snapshot.id, snapshot.manifest_digest)


def _page(name: str, request: Shape, tokens: Tokens, indexes: Indexes) -> tuple[list[int], str | None]:
    """The block indexes of the page that a request asks for, and the token of the next."""
    start = request.get("StartingBlockIndex") or 0
    if token := request.get("NextToken"):
        start = tokens.index(name, token)
    first = int(np.searchsorted(indexes, start))
    end = first + (request.get("MaxResults") or MOST)
    following = tokens.page(name, int(indexes[end])) if end < len(indexes) else None
    return indexes[first:end].tolist(), following


def _answer(
    snapshot: Snapshot, member: str, blocks: list[Shape], expiry: datetime, token: str | None
) -> Shape:
    shape: Shape = {
        member: blocks,
        "ExpiryTime": expiry,
        "VolumeSize": snapshot.volume_size,
        "BlockSize": BLOCK_SIZE,
    }
    return shape | ({"NextToken": token} if token else {})


@operation("ebs", "ListSnapshotBlocks")
def list_snapshot_blocks(call: Call, request: Shape) -> Shape:
    """The blocks of a snapshot that are not zero, with the tokens to read them."""
    snapshot = completed(call, request["SnapshotId"])
    manifest = _manifest(call, snapshot)
    tokens = tokens_of(call, snapshot.id)
    page, following = _page("ListSnapshotBlocks", request, tokens, manifest.indexes)
    blocks = [_block(tokens, manifest, index, "BlockToken") | {"BlockIndex": index} for index in page]
    return _answer(snapshot, "Blocks", blocks, tokens.expiry, following)


def _block(tokens: Tokens, manifest: Manifest, index: int, member: str) -> Shape:
    chunk = manifest.chunk_at(index)
    return {} if chunk is None else {member: tokens.block(index, chunk)}


@operation("ebs", "ListChangedBlocks")
def list_changed_blocks(call: Call, request: Shape) -> Shape:
    """The blocks that differ between two snapshots of one lineage, with a token of each that has it."""
    if not request.get("FirstSnapshotId"):
        raise invalid("FirstSnapshotId must be specified.")
    first = completed(call, request["FirstSnapshotId"])
    second = completed(call, request["SecondSnapshotId"])
    if not related(call.session, first, second):
        raise invalid(f"The snapshots {first.id} and {second.id} are not related.", "UNRELATED_SNAPSHOTS")
    before, after = _manifest(call, first), _manifest(call, second)
    pages = tokens_of(call, first.id, second.id)
    page, following = _page("ListChangedBlocks", request, pages, changed_blocks(before, after))
    of_first, of_second = tokens_of(call, first.id), tokens_of(call, second.id)
    blocks = [
        _block(of_first, before, index, "FirstBlockToken")
        | _block(of_second, after, index, "SecondBlockToken")
        | {"BlockIndex": index}
        for index in page
    ]
    return _answer(second, "ChangedBlocks", blocks, pages.expiry, following)


@operation("ebs", "GetSnapshotBlock")
def get_snapshot_block(call: Call, request: Shape) -> Shape:
    """The content of one block, by the token that a listing gave."""
    snapshot = completed(call, request["SnapshotId"])
    chunk = tokens_of(call, snapshot.id).chunk(request["BlockIndex"], request["BlockToken"])
    with of_the_store(snapshot.id):
        data = fetch(call.stores[call.region], chunk)
    return {
        "DataLength": len(data),
        "BlockData": data,
        "Checksum": base64.b64encode(hashlib.sha256(data).digest()).decode(),
        "ChecksumAlgorithm": "SHA256",
    }
