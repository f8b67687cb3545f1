"""CreateCleanImage: what is refused, and the rows that it writes."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from amiable.api.faults import fault_of
from amiable.compute.cleaner.kit import kit_in
from amiable.core.errors import InvalidInput
from amiable.model.flow import Flow
from amiable.model.image import Image
from amiable.model.instance import Instance
from amiable.model.snapshot import Snapshot
from amiable.protocol.faults import Fault
from tests.helpers.api import Api
from tests.helpers.images import add_image


@pytest.fixture
def ready(api: Api, tmp_path: Path) -> Api:
    """An account on a server that has the cleaner."""
    ready = replace(api, settings=replace(api.settings, data_dir=tmp_path))
    kit = kit_in(tmp_path)
    kit.kernel.parent.mkdir()
    kit.kernel.touch()
    kit.initrd.touch()
    return ready


def running(api: Api) -> str:
    image = add_image(api, "base").id
    answer = api("RunInstances", ImageId=image, MinCount=1, MaxCount=1)
    instance_id = str(answer["Instances"][0]["InstanceId"])
    with api.database.write() as session:
        session.get_one(Instance, instance_id).state = "running"
    return instance_id


def test_temporary_snapshots_become_the_images_own(ready: Api) -> None:
    instance_id = running(ready)
    image_id = ready(
        "CreateCleanImage",
        "amiable",
        InstanceId=instance_id,
        Name="clean",
        Keep=["logs"],
        DisableServices=["a"],
    )["ImageId"]
    with ready.database.read() as session:
        image = session.get_one(Image, image_id)
        flow = session.query(Flow).filter_by(kind="create-image").one()
        (part,) = flow.state["cleaning"]["parts"]
        assert flow.state["snapshots"] == {part["volume"]: part["temporary"]}
        assert image.devices[0].snapshot_id == part["snapshot"] != part["temporary"]
        temporary = session.get_one(Snapshot, part["temporary"])
        assert (temporary.description or "").startswith("Temporary")
    answer = ready("GetImageCleaning", "amiable", ImageId=image_id)["Cleaning"]
    assert not json.loads(answer.pop("SecurityGroupReview"))["findings"]
    assert answer == {"ImageId": image_id, "Kept": ["logs"], "DisabledServices": ["a"]}


def test_security_groups_are_reviewed_and_left_as_they_are(ready: Api) -> None:
    instance_id = running(ready)
    (group,) = ready("DescribeSecurityGroups")["SecurityGroups"]
    ssh = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    rule = {"GroupId": group["GroupId"], "IpPermissions": [ssh]}
    ready("AuthorizeSecurityGroupIngress", **rule)
    image_id = ready("CreateCleanImage", "amiable", InstanceId=instance_id, Name="clean")["ImageId"]
    (group,) = ready("DescribeSecurityGroups")["SecurityGroups"]
    assert len(group["IpPermissions"]) == 2
    ready("RevokeSecurityGroupIngress", **rule)
    answer = ready("GetImageCleaning", "amiable", ImageId=image_id)["Cleaning"]
    (found,) = json.loads(answer["SecurityGroupReview"])["findings"]
    assert (found["check"], found["severity"]) == ("open-ssh", "medium")


def test_volumes_are_mapped_as_createimage_maps_them(ready: Api) -> None:
    request = {"InstanceId": running(ready), "Name": "clean"}
    mappings = [
        {"DeviceName": "/dev/sda1", "Ebs": {"DeleteOnTermination": False}},
        {"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 5, "VolumeType": "gp2"}},
    ]
    image_id = ready("CreateCleanImage", "amiable", **request, BlockDeviceMappings=mappings)["ImageId"]
    with ready.database.read() as session:
        root, further = session.get_one(Image, image_id).devices
        flow = session.query(Flow).filter_by(kind="create-image").one()
        assert not root.delete_on_termination
        assert (further.volume_size, further.volume_type, further.snapshot_id) == (5, "gp2", None)
        assert len(flow.state["cleaning"]["parts"]) == 1  # what is empty needs no cleaning


def test_what_is_refused_makes_nothing(ready: Api, api: Api) -> None:
    instance_id = running(ready)
    stranger = ready.other_account()
    before = ready.rows()
    request = {"InstanceId": instance_id, "Name": "clean"}
    for asked, more, code in (
        (ready, {"Keep": ["everything"]}, "InvalidParameterValue"),
        (ready, {"DisableServices": ["$(x)"]}, "InvalidParameterValue"),
        (replace(ready, settings=api.settings), {}, "UnsupportedOperation"),
        (stranger, {}, "InvalidInstanceID.NotFound"),
    ):
        with pytest.raises((Fault, InvalidInput)) as refused:
            asked("CreateCleanImage", "amiable", **request, **more)
        fault = refused.value if isinstance(refused.value, Fault) else fault_of(refused.value)
        assert fault.code == code
        assert ready.rows() == before
    with pytest.raises(Fault, match="not made by CreateCleanImage"):
        ready("GetImageCleaning", "amiable", ImageId=add_image(ready, "other").id)
