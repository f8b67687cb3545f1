"""Metered units: what counts once, what is refused with which exception, and who is entitled."""

from datetime import timedelta
from typing import Any

import pytest

from amiable.core import clock
from tests.helpers.api import Api, refused
from tests.helpers.images import add_image

HOUR = timedelta(hours=1)
METERING, ENTITLEMENT = "meteringmarketplace", "marketplace-entitlement"


@pytest.fixture
def publisher(api: Api) -> Api:
    return api.other_account()


@pytest.fixture
def code(api: Api, publisher: Api) -> str:
    """A product of the publisher's that meters pages, subscribed to by the account."""
    made = publisher(
        "CreateProduct",
        "amiable",
        Name=f"pages-{api.account_id}",
        Title="Pages",
        Terms="Pay.",
        HourlyPrices={"default": "1"},
        Dimensions={"pages": "0.25"},
        ImageIds=[add_image(publisher, "pages").id],
    )["ProductCode"]
    api("SubscribeProduct", "amiable", ProductCode=made, AcceptTerms=True)
    return str(made)


def meter(api: Api, code: str, **request: Any) -> str:
    given = {"Timestamp": clock.now(), "UsageDimension": "pages", "UsageQuantity": 8, **request}
    return str(api("MeterUsage", METERING, ProductCode=code, **given)["MeteringRecordId"])


def report(api: Api, **request: Any) -> list[dict[str, Any]]:
    now = clock.now()
    answer = api("DescribeUsage", "amiable", StartTime=now - 48 * HOUR, EndTime=now + HOUR, **request)
    return list(answer["MeteredUsage"])


def test_an_hour_counts_once(api: Api, publisher: Api, code: str) -> None:
    first = meter(api, code, ClientToken="one")
    assert meter(api, code, ClientToken="two", UsageQuantity=None, UsageQuantityAsDecimal="8.00") == first
    with refused("DuplicateRequestException", "8"):
        meter(api, code, UsageQuantity=9)
    with refused("IdempotencyConflictException"):
        meter(api, code, ClientToken="one", UsageQuantity=9)
    row = {"AccountId": api.account_id, "ProductCode": code, "Dimension": "pages"}
    assert report(api) == [row | {"Quantity": "8", "Amount": "2.000000"}]
    assert report(publisher, AsPublisher=True) == report(api)
    assert report(publisher) == []


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"ProductCode": "0" * 25}, "InvalidProductCodeException"),
        ({"UsageDimension": "colours"}, "InvalidUsageDimensionException"),
        ({"Timestamp": -7 * HOUR}, "TimestampOutOfBoundsException"),
        ({"Timestamp": -2 * HOUR}, "TimestampOutOfBoundsException"),  # not subscribed then
        ({"Timestamp": 1 * HOUR}, "TimestampOutOfBoundsException"),
        ({"UsageQuantityAsDecimal": "8"}, "ValidationException"),
        ({"UsageAllocations": [{"AllocatedUsageQuantity": 7}]}, "InvalidUsageAllocationsException"),
        ({"UsageAllocations": [{"AllocatedUsageQuantity": 4}] * 2}, "InvalidUsageAllocationsException"),
        (
            {"UsageAllocations": [{"AllocatedUsageQuantityAsDecimal": "8"}]},
            "InvalidUsageAllocationsException",
        ),
    ],
)
def test_what_is_refused(api: Api, code: str, changed: dict[str, Any], fault: str) -> None:
    given = {"ProductCode": code, "UsageDimension": "pages", "UsageQuantity": 8, **changed}
    given["Timestamp"] = clock.now() + changed.get("Timestamp", timedelta())
    with refused(fault):
        api("MeterUsage", METERING, **given)


def test_only_subscribers_meter(api: Api, code: str) -> None:
    with refused("CustomerNotEntitledException"):
        meter(api.other_account(), code)
    with refused("DryRunOperation"):
        meter(api, code, DryRun=True)


def test_a_publisher_meters_a_batch_for_its_customers(api: Api, publisher: Api, code: str) -> None:
    now = clock.now()
    stranger = api.other_account()

    def record(account: Api, quantity: int) -> dict[str, Any]:
        return {
            "Timestamp": now,
            "Dimension": "pages",
            "Quantity": quantity,
            "CustomerAWSAccountId": account.account_id,
        }

    def batch(seller: Api, *records: dict[str, Any]) -> list[str]:
        answer = seller("BatchMeterUsage", METERING, ProductCode=code, UsageRecords=list(records))
        return [row["Status"] for row in answer["Results"]]

    said = batch(publisher, record(api, 3), record(stranger, 3), record(api, 3), record(api, 4))
    assert said == ["Success", "CustomerNotSubscribed", "Success", "DuplicateRecord"]
    assert [row["Quantity"] for row in report(api)] == ["3"]
    with refused("InvalidProductCodeException"):
        batch(api, record(api, 3))
    with refused("TimestampOutOfBoundsException"):
        batch(publisher, record(api, 5) | {"Timestamp": now - 25 * HOUR})


def test_entitlements_are_the_publishers_to_see(api: Api, publisher: Api, code: str) -> None:
    def entitled(**request: Any) -> list[tuple[str, str]]:
        answer = publisher("GetEntitlements", ENTITLEMENT, ProductCode=code, **request)
        return [(row["CustomerAWSAccountId"], row["Dimension"]) for row in answer["Entitlements"]]

    assert entitled() == [(api.account_id, "Hours"), (api.account_id, "pages")]
    assert entitled(Filter={"DIMENSION": ["pages"]}) == [(api.account_id, "pages")]
    assert entitled(Filter={"CUSTOMER_AWS_ACCOUNT_ID": ["000000000000"]}) == []
    page = publisher("GetEntitlements", ENTITLEMENT, ProductCode=code, MaxResults=1)
    assert entitled(NextToken=page["NextToken"]) == [(api.account_id, "pages")]
    with refused("InvalidParameterException"):
        api("GetEntitlements", ENTITLEMENT, ProductCode=code)
    api("UnsubscribeProduct", "amiable", ProductCode=code)
    assert entitled() == []
