"""Locks of retention rules: a locked rule is unlocked only after a delay of days, which it names itself."""

from datetime import timedelta

from amiable.api.call import Call
from amiable.api.rbin.faults import conflict
from amiable.api.rbin.rules import check_lockable, lock_configuration, own_rule, rule_shape
from amiable.api.table import Shape, operation


@operation("rbin", "LockRule")
def lock_rule(call: Call, request: Shape) -> Shape:
    """Let a Region-level rule be neither changed nor deleted."""
    rule = own_rule(call, request["Identifier"])
    check_lockable(rule)
    if rule.lock_at(call.now) == "locked":
        raise conflict(f"The rule {rule.id} is locked already.")
    rule.lock_state, rule.lock_ends_at = "locked", None
    rule.unlock_delay_days = request["LockConfiguration"]["UnlockDelay"]["UnlockDelayValue"]
    return rule_shape(call, rule) | lock_configuration(rule)


@operation("rbin", "UnlockRule")
def unlock_rule(call: Call, request: Shape) -> Shape:
    """Let a locked rule be changed again once its unlock delay has passed."""
    rule = own_rule(call, request["Identifier"])
    if rule.lock_at(call.now) != "locked" or rule.unlock_delay_days is None:
        raise conflict(f"The rule {rule.id} is {rule.lock_at(call.now)}, not locked.")
    rule.lock_state = "pending_unlock"
    rule.lock_ends_at = call.now + timedelta(days=rule.unlock_delay_days)
    return rule_shape(call, rule) | lock_configuration(rule)
