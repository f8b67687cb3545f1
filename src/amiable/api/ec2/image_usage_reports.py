"""Image usage reports: how many resources of which other accounts name an image of the caller.

A report is a picture of the moment at which it was asked for, counted in the same transaction by an index,
so it is available at once; it is gone after thirty days.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, delete, func, select

from amiable.api import filters
from amiable.api.call import Call
from amiable.api.client_tokens import made_before, remember
from amiable.api.ec2.image_use import PARAMETER, uses
from amiable.api.faults import check_ids, invalid
from amiable.api.image_access import own_image
from amiable.api.owned import answer, listed, owned, select_owned
from amiable.api.paging import page_of
from amiable.api.table import Shape, operation
from amiable.api.tags import apply, specified, tag_set
from amiable.core import clock, ids
from amiable.model.tag import drop_tags
from amiable.model.task import Task

KIND = "image-usage-report"
LIFE = timedelta(days=30)
DEPTH = 20
MOST_ACCOUNTS = 200

FILTERS: dict[str, filters.Filter] = {
    "creation-time": filters.instant(Task.created_at),
    "state": filters.constant("available"),
}
ENTRY_FILTERS = {"account-id": "AccountId", "creation-time": "created", "resource-type": "ResourceType"}


@operation("ec2", "CreateImageUsageReport")
def create_image_usage_report(call: Call, request: Shape) -> Shape:
    """Count by other accounts and kind the resources that name an image of the caller."""
    if known := made_before(call, "CreateImageUsageReport", request):
        return {"ReportId": known}
    image = own_image(call, request["ImageId"])
    accounts: Sequence[str] = request.get("AccountIds") or ()
    if len(accounts) > MOST_ACCOUNTS:
        raise invalid(f"At most {MOST_ACCOUNTS} account ids can be given.")
    for account in accounts:
        if not (account.isdecimal() and len(account) == 12):
            raise invalid(f"Value ({account}) for parameter accountId is invalid.")
    tags = specified(request, KIND)
    report = Task(
        id=ids.new_id("amiur"),
        region=call.region,
        account_id=call.account_id,
        kind=KIND,
        state="completed",
        progress=100,
        subject=image.id,
        detail={
            "ResourceTypes": request["ResourceTypes"],
            "AccountIds": list(accounts),
            "Entries": _counted(call, image.id, request["ResourceTypes"], accounts),
        },
        created_at=call.now,
        ended_at=call.now,
    )
    call.session.add(report)
    apply(call, report.id, KIND, tags.get(KIND))
    remember(call, "CreateImageUsageReport", request, report.id)
    return {"ReportId": report.id}


def _counted(call: Call, image_id: str, kinds: list[Shape], accounts: Sequence[str]) -> list[Shape]:
    """Account, kind and number of what names the image."""
    found: list[Shape] = []
    for kind, query in uses(call, kinds, DEPTH, but=(PARAMETER, "state-name")).items():
        use = query.subquery()
        counts = (
            select(use.c.account_id, func.count(use.c.name.distinct()).label("number"))
            .where(use.c.image_id == image_id, use.c.account_id != call.account_id)
            .group_by(use.c.account_id)
            .order_by(use.c.account_id)
        )
        if accounts:
            counts = counts.where(use.c.account_id.in_(accounts))
        found += [
            {"AccountId": row.account_id, "ResourceType": kind, "UsageCount": row.number}
            for row in call.session.execute(counts)
        ]
    return found


def _reports(call: Call, request: Shape) -> Select[Any]:
    query = select_owned(call, Task).where(Task.kind == KIND, Task.created_at > call.now - LIFE)
    if image_ids := request.get("ImageIds"):
        check_ids("ami", *image_ids)
        query = query.where(Task.subject.in_(image_ids))
    return query


@operation("ec2", "DescribeImageUsageReports")
def describe_image_usage_reports(call: Call, request: Shape) -> Shape:
    """The caller's image usage reports, by report and image ids and filters."""
    rows, tags, token = listed(
        call,
        "DescribeImageUsageReports",
        request,
        _reports(call, request),
        Task.id,
        "amiur",
        "ReportIds",
        FILTERS,
        smallest=1,
    )
    return answer("ImageUsageReports", [_shape(row, tags.get(row.id)) for row in rows], token)


def _shape(report: Task, tags: dict[str, str] | None) -> Shape:
    return {
        "ReportId": report.id,
        "ImageId": report.subject,
        "ResourceTypes": report.detail["ResourceTypes"],
        "AccountIds": report.detail["AccountIds"],
        "State": "available",
        "CreationTime": report.created_at,
        "ExpirationTime": report.created_at + LIFE,
        "Tags": tag_set(tags),
    }


@operation("ec2", "DescribeImageUsageReportEntries")
def describe_image_usage_report_entries(call: Call, request: Shape) -> Shape:
    """What the caller's image usage reports counted."""
    query = _reports(call, request)
    if report_ids := request.get("ReportIds"):
        for report_id in report_ids:
            owned(call, Task, "amiur", report_id)
        query = query.where(Task.id.in_(report_ids))
    entries = [
        entry
        | {
            "ReportId": report.id,
            "ImageId": report.subject,
            "ReportCreationTime": report.created_at,
            "created": clock.iso(report.created_at),
        }
        for report in call.session.scalars(query)
        for entry in report.detail["Entries"]
    ]
    entries = filters.among(entries, ENTRY_FILTERS, request.get("Filters"))
    shapes, token = page_of(call, "DescribeImageUsageReportEntries", entries, _key, request, smallest=1)
    for shape in shapes:
        del shape["created"]
    return answer("ImageUsageReportEntries", shapes, token)


def _key(entry: Shape) -> str:
    return f"{entry['ReportId']} {entry['AccountId']} {entry['ResourceType']}"


@operation("ec2", "DeleteImageUsageReport")
def delete_image_usage_report(call: Call, request: Shape) -> Shape:
    """Delete an image usage report."""
    report = owned(call, Task, "amiur", request["ReportId"])
    call.session.execute(delete(Task).where(Task.id == report.id))
    drop_tags(call.session, report.id)
    return {"Return": True}
