"""Tags of retention rules, by the rule's ARN."""

import re

from sqlalchemy import delete

from amiable.api.call import Call
from amiable.api.rbin.faults import invalid, no_rule
from amiable.api.rbin.rules import RULE, own_rule, rule_tags
from amiable.api.table import Shape, operation
from amiable.api.tags import MAX_TAGS, apply, tag_set
from amiable.model.recycle_rule import RecycleRule
from amiable.model.tag import Tag, tags_of

_ARN = re.compile(r"arn:aws:rbin:([a-z0-9-]+):([0-9]{12}):rule/([0-9A-Za-z]{11})")


def _rule(call: Call, arn: str) -> RecycleRule:
    match = _ARN.fullmatch(arn)
    if match is None or match.group(1, 2) != (call.region, call.account_id):
        raise no_rule(arn)
    return own_rule(call, match.group(3))


@operation("rbin", "TagResource")
def tag_resource(call: Call, request: Shape) -> Shape:
    """Add tags to a rule, or replace their values."""
    rule = _rule(call, request["ResourceArn"])
    new = rule_tags(request)
    present = tags_of(call.session, [rule.id], call.account_id).get(rule.id, {})
    if len(present | new) > MAX_TAGS:
        raise invalid(f"More than {MAX_TAGS} tags on {rule.id}.")
    apply(call, rule.id, RULE, new)
    return {}


@operation("rbin", "UntagResource")
def untag_resource(call: Call, request: Shape) -> Shape:
    """Remove tags from a rule."""
    rule = _rule(call, request["ResourceArn"])
    call.session.execute(delete(Tag).where(Tag.resource_id == rule.id, Tag.key.in_(request["TagKeys"])))
    return {}


@operation("rbin", "ListTagsForResource")
def list_tags_for_resource(call: Call, request: Shape) -> Shape:
    """The tags of a rule."""
    rule = _rule(call, request["ResourceArn"])
    return {"Tags": tag_set(tags_of(call.session, [rule.id], call.account_id).get(rule.id))}
