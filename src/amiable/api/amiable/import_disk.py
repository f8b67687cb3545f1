"""ImportDisk: a disk file becomes an image.

The file lies in the server's import folder and is named `file:NAME`; no path leads out of the folder. The
server never fetches a URL that a tenant names (clients do: `amiable image import URL`), so it cannot be made
to send requests for one.

A public image that the built-in account imports under the name of an entry of the catalog is that entry's.
"""

import re
from pathlib import Path

from amiable.api.call import Call
from amiable.api.catalog import entry_values
from amiable.api.client_tokens import made_before, remember
from amiable.api.faults import invalid
from amiable.api.image_names import check_image_name
from amiable.api.table import Shape, operation
from amiable.api.tags import apply, specified
from amiable.core import ids
from amiable.model.account import Account
from amiable.model.flow import enqueue
from amiable.model.image import EVERYONE, Image, ImageDevice, LaunchPermission
from amiable.model.snapshot import Snapshot
from amiable.protocol.faults import Fault

_FILE = re.compile(r"^file:([A-Za-z0-9][A-Za-z0-9._+-]{0,200})$")
_CHECKSUM = re.compile(r"^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$")


def _source(call: Call, source: str) -> Path:
    match = _FILE.match(source)
    if match is None:
        raise invalid("Source must be file:NAME, a file's name in the server's import folder.")
    path = call.settings.import_folder / match.group(1)
    if path.is_symlink() or not path.is_file():
        raise invalid(f"There is no file {match.group(1)} in the server's import folder.")
    return path


@operation("amiable", "ImportDisk")
def import_disk(call: Call, request: Shape) -> Shape:
    """Make an image of a disk file in the import folder."""
    if known := made_before(call, "ImportDisk", request):
        image = call.session.get_one(Image, known)
        return {"ImageId": image.id, "SnapshotId": image.devices[0].snapshot_id}
    path = _source(call, request["Source"])
    account = call.session.get_one(Account, call.account_id)
    of_catalog = entry_values(call, request["Name"]) if account.alias and request.get("Public") else {}
    check_image_name(call, request["Name"])
    checksum = request.get("Checksum")
    if checksum and not _CHECKSUM.match(checksum):
        raise invalid("Checksum must be sha256: or sha512: and the digest in hex.")
    boot_mode = request.get("BootMode") or "legacy-bios"
    if boot_mode not in ("legacy-bios", "uefi"):
        raise invalid("BootMode must be legacy-bios or uefi.")
    if (request.get("Architecture") or "x86_64") != "x86_64":
        raise Fault("UnsupportedOperation", "Only the architecture x86_64 is supported.")
    if request.get("Public") and not account.alias:
        raise Fault("OperationNotPermitted", "Only a built-in account can publish an image at its import.")
    tags = specified(request, "image", "snapshot")
    snapshot = Snapshot(
        id=ids.new_id("snap"),
        region=call.region,
        account_id=call.account_id,
        volume_size=1,  # known once the file has been read
        description=f"Imported from {path.name}",
        started_at=call.now,
    )
    root = request.get("RootDeviceName") or "/dev/sda1"
    image_id = ids.new_id("ami")
    image = Image(
        id=image_id,
        region=call.region,
        account_id=call.account_id,
        owner_alias=account.alias,
        name=request["Name"],
        description=request.get("Description"),
        boot_mode=boot_mode,
        root_device_name=root,
        created_at=call.now,
        devices=[
            ImageDevice(
                image_id=image_id, device_name=root, position=0, snapshot_id=snapshot.id, volume_size=1
            )
        ],
        permissions=[LaunchPermission(image_id=image_id, grantee=EVERYONE)] if request.get("Public") else [],
        **of_catalog,
    )
    call.session.add_all([snapshot, image])
    apply(call, image.id, "image", tags.get("image"))
    apply(call, snapshot.id, "snapshot", tags.get("snapshot"))
    call.session.flush()
    enqueue(
        call.session,
        "import-disk",
        image.id,
        host=call.settings.host_name,
        snapshot_id=snapshot.id,
        file=path.name,
        checksum=checksum,
    )
    remember(call, "ImportDisk", request, image.id)
    return {"ImageId": image.id, "SnapshotId": snapshot.id}
