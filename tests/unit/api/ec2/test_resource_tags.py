"""Tags of any resource."""

from typing import Any

import pytest

from amiable.core import clock, ids
from amiable.model.image import Image
from amiable.model.snapshot import Snapshot
from amiable.model.volume import Volume
from tests.helpers.api import Api, filters, refused
from tests.helpers.rows import add_instance


def tagged(api: Api, **request: Any) -> list[tuple[str, str, str]]:
    return [(row["ResourceId"], row["Key"], row["Value"]) for row in api("DescribeTags", **request)["Tags"]]


def tags(**values: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in values.items()]


@pytest.fixture
def resources(api: Api) -> dict[str, str]:
    """One resource of each kind: EC2's word → id."""
    group = api("CreateSecurityGroup", GroupName="web", Description="d")["GroupId"]
    rules = api("DescribeSecurityGroupRules", Filters=filters(group_id=group))["SecurityGroupRules"]
    instance = add_instance(api, group)
    own = {"account_id": api.account_id, "region": api.region}
    image = Image(id=ids.new_id("ami"), name="a", created_at=clock.now(), **own)
    snapshot = Snapshot(id=ids.new_id("snap"), volume_size=1, started_at=clock.now(), **own)
    volume = Volume(
        id=ids.new_id("vol"), availability_zone="us-east-1a", size=1, created_at=clock.now(), **own
    )
    with api.database.write() as session:
        session.add_all([image, snapshot, volume])
    return {
        "image": image.id,
        "instance": instance.id,
        "key-pair": api("CreateKeyPair", KeyName="k", KeyType="ed25519")["KeyPairId"],
        "network-interface": instance.interfaces[0].id,
        "security-group": group,
        "security-group-rule": rules[0]["SecurityGroupRuleId"],
        "snapshot": snapshot.id,
        "subnet": instance.subnet_id,
        "volume": volume.id,
        "vpc": instance.vpc_id,
    }


def test_every_kind_of_resource_can_be_tagged(api: Api, resources: dict[str, str]) -> None:
    api("CreateTags", Resources=list(resources.values()), Tags=tags(Name="x"))
    found = {row["ResourceType"]: row["ResourceId"] for row in api("DescribeTags")["Tags"]}
    assert found == resources
    api("DeleteTags", Resources=list(resources.values()))
    assert tagged(api) == []


def test_others_resources_do_not_exist(api: Api, resources: dict[str, str]) -> None:
    codes = {
        "image": "InvalidAMIID.NotFound",
        "instance": "InvalidInstanceID.NotFound",
        "key-pair": "InvalidKeyPair.NotFound",
        "network-interface": "InvalidNetworkInterfaceID.NotFound",
        "security-group": "InvalidGroup.NotFound",
        "security-group-rule": "InvalidSecurityGroupRuleId.NotFound",
        "snapshot": "InvalidSnapshot.NotFound",
        "subnet": "InvalidSubnetID.NotFound",
        "volume": "InvalidVolume.NotFound",
        "vpc": "InvalidVpcID.NotFound",
    }
    for other in (api.other_account(), api.other_region()):
        own = other("DescribeVpcs")["Vpcs"][0]["VpcId"]
        for kind, code in codes.items():
            with refused(code, resources[kind]):
                other("CreateTags", Resources=[own, resources[kind]], Tags=tags(a="b"))
            with refused(code, resources[kind]):
                other("DeleteTags", Resources=[own, resources[kind]])
        assert tagged(other) == []


def test_what_is_going_away_does_not_exist(api: Api, resources: dict[str, str]) -> None:
    gone: list[tuple[str, Any, str, str]] = [
        ("image", Image, "deregistered", "InvalidAMIID.NotFound"),
        ("snapshot", Snapshot, "deleting", "InvalidSnapshot.NotFound"),
        ("volume", Volume, "deleting", "InvalidVolume.NotFound"),
    ]
    for kind, model, state, code in gone:
        with api.database.write() as session:
            session.get_one(model, resources[kind]).state = state
        with refused(code):
            api("CreateTags", Resources=[resources[kind]], Tags=tags(a="b"))


@pytest.mark.parametrize(
    "wrong",
    ["", "x", "i-", "i-eCHmOTcEW0OZ9KbNe", "i-123", "2014-10-21T13:34:24.000Z", "eip-0123456789abcdef0"],
)
def test_what_is_no_id(api: Api, wrong: str) -> None:
    for operation in ("CreateTags", "DeleteTags"):
        with refused("InvalidID", f"The ID '{wrong}' is not valid"):
            api(operation, Resources=[wrong], Tags=tags(a="b"))


