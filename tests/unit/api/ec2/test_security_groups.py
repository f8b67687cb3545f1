"""Security groups: create, describe, delete."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.helpers.api import Api, filters, refused
from tests.helpers.rows import add_instance

ALL = "a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*"


@pytest.fixture
def group(api: Api) -> Callable[..., str]:
    """Makes groups; gives their ids."""

    def make(name: str = "web", description: str = "d", **request: object) -> str:
        return str(api("CreateSecurityGroup", GroupName=name, Description=description, **request)["GroupId"])

    return make


def names(api: Api, **request: object) -> list[str]:
    return sorted(row["GroupName"] for row in api("DescribeSecurityGroups", **request)["SecurityGroups"])


def tcp(port: int, **peers: object) -> dict[str, object]:
    return {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **peers}


def test_a_new_group_lets_nothing_in_and_everything_out(api: Api) -> None:
    made = api(
        "CreateSecurityGroup",
        GroupName="web ",
        Description=ALL,
        TagSpecifications=[{"ResourceType": "security-group", "Tags": [{"Key": "a", "Value": "b"}]}],
    )
    vpc = api("DescribeVpcs")["Vpcs"][0]["VpcId"]
    arn = f"arn:aws:ec2:us-east-1:{api.account_id}:security-group/{made['GroupId']}"
    assert made == {"GroupId": made["GroupId"], "Tags": [{"Key": "a", "Value": "b"}], "SecurityGroupArn": arn}
    (row,) = api("DescribeSecurityGroups", GroupIds=[made["GroupId"]])["SecurityGroups"]
    assert row == {
        "GroupId": made["GroupId"],
        "GroupName": "web",
        "Description": ALL,
        "VpcId": vpc,
        "OwnerId": api.account_id,
        "SecurityGroupArn": arn,
        "IpPermissions": [],
        "IpPermissionsEgress": [
            {
                "IpProtocol": "-1",
                "IpRanges": [{"CidrIp": "0.0.0.0/0"}],
                "UserIdGroupPairs": [],
                "Ipv6Ranges": [],
                "PrefixListIds": [],
            }
        ],
        "Tags": [{"Key": "a", "Value": "b"}],
    }


def test_the_default_group_lets_its_members_in(api: Api) -> None:
    (row,) = api("DescribeSecurityGroups", GroupNames=["default"])["SecurityGroups"]
    assert row["IpPermissions"] == [
        {
            "IpProtocol": "-1",
            "IpRanges": [],
            "UserIdGroupPairs": [{"GroupId": row["GroupId"], "UserId": api.account_id}],
            "Ipv6Ranges": [],
            "PrefixListIds": [],
        }
    ]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "security group name"),
        ("a" * 256, "security group name"),
        ("a'b", "security group name"),
        ("schön", "Character sets beyond ASCII"),
        ("sg-mine", "may not be in the format sg-*"),
        ("default", "reserved"),
        ("Default ", "reserved"),
    ],
)
def test_names(group: Callable[..., str], name: str, words: str) -> None:
    with refused("InvalidParameterValue", words):
        group(name)


@pytest.mark.parametrize(
    ("description", "words"),
    [("", "description"), ("a" * 256, "description"), ("it's", "description"), ("→", "beyond ASCII")],
)
def test_descriptions(group: Callable[..., str], description: str, words: str) -> None:
    with refused("InvalidParameterValue", words):
        group(description=description)


def test_a_name_is_taken_once_in_a_vpc_whatever_its_case(api: Api, group: Callable[..., str]) -> None:
    group("web")
    vpc = api("DescribeVpcs")["Vpcs"][0]["VpcId"]
    with refused("InvalidGroup.Duplicate", f"The security group 'WEB' already exists for VPC '{vpc}'"):
        group("WEB", VpcId=vpc)
    for other in (api.other_account(), api.other_region()):
        other("CreateSecurityGroup", GroupName="web", Description="d")


def test_the_vpc_must_be_the_callers(api: Api, group: Callable[..., str]) -> None:
    theirs = api.other_account()("DescribeVpcs")["Vpcs"][0]["VpcId"]
    with refused("InvalidVpcID.NotFound", theirs):
        group(VpcId=theirs)
    with refused("InvalidVpcID.Malformed"):
        group(VpcId="vpc-1")
    with refused("VPCIdNotSpecified"):
        replace(api, account_id="111122223333")("CreateSecurityGroup", GroupName="a", Description="d")


def test_describe_by_id_name_and_filters(api: Api, group: Callable[..., str]) -> None:
    web, data = group("web", "the web"), group("data", "the data")
    api(
        "AuthorizeSecurityGroupIngress",
        GroupId=data,
        IpPermissions=[
            tcp(5432, UserIdGroupPairs=[{"GroupId": web}]),
            tcp(22, IpRanges=[{"CidrIp": "10.0.0.0/8"}]),
        ],
    )
    api.other_account()
    assert names(api) == ["data", "default", "web"]
    assert names(api, GroupIds=[web, data]) == ["data", "web"]
    assert names(api, GroupNames=["web"], GroupIds=[web, data]) == ["web"]
    vpc = api("DescribeVpcs")["Vpcs"][0]["VpcId"]
    for given, expected in {
        "description": ("the *", ["data", "web"]),
        "group-id": (web, ["web"]),
        "group-name": ("w?b", ["web"]),
        "owner-id": (api.account_id, ["data", "default", "web"]),
        "vpc-id": (vpc, ["data", "default", "web"]),
        "ip-permission.cidr": ("10.*", ["data"]),
        "ip-permission.from-port": ("5432", ["data"]),
        "ip-permission.to-port": ("22", ["data"]),
        "ip-permission.group-id": (web, ["data"]),
        "ip-permission.group-name": ("web", ["data"]),
        "ip-permission.user-id": (api.account_id, ["data", "default"]),
        "ip-permission.protocol": ("tcp", ["data"]),
        "ip-permission.ipv6-cidr": ("*", []),
        "egress.ip-permission.cidr": ("0.0.0.0/0", ["data", "default", "web"]),
        "egress.ip-permission.protocol": ("tcp", []),
    }.items():
        assert names(api, Filters=[{"Name": given, "Values": [expected[0]]}]) == expected[1], given
    # Different filters may be matched by different rules (API reference, DescribeSecurityGroups).
    both = [
        {"Name": "ip-permission.from-port", "Values": ["22"]},
        {"Name": "ip-permission.group-id", "Values": [web]},
    ]
    assert names(api, Filters=both) == ["data"]
    with refused("InvalidParameterValue", "colour"):
        names(api, Filters=filters(colour="red"))
    with refused("InvalidGroup.NotFound", "in default VPC"):
        names(api, GroupNames=["missing"])
    with refused("InvalidGroup.NotFound"):
        api.other_account()("DescribeSecurityGroups", GroupIds=[web])
    with refused("InvalidGroupId.Malformed"):
        names(api, GroupIds=["sg-x"])


def test_pages_show_every_group_once(api: Api, group: Callable[..., str]) -> None:
    made = {group(f"g{number}") for number in range(12)}
    seen: list[str] = []
    request: dict[str, object] = {"MaxResults": 5, "Filters": filters(group_name="g*")}
    while True:
        answer = api("DescribeSecurityGroups", **request)
        seen += [row["GroupId"] for row in answer["SecurityGroups"]]
        if "NextToken" not in answer:
            break
        assert len(answer["SecurityGroups"]) == 5
        request["NextToken"] = answer["NextToken"]
    assert len(seen) == 12
    assert set(seen) == made
    with refused("InvalidNextToken"):
        api.other_account()("DescribeSecurityGroups", NextToken=request["NextToken"])
    with refused("InvalidNextToken"):
        api("DescribeVpcs", NextToken=request["NextToken"])
    with refused("InvalidParameterValue", "between 5 and 1000"):
        api("DescribeSecurityGroups", MaxResults=4)
    with refused("InvalidParameterCombination"):
        api("DescribeSecurityGroups", MaxResults=5, GroupIds=[seen[0]])


def test_delete(api: Api, group: Callable[..., str]) -> None:
    web = group("web")
    itself = [tcp(80, UserIdGroupPairs=[{"GroupId": web}])]
    rule = api("AuthorizeSecurityGroupIngress", GroupId=web, IpPermissions=itself)["SecurityGroupRules"][0]
    tags = [{"Key": "a", "Value": "b"}]
    api("CreateTags", Resources=[web, rule["SecurityGroupRuleId"]], Tags=tags)
    assert api("DeleteSecurityGroup", GroupId=web) == {"Return": True, "GroupId": web}
    assert names(api) == ["default"]
    assert api("DescribeTags")["Tags"] == []
    with refused("InvalidGroup.NotFound", web):
        api("DeleteSecurityGroup", GroupId=web)
    web = group("web")
    assert api("DeleteSecurityGroup", GroupName="web") == {"Return": True, "GroupId": web}


def test_delete_refuses(api: Api, group: Callable[..., str]) -> None:
    web, data = group("web"), group("data")
    default = api("DescribeSecurityGroups", GroupNames=["default"])["SecurityGroups"][0]["GroupId"]
    words = f'the specified group: "{default}" name: "default" cannot be deleted by a user'
    with refused("CannotDelete", words):
        api("DeleteSecurityGroup", GroupId=default)
    with refused("MissingParameter"):
        api("DeleteSecurityGroup")
    with refused("InvalidParameterCombination"):
        api("DeleteSecurityGroup", GroupId=web, GroupName="web")
    with refused("InvalidGroup.NotFound"):
        api.other_account()("DeleteSecurityGroup", GroupId=web)
    refers = [tcp(5432, UserIdGroupPairs=[{"GroupId": web}])]
    api("AuthorizeSecurityGroupEgress", GroupId=data, IpPermissions=refers)
    with refused("DependencyViolation", f"resource {web} has a dependent object"):
        api("DeleteSecurityGroup", GroupId=web)
    api("RevokeSecurityGroupEgress", GroupId=data, IpPermissions=refers)
    api("DeleteSecurityGroup", GroupId=web)


def test_delete_refuses_a_group_that_an_interface_has(api: Api, group: Callable[..., str]) -> None:
    web = group("web")
    add_instance(api, web)
    with refused("DependencyViolation"):
        api("DeleteSecurityGroup", GroupId=web)
