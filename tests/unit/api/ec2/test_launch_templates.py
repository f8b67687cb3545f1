"""Launch templates: versions, warnings, deletion; what a launch makes of a template and its own words."""

import base64
from typing import Any

import pytest

from tests.helpers.api import Api, filters, refused
from tests.helpers.images import add_image

SMALL = {"InstanceType": "t3.small"}


def create(api: Api, name: str = "web", **data: Any) -> dict[str, Any]:
    answer = api("CreateLaunchTemplate", LaunchTemplateName=name, LaunchTemplateData=data or SMALL)
    return answer["LaunchTemplate"] | {"Warning": answer.get("Warning")}


def versions(api: Api, *wanted: str, **request: Any) -> list[dict[str, Any]]:
    if wanted:
        request["Versions"] = list(wanted)
    return api("DescribeLaunchTemplateVersions", **request)["LaunchTemplateVersions"]


def numbers(api: Api, *wanted: str, **request: Any) -> list[int]:
    return [version["VersionNumber"] for version in versions(api, *wanted, **request)]


def test_versions_are_numbered_and_built_on_each_other(api: Api) -> None:
    devices = [{"DeviceName": "/dev/sda1", "Ebs": {"SnapshotId": "snap-01234567", "VolumeSize": 9}}]
    template = create(api, InstanceType="t3.small", KeyName="a", BlockDeviceMappings=devices)
    named = {"LaunchTemplateId": template["LaunchTemplateId"]}
    made = api(
        "CreateLaunchTemplateVersion", **named, SourceVersion="$Latest", LaunchTemplateData={"KeyName": "b"}
    )
    assert made["LaunchTemplateVersion"]["LaunchTemplateData"] == {
        "InstanceType": "t3.small",
        "KeyName": "b",
        "BlockDeviceMappings": [{"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": 9}}],
    }
    api("CreateLaunchTemplateVersion", **named, VersionDescription="bare", LaunchTemplateData=SMALL)
    assert numbers(api, **named) == [3, 2, 1]
    assert numbers(api, "$Latest", "$Default", **named) == [3, 1]
    assert numbers(api, MinVersion="2", **named) == [3, 2]
    assert numbers(api, Filters=filters(is_default_version="true"), **named) == [1]
    assert numbers(api, Filters=[{"Name": "instance-type", "Values": ["t3.s*"]}], **named) == [3, 2, 1]
    api("ModifyLaunchTemplate", **named, DefaultVersion="2")
    assert numbers(api, "$Default", **named) == [2]

    gone = api("DeleteLaunchTemplateVersions", **named, Versions=["3", "2", "9"])
    assert [one["VersionNumber"] for one in gone["SuccessfullyDeletedLaunchTemplateVersions"]] == [3]
    kept = gone["UnsuccessfullyDeletedLaunchTemplateVersions"]
    assert [(one["VersionNumber"], one["ResponseError"]["Code"]) for one in kept] == [
        (2, "unexpectedError"),
        (9, "launchTemplateVersionDoesNotExist"),
    ]
    again = api("CreateLaunchTemplateVersion", **named, LaunchTemplateData=SMALL)
    assert again["LaunchTemplateVersion"]["VersionNumber"] == 4, "a number was used twice"


def test_versions_of_all_templates_and_pages(api: Api) -> None:
    first, second = create(api, "first"), create(api, "second")
    api("CreateLaunchTemplateVersion", LaunchTemplateName="second", LaunchTemplateData=SMALL)
    found = {(one["LaunchTemplateName"], one["VersionNumber"]) for one in versions(api, "$Latest")}
    assert found == {("first", 1), ("second", 2)}
    with refused("InvalidParameterValue"):
        versions(api, "1")
    page = api("DescribeLaunchTemplateVersions", LaunchTemplateName="second", MaxResults=1)
    rest = api("DescribeLaunchTemplateVersions", LaunchTemplateName="second", NextToken=page["NextToken"])
    assert [one["VersionNumber"] for one in page["LaunchTemplateVersions"]] == [2]
    assert [one["VersionNumber"] for one in rest["LaunchTemplateVersions"]] == [1]
    listed = api("DescribeLaunchTemplates", LaunchTemplateNames=["second"])["LaunchTemplates"]
    assert [one["LatestVersionNumber"] for one in listed] == [2]
    api("DeleteLaunchTemplate", LaunchTemplateId=first["LaunchTemplateId"])
    with refused("InvalidLaunchTemplateId.NotFound"):
        api("DescribeLaunchTemplates", LaunchTemplateIds=[first["LaunchTemplateId"]])
    assert second["LaunchTemplateId"]


def test_a_template_is_warned_of_not_refused(api: Api) -> None:
    template = create(
        api,
        ImageId="ami-01234567",
        KeyName="nobody",
        UserData="not base64!",
        InstanceMarketOptions={"MarketType": "spot"},
    )
    codes = [error["Code"] for error in template["Warning"]["Errors"]]
    assert codes == [
        "InvalidAMIID.NotFound",
        "UnsupportedOperation",
        "InvalidKeyPair.NotFound",
        "InvalidUserData.Malformed",
    ]
    assert create(api, "good", ImageId=add_image(api).id, **SMALL)["Warning"] is None


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({"LaunchTemplateName": "x"}, "InvalidLaunchTemplateName.MalformedException"),
        ({"LaunchTemplateName": "web"}, "InvalidLaunchTemplateName.AlreadyExistsException"),
        ({"VersionDescription": "x" * 256}, "InvalidParameterValue"),
        ({"TagSpecifications": [{"ResourceType": "instance", "Tags": []}]}, "InvalidParameterValue"),
        (
            {"LaunchTemplateData": {"TagSpecifications": [{"ResourceType": "vpc", "Tags": []}]}},
            "InvalidParameterValue",
        ),
    ],
)
def test_refused_templates(api: Api, request_: dict[str, Any], code: str) -> None:
    create(api)
    before = api.rows()
    with refused(code):
        api(
            "CreateLaunchTemplate",
            **{"LaunchTemplateName": "other", "LaunchTemplateData": SMALL} | request_,
        )
    assert api.rows() == before


