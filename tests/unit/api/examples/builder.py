"""Image Builder: a component, a recipe, configurations and a pipeline, and what changes or reads each."""

import json
from typing import Any

from sqlalchemy import select

from amiable.builder.execution.stage import executions_of, steps_of
from amiable.core import clock, ids
from amiable.model.builder_resource import BuilderResource
from amiable.model.image import Image
from amiable.model.image_build import ImageBuild
from amiable.model.task import Task
from tests.helpers.api import Api
from tests.helpers.images import add_image
from tests.unit.api.examples.request import Requests

DOCUMENT = """\
schemaVersion: 1.0
parameters: [{Word: {type: string, default: w}}]
phases:
  - name: build
    steps: [{name: s, action: ExecuteBash, inputs: {commands: ["echo {{ Word }}"]}}]
"""
SERVICE = "imagebuilder"


def component(api: Api, name: str = "comp", version: str = "1.0.0", **more: Any) -> str:
    """A component; its ARN."""
    request = {"name": name, "semanticVersion": version, "platform": "Linux", "data": DOCUMENT, **more}
    arn = api("CreateComponent", SERVICE, **request, clientToken=ids.new_uuid())["componentBuildVersionArn"]
    return str(arn)


def base_image(api: Api) -> str:
    """The image that the account's recipes begin with; its id."""
    with api.database.read() as session:
        query = select(Image.id).where(
            Image.account_id == api.account_id, Image.region == api.region, Image.name == "base of recipes"
        )
        known = session.scalar(query)
    return known or add_image(api, "base of recipes").id


def recipe(api: Api, name: str = "rec", version: str = "1.0.0", **more: Any) -> str:
    """A recipe of one component on an image; its ARN."""
    request = {"name": name, "semanticVersion": version, "parentImage": base_image(api), **more}
    if "components" not in request:
        request["components"] = [{"componentArn": component(api, f"{name}-c")}]
    return str(api("CreateImageRecipe", SERVICE, **request, clientToken=ids.new_uuid())["imageRecipeArn"])


def infrastructure(api: Api, name: str = "infra") -> str:
    """An infrastructure configuration; its ARN."""
    request = {"name": name, "instanceProfileName": "p", "clientToken": ids.new_uuid()}
    answer = api("CreateInfrastructureConfiguration", SERVICE, **request)
    return str(answer["infrastructureConfigurationArn"])


def distribution(api: Api, name: str = "dist") -> str:
    """A distribution to the second region; its ARN."""
    request = {"name": name, "distributions": [{"region": api.settings.region_names[1]}]}
    answer = api("CreateDistributionConfiguration", SERVICE, **request, clientToken=ids.new_uuid())
    return str(answer["distributionConfigurationArn"])


def pipeline(api: Api, name: str = "pipe") -> str:
    """A pipeline with a schedule; its ARN."""
    request = {
        "name": name,
        "imageRecipeArn": recipe(api, f"{name}-r"),
        "infrastructureConfigurationArn": infrastructure(api, f"{name}-i"),
        "schedule": {"scheduleExpression": "cron(0 3 * * ? *)", "timezone": "Europe/Berlin"},
    }
    return str(api("CreateImagePipeline", SERVICE, **request, clientToken=ids.new_uuid())["imagePipelineArn"])


def lifecycle_policy(api: Api, name: str = "life", **more: Any) -> str:
    """A policy that deprecates what is a week old; its ARN."""
    request = {
        "name": name,
        "executionRole": "r",
        "resourceType": "AMI_IMAGE",
        "policyDetails": [
            {
                "action": {"type": "DEPRECATE", "includeResources": {"amis": True}},
                "filter": {"type": "AGE", "value": 1, "unit": "WEEKS"},
            }
        ],
        "resourceSelection": {"tagMap": {"stage": "test"}},
        **more,
    }
    answer = api("CreateLifecyclePolicy", SERVICE, **request, clientToken=ids.new_uuid())
    return str(answer["lifecyclePolicyArn"])


