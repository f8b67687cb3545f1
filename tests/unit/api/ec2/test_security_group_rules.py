"""Rules of security groups: checks, normal forms, authorize, revoke, describe, the refresh that follows."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from amiable.model.flow import Flow
from amiable.model.network import Vpc
from tests.helpers.api import Api, filters, refused

Permission = dict[str, Any]


@pytest.fixture
def web(api: Api) -> str:
    """A group's id."""
    return new_group(api, "web")


def new_group(api: Api, name: str) -> str:
    return str(api("CreateSecurityGroup", GroupName=name, Description="d")["GroupId"])


def permission(protocol: str, first: int | None, last: int | None, *cidrs: str, **more: Any) -> Permission:
    ports = {"FromPort": first, "ToPort": last}
    given_ports = {name: port for name, port in ports.items() if port is not None}
    ranges = [{"CidrIp": cidr} for cidr in cidrs]
    return {"IpProtocol": protocol, **given_ports, "IpRanges": ranges, **more}


def ingress(api: Api, group_id: str) -> list[Permission]:
    row = api("DescribeSecurityGroups", GroupIds=[group_id])["SecurityGroups"][0]
    return list(row["IpPermissions"])


def authorize(api: Api, group_id: str, *permissions: Permission) -> list[dict[str, Any]]:
    answer = api("AuthorizeSecurityGroupIngress", GroupId=group_id, IpPermissions=list(permissions))
    assert answer["Return"] is True
    return list(answer["SecurityGroupRules"])


def test_authorize_answers_a_rule_for_each_peer(api: Api, web: str) -> None:
    data = new_group(api, "data")
    pairs = [{"GroupId": data, "Description": "the data"}, {"GroupName": "web", "UserId": api.account_id}]
    tags = [{"ResourceType": "security-group-rule", "Tags": [{"Key": "a", "Value": "b"}]}]
    answer = api(
        "AuthorizeSecurityGroupIngress",
        GroupName="web",
        IpPermissions=[permission("tcp", 80, 90, "10.0.0.0/8", UserIdGroupPairs=pairs)],
        TagSpecifications=tags,
    )
    rules = answer["SecurityGroupRules"]
    common = {
        "GroupId": web,
        "GroupOwnerId": api.account_id,
        "IsEgress": False,
        "IpProtocol": "tcp",
        "FromPort": 80,
        "ToPort": 90,
        "Tags": [{"Key": "a", "Value": "b"}],
    }
    peers = [
        {"CidrIpv4": "10.0.0.0/8"},
        {"ReferencedGroupInfo": {"GroupId": data, "UserId": api.account_id}, "Description": "the data"},
        {"ReferencedGroupInfo": {"GroupId": web, "UserId": api.account_id}},
    ]
    for rule, peer in zip(rules, peers, strict=True):
        arn = f"arn:aws:ec2:us-east-1:{api.account_id}:security-group-rule/{rule['SecurityGroupRuleId']}"
        own = {"SecurityGroupRuleId": rule["SecurityGroupRuleId"], "SecurityGroupRuleArn": arn}
        assert rule == common | peer | own
    described = api("DescribeSecurityGroupRules", Filters=filters(group_id=web))["SecurityGroupRules"]
    assert [row for row in described if not row["IsEgress"]] == sorted(
        rules, key=lambda row: row["SecurityGroupRuleId"]
    )


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (permission("6", 22, 22, "0.0.0.0/0"), ("tcp", 22, 22, "0.0.0.0/0")),
        (permission("17", 53, 53, "0.0.0.0/0"), ("udp", 53, 53, "0.0.0.0/0")),
        (permission("1", 8, -1, "0.0.0.0/0"), ("icmp", 8, -1, "0.0.0.0/0")),
        (permission("TCP", 0, 0, "0.0.0.0/0"), ("tcp", 0, 0, "0.0.0.0/0")),  # Packer without communicator
        (permission("icmp", -1, -1, "0.0.0.0/0"), ("icmp", -1, -1, "0.0.0.0/0")),
        (permission("-1", None, None, "0.0.0.0/0"), ("-1", -1, -1, "0.0.0.0/0")),
        (permission("-1", 80, 443, "0.0.0.0/0"), ("-1", -1, -1, "0.0.0.0/0")),
        (permission("50", 1, 2, "0.0.0.0/0"), ("50", -1, -1, "0.0.0.0/0")),
        (permission("tcp", 1, 65535, "100.68.0.18/18"), ("tcp", 1, 65535, "100.68.0.0/18")),
        (permission("tcp", 1, 1, "10.1.2.3/0"), ("tcp", 1, 1, "0.0.0.0/0")),
        (
            permission("tcp", 1, 1, "10.0.0.1/32", Ipv6Ranges=[], PrefixListIds=[], UserIdGroupPairs=[]),
            ("tcp", 1, 1, "10.0.0.1/32"),
        ),
    ],
)
def test_normal_forms(api: Api, web: str, sent: Permission, kept: tuple[object, ...]) -> None:
    (rule,) = authorize(api, web, sent)
    assert (rule["IpProtocol"], rule["FromPort"], rule["ToPort"], rule["CidrIpv4"]) == kept
    (shown,) = ingress(api, web)
    assert ("FromPort" in shown) == (kept[0] in ("tcp", "udp", "icmp"))


