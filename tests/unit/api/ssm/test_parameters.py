"""The Parameter Store: versions, labels, types, hierarchy, aliases of images, public parameters."""

from typing import Any

import pytest

from amiable.model.account import AMAZON, create_account
from amiable.model.image import Image
from amiable.model.parameter import ParameterVersion
from tests.helpers.api import Api, refused
from tests.helpers.images import add_image


def ssm(api: Api, operation: str, **request: Any) -> dict[str, Any]:
    return api(operation, "ssm", **request)


def put(api: Api, name: str, value: str, **request: Any) -> int:
    given = {"Type": "String", "Name": name, "Value": value, **request}
    return int(ssm(api, "PutParameter", **given)["Version"])


def value(api: Api, name: str, **request: Any) -> str:
    return str(ssm(api, "GetParameter", Name=name, **request)["Parameter"]["Value"])


def names(answer: dict[str, Any]) -> list[str]:
    return [one["Name"] for one in answer["Parameters"]]


def test_versions_and_labels(api: Api) -> None:
    assert put(api, "/web/ami", "one") == 1
    with refused("ParameterAlreadyExists"):
        put(api, "/web/ami", "two")
    assert put(api, "/web/ami", "two", Overwrite=True) == 2
    labelled = ssm(
        api, "LabelParameterVersion", Name="/web/ami", ParameterVersion=1, Labels=["prod", "aws-no"]
    )
    assert labelled == {"InvalidLabels": ["aws-no"], "ParameterVersion": 1}
    assert (value(api, "/web/ami"), value(api, "/web/ami:1"), value(api, "/web/ami:prod")) == (
        "two",
        "one",
        "one",
    )
    ssm(api, "LabelParameterVersion", Name="/web/ami", Labels=["prod"])
    assert value(api, "/web/ami:prod") == "two"
    history = ssm(api, "GetParameterHistory", Name="/web/ami")["Parameters"]
    assert [(one["Version"], one["Value"], one["Labels"]) for one in history] == [
        (1, "one", []),
        (2, "two", ["prod"]),
    ]
    found = ssm(api, "DescribeParameters", ParameterFilters=[{"Key": "Label", "Values": ["prod"]}])
    assert names(found) == ["/web/ami"]
    ssm(api, "UnlabelParameterVersion", Name="/web/ami", ParameterVersion=2, Labels=["prod"])
    with refused("ParameterVersionNotFound"):
        value(api, "/web/ami:prod")
    arn = ssm(api, "GetParameter", Name="/web/ami")["Parameter"]["ARN"]
    assert value(api, f"{arn}:1") == "one"
    ssm(api, "DeleteParameter", Name="/web/ami")
    assert put(api, "/web/ami", "anew") == 1
    with refused("ParameterNotFound"):
        value(api.other_account(), "/web/ami")


def test_the_oldest_version_goes_unless_a_label_keeps_it(api: Api) -> None:
    put(api, "long", "1")
    for number in range(2, 102):
        put(api, "long", str(number), Overwrite=True)
    page = ssm(api, "GetParameterHistory", Name="long")
    assert (page["Parameters"][0]["Version"], len(page["Parameters"])) == (2, 50)
    ssm(api, "LabelParameterVersion", Name="long", ParameterVersion=2, Labels=["kept"])
    with refused("ParameterMaxVersionLimitExceeded"):
        put(api, "long", "x", Overwrite=True)


def test_secure_strings_are_sealed(api: Api) -> None:
    put(api, "secret", "clear", Type="SecureString")
    assert value(api, "secret", WithDecryption=True) == "clear"
    assert value(api, "secret") != "clear"
    with api.database.read() as session:
        row = session.get_one(ParameterVersion, (api.account_id, api.region, "secret", 1))
        assert "clear" not in row.value


def test_paths(api: Api) -> None:
    for name in ("/a/b", "/a/b/c", "/a/b/d/e", "/a-b", "flat"):
        put(api, name, "x")

    def below(path: str, **request: Any) -> list[str]:
        return names(ssm(api, "GetParametersByPath", Path=path, **request))

    assert below("/a") == ["/a/b"]
    assert below("/a", Recursive=True) == ["/a/b", "/a/b/c", "/a/b/d/e"]
    assert below("/a/b/") == ["/a/b/c"]
    page = ssm(api, "GetParametersByPath", Path="/a", Recursive=True, MaxResults=2)
    rest = ssm(api, "GetParametersByPath", Path="/a", Recursive=True, NextToken=page["NextToken"])
    assert names(page) + names(rest) == ["/a/b", "/a/b/c", "/a/b/d/e"]
    contains = [{"Key": "Name", "Option": "Contains", "Values": ["b/"]}]
    assert names(ssm(api, "DescribeParameters", ParameterFilters=contains)) == ["/a/b/c", "/a/b/d/e"]
    gone = ssm(api, "DeleteParameters", Names=["flat", "nobody"])
    assert gone == {"DeletedParameters": ["flat"], "InvalidParameters": ["nobody"]}
    several = ssm(api, "GetParameters", Names=["/a/b", "nobody"])
    assert (names(several), several["InvalidParameters"]) == (["/a/b"], ["nobody"])


