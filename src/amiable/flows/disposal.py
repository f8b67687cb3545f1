"""What is taken away when an instance stops or ends: machine, public address, volumes, interfaces.

A volume that the guest would not give back is free once the process has ended.

Order: the process ends first, then rows let go of addresses and the network is refreshed from them, then
files go; so nothing is handed to another instance while this one still uses it.
"""

import shutil
from collections.abc import Callable

from amiable.compute import machine
from amiable.core import clock
from amiable.flows import networks
from amiable.flows.detachment import set_free
from amiable.flows.host import Host
from amiable.flows.machines import instance_of
from amiable.flows.story import Work
from amiable.model.instance import Instance
from amiable.model.network import detach, drop_interface, release_public
from amiable.model.product_code import drop_codes
from amiable.model.tag import drop_tags
from amiable.model.usage import end_use
from amiable.model.volume import Volume


def let_go(work: Work[Host], note: Callable[[Instance], None]) -> None:
    """After the process has ended: `note` the new state, give the public address back, take the tap away.

    State and address change together: a stopped instance has no public address.
    """
    with work.transaction() as session:
        instance = instance_of(session, work.subject)
        note(instance)
        end_use(session, instance.id, clock.now())
        for attachment in list(instance.attachments):
            if attachment.state == "detaching":
                set_free(session, instance, attachment)
        for interface in instance.interfaces:
            release_public(session, interface)
        vpc_id = instance.vpc_id
    networks.refresh(work.host, work.database, vpc_id)


def discard(work: Work[Host]) -> None:
    """Take an instance in `shutting-down` away for good; its row stays as `terminated`."""
    host = work.host
    machine.kill(host.machine_directory(work.subject))
    with work.database.read() as session:
        instance = instance_of(session, work.subject)
        doomed = [row.volume_id for row in instance.attachments if row.delete_on_termination]
    for volume_id in doomed:
        shutil.rmtree(host.volume_path(volume_id).parent, ignore_errors=True)
    with work.transaction() as session:
        instance = instance_of(session, work.subject)
        for attachment in list(instance.attachments):
            volume = session.get_one(Volume, attachment.volume_id)
            if attachment.delete_on_termination:
                drop_tags(session, volume.id)
                drop_codes(session, volume.id)
                session.delete(volume)
            else:
                volume.state = "available" if host.volume_path(volume.id).exists() else "error"
                session.delete(attachment)
        for interface in list(instance.interfaces):
            if interface.delete_on_termination:
                drop_interface(session, interface)
            else:
                detach(session, interface)
        instance.state = "terminated"
        instance.terminated_at = clock.now()
        end_use(session, instance.id, instance.terminated_at)
        vpc_id = instance.vpc_id
    networks.refresh(host, work.database, vpc_id)
    shutil.rmtree(host.machine_directory(work.subject), ignore_errors=True)
