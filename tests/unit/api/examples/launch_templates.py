"""A launch template with two versions, and an instance to make one of."""

from tests.helpers.api import Api
from tests.helpers.rows import add_instance
from tests.unit.api.examples.request import Requests


def examples(api: Api) -> Requests:
    """Makes a template and an instance."""
    data = {"LaunchTemplateData": {"InstanceType": "t3.small"}}
    named = {
        "LaunchTemplateId": api("CreateLaunchTemplate", LaunchTemplateName="one", **data)["LaunchTemplate"][
            "LaunchTemplateId"
        ]
    }
    api("CreateLaunchTemplateVersion", **named, **data)
    group = api("CreateSecurityGroup", GroupName="templates", Description="d")["GroupId"]
    return {
        ("ec2", "CreateLaunchTemplate"): {"LaunchTemplateName": "two", **data},
        ("ec2", "CreateLaunchTemplateVersion"): {**named, **data, "SourceVersion": "1"},
        ("ec2", "DeleteLaunchTemplate"): named,
        ("ec2", "DeleteLaunchTemplateVersions"): {**named, "Versions": ["2"]},
        ("ec2", "DescribeLaunchTemplateVersions"): {"Versions": ["$Latest"]},
        ("ec2", "DescribeLaunchTemplates"): {},
        ("ec2", "GetLaunchTemplateData"): {"InstanceId": add_instance(api, group, "172.31.0.11").id},
        ("ec2", "ModifyLaunchTemplate"): {**named, "DefaultVersion": "2"},
    }
