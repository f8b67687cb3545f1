"""The recycle bin's exceptions, each with its `Reason`."""

from amiable.protocol.faults import Fault


def invalid(message: str, reason: str = "INVALID_PARAMETER_VALUE") -> Fault:
    """ValidationException."""
    return Fault("ValidationException", message, members={"Reason": reason})


def no_rule(name: str) -> Fault:
    """ResourceNotFoundException."""
    return Fault(
        "ResourceNotFoundException", f"There is no rule {name}.", members={"Reason": "RULE_NOT_FOUND"}
    )


def conflict(message: str) -> Fault:
    """ConflictException: the rule's lock forbids it."""
    return Fault("ConflictException", message, members={"Reason": "INVALID_RULE_STATE"})


def over_quota(limit: int) -> Fault:
    """ServiceQuotaExceededException."""
    return Fault(
        "ServiceQuotaExceededException",
        f"You have reached your limit of {limit} rules; the setting quotas.recycle-rules raises it.",
        members={"Reason": "SERVICE_QUOTA_EXCEEDED"},
    )