@pytest.mark.parametrize(
    ("sent", "code", "words"),
    [
        (permission("tcp", None, None, "0.0.0.0/0"), "InvalidParameterValue", "both from and to"),
        (permission("tcp", 22, None, "0.0.0.0/0"), "InvalidParameterValue", "both from and to"),
        (permission("icmp", 8, None, "0.0.0.0/0"), "InvalidParameterValue", "with ICMP"),
        (permission("tcp", -1, -1, "0.0.0.0/0"), "InvalidParameterValue", "(from) port (-1) out of range"),
        (permission("udp", 1, 65536, "0.0.0.0/0"), "InvalidParameterValue", "(to) port (65536)"),
        (permission("tcp", 80, 22, "0.0.0.0/0"), "InvalidParameterValue", "port range (80:22)"),
        (permission("icmp", 0, 65535, "0.0.0.0/0"), "InvalidParameterValue", "ICMP code (65535)"),
        (permission("icmp", 256, 0, "0.0.0.0/0"), "InvalidParameterValue", "ICMP type (256)"),
        (permission("icmp", -1, 0, "0.0.0.0/0"), "InvalidParameterValue", "must be -1"),
        (permission("all", 1, 1, "0.0.0.0/0"), "InvalidParameterValue", "Unknown protocol"),
        (permission("256", 1, 1, "0.0.0.0/0"), "InvalidParameterValue", "Unknown protocol"),
        (permission("-2", 1, 1, "0.0.0.0/0"), "InvalidParameterValue", "Unknown protocol"),
        (permission("²", 1, 1, "0.0.0.0/0"), "InvalidParameterValue", "Unknown protocol"),
        (permission("", 1, 1, "0.0.0.0/0"), "MissingParameter", "ipProtocol"),
        (permission("tcp", 1, 1), "InvalidPermission.Malformed", "no peer"),
        (permission("tcp", 1, 1, ""), "InvalidParameterValue", "malformed"),
        (permission("tcp", 1, 1, "10.0.0.1"), "InvalidParameterValue", "CIDR block 10.0.0.1 is malformed"),
        (permission("tcp", 1, 1, "10.0.0.0/33"), "InvalidParameterValue", "malformed"),
        (permission("tcp", 1, 1, "10.0.0.256/8"), "InvalidParameterValue", "malformed"),
        (permission("tcp", 1, 1, "10.0.0.0/255.0.0.0"), "InvalidParameterValue", "malformed"),
        (permission("tcp", 1, 1, "::/0"), "InvalidParameterValue", "CIDR block ::/0 is malformed"),
        (permission("tcp", 1, 1, "10.0.0.0/8 "), "InvalidParameterValue", "malformed"),
        (permission("tcp", 1, 1, "٣.0.0.0/8"), "InvalidParameterValue", "malformed"),
        (permission("icmpv6", -1, -1, "0.0.0.0/0"), "UnsupportedOperation", "IPv6"),
        (permission("58", -1, -1, "0.0.0.0/0"), "UnsupportedOperation", "IPv6"),
        (permission("tcp", 1, 1, Ipv6Ranges=[{"CidrIpv6": "::/0"}]), "UnsupportedOperation", "IPv6"),
        (permission("tcp", 1, 1, PrefixListIds=[{"PrefixListId": "pl-1"}]), "UnsupportedOperation", "Prefix"),
        (permission("tcp", 1, 1, UserIdGroupPairs=[{}]), "MissingParameter", "group"),
        (
            permission("tcp", 1, 1, UserIdGroupPairs=[{"GroupId": "sg-0123456789abcdef0"}]),
            "InvalidGroup.NotFound",
            "sg-0123456789abcdef0",
        ),
        (permission("tcp", 1, 1, UserIdGroupPairs=[{"GroupId": "sg-1"}]), "InvalidGroupId.Malformed", "sg-1"),
        (
            permission("tcp", 1, 1, UserIdGroupPairs=[{"GroupName": "missing"}]),
            "InvalidGroup.NotFound",
            "missing",
        ),
        (
            {
                "IpProtocol": "tcp",
                "FromPort": 1,
                "ToPort": 1,
                "IpRanges": [{"CidrIp": "0.0.0.0/0", "Description": "it's"}],
            },
            "InvalidParameterValue",
            "rule description",
        ),
        (
            permission("tcp", 1, 1, "10.0.0.0/8", "10.1.0.0/8"),
            "InvalidParameterValue",
            "must not appear multiple times",
        ),
    ],
)
def test_what_is_malformed_changes_nothing(
    api: Api, web: str, sent: Permission, code: str, words: str
) -> None:
    before = api.rows()
    with refused(code, words):
        authorize(api, web, permission("tcp", 7, 7, "10.0.0.0/8"), sent)
    assert api.rows() == before


