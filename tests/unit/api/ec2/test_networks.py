"""VPCs, subnets, regions, zones, network interfaces, account attributes."""

from datetime import datetime
from typing import Any

import pytest

from amiable.core import clock
from amiable.model.database import Database
from amiable.model.instance import Instance
from amiable.model.network import NetworkInterface, PublicAddress
from amiable.model.zone import zone_id
from tests.helpers.api import Api, new_api, refused
from tests.helpers.rows import add_instance


def listed(api: Api, operation: str, member: str, id_member: str, **request: Any) -> list[str]:
    return [row[id_member] for row in api(operation, **request)[member]]


def by_filter(api: Api, operation: str, member: str, id_member: str, name: str, value: str) -> list[str]:
    return listed(api, operation, member, id_member, Filters=[{"Name": name, "Values": [value]}])


def test_the_default_vpc(api: Api) -> None:
    (vpc,) = api("DescribeVpcs")["Vpcs"]
    assert vpc == {
        "VpcId": vpc["VpcId"],
        "OwnerId": api.account_id,
        "State": "available",
        "CidrBlock": "172.31.0.0/16",
        "CidrBlockAssociationSet": [
            {
                "AssociationId": vpc["VpcId"].replace("vpc-", "vpc-cidr-assoc-"),
                "CidrBlock": "172.31.0.0/16",
                "CidrBlockState": {"State": "associated"},
            }
        ],
        "DhcpOptionsId": vpc["DhcpOptionsId"],
        "InstanceTenancy": "default",
        "IsDefault": True,
        "Tags": [],
    }
    assert api.other_region()("DescribeVpcs")["Vpcs"][0]["VpcId"] != vpc["VpcId"]


def test_vpcs_by_id_and_filters(api: Api) -> None:
    vpc = api("DescribeVpcs")["Vpcs"][0]
    theirs = api.other_account()("DescribeVpcs")["Vpcs"][0]["VpcId"]
    for name, right, wrong in (
        ("cidr", "172.31.0.0/16", "10.0.0.0/16"),
        ("cidr-block-association.cidr-block", "172.31.*", "10.*"),
        ("cidr-block-association.association-id", "vpc-cidr-assoc-" + vpc["VpcId"][4:], "vpc-cidr-assoc-0"),
        ("cidr-block-association.state", "associated", "failed"),
        ("dhcp-options-id", vpc["DhcpOptionsId"], "dopt-0"),
        ("is-default", "true", "false"),
        ("owner-id", api.account_id, "111122223333"),
        ("state", "available", "pending"),
        ("vpc-id", vpc["VpcId"], theirs),
    ):
        assert by_filter(api, "DescribeVpcs", "Vpcs", "VpcId", name, right) == [vpc["VpcId"]], name
        assert by_filter(api, "DescribeVpcs", "Vpcs", "VpcId", name, wrong) == [], name
    assert listed(api, "DescribeVpcs", "Vpcs", "VpcId", VpcIds=[vpc["VpcId"]]) == [vpc["VpcId"]]
    with refused("InvalidVpcID.NotFound", f"The vpc ID '{theirs}' does not exist"):
        api("DescribeVpcs", VpcIds=[theirs])
    with refused("InvalidVpcID.Malformed"):
        api("DescribeVpcs", VpcIds=["subnet-0123456789abcdef0"])
    with refused("InvalidParameterValue"):
        by_filter(api, "DescribeVpcs", "Vpcs", "VpcId", "is-default", "yes")


