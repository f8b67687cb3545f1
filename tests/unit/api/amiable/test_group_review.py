"""What the security groups of an instance let in, judged by the declared checks."""

import json
from typing import Any

import pytest

from tests.helpers.api import Api, refused
from tests.helpers.images import add_image

WORLD = "0.0.0.0/0"


def launched(api: Api) -> str:
    answer = api("RunInstances", ImageId=add_image(api).id, MinCount=1, MaxCount=1)
    return str(answer["Instances"][0]["InstanceId"])


def reviewed(api: Api, instance_id: str) -> list[dict[str, Any]]:
    answer = api("GetSecurityGroupReview", "amiable", InstanceId=instance_id)
    return list(json.loads(answer["Review"])["findings"])


def let_in(api: Api, first: int, last: int, cidr: str, protocol: str = "tcp") -> str:
    (group,) = api("DescribeSecurityGroups")["SecurityGroups"]
    rule: dict[str, Any] = {"IpProtocol": protocol, "IpRanges": [{"CidrIp": cidr}]}
    rule |= {} if protocol == "-1" else {"FromPort": first, "ToPort": last}
    made = api("AuthorizeSecurityGroupIngress", GroupId=group["GroupId"], IpPermissions=[rule])
    return str(made["SecurityGroupRules"][0]["SecurityGroupRuleId"])


@pytest.mark.parametrize(
    ("rule", "checks"),
    [
        ((22, 22, WORLD), {"open-ssh": "medium"}),
        ((22, 22, "0.0.0.0/1"), {"open-ssh": "medium"}),
        ((22, 22, "10.0.0.0/8"), {}),
        ((80, 80, WORLD), {}),
        ((443, 444, WORLD), {}),
        ((3306, 3306, WORLD), {"open-database": "high"}),
        ((11211, 11211, WORLD, "udp"), {"open-database": "high"}),
        ((3389, 3389, WORLD), {"open-remote-desktop": "high"}),
        ((23, 23, WORLD), {"open-clear-text": "high"}),
        ((445, 445, WORLD), {"open-file-sharing": "high"}),
        ((2375, 2376, WORLD), {"open-administration": "high"}),
        ((0, 65535, WORLD), {"open-everything": "high"}),
        ((0, 0, WORLD, "-1"), {"open-everything": "high"}),
        ((-1, -1, WORLD, "icmp"), {}),
        ((8000, 9000, WORLD), {"open-many-ports": "medium"}),
        ((20, 30, WORLD), {"open-ssh": "medium", "open-clear-text": "high"}),
    ],
)
def test_checks(api: Api, rule: tuple[Any, ...], checks: dict[str, str]) -> None:
    instance_id = launched(api)
    assert reviewed(api, instance_id) == [], "of the default group"
    rule_id = let_in(api, *rule)
    found = reviewed(api, instance_id)
    assert {row["check"]: row["severity"] for row in found} == checks
    assert all(rule_id in row["detail"] for row in found)


def test_checks_are_declared(api: Api) -> None:
    instance_id = launched(api)
    checks = json.loads(api("GetSecurityGroupReview", "amiable", InstanceId=instance_id)["Review"])["checks"]
    assert len({row["id"] for row in checks}) == len(checks) == 8
    assert all(row[name] for row in checks for name in ("title", "why", "remedy", "source"))
    with refused("InvalidInstanceID.NotFound"):
        api.other_account()("GetSecurityGroupReview", "amiable", InstanceId=instance_id)
