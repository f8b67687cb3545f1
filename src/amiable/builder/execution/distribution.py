"""DistributeImage, ModifyImageAttributes, ApplyImageConfigurations: the image to its regions and accounts.

    own region, no target accounts    the image itself
    another region                    a copy of the account there
    target accounts                   the image is opened to them, and each makes a copy of its own

Only then permissions are added, and only then templates and parameters name the images: nobody is led to an
image that is not there yet.

What fails in one place keeps none of the others from being done. The step then fails, and says every place
(failureContext); a retry finds what is there and does the rest.
"""

from collections.abc import Iterator
from typing import Any

from amiable.builder.actions.call import StepFailed
from amiable.builder.cloud import Image, Refused, Where
from amiable.builder.execution.names import filled, image_name
from amiable.builder.execution.step import ActionFailed, Step
from amiable.model.account import Account

Item = dict[str, Any]
AMI = ("name", "description", "targetAccountIds", "amiTags")
"""What a step's own distribution says of the image; a distribution configuration has it one level deeper."""
COPIES = "copies"
REFUSED = "refused"
"""In a step's journal: the image of each `account/region`; why there is none."""


def distribute_image(step: Step) -> dict[str, object]:
    """Bring the image everywhere, and wait until it is available there."""
    _begin(step)
    brought, waiting = [], []
    failures = [_failure(_where(key), said) for key, said in step.journal.get(REFUSED, {}).items()]
    for target, image_id in copies_of(step.journal):
        image = step.cloud.image(target, image_id)
        if image is None or image.state not in ("pending", "available"):
            failures.append(_failure(target, f"{image_id}: {image.reason if image else 'it is gone'}"))
        elif image.state == "pending":
            waiting.append(target)
        else:
            brought.append(_shape(target, image))
    if waiting:
        failures += _late(step, waiting)
    for one in brought:
        step.say(f"{one['imageId']} in {one['region']} of {one['accountId']}")
    _check(failures)
    return {"distributedImages": brought}


def _begin(step: Step) -> None:
    """Have the image copied to each place, once."""
    source = step.build.image_id
    if source is None:
        raise StepFailed("There is no image to distribute.")
    for ami, target in _targets(step):
        key = f"{target.account_id}/{target.region}"
        if key in step.journal.get(COPIES, {}) or key in step.journal.get(REFUSED, {}):
            continue
        try:
            copied = _copied(step, ami, target, source)
        except Refused as refused:
            step.note(**{REFUSED: {**step.journal.get(REFUSED, {}), key: str(refused)}})
        else:
            step.note(**{COPIES: {**step.journal.get(COPIES, {}), key: copied}})


def _late(step: Step, waiting: list[Where]) -> list[Item]:
    """Raise Later; the failures of those that are waited for, once the step's time is over."""
    try:
        later = step.wait()
    except StepFailed as late:
        return [_failure(target, str(late), "TIMED_OUT") for target in waiting]
    raise later


def _distributions(step: Step) -> list[Item]:
    """What the step says, else what the build's distribution configuration does."""
    given = step.inputs.get("distributions")
    return _configured(step) if given is None else given


def _configured(step: Step) -> list[Item]:
    known: list[Item] = (step.build.inputs.get("distribution") or {}).get("distributions") or []
    return known


def _ami(one: Item) -> Item:
    nested = one.get("amiDistributionConfiguration")
    found: Item = nested if nested is not None else {key: one[key] for key in AMI if key in one}
    return found


def _targets(step: Step) -> Iterator[tuple[Item, Where]]:
    """(what is wanted of the image, account and region that gets it)."""
    for one in _distributions(step):
        for account in _ami(one).get("targetAccountIds") or [step.build.account_id]:
            yield _ami(one), Where(account, one["region"])


def _where(key: str) -> Where:
    return Where(*key.split("/"))


def copies_of(journal: Item) -> list[tuple[Where, str]]:
    """The images that a step has brought somewhere, or begun to."""
    return [(_where(key), image_id) for key, image_id in journal.get(COPIES, {}).items()]


def _copied(step: Step, ami: Item, target: Where, source: str) -> str:
    build = step.build
    if target == step.where:
        return source
    _check_place(step, target)
    name = image_name(ami.get("name"), build.name, build.created_at, build.build)
    description = filled(ami.get("description") or "", build.created_at, build.build)[:255]
    tags = {"CreatedBy": "EC2 Image Builder", "Ec2ImageBuilderArn": build.arn}
    tags |= {**(build.inputs.get("amiTags") or {}), **(ami.get("amiTags") or {})}
    tags = {key: filled(value, build.created_at, build.build) for key, value in tags.items()}
    if target.account_id != build.account_id:
        step.cloud.let_copy(step.where, source, target.account_id)
    return step.cloud.copy_image(target, step.where, source, name, description, tags)


