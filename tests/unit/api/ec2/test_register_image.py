"""RegisterImage: defaults as AWS has them, whose snapshots, what is refused; what launches."""

from typing import Any

import pytest

from amiable.model.product_code import ProductCode, codes_of
from amiable.model.snapshot import SnapshotPermission
from tests.helpers.api import Api, refused
from tests.helpers.images import add_image


def mapping(snapshot_id: str, name: str = "/dev/sda1", **ebs: Any) -> dict[str, Any]:
    return {"DeviceName": name, "Ebs": {"SnapshotId": snapshot_id, **ebs}}


@pytest.fixture
def snapshot_id(api: Api) -> str:
    return str(add_image(api, size=3).devices[0].snapshot_id)


def register(api: Api, *mappings: dict[str, Any], name: str = "registered", **request: Any) -> dict[str, Any]:
    image_id = api("RegisterImage", Name=name, BlockDeviceMappings=list(mappings), **request)["ImageId"]
    (image,) = api("DescribeImages", ImageIds=[image_id])["Images"]
    return image


def test_defaults(api: Api, snapshot_id: str) -> None:
    image = register(api, mapping(snapshot_id))
    assert (image["State"], image["Architecture"]) == ("available", "i386")
    assert (image["VirtualizationType"], image["RootDeviceName"]) == ("paravirtual", "/dev/sda1")
    ebs = image["BlockDeviceMappings"][0]["Ebs"]
    assert (ebs["VolumeSize"], ebs["DeleteOnTermination"]) == (3, True)
    assert "SourceImageId" not in image
    with refused("UnsupportedOperation", "paravirtual"):
        api("RunInstances", ImageId=image["ImageId"], MinCount=1, MaxCount=1)


def test_as_given(api: Api, snapshot_id: str) -> None:
    image = register(
        api,
        mapping(snapshot_id, "/dev/xvda", VolumeSize=5, VolumeType="gp2", DeleteOnTermination=False),
        {"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 7}},
        Description="whole",
        Architecture="x86_64",
        VirtualizationType="hvm",
        RootDeviceName="/dev/xvda",
        BootMode="uefi",
        ImdsSupport="v2.0",
        EnaSupport=True,
        TagSpecifications=[{"ResourceType": "image", "Tags": [{"Key": "a", "Value": "b"}]}],
    )
    assert (image["Architecture"], image["VirtualizationType"]) == ("x86_64", "hvm")
    assert (image["BootMode"], image["ImdsSupport"], image["Description"]) == ("uefi", "v2.0", "whole")
    assert image["Tags"] == [{"Key": "a", "Value": "b"}]
    devices = {one["DeviceName"]: one["Ebs"] for one in image["BlockDeviceMappings"]}
    assert (devices["/dev/xvda"]["VolumeSize"], devices["/dev/xvda"]["VolumeType"]) == (5, "gp2")
    assert (devices["/dev/sdf"]["VolumeSize"], "SnapshotId" in devices["/dev/sdf"]) == (7, False)
    api("RunInstances", ImageId=image["ImageId"], MinCount=1, MaxCount=1)


def test_the_snapshots_of_others_only_when_shared(api: Api, snapshot_id: str) -> None:
    other = api.other_account()
    with refused("InvalidSnapshot.NotFound"):
        register(other, mapping(snapshot_id))
    with api.database.write() as session:
        session.add(SnapshotPermission(snapshot_id=snapshot_id, grantee=other.account_id))
        session.add(ProductCode(resource_id=snapshot_id, code="paid"))
    image = register(other, mapping(snapshot_id))
    with api.database.read() as session:
        assert codes_of(session, [image["ImageId"]]) == {image["ImageId"]: ["paid"]}


@pytest.mark.parametrize(
    ("extra", "why"),
    [
        ({"BootMode": "uefi", "TpmSupport": "v2.0"}, "TPM"),
        ({"BootMode": "uefi", "UefiData": "QU1aTlVFRkk="}, "UEFI variables"),
    ],
)
def test_what_no_machine_here_has_is_said_at_launch(
    api: Api, snapshot_id: str, extra: dict[str, Any], why: str
) -> None:
    image = register(api, mapping(snapshot_id), Architecture="x86_64", VirtualizationType="hvm", **extra)
    with refused("UnsupportedOperation", why):
        api("RunInstances", ImageId=image["ImageId"], MinCount=1, MaxCount=1)


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({"Name": "base"}, "InvalidAMIName.Duplicate"),
        ({"ImageLocation": "bucket/image.manifest.xml"}, "UnsupportedOperation"),
        ({"BillingProducts": ["bp-1"]}, "UnsupportedOperation"),
        ({"KernelId": "aki-1"}, "UnsupportedOperation"),
        ({"Architecture": "arm64_mac"}, "UnsupportedOperation"),
        ({"VirtualizationType": "pv"}, "InvalidParameterValue"),
        ({"BootMode": "uefi-preferred"}, "UnsupportedOperation"),
        ({"TpmSupport": "v2.0"}, "InvalidParameterCombination"),
        ({"BootMode": "uefi", "UefiData": "?"}, "InvalidParameterValue"),
        ({"BootMode": "uefi", "UefiData": "A" * 64004}, "InvalidParameterValue"),
        ({"BlockDeviceMappings": []}, "InvalidBlockDeviceMapping"),
        ({"BlockDeviceMappings": [{"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": 9}}]},
         "InvalidBlockDeviceMapping"),
        ({"RootDeviceName": "/dev/xvda"}, "InvalidBlockDeviceMapping"),
        ({"TagSpecifications": [{"ResourceType": "snapshot", "Tags": []}]}, "InvalidParameterValue"),
    ],
)  # fmt: skip
def test_refused(api: Api, snapshot_id: str, request_: dict[str, Any], code: str) -> None:
    request = {"Name": "registered", "BlockDeviceMappings": [mapping(snapshot_id)]} | request_
    before = api.rows()
    with refused(code):
        api("RegisterImage", **request)
    assert api.rows() == before


@pytest.mark.parametrize(
    ("ebs", "code"),
    [
        ({"VolumeSize": 2}, "InvalidBlockDeviceMapping"),
        ({"Encrypted": True}, "UnsupportedOperation"),
        ({"SnapshotId": "snap-0123456789abcdef0"}, "InvalidSnapshot.NotFound"),
        ({"SnapshotId": "snap-x"}, "InvalidSnapshotID.Malformed"),
    ],
)
def test_mappings_refused(api: Api, snapshot_id: str, ebs: dict[str, Any], code: str) -> None:
    with refused(code):
        register(api, {"DeviceName": "/dev/sda1", "Ebs": {"SnapshotId": snapshot_id, **ebs}})
