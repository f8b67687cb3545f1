"""The catalog as operations use it: what is listed is imported when somebody launches it."""

from typing import Any

from amiable.api.call import Call
from amiable.compute.catalog import Entry, entry_named, load
from amiable.core.errors import NotFound
from amiable.flows import catalog
from amiable.flows.catalog_begin import begin_import, give_way
from amiable.model.image import Image
from amiable.protocol.faults import Fault


def entry_of(call: Call, name: str) -> Entry:
    """An entry of the catalog. Raises InvalidParameterValue."""
    try:
        return entry_named(catalog.folder_of(call.settings), name)
    except NotFound as unknown:
        raise Fault("InvalidParameterValue", str(unknown)) from unknown


def entry_values(call: Call, name: str) -> dict[str, Any]:
    """What the catalog says of a public image that the built-in account makes under an entry's name.

    The image that stands for the entry in this region, but is not imported, gives its name away.
    """
    entry = load(catalog.folder_of(call.settings)).get(name)
    if entry is None or entry.product is not None:
        return {}
    give_way(call.session, call.account_id, call.region, name)
    return {
        "catalog_name": name,
        "public_parameter_name": entry.parameter,
        "free_tier_eligible": entry.free_tier,
    }


def import_listed(call: Call, image: Image) -> None:
    """Begin the import of a listed image, unless it is under way. Raises InvalidAMIID.Unavailable."""
    try:
        entry = entry_of(call, str(image.catalog_name))
    except Fault as unknown:
        raise Fault(
            "InvalidAMIID.Unavailable", f"The image ID: '{image.id}' is no longer available"
        ) from unknown
    begin_import(call.session, call.settings, entry)
