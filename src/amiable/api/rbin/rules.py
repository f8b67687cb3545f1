"""Retention rules of the recycle bin: create, get, list, update, delete.

What the rules do is told by model/recycle_rule.py; the bin itself is EC2's (api/ec2/recycle_bin.py).
"""

import secrets
import string

from sqlalchemy import func

from amiable.api.call import Call
from amiable.api.faults import unsupported
from amiable.api.owned import select_owned
from amiable.api.paging import page_of
from amiable.api.quotas import limit_of
from amiable.api.rbin.faults import conflict, invalid, no_rule, over_quota
from amiable.api.table import Shape, operation
from amiable.api.tags import apply, check_tags, tag_set
from amiable.model.recycle_rule import RecycleRule
from amiable.model.tag import drop_tags
from amiable.protocol.faults import Fault

RULE = "recycle-bin-rule"
"""The kind of resource that a rule's tags are on."""
_LETTERS = string.ascii_letters + string.digits


def arn_of(rule: RecycleRule) -> str:
    """The rule's ARN."""
    return f"arn:aws:rbin:{rule.region}:{rule.account_id}:rule/{rule.id}"


def own_rule(call: Call, identifier: str) -> RecycleRule:
    """The caller's rule, locked. Raises ResourceNotFoundException."""
    rule: RecycleRule | None = call.session.scalar(
        select_owned(call, RecycleRule).where(RecycleRule.id == identifier).with_for_update()
    )
    if rule is None:
        raise no_rule(identifier)
    return rule


def changeable_rule(call: Call, identifier: str) -> RecycleRule:
    """The caller's rule, unless it is locked. Raises ConflictException."""
    rule = own_rule(call, identifier)
    if rule.lock_at(call.now) != "unlocked":
        raise conflict(f"The rule {rule.id} is {rule.lock_at(call.now)}: it cannot be changed or deleted.")
    return rule


def rule_shape(call: Call, rule: RecycleRule) -> Shape:
    """A rule as the service prints it."""
    state = rule.lock_at(call.now)
    shape: Shape = {
        "Identifier": rule.id,
        "Description": rule.description,
        "ResourceType": rule.resource_type,
        "RetentionPeriod": {"RetentionPeriodValue": rule.retention_days, "RetentionPeriodUnit": "DAYS"},
        "ResourceTags": rule.resource_tags,
        "ExcludeResourceTags": rule.exclude_tags,
        "Status": "available",
        "LockState": state,
        "RuleArn": arn_of(rule),
    }
    if state == "pending_unlock":
        shape["LockEndTime"] = rule.lock_ends_at
    return shape


def lock_configuration(rule: RecycleRule) -> Shape:
    """`LockConfiguration`, for the answers that have it; empty for a rule that was never locked."""
    if rule.unlock_delay_days is None:
        return {}
    delay = {"UnlockDelayValue": rule.unlock_delay_days, "UnlockDelayUnit": "DAYS"}
    return {"LockConfiguration": {"UnlockDelay": delay}}


def check_lockable(rule: RecycleRule) -> None:
    """Only a rule for everything in the region can be locked."""
    if rule.resource_tags or rule.exclude_tags:
        raise invalid("Only Region-level retention rules without exclusion tags can be locked.")


def _check_tags(rule: RecycleRule) -> None:
    if rule.resource_tags and rule.exclude_tags:
        raise invalid("Exclusion tags belong to Region-level rules, which have no resource tags.")


@operation("rbin", "CreateRule")
def create_rule(call: Call, request: Shape) -> Shape:
    """Keep deleted snapshots or deregistered images for some days: those with a tag, or all but some."""
    if request["ResourceType"] == "EBS_VOLUME":
        raise unsupported(
            "Deleted volumes do not go to the recycle bin here: rules are for snapshots and images."
        )
    count = call.session.scalar(select_owned(call, RecycleRule).with_only_columns(func.count()))
    if (count or 0) >= limit_of(call, "recycle-rules"):
        raise over_quota(limit_of(call, "recycle-rules"))
    rule = RecycleRule(
        id="".join(secrets.choice(_LETTERS) for _ in range(11)),
        region=call.region,
        account_id=call.account_id,
        description=request.get("Description") or "",
        resource_type=request["ResourceType"],
        retention_days=request["RetentionPeriod"]["RetentionPeriodValue"],
        resource_tags=request.get("ResourceTags") or [],
        exclude_tags=request.get("ExcludeResourceTags") or [],
        lock_state="unlocked",
        created_at=call.now,
    )
    _check_tags(rule)
    if lock := request.get("LockConfiguration"):
        check_lockable(rule)
        rule.lock_state = "locked"
        rule.unlock_delay_days = lock["UnlockDelay"]["UnlockDelayValue"]
    tags = rule_tags(request)
    call.session.add(rule)
    apply(call, rule.id, RULE, tags)
    return rule_shape(call, rule) | lock_configuration(rule) | {"Tags": tag_set(tags)}


def rule_tags(request: Shape) -> dict[str, str]:
    """The tags of a request. Raises ValidationException."""
    try:
        return check_tags(request.get("Tags") or ())
    except Fault as wrong:
        raise invalid(wrong.message) from wrong


@operation("rbin", "GetRule")
def get_rule(call: Call, request: Shape) -> Shape:
    """One rule."""
    rule = own_rule(call, request["Identifier"])
    return rule_shape(call, rule) | lock_configuration(rule)


@operation("rbin", "ListRules")
def list_rules(call: Call, request: Shape) -> Shape:
    """The rules for a kind of resource, by lock state and by the tags that they name."""
    query = select_owned(call, RecycleRule).where(RecycleRule.resource_type == request["ResourceType"])
    state = request.get("LockState")
    rules = [
        rule
        for rule in call.session.scalars(query)
        if state in (None, rule.lock_at(call.now))
        and all(tag in rule.resource_tags for tag in request.get("ResourceTags") or ())
        and all(tag in rule.exclude_tags for tag in request.get("ExcludeResourceTags") or ())
    ]
    try:
        found, token = page_of(call, "ListRules", rules, lambda rule: rule.id, request, smallest=1)
    except Fault as wrong:
        raise invalid(wrong.message, "INVALID_PAGE_TOKEN") from wrong
    members = ("Identifier", "Description", "RetentionPeriod", "LockState", "RuleArn")
    shapes = [rule_shape(call, rule) for rule in found]
    answer: Shape = {"Rules": [{member: shape[member] for member in members} for shape in shapes]}
    return answer | ({"NextToken": token} if token else {})


@operation("rbin", "UpdateRule")
def update_rule(call: Call, request: Shape) -> Shape:
    """Change description, retention period or tags of a rule that is not locked."""
    rule = changeable_rule(call, request["Identifier"])
    if request.get("ResourceType") not in (None, rule.resource_type):
        raise invalid("The resource type of a rule cannot be changed.")
    if (period := request.get("RetentionPeriod")) is not None:
        rule.retention_days = period["RetentionPeriodValue"]
    if (description := request.get("Description")) is not None:
        rule.description = description
    if (tags := request.get("ResourceTags")) is not None:
        rule.resource_tags = tags
    if (excluded := request.get("ExcludeResourceTags")) is not None:
        rule.exclude_tags = excluded
    _check_tags(rule)
    return rule_shape(call, rule)


@operation("rbin", "DeleteRule")
def delete_rule(call: Call, request: Shape) -> Shape:
    """Delete a rule that is not locked; what is in the bin stays until its time."""
    rule = changeable_rule(call, request["Identifier"])
    drop_tags(call.session, rule.id)
    call.session.delete(rule)
    return {}
