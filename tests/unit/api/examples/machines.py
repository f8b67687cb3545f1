"""Instances, as rows: no machine is started."""

from amiable.model.instance import Instance
from tests.helpers.api import Api
from tests.helpers.images import add_image
from tests.helpers.rows import add_instance
from tests.unit.api.examples.request import Requests


def examples(api: Api) -> Requests:
    """Makes an instance that runs, one that is stopped, and an image to launch."""
    group = api("CreateSecurityGroup", GroupName="machines", Description="d")["GroupId"]
    instance = add_instance(api, group)
    one = {"MinCount": 1, "MaxCount": 1}
    image = {"ImageId": add_image(api, "to-launch").id}
    running, stopped = (api("RunInstances", **image, **one)["Instances"][0]["InstanceId"] for _ in range(2))
    with api.database.write() as session:
        session.get_one(Instance, running).state = "running"
        session.get_one(Instance, stopped).state = "stopped"
    api("ModifyInstanceAttribute", InstanceId=instance.id, SourceDestCheck={"Value": False})
    profile = {"IamInstanceProfile": {"Name": "web"}}
    associated = api("AssociateIamInstanceProfile", InstanceId=stopped, **profile)
    association = {"AssociationId": associated["IamInstanceProfileAssociation"]["AssociationId"]}
    return {
        ("ec2", "AssociateIamInstanceProfile"): {"InstanceId": running, **profile},
        ("ec2", "DescribeIamInstanceProfileAssociations"): {},
        ("ec2", "DisassociateIamInstanceProfile"): association,
        ("ec2", "ReplaceIamInstanceProfileAssociation"): {**association, "IamInstanceProfile": {"Name": "x"}},
        ("ec2", "CreateImage"): {"InstanceId": running, "Name": "of-an-instance"},
        ("ec2", "GetConsoleOutput"): {"InstanceId": running},
        ("ec2", "RebootInstances"): {"InstanceIds": [running]},
        ("ec2", "RunInstances"): {**image, **one},
        ("ec2", "StartInstances"): {"InstanceIds": [stopped]},
        ("ec2", "StopInstances"): {"InstanceIds": [running]},
        ("ec2", "TerminateInstances"): {"InstanceIds": [running, stopped]},
        ("amiable", "DescribeMachines"): {"InstanceIds": [instance.id]},
        ("ec2", "DescribeInstanceAttribute"): {"InstanceId": instance.id, "Attribute": "groupSet"},
        ("ec2", "DisableSerialConsoleAccess"): {},
        ("ec2", "EnableSerialConsoleAccess"): {},
        ("ec2", "GetInstanceMetadataDefaults"): {},
        ("ec2", "GetSerialConsoleAccessStatus"): {},
        ("ec2", "ModifyInstanceAttribute"): {"InstanceId": instance.id, "DisableApiStop": {"Value": True}},
        ("ec2", "ModifyInstanceMetadataDefaults"): {"HttpTokens": "required"},
        ("ec2", "ModifyInstanceMetadataOptions"): {"InstanceId": instance.id, "HttpTokens": "required"},
        ("ec2", "ResetInstanceAttribute"): {"InstanceId": instance.id, "Attribute": "sourceDestCheck"},
        ("iam", "ListAccountAliases"): {},
    }
