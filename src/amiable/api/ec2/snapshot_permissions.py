"""Attributes of a snapshot: who may make volumes of it and copy it, and its product codes."""

from amiable.api.call import Call
from amiable.api.ec2.snapshot_access import own_snapshot, visible_snapshot
from amiable.api.faults import combination, invalid
from amiable.api.share_gate import check_gate
from amiable.api.table import Shape, operation
from amiable.model.account_setting import chosen
from amiable.model.product_code import codes_of
from amiable.model.snapshot import EVERYONE, PUBLIC_ACCESS, Snapshot, SnapshotPermission
from amiable.protocol.faults import Fault

MOST = 500
"""Grantees of one request."""


@operation("ec2", "ModifySnapshotAttribute")
def modify_snapshot_attribute(call: Call, request: Shape) -> Shape:
    """Share a snapshot with accounts or with all, or take that back."""
    snapshot = own_snapshot(call, request["SnapshotId"])
    if request.get("Attribute") not in (None, "", "createVolumePermission"):
        raise invalid("Only the attribute createVolumePermission can be modified.")
    added, removed = _changes(request)
    present = {row.grantee for row in snapshot.permissions}
    wanted = (present | added) - removed
    if EVERYONE in wanted - present:
        _check_public(call, snapshot)
    if wanted - present:
        check_gate(call, snapshot.id, [snapshot.id])
    snapshot.permissions = [row for row in snapshot.permissions if row.grantee in wanted] + [
        SnapshotPermission(snapshot_id=snapshot.id, grantee=one) for one in sorted(wanted - present)
    ]
    return {}


def _changes(request: Shape) -> tuple[set[str], set[str]]:
    """(grantees to add, to remove), checked."""
    given = request.get("CreateVolumePermission") or {}
    added = {value for item in given.get("Add") or () for value in item.values() if value}
    removed = {value for item in given.get("Remove") or () for value in item.values() if value}
    flat = {*(request.get("UserIds") or ()), *(request.get("GroupNames") or ())}
    if flat:
        if request.get("OperationType") not in ("add", "remove"):
            raise combination("OperationType must be add or remove when accounts or groups are given.")
        (added if request["OperationType"] == "add" else removed).update(flat)
    if not (added or removed):
        raise Fault("MissingParameter", "The request names no account and no group to add or remove.")
    if len(added) + len(removed) > MOST:
        raise invalid(f"No more than {MOST} permissions can be changed in one request.")
    if added & removed:
        raise combination("The same permission cannot be added and removed.")
    for grantee in added | removed:
        if grantee != EVERYONE and not (grantee.isdigit() and len(grantee) == 12):
            raise Fault("InvalidUserID.Malformed", f'Invalid user id: "{grantee}"')
    return added, removed


def _check_public(call: Call, snapshot: Snapshot) -> None:
    """Whether the snapshot may be made public."""
    if codes_of(call.session, [snapshot.id]):
        raise Fault(
            "OperationNotPermitted", f"The snapshot {snapshot.id} has a product code and cannot be public."
        )
    state = chosen(call.session, call.account_id, call.region, PUBLIC_ACCESS).get("state", "unblocked")
    if state != "unblocked":
        raise Fault(
            "OperationNotPermitted",
            "You can't publicly share this snapshot because block public access for snapshots is enabled in "
            "this account.",
        )


@operation("ec2", "DescribeSnapshotAttribute")
def describe_snapshot_attribute(call: Call, request: Shape) -> Shape:
    """Whom a snapshot is shared with (its owner only), or its product codes."""
    if request["Attribute"] == "productCodes":
        snapshot = visible_snapshot(call, request["SnapshotId"])
        codes = codes_of(call.session, [snapshot.id]).get(snapshot.id, [])
        shapes = [{"ProductCodeId": code, "ProductCodeType": "marketplace"} for code in codes]
        return {"SnapshotId": snapshot.id, "ProductCodes": shapes}
    if request["Attribute"] != "createVolumePermission":
        raise invalid(f"Value ({request['Attribute']}) for parameter attribute is invalid.")
    snapshot = own_snapshot(call, request["SnapshotId"])
    grantees = sorted(row.grantee for row in snapshot.permissions)
    permissions = [{"Group": one} if one == EVERYONE else {"UserId": one} for one in grantees]
    return {"SnapshotId": snapshot.id, "CreateVolumePermissions": permissions}


@operation("ec2", "ResetSnapshotAttribute")
def reset_snapshot_attribute(call: Call, request: Shape) -> Shape:
    """Share a snapshot with nobody any more."""
    snapshot = own_snapshot(call, request["SnapshotId"])
    if request["Attribute"] != "createVolumePermission":
        raise invalid("Only the attribute createVolumePermission can be reset.")
    snapshot.permissions.clear()
    return {}
