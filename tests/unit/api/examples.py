"""Requests that would succeed, one for each operation whose arguments are easy to make."""

from typing import Any

from tests.helpers.api import Api

Request = dict[str, Any]


def examples(api: Api) -> dict[str, Request]:
    """Operation → request. Makes a group with a rule and a key pair to ask about."""
    public = b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJMSYbNfrVLk2JqFWA1dXzrMFXaOKDGDPIjGuFWVMzRm x"
    everywhere = {
        "IpProtocol": "tcp",
        "FromPort": 22,
        "ToPort": 22,
        "IpRanges": [{"CidrIp": "0.0.0.0/0"}],
    }
    elsewhere = {**everywhere, "FromPort": 21}
    group = {"GroupId": api("CreateSecurityGroup", GroupName="web", Description="d")["GroupId"]}
    api("AuthorizeSecurityGroupIngress", **group, IpPermissions=[everywhere])
    api("AuthorizeSecurityGroupEgress", **group, IpPermissions=[everywhere])
    api("ImportKeyPair", KeyName="k", PublicKeyMaterial=public)
    vpc = [api("DescribeVpcs")["Vpcs"][0]["VpcId"]]
    tag = [{"Key": "Name", "Value": "x"}]
    api("CreateTags", Resources=vpc, Tags=tag)
    return {
        "AuthorizeSecurityGroupEgress": {**group, "IpPermissions": [elsewhere]},
        "AuthorizeSecurityGroupIngress": {**group, "IpPermissions": [elsewhere]},
        "CreateKeyPair": {"KeyName": "new", "KeyType": "ed25519"},
        "CreateSecurityGroup": {"GroupName": "new", "Description": "d"},
        "CreateTags": {"Resources": vpc, "Tags": [{"Key": "Name", "Value": "y"}]},
        "DeleteKeyPair": {"KeyName": "k"},
        "DeleteSecurityGroup": group,
        "DeleteTags": {"Resources": vpc, "Tags": [{"Key": "Name"}]},
        "DescribeAccountAttributes": {},
        "DescribeAvailabilityZones": {},
        "DescribeImages": {},
        "DescribeInstanceStatus": {},
        "DescribeInstanceTypeOfferings": {},
        "DescribeInstanceTypes": {},
        "DescribeInstances": {},
        "DescribeKeyPairs": {},
        "DescribeNetworkInterfaces": {},
        "DescribeRegions": {},
        "DescribeSecurityGroupRules": {},
        "DescribeSecurityGroups": {},
        "DescribeSnapshots": {},
        "DescribeSubnets": {},
        "DescribeTags": {},
        "DescribeVolumes": {},
        "DescribeVpcs": {},
        "ImportKeyPair": {"KeyName": "imported", "PublicKeyMaterial": public},
        "RevokeSecurityGroupEgress": {**group, "IpPermissions": [everywhere]},
        "RevokeSecurityGroupIngress": {**group, "IpPermissions": [everywhere]},
    }
