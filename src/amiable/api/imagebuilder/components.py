"""Components: documents with a name and a version; a version that is made again gets another build."""

from amiable.api.call import Call
from amiable.api.imagebuilder.arns import latest_references, parse_version
from amiable.api.imagebuilder.faults import invalid, refused
from amiable.api.imagebuilder.resources import (
    add,
    check_platform,
    deleted,
    first_of_each,
    found,
    listed,
    of_owner,
    one_of,
    with_request,
)
from amiable.api.imagebuilder.shapes import owned_by, summary
from amiable.api.table import Shape, operation
from amiable.builder.document.model import Document
from amiable.builder.document.parse import parse
from amiable.builder.document.source import Invalid
from amiable.model.builder_resource import BuilderResource

MOST_CHARACTERS = 16_000
FILTERS = {
    "name": lambda row: row.name,
    "version": lambda row: row.version,
    "platform": lambda row: row.data["platform"],
    "type": lambda row: row.resource_type,
    "description": lambda row: row.data.get("description"),
    "status": lambda row: row.state,
    "supportedOsVersion": lambda row: row.data.get("supportedOsVersions"),
}


def document_of(text: str) -> Document:
    """The document of a component. Raises InvalidParameterValueException with every problem."""
    try:
        return parse(text)
    except Invalid as invalid_:
        raise invalid(f"The component document is not valid: {invalid_}") from invalid_


def inline(request: Shape, what: str) -> str:
    """`data` of a request that may have `uri` instead. Raises the fault that says so."""
    if one_of(request, "data", "uri") == "uri":
        raise refused(f"A {what} is given as data here: this server reads none from S3.")
    text: str = request["data"]
    if len(text) > MOST_CHARACTERS:
        raise invalid(f"A {what} has at most {MOST_CHARACTERS:,} characters.")
    return text


@operation("imagebuilder", "CreateComponent")
def create_component(call: Call, request: Shape) -> Shape:
    """Make a component of a YAML document, or another build of a version that is there."""
    check_platform(request["platform"])
    if request.get("kmsKeyId"):
        raise refused("kmsKeyId: nothing is encrypted at rest here.")
    text = inline(request, "component document")
    document = document_of(text)
    kept = ("description", "changeDescription", "platform", "supportedOsVersions")
    arn = add(
        call,
        "CreateComponent",
        request,
        "component",
        {**{key: request.get(key) for key in kept}, "data": text},
        version=parse_version(request["semanticVersion"]),
        builds=True,
        resource_type=document.kind,
    )
    return with_request(
        call,
        {
            "clientToken": request["clientToken"],
            "componentBuildVersionArn": arn,
            "latestVersionReferences": latest_references(arn),
        },
    )


@operation("imagebuilder", "GetComponent")
def get_component(call: Call, request: Shape) -> Shape:
    """A component with its document and parameters."""
    row = found(call, request["componentBuildVersionArn"], "component")
    parameters = [
        {
            "name": one.name,
            "type": "string",
            **({"description": one.description} if one.description else {}),
            **({} if one.default is None else {"defaultValue": [one.default]}),
        }
        for one in parse(row.data["data"]).parameters
    ]
    component = summary(
        call, row, "description", "changeDescription", "platform", "supportedOsVersions", "data"
    )
    component |= {
        "state": {"status": row.state},
        "parameters": parameters,
        "encrypted": False,
    }
    return with_request(call, {"component": component, "latestVersionReferences": latest_references(row.arn)})


@operation("imagebuilder", "ListComponents")
def list_components(call: Call, request: Shape) -> Shape:
    """The versions of components that an owner has: Self, Shared or Amazon (what amiable ships)."""
    rows = of_owner(call, "component", request.get("owner"))
    versions = first_of_each(rows, "account_id", "slug", *(() if request.get("byName") else _PARTS))
    return listed(
        call,
        "ListComponents",
        request,
        "componentVersionList",
        versions,
        lambda row: _version(call, row),
        FILTERS,
    )


_PARTS = ("major", "minor", "patch")


def _version(call: Call, row: BuilderResource) -> Shape:
    shape = summary(call, row, "description", "platform", "supportedOsVersions")
    shape.pop("tags")
    return {**shape, "arn": row.arn.rsplit("/", 1)[0], "status": row.state}


@operation("imagebuilder", "ListComponentBuildVersions")
def list_component_build_versions(call: Call, request: Shape) -> Shape:
    """The builds of one version of a component; of all the caller's components without an ARN."""
    rows = builds_of(call, "component", request.get("componentVersionArn"))

    def shape(row: BuilderResource) -> Shape:
        kept = ("description", "changeDescription", "platform", "supportedOsVersions")
        return {**summary(call, row, *kept), "state": {"status": row.state}}

    return listed(call, "ListComponentBuildVersions", request, "componentSummaryList", rows, shape, {})


def builds_of(call: Call, kind: str, arn: str | None) -> list[BuilderResource]:
    """The builds of the version that an ARN names; all of the caller's without one."""
    if not arn:
        return of_owner(call, kind, "Self")
    newest = found(call, arn, kind)
    owner = "Self" if newest.account_id == call.account_id else owned_by(call, newest, "Amazon", "Shared")
    same = [row for row in of_owner(call, kind, owner) if _version_of(row) == _version_of(newest)]
    return same or [newest]


def _version_of(row: BuilderResource) -> tuple[object, ...]:
    return row.account_id, row.slug, row.major, row.minor, row.patch


@operation("imagebuilder", "DeleteComponent")
def delete_component(call: Call, request: Shape) -> Shape:
    """Delete one build of a component that no recipe names."""
    arn = deleted(call, request["componentBuildVersionArn"], "component")
    return with_request(call, {"componentBuildVersionArn": arn})
