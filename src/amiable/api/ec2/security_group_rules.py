"""Rules of security groups: authorize, revoke, describe. Changes reach running instances at once."""

from collections.abc import Iterable

from sqlalchemy import select

from amiable.api import filters, tags
from amiable.api.call import Call
from amiable.api.ec2.permissions import permissions_shape, phrase, rules_of
from amiable.api.ec2.security_groups import named_group, peer_finder
from amiable.api.faults import check_ids, combination, not_found, unsupported
from amiable.api.networks import refresh_network
from amiable.api.owned import answer, listed
from amiable.api.table import Shape, operation
from amiable.model.network import Vpc
from amiable.model.security_group import SecurityGroup, SecurityGroupRule
from amiable.model.tag import drop_tags
from amiable.protocol.faults import Fault

MAX_RULES = 60
"""Rules of a group in each direction (Amazon VPC quotas)."""

FLAT = ("IpProtocol", "FromPort", "ToPort", "CidrIp", "SourceSecurityGroupName", "SourceSecurityGroupOwnerId")

FILTERS: dict[str, filters.Filter] = {
    "group-id": filters.text(SecurityGroupRule.group_id),
    "security-group-rule-id": filters.text(SecurityGroupRule.id),
}


@operation("ec2", "AuthorizeSecurityGroupIngress")
def authorize_security_group_ingress(call: Call, request: Shape) -> Shape:
    """Add rules that let traffic in."""
    return _authorize(call, request, egress=False)


@operation("ec2", "AuthorizeSecurityGroupEgress")
def authorize_security_group_egress(call: Call, request: Shape) -> Shape:
    """Add rules that let traffic out."""
    return _authorize(call, request, egress=True)


@operation("ec2", "RevokeSecurityGroupIngress")
def revoke_security_group_ingress(call: Call, request: Shape) -> Shape:
    """Remove rules that let traffic in, by what they say or by id."""
    return _revoke(call, request, egress=False)


@operation("ec2", "RevokeSecurityGroupEgress")
def revoke_security_group_egress(call: Call, request: Shape) -> Shape:
    """Remove rules that let traffic out, by what they say or by id."""
    return _revoke(call, request, egress=True)


def _authorize(call: Call, request: Shape, egress: bool) -> Shape:
    group = named_group(call, request)
    new_tags = tags.specified(request, "security-group-rule").get("security-group-rule")
    rules = requested(call, group, request, egress)
    present = {rule.sameness for rule in group.rules}
    for rule in rules:
        if rule.sameness in present:
            raise Fault("InvalidPermission.Duplicate", f'the specified rule "{phrase(rule)}" already exists')
    if len(rules) + sum(rule.egress == egress for rule in group.rules) > MAX_RULES:
        raise Fault(
            "RulesPerSecurityGroupLimitExceeded",
            "The maximum number of rules per security group has been reached.",
        )
    start = 1 + max((rule.position for rule in group.rules), default=-1)
    for position, rule in enumerate(rules, start):
        rule.position = position
        group.rules.append(rule)
        tags.apply(call, rule.id, "security-group-rule", new_tags)
    call.session.flush()
    refresh_network(call, group.vpc_id)
    return {"Return": True, "SecurityGroupRules": [rule_shape(rule, group, new_tags) for rule in rules]}


def _revoke(call: Call, request: Shape, egress: bool) -> Shape:
    group = named_group(call, request)
    if rule_ids := list(request.get("SecurityGroupRuleIds") or ()):
        if request.get("IpPermissions") or any(request.get(name) is not None for name in FLAT):
            raise combination("Name the rules either by securityGroupRuleIds or by ipPermissions, not both.")
        revoked = present_rules(group, rule_ids, egress)
        unknown: list[SecurityGroupRule] = []
    else:
        revoked, unknown = _by_words(call, group, request, egress)
    answered = [revoked_shape(rule) for rule in revoked]
    for rule in revoked:
        drop_tags(call.session, rule.id)
        group.rules.remove(rule)
    call.session.flush()
    if revoked:
        refresh_network(call, group.vpc_id)
    return {
        "Return": True,
        "RevokedSecurityGroupRules": answered,
        "UnknownIpPermissions": permissions_shape(unknown, group.account_id),
    }


def present_rules(
    group: SecurityGroup, rule_ids: list[str], egress: bool | None = None
) -> list[SecurityGroupRule]:
    """The group's rules of those ids, each once; of one direction, if one is named."""
    check_ids("sgr", *rule_ids)
    present = {rule.id: rule for rule in group.rules if egress in (None, rule.egress)}
    missing = sorted(set(rule_ids) - set(present))
    if missing:
        raise not_found("sgr", *missing)
    return [present[rule_id] for rule_id in dict.fromkeys(rule_ids)]


