"""Snapshots as the API sees them: who makes, sees, shares, locks and deletes them; the recycle bin."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from amiable.core import clock
from amiable.flows import recycle_bin
from amiable.model.image import Image
from amiable.model.instance import Instance
from amiable.model.product_code import ProductCode
from amiable.model.snapshot import Snapshot, complete
from amiable.model.volume import Volume
from tests.helpers.api import Api, filters, refused
from tests.helpers.images import add_image, add_snapshot


@pytest.fixture
def instance_id(api: Api) -> str:
    """A running instance with a root volume of 2 and a data volume of 3 GiB, which is tagged."""
    mappings = [{"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 3}}]
    tags = [{"ResourceType": "volume", "Tags": [{"Key": "of", "Value": "volume"}]}]
    answer = api(
        "RunInstances", ImageId=add_image(api).id, MinCount=1, MaxCount=1,
        BlockDeviceMappings=mappings, TagSpecifications=tags,
    )  # fmt: skip
    with api.database.write() as session:
        session.execute(update(Instance).values(state="running"))
        session.execute(update(Volume).values(state="in-use"))
    return str(answer["Instances"][0]["InstanceId"])


def seen(api: Api, **request: Any) -> set[str]:
    return {row["SnapshotId"] for row in api("DescribeSnapshots", **request)["Snapshots"]}


def share(api: Api, snapshot: Snapshot, *grantees: dict[str, str], change: str = "Add") -> None:
    permission = {change: list(grantees)}
    api("ModifySnapshotAttribute", SnapshotId=snapshot.id, CreateVolumePermission=permission)


def test_snapshots_of_several_volumes(api: Api, instance_id: str) -> None:
    volumes = {volume["Size"]: volume["VolumeId"] for volume in api("DescribeVolumes")["Volumes"]}
    with api.database.write() as session:
        session.add(ProductCode(resource_id=volumes[3], code="paid"))
    asked = {"InstanceId": instance_id}
    own = [{"ResourceType": "snapshot", "Tags": [{"Key": "of", "Value": "request"}]}]
    both = api("CreateSnapshots", InstanceSpecification=asked, CopyTagsFromSource="volume")["Snapshots"]
    assert {row["VolumeId"] for row in both} == set(volumes.values())
    assert all(row["Tags"] == [{"Key": "of", "Value": "volume"}] for row in both)
    (data,) = api(
        "CreateSnapshots",
        InstanceSpecification=asked | {"ExcludeBootVolume": True},
        CopyTagsFromSource="volume",
        TagSpecifications=own,
    )["Snapshots"]
    assert (data["VolumeId"], data["Tags"]) == (volumes[3], own[0]["Tags"])
    codes = api("DescribeSnapshotAttribute", SnapshotId=data["SnapshotId"], Attribute="productCodes")
    assert codes["ProductCodes"] == [{"ProductCodeId": "paid", "ProductCodeType": "marketplace"}]
    with refused("OperationNotPermitted", "product code"):
        api("ModifySnapshotAttribute", SnapshotId=data["SnapshotId"], OperationType="add", GroupNames=["all"])
    (root,) = api("CreateSnapshots", InstanceSpecification=asked | {"ExcludeDataVolumeIds": [volumes[3]]})[
        "Snapshots"
    ]
    assert root["VolumeId"] == volumes[2]
    for wrong in (
        {"ExcludeDataVolumeIds": [volumes[2]]},
        {"ExcludeDataVolumeIds": ["vol-0123456789abcdef0"]},
        {"ExcludeBootVolume": True, "ExcludeDataVolumeIds": [volumes[3]]},
    ):
        with refused("InvalidParameterValue"):
            api("CreateSnapshots", InstanceSpecification=asked | wrong)
    with refused("IncorrectState", "wait until it has completed"):
        api("DeleteSnapshot", SnapshotId=root["SnapshotId"])
    with api.database.write() as session:
        session.get_one(Volume, volumes[3]).attachment.state = "detaching"
    (left,) = api("CreateSnapshots", InstanceSpecification=asked)["Snapshots"]
    assert left["VolumeId"] == volumes[2]


def test_what_is_shared_is_seen_until_it_is_hidden(api: Api) -> None:
    other, third = api.other_account(), api.other_account()
    mine, granted, public = add_snapshot(api), add_snapshot(api), add_snapshot(api)
    share(api, granted, {"UserId": other.account_id})
    share(api, public, {"Group": "all"})
    assert seen(api) == {mine.id, granted.id, public.id}
    assert seen(other) == {granted.id, public.id}
    assert seen(other, RestorableByUserIds=["self"]) == {granted.id}
    assert seen(other, RestorableByUserIds=["all"]) == {public.id}
    assert seen(api, RestorableByUserIds=[other.account_id]) == {granted.id}
    assert seen(other, OwnerIds=["self"]) == set()
    assert seen(third, OwnerIds=[api.account_id]) == {public.id}
    with refused("AuthFailure"):
        other("DeleteSnapshot", SnapshotId=granted.id)
    with refused("InvalidSnapshot.NotFound"):
        third("DeleteSnapshot", SnapshotId=granted.id)
    api("EnableSnapshotBlockPublicAccess", State="block-all-sharing")
    assert seen(other) == {granted.id}
    with refused("OperationNotPermitted"):
        share(api, mine, {"Group": "all"})
    described = api("DescribeSnapshotAttribute", SnapshotId=public.id, Attribute="createVolumePermission")
    assert described["CreateVolumePermissions"] == [{"Group": "all"}]
    api("EnableSnapshotBlockPublicAccess", State="block-new-sharing")
    assert seen(third) == {public.id}
    share(api, granted, {"UserId": other.account_id}, change="Remove")
    api("ResetSnapshotAttribute", SnapshotId=public.id, Attribute="createVolumePermission")
    assert seen(other) == set()


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({"UserIds": ["1" * 12]}, "InvalidParameterCombination"),
        ({"UserIds": ["me"], "OperationType": "add"}, "InvalidUserID.Malformed"),
        ({"GroupNames": ["some"], "OperationType": "add"}, "InvalidUserID.Malformed"),
        ({"OperationType": "add"}, "MissingParameter"),
        ({"UserIds": [f"{n:012}" for n in range(501)], "OperationType": "add"}, "InvalidParameterValue"),
        ({"Attribute": "productCodes", "UserIds": ["1" * 12], "OperationType": "add"},
         "InvalidParameterValue"),
    ],
)  # fmt: skip
def test_refused_permissions(api: Api, request_: dict[str, Any], code: str) -> None:
    snapshot = add_snapshot(api)
    with refused(code):
        api("ModifySnapshotAttribute", SnapshotId=snapshot.id, **request_)


def state_of(api: Api, snapshot: Snapshot) -> str:
    (row,) = api("DescribeLockedSnapshots", SnapshotIds=[snapshot.id])["Snapshots"]
    found = api("DescribeLockedSnapshots", Filters=filters(lock_state=row["LockState"]))["Snapshots"]
    assert snapshot.id in {one["SnapshotId"] for one in found}
    return str(row["LockState"])


def later(api: Api, snapshot: Snapshot, **columns: Any) -> None:
    with api.database.write() as session:
        session.execute(update(Snapshot).where(Snapshot.id == snapshot.id).values(**columns))


def test_a_governance_lock_holds_until_it_is_taken_off(api: Api) -> None:
    snapshot = add_snapshot(api)
    api("LockSnapshot", SnapshotId=snapshot.id, LockMode="governance", LockDuration=9)
    with refused("OperationNotPermitted", "is locked until"):
        api("DeleteSnapshot", SnapshotId=snapshot.id)
    changed = api("LockSnapshot", SnapshotId=snapshot.id, LockMode="governance", LockDuration=1)
    assert changed["LockExpiresOn"] - changed["LockDurationStartTime"] == timedelta(days=1)
    api("UnlockSnapshot", SnapshotId=snapshot.id)
    with refused("IncorrectState", "is not locked"):
        api("UnlockSnapshot", SnapshotId=snapshot.id)
    api("DeleteSnapshot", SnapshotId=snapshot.id)


def test_a_compliance_lock_only_grows_once_it_has_cooled_off(api: Api) -> None:
    snapshot = add_snapshot(api)
    lock = {"SnapshotId": snapshot.id, "LockMode": "compliance"}
    api("LockSnapshot", **lock, LockDuration=9, CoolOffPeriod=3)
    assert state_of(api, snapshot) == "compliance-cooloff"
    api("LockSnapshot", **lock, LockDuration=5, CoolOffPeriod=2)
    later(api, snapshot, cooloff_until=clock.now())
    assert state_of(api, snapshot) == "compliance"
    with refused("OperationNotPermitted"):
        api("UnlockSnapshot", SnapshotId=snapshot.id)
    with refused("OperationNotPermitted", "only be made longer"):
        api("LockSnapshot", **lock, LockDuration=4)
    with refused("OperationNotPermitted", "cooling-off"):
        api("LockSnapshot", **lock, LockDuration=9, CoolOffPeriod=1)
    with refused("OperationNotPermitted", "mode"):
        api("LockSnapshot", SnapshotId=snapshot.id, LockMode="governance", LockDuration=9)
    longer = api("LockSnapshot", **lock, ExpirationDate=clock.now() + timedelta(days=30))
    assert longer["LockDuration"] == 31, "days, begun ones included"
    later(api, snapshot, locked_until=clock.now())
    assert state_of(api, snapshot) == "expired"
    api("DeleteSnapshot", SnapshotId=snapshot.id)


def test_the_days_of_a_lock_begin_when_the_snapshot_is_completed(api: Api) -> None:
    snapshot = add_snapshot(api, state="pending", completed_at=None)
    lock = api("LockSnapshot", SnapshotId=snapshot.id, LockMode="governance", LockDuration=2)
    assert "LockExpiresOn" not in lock
    assert state_of(api, snapshot) == "governance"
    with api.database.write() as session:
        complete(session, [snapshot.id])
    (row,) = api("DescribeLockedSnapshots")["Snapshots"]
    assert row["LockExpiresOn"] - row["LockDurationStartTime"] == timedelta(days=2)
    for wrong in (
        {"LockMode": "governance", "LockDuration": 1, "CoolOffPeriod": 1},
        {"LockMode": "governance"},
    ):
        with refused("InvalidParameterCombination"):
            api("LockSnapshot", SnapshotId=snapshot.id, **wrong)


def rule(api: Api, kind: str, days: int, **request: Any) -> None:
    period = {"RetentionPeriodValue": days, "RetentionPeriodUnit": "DAYS"}
    api("CreateRule", "rbin", ResourceType=kind, RetentionPeriod=period, **request)


def test_an_image_comes_back_from_the_bin_as_it_was(api: Api, host: Any) -> None:
    image = add_image(api, "web", "1" * 12)
    api("CreateTags", Resources=[image.id], Tags=[{"Key": "k", "Value": "v"}])
    (described,) = api("DescribeImages")["Images"]
    rule(api, "EC2_IMAGE", 2)
    api("DeregisterImage", ImageId=image.id)
    assert api("DescribeImages")["Images"] == []
    (entry,) = api("ListImagesInRecycleBin")["Images"]
    assert entry["RecycleBinExitTime"] - entry["RecycleBinEnterTime"] == timedelta(days=2)
    with refused("InvalidSnapshot.InUse"):
        api("DeleteSnapshot", SnapshotId=image.devices[0].snapshot_id)
    successor = add_image(api, "web")
    with refused("InvalidAMIName.Duplicate"):
        api("RestoreImageFromRecycleBin", ImageId=image.id)
    with api.database.write() as session:
        session.merge(successor).name = "web-2"
    recycle_bin.empty(host, api.database)
    api("RestoreImageFromRecycleBin", ImageId=image.id)
    assert api("DescribeImages", ImageIds=[image.id])["Images"] == [described]
    api("DeregisterImage", ImageId=image.id)
    with api.database.write() as session:
        session.execute(update(Image).where(Image.id == image.id).values(recycled_until=clock.now()))
    recycle_bin.empty(host, api.database)
    assert api("ListImagesInRecycleBin")["Images"] == []
    with refused("InvalidAMIID.NotFound"):
        api("RestoreImageFromRecycleBin", ImageId=image.id)
    api("DeleteSnapshot", SnapshotId=image.devices[0].snapshot_id)


def test_rules_choose_by_tags_and_the_longest_counts(api: Api, host: Any) -> None:
    exclude = [{"ResourceTagKey": "scratch"}]
    rule(api, "EBS_SNAPSHOT", 3, ExcludeResourceTags=exclude)
    rule(api, "EBS_SNAPSHOT", 7, ResourceTags=[{"ResourceTagKey": "tier", "ResourceTagValue": "gold"}])
    kept = {}
    for name, tags in {
        "plain": {},
        "gold": {"tier": "gold"},
        "tin": {"tier": "tin"},
        "scratch": {"scratch": "x"},
        "gold-scratch": {"tier": "gold", "scratch": ""},
    }.items():
        snapshot = add_snapshot(api)
        if tags:
            listed = [{"Key": key, "Value": value} for key, value in tags.items()]
            api("CreateTags", Resources=[snapshot.id], Tags=listed)
        api("DeleteSnapshot", SnapshotId=snapshot.id)
        kept[snapshot.id] = name
    entries = api("ListSnapshotsInRecycleBin")["Snapshots"]
    days = {
        kept[row["SnapshotId"]]: (row["RecycleBinExitTime"] - row["RecycleBinEnterTime"]).days
        for row in entries
    }
    assert days == {"plain": 3, "gold": 7, "tin": 3, "gold-scratch": 7}
    gold = next(one for one, name in kept.items() if name == "gold")
    assert gold not in seen(api)
    assert api("RestoreSnapshotFromRecycleBin", SnapshotId=gold)["State"] == "completed"
    assert seen(api, Filters=filters(**{"tag:tier": "gold"})) == {gold}
    with api.database.write() as session:
        session.execute(update(Snapshot).values(recycled_until=clock.now()))
    recycle_bin.empty(host, api.database)
    assert api("ListSnapshotsInRecycleBin")["Snapshots"] == []
    assert gold in seen(api)


@pytest.fixture
def host() -> None:
    """The chore looks at rows only."""