def test_tags(api: Api) -> None:
    put(api, "tagged", "x", Tags=[{"Key": "team", "Value": "web"}])
    named = {"ResourceType": "Parameter", "ResourceId": "tagged"}
    ssm(api, "AddTagsToResource", **named, Tags=[{"Key": "stage", "Value": "prod"}])
    found = ssm(api, "DescribeParameters", ParameterFilters=[{"Key": "tag:team", "Values": ["web"]}])
    assert names(found) == ["tagged"]
    ssm(api, "RemoveTagsFromResource", **named, TagKeys=["team"])
    assert ssm(api, "ListTagsForResource", **named)["TagList"] == [{"Key": "stage", "Value": "prod"}]


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({"Name": "/aws/mine"}, "AccessDeniedException"),
        ({"Name": "ssm-mine"}, "ValidationException"),
        ({"Name": "a/b"}, "ValidationException"),
        ({"Name": "a b"}, "ValidationException"),
        ({"Name": "/" + "/".join("abcdefghijklmnop")}, "HierarchyLevelLimitExceededException"),
        ({"Type": None}, "ValidationException"),
        ({"Value": "x" * 4097}, "ValidationException"),
        ({"Name": "old", "Overwrite": True, "Type": "StringList"}, "HierarchyTypeMismatchException"),
        ({"AllowedPattern": "^[0-9]+$"}, "ParameterPatternMismatchException"),
        ({"AllowedPattern": "("}, "InvalidAllowedPatternException"),
        ({"AllowedPattern": "(a|a)*$", "Value": "a" * 40 + "b"}, "InvalidAllowedPatternException"),
        ({"Policies": '[{"Type": "Expiration"}]'}, "UnsupportedOperation"),
        ({"KeyId": "alias/mine", "Type": "SecureString"}, "InvalidKeyId"),
        ({"DataType": "aws:ec2:image", "Value": "ami-01234567"}, "ValidationException"),
        ({"DataType": "aws:ssm:integration"}, "ValidationException"),
    ],
)
def test_refused(api: Api, request_: dict[str, Any], code: str) -> None:
    put(api, "old", "x")
    before = api.rows()
    with refused(code):
        put(api, **{"name": request_.get("Name", "new"), "value": "text", **request_})
    assert api.rows() == before


def test_an_image_alias_is_resolved_when_it_is_used(api: Api) -> None:
    first, second = add_image(api, "first"), add_image(api, "second")
    hidden = add_image(api.other_account(), "hidden")
    with refused("ValidationException"):
        put(api, "/ami", hidden.id, DataType="aws:ec2:image")
    put(api, "/ami", first.id, DataType="aws:ec2:image")
    put(api, "/ami", second.id, Overwrite=True)
    ssm(api, "LabelParameterVersion", Name="/ami", ParameterVersion=1, Labels=["stable"])
    counts = {"MinCount": 1, "MaxCount": 1}

    def launched(alias: str) -> str:
        return str(api("RunInstances", ImageId=alias, **counts)["Instances"][0]["ImageId"])

    arn = ssm(api, "GetParameter", Name="/ami")["Parameter"]["ARN"]
    assert launched("resolve:ssm:/ami") == second.id
    assert launched("resolve:ssm:/ami:1") == launched("resolve:ssm:/ami:stable") == first.id
    assert launched(f"resolve:ssm:{arn}:stable") == first.id
    with refused("InvalidParameterValue", "/nobody"):
        launched("resolve:ssm:/nobody")
    alias = {"ImageId": "resolve:ssm:/ami"}
    api("CreateLaunchTemplate", LaunchTemplateName="web", LaunchTemplateData=alias)
    told = [
        api("DescribeLaunchTemplateVersions", LaunchTemplateName="web", ResolveAlias=resolve)[
            "LaunchTemplateVersions"
        ][0]["LaunchTemplateData"]["ImageId"]
        for resolve in (False, True)
    ]
    assert told == ["resolve:ssm:/ami", second.id]


def test_public_parameters_name_public_images(api: Api) -> None:
    name = "/aws/service/debian/12"
    old, new = add_image(api, "old", "all"), add_image(api, "new", "all")
    with refused("ParameterNotFound"):
        value(api, name)
    with api.database.write() as session:
        amazon = create_account(session, "amazon", alias=AMAZON)
        for image in (old, new):
            row = session.get_one(Image, image.id)
            row.account_id, row.public_parameter_name = amazon.id, name
    assert value(api, name) == new.id
    assert names(ssm(api, "GetParametersByPath", Path="/aws/service", Recursive=True)) == [name]
    with refused("ParameterNotFound"):
        value(api.other_region(), name)
    with refused("AccessDeniedException"):
        put(api, name, "mine")