def test_a_peer_group_must_be_the_callers_and_of_the_same_vpc(api: Api, web: str) -> None:
    theirs = new_group(api.other_account(), "theirs")
    with refused("InvalidGroup.NotFound", theirs):
        authorize(api, web, permission("tcp", 1, 1, UserIdGroupPairs=[{"GroupId": theirs}]))
    for more, code in (
        ({"UserId": "111122223333"}, "InvalidGroup.NotFound"),
        ({"VpcPeeringConnectionId": "pcx-1"}, "InvalidGroup.NotFound"),
        ({"VpcId": "vpc-0123456789abcdef0"}, "InvalidParameterValue"),
        ({"GroupName": "other"}, "InvalidParameterCombination"),
    ):
        with refused(code):
            authorize(api, web, permission("tcp", 1, 1, UserIdGroupPairs=[{"GroupId": web, **more}]))
    vpc = api("DescribeVpcs")["Vpcs"][0]["VpcId"]
    echoed = {"GroupId": web, "GroupName": "web", "UserId": api.account_id, "VpcId": vpc}
    authorize(api, web, permission("tcp", 1, 1, UserIdGroupPairs=[echoed]))


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (permission("tcp", 22, 22, "0.0.0.0/0"), "peer: 0.0.0.0/0, TCP, from port: 22, to port: 22, ALLOW"),
        (permission("-1", None, None, "0.0.0.0/0"), "peer: 0.0.0.0/0, ALL, ALLOW"),
        (permission("50", None, None, "0.0.0.0/0"), "peer: 0.0.0.0/0, protocol: 50, ALLOW"),
        (permission("icmp", 8, -1, "0.0.0.0/0"), "peer: 0.0.0.0/0, ICMP, type: 8, code: ALL, ALLOW"),
    ],
)
def test_duplicates(api: Api, web: str, sent: Permission, words: str) -> None:
    authorize(api, web, sent)
    before = api.rows()
    again = {**sent, "IpRanges": [{"CidrIp": "0.0.0.0/0", "Description": "said otherwise"}]}
    with refused("InvalidPermission.Duplicate", f'the specified rule "{words}" already exists'):
        authorize(api, web, permission("tcp", 7, 7, "0.0.0.0/0"), again)
    assert api.rows() == before
    # Ingress and egress are apart.
    if sent["IpProtocol"] != "-1":
        api("AuthorizeSecurityGroupEgress", GroupId=web, IpPermissions=[sent])
    else:
        with refused("InvalidPermission.Duplicate"):
            api("AuthorizeSecurityGroupEgress", GroupId=web, IpPermissions=[sent])


def test_sixty_rules_in_each_direction(api: Api, web: str) -> None:
    cidrs = [f"10.0.0.{number}/32" for number in range(60)]
    authorize(api, web, permission("tcp", 1, 1, *cidrs))
    for operation, more in (("Ingress", 1), ("Egress", 60)):  # there is one egress rule already
        with refused("RulesPerSecurityGroupLimitExceeded"):
            api(
                f"AuthorizeSecurityGroup{operation}",
                GroupId=web,
                IpPermissions=[permission("udp", 1, 1, *cidrs[:more])],
            )
    api("AuthorizeSecurityGroupEgress", GroupId=web, IpPermissions=[permission("udp", 1, 1, *cidrs[:59])])


