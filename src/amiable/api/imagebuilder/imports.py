"""ImportComponent and ImportVmImage: a shell script as a component, an imported machine as an image."""

import yaml

from amiable.api.call import Call
from amiable.api.client_tokens import made_before, remember
from amiable.api.imagebuilder.arns import parse_version, slug_of
from amiable.api.imagebuilder.builds import new_build
from amiable.api.imagebuilder.components import inline
from amiable.api.imagebuilder.faults import invalid, refused
from amiable.api.imagebuilder.resources import add, check_platform, check_tags, with_request
from amiable.api.table import Shape, operation
from amiable.model.image_build import ImageBuild
from amiable.model.task import Task


def document(script: str, type_: str) -> str:
    """The component document that runs a script by bash, in one step."""
    if "{{" in script:
        raise invalid("The script has {{, which component documents replace: build it of two strings.")
    phase = "test" if type_ == "TEST" else "build"
    step = {"name": "Script", "action": "ExecuteBash", "inputs": {"commands": [script]}}
    text: str = yaml.safe_dump(
        {"schemaVersion": 1.0, "phases": [{"name": phase, "steps": [step]}]}, sort_keys=False
    )
    return text


@operation("imagebuilder", "ImportComponent")
def import_component(call: Call, request: Shape) -> Shape:
    """Make a component of a shell script: one step that runs it by bash."""
    check_platform(request["platform"])
    if request.get("kmsKeyId"):
        raise refused("kmsKeyId: nothing is encrypted at rest here.")
    text = document(inline(request, "shell script"), request["type"])
    kept = ("description", "changeDescription", "platform")
    arn = add(
        call,
        "ImportComponent",
        request,
        "component",
        {**{key: request.get(key) for key in kept}, "data": text},
        version=parse_version(request["semanticVersion"]),
        builds=True,
        resource_type=request["type"],
    )
    return with_request(call, {"clientToken": request["clientToken"], "componentBuildVersionArn": arn})


@operation("imagebuilder", "ImportVmImage")
def import_vm_image(call: Call, request: Shape) -> Shape:
    """Make an image of what ImportImage has imported; the import must have ended."""
    if known := made_before(call, "ImportVmImage", request):
        return with_request(call, {"clientToken": request["clientToken"], "imageArn": known})
    check_platform(request["platform"])
    if request.get("loggingConfiguration"):
        raise refused("loggingConfiguration: logs are kept by the server.")
    tags = dict(request.get("tags") or {})
    check_tags(tags)
    image_id = _imported(call, request["vmImportTaskId"])
    name = request["name"]
    inputs = {"tests": False, "description": request.get("description"), "metadata": False}
    version = request["semanticVersion"]
    build: ImageBuild = new_build(call, name, slug_of(name), version, inputs, None, tags, "IMPORT")
    build.state, build.image_id, build.ended_at = "AVAILABLE", image_id, call.now
    build.os_version = request.get("osVersion")
    build.outputs = {
        "amis": [{"region": call.region, "accountId": call.account_id, "image": image_id, "name": name}]
    }
    remember(call, "ImportVmImage", request, build.arn)
    return with_request(call, {"clientToken": request["clientToken"], "imageArn": build.arn})


def _imported(call: Call, task_id: str) -> str:
    """The AMI of the caller's import that has ended well."""
    task = call.session.get(Task, task_id)
    if (
        task is None
        or task.kind != "import-image"
        or (task.account_id, task.region) != (call.account_id, call.region)
    ):
        raise invalid(f"There is no import task {task_id}; ImportImage (EC2) makes one.")
    if task.state != "completed":
        raise refused(f"The import {task_id} is {task.state}: wait until it is completed.")
    return str(task.subject)
