"""CopyImage and CopySnapshot: what a copy inherits, who may copy what, how many at once."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from amiable.core import clock
from amiable.core.settings import Settings
from amiable.model.flow import Flow
from amiable.model.image import Image
from amiable.model.product_code import ProductCode, codes_of
from amiable.model.snapshot import Snapshot, SnapshotPermission
from amiable.model.watermark import ImageWatermark, watermarks_of
from tests.helpers.api import Api, refused
from tests.helpers.images import add_image


@pytest.fixture
def there(api: Api) -> Api:
    return api.other_region()


def copy(there: Api, source: Image, name: str = "copied", **request: Any) -> dict[str, Any]:
    copied = there("CopyImage", SourceImageId=source.id, SourceRegion=source.region, Name=name, **request)
    (image,) = there("DescribeImages", ImageIds=[copied["ImageId"]])["Images"]
    return image


def test_a_copy_is_pending_with_snapshots_of_its_own(api: Api, there: Api) -> None:
    source = add_image(api, "web", "all", size=8)
    with api.database.write() as session:
        image = session.get_one(Image, source.id)
        image.boot_mode, image.imds_support, image.root_device_name = "uefi", "v2.0", "/dev/sda1"
        image.devices[0].volume_type, image.devices[0].delete_on_termination = "io2", False
    copied = copy(there, source, Description="for the west")
    assert (copied["State"], copied["Description"], copied["Public"]) == ("pending", "for the west", False)
    assert (copied["SourceImageId"], copied["SourceImageRegion"]) == (source.id, "us-east-1")
    assert (copied["BootMode"], copied["ImdsSupport"]) == ("uefi", "v2.0")
    (ebs,) = (mapping["Ebs"] for mapping in copied["BlockDeviceMappings"])
    assert (ebs["VolumeSize"], ebs["VolumeType"], ebs["DeleteOnTermination"]) == (8, "io2", False)
    assert ebs["SnapshotId"] != source.devices[0].snapshot_id
    (snapshot,) = there("DescribeSnapshots", SnapshotIds=[ebs["SnapshotId"]])["Snapshots"]
    assert snapshot["State"] == "pending"
    assert copied["ImageId"] in snapshot["Description"]
    with api.database.read() as session:
        flow = session.scalars(select(Flow)).one()
        assert (flow.kind, flow.subject) == ("copy-image", copied["ImageId"])
        assert flow.state == {
            "source_region": "us-east-1",
            "snapshots": {ebs["SnapshotId"]: source.devices[0].snapshot_id},
        }


def test_codes_and_watermarks_are_inherited(api: Api, there: Api) -> None:
    source = add_image(api)
    snapshot_id = source.devices[0].snapshot_id
    key = f"{api.account_id}:golden"
    with api.database.write() as session:
        session.add_all(ProductCode(resource_id=one, code="paid") for one in (source.id, snapshot_id))
        now = clock.now()
        session.add(
            ImageWatermark(
                image_id=source.id,
                key=key,
                source_image_id=source.id,
                source_region=api.region,
                source_created_at=now,
                attached_at=now,
            )
        )
    copied = copy(there, source)
    own = [copied["ImageId"], copied["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"]]
    with api.database.read() as session:
        assert codes_of(session, own) == {one: ["paid"] for one in own}
        (mark,) = watermarks_of(session, own)[copied["ImageId"]]
        assert (mark.key, mark.source_image_id) == (key, source.id)


def test_tags(api: Api, there: Api) -> None:
    source = add_image(api, "web", there.account_id)
    tags = {"stage": "test", "ec2:SharedTag/os": "debian"}
    api(
        "CreateTags",
        Resources=[source.id],
        Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
    )

    def of(image: dict[str, Any]) -> dict[str, str]:
        return {tag["Key"]: tag["Value"] for tag in image["Tags"]}

    given = [
        {"ResourceType": "image", "Tags": [{"Key": "stage", "Value": "production"}]},
        {"ResourceType": "snapshot", "Tags": [{"Key": "kind", "Value": "copy"}]},
    ]
    assert of(copy(there, source, "without")) == {}
    both = copy(there, source, "both", CopyImageTags=True, TagSpecifications=given)
    assert of(both) == tags | {"stage": "production"}
    (snapshot,) = there("DescribeSnapshots", Filters=[{"Name": "tag:kind", "Values": ["copy"]}])["Snapshots"]
    assert snapshot["SnapshotId"] == both["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"]
    stranger = there.other_account()
    share(api, source, stranger)
    assert of(copy(stranger, source, CopyImageTags=True)) == {"ec2:SharedTag/os": "debian"}


def share(api: Api, image: Image, other: Api, *, storage: bool = True) -> None:
    """Give another account an image, and what lies below it."""
    grant = [{"UserId": other.account_id}]
    api("ModifyImageAttribute", ImageId=image.id, LaunchPermission={"Add": grant})
    if storage:
        with api.database.write() as session:
            for device in image.devices:
                session.add(SnapshotPermission(snapshot_id=device.snapshot_id, grantee=other.account_id))


def test_what_another_may_copy(api: Api, there: Api) -> None:
    """Nothing; then, shared, not without its storage; never what is sold."""
    source, other = add_image(api), there.other_account()
    with refused("InvalidAMIID.NotFound"):
        copy(other, source)
    share(api, source, other, storage=False)
    with refused("InvalidRequest", "You do not have permission to access the storage of this ami"):
        copy(other, source)
    share(api, source, other)
    assert copy(other, source)["OwnerId"] == other.account_id
    with api.database.write() as session:
        session.add(ProductCode(resource_id=source.id, code="paid"))
    with refused("InvalidRequest", "Marketplace"):
        copy(other, source, "again")
    copy(there, source, "its owner may")


def test_the_same_client_token_gives_the_same_image(api: Api, there: Api) -> None:
    source = add_image(api)
    first = copy(there, source, ClientToken="once")
    assert copy(there, source, ClientToken="once")["ImageId"] == first["ImageId"]
    with refused("IdempotentParameterMismatch"):
        copy(there, source, "other", ClientToken="once")


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({"SourceRegion": "mars-1"}, "InvalidRegion"),
        ({"SourceRegion": "us-west-2"}, "InvalidAMIID.NotFound"),
        ({"SourceImageId": "ami-x"}, "InvalidAMIID.Malformed"),
        ({"Name": "x"}, "InvalidAMIName.Malformed"),
        ({"Encrypted": True}, "UnsupportedOperation"),
        ({"KmsKeyId": "alias/a"}, "UnsupportedOperation"),
        ({"SnapshotCopyCompletionDurationMinutes": 15}, "UnsupportedOperation"),
        ({"Description": "x" * 256}, "InvalidParameterValue"),
    ],
)
def test_refused(api: Api, there: Api, request_: dict[str, Any], code: str) -> None:
    source = add_image(api)
    request = {"SourceImageId": source.id, "SourceRegion": source.region, "Name": "copied"} | request_
    before = api.rows()
    with refused(code):
        there("CopyImage", **request)
    assert api.rows() == before


def test_only_available_images_are_copied(api: Api, there: Api) -> None:
    with refused("InvalidRequest", "is pending"):
        copy(there, add_image(api, state="pending"))


def test_quotas_count_copies_under_way_to_the_region(api: Api, there: Api) -> None:
    source = add_image(api)
    few = replace(there, settings=Settings(quotas={"image-copies": "1", "snapshot-copies": "1"}))
    copy(few, source, "first")
    with refused("ResourceLimitExceeded"):
        copy(few, source, "second")
    copy(replace(few, region=api.region), source, "to the other region")
    snapshot = {"SourceSnapshotId": source.devices[0].snapshot_id, "SourceRegion": api.region}
    few("CopySnapshot", **snapshot)
    with refused("ResourceLimitExceeded"):
        few("CopySnapshot", **snapshot)
    with api.database.write() as session:
        for flow in session.scalars(select(Flow)):
            flow.outcome = "done"
    few("CopySnapshot", **snapshot)
    copy(few, source, "third")


def test_copy_snapshot(api: Api, there: Api) -> None:
    source = add_image(api, size=3).devices[0].snapshot_id
    tags = [{"Key": "stage", "Value": "test"}]
    answer = there(
        "CopySnapshot",
        SourceSnapshotId=source,
        SourceRegion=api.region,
        DestinationRegion=there.region,
        PresignedUrl="http://169.254.169.254/never-fetched",
        Description="west",
        TagSpecifications=[{"ResourceType": "snapshot", "Tags": tags}],
    )
    assert answer["Tags"] == tags
    (snapshot,) = there("DescribeSnapshots", SnapshotIds=[answer["SnapshotId"]])["Snapshots"]
    assert (snapshot["State"], snapshot["VolumeSize"], snapshot["Description"]) == ("pending", 3, "west")
    with refused("InvalidParameterValue", "DestinationRegion"):
        there("CopySnapshot", SourceSnapshotId=source, SourceRegion=api.region, DestinationRegion=api.region)
    with refused("InvalidSnapshot.NotFound"):
        there("CopySnapshot", SourceSnapshotId=source, SourceRegion=there.region)
    with refused("InvalidSnapshot.NotFound"):
        there.other_account()("CopySnapshot", SourceSnapshotId=source, SourceRegion=api.region)
    with api.database.write() as session:
        session.get_one(Snapshot, source).state = "error"
    with refused("IncorrectState"):
        there("CopySnapshot", SourceSnapshotId=source, SourceRegion=api.region)
