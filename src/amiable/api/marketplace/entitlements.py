"""GetEntitlements: who may use a product, as its publisher asks.

A subscription here is to hours of instances, without end and without a limit: it entitles to `Hours`, and to
each dimension that the product's software meters.
"""

from dataclasses import dataclass

from sqlalchemy import select

from amiable.api.call import Call
from amiable.api.paging import page_of
from amiable.api.table import Shape, operation
from amiable.model.product import Product, Subscription
from amiable.protocol.faults import Fault

HOURS = "Hours"
MOST = 25


@dataclass(frozen=True)
class _Entitlement:
    account_id: str
    dimension: str

    @property
    def key(self) -> str:
        """Their order."""
        return f"{self.account_id} {self.dimension}"


@operation("marketplace-entitlement", "GetEntitlements")
def get_entitlements(call: Call, request: Shape) -> Shape:
    """The customers of the caller's product, and the dimensions that they are entitled to."""
    product = call.session.get(Product, request["ProductCode"])
    if product is None or product.account_id != call.account_id:
        raise _invalid(f"You have no product with the code {request['ProductCode']}.")
    wanted = request.get("Filter") or {}
    if "LICENSE_ARN" in wanted:
        raise _invalid("There are no licenses: filter by CUSTOMER_AWS_ACCOUNT_ID.")
    if {"CUSTOMER_IDENTIFIER", "CUSTOMER_AWS_ACCOUNT_ID"} <= set(wanted):
        raise _invalid("Filter by CUSTOMER_IDENTIFIER or CUSTOMER_AWS_ACCOUNT_ID, not both.")
    customers = wanted.get("CUSTOMER_AWS_ACCOUNT_ID") or wanted.get("CUSTOMER_IDENTIFIER")
    query = select(Subscription.account_id).where(
        Subscription.code == product.code, Subscription.ended_at.is_(None)
    )
    if customers:
        query = query.where(Subscription.account_id.in_(customers))
    dimensions = wanted.get("DIMENSION") or [HOURS, *product.dimensions]
    items = [
        _Entitlement(account_id, dimension)
        for account_id in call.session.scalars(query)
        for dimension in {HOURS, *product.dimensions} & set(dimensions)
    ]
    paged = {"MaxResults": MOST, **request}
    try:
        rows, token = page_of(
            call, "GetEntitlements", items, lambda item: item.key, paged, smallest=1, largest=MOST
        )
    except Fault as wrong:
        raise _invalid(wrong.message) from wrong
    answer: Shape = {
        "Entitlements": [
            {
                "ProductCode": product.code,
                "Dimension": row.dimension,
                "CustomerIdentifier": row.account_id,
                "CustomerAWSAccountId": row.account_id,
                "Value": {"BooleanValue": True},
            }
            for row in rows
        ]
    }
    return answer | {"NextToken": token} if token else answer


def _invalid(message: str) -> Fault:
    return Fault("InvalidParameterException", message)
