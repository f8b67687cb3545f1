"""Errors of Image Builder: exceptions of its model, with their HTTP status."""

from amiable.protocol.faults import Fault


def invalid(message: str) -> Fault:
    """InvalidParameterValueException: correct the value."""
    return Fault("InvalidParameterValueException", message)


def combination(message: str) -> Fault:
    """InvalidParameterCombinationException: leave one of them out, or give the other."""
    return Fault("InvalidParameterCombinationException", message)


def refused(message: str) -> Fault:
    """InvalidRequestException: this server does not do that, or not in this state."""
    return Fault("InvalidRequestException", message)


def not_found(arn: str) -> Fault:
    """ResourceNotFoundException, also for what belongs to somebody else."""
    return Fault("ResourceNotFoundException", f"The resource with ARN '{arn}' does not exist.")


def depended_on(arn: str, by: list[str]) -> Fault:
    """ResourceDependencyException: delete the others first."""
    shown = ", ".join(by[:5]) + (f" and {len(by) - 5} more" if len(by) > 5 else "")
    return Fault("ResourceDependencyException", f"The resource '{arn}' is used by: {shown}.")
