"""The catalog as operations use it: what is listed is imported when somebody launches it."""

from amiable.api.call import Call
from amiable.compute.catalog import Entry, entry_named
from amiable.core.errors import NotFound
from amiable.flows import catalog
from amiable.model.image import Image
from amiable.protocol.faults import Fault


def entry_of(call: Call, name: str) -> Entry:
    """An entry of the catalog. Raises InvalidParameterValue."""
    try:
        return entry_named(catalog.folder_of(call.settings), name)
    except NotFound as unknown:
        raise Fault("InvalidParameterValue", str(unknown)) from unknown


def import_listed(call: Call, image: Image) -> None:
    """Begin the import of a listed image, unless it is under way. Raises InvalidAMIID.Unavailable."""
    try:
        entry = entry_of(call, str(image.catalog_name))
    except Fault as unknown:
        raise Fault(
            "InvalidAMIID.Unavailable", f"The image ID: '{image.id}' is no longer available"
        ) from unknown
    catalog.begin_import(call.session, call.settings, entry)
