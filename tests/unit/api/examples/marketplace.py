"""Products, one of them subscribed to, one of them the account's own."""

from datetime import timedelta
from typing import Any

from amiable.core import clock
from tests.helpers.api import Api
from tests.helpers.images import add_image
from tests.unit.api.examples.request import Requests

PRODUCT: dict[str, Any] = {
    "Title": "T",
    "HourlyPrices": {"default": "0.1"},
    "Terms": "Pay.",
    "Dimensions": {"units": "0.1"},
}


def examples(api: Api) -> Requests:
    """Makes two products of another account, and an image to offer."""
    publisher = api.other_account()
    first, second = (
        publisher(
            "CreateProduct",
            "amiable",
            Name=f"{name}-{api.account_id}",
            ImageIds=[add_image(publisher, name).id],
            **PRODUCT,
        )["ProductCode"]
        for name in ("first", "second")
    )
    api("SubscribeProduct", "amiable", ProductCode=second, AcceptTerms=True)
    offered = add_image(api, "offered").id
    own = api(
        "CreateProduct",
        "amiable",
        Name=f"own-{api.account_id}",
        ImageIds=[add_image(api, "own-product").id],
        **PRODUCT,
    )["ProductCode"]
    customer = api.other_account()
    customer("SubscribeProduct", "amiable", ProductCode=own, AcceptTerms=True)
    record = {
        "Timestamp": clock.now(),
        "Dimension": "units",
        "Quantity": 1,
        "CustomerAWSAccountId": customer.account_id,
    }
    metered = {"ProductCode": second, "Timestamp": clock.now(), "UsageDimension": "units", "UsageQuantity": 1}
    period = {"StartTime": clock.now() - timedelta(days=1), "EndTime": clock.now()}
    return {
        ("amiable", "CreateProduct"): {**PRODUCT, "Name": f"mine-{api.account_id}", "ImageIds": [offered]},
        ("amiable", "DescribeProducts"): {"ProductCodes": [first]},
        ("amiable", "DescribeUsage"): period,
        ("amiable", "PublishProduct"): {"ProductCode": own},
        ("amiable", "SubscribeProduct"): {"ProductCode": first, "AcceptTerms": True},
        ("amiable", "UnsubscribeProduct"): {"ProductCode": second},
        ("marketplace-entitlement", "GetEntitlements"): {"ProductCode": own},
        ("meteringmarketplace", "BatchMeterUsage"): {"ProductCode": own, "UsageRecords": [record]},
        ("meteringmarketplace", "MeterUsage"): metered,
    }