def policy(arn: str, account: str) -> str:
    """A policy that shares a resource with an account."""
    principal = {"AWS": f"arn:aws:iam::{account}:root"}
    action = ["imagebuilder:GetComponent"]
    statement = {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": arn}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def examples(api: Api) -> Requests:
    """Makes one of each."""
    token = {"clientToken": "t-1"}
    of_component, of_recipe, of_pipeline = component(api), recipe(api), pipeline(api)
    infra, dist = infrastructure(api), distribution(api)
    friend = api.other_account().account_id
    shared = component(api, "shared")
    api("PutComponentPolicy", SERVICE, componentArn=shared, policy=policy(shared, friend))
    shared_recipe = recipe(api, "shared-r")
    api("PutImageRecipePolicy", SERVICE, imageRecipeArn=shared_recipe, policy=policy(shared_recipe, friend))
    region = api.settings.region_names[0]
    new = {"name": "new", "semanticVersion": "1.0.0", **token}
    update = {"imageRecipeArn": of_recipe, "infrastructureConfigurationArn": infra, **token}
    requests: dict[str, Any] = {
        "CreateComponent": {**new, "platform": "Linux", "data": DOCUMENT},
        "GetComponent": {"componentBuildVersionArn": of_component},
        "ListComponents": {"owner": "Self"},
        "ListComponentBuildVersions": {"componentVersionArn": of_component.rsplit("/", 1)[0]},
        "DeleteComponent": {"componentBuildVersionArn": of_component},
        "PutComponentPolicy": {"componentArn": of_component, "policy": policy(of_component, friend)},
        "GetComponentPolicy": {"componentArn": shared},
        "CreateImageRecipe": {**new, "parentImage": base_image(api)},
        "GetImageRecipe": {"imageRecipeArn": of_recipe},
        "ListImageRecipes": {},
        "DeleteImageRecipe": {"imageRecipeArn": of_recipe},
        "PutImageRecipePolicy": {"imageRecipeArn": of_recipe, "policy": policy(of_recipe, friend)},
        "GetImageRecipePolicy": {"imageRecipeArn": shared_recipe},
        "CreateInfrastructureConfiguration": {"name": "new", "instanceProfileName": "p", **token},
        "UpdateInfrastructureConfiguration": {
            "infrastructureConfigurationArn": infra,
            "instanceProfileName": "q",
            **token,
        },
        "GetInfrastructureConfiguration": {"infrastructureConfigurationArn": infra},
        "ListInfrastructureConfigurations": {},
        "DeleteInfrastructureConfiguration": {"infrastructureConfigurationArn": infra},
        "CreateDistributionConfiguration": {"name": "new", "distributions": [{"region": region}], **token},
        "UpdateDistributionConfiguration": {
            "distributionConfigurationArn": dist,
            "distributions": [{"region": region}],
            **token,
        },
        "GetDistributionConfiguration": {"distributionConfigurationArn": dist},
        "ListDistributionConfigurations": {},
        "DeleteDistributionConfiguration": {"distributionConfigurationArn": dist},
        "CreateImagePipeline": {"name": "new", **update},
        "UpdateImagePipeline": {"imagePipelineArn": of_pipeline, **update},
        "GetImagePipeline": {"imagePipelineArn": of_pipeline},
        "ListImagePipelines": {},
        "DeleteImagePipeline": {"imagePipelineArn": of_pipeline},
        "ImportComponent": {**new, "type": "BUILD", "format": "SHELL", "platform": "Linux", "data": "true"},
        "ImportVmImage": {**new, "platform": "Linux", "vmImportTaskId": imported(api)},
        "TagResource": {"resourceArn": of_component, "tags": {"k": "v"}},
        "UntagResource": {"resourceArn": tagged(api), "tagKeys": ["k"]},
        "ListTagsForResource": {"resourceArn": of_component},
    }
    requests |= build_examples(api) | lifecycle_examples(api)
    asked = {(SERVICE, name): request for name, request in requests.items()}
    log = {"ImageBuildVersionArn": requests["GetImage"]["imageBuildVersionArn"]}
    ours = ("GetBuildLog", "GetBuildComponents", "GetBuildRecord")
    asked |= {("amiable", name): log for name in ours}
    asked["amiable", "GetScheduleTimes"] = {"ScheduleExpression": "rate(1 day)"}
    asked["amiable", "DescribeWorkflowDocument"] = {"Data": WORKFLOW, "Type": "BUILD"}
    return asked | {("amiable", "DescribeComponentDocument"): {"Data": DOCUMENT}}


def imported(api: Api, state: str = "completed") -> str:
    """An import of an image that has ended; its task's id."""
    task_id = ids.new_id("import-ami")
    with api.database.write() as session:
        session.add(
            Task(
                id=task_id,
                region=api.region,
                account_id=api.account_id,
                kind="import-image",
                state=state,
                subject="ami-12345678",
                detail={"description": "", "disks": []},
                created_at=clock.now(),
            )
        )
    return task_id


def tagged(api: Api) -> str:
    """A component with a tag; its ARN."""
    return component(api, "tagged", tags={"k": "v"})


WORKFLOW = """\
name: wait
schemaVersion: 1.0
parameters: [{name: word, type: string, default: w}]
steps:
  - {name: Ask, action: WaitForAction}
"""


def workflow(api: Api, name: str = "flow") -> str:
    """A build workflow that waits; its ARN."""
    request = {"name": name, "semanticVersion": "1.0.0", "type": "BUILD", "data": WORKFLOW}
    answer = api("CreateWorkflow", SERVICE, **request, clientToken=ids.new_uuid())
    return str(answer["workflowBuildVersionArn"])


def build(api: Api, name: str, state: str = "PENDING", **facts: Any) -> str:
    """A build of a recipe of that name, whose rows say that it is in a state; its ARN."""
    request = {
        "imageRecipeArn": recipe(api, name),
        "infrastructureConfigurationArn": infrastructure(api, f"{name}-i"),
        "workflows": [{"workflowArn": workflow(api, f"{name}-w")}],
    }
    answer = api("CreateImage", SERVICE, **request, clientToken=ids.new_uuid())
    arn = str(answer["imageBuildVersionArn"])
    with api.database.write() as session:
        row = session.scalars(select(ImageBuild).where(ImageBuild.arn == arn)).one()
        row.state = state
        for member, value in facts.items():
            setattr(row, member, value)
        execution = executions_of(session, row.id)[0]
        execution.state = "RUNNING"
        steps_of(session, execution.id)[0].state = "RUNNING"
    return arn


def build_examples(api: Api) -> dict[str, Any]:
    """Builds under way and ended, and what is asked about them."""
    token = {"clientToken": "t-2"}
    running = build(api, "running", "BUILDING")
    failed = build(api, "failed-one", "FAILED", image_id="ami-12345678")
    amis = {"amis": [{"region": api.region, "image": "ami-12345678"}]}
    done = build(api, "done-one", "AVAILABLE", outputs=amis)
    shared = build(api, "shared-one", "AVAILABLE")
    friend = api.other_account().account_id
    api("PutImagePolicy", SERVICE, imageArn=shared, policy=policy(shared, friend))
    (execution,) = [
        one
        for one in api("ListWorkflowExecutions", SERVICE, imageBuildVersionArn=running)["workflowExecutions"]
        if one["type"] == "BUILD"
    ]
    of_execution = {"workflowExecutionId": execution["workflowExecutionId"]}
    (step,) = api("ListWorkflowStepExecutions", SERVICE, **of_execution)["steps"]
    flow = workflow(api)
    parts = {
        "imageRecipeArn": recipe(api, "started"),
        "infrastructureConfigurationArn": infrastructure(api, "started-i"),
    }
    new = {"name": "new", "semanticVersion": "1.0.0", **token}
    return {
        "CreateImage": {**parts, **token},
        "StartImagePipelineExecution": {"imagePipelineArn": pipeline(api, "started-p"), **token},
        "GetImage": {"imageBuildVersionArn": running},
        "ListImages": {},
        "ListImageBuildVersions": {"imageVersionArn": running.rsplit("/", 1)[0]},
        "ListImagePipelineImages": {"imagePipelineArn": pipeline(api, "listed-p")},
        "ListImagePackages": {"imageBuildVersionArn": done},
        "CancelImageCreation": {"imageBuildVersionArn": running, **token},
        "RetryImage": {"imageBuildVersionArn": failed, **token},
        "DistributeImage": {
            "sourceImage": done,
            "distributionConfigurationArn": distribution(api, "started-d"),
            "executionRole": "r",
            **token,
        },
        "DeleteImage": {"imageBuildVersionArn": done},
        "PutImagePolicy": {"imageArn": done, "policy": policy(done, friend)},
        "GetImagePolicy": {"imageArn": shared},
        "CreateWorkflow": {**new, "type": "BUILD", "data": WORKFLOW},
        "GetWorkflow": {"workflowBuildVersionArn": flow},
        "ListWorkflows": {},
        "ListWorkflowBuildVersions": {"workflowVersionArn": flow.rsplit("/", 1)[0]},
        "DeleteWorkflow": {"workflowBuildVersionArn": flow},
        "ListWorkflowExecutions": {"imageBuildVersionArn": running},
        "GetWorkflowExecution": of_execution,
        "ListWorkflowStepExecutions": of_execution,
        "GetWorkflowStepExecution": {"stepExecutionId": step["stepExecutionId"]},
        "ListWaitingWorkflowSteps": {},
        "SendWorkflowStepAction": {
            "stepExecutionId": step["stepExecutionId"],
            "imageBuildVersionArn": running,
            "action": "RESUME",
            **token,
        },
    }


def lifecycle_examples(api: Api) -> dict[str, Any]:
    """A lifecycle policy, and a state update under way."""
    token = {"clientToken": "t-3"}
    arn = lifecycle_policy(api)
    with api.database.read() as session:
        details = {key: session.get_one(BuilderResource, arn).data[key] for key in POLICY_MEMBERS}
    asked = {"state": {"status": "DISABLED"}, "executionRole": "r"}
    waiting = build(api, "waiting", "AVAILABLE")
    answer = api(
        "StartResourceStateUpdate", SERVICE, resourceArn=waiting, **asked, clientToken=ids.new_uuid()
    )
    execution = {"lifecycleExecutionId": answer["lifecycleExecutionId"]}
    return {
        "CreateLifecyclePolicy": {"name": "new", **details, **token},
        "UpdateLifecyclePolicy": {"lifecyclePolicyArn": arn, **details, **token},
        "GetLifecyclePolicy": {"lifecyclePolicyArn": arn},
        "ListLifecyclePolicies": {},
        "DeleteLifecyclePolicy": {"lifecyclePolicyArn": arn},
        "StartResourceStateUpdate": {
            "resourceArn": build(api, "disabled-one", "AVAILABLE"),
            **asked,
            **token,
        },
        "GetLifecycleExecution": execution,
        "ListLifecycleExecutions": {"resourceArn": waiting},
        "ListLifecycleExecutionResources": execution,
        "CancelLifecycleExecution": {**execution, **token},
    }


POLICY_MEMBERS = ("executionRole", "resourceType", "policyDetails", "resourceSelection")
