"""What a stored image says of itself: there and back, and nothing that a forger could put into rows."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from amiable.blocks.place import Folder
from amiable.core import clock
from amiable.core.errors import Corrupt, NotFound
from amiable.core.settings import Settings
from amiable.flows.places import place_of, source_of
from amiable.flows.stored_image import columns_of, describe, devices_of, row_of, tags_in
from amiable.model.image import Image, ImageDevice

IMAGE = Image(
    id="ami-1",
    region="us-east-1",
    account_id="1" * 12,
    name="web",
    description="a web server",
    architecture="x86_64",
    boot_mode="uefi",
    root_device_name="/dev/sda1",
    virtualization_type="hvm",
    ena_support=True,
    imds_support="v2.0",
    created_at=clock.now(),
    devices=[
        ImageDevice(
            device_name=name,
            position=position,
            snapshot_id=snapshot,
            volume_size=8,
            volume_type="gp3",
            iops=4000,
            delete_on_termination=True,
        )
        for position, (name, snapshot) in enumerate((("/dev/sda1", "snap-1"), ("/dev/sdf", None)))
    ],
)
ABOUT = describe(IMAGE, {"stage": "test"})
SIZES = {"snap-1": 8}


def read(about: Any) -> None:
    columns_of(about, "x.bin")
    devices_of(about, SIZES, "x.bin")
    tags_in(about, "x.bin")


def test_there_and_back() -> None:
    columns = columns_of(ABOUT, "x.bin")
    assert {name: getattr(IMAGE, name) for name in columns} == columns
    assert set(columns) >= {"name", "description", "boot_mode", "imds_support"}
    root, data = devices_of(ABOUT, SIZES, "x.bin")
    assert (root.manifest, data.manifest) == ("snap-1", None)
    row = row_of(root, "ami-2", 0, "snap-9")
    assert (row.image_id, row.snapshot_id, row.iops, row.volume_size) == ("ami-2", "snap-9", 4000, 8)
    assert tags_in(ABOUT, "x.bin") == {"stage": "test"}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("image",), None),
        (("image",), []),
        (("image", "name"), "x"),
        (("image", "name"), "semi;colon"),
        (("image", "name"), 7),
        (("image", "architecture"), "z80"),
        (("image", "architecture"), ["x86_64"]),
        (("image", "ena_support"), "yes"),
        (("image", "description"), "x" * 256),
        (("image", "root_device_name"), "../../etc"),
        (("image", "uefi_data"), {"a": 1}),
        (("devices",), None),
        (("devices",), []),
        (("devices",), [1]),
        (("devices", 0, "device_name"), "/dev/sdf"),
        (("devices", 0, "device_name"), 1),
        (("devices", 0, "device_name"), ["a"]),
        (("devices", 0, "volume_size"), 7),
        (("devices", 0, "volume_size"), True),
        (("devices", 1, "volume_size"), 65537),
        (("devices", 0, "volume_type"), "ssd"),
        (("devices", 0, "iops"), -1),
        (("devices", 0, "throughput"), "fast"),
        (("devices", 0, "delete_on_termination"), 1),
        (("devices", 0, "manifest"), "snap-2"),
        (("devices", 0, "manifest"), None),
        (("devices", 0, "manifest"), []),
        (("devices", 0, "owner"), "me"),
        (("tags",), None),
        (("tags",), {str(number): "" for number in range(51)}),
        (("tags", "stage"), 1),
        (("tags", "aws:marketplace"), "x"),
        (("tags", "x" * 128), "x"),
    ],
)
def test_lies(path: tuple[str | int, ...], value: Any) -> None:
    about: Any = deepcopy(ABOUT)
    place = about
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    with pytest.raises(Corrupt, match=r"x\.bin"):
        read(about)


def test_whose_files_and_buckets(tmp_path: Path) -> None:
    settings = Settings(import_dir=tmp_path, buckets={"images": "111122223333,444455556666"})
    mine = place_of(settings, "111122223333", "file:")
    assert isinstance(mine, Folder)
    assert mine.folder == tmp_path / "111122223333"
    mine.write("a.raw", [b"mine"], {})
    (tmp_path / "a.raw").write_bytes(b"everyone's")
    for account, content in (("111122223333", b"mine"), ("999999999999", b"everyone's")):
        assert source_of(settings, account, "file:", "a.raw").read("a.raw", 0, 99) == content
    place_of(settings, "444455556666", "images")
    for account, bucket in (("999999999999", "images"), ("111122223333", "others"), ("", "images")):
        with pytest.raises(NotFound, match="not one that this account may use"):
            place_of(settings, account, bucket)