def test_rules_of_one_port_range_are_shown_together(api: Api, web: str) -> None:
    authorize(api, web, permission("tcp", 80, 80, "10.0.0.0/8"), permission("tcp", 443, 443, "10.0.0.0/8"))
    authorize(api, web, permission("tcp", 80, 80, "11.0.0.0/8", UserIdGroupPairs=[{"GroupId": web}]))
    first, second = ingress(api, web)
    assert first == {
        "IpProtocol": "tcp",
        "FromPort": 80,
        "ToPort": 80,
        "IpRanges": [{"CidrIp": "10.0.0.0/8"}, {"CidrIp": "11.0.0.0/8"}],
        "UserIdGroupPairs": [{"GroupId": web, "UserId": api.account_id}],
        "Ipv6Ranges": [],
        "PrefixListIds": [],
    }
    assert second["FromPort"] == 443


def test_the_older_flat_parameters(api: Api, web: str) -> None:
    flat = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": "10.0.0.0/8"}
    api("AuthorizeSecurityGroupIngress", GroupName="web", **flat)
    assert ingress(api, web)[0]["IpRanges"] == [{"CidrIp": "10.0.0.0/8"}]
    revoked = api("RevokeSecurityGroupIngress", GroupName="web", **flat)["RevokedSecurityGroupRules"]
    assert [rule["CidrIpv4"] for rule in revoked] == ["10.0.0.0/8"]
    api("AuthorizeSecurityGroupIngress", GroupId=web, SourceSecurityGroupName="default")
    shown = {(row["IpProtocol"], row["FromPort"], row["ToPort"]) for row in ingress(api, web)}
    assert shown == {("tcp", 0, 65535), ("udp", 0, 65535), ("icmp", -1, -1)}
    with refused("InvalidParameterCombination"):
        api("AuthorizeSecurityGroupIngress", GroupId=web, SourceSecurityGroupName="web", IpProtocol="tcp")
    with refused("InvalidParameterCombination"):
        api(
            "AuthorizeSecurityGroupIngress", GroupId=web, **flat, IpPermissions=[permission("-1", None, None)]
        )
    with refused("UnsupportedOperation", "egress"):
        api("AuthorizeSecurityGroupEgress", GroupId=web, **flat)
    with refused("InvalidPermission.Malformed"):
        api("AuthorizeSecurityGroupIngress", GroupId=web, IpProtocol="-1")
    with refused("MissingParameter", "ipPermissions"):
        api("AuthorizeSecurityGroupIngress", GroupId=web)
    with refused("MissingParameter", "groupId"):
        api("AuthorizeSecurityGroupIngress", **flat)


def test_revoke_by_id(api: Api, web: str) -> None:
    data = new_group(api, "data")
    one, two = authorize(
        api, web, permission("tcp", 1, 1, "10.0.0.0/8"), permission("tcp", 2, 2, "10.0.0.0/8")
    )
    (three,) = authorize(api, data, permission("tcp", 3, 3, UserIdGroupPairs=[{"GroupId": web}]))
    first, second = one["SecurityGroupRuleId"], two["SecurityGroupRuleId"]
    api("CreateTags", Resources=[first], Tags=[{"Key": "a", "Value": "b"}])
    for wrong in (three["SecurityGroupRuleId"], "sgr-0123456789abcdef0"):
        with refused("InvalidSecurityGroupRuleId.NotFound", wrong):
            api("RevokeSecurityGroupIngress", GroupId=web, SecurityGroupRuleIds=[first, wrong])
    with refused("InvalidSecurityGroupRuleId.NotFound"):
        api("RevokeSecurityGroupEgress", GroupId=web, SecurityGroupRuleIds=[first])
    with refused("InvalidSecurityGroupRuleId.Malformed"):
        api("RevokeSecurityGroupIngress", GroupId=web, SecurityGroupRuleIds=["sgr-1"])
    with refused("InvalidParameterCombination"):
        api("RevokeSecurityGroupIngress", GroupId=web, SecurityGroupRuleIds=[first], CidrIp="10.0.0.0/8")
    answer = api("RevokeSecurityGroupIngress", GroupId=web, SecurityGroupRuleIds=[first, first])
    assert answer == {
        "Return": True,
        "UnknownIpPermissions": [],
        "RevokedSecurityGroupRules": [
            {
                "SecurityGroupRuleId": first,
                "GroupId": web,
                "IsEgress": False,
                "IpProtocol": "tcp",
                "FromPort": 1,
                "ToPort": 1,
                "CidrIpv4": "10.0.0.0/8",
            }
        ],
    }
    left = api("DescribeSecurityGroupRules", Filters=filters(group_id=web))["SecurityGroupRules"]
    assert [row["SecurityGroupRuleId"] for row in left if not row["IsEgress"]] == [second]
    assert api("DescribeTags")["Tags"] == []
    ids = {"GroupId": data, "SecurityGroupRuleIds": [three["SecurityGroupRuleId"]]}
    (gone,) = api("RevokeSecurityGroupIngress", **ids)["RevokedSecurityGroupRules"]
    assert gone["ReferencedGroupId"] == web


