"""EBS direct's exceptions, each with its `Reason`."""

from collections.abc import Iterator
from contextlib import contextmanager

from amiable.core.errors import AmiableError
from amiable.core.log import logger
from amiable.protocol.faults import Fault

log = logger(__name__)


def invalid(message: str, reason: str = "INVALID_PARAMETER_VALUE") -> Fault:
    """ValidationException."""
    return Fault("ValidationException", message, members={"Reason": reason})


def not_found(snapshot_id: str) -> Fault:
    """ResourceNotFoundException."""
    message = f"The snapshot '{snapshot_id}' does not exist."
    return Fault("ResourceNotFoundException", message, members={"Reason": "SNAPSHOT_NOT_FOUND"})


def not_yours(snapshot_id: str) -> Fault:
    """AccessDeniedException: it is shared for reading only."""
    message = f"The snapshot '{snapshot_id}' belongs to another account."
    return Fault("AccessDeniedException", message, members={"Reason": "UNAUTHORIZED_ACCOUNT"})


@contextmanager
def of_the_store(snapshot_id: str) -> Iterator[None]:
    """A refusal of the block store is the server's fault: InternalServerException; clients try again."""
    try:
        yield
    except AmiableError as trouble:
        log.error("%s: %s", snapshot_id, trouble)
        raise Fault("InternalServerException", "The block store did not answer as it should.") from trouble
