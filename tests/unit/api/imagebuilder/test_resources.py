"""Image Builder's resources: versions and wildcards, tokens, what may go into what, sharing, pages."""

from typing import Any

import pytest

from amiable.api.imagebuilder.arns import parse, parse_version
from amiable.core import ids
from amiable.model.image_build import ImageBuild
from amiable.protocol.faults import Fault
from tests.helpers.api import Api, refused
from tests.helpers.images import add_image
from tests.unit.api.examples.builder import (
    DOCUMENT,
    SERVICE,
    build,
    component,
    infrastructure,
    pipeline,
    policy,
    recipe,
)


def made(api: Api, arn: str) -> dict[str, object]:
    return dict(api("GetComponent", SERVICE, componentBuildVersionArn=arn)["component"])


def test_a_component_shows_its_document(api: Api) -> None:
    arn = component(api, "My Comp_1", description="d", supportedOsVersions=["Debian 12"], tags={"k": "v"})
    assert arn == f"arn:aws:imagebuilder:us-east-1:{api.account_id}:component/my-comp_1/1.0.0/1"
    shown = made(api, arn)
    assert (shown["name"], shown["type"], shown["version"]) == ("My Comp_1", "BUILD", "1.0.0")
    assert shown["data"] == DOCUMENT
    assert shown["parameters"] == [{"name": "Word", "type": "string", "defaultValue": ["w"]}]
    assert (shown["tags"], shown["owner"]) == ({"k": "v"}, api.account_id)


def test_versions_and_builds(api: Api) -> None:
    first = component(api, version="1.2.3")
    again = component(api, version="1.2.3")
    component(api, version="1.10.0")
    newest = component(api, version="2.0.0")
    assert (first[-2:], again[-2:]) == ("/1", "/2")
    base = first.rsplit("/", 2)[0]
    for wanted, expected in {
        "x.x.x": newest,
        "1.x.x": f"{base}/1.10.0/1",
        "1.2.x": again,
        "1.2.3": again,
        "1.2.3/1": first,
    }.items():
        assert made(api, f"{base}/{wanted}")["arn"] == expected
    versions = api("ListComponents", SERVICE)["componentVersionList"]
    assert [one["version"] for one in versions] == ["1.10.0", "1.2.3", "2.0.0"]
    builds = api("ListComponentBuildVersions", SERVICE, componentVersionArn=f"{base}/1.2.3")
    assert [one["arn"] for one in builds["componentSummaryList"]] == [first, again]


@pytest.mark.parametrize(
    "text", ["1", "1.0", "1.0.0.0", "x.2.x", "1.x.8", "-1.0.0", "1.0.1073741824", "a.b.c"]
)
def test_what_is_no_version(text: str) -> None:
    with pytest.raises(Fault, match="is not a version"):
        parse_version(text, wildcards=True)


@pytest.mark.parametrize(
    "arn", ["", "arn:aws:s3:::b", "arn:aws:imagebuilder:us-east-1:123456789012:component/C/1.0.0"]
)
def test_what_is_no_arn(arn: str) -> None:
    with pytest.raises(Fault, match="is not an ARN"):
        parse(arn, "component")


def test_a_client_token_makes_one_thing(api: Api) -> None:
    request = {"name": "comp", "semanticVersion": "1.0.0", "platform": "Linux", "data": DOCUMENT}
    arns = {
        api("CreateComponent", SERVICE, **request, clientToken="t")["componentBuildVersionArn"]
        for _ in range(2)
    }
    assert len(arns) == 1
    with refused("IdempotentParameterMismatchException"):
        api("CreateComponent", SERVICE, **{**request, "name": "other"}, clientToken="t")
    with refused("DryRunOperationException"):
        api("CreateComponent", SERVICE, **request, clientToken="u", dryRun=True)


def test_documents_and_platforms_are_checked(api: Api) -> None:
    with refused("InvalidParameterValueException", "line 1, column 1"):
        component(api, data="phases: []")
    with refused("InvalidParameterValueException", "Windows"):
        component(api, platform="Windows")
    with refused("InvalidParameterCombinationException"):
        component(api, uri="s3://b/k")
    with refused("InvalidParameterValueException", "3 to 128"):
        component(api, name="a")