def _check_place(step: Step, target: Where) -> None:
    """Raise Refused for a place that is not there: a step may name any."""
    if target.region not in step.work.host.settings.region_names:
        raise Refused("InvalidParameterValue", f"There is no region {target.region} here.")
    with step.work.database.read() as session:
        if session.get(Account, target.account_id) is None:
            raise Refused("InvalidParameterValue", f"There is no account {target.account_id} on this server.")


def _shape(target: Where, image: Image) -> Item:
    """An image as the outputs of these steps show it; `imageId` is ours, `amiId` AWS's."""
    where = {"accountId": target.account_id, "region": target.region}
    ids = {"imageId": image.id, "amiId": image.id}
    return {**where, **ids, "name": image.name, "status": "Completed", "step": "Completed"}


def _failure(target: Where, message: str, status: str = "FAILED", doing: str | None = None) -> Item:
    """One of `regionFailures`."""
    shape = {"region": target.region, "targetAccountId": target.account_id, "status": status}
    named = {"imageConfigurationStep": doing} if doing else {}
    return {**shape, **named, "errorMessage": message[:1024]}


def _check(failures: list[Item]) -> None:
    """Raise what says every place where something failed."""
    if not failures:
        return
    told = "; ".join(f"The distribution to {one['region']} failed: {one['errorMessage']}" for one in failures)
    context = {"errorMessage": told[:1024], "regionFailures": failures[:256]}
    raise ActionFailed(told, {"distributionFailure": context})


def _images(step: Step) -> dict[tuple[str, str], str]:
    """Image ids by (account, region)."""
    return {(one["accountId"], one["region"]): one["imageId"] for one in step.inputs["distributedImages"]}


def modify_attributes(step: Step) -> dict[str, object]:
    """Share the images as the step says, else as the distribution configuration does."""
    given = step.inputs.get("attributes")
    told = [{"region": one["region"], **_ami(one)} for one in _configured(step)] if given is None else given
    permissions = {one["region"]: one.get("launchPermission") for one in told}
    failures = []
    for (account, region), image_id in _images(step).items():
        if permission := permissions.get(region):
            try:
                step.cloud.share(Where(account, region), image_id, permission)
            except Refused as refused:
                failures.append(_failure(Where(account, region), str(refused)))
    _check(failures)
    return {"modifiedImages": step.inputs["distributedImages"]}


def apply_configurations(step: Step) -> dict[str, object]:
    """Let launch templates and parameters name the images."""
    given = step.inputs.get("configurations")
    failures = []
    for one in _configured(step) if given is None else given:
        for template in one.get("launchTemplateConfigurations") or ():
            target = Where(template.get("accountId") or step.build.account_id, one["region"])
            try:
                _point(step, target, template)
            except Refused as refused:
                failures.append(_failure(target, str(refused), doing="UPDATE_LAUNCH_TEMPLATES"))
        for parameter in one.get("ssmParameterConfigurations") or ():
            target = Where(parameter.get("amiAccountId") or step.build.account_id, one["region"])
            try:
                _put(step, target, parameter)
            except Refused as refused:
                failures.append(_failure(target, str(refused), doing="PUT_SSM_PARAMETERS"))
    _check(failures)
    return {"configuredImages": step.inputs["distributedImages"]}


def _point(step: Step, target: Where, template: Item) -> None:
    template_id = template["launchTemplateId"]
    default, token = template.get("setDefaultVersion", True), f"{step.row.id}-{template_id}"
    number = step.cloud.point_template(target, template_id, _image_for(step, target), default, token)
    step.say(f"{template_id} has version {number}")


def _put(step: Step, target: Where, parameter: Item) -> None:
    name = filled(parameter["parameterName"], step.build.created_at, step.build.build)
    own, data_type = Where(step.build.account_id, target.region), parameter.get("dataType")
    step.cloud.put_parameter(own, name, _image_for(step, target), data_type or "aws:ec2:image")
    step.say(f"The parameter {name} names the image in {target.region}")


def _image_for(step: Step, target: Where) -> str:
    """The image that a template or parameter names: the account's, else the build's own in the region."""
    images, own = _images(step), step.build.account_id
    at_home = step.build.image_id if target.region == step.build.region else None
    found = images.get((target.account_id, target.region)) or images.get((own, target.region)) or at_home
    if found is None:
        raise Refused("InvalidParameterValue", f"There is no image in {target.region} that could be named.")
    return found
