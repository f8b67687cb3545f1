"""DescribeUsage: what is owed for products, computed from the intervals of running (model/usage.py) and from
what their own software metered (model/metering_record.py)."""

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, or_, select

from amiable.api.call import Call
from amiable.api.faults import invalid
from amiable.api.table import Shape, operation
from amiable.model.metering_record import MeteringRecord
from amiable.model.product import Product
from amiable.model.usage import LEAST, UsageInterval

LONGEST = timedelta(days=366)


@operation("amiable", "DescribeUsage")
def describe_usage(call: Call, request: Shape) -> Shape:
    """Seconds, metered units and US dollars by account and product, in [StartTime, EndTime)."""
    since, until = request["StartTime"], request["EndTime"]
    if not since < until <= since + LONGEST:
        raise invalid(f"EndTime must be after StartTime, by {LONGEST.days} days at most.")
    query = select(UsageInterval).where(
        _mine(call, request, UsageInterval),
        UsageInterval.started_at < until,
        or_(UsageInterval.ended_at.is_(None), UsageInterval.ended_at > since - LEAST),
    )
    seconds: dict[tuple[str, ...], int] = defaultdict(int)
    owed: dict[tuple[str, ...], Decimal] = defaultdict(Decimal)
    for row in call.session.scalars(query.execution_options(yield_per=1000)):
        key = (row.account_id, row.region, row.code, row.instance_type)
        part = row.seconds(since, until)
        seconds[key] += part
        owed[key] += row.owed(part)
    members = ("AccountId", "Region", "ProductCode", "InstanceType")
    return {
        "Usage": [
            dict(zip(members, key, strict=True))
            | {"Seconds": seconds[key], "Amount": format(round(owed[key], 6), "f")}
            for key in sorted(seconds)
            if seconds[key]
        ],
        "MeteredUsage": _metered(call, request),
    }


def _mine(call: Call, request: Shape, table: Any) -> ColumnElement[bool]:
    """The rows that the caller pays for; AsPublisher: those of its products."""
    if request.get("AsPublisher"):
        return table.code.in_(select(Product.code).where(Product.account_id == call.account_id))  # type: ignore[no-any-return]
    return table.account_id == call.account_id  # type: ignore[no-any-return]


def _metered(call: Call, request: Shape) -> list[Shape]:
    """Units by account, product and dimension, of the hours that begin within the time."""
    query = select(MeteringRecord).where(
        _mine(call, request, MeteringRecord),
        MeteringRecord.hour >= request["StartTime"],
        MeteringRecord.hour < request["EndTime"],
    )
    units: dict[tuple[str, ...], Decimal] = defaultdict(Decimal)
    owed: dict[tuple[str, ...], Decimal] = defaultdict(Decimal)
    for row in call.session.scalars(query):
        key = (row.account_id, row.code, row.dimension)
        units[key] += Decimal(row.quantity)
        owed[key] += row.owed()
    members = ("AccountId", "ProductCode", "Dimension")
    return [
        dict(zip(members, key, strict=True))
        | {"Quantity": format(units[key], "f"), "Amount": format(round(owed[key], 6), "f")}
        for key in sorted(units)
    ]