def test_recipes_name_components_that_are_there(api: Api) -> None:
    arn = component(api)
    with refused("ResourceNotFoundException"):
        recipe(api, components=[{"componentArn": arn.replace("/comp/", "/none/")}])
    with refused("InvalidParameterValueException", "no parameter Other"):
        recipe(api, components=[{"componentArn": arn, "parameters": [{"name": "Other", "value": ["v"]}]}])
    with refused("InvalidParameterValueException", "once"):
        recipe(api, components=[{"componentArn": arn}, {"componentArn": arn}])
    made_of = recipe(api, components=[{"componentArn": arn}])
    with refused("ResourceDependencyException", made_of):
        api("DeleteComponent", SERVICE, componentBuildVersionArn=arn)
    with refused("ResourceAlreadyExistsException"):
        recipe(api)
    api("DeleteImageRecipe", SERVICE, imageRecipeArn=made_of)
    api("DeleteComponent", SERVICE, componentBuildVersionArn=arn)
    with refused("ResourceNotFoundException"):
        made(api, arn)


def test_the_ami_of_a_recipe_is_there(api: Api) -> None:
    def of(parent: str, **more: Any) -> str:
        return recipe(api, f"of-{ids.new_uuid()}", parentImage=parent, components=[], **more)

    with refused("InvalidParameterValueException", "parentImage must be"):
        of("debian")
    friend = api.other_account()
    there, theirs = add_image(api, "mine").id, add_image(friend, "theirs").id
    elsewhere, gone = add_image(api.other_region(), "away").id, add_image(api, "gone").id
    api("DeregisterImage", ImageId=gone)
    missing = ("ami-0123456789abcdef0", theirs, elsewhere)
    faults = {given: f"The image id '[{given}]' does not exist" for given in missing}
    faults[gone] = f"The image ID: '{gone}' is no longer available"
    faults["ami-0123456789"] = "Invalid id"
    for given, why in faults.items():
        for options in ({}, {"dryRun": True}):
            with refused("InvalidParameterValueException", f"'parentImage' is not valid. {why}"):
                of(given, **options)
    with refused("DryRunOperationException"):
        of(there, dryRun=True)
    launch = {"Add": [{"UserId": api.account_id}]}
    friend("ModifyImageAttribute", ImageId=theirs, LaunchPermission=launch)
    for usable in (there, theirs):
        of(usable)
    of("ssm:/not/yet")  # which image that is, each build asks


def test_x_in_a_recipes_version_takes_the_next_number(api: Api) -> None:
    arns = [recipe(api, version=version) for version in ("1.0.x", "1.0.x", "1.x.x", "x.x.x")]
    assert [arn.rsplit("/", 1)[1] for arn in arns] == ["1.0.0", "1.0.1", "1.1.0", "2.0.0"]


def test_a_policy_shares_with_the_accounts_that_it_names(api: Api) -> None:
    arn, friend, stranger = component(api), api.other_account(), api.other_account()
    api("PutComponentPolicy", SERVICE, componentArn=arn, policy=policy(arn, friend.account_id))
    assert made(friend, arn)["owner"] == api.account_id
    assert [
        one["name"] for one in friend("ListComponents", SERVICE, owner="Shared")["componentVersionList"]
    ] == ["comp"]
    recipe(friend, components=[{"componentArn": arn}])
    with refused("ResourceNotFoundException"):
        made(stranger, arn)
    with refused("ResourceNotFoundException"):
        friend("DeleteComponent", SERVICE, componentBuildVersionArn=arn)
    for wrong in (
        "no",
        "{}",
        policy(arn, friend.account_id).replace("Allow", "Deny"),
        policy("arn", "1" * 12),
    ):
        with refused("InvalidParameterValueException"):
            api("PutComponentPolicy", SERVICE, componentArn=arn, policy=wrong)


def test_pipelines_know_when_they_run_next(api: Api) -> None:
    arn = pipeline(api)
    shown = api("GetImagePipeline", SERVICE, imagePipelineArn=arn)["imagePipeline"]
    assert (shown["status"], shown["consecutiveFailures"], shown["platform"]) == ("ENABLED", 0, "Linux")
    condition = shown["schedule"]["pipelineExecutionStartCondition"]
    assert condition == "EXPRESSION_MATCH_AND_DEPENDENCY_UPDATES_AVAILABLE"
    assert shown["dateNextRun"][11:16] in ("01:00", "02:00")  # 3 o'clock in Berlin
    parts = {key: shown[key] for key in ("imageRecipeArn", "infrastructureConfigurationArn")}
    api("UpdateImagePipeline", SERVICE, imagePipelineArn=arn, **parts, status="DISABLED", clientToken="t")
    shown = api("GetImagePipeline", SERVICE, imagePipelineArn=arn)["imagePipeline"]
    assert "schedule" not in shown
    assert "dateNextRun" not in shown
    with refused("InvalidParameterValueException", "rate(1 day)"):
        schedule = {"scheduleExpression": "daily"}
        api("UpdateImagePipeline", SERVICE, imagePipelineArn=arn, **parts, schedule=schedule, clientToken="u")
    with refused("InvalidRequestException", "containers"):
        api(
            "CreateImagePipeline",
            SERVICE,
            name="con",
            containerRecipeArn="arn:aws:imagebuilder:us-east-1:1:container-recipe/c/1.0.0",
            infrastructureConfigurationArn=infrastructure(api),
            clientToken=ids.new_uuid(),
        )


