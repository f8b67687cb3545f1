"""attach-interface and detach-interface: a network interface of a running machine, hot.

    attach:  plug ──► done (attached)         failed: the interface is free again
    detach:  unplug ──► done (available)      failed: it stays attached, for the guest still uses it

Stories of one instance run in order, so a machine that ends meanwhile has been dealt with before or is after.
"""

import os

from amiable.compute import nic_plug, process
from amiable.compute.net.names import tap, vpc_name
from amiable.compute.net.tap import open_tap
from amiable.compute.spec import Nic
from amiable.core.log import logger
from amiable.flows import networks
from amiable.flows.host import Host
from amiable.flows.machines import instance_of
from amiable.flows.story import Done, Next, Work, story
from amiable.model.network import NetworkInterface
from amiable.model.network import detach as detach_row

log = logger(__name__)
LET_GO_SECONDS, FORCED_SECONDS = 60.0, 10.0


def _runs(work: Work[Host]) -> bool:
    running = process.find(work.host.machine_directory(work.subject))
    if running is None:
        return False
    running.close()
    return True


def _interface(work: Work[Host]) -> NetworkInterface | None:
    """The interface, while it is this instance's."""
    with work.database.read() as session:
        found = session.get(NetworkInterface, work.state["interface_id"])
        return found if found is not None and found.instance_id == work.subject else None


def plug(work: Work[Host]) -> Next:
    """Make its tap, and plug it in. A machine that does not run gets it when it starts."""
    interface = _interface(work)
    if interface is None or interface.attachment_state != "attaching":
        return Done()
    if _runs(work):
        networks.refresh(work.host, work.database, interface.vpc_id)
        namespace = vpc_name(work.host.network.token, interface.vpc_id)
        nic = Nic(interface.id, interface.mac, namespace, tap(interface.id))
        nic_plug.plug(
            work.host.machine_directory(work.subject), nic, lambda: open_tap(namespace, nic.tap), os.close
        )
    with work.transaction() as session:
        row = session.get(NetworkInterface, interface.id)
        if row is not None and row.attachment_state == "attaching":
            row.attachment_state = "attached"
    return Done()


def unplug(work: Work[Host]) -> Next:
    """Pull it, then take its tap and its row's attachment away."""
    interface = _interface(work)
    if interface is None or interface.attachment_state != "detaching":
        return Done()
    force = bool(work.state.get("force"))
    if _runs(work):
        nic_plug.unplug(
            work.host.machine_directory(work.subject),
            interface.id,
            force=force,
            within=FORCED_SECONDS if force else LET_GO_SECONDS,
        )
    _free(work, "detaching")
    return Done()


def _free(work: Work[Host], state: str) -> None:
    """Take the attachment away, and the tap."""
    with work.transaction() as session:
        vpc_id = instance_of(session, work.subject).vpc_id
        row = session.get(NetworkInterface, work.state["interface_id"])
        if row is not None and row.instance_id == work.subject and row.attachment_state == state:
            detach_row(session, row)
    networks.refresh(work.host, work.database, vpc_id)


def attach_failed(work: Work[Host], reason: str) -> None:
    """The machine does not take it."""
    log.error("%s: %s could not be attached: %s", work.subject, work.state["interface_id"], reason)
    _free(work, "attaching")


def detach_failed(work: Work[Host], reason: str) -> None:
    """The guest does not let go. Forced, its wire is cut by now: only the empty device is left in it."""
    log.error("%s: %s could not be detached: %s", work.subject, work.state["interface_id"], reason)
    if work.state.get("force"):
        _free(work, "detaching")
        return
    with work.transaction() as session:
        row = session.get(NetworkInterface, work.state["interface_id"])
        if row is not None and row.instance_id == work.subject and row.attachment_state == "detaching":
            row.attachment_state = "attached"


attach_interface = story("attach-interface", plug, failed=attach_failed)
detach_interface = story("detach-interface", unplug, failed=detach_failed)
