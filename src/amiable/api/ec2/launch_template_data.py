"""What a launch template says: how versions build on each other, and how a launch request overrules them.

    RunInstances member      replaces the template's, nested structures as a whole
    BlockDeviceMappings      merged: an entry of the request replaces the template's of the same device
    TagSpecifications        merged: a tag of the request replaces the template's of the same resource and key
    a new version's member   replaces the source version's; snapshots of the source's mappings are left out

What is wrong in a template is told as a warning when it is written, and refused when it is launched: the
key, the image or the group may come later (aws-features, 3).
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from amiable.api.call import Call
from amiable.api.ec2 import launch_request
from amiable.api.ec2.images import launchable_image
from amiable.api.ec2.launch_network import place
from amiable.api.ec2.launch_template_lookup import named_template, named_version
from amiable.api.faults import unsupported
from amiable.api.image_alias import image_id_of
from amiable.api.table import Shape
from amiable.api.tags import specified
from amiable.core import clock
from amiable.model.image import Image
from amiable.protocol.faults import Fault

_RENAMED = {"RamDiskId": "RamdiskId", "ElasticGpuSpecifications": "ElasticGpuSpecification"}
"""Members that RunInstances spells otherwise."""
_TAGGABLE = ("instance", "volume", "network-interface", "spot-instances-request")


def with_template(call: Call, request: Shape) -> tuple[Shape, dict[str, str]]:
    """The launch request with what its template adds, and the tags that tell the template on instances."""
    given = request.get("LaunchTemplate") or {}
    if not any(given.values()):
        return request, {}
    template = named_template(call, given)
    version = named_version(call, template, given.get("Version") or "$Default")
    tags = {"aws:ec2launchtemplate:id": template.id, "aws:ec2launchtemplate:version": str(version.number)}
    return overruled(version.data, request), tags


def overruled(data: Shape, request: Shape) -> Shape:
    """A launch request completed by template data."""
    from_template = {_RENAMED.get(name, name): value for name, value in data.items()}
    if from_template.pop("InstanceRequirements", None) and not request.get("InstanceType"):
        raise unsupported(
            "The launch template's InstanceRequirements are not supported: name an InstanceType."
        )
    said = {name: value for name, value in request.items() if value not in (None, [], {}, "")}
    mappings = merged_devices(
        from_template.get("BlockDeviceMappings") or [], said.get("BlockDeviceMappings") or []
    )
    whole = from_template | said
    if mappings:
        whole["BlockDeviceMappings"] = mappings
    tags = merged_tags(from_template.get("TagSpecifications") or [], said.get("TagSpecifications") or [])
    if tags:
        whole["TagSpecifications"] = tags
    return whole


def merged_devices(base: list[Shape], over: list[Shape]) -> list[Shape]:
    """Mappings of `base`, replaced and completed device by device."""
    by_device = {entry.get("DeviceName"): entry for entry in base}
    return list((by_device | {entry.get("DeviceName"): entry for entry in over}).values())


def merged_tags(base: list[Shape], over: list[Shape]) -> list[Shape]:
    """Tag specifications of `base`, replaced and completed tag by tag. What `over` says twice stays wrong."""
    said = {entry.get("ResourceType"): [tag.get("Key") for tag in entry.get("Tags") or ()] for entry in over}
    inherited: dict[Any, list[Shape]] = {
        entry.get("ResourceType"): [
            tag
            for tag in entry.get("Tags") or ()
            if tag.get("Key") not in said.get(entry.get("ResourceType"), ())
        ]
        for entry in base
    }
    completed = [
        {**entry, "Tags": [*inherited.pop(entry.get("ResourceType"), ()), *(entry.get("Tags") or ())]}
        for entry in over
    ]
    return [*({"ResourceType": kind, "Tags": tags} for kind, tags in inherited.items()), *completed]


def on_source(source: Shape, data: Shape) -> Shape:
    """A new version's data on top of its source version's."""
    inherited = dict(source)
    if mappings := source.get("BlockDeviceMappings"):
        inherited["BlockDeviceMappings"] = [_without_snapshot(entry) for entry in mappings]
    return inherited | data


def _without_snapshot(entry: Shape) -> Shape:
    if "Ebs" not in entry:
        return entry
    return entry | {"Ebs": {name: value for name, value in entry["Ebs"].items() if name != "SnapshotId"}}


def stored(value: Any) -> Any:
    """Request data as JSON: instants become text."""
    if isinstance(value, dict):
        return {name: stored(item) for name, item in value.items() if item is not None}
    if isinstance(value, list):
        return [stored(item) for item in value]
    return clock.iso(value) if isinstance(value, datetime) else value


def data_shape(call: Call, data: Shape, *, resolve: bool = False) -> Shape:
    """Stored data as ResponseLaunchTemplateData; with `resolve`, the image id that an alias means now."""
    shape = dict(data)
    if "Operator" in shape:
        shape["Operator"] = {"Managed": True, **shape["Operator"]}
    options = (shape.get("InstanceMarketOptions") or {}).get("SpotOptions") or {}
    if "ValidUntil" in options:
        until = datetime.fromisoformat(options["ValidUntil"]).astimezone(UTC)
        market = shape["InstanceMarketOptions"]
        shape["InstanceMarketOptions"] = {**market, "SpotOptions": {**options, "ValidUntil": until}}
    if resolve and shape.get("ImageId"):
        shape["ImageId"] = image_id_of(call, shape["ImageId"])
    return shape


def check_data(data: Shape) -> None:
    """What even a template may not say: tags of what no launch makes, or that are no tags."""
    specified(data, *_TAGGABLE)


def warnings(call: Call, data: Shape) -> Shape | None:
    """`Warning` of an answer: what a launch with this data alone would be refused for; None for nothing."""
    image: list[Image] = []

    def find_image() -> None:
        if data.get("ImageId"):
            image.append(launchable_image(call, image_id_of(call, data["ImageId"])))

    def with_image(check: Callable[[Image], Any]) -> Callable[[], Any]:
        return lambda: check(image[0]) if image else None

    checks: list[Callable[[], Any]] = [
        find_image,
        lambda: launch_request.refuse_unsupported(overruled(data, {"InstanceType": "-"})),
        with_image(lambda found: launch_request.type_of(data, found)),
        with_image(lambda found: launch_request.devices(call, data, found)),
        with_image(lambda found: launch_request.metadata_options(call, data, found)),
        lambda: launch_request.key_pair(call, data),
        lambda: launch_request.user_data(data),
        lambda: launch_request.shutdown_behavior(data),
        lambda: launch_request.instance_profile(call, data),
        lambda: place(call, data),
    ]
    errors = []
    for check in checks:
        try:
            check()
        except Fault as fault:
            errors.append({"Code": fault.code, "Message": fault.message})
    return {"Errors": errors} if errors else None
