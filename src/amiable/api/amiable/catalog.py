"""The catalog of public images: what there is, and its import into every region."""

from datetime import datetime

from sqlalchemy import func, select

from amiable.api.call import Call
from amiable.api.catalog import entry_of
from amiable.api.table import Shape, operation
from amiable.compute.catalog import Entry, load
from amiable.flows import catalog
from amiable.flows.catalog_begin import begin_import
from amiable.model.account import Account
from amiable.model.image import IMPORTING, NOT_IMPORTED, Image
from amiable.model.snapshot import Snapshot
from amiable.protocol.faults import Fault


@operation("amiable", "DescribeCatalog")
def describe_catalog(call: Call, request: Shape) -> Shape:
    """The images of the catalog, and what is imported of them in this region."""
    wanted = request.get("Names") or []
    for name in wanted:
        entry_of(call, name)
    entries = load(catalog.folder_of(call.settings)).values()
    return {"CatalogImages": [_shape(call, entry) for entry in entries if not wanted or entry.name in wanted]}


def _shape(call: Call, entry: Entry) -> Shape:
    image = catalog.current(call.session, entry.name, call.region)
    busy = catalog.under_way(call.session, entry.name)
    state = "available" if image is not None and image.state == "available" else "listed"
    shape: Shape = {
        "Name": entry.name,
        "Distribution": entry.distribution,
        "Release": entry.release,
        "Description": entry.description,
        "Architecture": entry.architecture,
        "UserName": entry.user,
        "BootMode": entry.boot_mode,
        "FreeTierEligible": entry.free_tier,
        "Size": entry.size,
        "Source": entry.source,
        "State": "importing" if busy else state,
    }
    optional = {
        "PublicSsmParameterName": entry.parameter,
        "ProductName": entry.product.name if entry.product else None,
        "ImageId": image.id if image else None,
        "ImportedAt": _imported_at(image),
        "Message": image.state_reason_message if image and not busy else None,
        "Progress": _progress(call, busy.state["snapshots"]) if busy else None,
    }
    return shape | {key: value for key, value in optional.items() if value}


def _imported_at(image: Image | None) -> datetime | None:
    return image.created_at if image is not None and image.state == "available" else None


def _progress(call: Call, snapshots: dict[str, str]) -> str:
    """The import's, over all regions that it is for."""
    query = select(func.avg(Snapshot.progress)).where(Snapshot.id.in_(snapshots.values()))
    return f"{int(call.session.scalar(query) or 0)}%"


@operation("amiable", "PullCatalogImage")
def pull_catalog_image(call: Call, request: Shape) -> Shape:
    """Import an image of the catalog into every region, now rather than at its first launch."""
    entry = entry_of(call, request["Name"])
    refresh = bool(request.get("Refresh"))
    if refresh and not call.session.get_one(Account, call.account_id).alias:
        raise Fault("OperationNotPermitted", "Only a built-in account can import a catalog image anew.")
    begin_import(call.session, call.settings, entry, refresh=refresh)
    image = catalog.current(call.session, entry.name, call.region)
    assert image is not None, "begin_import lists what is missing"
    importing = image.state_reason_code in (IMPORTING, NOT_IMPORTED) or refresh
    return {"ImageId": image.id, "State": "importing" if importing else image.state}