def test_revoke_in_a_default_vpc_tells_what_it_did_not_find(api: Api, web: str) -> None:
    authorize(api, web, permission("tcp", 22, 22, "10.0.0.0/8", "11.0.0.0/8"))
    answer = api(
        "RevokeSecurityGroupIngress",
        GroupId=web,
        IpPermissions=[permission("6", 22, 22, "10.9.9.9/8", "12.0.0.0/8")],
    )
    assert [rule["CidrIpv4"] for rule in answer["RevokedSecurityGroupRules"]] == ["10.0.0.0/8"]
    (unknown,) = answer["UnknownIpPermissions"]
    assert unknown["IpRanges"] == [{"CidrIp": "12.0.0.0/8"}]
    assert ingress(api, web)[0]["IpRanges"] == [{"CidrIp": "11.0.0.0/8"}]


def test_revoke_elsewhere_refuses_what_it_does_not_find(api: Api, web: str) -> None:
    authorize(api, web, permission("tcp", 22, 22, "10.0.0.0/8"))
    with api.database.write() as session:
        session.execute(update(Vpc).where(Vpc.account_id == api.account_id).values(is_default=False))
    before = api.rows()
    with refused("InvalidPermission.NotFound", "does not exist in this security group"):
        api(
            "RevokeSecurityGroupIngress",
            GroupId=web,
            IpPermissions=[permission("tcp", 22, 22, "10.0.0.0/8", "12.0.0.0/8")],
        )
    assert api.rows() == before


def test_describe_rules_by_id_filters_and_page(api: Api, web: str) -> None:
    made = authorize(api, web, permission("tcp", 1, 1, *(f"10.{number}.0.0/16" for number in range(7))))
    ids = sorted(rule["SecurityGroupRuleId"] for rule in made)
    api("CreateTags", Resources=ids[:2], Tags=[{"Key": "team", "Value": "web"}])

    def found(**request: Any) -> list[str]:
        rows = api("DescribeSecurityGroupRules", **request)["SecurityGroupRules"]
        return [row["SecurityGroupRuleId"] for row in rows]

    assert found(SecurityGroupRuleIds=ids[3:5]) == ids[3:5]
    assert found(Filters=[{"Name": "tag:team", "Values": ["w*"]}]) == ids[:2]
    assert found(Filters=filters(security_group_rule_id=ids[6])) == ids[6:]
    assert len(found()) == 7 + 1 + 2  # web's egress rule, the default group's two rules
    answer = api("DescribeSecurityGroupRules", MaxResults=5)
    rest = api("DescribeSecurityGroupRules", MaxResults=5, NextToken=answer["NextToken"])
    assert "NextToken" not in rest
    both = answer["SecurityGroupRules"] + rest["SecurityGroupRules"]
    assert [row["SecurityGroupRuleId"] for row in both] == found()
    with refused("InvalidSecurityGroupRuleId.NotFound"):
        api.other_account()("DescribeSecurityGroupRules", SecurityGroupRuleIds=ids[:1])


def waiting(api: Api) -> list[Flow]:
    with api.database.read() as session:
        return list(session.scalars(select(Flow).order_by(Flow.number)))


def test_a_change_asks_once_for_the_network_to_be_refreshed(api: Api, web: str) -> None:
    assert waiting(api) == []
    (rule,) = authorize(api, web, permission("tcp", 1, 1, "10.0.0.0/8"))
    authorize(api, web, permission("tcp", 2, 2, "10.0.0.0/8"))
    (flow,) = waiting(api)
    vpc = api("DescribeVpcs")["Vpcs"][0]["VpcId"]
    assert (flow.kind, flow.subject, flow.host, flow.step) == ("refresh-network", vpc, None, "")
    with api.database.write() as session:  # as the engine claims it
        session.execute(update(Flow).values(owner="h/1"))
    ids = {"GroupId": web, "SecurityGroupRuleIds": [rule["SecurityGroupRuleId"]]}
    api("RevokeSecurityGroupIngress", **ids)
    assert [row.owner for row in waiting(api)] == ["h/1", None]
    with api.database.write() as session:
        session.execute(update(Flow).values(owner=None, step="apply", outcome="done"))
    api("RevokeSecurityGroupIngress", GroupId=web, IpPermissions=[permission("tcp", 9, 9, "10.0.0.0/8")])
    assert len(waiting(api)) == 2  # nothing was revoked
    authorize(api, web, permission("tcp", 3, 3, "10.0.0.0/8"))
    assert len(waiting(api)) == 3


