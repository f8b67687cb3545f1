"""All stories, by kind: the table that the engine works from."""

from amiable.flows.attachments import attach_volume, detach_volume
from amiable.flows.catalog_import import catalog_import
from amiable.flows.clean_image import clean_image
from amiable.flows.copies import copy_image, copy_snapshot
from amiable.flows.create_image import create_image
from amiable.flows.create_snapshots import create_snapshots
from amiable.flows.delete_snapshot import collect, delete_snapshot
from amiable.flows.export_image import export_image
from amiable.flows.host import Host
from amiable.flows.import_disk import import_disk
from amiable.flows.import_task import import_image, import_snapshot
from amiable.flows.inspect import inspect
from amiable.flows.interfaces import attach_interface, detach_interface
from amiable.flows.launch import launch, start
from amiable.flows.modify_volume import modify_volume
from amiable.flows.refresh_network import refresh_network
from amiable.flows.replace_root import replace_root_volume
from amiable.flows.stop import exited, reboot, stop, terminate
from amiable.flows.store_image import restore_image, store_image
from amiable.flows.story import Story
from amiable.flows.uploads import complete_upload, discard_upload
from amiable.flows.volume_life import create_volume, delete_volume

STORIES: dict[str, Story[Host]] = {
    each.kind: each
    for each in (
        attach_interface,
        attach_volume,
        catalog_import,
        clean_image,
        collect,
        complete_upload,
        copy_image,
        copy_snapshot,
        create_image,
        create_snapshots,
        create_volume,
        delete_snapshot,
        delete_volume,
        detach_volume,
        detach_interface,
        discard_upload,
        exited,
        export_image,
        import_disk,
        inspect,
        import_image,
        import_snapshot,
        launch,
        modify_volume,
        reboot,
        refresh_network,
        replace_root_volume,
        restore_image,
        start,
        stop,
        store_image,
        terminate,
    )
}
