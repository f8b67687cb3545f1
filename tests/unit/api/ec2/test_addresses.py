"""Elastic addresses."""

from typing import Any

from amiable.model.instance import Instance
from tests.helpers.api import Api, filters, refused
from tests.helpers.rows import add_instance


def running(api: Api, private_ip: str = "172.31.0.10") -> Instance:
    (group,) = api("DescribeSecurityGroups")["SecurityGroups"]
    return add_instance(api, group["GroupId"], private_ip)


def described(api: Api, **request: Any) -> dict[str, Any]:
    (found,) = api("DescribeAddresses", **request)["Addresses"]
    return dict(found)


def shown(api: Api, instance: Instance) -> dict[str, Any]:
    (reservation,) = api("DescribeInstances", InstanceIds=[instance.id])["Reservations"]
    return dict(reservation["Instances"][0])


def test_an_address_comes_and_goes(api: Api) -> None:
    instance = running(api)
    tag = [{"ResourceType": "elastic-ip", "Tags": [{"Key": "Name", "Value": "n"}]}]
    made = api("AllocateAddress", Domain="vpc", TagSpecifications=tag)
    allocation = made["AllocationId"]
    free = described(api, AllocationIds=[allocation])
    assert free["Tags"] == tag[0]["Tags"]
    assert "AssociationId" not in free
    association = api("AssociateAddress", AllocationId=allocation, InstanceId=instance.id)["AssociationId"]
    assert (
        api("AssociateAddress", AllocationId=allocation, InstanceId=instance.id)["AssociationId"]
        == association
    )
    facts = shown(api, instance)
    assert facts["PublicIpAddress"] == made["PublicIp"]
    assert facts["NetworkInterfaces"][0]["Association"]["IpOwnerId"] == api.account_id
    (eni,) = api("DescribeNetworkInterfaces", Filters=filters(association__allocation_id=allocation))[
        "NetworkInterfaces"
    ]
    assert eni["Association"]["AssociationId"] == association
    for name, value in (
        ("instance-id", instance.id),
        ("private-ip-address", "172.31.0.10"),
        ("public-ip", made["PublicIp"]),
        ("association-id", association),
        ("tag:Name", "n"),
    ):
        assert described(api, Filters=[{"Name": name, "Values": [value]}])["AllocationId"] == allocation, name
    with refused("InvalidIPAddress.InUse"):
        api("ReleaseAddress", AllocationId=allocation)
    api("DisassociateAddress", AssociationId=association)
    assert shown(api, instance)["PublicIpAddress"] != made["PublicIp"], "an auto-assigned one comes back"
    api("ReleaseAddress", AllocationId=allocation)
    with refused("InvalidAllocationID.NotFound", f"The allocation ID '{allocation}' does not exist"):
        api("ReleaseAddress", AllocationId=allocation)


def test_an_address_moves(api: Api) -> None:
    first, second = running(api), running(api, "172.31.0.11")
    one, other = (api("AllocateAddress") for _ in "ab")
    api("AssociateAddress", AllocationId=one["AllocationId"], InstanceId=first.id)
    with refused("Resource.AlreadyAssociated"):
        api(
            "AssociateAddress",
            AllocationId=one["AllocationId"],
            InstanceId=second.id,
            AllowReassociation=False,
        )
    api("AssociateAddress", PublicIp=one["PublicIp"], InstanceId=second.id)
    assert shown(api, second)["PublicIpAddress"] == one["PublicIp"]
    assert shown(api, first)["PublicIpAddress"] not in (one["PublicIp"], other["PublicIp"])
    api("AssociateAddress", AllocationId=other["AllocationId"], InstanceId=second.id)
    assert "AssociationId" not in described(api, AllocationIds=[one["AllocationId"]]), "it made room"


def test_a_named_address(api: Api) -> None:
    assert api("AllocateAddress", Address="198.18.200.9")["PublicIp"] == "198.18.200.9"
    for text in ("198.18.200.9", "192.0.2.1"):
        with refused("InvalidAddress.NotFound"):
            api("AllocateAddress", Address=text)


def test_refusals(api: Api) -> None:
    instance = running(api)
    allocation = api("AllocateAddress")["AllocationId"]
    subnet = api(
        "CreateSubnet",
        VpcId=api("CreateVpc", CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"],
        CidrBlock="10.0.0.0/24",
    )
    lonely = api("CreateNetworkInterface", SubnetId=subnet["Subnet"]["SubnetId"])["NetworkInterface"]
    for code, request in (
        ("MissingParameter", {"InstanceId": instance.id}),
        ("MissingParameter", {"AllocationId": allocation}),
        ("InvalidAllocationID.Malformed", {"AllocationId": "x", "InstanceId": instance.id}),
        ("InvalidAddress.NotFound", {"PublicIp": "192.0.2.1", "InstanceId": instance.id}),
        ("InvalidInstanceID.NotFound", {"AllocationId": allocation, "InstanceId": "i-0123456789abcdef0"}),
        (
            "Gateway.NotAttached",
            {"AllocationId": allocation, "NetworkInterfaceId": lonely["NetworkInterfaceId"]},
        ),
        (
            "InvalidParameterValue",
            {"AllocationId": allocation, "InstanceId": instance.id, "PrivateIpAddress": "172.31.0.9"},
        ),
    ):
        with refused(code):
            api("AssociateAddress", **request)
    with refused("InvalidAssociationID.NotFound"):
        api("DisassociateAddress", AssociationId="eipassoc-0123456789abcdef0")
    with refused("InvalidAddress.NotFound"):
        api("DescribeAddresses", PublicIps=["192.0.2.1"])
    assert api.other_account()("DescribeAddresses")["Addresses"] == []