def test_the_same_token_makes_one_template(api: Api) -> None:
    request = {"LaunchTemplateName": "once", "LaunchTemplateData": SMALL, "ClientToken": "t"}
    first = api("CreateLaunchTemplate", **request)["LaunchTemplate"]
    assert api("CreateLaunchTemplate", **request)["LaunchTemplate"] == first
    with refused("IdempotentParameterMismatch"):
        api("CreateLaunchTemplate", **request | {"LaunchTemplateData": {"KeyName": "k"}})
    named = {"LaunchTemplateName": "once", "LaunchTemplateData": SMALL, "ClientToken": "v"}
    second = api("CreateLaunchTemplateVersion", **named)
    assert api("CreateLaunchTemplateVersion", **named) == second


def test_a_launch_overrules_its_template(api: Api) -> None:
    image = add_image(api)
    script = base64.b64encode(b"#!/bin/sh\n").decode()
    web_tags = [{"Key": "from", "Value": "template"}, {"Key": "role", "Value": "web"}]
    template = create(
        api,
        ImageId=image.id,
        InstanceType="t3.small",
        UserData=script,
        DisableApiTermination=True,
        MetadataOptions={"HttpTokens": "required", "HttpPutResponseHopLimit": 3},
        IamInstanceProfile={"Name": "builder"},
        BlockDeviceMappings=[
            {"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": 20}},
            {"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 5}},
        ],
        TagSpecifications=[{"ResourceType": "instance", "Tags": web_tags}],
    )
    named = {"LaunchTemplate": {"LaunchTemplateName": "web"}, "MinCount": 1, "MaxCount": 1}
    (plain,) = api("RunInstances", **named)["Instances"]
    assert (plain["InstanceType"], plain["MetadataOptions"]["HttpTokens"]) == ("t3.small", "required")
    assert plain["IamInstanceProfile"]["Arn"].endswith(":instance-profile/builder")
    tags = {tag["Key"]: tag["Value"] for tag in plain["Tags"]}
    assert tags == {
        "from": "template",
        "role": "web",
        "aws:ec2launchtemplate:id": template["LaunchTemplateId"],
        "aws:ec2launchtemplate:version": "1",
    }
    with refused("OperationNotPermitted"):
        api("TerminateInstances", InstanceIds=[plain["InstanceId"]])

    (changed,) = api(
        "RunInstances",
        **named,
        InstanceType="t3.nano",
        MetadataOptions={"HttpEndpoint": "enabled"},
        BlockDeviceMappings=[{"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 7}}],
        TagSpecifications=[
            {"ResourceType": "instance", "Tags": [{"Key": "from", "Value": "request"}]},
            {"ResourceType": "volume", "Tags": [{"Key": "v", "Value": "1"}]},
        ],
    )["Instances"]
    assert {"from": "request", "role": "web"}.items() <= {
        tag["Key"]: tag["Value"] for tag in changed["Tags"]
    }.items(), "tags are merged, and the request's win"
    assert changed["InstanceType"] == "t3.nano"
    assert changed["MetadataOptions"]["HttpTokens"] == "optional", "a structure replaces the template's whole"
    sizes = api("DescribeVolumes", Filters=filters(attachment__instance_id=changed["InstanceId"]))["Volumes"]
    assert sorted(volume["Size"] for volume in sizes) == [7, 20]

    api("DeleteTags", Resources=[plain["InstanceId"]])
    (kept,) = api("DescribeInstances", InstanceIds=[plain["InstanceId"]])["Reservations"][0]["Instances"]
    assert {tag["Key"] for tag in kept["Tags"]} == set(tags) - {"from", "role"}, (
        "AWS's own tags cannot be deleted"
    )


def test_data_of_an_instance_launches_it_again(api: Api) -> None:
    image = add_image(api)
    script = base64.b64encode(b"#!/bin/sh\n").decode()
    (first,) = api(
        "RunInstances", ImageId=image.id, MinCount=1, MaxCount=1, UserData=script, DisableApiTermination=True,
        TagSpecifications=[{"ResourceType": "instance", "Tags": [{"Key": "a", "Value": "b"}]}],
    )["Instances"]  # fmt: skip
    data = api("GetLaunchTemplateData", InstanceId=first["InstanceId"])["LaunchTemplateData"]
    assert (data["ImageId"], data["UserData"], data["DisableApiTermination"]) == (image.id, script, True)
    assert create(api, "copy", **data)["Warning"] is None
    (second,) = api("RunInstances", LaunchTemplate={"LaunchTemplateName": "copy"}, MinCount=1, MaxCount=1)[
        "Instances"
    ]
    assert {tag["Key"] for tag in second["Tags"]} >= {"a"}
    assert second["SubnetId"] == first["SubnetId"]
