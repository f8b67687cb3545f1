"""Import: UEFI boots too; what is no sound disk fails with a reason and leaves nothing behind."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.guest import launch
from tests.helpers.server import Server, eventually


def imports(server: Server, file: str, **request: Any) -> dict[str, Any]:
    """ImportDisk, and the image once it has settled."""
    account = server.account("importer")
    answer = account.client("amiable").import_disk(Source=f"file:{file}", **request)
    images = account.client("ec2").describe_images

    def settled() -> dict[str, Any] | None:
        (image,) = images(ImageIds=[answer["ImageId"]])["Images"]
        return image if image["State"] != "pending" else None

    return dict(eventually(settled, within=120, what=file))


@pytest.fixture
def folder(server: Server) -> Path:
    return server.loaded().import_folder


@pytest.mark.parametrize("name", ["truncated.qcow2", "text.raw", "empty.vmdk"])
def test_what_is_no_sound_disk_fails_with_a_reason(server: Server, folder: Path, name: str) -> None:
    contents = {
        "truncated.qcow2": b"QFI\xfb\x00\x00\x00\x03" + b"\x00" * 40,
        "text.raw": b"not a disk at all",
        "empty.vmdk": b"",
    }
    (folder / name).write_bytes(contents[name])
    image = imports(server, name, Name=f"bad {name}")
    assert image["State"] == "failed"
    assert image["StateReason"]["Message"]
    assert not any((server.loaded().data_dir / "work").iterdir())


def test_a_wrong_checksum_is_refused(server: Server, folder: Path, tiny_disk: Path) -> None:
    shutil.copy(tiny_disk, folder / "doubtful.raw")
    image = imports(server, "doubtful.raw", Name="doubtful", Checksum="sha256:" + "0" * 64)
    assert image["State"] == "failed"
    assert "sha256" in image["StateReason"]["Message"]


def test_no_path_leads_out_of_the_import_folder(server: Server, folder: Path) -> None:
    client = server.account("importer").client("amiable")
    (folder / "link.raw").symlink_to("/etc/shadow")
    for source in ("file:../secret.key", "file:/etc/shadow", "/etc/shadow", "file:link.raw", "http://x/y"):
        with pytest.raises(client.exceptions.ClientError, match="InvalidParameterValue"):
            client.import_disk(Source=source, Name="theft")


def test_a_uefi_image_boots_by_uefi(server: Server, folder: Path, tiny_disk: Path) -> None:
    shutil.copy(tiny_disk, folder / "uefi.raw")
    image = imports(server, "uefi.raw", Name="tiny-uefi", BootMode="uefi")
    assert (image["State"], image["BootMode"]) == ("available", "uefi")
    guest = launch(server.account("importer"), image["ImageId"], 22).until_ssh()
    try:
        assert guest.ssh("ls -d /sys/firmware/efi") == "/sys/firmware/efi"
    finally:
        guest.terminate()
