"""Allowed images: states, criteria, and what they refuse."""

from datetime import timedelta
from typing import Any

import pytest

from amiable.core import clock
from amiable.model.product_code import ProductCode
from amiable.model.watermark import ImageWatermark
from tests.helpers.api import Api, filters, refused
from tests.helpers.images import add_image


def names(api: Api, **request: Any) -> list[str]:
    return sorted(image["Name"] for image in api("DescribeImages", **request)["Images"])


def allow(api: Api, state: str, *criteria: dict[str, Any]) -> None:
    api("ReplaceImageCriteriaInAllowedImagesSettings", ImageCriteria=list(criteria))
    api("EnableAllowedImagesSettings", AllowedImagesSettingsState=state)


def test_enabled_hides_and_refuses_what_no_criterion_allows(api: Api) -> None:
    other = api.other_account()
    add_image(api, "mine")
    good, bad = add_image(other, "good-1", "all").id, add_image(other, "bad-1", "all").id
    allow(api, "enabled", {"ImageNames": ["good-?"]}, {"ImageNames": ["other"]})
    assert names(api) == ["good-1", "mine"]
    assert "ImageAllowed" in api("DescribeImages", ImageIds=[good])["Images"][0]
    for operation, request in (
        ("DescribeImages", {"ImageIds": [bad]}),
        ("DescribeImageAttribute", {"ImageId": bad, "Attribute": "productCodes"}),
        ("RunInstances", {"ImageId": bad, "MinCount": 1, "MaxCount": 1}),
    ):
        with refused("InvalidAMIID.NotFound"):
            api(operation, **request)
    api("RunInstances", ImageId=good, MinCount=1, MaxCount=1)
    assert names(other) == ["bad-1", "good-1"]
    assert names(api.other_region()) == []
    api("DisableAllowedImagesSettings")
    assert names(api) == ["bad-1", "good-1", "mine"]


def test_audit_says_what_would_be_hidden(api: Api) -> None:
    other = api.other_account()
    add_image(api, "mine")
    add_image(other, "good", "all")
    add_image(other, "bad", "all")
    assert all("ImageAllowed" not in image for image in api("DescribeImages")["Images"])
    assert names(api, Filters=filters(image_allowed="false")) == []
    allow(api, "audit-mode", {"ImageNames": ["good"]})
    shown = {image["Name"]: image["ImageAllowed"] for image in api("DescribeImages")["Images"]}
    assert shown == {"mine": True, "good": True, "bad": False}
    assert names(api, Filters=filters(image_allowed="false")) == ["bad"]
    settings = api("GetAllowedImagesSettings")
    assert (settings["State"], settings["ImageCriteria"]) == ("audit-mode", [{"ImageNames": ["good"]}])


@pytest.mark.parametrize(
    ("criterion", "expected"),
    [
        ({"ImageProviders": ["amazon"]}, ["base"]),
        ({"ImageProviders": ["aws-backup-vault", "aws-marketplace"]}, []),
        ({"ImageProviders": ["none"]}, []),
        ({"ImageProviders": ["PUBLISHER"]}, ["base", "coded", "marked", "old"]),
        ({"ImageProviders": ["amazon"], "ImageNames": ["old"]}, []),
        ({"MarketplaceProductCodes": ["c" * 25]}, ["coded"]),
        ({"CreationDateCondition": {"MaximumDaysSinceCreated": 30}}, ["base", "coded", "marked"]),
        ({"DeprecationTimeCondition": {"MaximumDaysSinceDeprecated": 0}}, ["base", "coded", "marked"]),
        ({"DeprecationTimeCondition": {"MaximumDaysSinceDeprecated": 5}}, ["base", "coded", "marked", "old"]),
        ({"ImageWatermarks": [{"WatermarkKey": "*:approved"}]}, ["marked"]),
        ({"ImageWatermarks": [{"WatermarkKey": "*:approved", "SourceImageRegion": "eu-*"}]}, []),
        ({"ImageWatermarks": [{"MaximumDaysSinceWatermarkCreated": 3}]}, ["marked"]),
        ({"ImageWatermarks": [{"MaximumDaysSinceSourceImageCreated": 3}]}, []),
    ],
)
def test_criteria(api: Api, criterion: dict[str, Any], expected: list[str]) -> None:
    publisher, now = api.other_account(), clock.now()
    add_image(publisher, "base", "all", owner_alias="amazon")
    coded, marked = add_image(publisher, "coded", "all").id, add_image(publisher, "marked", "all").id
    past = {"created_at": now - timedelta(days=60), "deprecated_at": now - timedelta(days=3)}
    add_image(publisher, "old", "all", **past)
    mark = {"source_image_id": marked, "source_region": api.region, "attached_at": now}
    with api.database.write() as session:
        session.add(ProductCode(resource_id=coded, code="c" * 25))
        session.add(
            ImageWatermark(
                image_id=marked,
                key=f"{publisher.account_id}:approved",
                source_created_at=now - timedelta(days=9),
                **mark,
            )
        )
    if criterion.get("ImageProviders") == ["PUBLISHER"]:
        criterion = {"ImageProviders": [publisher.account_id]}
    allow(api, "enabled", criterion)
    assert names(api, IncludeDeprecated=True) == expected


@pytest.mark.parametrize(
    ("code", "criteria"),
    [
        ("UnsupportedOperation", [{"ScanResultCondition": {"MaximumSeverityLabel": "low"}}]),
        ("InvalidParameterValue", [{"ImageNames": ["x"]}] * 11),
        ("InvalidParameterValue", [{}]),
        ("InvalidParameterValue", [{"ImageProviders": ["somebody"]}]),
        ("InvalidParameterValue", [{"ImageProviders": ["none", "amazon"]}]),
        ("InvalidParameterValue", [{"ImageNames": ["a?"]}]),
        ("InvalidParameterValue", [{"ImageNames": ["a%"]}]),
        ("InvalidParameterValue", [{"MarketplaceProductCodes": ["c"] * 51}]),
        ("InvalidParameterValue", [{"CreationDateCondition": {"MaximumDaysSinceCreated": -1}}]),
        ("InvalidParameterValue", [{"ImageWatermarks": [{}]}]),
    ],
)
def test_refused_criteria(api: Api, code: str, criteria: list[dict[str, Any]]) -> None:
    with refused(code):
        api("ReplaceImageCriteriaInAllowedImagesSettings", ImageCriteria=criteria)
