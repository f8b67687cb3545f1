"""Block public access for snapshots: an account's choice in a region.

block-new-sharing   none becomes public any more; those that are stay public
block-all-sharing   and those that are public are hidden from other accounts; unblocked, they are seen again
unblocked           the default
"""

from amiable.api.call import Call
from amiable.api.faults import invalid
from amiable.api.table import Shape, operation
from amiable.model.account_setting import choose, chosen
from amiable.model.snapshot import HIDING, PUBLIC_ACCESS


@operation("ec2", "EnableSnapshotBlockPublicAccess")
def enable_snapshot_block_public_access(call: Call, request: Shape) -> Shape:
    """Refuse to make snapshots public, and with block-all-sharing hide those that are."""
    state = request["State"]
    if state not in (HIDING, "block-new-sharing"):
        raise invalid(f"Value ({state}) for parameter state is invalid.")
    choose(call.session, call.account_id, call.region, PUBLIC_ACCESS, {"state": state})
    return {"State": state}


@operation("ec2", "DisableSnapshotBlockPublicAccess")
def disable_snapshot_block_public_access(call: Call, request: Shape) -> Shape:
    """Let snapshots be public."""
    choose(call.session, call.account_id, call.region, PUBLIC_ACCESS, {"state": "unblocked"})
    return {"State": "unblocked"}


@operation("ec2", "GetSnapshotBlockPublicAccessState")
def get_snapshot_block_public_access_state(call: Call, request: Shape) -> Shape:
    """Whether snapshots may be public."""
    state = chosen(call.session, call.account_id, call.region, PUBLIC_ACCESS).get("state", "unblocked")
    return {"State": state, "ManagedBy": "account"}