def test_listings_have_pages_and_filters(api: Api) -> None:
    for name in ("aaa", "bbb", "ccc"):
        component(api, name)
    seen, token = [], None
    while True:
        more = {"nextToken": token} if token else {}
        answer = api("ListComponents", SERVICE, maxResults=2, **more)
        seen += [one["name"] for one in answer["componentVersionList"]]
        token = answer.get("nextToken")
        if token is None:
            break
    assert seen == ["aaa", "bbb", "ccc"]
    chosen = api("ListComponents", SERVICE, filters=[{"name": "name", "values": ["bbb"]}])
    assert [one["name"] for one in chosen["componentVersionList"]] == ["bbb"]
    with refused("InvalidParameterValueException", "not a filter"):
        api("ListComponents", SERVICE, filters=[{"name": "colour", "values": ["red"]}])
    with refused("InvalidPaginationTokenException"):
        api("ListComponents", SERVICE, nextToken="x")


def test_an_image_that_somebody_needs_is_not_deleted(api: Api) -> None:
    """ResourceDependencyException: under way, shared, or a recipe's parent."""
    arn = build(api, "needed", "BUILDING")
    delete = {"imageBuildVersionArn": arn}
    with refused("ResourceDependencyException", "under way"):
        api("DeleteImage", SERVICE, **delete)
    with api.database.write() as session:
        session.query(ImageBuild).filter_by(arn=arn).one().state = "AVAILABLE"
    friend = api.other_account().account_id
    api("PutImagePolicy", SERVICE, imageArn=arn, policy=policy(arn, friend))
    with refused("ResourceDependencyException", friend):
        api("DeleteImage", SERVICE, **delete)
    api("PutImagePolicy", SERVICE, imageArn=arn, policy='{"Statement": []}')
    stands_on_it = recipe(api, "child", parentImage=arn)
    with refused("ResourceDependencyException", stands_on_it):
        api("DeleteImage", SERVICE, **delete)
    api("DeleteImageRecipe", SERVICE, imageRecipeArn=stands_on_it)
    api("DeleteImage", SERVICE, **delete)


def test_components_are_filtered_by_each_system_that_they_support(api: Api) -> None:
    component(api, "two", supportedOsVersions=["Debian 12", "Ubuntu 24"])
    component(api, "one", supportedOsVersions=["Debian 12"])
    component(api, "any")

    def found(name: str, value: str) -> list[str]:
        answer = api("ListComponents", SERVICE, filters=[{"name": name, "values": [value]}])
        return [one["name"] for one in answer["componentVersionList"]]

    assert found("supportedOsVersion", "Debian 12") == ["one", "two"]
    assert found("supportedOsVersion", "Ubuntu 24") == ["two"]
    assert found("description", "None") == []


def test_tags_of_what_is_there(api: Api) -> None:
    arn = component(api, tags={str(number): "v" for number in range(49)})
    api("TagResource", SERVICE, resourceArn=arn, tags={"one": "more"})
    with refused("InvalidParameterException", "at most 50"):
        api("TagResource", SERVICE, resourceArn=arn, tags={"another": "one"})
    gone = build(api, "gone", "DELETED")
    for operation, more in (("TagResource", {"tags": {"k": "v"}}), ("ListTagsForResource", {})):
        with refused("ResourceNotFoundException"):
            api(operation, SERVICE, resourceArn=gone, **more)


def test_a_recipe_gives_the_parameters_that_have_no_default(api: Api) -> None:
    needs = DOCUMENT.replace(", default: w", "")
    arn = component(api, "needs", data=needs)
    with refused("InvalidParameterValueException", "Word needs a value"):
        recipe(api, components=[{"componentArn": arn}])
    recipe(api, components=[{"componentArn": arn, "parameters": [{"name": "Word", "value": ["w"]}]}])


def test_what_others_sell_is_not_there(api: Api) -> None:
    for owner in ("third-party", "aws-marketplace"):
        arn = f"arn:aws:imagebuilder:{api.region}:{owner}:component/c/1.0.0"
        with refused("ResourceNotFoundException"):
            made(api, arn)
