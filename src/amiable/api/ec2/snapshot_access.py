"""Which snapshots' content an account may use: its own, and those shared with it or with everyone."""

from sqlalchemy import select

from amiable.api.call import Call
from amiable.api.faults import check_ids, not_found
from amiable.model.snapshot import GONE_STATES, Snapshot, readable_by
from amiable.protocol.faults import Fault


def readable_snapshot(call: Call, snapshot_id: str) -> Snapshot:
    """A completed snapshot that the caller may read. Raises InvalidSnapshot's faults and IncorrectState."""
    check_ids("snap", snapshot_id)
    snapshot = call.session.scalar(
        select(Snapshot).where(
            Snapshot.id == snapshot_id,
            Snapshot.region == call.region,
            Snapshot.state.not_in(GONE_STATES),
            readable_by(call.account_id),
        )
    )
    if snapshot is None:
        raise not_found("snap", snapshot_id)
    if snapshot.state != "completed":
        raise Fault("IncorrectState", f"Snapshot {snapshot_id} is in invalid state - {snapshot.state}")
    return snapshot
