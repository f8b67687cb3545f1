"""Metadata options of an instance, an account's defaults; what a status says; every filter of instances."""

from typing import Any

from amiable.api.ec2.instance_filters import instance_filters
from amiable.model.instance import Instance
from tests.helpers.api import Api, filters, refused
from tests.helpers.images import add_image


def launched(api: Api, image_id: str, **request: Any) -> dict[str, Any]:
    (instance,) = api("RunInstances", ImageId=image_id, MinCount=1, MaxCount=1, **request)["Instances"]
    return instance


def test_options_change_one_by_one(api: Api) -> None:
    instance_id = launched(api, add_image(api).id)["InstanceId"]
    api("ModifyInstanceMetadataOptions", InstanceId=instance_id, HttpTokens="required")
    answer = api("ModifyInstanceMetadataOptions", InstanceId=instance_id, HttpPutResponseHopLimit=5)
    assert answer["InstanceMetadataOptions"] == {
        "State": "pending",
        "HttpTokens": "required",
        "HttpPutResponseHopLimit": 5,
        "HttpEndpoint": "enabled",
        "HttpProtocolIpv6": "disabled",
        "InstanceMetadataTags": "disabled",
    }
    for wrong in ({"HttpTokens": "maybe"}, {"HttpPutResponseHopLimit": 65}):
        with refused("InvalidParameterValue"):
            api("ModifyInstanceMetadataOptions", InstanceId=instance_id, **wrong)
    with refused("InvalidParameterCombination"):
        api("ModifyInstanceMetadataOptions", InstanceId=instance_id)


def test_the_accounts_defaults_come_before_the_images(api: Api) -> None:
    image_id = add_image(api).id
    api("ModifyInstanceMetadataDefaults", HttpTokens="required", HttpPutResponseHopLimit=7)
    assert api("GetInstanceMetadataDefaults")["AccountLevel"]["HttpPutResponseHopLimit"] == 7
    options = launched(api, image_id)["MetadataOptions"]
    assert (options["HttpTokens"], options["HttpPutResponseHopLimit"]) == ("required", 7)
    assert launched(api, image_id, MetadataOptions={"HttpTokens": "optional"})["MetadataOptions"][
        "HttpTokens"
    ] == "optional"  # fmt: skip
    api("ModifyInstanceMetadataDefaults", HttpTokensEnforced="enabled")
    with refused("HttpTokensEnforced"):
        launched(api, image_id, MetadataOptions={"HttpTokens": "optional"})
    with refused("InvalidParameterCombination"):
        api("ModifyInstanceMetadataDefaults", HttpTokens="no-preference")
    api("ModifyInstanceMetadataDefaults", HttpTokensEnforced="no-preference", HttpTokens="no-preference")
    assert launched(api, image_id)["MetadataOptions"]["HttpTokens"] == "optional"
    assert api.other_account()("GetInstanceMetadataDefaults")["AccountLevel"] == {}


def test_a_status_is_what_was_noted(api: Api) -> None:
    instance_id = launched(api, add_image(api).id)["InstanceId"]
    for state, reached, expected in (
        ("pending", None, ("not-applicable", "not-applicable")),
        ("running", None, ("ok", "initializing")),
        ("running", True, ("ok", "ok")),
        ("running", False, ("ok", "impaired")),
        ("stopped", True, ("not-applicable", "not-applicable")),
    ):
        with api.database.write() as session:
            row = session.get_one(Instance, instance_id)
            row.state, row.reached = state, reached
        (told,) = api("DescribeInstanceStatus", IncludeAllInstances=True)["InstanceStatuses"]
        assert (told["SystemStatus"]["Status"], told["InstanceStatus"]["Status"]) == expected
        by_status = filters(instance_status__status=expected[1], system_status__status=expected[0])
        found = api("DescribeInstanceStatus", IncludeAllInstances=True, Filters=by_status)
        assert len(found["InstanceStatuses"]) == 1
        other = filters(instance_status__status="ok" if expected[1] != "ok" else "impaired")
        assert not api("DescribeInstanceStatus", Filters=other)["InstanceStatuses"]


def test_every_filter_can_be_asked(api: Api) -> None:
    instance = launched(api, add_image(api).id, IamInstanceProfile={"Name": "p"})
    with api.database.read() as session:
        names = list(instance_filters(api.call(session)))
    for name in names:
        api("DescribeInstances", Filters=[{"Name": name, "Values": ["true"]}])
    for name, value in (
        ("private-dns-name", "ip-172-31-0-4.*"),
        ("availability-zone-id", "use1-az1"),
        ("iam-instance-profile.id", instance["IamInstanceProfile"]["Id"]),
        ("monitoring-state", "disabled"),
    ):
        found = api("DescribeInstances", Filters=[{"Name": name, "Values": [value]}])["Reservations"]
        assert len(found) == 1, name
