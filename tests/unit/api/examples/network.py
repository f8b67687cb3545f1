"""Groups, rules, key pairs, tags, and what there is to describe of an account."""

from tests.helpers.api import Api
from tests.unit.api.examples.request import Requests


def examples(api: Api) -> Requests:
    """Makes a group with a rule and a key pair to ask about."""
    public = b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJMSYbNfrVLk2JqFWA1dXzrMFXaOKDGDPIjGuFWVMzRm x"
    everywhere = {
        "IpProtocol": "tcp",
        "FromPort": 22,
        "ToPort": 22,
        "IpRanges": [{"CidrIp": "0.0.0.0/0"}],
    }
    elsewhere = {**everywhere, "FromPort": 21}
    group = {"GroupId": api("CreateSecurityGroup", GroupName="web", Description="d")["GroupId"]}
    added = api("AuthorizeSecurityGroupIngress", **group, IpPermissions=[everywhere])
    rule_id = added["SecurityGroupRules"][0]["SecurityGroupRuleId"]
    range_ = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 23, "CidrIpv4": "10.0.0.0/8"}
    described = {**everywhere, "IpRanges": [{"CidrIp": "0.0.0.0/0", "Description": "x"}]}
    api("AuthorizeSecurityGroupEgress", **group, IpPermissions=[everywhere])
    api("ImportKeyPair", KeyName="k", PublicKeyMaterial=public)
    vpc = [api("DescribeVpcs")["Vpcs"][0]["VpcId"]]
    tag = [{"Key": "Name", "Value": "x"}]
    api("CreateTags", Resources=vpc, Tags=tag)
    return {
        ("ec2", "AuthorizeSecurityGroupEgress"): {**group, "IpPermissions": [elsewhere]},
        ("ec2", "AuthorizeSecurityGroupIngress"): {**group, "IpPermissions": [elsewhere]},
        ("ec2", "CreateKeyPair"): {"KeyName": "new", "KeyType": "ed25519"},
        ("ec2", "CreateSecurityGroup"): {"GroupName": "new", "Description": "d"},
        ("ec2", "CreateTags"): {"Resources": vpc, "Tags": [{"Key": "Name", "Value": "y"}]},
        ("ec2", "DeleteKeyPair"): {"KeyName": "k"},
        ("ec2", "DeleteSecurityGroup"): group,
        ("ec2", "DeleteTags"): {"Resources": vpc, "Tags": [{"Key": "Name"}]},
        ("ec2", "DescribeAccountAttributes"): {},
        ("ec2", "DescribeAvailabilityZones"): {},
        ("ec2", "DescribeImages"): {},
        ("ec2", "DescribeInstanceStatus"): {},
        ("ec2", "DescribeInstanceTypeOfferings"): {},
        ("ec2", "DescribeInstanceTypes"): {},
        ("ec2", "DescribeInstances"): {},
        ("ec2", "DescribeKeyPairs"): {},
        ("ec2", "DescribeNetworkInterfaces"): {},
        ("ec2", "DescribeRegions"): {},
        ("ec2", "DescribeSecurityGroupRules"): {},
        ("ec2", "DescribeSecurityGroups"): {},
        ("ec2", "DescribeSnapshots"): {},
        ("ec2", "DescribeSubnets"): {},
        ("ec2", "DescribeTags"): {},
        ("ec2", "DescribeVolumes"): {},
        ("ec2", "DescribeVpcs"): {},
        ("ec2", "ImportKeyPair"): {"KeyName": "imported", "PublicKeyMaterial": public},
        ("ec2", "ModifySecurityGroupRules"): {
            **group,
            "SecurityGroupRules": [{"SecurityGroupRuleId": rule_id, "SecurityGroupRule": range_}],
        },
        ("ec2", "RevokeSecurityGroupEgress"): {**group, "IpPermissions": [everywhere]},
        ("ec2", "RevokeSecurityGroupIngress"): {**group, "IpPermissions": [everywhere]},
        ("ec2", "UpdateSecurityGroupRuleDescriptionsEgress"): {**group, "IpPermissions": [described]},
        ("ec2", "UpdateSecurityGroupRuleDescriptionsIngress"): {**group, "IpPermissions": [described]},
    }