def _by_words(
    call: Call, group: SecurityGroup, request: Shape, egress: bool
) -> tuple[list[SecurityGroupRule], list[SecurityGroupRule]]:
    """(rules to revoke, rules that the group does not have): the latter are an error outside a default VPC.

    Source: EC2 API Reference, RevokeSecurityGroupIngress.
    """
    present = {rule.sameness: rule for rule in group.rules}
    wanted = requested(call, group, request, egress)
    revoked = [present[rule.sameness] for rule in wanted if rule.sameness in present]
    unknown = [rule for rule in wanted if rule.sameness not in present]
    if unknown and not call.session.get_one(Vpc, group.vpc_id).is_default:
        raise Fault("InvalidPermission.NotFound", "The specified rule does not exist in this security group.")
    return revoked, unknown


def requested(call: Call, group: SecurityGroup, request: Shape, egress: bool) -> list[SecurityGroupRule]:
    """The rules that a request means, each once."""
    find_peer = peer_finder(call, group)
    permissions = _permissions(request, egress)
    rules = [rule for given in permissions for rule in rules_of(group, egress, given, find_peer)]
    if len({rule.sameness for rule in rules}) < len(rules):
        raise Fault("InvalidParameterValue", "The same permission must not appear multiple times")
    return rules


def _permissions(request: Shape, egress: bool) -> list[Shape]:
    """`IpPermissions`, or what the older flat parameters of ingress mean."""
    listed_ones: list[Shape] = list(request.get("IpPermissions") or ())
    flat = {name: request[name] for name in FLAT if request.get(name) not in (None, "")}
    if not listed_ones and not flat:
        raise Fault("MissingParameter", "The request must contain the parameter ipPermissions")
    if listed_ones and flat:
        raise combination("The parameter ipPermissions cannot be used with the older, flat parameters")
    if not flat:
        return listed_ones
    if egress:
        raise unsupported(f"{', '.join(flat)}: not supported for egress. Use IpPermissions.")
    if "SourceSecurityGroupName" in flat:
        return _everything_from(flat)
    permission: Shape = {name: flat[name] for name in ("IpProtocol", "FromPort", "ToPort") if name in flat}
    return [{**permission, "IpRanges": [{"CidrIp": flat["CidrIp"]}] if "CidrIp" in flat else []}]


def _everything_from(flat: Shape) -> list[Shape]:
    """SourceSecurityGroupName alone grants full TCP, UDP and ICMP access."""
    if not set(flat) <= {"SourceSecurityGroupName", "SourceSecurityGroupOwnerId"}:
        raise combination(
            "SourceSecurityGroupName cannot be used with a protocol, ports or a CIDR. Use IpPermissions."
        )
    pair = {
        "GroupName": flat["SourceSecurityGroupName"],
        "UserId": flat.get("SourceSecurityGroupOwnerId"),
    }
    ends = {"tcp": (0, 65535), "udp": (0, 65535), "icmp": (-1, -1)}
    return [
        {"IpProtocol": protocol, "FromPort": first, "ToPort": last, "UserIdGroupPairs": [pair]}
        for protocol, (first, last) in ends.items()
    ]


@operation("ec2", "DescribeSecurityGroupRules")
def describe_security_group_rules(call: Call, request: Shape) -> Shape:
    """The rules of the caller's groups, one by one, by id and filters."""
    query = (
        select(SecurityGroupRule)
        .join(SecurityGroup, SecurityGroupRule.group_id == SecurityGroup.id)
        .where(SecurityGroup.account_id == call.account_id, SecurityGroup.region == call.region)
    )
    rules, tagged, token = listed(
        call,
        "DescribeSecurityGroupRules",
        request,
        query,
        SecurityGroupRule.id,
        "sgr",
        "SecurityGroupRuleIds",
        FILTERS,
    )
    groups = _groups(call, {rule.group_id for rule in rules})
    shapes = [rule_shape(rule, groups[rule.group_id], tagged.get(rule.id)) for rule in rules]
    return answer("SecurityGroupRules", shapes, token)


def _groups(call: Call, group_ids: Iterable[str]) -> dict[str, SecurityGroup]:
    rows = call.session.scalars(select(SecurityGroup).where(SecurityGroup.id.in_(list(group_ids))))
    return {row.id: row for row in rows}


def revoked_shape(rule: SecurityGroupRule) -> Shape:
    """A rule as Revoke… prints it."""
    shape: Shape = {
        "SecurityGroupRuleId": rule.id,
        "GroupId": rule.group_id,
        "IsEgress": rule.egress,
        "IpProtocol": rule.protocol,
        "FromPort": rule.from_port,
        "ToPort": rule.to_port,
    }
    if rule.description:
        shape["Description"] = rule.description
    if rule.cidr:
        return {**shape, "CidrIpv4": rule.cidr}
    return {**shape, "ReferencedGroupId": rule.peer_group_id}


def rule_shape(rule: SecurityGroupRule, group: SecurityGroup, own_tags: dict[str, str] | None) -> Shape:
    """A rule as EC2 prints it."""
    shape = revoked_shape(rule)
    if peer := shape.pop("ReferencedGroupId", None):
        shape["ReferencedGroupInfo"] = {"GroupId": peer, "UserId": group.account_id}
    return {
        **shape,
        "GroupOwnerId": group.account_id,
        "Tags": tags.tag_set(own_tags),
        "SecurityGroupRuleArn": (
            f"arn:aws:ec2:{group.region}:{group.account_id}:security-group-rule/{rule.id}"
        ),
    }
