"""Image recipes: a base image and the components that make another one of it. A version never changes."""

import base64
import binascii
import re
from typing import Any

from sqlalchemy import select

from amiable.api.call import Call
from amiable.api.image_access import visible_image
from amiable.api.imagebuilder.arns import Parts, latest_references, parse_version, slug_of
from amiable.api.imagebuilder.components import document_of
from amiable.api.imagebuilder.faults import invalid, refused
from amiable.api.imagebuilder.resources import add, deleted, found, listed, of_owner, with_request
from amiable.api.imagebuilder.shapes import owner_of, summary
from amiable.api.table import Shape, operation
from amiable.builder.run import named
from amiable.core.errors import InvalidInput
from amiable.model.builder_resource import BuilderResource
from amiable.protocol.faults import Fault

MOST_COMPONENTS = 20
MOST_USER_DATA = 21_847
MEMBERS = (
    "description",
    "components",
    "parentImage",
    "blockDeviceMappings",
    "workingDirectory",
    "additionalInstanceConfiguration",
    "amiTags",
    "amiWatermarks",
)
FILTERS = {
    "name": lambda row: row.name,
    "parentImage": lambda row: row.data["parentImage"],
    "platform": lambda row: "Linux",
}
_PARENT = re.compile(
    r"ami-[0-9a-f]{8,17}|ssm:[A-Za-z0-9_./:-]{1,1011}|arn:aws:imagebuilder:[a-z0-9-]+:(\d{12}|aws):image/.+"
)


def _version(call: Call, request: Shape) -> Parts:
    """The version of a new recipe: as written, or the next one where it has `x`."""
    wanted = parse_version(request["semanticVersion"], wildcards=True)
    if None not in wanted:
        return wanted
    slug = slug_of(request["name"])
    rows = call.session.scalars(
        select(BuilderResource).where(
            BuilderResource.account_id == call.account_id,
            BuilderResource.region == call.region,
            BuilderResource.kind == "image-recipe",
            BuilderResource.slug == slug,
        )
    )
    place = wanted.index(None)
    versions = [(row.major or 0, row.minor or 0, row.patch or 0) for row in rows]
    same = [version[place] for version in versions if version[:place] == wanted[:place]]
    numbers: list[int] = [part or 0 for part in wanted[:place]]
    numbers += [max(same, default=0 if place == 0 else -1) + 1] + [0] * (2 - place)
    return numbers[0], numbers[1], numbers[2]


def check_components(call: Call, components: list[Shape]) -> None:
    """Raise the fault of components that are missing, not ACTIVE, named twice, or given wrong parameters."""
    if len(components) > MOST_COMPONENTS:
        raise Fault("ServiceQuotaExceededException", f"A recipe has at most {MOST_COMPONENTS} components.")
    arns = [component["componentArn"] for component in components]
    if len(set(arns)) < len(arns):
        raise invalid("A recipe names each component once.")
    for component in components:
        row = found(call, component["componentArn"], "component")
        if row.state != "ACTIVE":
            raise refused(f"The component {row.arn} is {row.state}: it cannot go into new recipes.")
        given = {one["name"]: one["value"] for one in component.get("parameters") or ()}
        for name, texts in given.items():
            if len(texts) != 1:
                raise invalid(f"The parameter {name} takes one value.")
        try:
            named(document_of(row.data["data"]), {name: texts[0] for name, texts in given.items()})
        except InvalidInput as wrong:
            raise invalid(f"The component {row.arn}: {wrong}") from wrong


@operation("imagebuilder", "CreateImageRecipe")
def create_image_recipe(call: Call, request: Shape) -> Shape:
    """Make a version of a recipe; `x` in its semantic version takes the next number."""
    _check_parent(call, request["parentImage"])
    check_components(call, request.get("components") or [])
    _check_devices(request.get("blockDeviceMappings") or [])
    _check_instance(request.get("additionalInstanceConfiguration") or {})
    arn = add(
        call,
        "CreateImageRecipe",
        request,
        "image-recipe",
        {key: request.get(key) for key in MEMBERS},
        version=_version(call, request),
    )
    return with_request(
        call,
        {
            "clientToken": request["clientToken"],
            "imageRecipeArn": arn,
            "latestVersionReferences": latest_references(arn),
        },
    )


def _check_parent(call: Call, parent: str) -> None:
    """An AMI must be there now; an image's ARN and a parameter say at each build which one it is."""
    if not _PARENT.fullmatch(parent):
        raise invalid(
            "parentImage must be an AMI id, the ARN of an image of Image Builder, or ssm: and a parameter."
        )
    if not parent.startswith("ami-"):
        return
    try:
        visible_image(call, parent)
    except Fault as fault:
        raise invalid(
            f"The value supplied for parameter 'parentImage' is not valid. {fault.message}"
        ) from fault


def _check_devices(mappings: list[Shape]) -> None:
    for mapping in mappings:
        ebs = mapping.get("ebs") or {}
        if ebs.get("encrypted") or ebs.get("kmsKeyId"):
            raise refused("encrypted, kmsKeyId: nothing is encrypted at rest here.")
        if mapping.get("virtualName"):
            raise refused("virtualName: there are no instance-store volumes.")
        if not mapping.get("deviceName"):
            raise invalid("A block device mapping needs deviceName.")


def _check_instance(configuration: Shape) -> None:
    text = configuration.get("userDataOverride")
    if text is None:
        return
    try:
        base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error) as wrong:
        raise invalid("userDataOverride must be Base64.") from wrong
    if len(text) > MOST_USER_DATA:
        raise invalid(f"userDataOverride has at most {MOST_USER_DATA} characters.")


def shape_of(call: Call, row: BuilderResource) -> Shape:
    """A recipe as GetImageRecipe shows it."""
    return {**summary(call, row, *MEMBERS), "type": "AMI", "platform": "Linux"}


@operation("imagebuilder", "GetImageRecipe")
def get_image_recipe(call: Call, request: Shape) -> Shape:
    """A recipe."""
    row = found(call, request["imageRecipeArn"], "image-recipe")
    return with_request(
        call, {"imageRecipe": shape_of(call, row), "latestVersionReferences": latest_references(row.arn)}
    )


@operation("imagebuilder", "ListImageRecipes")
def list_image_recipes(call: Call, request: Shape) -> Shape:
    """The recipes that an owner has: Self or Shared."""

    def shape(row: BuilderResource) -> Shape:
        known: dict[str, Any] = {
            "arn": row.arn,
            "name": row.name,
            "platform": "Linux",
            "owner": owner_of(call, row.account_id),
            "parentImage": row.data["parentImage"],
            "dateCreated": summary(call, row)["dateCreated"],
            "tags": dict(row.tags),
        }
        return known

    rows = of_owner(call, "image-recipe", request.get("owner"))
    return listed(call, "ListImageRecipes", request, "imageRecipeSummaryList", rows, shape, FILTERS)


@operation("imagebuilder", "DeleteImageRecipe")
def delete_image_recipe(call: Call, request: Shape) -> Shape:
    """Delete a recipe that no pipeline names."""
    arn = deleted(call, request["imageRecipeArn"], "image-recipe")
    return with_request(call, {"imageRecipeArn": arn})
