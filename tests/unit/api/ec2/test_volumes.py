"""CreateVolume, AttachVolume, DetachVolume, ModifyVolume, DeleteVolume: what is refused, and the rows."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from amiable.model.flow import Flow
from amiable.model.instance import Instance
from amiable.model.product_code import ProductCode
from amiable.model.snapshot import SnapshotPermission
from amiable.model.volume import Attachment, Volume
from amiable.model.volume_modification import VolumeModification
from tests.helpers.api import Api, filters, refused
from tests.helpers.images import add_image
from tests.helpers.rows import add_instance, add_volume


@pytest.fixture
def instance(api: Api) -> Instance:
    group = api("CreateSecurityGroup", GroupName="g", Description="d")["GroupId"]
    made = add_instance(api, group)
    add_volume(api, made, "/dev/sda1", 8)
    return made


def zone(api: Api) -> str:
    return str(api("DescribeAvailabilityZones")["AvailabilityZones"][0]["ZoneName"])


def create(api: Api, **request: Any) -> dict[str, Any]:
    return api("CreateVolume", **{"AvailabilityZone": zone(api), **request})


def flows(api: Api) -> list[tuple[str, str]]:
    with api.database.read() as session:
        return [(row.kind, row.subject) for row in session.scalars(select(Flow).order_by(Flow.number))]


def set_row(api: Api, model: Any, key: str, **values: Any) -> None:
    with api.database.write() as session:
        row = session.get_one(model, key)
        for name, value in values.items():
            setattr(row, name, value)


def test_a_blank_volume_has_an_empty_snapshot_id_and_is_made_once(api: Api) -> None:
    tags = [{"ResourceType": "volume", "Tags": [{"Key": "Name", "Value": "data"}]}]
    request = {"Size": 4, "VolumeType": "gp3", "ClientToken": "t", "TagSpecifications": tags}
    volume = create(api, **request)
    assert create(api, **request)["VolumeId"] == volume["VolumeId"]
    (listed,) = api("DescribeVolumes", Filters=[{"Name": "tag:Name", "Values": ["data"]}])["Volumes"]
    assert listed == volume
    assert (listed["SnapshotId"], listed["State"], listed["Attachments"]) == ("", "creating", [])
    assert (listed["Iops"], listed["Throughput"]) == (3000, 125)
    assert flows(api) == [("create-volume", volume["VolumeId"])]
    with refused("IdempotentParameterMismatch"):
        create(api, **request | {"Size": 5})


def test_of_a_snapshot_own_or_shared(api: Api) -> None:
    snapshot_id = add_image(api, size=3).devices[0].snapshot_id
    assert create(api, SnapshotId=snapshot_id)["Size"] == 3
    with refused("InvalidParameterValue"):
        create(api, SnapshotId=snapshot_id, Size=2)
    friend = api.other_account()
    with refused("InvalidSnapshot.NotFound"):
        create(friend, SnapshotId=snapshot_id)
    with api.database.write() as session:
        session.add(SnapshotPermission(snapshot_id=snapshot_id, grantee=friend.account_id))
    assert create(friend, SnapshotId=snapshot_id)["SnapshotId"] == snapshot_id


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({}, "MissingParameter"),
        ({"Size": 1, "AvailabilityZone": "mars-1a"}, "InvalidZone.NotFound"),
        ({"Size": 1, "Encrypted": True}, "UnsupportedOperation"),
        ({"Size": 4, "VolumeType": "io1", "Iops": 100, "MultiAttachEnabled": True}, "UnsupportedOperation"),
        ({"Size": 20000, "VolumeType": "gp2"}, "InvalidParameterValue"),
        ({"Size": 100, "VolumeType": "st1"}, "InvalidParameterValue"),
        ({"Size": 4, "VolumeType": "io1"}, "MissingParameter"),
        ({"Size": 4, "VolumeType": "io1", "Iops": 201}, "InvalidParameterValue"),
        ({"Size": 4, "VolumeType": "gp2", "Iops": 100}, "InvalidParameterCombination"),
        ({"Size": 4, "VolumeType": "gp3", "Iops": 2999}, "InvalidParameterValue"),
        ({"Size": 4, "VolumeType": "gp3", "Throughput": 751}, "InvalidParameterValue"),
        ({"Size": 4, "VolumeType": "gp2", "Throughput": 200}, "InvalidParameterCombination"),
    ],
)
def test_create_refused(api: Api, request_: dict[str, Any], code: str) -> None:
    with refused(code):
        create(api, **request_)


def test_the_quota(api: Api) -> None:
    small = replace(api, settings=replace(api.settings, quotas={"volumes": "1"}))
    create(small, Size=1)
    with refused("VolumeLimitExceeded"):
        create(small, Size=1)


def test_attach_and_detach_in_line_with_the_instance(api: Api, instance: Instance) -> None:
    volume_id = add_volume(api)
    answer = api("AttachVolume", VolumeId=volume_id, InstanceId=instance.id, Device="/dev/sdf")
    assert (answer["State"], answer["DeleteOnTermination"]) == ("attaching", False)
    (volume,) = api("DescribeVolumes", Filters=filters(attachment__device="/dev/sdf"))["Volumes"]
    assert (volume["VolumeId"], volume["State"]) == (volume_id, "in-use")
    with refused("VolumeInUse"):
        api("AttachVolume", VolumeId=volume_id, InstanceId=instance.id, Device="/dev/sdg")
    with refused("VolumeInUse"):
        api("DeleteVolume", VolumeId=volume_id)
    with refused("IncorrectState"):
        api("DetachVolume", VolumeId=volume_id)
    set_row(api, Attachment, volume_id, state="attached")
    with refused("InvalidAttachment.NotFound"):
        api("DetachVolume", VolumeId=volume_id, Device="/dev/sdh")
    assert api("DetachVolume", VolumeId=volume_id, InstanceId=instance.id)["State"] == "detaching"
    with refused("IncorrectState", "Force"):
        api("DetachVolume", VolumeId=volume_id)
    api("DetachVolume", VolumeId=volume_id, Force=True)
    assert flows(api) == [
        ("attach-volume", instance.id), ("detach-volume", instance.id), ("detach-volume", instance.id)
    ]  # fmt: skip


def test_what_cannot_be_attached(api: Api, instance: Instance) -> None:
    volume_id = add_volume(api)
    wanted = {"VolumeId": volume_id, "InstanceId": instance.id}
    for device in ("/dev/sda1", "xvda1", "sda1"):
        with refused("InvalidParameterValue", "already in use"):
            api("AttachVolume", **wanted, Device=device)
    with refused("InvalidParameterValue", "not a valid EBS device name"):
        api("AttachVolume", **wanted, Device="/dev/null")
    set_row(api, Volume, volume_id, availability_zone="us-east-1z")
    with refused("InvalidVolume.ZoneMismatch"):
        api("AttachVolume", **wanted, Device="/dev/sdf")
    set_row(api, Volume, volume_id, availability_zone=zone(api), state="creating")
    with refused("IncorrectState"):
        api("AttachVolume", **wanted, Device="/dev/sdf")
    set_row(api, Instance, instance.id, state="pending")
    with refused("IncorrectState"):
        api("AttachVolume", **wanted, Device="/dev/sdf")


def test_a_volume_with_a_product_code_needs_a_stopped_instance(api: Api, instance: Instance) -> None:
    volume_id = add_volume(api)
    with api.database.write() as session:
        session.add(ProductCode(resource_id=volume_id, code="a" * 25))
    wanted = {"VolumeId": volume_id, "InstanceId": instance.id, "Device": "/dev/sdf"}
    with refused("IncorrectInstanceState", "product codes"):
        api("AttachVolume", **wanted)
    set_row(api, Instance, instance.id, state="stopped")
    api("AttachVolume", **wanted)
    with api.database.read() as session:
        assert session.get(ProductCode, (instance.id, "a" * 25))
    (code,) = api("DescribeVolumeAttribute", VolumeId=volume_id, Attribute="productCodes")["ProductCodes"]
    assert code["ProductCodeId"] == "a" * 25


def test_the_root_goes_only_while_stopped_and_is_missed_at_the_start(api: Api, instance: Instance) -> None:
    (root,) = api("DescribeVolumes")["Volumes"]
    with refused("OperationNotPermitted"):
        api("DetachVolume", VolumeId=root["VolumeId"], Force=True)
    set_row(api, Instance, instance.id, state="stopped")
    api("DetachVolume", VolumeId=root["VolumeId"])
    with refused("InvalidParameterValue", "attached at root"):
        api("StartInstances", InstanceIds=[instance.id])


def test_modify(api: Api, instance: Instance) -> None:
    volume_id = add_volume(api, instance)
    with refused("InvalidVolumeModification.NotFound"):
        api("DescribeVolumesModifications", VolumeIds=[volume_id])
    with refused("InvalidParameterValue"):
        api("ModifyVolume", VolumeId=add_volume(api, size=3), Size=2)
    change = api("ModifyVolume", VolumeId=volume_id, Size=10, VolumeType="io2")["VolumeModification"]
    assert (change["OriginalSize"], change["TargetSize"], change["TargetIops"]) == (1, 10, 3000)
    assert (change["OriginalIops"], change["ModificationState"]) == (3000, "modifying")
    with refused("IncorrectModificationState"):
        api("ModifyVolume", VolumeId=volume_id, Size=11)
    set_row(api, VolumeModification, volume_id, state="completed")
    api("ModifyVolume", VolumeId=volume_id, Size=11)
    (change,) = api("DescribeVolumesModifications", Filters=filters(target_size="11"))["VolumesModifications"]
    assert change["OriginalSize"] == 10
    assert flows(api) == [("modify-volume", instance.id)] * 2


def test_delete_and_status(api: Api) -> None:
    volume_id = add_volume(api)
    (status,) = api("DescribeVolumeStatus", Filters=filters(volume_status__status="ok"))["VolumeStatuses"]
    assert (status["VolumeId"], status["VolumeStatus"]["Status"]) == (volume_id, "ok")
    api("DeleteVolume", VolumeId=volume_id)
    assert flows(api) == [("delete-volume", volume_id)]
    with refused("IncorrectState"):
        api("ModifyVolume", VolumeId=volume_id, Size=2)