def test_create_replaces_values(api: Api, resources: dict[str, str]) -> None:
    vpc = resources["vpc"]
    api("CreateTags", Resources=[vpc, vpc], Tags=[*tags(a="1", b="2"), {"Key": "empty"}])
    api("CreateTags", Resources=[vpc], Tags=tags(b="3", c=""))
    assert tagged(api) == [(vpc, "a", "1"), (vpc, "b", "3"), (vpc, "c", ""), (vpc, "empty", "")]


def test_limits(api: Api, resources: dict[str, str]) -> None:
    vpc, subnet = resources["vpc"], resources["subnet"]
    fifty = {f"k{number}": "" for number in range(50)}
    api("CreateTags", Resources=[vpc], Tags=tags(**fifty))
    api("CreateTags", Resources=[vpc], Tags=tags(k0="again"))
    with refused("TagLimitExceeded", vpc):
        api("CreateTags", Resources=[subnet, vpc], Tags=tags(one="more"))
    assert tagged(api, Filters=filters(resource_id=subnet)) == []
    for wrong in (
        tags(**{"": "x"}),
        tags(**{"k" * 129: "x"}),
        tags(k="v" * 257),
        tags(**{"aws:x": "y"}),
        [*tags(a="b"), *tags(a="c")],
    ):
        with refused("InvalidParameterValue"):
            api("CreateTags", Resources=[subnet], Tags=wrong)
    api("CreateTags", Resources=[subnet], Tags=tags(**{"k" * 128: "v" * 256}))
    with refused("MissingParameter"):
        api("CreateTags", Resources=[subnet], Tags=[])
    with refused("MissingParameter"):
        api("CreateTags", Resources=[], Tags=tags(a="b"))
    with refused("InvalidParameterValue", "1000"):
        api("CreateTags", Resources=[ids.new_id("i") for _ in range(1001)], Tags=tags(a="b"))


def test_delete_by_key_by_value_and_all(api: Api, resources: dict[str, str]) -> None:
    vpc, subnet = resources["vpc"], resources["subnet"]
    everything = tags(a="1", b="2", c="", d="4")

    def left(*given: dict[str, str]) -> str:
        api("CreateTags", Resources=[vpc, subnet], Tags=everything)
        api("DeleteTags", Resources=[vpc], Tags=list(given))
        assert len(tagged(api, Filters=filters(resource_id=subnet))) == 4
        return "".join(key for _, key, _ in tagged(api, Filters=filters(resource_id=vpc)))

    assert left({"Key": "a"}) == "bcd"
    assert left({"Key": "a", "Value": "1"}, {"Key": "b", "Value": "1"}) == "bcd"
    assert left({"Key": "a", "Value": ""}, {"Key": "c", "Value": ""}) == "abd"
    assert left({"Key": "A"}) == "abcd"
    assert left() == ""
    with refused("MissingParameter"):
        left({"Value": "1"})


def test_describe_filters(api: Api, resources: dict[str, str]) -> None:
    vpc, subnet = resources["vpc"], resources["subnet"]
    api("CreateTags", Resources=[vpc, subnet], Tags=tags(Name="one", team="web"))
    api("CreateTags", Resources=[vpc], Tags=tags(Name="two"))
    other = api.other_account()
    other("CreateTags", Resources=[other("DescribeVpcs")["Vpcs"][0]["VpcId"]], Tags=tags(Name="two"))
    assert tagged(api, Filters=filters(key="Name", value="t*")) == [(vpc, "Name", "two")]
    assert tagged(api, Filters=filters(resource_type="subnet", key="N*")) == [(subnet, "Name", "one")]
    assert len(tagged(api, Filters=filters(resource_id=[vpc, subnet]))) == 4
    # tag:KEY means the tag itself, not all tags of the resource that has it.
    assert tagged(api, Filters=[{"Name": "tag:Name", "Values": ["two"]}]) == [(vpc, "Name", "two")]
    with refused("InvalidParameterValue", "tag-key"):
        tagged(api, Filters=[{"Name": "tag-key", "Values": ["Name"]}])


def test_pages_go_on_inside_a_resource(api: Api, resources: dict[str, str]) -> None:
    keys = {f"key {number}'s": "" for number in range(7)}
    api("CreateTags", Resources=[resources["vpc"], resources["subnet"]], Tags=tags(**keys))
    seen: list[tuple[str, str, str]] = []
    request: dict[str, Any] = {"MaxResults": 5}
    while True:
        answer = api("DescribeTags", **request)
        seen += [(row["ResourceId"], row["Key"], row["Value"]) for row in answer["Tags"]]
        if "NextToken" not in answer:
            break
        request["NextToken"] = answer["NextToken"]
    assert seen == tagged(api)
    assert len(set(seen)) == len(seen) == 14
