"""A parameter with two versions and a label."""

from tests.helpers.api import Api
from tests.unit.api.examples.request import Requests


def examples(api: Api) -> Requests:
    """Makes a parameter named for the account, so that nobody else has one of that name."""
    name = f"/{api.account_id}/ami"
    named, resource = {"Name": name}, {"ResourceType": "Parameter", "ResourceId": name}
    api("PutParameter", "ssm", **named, Value="one", Type="String", Tags=[{"Key": "a", "Value": "b"}])
    api("PutParameter", "ssm", **named, Value="two", Overwrite=True)
    api("LabelParameterVersion", "ssm", **named, ParameterVersion=1, Labels=["old"])
    return {
        ("ssm", "AddTagsToResource"): {**resource, "Tags": [{"Key": "k", "Value": "v"}]},
        ("ssm", "DeleteParameter"): named,
        ("ssm", "DeleteParameters"): {"Names": [name]},
        ("ssm", "DescribeParameters"): {},
        ("ssm", "GetParameter"): named,
        ("ssm", "GetParameterHistory"): named,
        ("ssm", "GetParameters"): {"Names": [name]},
        ("ssm", "GetParametersByPath"): {"Path": f"/{api.account_id}"},
        ("ssm", "LabelParameterVersion"): {**named, "Labels": ["new"]},
        ("ssm", "ListTagsForResource"): resource,
        ("ssm", "PutParameter"): {**named, "Value": "three", "Overwrite": True},
        ("ssm", "RemoveTagsFromResource"): {**resource, "TagKeys": ["a"]},
        ("ssm", "UnlabelParameterVersion"): {**named, "ParameterVersion": 1, "Labels": ["old"]},
    }
