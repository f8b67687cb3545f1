"""Instances, as rows."""

from tests.helpers.api import Api
from tests.helpers.rows import add_instance
from tests.unit.api.examples.request import Requests


def examples(api: Api) -> Requests:
    """Makes an instance."""
    group = api("CreateSecurityGroup", GroupName="machines", Description="d")["GroupId"]
    instance = add_instance(api, group)
    return {
        ("amiable", "DescribeMachines"): {"InstanceIds": [instance.id]},
        ("ec2", "GetInstanceMetadataDefaults"): {},
        ("ec2", "ModifyInstanceMetadataDefaults"): {"HttpTokens": "required"},
        ("ec2", "ModifyInstanceMetadataOptions"): {"InstanceId": instance.id, "HttpTokens": "required"},
        ("iam", "ListAccountAliases"): {},
    }