ports = st.tuples(st.integers(0, 65535), st.integers(0, 65535)).map(sorted)
icmp = st.one_of(st.just((-1, -1)), st.tuples(st.integers(0, 255), st.integers(-1, 255)))
cidrs = st.builds(
    lambda a, b, c, d, prefix: f"{a}.{b}.{c}.{d}/{prefix}",
    *(st.integers(0, 255) for _ in range(4)),
    st.integers(0, 32),
)
descriptions = st.text("abcXYZ019 ._-:/()#,@[]+=&;{}!$*", max_size=255)
ranges = st.lists(
    st.fixed_dictionaries({"CidrIp": cidrs}, optional={"Description": descriptions}), max_size=3
)


@st.composite
def permissions(draw: st.DrawFn) -> Permission:
    """A valid permission with IPv4 peers, the group's own id (`self`), or both."""
    protocol = draw(st.sampled_from(["tcp", "6", "UDP", "17", "icmp", "1", "-1", "0", "50", "132"]))
    first, last = draw(icmp if protocol in ("icmp", "1") else ports)
    pairs = draw(st.sampled_from([[], ["self"]]))
    return {
        "IpProtocol": protocol,
        "FromPort": first,
        "ToPort": last,
        "IpRanges": draw(ranges if pairs else ranges.filter(bool)),
        "UserIdGroupPairs": pairs,
    }


@pytest.mark.parametrize("direction", ["Ingress", "Egress"])
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sent=permissions())
def test_authorized_and_revoked_is_as_before(api: Api, direction: str, sent: Permission) -> None:
    groups = {row["GroupName"]: row for row in api("DescribeSecurityGroups")["SecurityGroups"]}
    if "any" not in groups:
        new_group(api, "any")
        groups = {row["GroupName"]: row for row in api("DescribeSecurityGroups")["SecurityGroups"]}
    before = groups["any"]
    group_id = before["GroupId"]
    request = {**sent, "UserIdGroupPairs": [{"GroupId": group_id} for _ in sent["UserIdGroupPairs"]]}
    member = "IpPermissions" if direction == "Ingress" else "IpPermissionsEgress"

    def shown() -> dict[str, Any]:
        row: dict[str, Any] = api("DescribeSecurityGroups", GroupIds=[group_id])["SecurityGroups"][0]
        return row

    call: Callable[..., dict[str, Any]] = lambda verb, given: api(  # noqa: E731
        f"{verb}SecurityGroup{direction}", GroupId=group_id, IpPermissions=given
    )
    peers = len(canonical(request))
    if peers < len(request["IpRanges"]) + len(request["UserIdGroupPairs"]):
        with refused("InvalidParameterValue", "multiple times"):
            call("Authorize", [request])
        return
    if direction == "Egress" and request["IpProtocol"] == "-1" and "0.0.0.0/0" in canonical(request):
        with refused("InvalidPermission.Duplicate"):
            call("Authorize", [request])
        return
    assert len(call("Authorize", [request])["SecurityGroupRules"]) == peers
    added = [row for row in shown()[member] if row not in before[member]]
    with refused("InvalidPermission.Duplicate"):
        call("Authorize", added[:1])
    assert len(call("Revoke", [request])["RevokedSecurityGroupRules"]) == peers
    assert shown() == before


def canonical(request: Permission) -> set[str]:
    """The distinct peers of a permission, by arithmetic of its own."""
    found = {pair["GroupId"] for pair in request["UserIdGroupPairs"]}
    for peer in request["IpRanges"]:
        address, prefix = peer["CidrIp"].split("/")
        number = 0
        for part in address.split("."):
            number = number * 256 + int(part)
        number = number >> (32 - int(prefix)) << (32 - int(prefix))
        parts = [str(number >> shift & 255) for shift in (24, 16, 8, 0)]
        found.add(".".join(parts) + "/" + prefix)
    return found
