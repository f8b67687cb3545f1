"""What a server does once a minute because time has passed: one function a chore.

A chore looks at rows and changes rows, enqueues stories, or mends what this host should have. It must be
harmless when another server does it at the same moment, and short: long work is a story.
"""

from collections.abc import Callable

from amiable.compute import console
from amiable.core import clock
from amiable.core.errors import AmiableError
from amiable.core.log import logger
from amiable.flows import attachments, metering, networks, recycle_bin, uploads
from amiable.flows.host import Host
from amiable.model.database import Database
from amiable.model.retention import forget

log = logger(__name__)

Chore = Callable[[Host, Database], None]


def forget_old_rows(host: Host, database: Database) -> None:
    """Rows that nobody asks for any more."""
    with database.write() as session:
        forget(session, clock.now())


def trim_consoles(host: Host, database: Database) -> None:
    """Bound the console logs of guests that talk for ever."""
    folder = host.settings.data_dir / "instances"
    for directory in sorted(folder.iterdir()) if folder.exists() else ():
        console.trim(directory)


def mend_networks(host: Host, database: Database) -> None:
    """Mend what an administrator's `nft flush ruleset` or the like has damaged."""
    for vpc_id in networks.vpcs_here(host, database):
        try:
            networks.refresh(host, database, vpc_id)
        except AmiableError as trouble:
            log.error("the network of %s could not be mended: %s", vpc_id, trouble)


CHORES: tuple[Chore, ...] = (
    forget_old_rows,
    trim_consoles,
    mend_networks,
    metering.see_machines,
    attachments.ask_again,
    recycle_bin.empty,
    uploads.expire,
)
