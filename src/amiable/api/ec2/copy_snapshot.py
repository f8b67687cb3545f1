"""CopySnapshot: a snapshot of this or another region becomes one of the region that is asked.

Clients sign a URL for the source region (`PresignedUrl`), by which AWS's regions trust each other. Here one
server is all regions and checks the caller itself, so the URL is neither needed nor fetched.
"""

from amiable.api.call import Call
from amiable.api.ec2.copies import check_room, in_region, refuse
from amiable.api.ec2.snapshot_access import readable_snapshot
from amiable.api.faults import invalid
from amiable.api.table import Shape, operation
from amiable.api.tags import apply, specified, tag_set
from amiable.core import ids
from amiable.model.flow import enqueue
from amiable.model.product_code import inherit_codes
from amiable.model.snapshot import Snapshot


@operation("ec2", "CopySnapshot")
def copy_snapshot(call: Call, request: Shape) -> Shape:
    """Copy a snapshot into this region; only chunks that the region lacks travel."""
    refuse(
        request,
        Encrypted="nothing is encrypted at rest",
        KmsKeyId="nothing is encrypted at rest",
        DestinationOutpostArn="there are no Outposts",
        DestinationAvailabilityZone="there are no Local Zones",
        CompletionDurationMinutes="a copy takes the time it needs",
    )
    if (request.get("DestinationRegion") or call.region) != call.region:
        raise invalid(f"DestinationRegion must be the region that is asked, {call.region}.")
    description = request.get("Description")
    if description and len(description) > 255:
        raise invalid("The description must not be longer than 255 characters.")
    source = readable_snapshot(in_region(call, request["SourceRegion"]), request["SourceSnapshotId"])
    check_room(call, "snapshot-copies", "copy-snapshot", Snapshot)
    tags = specified(request, "snapshot").get("snapshot", {})
    snapshot = Snapshot(
        id=ids.new_id("snap"),
        region=call.region,
        account_id=call.account_id,
        volume_size=source.volume_size,
        description=description or f"[Copied {source.id} from {source.region}]",
        started_at=call.now,
        consistency=source.consistency,
    )
    call.session.add(snapshot)
    apply(call, snapshot.id, "snapshot", tags)
    inherit_codes(call.session, snapshot.id, source.id)
    call.session.flush()
    enqueue(
        call.session,
        "copy-snapshot",
        snapshot.id,
        source_region=source.region,
        snapshots={snapshot.id: source.id},
    )
    return {"SnapshotId": snapshot.id, "Tags": tag_set(tags)}
