"""Rules of security groups changed in place: their descriptions, or all that they say. Their ids stay."""

from collections.abc import Iterable

from amiable.api.call import Call
from amiable.api.ec2.permissions import description_of, rules_of
from amiable.api.ec2.security_group_rules import present_rules, requested
from amiable.api.ec2.security_groups import named_group, peer_finder
from amiable.api.faults import combination, invalid, unsupported
from amiable.api.networks import refresh_network
from amiable.api.owned import owned
from amiable.api.table import Shape, operation
from amiable.model.security_group import SecurityGroup, SecurityGroupRule
from amiable.protocol.faults import Fault


@operation("ec2", "UpdateSecurityGroupRuleDescriptionsIngress")
def update_security_group_rule_descriptions_ingress(call: Call, request: Shape) -> Shape:
    """Describe rules that let traffic in anew, by what they say or by id."""
    return _describe(call, request, egress=False)


@operation("ec2", "UpdateSecurityGroupRuleDescriptionsEgress")
def update_security_group_rule_descriptions_egress(call: Call, request: Shape) -> Shape:
    """Describe rules that let traffic out anew, by what they say or by id."""
    return _describe(call, request, egress=True)


def _describe(call: Call, request: Shape, egress: bool) -> Shape:
    group = named_group(call, request)
    by_id = list(request.get("SecurityGroupRuleDescriptions") or ())
    if by_id and request.get("IpPermissions"):
        raise combination("Name the rules either by their ids or by ipPermissions, not both.")
    if by_id:
        ids = _once(str(one.get("SecurityGroupRuleId") or "") for one in by_id)
        for rule, given in zip(present_rules(group, ids, egress), by_id, strict=True):
            rule.description = description_of(given)
        return {"Return": True}
    present = {rule.sameness: rule for rule in group.rules}
    wanted = requested(call, group, {"IpPermissions": request.get("IpPermissions")}, egress)
    if any(rule.sameness not in present for rule in wanted):
        raise Fault("InvalidPermission.NotFound", "The specified rule does not exist in this security group.")
    for rule in wanted:
        present[rule.sameness].description = rule.description
    return {"Return": True}


def _once(rule_ids: Iterable[str]) -> list[str]:
    listed = list(rule_ids)
    if len(set(listed)) < len(listed):
        raise invalid("A security group rule is named twice.")
    return listed


@operation("ec2", "ModifySecurityGroupRules")
def modify_security_group_rules(call: Call, request: Shape) -> Shape:
    """Let rules say something else, all or none of them; it counts at once."""
    group = owned(call, SecurityGroup, "sg", request["GroupId"], lock=True)
    updates = list(request["SecurityGroupRules"])
    rules = present_rules(group, _once(str(one["SecurityGroupRuleId"]) for one in updates))
    for rule, given in zip(rules, updates, strict=True):
        _say(rule, _meant(call, group, rule, given.get("SecurityGroupRule") or {}))
    if len({rule.sameness for rule in group.rules}) < len(group.rules):
        raise Fault("InvalidPermission.Duplicate", "Two rules of the group would say the same.")
    call.session.flush()
    refresh_network(call, group.vpc_id)
    return {"Return": True}


def _meant(call: Call, group: SecurityGroup, rule: SecurityGroupRule, given: Shape) -> SecurityGroupRule:
    """The rule, in no group, that a SecurityGroupRuleRequest means."""
    for name in ("CidrIpv6", "PrefixListId"):
        if given.get(name):
            raise unsupported(f"{name} is not supported: name an IPv4 range or a security group.")
    note = {"Description": given["Description"]} if given.get("Description") else {}
    peers: Shape = {}
    if given.get("CidrIpv4"):
        peers["IpRanges"] = [{"CidrIp": given["CidrIpv4"], **note}]
    if given.get("ReferencedGroupId"):
        peers["UserIdGroupPairs"] = [{"GroupId": given["ReferencedGroupId"], **note}]
    if len(peers) > 1:
        raise combination("A rule names either an IPv4 range or a security group.")
    ports = {
        name: given[name] for name in ("IpProtocol", "FromPort", "ToPort") if given.get(name) is not None
    }
    (meant,) = rules_of(group, rule.egress, {**ports, **peers}, peer_finder(call, group))
    return meant


def _say(rule: SecurityGroupRule, meant: SecurityGroupRule) -> None:
    rule.protocol, rule.from_port, rule.to_port = meant.protocol, meant.from_port, meant.to_port
    rule.cidr, rule.peer_group_id = meant.cidr, meant.peer_group_id
    rule.description = meant.description
