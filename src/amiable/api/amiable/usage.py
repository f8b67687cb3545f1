"""DescribeUsage: what is owed for products, computed from the intervals of running (model/usage.py)."""

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal

from sqlalchemy import or_, select

from amiable.api.call import Call
from amiable.api.faults import invalid
from amiable.api.table import Shape, operation
from amiable.model.product import Product
from amiable.model.usage import LEAST, UsageInterval

LONGEST = timedelta(days=366)


@operation("amiable", "DescribeUsage")
def describe_usage(call: Call, request: Shape) -> Shape:
    """Seconds and US dollars by account, region, product and instance type, in [StartTime, EndTime)."""
    since, until = request["StartTime"], request["EndTime"]
    if not since < until <= since + LONGEST:
        raise invalid(f"EndTime must be after StartTime, by {LONGEST.days} days at most.")
    mine = UsageInterval.account_id == call.account_id
    if request.get("AsPublisher"):
        mine = UsageInterval.code.in_(select(Product.code).where(Product.account_id == call.account_id))
    query = select(UsageInterval).where(
        mine,
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
        ]
    }
