"""Products of the marketplace: offer images as one, publish them, list, subscribe and unsubscribe.

    private images ──CreateProduct──► offered, shared one by one ──PublishProduct──► public in every region

A product's images stay the publisher's, under the owner alias `aws-marketplace`. A publisher cannot make an
image with a code public itself (ModifyImageAttribute), as on AWS; publishing does. Whoever sees it, only a
subscriber launches it.
"""

from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import select

from amiable.api.amiable.publishing import offered, unknown_product
from amiable.api.call import Call
from amiable.api.faults import invalid
from amiable.api.owned import owned
from amiable.api.paging import page
from amiable.api.table import Shape, operation
from amiable.core import ids
from amiable.model.account import MARKETPLACE
from amiable.model.image import EVERYONE, Image
from amiable.model.instance_type import instance_type
from amiable.model.product import Product, Subscription, new_code, subscription_of
from amiable.model.product_code import ProductCode, codes_of
from amiable.protocol.faults import Fault

MOST_DOLLARS = Decimal(10000)
"""An hour."""


def _hourly(given: dict[str, Any]) -> dict[str, str]:
    """The prices by instance type, checked."""
    if "default" not in given:
        raise invalid("HourlyPrices must have the key default.")
    for name in given:
        if name != "default" and instance_type(name) is None:
            raise invalid(f"Invalid value '{name}' for InstanceType.")
    return _prices(given)


def _prices(given: dict[str, Any]) -> dict[str, str]:
    """The prices, checked: exact decimals from 0 to `MOST_DOLLARS` with up to six places."""
    for text in given.values():
        try:
            price = Decimal(text)
        except InvalidOperation as wrong:
            raise invalid(f"The price {text!r} is not a decimal number.") from wrong
        if not (price.is_finite() and 0 <= price <= MOST_DOLLARS and price == round(price, 6)):
            raise invalid(f"The price {text!r} must be from 0 to {MOST_DOLLARS} with up to six places.")
    return {name: format(round(Decimal(text), 6), "f") for name, text in given.items()}


@operation("amiable", "CreateProduct")
def create_product(call: Call, request: Shape) -> Shape:
    """Offer the caller's private images as a paid product."""
    if call.session.scalar(select(Product.code).where(Product.name == request["Name"])) is not None:
        raise invalid(f"There is a product named {request['Name']} already.")
    product = Product(
        code=new_code(),
        account_id=call.account_id,
        name=request["Name"],
        title=request["Title"],
        description=request.get("Description") or "",
        prices=_hourly(request["HourlyPrices"]),
        support=request.get("Support") or "",
        terms=request["Terms"],
        dimensions=_prices(request.get("Dimensions") or {}),
        created_at=call.now,
    )
    call.session.add(product)
    for image_id in sorted(set(request["ImageIds"])):
        _offer(call, product.code, image_id)
    return {"ProductCode": product.code}


def _offer(call: Call, code: str, image_id: str) -> None:
    """Put the code on an image and its snapshots."""
    image = owned(call, Image, "ami", image_id, lock=True)
    if image.state != "available":
        raise invalid(f"The image '{image_id}' is {image.state}: it can be offered once it is available.")
    if any(permission.grantee == EVERYONE for permission in image.permissions):
        raise Fault("OperationNotPermitted", f"The image {image_id} is public: it cannot have a code.")
    snapshots = [device.snapshot_id for device in image.devices if device.snapshot_id]
    if codes_of(call.session, [image_id, *snapshots]):
        raise Fault("OperationNotPermitted", f"The image {image_id} has a product code already.")
    if image.supported_types or image.unsupported_types:
        raise Fault("OperationNotPermitted", f"The image {image_id} has an instance type specification.")
    image.owner_alias = MARKETPLACE
    for resource_id in (image_id, *snapshots):
        call.session.add(ProductCode(resource_id=resource_id, code=code))
    call.session.flush()


@operation("amiable", "DescribeProducts")
def describe_products(call: Call, request: Shape) -> Shape:
    """The products of the marketplace, and whether the caller is subscribed."""
    wanted = request.get("ProductCodes") or []
    query = select(Product)
    if wanted:
        query = query.where(Product.code.in_(wanted))
    rows, token = page(call, "DescribeProducts", query, Product.code, request, ids_given=wanted)
    if missing := set(wanted) - {row.code for row in rows}:
        raise unknown_product(min(missing))
    held = set(
        call.session.scalars(
            select(Subscription.code).where(
                Subscription.account_id == call.account_id, Subscription.ended_at.is_(None)
            )
        )
    )
    images = offered(call, [row.code for row in rows])
    answer: Shape = {
        "Products": [
            _shape(row, row.code in held)
            | {"ImageIds": [image.id for image in images.get(row.code, []) if image.region == call.region]}
            for row in rows
        ]
    }
    return answer | {"NextToken": token} if token else answer


def _shape(product: Product, subscribed: bool) -> Shape:
    return {
        "ProductCode": product.code,
        "PublisherId": product.account_id,
        "Name": product.name,
        "Title": product.title,
        "Description": product.description,
        "HourlyPrices": product.prices,
        "Dimensions": product.dimensions,
        "Support": product.support,
        "Terms": product.terms,
        "Subscribed": subscribed,
    }


@operation("amiable", "SubscribeProduct")
def subscribe_product(call: Call, request: Shape) -> Shape:
    """Accept a product's terms and prices; harmless when repeated."""
    code = request["ProductCode"]
    product = call.session.scalar(select(Product).where(Product.code == code).with_for_update())
    if product is None:
        raise unknown_product(code)
    if not request["AcceptTerms"]:
        raise invalid("The terms must be accepted: AcceptTerms.")
    if product.account_id == call.account_id:
        raise invalid("A publisher needs no subscription to its own product.")
    held = subscription_of(call.session, call.account_id, code)
    if held is None:
        held = Subscription(id=ids.new_id("sub"), account_id=call.account_id, code=code, started_at=call.now)
        call.session.add(held)
    return {"ProductCode": code, "SubscribedAt": held.started_at}


@operation("amiable", "UnsubscribeProduct")
def unsubscribe_product(call: Call, request: Shape) -> Shape:
    """End a subscription: nothing new is launched; what runs goes on and is metered."""
    code = request["ProductCode"]
    held = subscription_of(call.session, call.account_id, code)
    if held is None:
        raise invalid(f"There is no subscription to {code}.")
    held.ended_at = call.now
    return {"ProductCode": code, "UnsubscribedAt": call.now}
