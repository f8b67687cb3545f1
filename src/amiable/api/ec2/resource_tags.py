"""Tags of any resource: create, delete, describe. The kind of a resource is told by its id's prefix."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, or_, select

from amiable.api import filters
from amiable.api.call import Call
from amiable.api.faults import not_found
from amiable.api.owned import answer, select_owned
from amiable.api.paging import page
from amiable.api.table import Shape, operation
from amiable.api.tags import MAX_TAGS, check_tags
from amiable.core import ids
from amiable.model.dhcp_options import DhcpOptions
from amiable.model.image import Image
from amiable.model.instance import Instance
from amiable.model.key_pair import KeyPair
from amiable.model.launch_template import LaunchTemplate
from amiable.model.network import NetworkInterface, PublicAddress, Subnet, Vpc
from amiable.model.routing import InternetGateway, RouteTable
from amiable.model.security_group import SecurityGroup, SecurityGroupRule
from amiable.model.snapshot import Snapshot
from amiable.model.tag import Tag, put_tags, tags_of
from amiable.model.task import Task
from amiable.model.volume import Volume
from amiable.protocol.faults import Fault

MAX_RESOURCES = 1000

RESOURCES: dict[str, tuple[str, Any]] = {
    "ami": ("image", Image),
    "amiur": ("image-usage-report", Task),
    "dopt": ("dhcp-options", DhcpOptions),
    "eipalloc": ("elastic-ip", PublicAddress),
    "eni": ("network-interface", NetworkInterface),
    "igw": ("internet-gateway", InternetGateway),
    "rtb": ("route-table", RouteTable),
    "i": ("instance", Instance),
    "key": ("key-pair", KeyPair),
    "lt": ("launch-template", LaunchTemplate),
    "replacevol": ("replace-root-volume-task", Task),
    "sg": ("security-group", SecurityGroup),
    "sgr": ("security-group-rule", SecurityGroupRule),
    "snap": ("snapshot", Snapshot),
    "subnet": ("subnet", Subnet),
    "vol": ("volume", Volume),
    "vpc": ("vpc", Vpc),
}
"""Prefix of the id → (EC2's word for the kind, its table)."""

GONE = {Image: ("deregistered",), Snapshot: ("deleting",), Volume: ("deleting",)}
"""States in which a row is still there, but the resource is not. What is in the recycle bin may be tagged."""


def _resource_type(call: Call, resource_id: str) -> str:
    """EC2's word for the kind of a resource of the caller. Raises InvalidID and `Invalid….NotFound`."""
    prefix = resource_id.rpartition("-")[0]
    if prefix not in RESOURCES or not ids.is_id(prefix, resource_id):
        raise Fault("InvalidID", f"The ID '{resource_id}' is not valid")
    word, model = RESOURCES[prefix]
    if model is SecurityGroupRule:  # belongs to whom its group belongs to
        query = select_owned(call, SecurityGroup).join(SecurityGroup.rules)
    else:
        query = select_owned(call, model)
    query = query.with_only_columns(model.id).where(model.id == resource_id)
    if model in GONE:
        query = query.where(model.state.not_in(GONE[model]))
    if call.session.scalar(query) is None:
        raise not_found(prefix, resource_id)
    return word


def _resources(call: Call, request: Shape) -> dict[str, str]:
    """The request's resources and their kinds; all of them exist, or nothing is done."""
    wanted: Sequence[str] = list(dict.fromkeys(request.get("Resources") or ()))
    if not wanted:
        raise Fault("MissingParameter", "The request must contain the parameter resourceIdSet")
    if len(wanted) > MAX_RESOURCES:
        raise Fault("InvalidParameterValue", f"More than {MAX_RESOURCES} resources specified.")
    return {resource_id: _resource_type(call, resource_id) for resource_id in wanted}


@operation("ec2", "CreateTags")
def create_tags(call: Call, request: Shape) -> Shape:
    """Add tags to resources, or replace their values."""
    new = check_tags(request.get("Tags") or ())
    if not new:
        raise Fault("MissingParameter", "The request must contain the parameter tagSet")
    kinds = _resources(call, request)
    present = tags_of(call.session, kinds, call.account_id)
    for resource_id, kind in kinds.items():
        if len(present.get(resource_id, {}) | new) > MAX_TAGS:
            raise Fault("TagLimitExceeded", f"More than {MAX_TAGS} tags on {resource_id}.")
        put_tags(call.session, resource_id, kind, new, account_id=call.account_id, region=call.region)
    return {}


@operation("ec2", "DeleteTags")
def delete_tags(call: Call, request: Shape) -> Shape:
    """Remove tags from resources: by key, by key and value, or all of them."""
    kinds = _resources(call, request)
    which = or_(*(_same(tag) for tag in request.get("Tags") or ()), *([] if request.get("Tags") else [_any]))
    call.session.execute(
        delete(Tag).where(
            Tag.resource_id.in_(kinds),
            Tag.account_id == call.account_id,
            Tag.key.not_like("aws:%"),  # those are ours to keep
            which,
        )
    )
    return {}


_any: ColumnElement[bool] = Tag.key.is_not(None)


def _same(tag: Shape) -> ColumnElement[bool]:
    """A tag that the request names: whatever its value when it says none, though "" is a value."""
    if not tag.get("Key"):
        raise Fault("MissingParameter", "The request must contain the key of every tag")
    same_key = Tag.key == tag["Key"]
    return same_key if tag.get("Value") is None else and_(same_key, Tag.value == tag["Value"])


FILTERS: dict[str, filters.Filter] = {
    "key": filters.text(Tag.key),
    "resource-id": filters.text(Tag.resource_id),
    "resource-type": filters.text(Tag.resource_type),
    "value": filters.text(Tag.value),
}


@operation("ec2", "DescribeTags")
def describe_tags(call: Call, request: Shape) -> Shape:
    """The caller's tags, by filters."""
    rows = dict(FILTERS)
    for name, _ in filters.given(request.get("Filters")):
        if name.startswith("tag:"):  # here it means the tag itself, not the resource that has it
            rows[name] = _tag(name.removeprefix("tag:"))
    query = select(Tag).where(
        Tag.account_id == call.account_id,
        Tag.region == call.region,
        Tag.resource_type.in_([word for word, _ in RESOURCES.values()]),
    )
    query = query.where(*filters.conditions(rows, request.get("Filters"), call))
    tags, token = page(call, "DescribeTags", query, (Tag.resource_id, Tag.key), request)
    return answer("Tags", [tag_shape(tag) for tag in tags], token)


def _tag(key: str) -> filters.Filter:
    return lambda value: and_(Tag.key == key, filters.text(Tag.value)(value))


def tag_shape(tag: Tag) -> Shape:
    """A tag with what it is on."""
    return {
        "ResourceId": tag.resource_id,
        "ResourceType": tag.resource_type,
        "Key": tag.key,
        "Value": tag.value,
    }
