"""Snapshots: made, shared, locked, deleted, restored; the recycle bin and its rules."""

from sqlalchemy import select, update

from amiable.model.instance import Instance
from amiable.model.volume import Attachment, Volume
from tests.helpers.api import Api
from tests.helpers.ebs import add_stored, block_of
from tests.helpers.images import add_image, add_snapshot
from tests.unit.api.examples.request import Requests


def examples(api: Api) -> Requests:
    """Makes an instance with a volume, snapshots in several states, an image in the bin, and rules."""
    answer = api("RunInstances", ImageId=add_image(api, "for-volumes").id, MinCount=1, MaxCount=1)
    instance_id = answer["Instances"][0]["InstanceId"]
    with api.database.write() as session:
        session.execute(update(Instance).where(Instance.id == instance_id).values(state="running"))
        (volume_id,) = session.scalars(
            select(Attachment.volume_id).where(Attachment.instance_id == instance_id)
        )
        session.execute(update(Volume).where(Volume.id == volume_id).values(state="in-use"))
    plain, locked = add_snapshot(api).id, add_snapshot(api).id
    api("LockSnapshot", SnapshotId=locked, LockMode="governance", LockDuration=1)
    grant = {"Attribute": "createVolumePermission", "OperationType": "add", "UserIds": ["1" * 12]}
    shared = add_snapshot(api).id
    api("ModifySnapshotAttribute", SnapshotId=shared, **grant)
    api("EnableSnapshotBlockPublicAccess", State="block-new-sharing")
    days = {"RetentionPeriodValue": 1, "RetentionPeriodUnit": "DAYS"}
    rules = {
        kind: api("CreateRule", "rbin", ResourceType=kind, RetentionPeriod=days)["Identifier"]
        for kind in ("EBS_SNAPSHOT", "EC2_IMAGE")
    }
    binned, image = add_snapshot(api).id, add_image(api, "for-the-bin")
    api("DeleteSnapshot", SnapshotId=binned)
    api("DeregisterImage", ImageId=image.id)
    lock = {"UnlockDelay": {"UnlockDelayValue": 7, "UnlockDelayUnit": "DAYS"}}
    held = api("CreateRule", "rbin", ResourceType="EC2_IMAGE", RetentionPeriod=days, LockConfiguration=lock)
    rule = {"Identifier": rules["EBS_SNAPSHOT"]}
    arn = {"ResourceArn": api("GetRule", "rbin", **rule)["RuleArn"]}
    tag = {"Key": "stage", "Value": "test"}
    api("TagResource", "rbin", **arn, Tags=[tag])
    upload = api("StartSnapshot", "ebs", VolumeSize=1)["SnapshotId"]
    block, written = block_of(b"x"), add_stored(api, {0: b"a", 5: b"b"})
    listed = api("ListSnapshotBlocks", "ebs", SnapshotId=written)["Blocks"][0]
    empty = api("StartSnapshot", "ebs", VolumeSize=1)["SnapshotId"]
    return {
        ("ebs", "CompleteSnapshot"): {"SnapshotId": empty, "ChangedBlocksCount": 0},
        ("ebs", "GetSnapshotBlock"): {"SnapshotId": written, **listed},
        ("ebs", "ListChangedBlocks"): {"FirstSnapshotId": written, "SecondSnapshotId": written},
        ("ebs", "ListSnapshotBlocks"): {"SnapshotId": written},
        ("ebs", "PutSnapshotBlock"): {"SnapshotId": upload, "BlockIndex": 3, **block},
        ("ebs", "StartSnapshot"): {"VolumeSize": 1, "ParentSnapshotId": written},
        ("ec2", "CreateSnapshot"): {"VolumeId": volume_id, "Description": "d"},
        ("ec2", "CreateSnapshots"): {"InstanceSpecification": {"InstanceId": instance_id}},
        ("ec2", "DeleteSnapshot"): {"SnapshotId": plain},
        ("ec2", "DescribeLockedSnapshots"): {"SnapshotIds": [locked]},
        ("ec2", "DescribeSnapshotAttribute"): {
            "SnapshotId": shared,
            "Attribute": "createVolumePermission",
        },
        ("ec2", "DisableSnapshotBlockPublicAccess"): {},
        ("ec2", "EnableSnapshotBlockPublicAccess"): {"State": "block-all-sharing"},
        ("ec2", "GetSnapshotBlockPublicAccessState"): {},
        ("ec2", "ListImagesInRecycleBin"): {"ImageIds": [image.id]},
        ("ec2", "ListSnapshotsInRecycleBin"): {"SnapshotIds": [binned]},
        ("ec2", "LockSnapshot"): {"SnapshotId": plain, "LockMode": "governance", "LockDuration": 9},
        ("ec2", "ModifySnapshotAttribute"): {"SnapshotId": plain, **grant},
        ("ec2", "ResetSnapshotAttribute"): {"SnapshotId": shared, "Attribute": "createVolumePermission"},
        ("ec2", "RestoreImageFromRecycleBin"): {"ImageId": image.id},
        ("ec2", "RestoreSnapshotFromRecycleBin"): {"SnapshotId": binned},
        ("ec2", "UnlockSnapshot"): {"SnapshotId": locked},
        ("rbin", "CreateRule"): {"ResourceType": "EBS_SNAPSHOT", "RetentionPeriod": days},
        ("rbin", "DeleteRule"): rule,
        ("rbin", "GetRule"): rule,
        ("rbin", "ListRules"): {"ResourceType": "EBS_SNAPSHOT"},
        ("rbin", "ListTagsForResource"): arn,
        ("rbin", "LockRule"): {**rule, "LockConfiguration": lock},
        ("rbin", "TagResource"): {**arn, "Tags": [{"Key": "stage", "Value": "production"}]},
        ("rbin", "UnlockRule"): {"Identifier": held["Identifier"]},
        ("rbin", "UntagResource"): {**arn, "TagKeys": ["stage"]},
        ("rbin", "UpdateRule"): {**rule, "Description": "new"},
    }
