"""What stands on images: instances, launch templates, parameters, Image Builder's recipes.

Each kind is a query of (account_id, image_id, name) over a whole region; who asks narrows it to an account.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, and_, false, func, or_, select
from sqlalchemy.orm import aliased

from amiable.api.call import Call
from amiable.api.ec2.instances import TOMBSTONE
from amiable.api.faults import invalid
from amiable.api.table import Shape
from amiable.model.builder_resource import BuilderResource
from amiable.model.image import Image
from amiable.model.instance import INSTANCE_STATES, Instance
from amiable.model.launch_template import LaunchTemplate, LaunchTemplateVersion
from amiable.model.parameter import Parameter, ParameterVersion

INSTANCE, TEMPLATE, PARAMETER = "ec2:Instance", "ec2:LaunchTemplate", "ssm:Parameter"
RECIPE, CONTAINERS = "imagebuilder:ImageRecipe", "imagebuilder:ContainerRecipe"
MOST_VERSIONS = 10000

Use = Select[*tuple[Any, ...]]


def _instances(call: Call, options: Mapping[str, Sequence[str]], depth: int) -> Use:
    states = options.get("state-name", ())
    for state in states:
        if state not in INSTANCE_STATES:
            raise invalid(f"Value ({state}) for the option state-name is invalid.")
    query = select(Instance.account_id, Instance.image_id, Instance.id.label("name")).where(
        Instance.region == call.region,
        or_(Instance.terminated_at.is_(None), Instance.terminated_at > call.now - TOMBSTONE),
    )
    return query.where(Instance.state.in_(states)) if states else query


def _templates(call: Call, options: Mapping[str, Sequence[str]], depth: int) -> Use:
    """Templates one of whose `version-depth` most recent versions names the image."""
    if given := options.get("version-depth"):
        if len(given) != 1 or not given[0].isdecimal() or not 1 <= int(given[0]) <= MOST_VERSIONS:
            raise invalid(f"The option version-depth is one number from 1 to {MOST_VERSIONS}.")
        depth = int(given[0])
    newer = aliased(LaunchTemplateVersion)
    how_many_newer = (
        select(func.count())
        .where(
            newer.template_id == LaunchTemplateVersion.template_id,
            newer.number > LaunchTemplateVersion.number,
        )
        .scalar_subquery()
    )
    return (
        select(LaunchTemplate.account_id, LaunchTemplateVersion.image_id, LaunchTemplate.id.label("name"))
        .join(LaunchTemplateVersion, LaunchTemplateVersion.template_id == LaunchTemplate.id)
        .where(LaunchTemplate.region == call.region, how_many_newer < depth)
    )


def _parameters(call: Call, options: Mapping[str, Sequence[str]], depth: int) -> Use:
    """Parameters whose present version is the image's alias."""
    return (
        select(Parameter.account_id, ParameterVersion.image_id, Parameter.name.label("name"))
        .join(
            ParameterVersion,
            and_(
                ParameterVersion.account_id == Parameter.account_id,
                ParameterVersion.region == Parameter.region,
                ParameterVersion.name == Parameter.name,
                ParameterVersion.number == Parameter.version,
            ),
        )
        .where(Parameter.region == call.region)
    )


def _recipes(call: Call, options: Mapping[str, Sequence[str]], depth: int) -> Use:
    """Recipes whose parent image it is by its id; one behind a parameter is the parameter's reference."""
    parent = BuilderResource.data["parentImage"].as_string()
    return select(
        BuilderResource.account_id, parent.label("image_id"), BuilderResource.arn.label("name")
    ).where(BuilderResource.region == call.region, BuilderResource.kind == "image-recipe")


def _containers(call: Call, options: Mapping[str, Sequence[str]], depth: int) -> Use:
    """None: containers are not built here."""
    return select(Image.account_id, Image.id.label("image_id"), Image.id.label("name")).where(false())


_USES = {
    INSTANCE: (_instances, ("state-name",)),
    TEMPLATE: (_templates, ("version-depth",)),
    PARAMETER: (_parameters, ()),
    RECIPE: (_recipes, ()),
    CONTAINERS: (_containers, ()),
}
"""Resource type → (its query, the options that it takes)."""

ALL_TYPES = tuple(_USES)


def uses(call: Call, given: Iterable[Shape], depth: int, *, but: Sequence[str] = ()) -> dict[str, Use]:
    """The queries by resource type for `ResourceTypes` of a request. Raises InvalidParameterValue.

    `depth` is the default of version-depth; `but` names types and options that the operation does not take.
    """
    found: dict[str, Use] = {}
    for one in given:
        kind = str(one.get("ResourceType") or "")
        if kind not in _USES or kind in but:
            raise invalid(f"Value ({kind}) for parameter resourceType is invalid.")
        if kind in found:
            raise invalid(f"The resource type {kind} is given twice.")
        query, known = _USES[kind]
        options = {
            str(option.get("OptionName")): [str(value) for value in option.get("OptionValues") or ()]
            for option in one.get("ResourceTypeOptions") or ()
        }
        for name in options:
            if name not in known or name in but:
                raise invalid(f"The option {name} is not valid for the resource type {kind}.")
        found[kind] = query(call, options, depth)
    return found
