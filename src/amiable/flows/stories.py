"""All stories, by kind: the table that the engine works from."""

from amiable.flows.catalog_import import catalog_import
from amiable.flows.copies import copy_image, copy_snapshot
from amiable.flows.create_image import create_image
from amiable.flows.delete_snapshot import collect, delete_snapshot
from amiable.flows.host import Host
from amiable.flows.import_disk import import_disk
from amiable.flows.interfaces import attach_interface, detach_interface
from amiable.flows.launch import launch, start
from amiable.flows.refresh_network import refresh_network
from amiable.flows.stop import exited, reboot, stop, terminate
from amiable.flows.story import Story

STORIES: dict[str, Story[Host]] = {
    each.kind: each
    for each in (
        attach_interface,
        catalog_import,
        collect,
        copy_image,
        copy_snapshot,
        create_image,
        delete_snapshot,
        detach_interface,
        exited,
        import_disk,
        launch,
        reboot,
        refresh_network,
        start,
        stop,
        terminate,
    )
}
