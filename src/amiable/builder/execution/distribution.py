"""DistributeImage, ModifyImageAttributes, ApplyImageConfigurations: the image to its regions and accounts.

    own region, no target accounts    the image itself
    another region                    a copy of the account there
    target accounts                   the image is opened to them, and each makes a copy of its own

Only then permissions are added, and only then templates and parameters name the images: nobody is led to an
image that is not there yet.
"""

from collections.abc import Iterator
from typing import Any

from amiable.builder.actions.call import StepFailed
from amiable.builder.cloud import Refused, Where
from amiable.builder.execution.names import filled, image_name
from amiable.builder.execution.step import ActionFailed, Step

Item = dict[str, Any]


def _distributions(step: Step) -> list[Item]:
    given = step.inputs.get("distributions")
    known: list[Item] = given or (step.build.inputs.get("distribution") or {}).get("distributions") or []
    return known


def _targets(step: Step) -> Iterator[tuple[Item, Where]]:
    """(distribution, account and region that gets an image)."""
    for one in _distributions(step):
        ami = one.get("amiDistributionConfiguration") or {}
        for account in ami.get("targetAccountIds") or [step.build.account_id]:
            yield one, Where(account, one["region"])


def distribute_image(step: Step) -> dict[str, object]:
    """Bring the image everywhere, and wait until it is available there."""
    source = step.build.image_id
    if source is None:
        raise StepFailed("There is no image to distribute.")
    copies: dict[str, str] = dict(step.journal.get("copies", {}))
    for one, target in _targets(step):
        key = f"{target.account_id}/{target.region}"
        if key not in copies:
            copies[key] = _copied(step, one, target, source)
            step.note(copies=copies)
    waiting = []
    for key, image_id in copies.items():
        account, _, region = key.partition("/")
        image = step.cloud.image(Where(account, region), image_id)
        if image is None or image.state not in ("pending", "available"):
            raise _failed(region, f"{image_id}: {image.reason if image else 'it is gone'}")
        waiting += [image_id] if image.state == "pending" else []
    if waiting:
        raise step.wait()
    brought = [
        {"accountId": account, "region": region, "imageId": image_id}
        for (account, region), image_id in ((key.split("/"), image_id) for key, image_id in copies.items())
    ]
    for one_image in brought:
        step.say(f"{one_image['imageId']} in {one_image['region']} of {one_image['accountId']}")
    return {"distributedImages": brought}


def _copied(step: Step, one: Item, target: Where, source: str) -> str:
    build = step.build
    if target == step.where:
        return source
    ami = one.get("amiDistributionConfiguration") or {}
    name = image_name(ami.get("name"), build.name, build.created_at, build.build)
    description = filled(ami.get("description") or "", build.created_at, build.build)[:255]
    tags = {"CreatedBy": "EC2 Image Builder", "Ec2ImageBuilderArn": build.arn}
    tags |= {**(build.inputs.get("amiTags") or {}), **(ami.get("amiTags") or {})}
    tags = {key: filled(value, build.created_at, build.build) for key, value in tags.items()}
    try:
        if target.account_id != build.account_id:
            step.cloud.let_copy(step.where, source, target.account_id)
        return step.cloud.copy_image(target, step.where, source, name, description, tags)
    except Refused as refused:
        raise _failed(target.region, str(refused)) from refused


def _failed(region: str, message: str) -> ActionFailed:
    failure = {
        "errorMessage": message[:1024],
        "regionFailures": [{"region": region, "errorMessage": message[:1024]}],
    }
    return ActionFailed(f"The distribution to {region} failed: {message}", {"distributionFailure": failure})


def _images(step: Step) -> dict[tuple[str, str], str]:
    """Image ids by (account, region)."""
    return {(one["accountId"], one["region"]): one["imageId"] for one in step.inputs["distributedImages"]}


def modify_attributes(step: Step) -> dict[str, object]:
    """Share the images as the distribution, or the step, says."""
    given = {one["region"]: one.get("launchPermission") for one in step.inputs.get("attributes") or ()}
    images = _images(step)
    for one, target in _targets(step):
        ami = one.get("amiDistributionConfiguration") or {}
        permission = given.get(target.region) or ami.get("launchPermission")
        if permission:
            try:
                step.cloud.share(target, images[target.account_id, target.region], permission)
            except Refused as refused:
                raise _failed(target.region, str(refused)) from refused
    return {"modifiedImages": step.inputs["distributedImages"]}


def apply_configurations(step: Step) -> dict[str, object]:
    """Let launch templates and parameters name the images."""
    images, own = _images(step), step.build.account_id
    for one in step.inputs.get("configurations") or _distributions(step):
        region = one["region"]
        try:
            for template in one.get("launchTemplateConfigurations") or ():
                owner = template.get("accountId") or own
                number = step.cloud.point_template(
                    Where(owner, region),
                    template["launchTemplateId"],
                    _image_for(images, owner, own, region),
                    template.get("setDefaultVersion", True),
                    f"{step.row.id}-{template['launchTemplateId']}",
                )
                step.say(f"{template['launchTemplateId']} has version {number}")
            for parameter in one.get("ssmParameterConfigurations") or ():
                owner = parameter.get("amiAccountId") or own
                name = filled(parameter["parameterName"], step.build.created_at, step.build.build)
                step.cloud.put_parameter(
                    Where(own, region),
                    name,
                    _image_for(images, owner, own, region),
                    parameter.get("dataType") or "aws:ec2:image",
                )
                step.say(f"The parameter {name} names the image in {region}")
        except Refused as refused:
            raise _failed(region, str(refused)) from refused
    return {"configuredImages": step.inputs["distributedImages"]}


def _image_for(images: dict[tuple[str, str], str], account: str, own: str, region: str) -> str:
    found = images.get((account, region)) or images.get((own, region))
    if found is None:
        raise StepFailed(f"There is no image in {region} that a template or parameter could name.")
    return found
