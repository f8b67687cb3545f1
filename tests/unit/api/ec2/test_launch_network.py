"""The interfaces that RunInstances gives an instance: several, new ones and standing ones."""

from typing import Any

import pytest

from tests.helpers.api import Api, refused
from tests.helpers.images import add_image


@pytest.fixture
def image_id(api: Api) -> str:
    return add_image(api).id


def run(api: Api, image_id: str, *interfaces: dict[str, Any], count: int = 1) -> dict[str, Any]:
    request = {"MinCount": count, "MaxCount": count, "NetworkInterfaces": list(interfaces)}
    return dict(api("RunInstances", ImageId=image_id, **request)["Instances"][0])


def test_two_interfaces_and_no_public_address(api: Api, image_id: str) -> None:
    tags = [{"ResourceType": "network-interface", "Tags": [{"Key": "Name", "Value": "n"}]}]
    answer = api(
        "RunInstances",
        ImageId=image_id,
        MinCount=2,
        MaxCount=2,
        TagSpecifications=tags,
        NetworkInterfaces=[
            {"DeviceIndex": 1, "Description": "second"},
            {"DeviceIndex": 0, "Description": "first"},
        ],
    )
    for instance in answer["Instances"]:
        interfaces = instance["NetworkInterfaces"]
        assert [one["Description"] for one in interfaces] == ["first", "second"]
        assert [one["Attachment"]["DeviceIndex"] for one in interfaces] == [0, 1]
        assert instance["PrivateIpAddress"] == interfaces[0]["PrivateIpAddress"]
        assert "PublicIpAddress" not in instance, "as on AWS, only an instance with one interface gets one"
    found = api("DescribeNetworkInterfaces", Filters=[{"Name": "tag:Name", "Values": ["n"]}])
    assert len(found["NetworkInterfaces"]) == 4


def test_a_standing_interface_brings_its_addresses(api: Api, image_id: str) -> None:
    subnet = api("DescribeSubnets")["Subnets"][0]["SubnetId"]
    made = api("CreateNetworkInterface", SubnetId=subnet)["NetworkInterface"]
    standing = {"NetworkInterfaceId": made["NetworkInterfaceId"], "DeviceIndex": 0}
    allocation = api("AllocateAddress")
    api(
        "AssociateAddress",
        AllocationId=allocation["AllocationId"],
        NetworkInterfaceId=made["NetworkInterfaceId"],
    )
    with refused("InvalidParameterCombination", "single instance"):
        run(api, image_id, standing, count=2)
    with refused("InvalidParameterCombination", "Groups may not be specified"):
        run(api, image_id, {**standing, "Groups": ["sg-0123456789abcdef0"]})
    instance = run(api, image_id, standing)
    assert instance["SubnetId"] == subnet
    assert instance["PublicIpAddress"] == allocation["PublicIp"]
    assert instance["PrivateIpAddress"] == made["PrivateIpAddress"]
    assert instance["NetworkInterfaces"][0]["Attachment"]["DeleteOnTermination"] is False
    with refused("InvalidNetworkInterface.InUse"):
        run(api, image_id, standing)


def test_refusals(api: Api, image_id: str) -> None:
    first, second = (one["SubnetId"] for one in api("DescribeSubnets")["Subnets"][:2])
    for code, interfaces in (
        ("InvalidParameterValue", [{"DeviceIndex": 1}]),
        ("InvalidParameterValue", [{"DeviceIndex": 0}, {"DeviceIndex": 0}]),
        (
            "InvalidParameterCombination",
            [{"DeviceIndex": 0, "AssociatePublicIpAddress": True}, {"DeviceIndex": 1}],
        ),
        (
            "InvalidParameterCombination",
            [{"DeviceIndex": 0, "SubnetId": first}, {"DeviceIndex": 1, "SubnetId": second}],
        ),
        ("AttachmentLimitExceeded", [{"DeviceIndex": index} for index in range(9)]),
        ("UnsupportedOperation", [{"DeviceIndex": 0, "Ipv6AddressCount": 1}]),
        ("UnsupportedOperation", [{"DeviceIndex": 0, "SecondaryPrivateIpAddressCount": 1}]),
        (
            "InvalidNetworkInterfaceID.NotFound",
            [{"DeviceIndex": 0, "NetworkInterfaceId": "eni-0123456789abcdef0"}],
        ),
    ):
        with refused(code):
            run(api, image_id, *interfaces)
