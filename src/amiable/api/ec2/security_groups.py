"""Security groups: create, describe, delete, and find the ones that a request names."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.orm import aliased

from amiable.api import filters, tags
from amiable.api.call import Call
from amiable.api.ec2.permissions import CHARACTERS, permissions_shape
from amiable.api.faults import combination, invalid, not_found
from amiable.api.owned import answer, listed, owned, select_owned
from amiable.api.table import Shape, operation
from amiable.model.network import Vpc, default_vpc, interface_group
from amiable.model.security_group import (
    DEFAULT_NAME,
    SecurityGroup,
    SecurityGroupRule,
    create_group,
)
from amiable.model.tag import drop_tags
from amiable.protocol.faults import Fault

_peer = aliased(SecurityGroup)


def _peer_text(column: Any) -> filters.Filter:
    """A column of the group that a rule names."""
    return lambda value: SecurityGroupRule.peer_group_id.in_(
        select(_peer.id).where(filters.text(column)(value))
    )


def _rules(prefix: str, egress: bool) -> dict[str, filters.Filter]:
    """The filters on a group's rules of one direction."""
    rows: dict[str, filters.Filter] = {
        "cidr": filters.text(SecurityGroupRule.cidr),
        "from-port": filters.number(SecurityGroupRule.from_port),
        "to-port": filters.number(SecurityGroupRule.to_port),
        "group-id": filters.text(SecurityGroupRule.peer_group_id),
        "group-name": _peer_text(_peer.name),
        "user-id": _peer_text(_peer.account_id),
        "protocol": filters.text(SecurityGroupRule.protocol),
        "ipv6-cidr": filters.constant(None),
        "prefix-list-id": filters.constant(None),
    }

    def direction(row: filters.Filter) -> filters.Filter:
        return lambda value: SecurityGroup.rules.any(and_(SecurityGroupRule.egress.is_(egress), row(value)))

    return {f"{prefix}.{name}": direction(row) for name, row in rows.items()}


FILTERS: dict[str, filters.Filter] = {
    "description": filters.text(SecurityGroup.description),
    "group-id": filters.text(SecurityGroup.id),
    "group-name": filters.text(SecurityGroup.name),
    "owner-id": filters.text(SecurityGroup.account_id),
    "vpc-id": filters.text(SecurityGroup.vpc_id),
    **_rules("ip-permission", egress=False),
    **_rules("egress.ip-permission", egress=True),
}


@operation("ec2", "CreateSecurityGroup")
def create_security_group(call: Call, request: Shape) -> Shape:
    """A group that lets nothing in and everything out, in the default VPC unless told otherwise."""
    name, description = _checked_name(request["GroupName"]), _checked_description(request["Description"])
    new_tags = tags.specified(request, "security-group").get("security-group")
    # The lock: names are unique whatever their case, which the database's constraint does not know.
    vpc = owned(call, Vpc, "vpc", request.get("VpcId") or _default_vpc(call).id, lock=True)
    same = select(SecurityGroup.id).where(
        SecurityGroup.vpc_id == vpc.id, func.lower(SecurityGroup.name) == name.lower()
    )
    if call.session.scalar(same) is not None:
        raise Fault(
            "InvalidGroup.Duplicate", f"The security group '{name}' already exists for VPC '{vpc.id}'"
        )
    group = create_group(call.session, vpc.id, call.account_id, call.region, name, description)
    tags.apply(call, group.id, "security-group", new_tags)
    return {"GroupId": group.id, "Tags": tags.tag_set(new_tags), "SecurityGroupArn": _arn(group)}


def _checked_name(name: str) -> str:
    name = name.rstrip()
    _ascii("GroupName", name)
    if name.startswith("sg-"):
        raise invalid(
            f"Value ({name}) for parameter GroupName is invalid. Group names may not be in the format sg-*."
        )
    if name.lower() == DEFAULT_NAME:
        raise invalid(f"Cannot use reserved security group name: {name}")
    if not name or not CHARACTERS.fullmatch(name):
        raise invalid(
            "Invalid security group name. Valid names are strings less than 256 characters from the "
            "following set: a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*"
        )
    return name


def _checked_description(description: str) -> str:
    _ascii("GroupDescription", description)
    if not description or not CHARACTERS.fullmatch(description):
        raise invalid(
            "Invalid security group description. Valid descriptions are strings less than 256 characters "
            "from the following set: a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*"
        )
    return description


def _ascii(parameter: str, text: str) -> None:
    if not text.isascii():
        raise invalid(
            f"Value ({text}) for parameter {parameter} is invalid. "
            "Character sets beyond ASCII are not supported."
        )


