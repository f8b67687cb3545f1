"""DescribeImageReferences: which of the caller's resources name an image; is it safe to deregister?"""

from sqlalchemy import select

from amiable.api.call import Call
from amiable.api.ec2.image_use import ALL_TYPES, INSTANCE, PARAMETER, RECIPE, TEMPLATE, uses
from amiable.api.faults import check_ids, invalid
from amiable.api.owned import answer
from amiable.api.paging import page_of
from amiable.api.table import Shape, operation
from amiable.protocol.faults import Fault

MOST_IMAGES = 10
DEPTH = 10
"""How many versions of a launch template are looked at, unless the request says otherwise."""

_ARNS = {
    INSTANCE: ("ec2", "instance/"),
    TEMPLATE: ("ec2", "launch-template/"),
    PARAMETER: ("ssm", "parameter"),
}


@operation("ec2", "DescribeImageReferences")
def describe_image_references(call: Call, request: Shape) -> Shape:
    """The caller's instances, launch templates, parameters and recipes that name an image."""
    image_ids = list(dict.fromkeys(request["ImageIds"]))
    check_ids("ami", *image_ids)
    if not 1 <= len(image_ids) <= MOST_IMAGES:
        raise invalid(f"From 1 to {MOST_IMAGES} image ids can be given.")
    given = request.get("ResourceTypes") or []
    if request.get("IncludeAllResourceTypes"):
        named = {one.get("ResourceType") for one in given}
        given = [*given, *({"ResourceType": kind} for kind in ALL_TYPES if kind not in named)]
    if not given:
        raise Fault("MissingParameter", "Either IncludeAllResourceTypes or ResourceTypes must be specified.")
    found: list[Shape] = []
    for kind, query in uses(call, given, DEPTH).items():
        use = query.subquery()
        rows = call.session.execute(
            select(use.c.image_id, use.c.name)
            .where(use.c.account_id == call.account_id, use.c.image_id.in_(image_ids))
            .distinct()
        )
        found += [
            {"ImageId": row.image_id, "ResourceType": kind, "Arn": _arn(call, kind, row.name)} for row in rows
        ]
    shapes, token = page_of(call, "DescribeImageReferences", found, _key, request, smallest=1)
    return answer("ImageReferences", shapes, token)


def _key(reference: Shape) -> str:
    return f"{reference['ImageId']} {reference['Arn']}"


def _arn(call: Call, kind: str, name: str) -> str:
    if kind == RECIPE:
        return name
    service, prefix = _ARNS[kind]
    if kind == PARAMETER:
        name = f"/{name.removeprefix('/')}"
    return f"arn:aws:{service}:{call.region}:{call.account_id}:{prefix}{name}"
