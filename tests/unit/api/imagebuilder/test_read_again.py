"""What a client that keeps a state reads of what it made: what it sent, so that nothing has to change.

Terraform makes a resource anew when a member that it sent reads otherwise: the version of a component, say.
"""

from typing import Any

import pytest

from amiable.core import ids
from tests.helpers.api import Api, refused
from tests.unit.api.examples.builder import (
    DOCUMENT,
    SERVICE,
    base_image,
    infrastructure,
    lifecycle_policy,
    recipe,
    workflow,
)

DATE_VERSION = "2026.01.31"


def made(api: Api, noun: str, answer: str, **request: Any) -> str:
    return str(api(f"Create{noun}", SERVICE, **request, clientToken=ids.new_uuid())[answer])


@pytest.mark.parametrize("version", ["1.0.0", DATE_VERSION])
def test_versions_read_as_they_were_written(api: Api, version: str) -> None:
    named = {"name": "Web Server", "semanticVersion": version}
    component = made(api, "Component", "componentBuildVersionArn", **named, platform="Linux", data=DOCUMENT)
    assert component.endswith(f":component/web-server/{version}/1")
    shown = api("GetComponent", SERVICE, componentBuildVersionArn=component)
    assert (shown["component"]["name"], shown["component"]["version"]) == ("Web Server", version)
    assert shown["latestVersionReferences"]["latestPatchVersionArn"] == component.removesuffix("/1")
    of = made(api, "ImageRecipe", "imageRecipeArn", **named, parentImage=base_image(api))
    assert api("GetImageRecipe", SERVICE, imageRecipeArn=of)["imageRecipe"]["version"] == version
    image = made(
        api,
        "Image",
        "imageBuildVersionArn",
        imageRecipeArn=of,
        infrastructureConfigurationArn=infrastructure(api),
    )
    assert image.endswith(f":image/web-server/{version}/1")
    assert api("GetImage", SERVICE, imageBuildVersionArn=image)["image"]["version"] == f"{version}/1"


def test_a_version_is_one_however_it_is_written(api: Api) -> None:
    recipe(api, "dated", DATE_VERSION)
    with refused("ResourceAlreadyExistsException", DATE_VERSION):
        recipe(api, "dated", "2026.1.31", components=[])
    wild = recipe(api, "dated", "2026.01.x", components=[])
    assert wild.endswith("/2026.1.32")


def test_an_image_reads_what_it_was_asked_with(api: Api) -> None:
    flow = workflow(api, "mine")
    asked = {
        "imageRecipeArn": recipe(api, "web", description="d"),
        "infrastructureConfigurationArn": infrastructure(api, "Infra One"),
        "imageTestsConfiguration": {"imageTestsEnabled": True, "timeoutMinutes": 60},
        "workflows": [{"workflowArn": flow, "onFailure": "ABORT"}],
        "enhancedImageMetadataEnabled": False,
        "executionRole": "role",
        "imageScanningConfiguration": {"imageScanningEnabled": False},
    }
    arn = made(api, "Image", "imageBuildVersionArn", **asked, tags={"k": "v"})
    image = api("GetImage", SERVICE, imageBuildVersionArn=arn)["image"]
    for member in set(asked) - {"imageRecipeArn", "infrastructureConfigurationArn"}:
        assert image[member] == asked[member], member
    kept = api("GetImageRecipe", SERVICE, imageRecipeArn=asked["imageRecipeArn"])["imageRecipe"]
    assert image["imageRecipe"] == kept
    assert image["infrastructureConfiguration"]["name"] == "Infra One"


def test_an_image_shows_the_managed_workflows_and_default_of_tests(api: Api) -> None:
    parts = {"imageRecipeArn": recipe(api), "infrastructureConfigurationArn": infrastructure(api)}
    arn = made(api, "Image", "imageBuildVersionArn", **parts)
    image = api("GetImage", SERVICE, imageBuildVersionArn=arn)["image"]
    assert image["imageTestsConfiguration"] == {"imageTestsEnabled": True, "timeoutMinutes": 720}
    shown = [one["workflowArn"].split(":workflow/")[1] for one in image["workflows"]]
    assert shown == ["build/build-image/1.0.0/1", "test/test-image/1.0.0/1"]


@pytest.mark.parametrize(
    "name", ["web {{ imagebuilder:buildDate }}", "{{imagebuilder:buildDate:yyyyMMdd}} w"]
)
def test_names_of_images_have_the_date_with_blanks_or_without(api: Api, name: str) -> None:
    region = api.settings.region_names[0]
    ami = {"region": region, "amiDistributionConfiguration": {"name": name}}
    member = "distributionConfigurationArn"
    arn = made(api, "DistributionConfiguration", member, name="dist", distributions=[ami])
    shown = api("GetDistributionConfiguration", SERVICE, distributionConfigurationArn=arn)
    assert shown["distributionConfiguration"]["distributions"] == [ami]


def test_names_of_images_without_a_date_are_refused(api: Api) -> None:
    region = api.settings.region_names[0]
    for name in ("web", "web {{imagebuilder:buildVersion}}"):
        ami = {"region": region, "amiDistributionConfiguration": {"name": name}}
        with refused("InvalidParameterValueException", "buildDate"):
            made(
                api,
                "DistributionConfiguration",
                "distributionConfigurationArn",
                name="d",
                distributions=[ami],
            )


def test_a_pipeline_reads_what_it_was_made_with(api: Api) -> None:
    asked = {
        "imageRecipeArn": recipe(api, "web"),
        "infrastructureConfigurationArn": infrastructure(api),
        "imageTestsConfiguration": {"imageTestsEnabled": False, "timeoutMinutes": 61},
        "imageScanningConfiguration": {"imageScanningEnabled": False},
        "workflows": [{"workflowArn": workflow(api, "mine")}],
        "schedule": {
            "scheduleExpression": "cron(0 0 ? * MON *)",
            "timezone": "Etc/UTC",
            "pipelineExecutionStartCondition": "EXPRESSION_MATCH_ONLY",
            "autoDisablePolicy": {"failureCount": 3},
        },
        "status": "DISABLED",
        "executionRole": "role",
        "imageTags": {"k": "v"},
    }
    arn = made(api, "ImagePipeline", "imagePipelineArn", **asked, name="pipe")
    shown = api("GetImagePipeline", SERVICE, imagePipelineArn=arn)["imagePipeline"]
    assert {member: shown[member] for member in asked} == asked
    assert "dateNextRun" not in shown, "it is disabled"


def test_a_policy_reads_what_it_was_made_with(api: Api) -> None:
    detail = {
        "action": {"type": "DISABLE", "includeResources": {"amis": True}},
        "exclusionRules": {
            "amis": {
                "isPublic": False,
                "lastLaunched": {"unit": "DAYS", "value": 7},
                "tagMap": {"key1": "value1"},
            }
        },
        "filter": {"type": "AGE", "value": 6, "retainAtLeast": 5, "unit": "YEARS"},
    }
    arn = lifecycle_policy(api, policyDetails=[detail], status="DISABLED")
    shown = api("GetLifecyclePolicy", SERVICE, lifecyclePolicyArn=arn)["lifecyclePolicy"]
    assert (shown["policyDetails"], shown["status"]) == ([detail], "DISABLED")