def test_subnets_count_their_free_addresses(api: Api) -> None:
    first, second = sorted(api("DescribeSubnets")["Subnets"], key=lambda row: str(row["CidrBlock"]))
    assert first["CidrBlock"] == "172.31.0.0/20"
    assert first["AvailabilityZone"] == "us-east-1a"
    assert first["AvailabilityZoneId"] == "use1-az1"
    assert first["SubnetArn"].endswith(f":{api.account_id}:subnet/{first['SubnetId']}")
    assert first["AvailableIpAddressCount"] == second["AvailableIpAddressCount"] == 4096 - 5
    default = api("DescribeSecurityGroups")["SecurityGroups"][0]["GroupId"]
    add_instance(api, default, "172.31.0.10")
    add_instance(api, default, "172.31.0.11")
    counts = {row["SubnetId"]: row["AvailableIpAddressCount"] for row in api("DescribeSubnets")["Subnets"]}
    assert counts == {first["SubnetId"]: 4089, second["SubnetId"]: 4091}
    for name, value, expected in (
        ("available-ip-address-count", "4089", [first]),
        ("available-ip-address-count", "4091", [second]),
        ("availability-zone", "us-east-1b", [second]),
        ("availabilityZone", "us-east-1b", [second]),
        ("availability-zone-id", "use1-az2", [second]),
        ("availability-zone-id", "use1-*", [first, second]),
        ("availability-zone-id", "use1-az9", []),
        ("cidr-block", "172.31.0.0/20", [first]),
        ("default-for-az", "true", [first, second]),
        ("map-public-ip-on-launch", "false", []),
        ("owner-id", api.account_id, [first, second]),
        ("subnet-arn", first["SubnetArn"], [first]),
        ("subnet-id", second["SubnetId"], [second]),
        ("state", "available", [first, second]),
        ("vpc-id", first["VpcId"], [first, second]),
        ("ipv6-native", "true", []),
    ):
        found = by_filter(api, "DescribeSubnets", "Subnets", "SubnetId", name, value)
        assert sorted(found) == sorted(row["SubnetId"] for row in expected), name
    with refused("InvalidSubnetID.NotFound"):
        api.other_account()("DescribeSubnets", SubnetIds=[first["SubnetId"]])


def test_regions(database: Database) -> None:
    api = new_api(database, regions="eu-west-1, ap-south-2", endpoint="https://ec2.example.org:8443/")
    assert api("DescribeRegions", AllRegions=True)["Regions"] == [
        {"RegionName": name, "Endpoint": "ec2.example.org:8443", "OptInStatus": "opt-in-not-required"}
        for name in ("eu-west-1", "ap-south-2")
    ]

    def names(**request: Any) -> list[str]:
        return listed(api, "DescribeRegions", "Regions", "RegionName", **request)

    assert names(RegionNames=["ap-south-2"]) == ["ap-south-2"]
    assert names(Filters=[{"Name": "region-name", "Values": ["eu-*", "us-*"]}]) == ["eu-west-1"]
    assert names(Filters=[{"Name": "endpoint", "Values": ["*example*"]}]) == ["eu-west-1", "ap-south-2"]
    assert names(Filters=[{"Name": "opt-in-status", "Values": ["opted-in"]}]) == []
    with refused("InvalidParameterValue", "mars-1"):
        names(RegionNames=["eu-west-1", "mars-1"])
    with refused("InvalidParameterValue", "colour"):
        names(Filters=[{"Name": "colour", "Values": ["red"]}])
    with refused("MissingParameter"):
        names(Filters=[{"Name": "endpoint", "Values": []}])


def test_zones(api: Api) -> None:
    zones = api("DescribeAvailabilityZones")["AvailabilityZones"]
    assert zones[0] == {
        "ZoneName": "us-east-1a",
        "ZoneId": "use1-az1",
        "RegionName": "us-east-1",
        "ZoneType": "availability-zone",
        "State": "available",
        "OptInStatus": "opt-in-not-required",
        "GroupName": "us-east-1-zg-1",
        "NetworkBorderGroup": "us-east-1",
        "Messages": [],
    }

    def names(**request: Any) -> list[str]:
        return listed(api, "DescribeAvailabilityZones", "AvailabilityZones", "ZoneName", **request)

    assert names() == ["us-east-1a", "us-east-1b"]
    assert names(ZoneNames=["us-east-1b"]) == ["us-east-1b"]
    assert names(ZoneIds=["use1-az1"]) == ["us-east-1a"]
    assert names(ZoneNames=["us-east-1b"], ZoneIds=["use1-az1"]) == []
    assert names(Filters=[{"Name": "zone-id", "Values": ["*2"]}]) == ["us-east-1b"]
    assert names(Filters=[{"Name": "message", "Values": ["*"]}]) == []
    assert names(Filters=[{"Name": "zone-type", "Values": ["local-zone"]}]) == []
    for wrong in ({"ZoneNames": ["us-east-1z"]}, {"ZoneIds": ["use1-az9"]}):
        with refused("InvalidParameterValue", "availability zone"):
            names(**wrong)


