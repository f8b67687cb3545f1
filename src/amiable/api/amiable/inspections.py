"""Looking inside images and snapshots: ask, and fetch what was found.

InspectImage and DiffImages answer at once; the inspection is `pending` until its story has run
(flows/inspect.py). The same question about the same content gives the inspection that is there already.
"""

import json
from typing import Any

from sqlalchemy import func, select

from amiable.api.amiable.readable import readable_snapshots
from amiable.api.call import Call
from amiable.api.faults import invalid
from amiable.api.owned import answer, owned, select_owned
from amiable.api.paging import page, page_of
from amiable.api.quotas import check_quota
from amiable.api.table import Shape, operation
from amiable.core import ids
from amiable.inspection.allowed_services import judged
from amiable.inspection.version import VERSION
from amiable.model.flow import enqueue
from amiable.model.inspection import Inspection, kept, question_key
from amiable.model.snapshot import Snapshot
from amiable.protocol.faults import Fault


@operation("amiable", "InspectImage")
def inspect_image(call: Call, request: Shape) -> Shape:
    """Report on what is inside an image or snapshot: system, packages, accounts, hygiene."""
    subject = request["ResourceId"]
    found = readable_snapshots(call, subject)
    return _asked(call, "report", subject, None, {"before": _disks(found)}, request.get("SearchBlocks", True))


@operation("amiable", "DiffImages")
def diff_images(call: Call, request: Shape) -> Shape:
    """Find what differs between two images or snapshots."""
    subject, other = request["ResourceId"], request["OtherResourceId"]
    disks = {
        "before": _disks(readable_snapshots(call, subject)),
        "after": _disks(readable_snapshots(call, other)),
    }
    return _asked(call, "diff", subject, other, disks, False)


def _disks(snapshots: list[Snapshot]) -> list[list[str | None]]:
    return [[snapshot.id, snapshot.manifest_digest] for snapshot in snapshots]


def _asked(
    call: Call, kind: str, subject: str, other: str | None, disks: dict[str, Any], search: bool
) -> Shape:
    if not disks["before"] or not disks.get("after", [True]):
        raise invalid("The image has no snapshot: there is nothing to look into.")
    digests = {side: [digest for _, digest in rows] for side, rows in disks.items()}
    key = question_key(VERSION, kind, search, digests)
    row = kept(call.session, call.region, call.account_id, key)
    if row is None and kind == "report" and not search:  # a report with more in it answers that too
        searched = question_key(VERSION, kind, True, digests)
        row = kept(call.session, call.region, call.account_id, searched)
        row = row if row and row.state == "completed" else None
    if row is None or (row.subject, row.other) != (subject, other):
        pending = select_owned(call, Inspection).where(Inspection.state == "pending")
        count = call.session.scalar(pending.with_only_columns(func.count())) or 0
        check_quota(call, "inspections", count + 1)
        row = Inspection(
            id=ids.new_id("insp"),
            region=call.region,
            account_id=call.account_id,
            kind=kind,
            subject=subject,
            other=other,
            search_blocks=search,
            disks=disks,
            key=key,
            created_at=call.now,
        )
        call.session.add(row)
        call.session.flush()
        enqueue(call.session, "inspect", row.id)
    return {"Inspection": inspection_shape(row)}


def inspection_shape(row: Inspection) -> Shape:
    """An inspection without its result."""
    shape: Shape = {
        "InspectionId": row.id,
        "Kind": row.kind,
        "ResourceId": row.subject,
        "State": row.state,
        "SearchedBlocks": row.search_blocks,
        "CreatedAt": row.created_at,
        "Counts": row.summary or {},
    }
    members = {
        "OtherResourceId": row.other,
        "StateMessage": row.state_message,
        "EndedAt": row.ended_at,
        "BytesRead": row.bytes_read,
        "Seconds": row.seconds,
        "AcceptedAt": row.accepted_at,
        "AcceptedBy": row.accepted_by,
        "AcceptedReason": row.accepted_reason,
    }
    return shape | {name: value for name, value in members.items() if value is not None}


@operation("amiable", "DescribeInspections")
def describe_inspections(call: Call, request: Shape) -> Shape:
    """The caller's inspections: state, counts, cost."""
    wanted = list(dict.fromkeys(request.get("InspectionIds") or ()))
    query = select_owned(call, Inspection)
    if wanted:
        for one in wanted:
            owned(call, Inspection, "insp", one)
        query = query.where(Inspection.id.in_(wanted))
    rows, token = page(call, "DescribeInspections", query, Inspection.id, request, ids_given=wanted)
    return answer("Inspections", [inspection_shape(row) for row in rows], token)


def _completed(call: Call, inspection_id: str) -> tuple[Inspection, dict[str, Any]]:
    row = owned(call, Inspection, "insp", inspection_id)
    if row.state != "completed":
        reason = f": {row.state_message}" if row.state_message else "."
        raise Fault("IncorrectState", f"The inspection {row.id} is {row.state}{reason}")
    text = call.session.scalar(select(Inspection.result).where(Inspection.id == row.id))
    return row, json.loads(text or "{}")


@operation("amiable", "AcceptFindings")
def accept_findings(call: Call, request: Shape) -> Shape:
    """Let what was inspected be shared in spite of its findings; who, when and why are kept."""
    row, result = _completed(call, request["InspectionId"])
    if "findings" not in result or not row.search_blocks:
        raise invalid("Only the report of an image whose blocks were searched can be accepted.")
    row.accepted_at, row.accepted_by, row.accepted_reason = call.now, call.access_key_id, request["Reason"]
    return {"Inspection": inspection_shape(row)}


@operation("amiable", "GetInspectionReport")
def get_inspection_report(call: Call, request: Shape) -> Shape:
    """The whole result of an inspection as JSON; a report's services held against a list, if one is given."""
    row, result = _completed(call, request["InspectionId"])
    if "AllowedServices" in request:
        if "findings" not in result:
            raise invalid("This inspection is no report of an image: there are no services to judge.")
        result = judged(result, request["AllowedServices"])
    return {"Inspection": inspection_shape(row), "Report": json.dumps(result)}


@operation("amiable", "ListPackages")
def list_packages(call: Call, request: Shape) -> Shape:
    """The packages of an inspected image."""
    _, result = _completed(call, request["InspectionId"])
    if "packages" not in result or "findings" not in result:
        raise invalid("This inspection is no report of an image. Call InspectImage.")
    rows, token = page_of(
        call,
        "ListPackages",
        result["packages"],
        lambda row: "\0".join((row["type"], row["name"], row["version"], row["architecture"])),
        request,
    )
    return answer("Packages", [_package(row) for row in rows], token)


def _package(row: dict[str, str]) -> Shape:
    return {name.title(): value for name, value in row.items() if value}


@operation("amiable", "GetBillOfMaterials")
def get_bill_of_materials(call: Call, request: Shape) -> Shape:
    """The packages of an inspected image as an SPDX or CycloneDX document."""
    # Imported here: the libraries of both formats take as long to load as the whole server.
    from amiable.inspection.bill import bill  # noqa: PLC0415

    row, result = _completed(call, request["InspectionId"])
    if "findings" not in result:
        raise invalid("This inspection is no report of an image. Call InspectImage.")
    document = bill(
        request["Format"], row.subject, row.disks["before"][0][1], row.ended_at or call.now, result
    )
    return {"Document": document, "MediaType": "application/json"}
