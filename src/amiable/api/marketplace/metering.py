"""AWSMarketplaceMetering: the units that a product's software counts, beside the hours that we count.

MeterUsage is called in the buyer's account, for the hour of its timestamp; BatchMeterUsage by the publisher,
for its customers. A record counts once for account, dimension and hour, whoever sends it again (the index of
model/metering_record.py); the same record with another quantity is refused. AWS tells the instances of a
buyer apart by their roles; here an account is one source.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select

from amiable.api.call import Call
from amiable.api.client_tokens import made_before, remember
from amiable.api.table import Shape, operation
from amiable.core import ids
from amiable.model.metering_record import MeteringRecord
from amiable.model.product import Product, subscription_of
from amiable.model.usage import UsageInterval
from amiable.protocol.faults import Fault

BUYERS_PAST = timedelta(hours=6)
SELLERS_PAST = timedelta(hours=24)
AHEAD = timedelta(minutes=5)
"""How far a buyer's clock may be ahead of the server's."""


def _product(call: Call, code: str) -> Product:
    product = call.session.get(Product, code)
    if product is None:
        raise Fault("InvalidProductCodeException", f"There is no product with the code {code}.")
    return product


def _check_dimension(product: Product, dimension: str) -> None:
    if dimension not in product.dimensions:
        listed = ", ".join(sorted(product.dimensions)) or "none"
        said = f"{product.title} has no dimension {dimension}; it has: {listed}."
        raise Fault("InvalidUsageDimensionException", said)


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _check_time(call: Call, moment: datetime, past: timedelta, since: datetime | None) -> None:
    """The timestamp lies in the last hours, and not before the customer's use began."""
    begun = since is None or _hour(since) <= moment
    if not (call.now - past <= moment <= call.now + AHEAD and begun):
        hours = int(past.total_seconds() // 3600)
        raise Fault(
            "TimestampOutOfBoundsException",
            f"The timestamp must lie in the last {hours} hours, and not before the subscription.",
        )


def _entitled_since(call: Call, product: Product, account_id: str) -> datetime | None:
    """When the account's use began: by subscription, or by an instance that still runs; None without."""
    if product.account_id == account_id:
        return product.created_at
    held = subscription_of(call.session, account_id, product.code)
    running = call.session.scalar(
        select(func.min(UsageInterval.started_at)).where(
            UsageInterval.account_id == account_id,
            UsageInterval.code == product.code,
            UsageInterval.ended_at.is_(None),
        )
    )
    return min((one for one in (held.started_at if held else None, running) if one), default=None)


def _quantity(given: Shape, whole: str, exact: str, fault: str) -> Decimal:
    """The number of units: in whole ones, or as decimal text."""
    if given.get(whole) is not None and given.get(exact) is not None:
        raise Fault(fault, f"Give {whole} or {exact}, not both.")
    return Decimal(given[exact]) if given.get(exact) is not None else Decimal(given.get(whole) or 0)


def _allocations(given: Shape, quantity: Decimal, *, exact: bool) -> dict[str, Any]:
    """The quantity's parts by tags, checked: of the same kind, of different tags, and together the whole."""
    rows = given.get("UsageAllocations")
    if not rows:
        return {}
    wrong = "InvalidUsageAllocationsException"
    parts: dict[str, str] = {}
    for row in rows:
        part = _quantity(row, "AllocatedUsageQuantity", "AllocatedUsageQuantityAsDecimal", wrong)
        if exact != (row.get("AllocatedUsageQuantityAsDecimal") is not None):
            raise Fault(wrong, "Allocations must be of the same kind, whole or decimal, as the quantity.")
        tags = {tag["Key"]: tag["Value"] for tag in row.get("Tags") or ()}
        if len(tags) != len(row.get("Tags") or ()):
            raise Fault("InvalidTagException", "A key of an allocation's tags is there twice.")
        key = ",".join(f"{name}={tags[name]}" for name in sorted(tags))
        if key in parts:
            raise Fault(wrong, "Each allocation must have tags of its own.")
        parts[key] = str(part)
    if sum(map(Decimal, parts.values()), Decimal()) != quantity:
        raise Fault(wrong, f"The allocations together are not the quantity, {quantity}.")
    return parts


def _record(
    call: Call,
    product: Product,
    account_id: str,
    dimension: str,
    moment: datetime,
    quantity: Decimal,
    allocations: dict[str, Any],
) -> tuple[MeteringRecord, bool]:
    """(the record of that hour, whether it says what is given): the one that is there, or a new one."""
    hour = _hour(moment)
    there = call.session.scalar(
        select(MeteringRecord).where(
            MeteringRecord.code == product.code,
            MeteringRecord.account_id == account_id,
            MeteringRecord.dimension == dimension,
            MeteringRecord.hour == hour,
        )
    )
    if there is not None:
        return there, Decimal(there.quantity) == quantity
    made = MeteringRecord(
        id=ids.new_uuid(),
        account_id=account_id,
        code=product.code,
        dimension=dimension,
        hour=hour,
        quantity=str(quantity),
        price=str(product.dimensions[dimension]),
        allocations=allocations,
        recorded_at=call.now,
    )
    call.session.add(made)
    call.session.flush()
    return made, True


@operation("meteringmarketplace", "MeterUsage")
def meter_usage(call: Call, request: Shape) -> Shape:
    """Count units of a product's dimension for the caller, once for each hour."""
    if known := made_before(call, "MeterUsage", request):
        return {"MeteringRecordId": known}
    product = _product(call, request["ProductCode"])
    since = _entitled_since(call, product, call.account_id)
    if since is None:
        raise Fault(
            "CustomerNotEntitledException",
            f"The account {call.account_id} is not subscribed to {product.title}.",
        )
    _check_dimension(product, request["UsageDimension"])
    _check_time(call, request["Timestamp"], BUYERS_PAST, since)
    quantity = _quantity(request, "UsageQuantity", "UsageQuantityAsDecimal", "ValidationException")
    allocations = _allocations(request, quantity, exact=request.get("UsageQuantityAsDecimal") is not None)
    record, same = _record(
        call,
        product,
        call.account_id,
        request["UsageDimension"],
        request["Timestamp"],
        quantity,
        allocations,
    )
    if not same:
        raise Fault(
            "DuplicateRequestException",
            f"A record of {record.quantity} has been metered already for this dimension and hour.",
        )
    remember(call, "MeterUsage", request, record.id)
    return {"MeteringRecordId": record.id}


@operation("meteringmarketplace", "BatchMeterUsage")
def batch_meter_usage(call: Call, request: Shape) -> Shape:
    """Count units for customers of the caller's product; each record says what became of it."""
    product = _product(call, request.get("ProductCode") or "")
    if product.account_id != call.account_id:
        raise Fault("InvalidProductCodeException", f"There is no product with the code {product.code}.")
    quantities = []
    for row in request["UsageRecords"]:
        if row.get("LicenseArn"):
            raise Fault("InvalidLicenseException", "There are no licenses: name the customer's account.")
        if not (row.get("CustomerAWSAccountId") or row.get("CustomerIdentifier")):
            raise Fault("InvalidCustomerIdentifierException", "Each record needs a CustomerAWSAccountId.")
        _check_dimension(product, row["Dimension"])
        _check_time(call, row["Timestamp"], SELLERS_PAST, None)
        quantity = _quantity(row, "Quantity", "QuantityAsDecimal", "ValidationException")
        allocations = _allocations(row, quantity, exact=row.get("QuantityAsDecimal") is not None)
        quantities.append((row, quantity, allocations))
    results = [_billed(call, product, *one) for one in quantities]
    return {"Results": results, "UnprocessedRecords": []}


def _billed(
    call: Call, product: Product, row: Shape, quantity: Decimal, allocations: dict[str, Any]
) -> Shape:
    """One of the results."""
    customer = row.get("CustomerAWSAccountId") or row["CustomerIdentifier"]
    since = _entitled_since(call, product, customer)
    if since is None or row["Timestamp"] < _hour(since):
        return {"UsageRecord": row, "Status": "CustomerNotSubscribed"}
    record, same = _record(call, product, customer, row["Dimension"], row["Timestamp"], quantity, allocations)
    if not same:
        return {"UsageRecord": row, "Status": "DuplicateRecord"}
    return {"UsageRecord": row, "MeteringRecordId": record.id, "Status": "Success"}
