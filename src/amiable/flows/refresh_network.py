"""refresh-network: rules changed; running instances of the VPC get them now."""

from amiable.core.log import logger
from amiable.flows import networks
from amiable.flows.host import Host
from amiable.flows.story import Done, Next, Work, story

log = logger(__name__)


def apply(work: Work[Host]) -> Next:
    """Make the real network what the rows say."""
    networks.refresh(work.host, work.database, work.subject)
    return Done()


def apply_failed(work: Work[Host], reason: str) -> None:
    """The old rules stand; the next change or restart applies the new ones."""
    log.error("the network of %s could not be refreshed: %s", work.subject, reason)


refresh_network = story("refresh-network", apply, failed=apply_failed)
