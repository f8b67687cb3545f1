"""Rules changed in place."""

from typing import Any

from sqlalchemy import func, select

from amiable.model.flow import Flow
from tests.helpers.api import Api, filters, refused

SSH = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22}


def group_with(api: Api, *cidrs: str) -> tuple[dict[str, str], list[str]]:
    group = {"GroupId": api("CreateSecurityGroup", GroupName="web", Description="d")["GroupId"]}
    permission = {**SSH, "IpRanges": [{"CidrIp": cidr, "Description": "first"} for cidr in cidrs]}
    added = api("AuthorizeSecurityGroupIngress", **group, IpPermissions=[permission])["SecurityGroupRules"]
    return group, [rule["SecurityGroupRuleId"] for rule in added]


def rules(api: Api, group: dict[str, str]) -> dict[str, dict[str, Any]]:
    found = api("DescribeSecurityGroupRules", Filters=filters(group_id=group["GroupId"]))[
        "SecurityGroupRules"
    ]
    return {rule["SecurityGroupRuleId"]: rule for rule in found if not rule["IsEgress"]}


def test_descriptions(api: Api) -> None:
    group, (one, other) = group_with(api, "10.0.0.0/8", "10.1.0.0/16")
    said = {**SSH, "IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "second"}]}
    api("UpdateSecurityGroupRuleDescriptionsIngress", **group, IpPermissions=[said])
    by_id = [{"SecurityGroupRuleId": other}]
    api("UpdateSecurityGroupRuleDescriptionsIngress", **group, SecurityGroupRuleDescriptions=by_id)
    assert rules(api, group)[one]["Description"] == "second"
    assert "Description" not in rules(api, group)[other], "taken away"
    with refused("InvalidPermission.NotFound"):
        api("UpdateSecurityGroupRuleDescriptionsEgress", **group, IpPermissions=[said])
    with refused("InvalidSecurityGroupRuleId.NotFound"):
        api("UpdateSecurityGroupRuleDescriptionsEgress", **group, SecurityGroupRuleDescriptions=by_id)
    with refused("InvalidParameterValue"):
        wrong = [{"SecurityGroupRuleId": one, "Description": "é"}]
        api("UpdateSecurityGroupRuleDescriptionsIngress", **group, SecurityGroupRuleDescriptions=wrong)


def test_rules_say_something_else(api: Api) -> None:
    group, (one, other) = group_with(api, "10.0.0.0/8", "10.1.0.0/16")

    def modify(rule_id: str, **meant: Any) -> None:
        update = {"SecurityGroupRuleId": rule_id, "SecurityGroupRule": meant}
        api("ModifySecurityGroupRules", **group, SecurityGroupRules=[update])

    modify(one, IpProtocol="udp", FromPort=53, ToPort=54, ReferencedGroupId=group["GroupId"], Description="n")
    found = rules(api, group)[one]
    assert (found["IpProtocol"], found["FromPort"], found["Description"]) == ("udp", 53, "n")
    assert found["ReferencedGroupInfo"]["GroupId"] == group["GroupId"]
    assert "CidrIpv4" not in found
    with api.database.read() as session:
        waiting = session.scalar(select(func.count()).where(Flow.kind == "refresh-network"))
    assert waiting == 1
    modify(one, **SSH, CidrIpv4="10.2.0.0/16")
    peer = group["GroupId"]
    for code, meant in (
        ("InvalidPermission.Malformed", SSH),
        ("InvalidPermission.Duplicate", {**SSH, "CidrIpv4": "10.1.0.0/16"}),
        ("InvalidParameterCombination", {**SSH, "CidrIpv4": "10.9.0.0/16", "ReferencedGroupId": peer}),
        ("UnsupportedOperation", {**SSH, "CidrIpv6": "::/0"}),
        ("MissingParameter", {"CidrIpv4": "10.1.0.0/16"}),
    ):
        with refused(code):
            modify(one, **meant)
    assert rules(api, group)[other]["CidrIpv4"] == "10.1.0.0/16"