@pytest.mark.parametrize(
    ("region", "letter", "expected"),
    [
        ("us-east-1", "a", "use1-az1"),
        ("us-west-2", "d", "usw2-az4"),
        ("ap-southeast-2", "c", "apse2-az3"),
        ("ap-northeast-3", "b", "apne3-az2"),
        ("eu-central-1", "a", "euc1-az1"),
        ("us-gov-west-1", "a", "usgw1-az1"),
        ("home", "a", "home-az1"),
        ("us-east-1", "-bos-1", "use1-az-bos-1"),
    ],
)
def test_zone_ids(region: str, letter: str, expected: str) -> None:
    assert zone_id(region + letter, region) == expected


def interface_of(api: Api, instance: Instance) -> NetworkInterface:
    with api.database.write() as session:
        interface = session.get_one(Instance, instance.id).interfaces[0]
        interface.public_address = PublicAddress(
            ip="198.18.0.7",
            interface_id=interface.id,
            account_id=api.account_id,
            region=api.region,
            allocated_at=clock.now(),
        )
        return interface


def test_network_interfaces(api: Api) -> None:
    default = api("DescribeSecurityGroups")["SecurityGroups"][0]["GroupId"]
    instance = add_instance(api, default, "172.31.0.10")
    public = interface_of(api, instance)
    private = add_instance(api, default, "172.31.0.11").interfaces[0]
    rows = {row["NetworkInterfaceId"]: row for row in api("DescribeNetworkInterfaces")["NetworkInterfaces"]}
    assert set(rows) == {public.id, private.id}
    row = rows[public.id]
    assert row["Attachment"]["InstanceId"] == instance.id
    assert row["Attachment"]["InstanceOwnerId"] == row["OwnerId"] == api.account_id
    assert row["PrivateIpAddress"] == "172.31.0.10"
    assert row["PrivateDnsName"] == "ip-172-31-0-10.ec2.internal"
    assert row["Association"]["PublicIp"] == "198.18.0.7"
    assert row["Groups"] == [{"GroupId": default, "GroupName": "default"}]
    assert (row["AvailabilityZone"], row["AvailabilityZoneId"]) == ("us-east-1a", "use1-az1")
    assert (row["Status"], row["TagSet"]) == ("in-use", [])
    assert isinstance(row["Attachment"]["AttachTime"], datetime)
    assert "Association" not in rows[private.id]
    both = sorted([public.id, private.id])
    for name, value, expected in (
        ("addresses.private-ip-address", "172.31.0.11", [private.id]),
        ("association.public-ip", "198.18.*", [public.id]),
        ("attachment.instance-id", instance.id, [public.id]),
        ("attachment.device-index", "0", both),
        ("attachment.device-index", "1", []),
        ("attachment.delete-on-termination", "true", both),
        ("attachment.attach-time", public.attached_at.strftime("%Y-%m-*"), both),
        ("availability-zone", "us-east-1a", both),
        ("availability-zone", "us-east-1b", []),
        ("description", "eth?", both),
        ("group-id", default, both),
        ("group-name", "default", both),
        ("mac-address", public.mac, [public.id]),
        ("private-ip-address", "172.31.0.10", [public.id]),
        ("status", "in-use", both),
        ("status", "available", []),
        ("subnet-id", public.subnet_id, both),
        ("vpc-id", public.vpc_id, both),
    ):
        found = by_filter(
            api, "DescribeNetworkInterfaces", "NetworkInterfaces", "NetworkInterfaceId", name, value
        )
        assert sorted(found) == expected, name
    api("CreateTags", Resources=[private.id], Tags=[{"Key": "a", "Value": "b"}])
    (tagged,) = api("DescribeNetworkInterfaces", NetworkInterfaceIds=[private.id])["NetworkInterfaces"]
    assert tagged["TagSet"] == [{"Key": "a", "Value": "b"}]
    with refused("InvalidNetworkInterfaceID.NotFound"):
        api.other_account()("DescribeNetworkInterfaces", NetworkInterfaceIds=[private.id])


def test_account_attributes(api: Api) -> None:
    def values(**request: Any) -> dict[str, list[str]]:
        rows = api("DescribeAccountAttributes", **request)["AccountAttributes"]
        return {
            row["AttributeName"]: [value["AttributeValue"] for value in row["AttributeValues"]]
            for row in rows
        }

    vpc = api("DescribeVpcs")["Vpcs"][0]["VpcId"]
    assert values(AttributeNames=["supported-platforms", "default-vpc"]) == {
        "supported-platforms": ["VPC"],
        "default-vpc": [vpc],
    }
    assert values()["max-instances"] == [str(api.settings.uid_count)]
    with refused("InvalidParameterValue", "colour"):
        values(AttributeNames=["colour"])
