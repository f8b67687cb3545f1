"""Products, one of them subscribed to."""

from datetime import timedelta
from typing import Any

from amiable.core import clock
from tests.helpers.api import Api
from tests.helpers.images import add_image
from tests.unit.api.examples.request import Requests

PRODUCT: dict[str, Any] = {"Title": "T", "HourlyPrices": {"default": "0.1"}, "Terms": "Pay."}


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
    period = {"StartTime": clock.now() - timedelta(days=1), "EndTime": clock.now()}
    return {
        ("amiable", "CreateProduct"): {**PRODUCT, "Name": f"mine-{api.account_id}", "ImageIds": [offered]},
        ("amiable", "DescribeProducts"): {"ProductCodes": [first]},
        ("amiable", "DescribeUsage"): period,
        ("amiable", "SubscribeProduct"): {"ProductCode": first, "AcceptTerms": True},
        ("amiable", "UnsubscribeProduct"): {"ProductCode": second},
    }
