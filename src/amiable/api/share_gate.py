"""The gate: where the setting `share_gate` names a severity, nothing is shared whose report says worse.

The report must be there (InspectImage, blocks searched) and newest checks must have made it. Findings at or
above the severity refuse the sharing, until the owner accepts that report (AcceptFindings), which is kept
with who, when and why.
"""

import json
from collections.abc import Sequence

from sqlalchemy import select

from amiable.api.call import Call
from amiable.flows.inspect import searched_report
from amiable.inspection.severities import SEVERITIES
from amiable.model.inspection import Inspection, kept
from amiable.model.snapshot import Snapshot
from amiable.protocol.faults import Fault

_SHOWN = 5


def check_gate(call: Call, resource_id: str, snapshot_ids: Sequence[str]) -> None:
    """Raise OperationNotPermitted unless these snapshots of an image may be shared."""
    if not call.settings.share_gate or not snapshot_ids:
        return
    rows = [call.session.get_one(Snapshot, one) for one in snapshot_ids]
    if any(row.manifest_digest is None for row in rows):
        raise _refusal(f"{resource_id} cannot be shared before it is complete.")
    found = kept(call.session, call.region, call.account_id, searched_report(rows))
    if found is None or found.state != "completed":
        raise _refusal(
            f"This server shares nothing without a report of what is in it. Run: amiable scan {resource_id}"
        )
    if found.accepted_at is None:
        _judge(call, resource_id, found)


def _judge(call: Call, resource_id: str, inspection: Inspection) -> None:
    text = call.session.scalar(select(Inspection.result).where(Inspection.id == inspection.id))
    limit = SEVERITIES.index(call.settings.share_gate)
    bad = [row for row in json.loads(text or "{}")["findings"] if SEVERITIES.index(row["severity"]) >= limit]
    if not bad:
        return
    listed = "; ".join(f"{row['check']} {row.get('file', '')}".strip() for row in bad[:_SHOWN])
    more = f" and {len(bad) - _SHOWN} more" if len(bad) > _SHOWN else ""
    raise _refusal(
        f"{resource_id} has findings of severity {call.settings.share_gate} or worse: {listed}{more}. "
        f"See: amiable scan {resource_id} --explain. To share it all the same, on record: "
        f"AcceptFindings of the service amiable with InspectionId {inspection.id} and a Reason."
    )


def _refusal(message: str) -> Fault:
    return Fault("OperationNotPermitted", message)
