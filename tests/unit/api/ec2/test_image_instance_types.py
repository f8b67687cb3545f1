"""ReplaceImageInstanceTypeSpecification: which types an image is launched on."""

from typing import Any

import pytest

from tests.helpers.api import Api, filters, refused
from tests.helpers.images import add_image


def replace(api: Api, image_id: str, supported: list[str], unsupported: list[str]) -> None:
    api(
        "ReplaceImageInstanceTypeSpecification",
        ImageId=image_id,
        InstanceTypeSpecification={
            "SupportedInstanceTypes": supported,
            "UnsupportedInstanceTypes": unsupported,
        },
    )


@pytest.mark.parametrize(
    ("supported", "unsupported", "fits"),
    [
        ([], [], {"t3.nano", "t3.micro"}),
        (["t3.*"], [], {"t3.nano", "t3.micro"}),
        (["t3.n*"], [], {"t3.nano"}),
        ([], ["t3.nano"], {"t3.micro"}),
        (["t3.*"], ["*micro"], {"t3.nano"}),
        (["m9.large"], [], set()),
    ],
)
def test_launches_obey(api: Api, supported: list[str], unsupported: list[str], fits: set[str]) -> None:
    image = add_image(api).id
    replace(api, image, supported, unsupported)
    for kind in ("t3.nano", "t3.micro"):
        request = {"ImageId": image, "InstanceType": kind, "MinCount": 1, "MaxCount": 1}
        if kind in fits:
            api("RunInstances", **request)
        else:
            with refused("InvalidParameterCombination", kind):
                api("RunInstances", **request)


def test_it_is_shown_found_and_taken_back(api: Api) -> None:
    image = add_image(api, "picky").id
    add_image(api, "easy")
    replace(api, image, ["t3.*", "m5.large"], ["t3.nano"])
    (shown,) = api("DescribeImages", ImageIds=[image])["Images"]
    assert shown["InstanceTypeSpecification"] == {
        "SupportedInstanceTypes": [{"InstanceType": "t3.*"}, {"InstanceType": "m5.large"}],
        "UnsupportedInstanceTypes": [{"InstanceType": "t3.nano"}],
    }

    def found(kind: str, value: str) -> list[str]:
        name = f"instance-type-specification.{kind}-instance-type"
        images = api("DescribeImages", Filters=filters(**{name: value}))["Images"]
        return [one["Name"] for one in images]

    assert (found("supported", "m5.*"), found("supported", "t3.nano")) == (["picky"], [])
    assert (found("unsupported", "t3.nano"), found("unsupported", "m5.large")) == (["picky"], [])
    api("ReplaceImageInstanceTypeSpecification", ImageId=image)
    (shown,) = api("DescribeImages", ImageIds=[image])["Images"]
    assert "InstanceTypeSpecification" not in shown


@pytest.mark.parametrize(
    ("supported", "unsupported"),
    [(["t3.**"], []), (["t3 nano"], []), (["x" * 25], []), (["a", "a"], []), (["a"], ["a"])],
)
def test_refused_specifications(api: Api, supported: list[str], unsupported: list[str]) -> None:
    with refused("InvalidParameterValue"):
        replace(api, add_image(api).id, supported, unsupported)


def test_products_have_none(api: Api) -> None:
    first, second = add_image(api, "first").id, add_image(api, "second").id
    offer: dict[str, Any] = {"Title": "T", "HourlyPrices": {"default": "1"}, "Terms": "Pay."}
    api("CreateProduct", "amiable", Name=f"p-{api.account_id}", ImageIds=[first], **offer)
    with refused("OperationNotPermitted", "product code"):
        replace(api, first, ["t3.*"], [])
    replace(api, second, ["t3.*"], [])
    with refused("OperationNotPermitted", "instance type specification"):
        api("CreateProduct", "amiable", Name=f"q-{api.account_id}", ImageIds=[second], **offer)
