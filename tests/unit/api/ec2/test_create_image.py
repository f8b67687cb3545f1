"""CreateImage: names, mappings, tags; one snapshot a volume."""

from typing import Any

import pytest
from sqlalchemy import update

from amiable.model.instance import Instance
from amiable.model.volume import Attachment
from tests.helpers.api import Api, refused
from tests.helpers.images import add_image


@pytest.fixture
def instance_id(api: Api) -> str:
    mappings = [{"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 3}}]
    answer = api(
        "RunInstances", ImageId=add_image(api).id, MinCount=1, MaxCount=1, BlockDeviceMappings=mappings
    )
    instance_id = answer["Instances"][0]["InstanceId"]
    with api.database.write() as session:
        session.execute(update(Instance).values(state="running"))
    return str(instance_id)


def create(api: Api, instance_id: str, name: str = "web-server-v1", **request: Any) -> dict[str, Any]:
    image_id = api("CreateImage", InstanceId=instance_id, Name=name, **request)["ImageId"]
    (image,) = api("DescribeImages", ImageIds=[image_id])["Images"]
    return image


def test_an_image_has_a_snapshot_a_volume(api: Api, instance_id: str) -> None:
    image = create(api, instance_id, Description="first")
    assert (image["State"], image["Description"]) == ("pending", "first")
    assert image["SourceInstanceId"] == instance_id
    devices = {mapping["DeviceName"]: mapping["Ebs"] for mapping in image["BlockDeviceMappings"]}
    assert {name: ebs["VolumeSize"] for name, ebs in devices.items()} == {"/dev/sda1": 2, "/dev/sdf": 3}
    snapshots = api("DescribeSnapshots", SnapshotIds=[ebs["SnapshotId"] for ebs in devices.values()])
    for snapshot in snapshots["Snapshots"]:
        assert snapshot["State"] == "pending"
        assert snapshot["Description"] == f"Created by CreateImage({instance_id}) for {image['ImageId']}"


def test_tags_go_to_the_image_and_to_every_snapshot(api: Api, instance_id: str) -> None:
    tags = [{"Key": "stage", "Value": "test"}]
    kinds = ("image", "snapshot")
    image = create(
        api, instance_id, TagSpecifications=[{"ResourceType": kind, "Tags": tags} for kind in kinds]
    )
    assert image["Tags"] == tags
    own = api("DescribeSnapshots", Filters=[{"Name": "tag:stage", "Values": ["test"]}])
    assert len(own["Snapshots"]) == 2


def test_a_volume_may_be_left_out_and_a_blank_one_added(api: Api, instance_id: str) -> None:
    mappings = [
        {"DeviceName": "/dev/sdf", "NoDevice": ""},
        {"DeviceName": "/dev/sdg", "Ebs": {"VolumeSize": 9}},
        {"DeviceName": "/dev/sda1", "Ebs": {"DeleteOnTermination": False}},
    ]
    image = create(api, instance_id, BlockDeviceMappings=mappings)
    devices = {mapping["DeviceName"]: mapping["Ebs"] for mapping in image["BlockDeviceMappings"]}
    assert set(devices) == {"/dev/sda1", "/dev/sdg"}
    assert devices["/dev/sda1"]["DeleteOnTermination"] is False
    assert "SnapshotId" not in devices["/dev/sdg"]


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({"Name": "ab"}, "InvalidAMIName.Malformed"),
        ({"Name": "x" * 129}, "InvalidAMIName.Malformed"),
        ({"Name": "semi;colon"}, "InvalidAMIName.Malformed"),
        ({"Name": "base"}, "InvalidAMIName.Duplicate"),
        ({"Name": "long", "Description": "x" * 256}, "InvalidParameterValue"),
        ({"Name": "big", "BlockDeviceMappings": [{"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": 9}}]},
         "InvalidBlockDeviceMapping"),
        ({"Name": "none", "BlockDeviceMappings": [{"DeviceName": "/dev/sda1", "NoDevice": ""}]},
         "InvalidBlockDeviceMapping"),
        ({"Name": "tags", "TagSpecifications": [{"ResourceType": "volume", "Tags": []}]},
         "InvalidParameterValue"),
    ],
)  # fmt: skip
def test_refused(api: Api, instance_id: str, request_: dict[str, Any], code: str) -> None:
    before = api.rows()
    with refused(code):
        api("CreateImage", InstanceId=instance_id, **request_)
    assert api.rows() == before


def test_an_instance_without_a_root_volume_makes_no_image(api: Api, instance_id: str) -> None:
    root = next(one for one in api("DescribeVolumes")["Volumes"] if one["Size"] == 2)
    with api.database.write() as session:
        session.execute(update(Instance).values(state="stopped"))
        session.execute(update(Attachment).values(state="attached"))
    api("DetachVolume", VolumeId=root["VolumeId"])
    with refused("InvalidParameterValue", "does not have a volume attached at root"):
        api("CreateImage", InstanceId=instance_id, Name="rootless")


def test_mappings_repeated_as_they_are_are_accepted(api: Api, instance_id: str) -> None:
    (volume,) = (v for v in api("DescribeVolumes")["Volumes"] if v["Size"] == 2)
    same = {"VolumeSize": 2, "VolumeType": volume["VolumeType"], "DeleteOnTermination": True}
    create(api, instance_id, BlockDeviceMappings=[{"DeviceName": "/dev/sda1", "Ebs": same}])


def test_the_names_of_failed_images_are_free(api: Api, instance_id: str) -> None:
    add_image(api, "once-more", state="failed")
    create(api, instance_id, "once-more")


def test_a_pending_snapshot_can_not_be_deleted_under_its_image(api: Api, instance_id: str) -> None:
    image = create(api, instance_id)
    snapshot_id = image["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"]
    with refused("InvalidSnapshot.InUse"):
        api("DeleteSnapshot", SnapshotId=snapshot_id)
    api("DeregisterImage", ImageId=image["ImageId"])
    with refused("IncorrectState"):
        api("DeleteSnapshot", SnapshotId=snapshot_id)
