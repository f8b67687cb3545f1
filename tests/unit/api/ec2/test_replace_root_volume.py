"""CreateReplaceRootVolumeTask: from what, and what is refused. The story: tests/e2e/test_volumes.py."""

from typing import Any

import pytest
from sqlalchemy import update

from amiable.model.instance import Instance
from amiable.model.product_code import ProductCode
from amiable.model.snapshot import Snapshot
from tests.helpers.api import Api, refused
from tests.helpers.images import add_image
from tests.helpers.rows import add_volume


@pytest.fixture
def instance_id(api: Api) -> str:
    made = api("RunInstances", ImageId=add_image(api, size=3).id, MinCount=1, MaxCount=1)
    with api.database.write() as session:
        session.execute(update(Instance).values(state="running"))
    return str(made["Instances"][0]["InstanceId"])


def replace(api: Api, instance_id: str, **request: Any) -> dict[str, Any]:
    answer = api("CreateReplaceRootVolumeTask", InstanceId=instance_id, **request)
    return dict(answer["ReplaceRootVolumeTask"])


def test_to_the_state_of_the_launch(api: Api, instance_id: str) -> None:
    (root,) = api("DescribeVolumes")["Volumes"]
    task = replace(api, instance_id, ClientToken="t", DeleteReplacedRootVolume=True)
    assert replace(api, instance_id, ClientToken="t", DeleteReplacedRootVolume=True) == task
    assert (task["TaskState"], task["SnapshotId"]) == ("pending", root["SnapshotId"])
    assert api("DescribeReplaceRootVolumeTasks")["ReplaceRootVolumeTasks"] == [task]
    (new,) = (row for row in api("DescribeVolumes")["Volumes"] if row["VolumeId"] != root["VolumeId"])
    assert (new["State"], new["Size"], new["SnapshotId"]) == ("creating", 3, root["SnapshotId"])


def test_of_a_snapshot_of_the_lineage_only(api: Api, instance_id: str) -> None:
    (root,) = api("DescribeVolumes")["Volumes"]
    snapshot_id = add_image(api, "other").devices[0].snapshot_id
    with refused("InvalidParameterValue", "not one of a root volume"):
        replace(api, instance_id, SnapshotId=snapshot_id)
    with api.database.write() as session:
        session.get_one(Snapshot, snapshot_id).volume_id = root["VolumeId"]
    assert replace(api, instance_id, SnapshotId=snapshot_id)["SnapshotId"] == snapshot_id


def test_of_an_image_with_the_same_codes(api: Api, instance_id: str) -> None:
    image = add_image(api, "paid", size=9)
    with api.database.write() as session:
        session.add(ProductCode(resource_id=image.id, code="a" * 25))
    with refused("InvalidParameterValue", "product codes"):
        replace(api, instance_id, ImageId=image.id)
    plain = add_image(api, "plain", size=9)
    assert replace(api, instance_id, ImageId=plain.id)["ImageId"] == plain.id
    assert sorted(row["Size"] for row in api("DescribeVolumes")["Volumes"]) == [3, 9]


def test_by_a_volume_which_is_then_taken(api: Api, instance_id: str) -> None:
    volume_id = add_volume(api, size=3)
    replace(api, instance_id, VolumeId=volume_id)
    with refused("IncorrectState"):
        api("DeleteVolume", VolumeId=volume_id)
    with refused("IncorrectState"):
        replace(api, instance_id, VolumeId=volume_id)


def test_refused(api: Api, instance_id: str) -> None:
    with refused("InvalidParameterCombination"):
        replace(api, instance_id, VolumeId="vol-" + "0" * 17, ImageId="ami-" + "0" * 17)
    with refused("InvalidReplaceRootVolumeTaskId.NotFound"):
        api("DescribeReplaceRootVolumeTasks", ReplaceRootVolumeTaskIds=["replacevol-" + "0" * 17])
    with api.database.write() as session:
        session.execute(update(Instance).values(state="stopped"))
    with refused("IncorrectInstanceState"):
        replace(api, instance_id)