def _default_vpc(call: Call) -> Vpc:
    vpc = default_vpc(call.session, call.account_id, call.region)
    if vpc is None:
        raise Fault("VPCIdNotSpecified", "No default VPC for this user")
    return vpc


@operation("ec2", "DescribeSecurityGroups")
def describe_security_groups(call: Call, request: Shape) -> Shape:
    """The caller's groups with their rules, by id, by name in the default VPC, and filters."""
    names = list(request.get("GroupNames") or ())
    narrowed = [SecurityGroup.id.in_([_named(call, name).id for name in names])] if names else []
    query = select_owned(call, SecurityGroup)
    groups, tagged, token = listed(
        call, "DescribeSecurityGroups", request, query, SecurityGroup.id, "sg", "GroupIds", FILTERS, narrowed
    )
    return answer("SecurityGroups", [group_shape(row, tagged.get(row.id)) for row in groups], token)


def group_shape(group: SecurityGroup, own_tags: dict[str, str] | None) -> Shape:
    """A group as EC2 prints it."""
    return {
        "GroupId": group.id,
        "GroupName": group.name,
        "Description": group.description,
        "VpcId": group.vpc_id,
        "OwnerId": group.account_id,
        "SecurityGroupArn": _arn(group),
        "IpPermissions": permissions_shape((r for r in group.rules if not r.egress), group.account_id),
        "IpPermissionsEgress": permissions_shape((r for r in group.rules if r.egress), group.account_id),
        "Tags": tags.tag_set(own_tags),
    }


def _arn(group: SecurityGroup) -> str:
    return f"arn:aws:ec2:{group.region}:{group.account_id}:security-group/{group.id}"


@operation("ec2", "DeleteSecurityGroup")
def delete_security_group(call: Call, request: Shape) -> Shape:
    """Delete a group that no interface has and no other group's rule names."""
    group = named_group(call, request)
    if group.name == DEFAULT_NAME:
        raise Fault(
            "CannotDelete", f'the specified group: "{group.id}" name: "default" cannot be deleted by a user'
        )
    in_use = select(interface_group.c.interface_id).where(interface_group.c.group_id == group.id)
    referenced = select(SecurityGroupRule.id).where(
        SecurityGroupRule.peer_group_id == group.id, SecurityGroupRule.group_id != group.id
    )
    if any(call.session.scalar(query.limit(1)) is not None for query in (in_use, referenced)):
        raise Fault("DependencyViolation", f"resource {group.id} has a dependent object")
    for resource_id in (group.id, *(rule.id for rule in group.rules)):
        drop_tags(call.session, resource_id)
    call.session.delete(group)
    return {"Return": True, "GroupId": group.id}


def named_group(call: Call, request: Shape) -> SecurityGroup:
    """The group of a request's GroupId or GroupName, locked: its rules change one call at a time."""
    group_id, name = request.get("GroupId"), request.get("GroupName")
    if group_id and name:
        raise combination("The parameter groupName cannot be used with the parameter groupId")
    if not group_id and not name:
        raise Fault("MissingParameter", "The request must contain the parameter groupName or groupId")
    return owned(call, SecurityGroup, "sg", group_id or _named(call, str(name)).id, lock=True)


def _named(call: Call, name: str) -> SecurityGroup:
    """The group with that name in the default VPC."""
    vpc = _default_vpc(call)
    group = call.session.scalar(
        select_owned(call, SecurityGroup).where(SecurityGroup.vpc_id == vpc.id, SecurityGroup.name == name)
    )
    if group is None:
        raise Fault(
            "InvalidGroup.NotFound", f"The security group '{name}' does not exist in default VPC '{vpc.id}'"
        )
    return group  # type: ignore[no-any-return]


def peer_finder(call: Call, group: SecurityGroup) -> Callable[[Shape], str]:
    """What finds the group that a UserIdGroupPair of `group`'s rule names: one of the same VPC."""

    def find(pair: Shape) -> str:
        group_id, name = pair.get("GroupId"), pair.get("GroupName")
        if not group_id and not name:
            raise Fault("MissingParameter", "Source group ID missing.")
        if group_id:
            peer = owned(call, SecurityGroup, "sg", group_id)
            if name and peer.name != name:
                raise combination(f"The security group '{group_id}' is not named '{name}'.")
        else:
            peer = _named(call, str(name))
        if pair.get("UserId") not in (None, "", call.account_id) or pair.get("VpcPeeringConnectionId"):
            raise not_found("sg", peer.id)  # VPCs of this server are not peered: others' groups are unseen
        if peer.vpc_id != group.vpc_id or pair.get("VpcId") not in (None, "", group.vpc_id):
            raise invalid("You have specified two resources that belong to different networks.")
        return peer.id

    return find
