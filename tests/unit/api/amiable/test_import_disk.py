"""ImportDisk: files of the import folder only, checked words, the same token twice."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from amiable.model.account import Account
from amiable.model.flow import Flow
from tests.helpers.api import Api, refused


@pytest.fixture
def importer(api: Api, tmp_path: Path) -> Api:
    """An account on a server with `disk.raw` in its import folder."""
    settings = replace(api.settings, data_dir=tmp_path)
    settings.import_folder.mkdir()
    (settings.import_folder / "disk.raw").write_bytes(b"disk")
    (settings.import_folder / "link.raw").symlink_to("/etc/passwd")
    return replace(api, settings=settings)


def begin(api: Api, **request: Any) -> dict[str, Any]:
    return api("ImportDisk", "amiable", **{"Source": "file:disk.raw", "Name": "web", **request})


def test_an_image_and_its_snapshot_are_pending(importer: Api) -> None:
    tags = [{"ResourceType": "image", "Tags": [{"Key": "role", "Value": "web"}]}]
    made = begin(importer, BootMode="uefi", Description="d", TagSpecifications=tags)
    (image,) = importer("DescribeImages", ImageIds=[made["ImageId"]])["Images"]
    assert (image["State"], image["BootMode"], image["Public"]) == ("pending", "uefi", False)
    assert image["Tags"] == [{"Key": "role", "Value": "web"}]
    assert image["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"] == made["SnapshotId"]
    with importer.database.read() as session:
        flow = session.scalars(select(Flow).where(Flow.subject == made["ImageId"])).one()
        assert (flow.kind, flow.state["file"]) == ("import-disk", "disk.raw")


def test_a_token_gives_the_same_image_again(importer: Api) -> None:
    made = begin(importer, ClientToken="t")
    assert begin(importer, ClientToken="t") == made
    with refused("IdempotentParameterMismatch"):
        begin(importer, ClientToken="t", Name="other")


@pytest.mark.parametrize(
    ("code", "request_"),
    [
        ("InvalidParameterValue", {"Source": "file:../secret.key"}),
        ("InvalidParameterValue", {"Source": "file:link.raw"}),
        ("InvalidParameterValue", {"Source": "file:none.raw"}),
        ("InvalidParameterValue", {"Source": "https://example.com/disk.raw"}),
        ("InvalidParameterValue", {"Checksum": "md5:0"}),
        ("InvalidParameterValue", {"BootMode": "bios"}),
        ("UnsupportedOperation", {"Architecture": "arm64"}),
        ("InvalidAMIName.Malformed", {"Name": "x"}),
        ("OperationNotPermitted", {"Public": True}),
    ],
)
def test_refused_imports(importer: Api, code: str, request_: dict[str, Any]) -> None:
    with refused(code):
        begin(importer, **request_)
    assert importer("DescribeImages")["Images"] == []


def test_a_built_in_account_publishes_at_once(importer: Api) -> None:
    with importer.database.write() as session:
        session.get_one(Account, importer.account_id).alias = "amazon"
    made = begin(importer, Public=True)
    (image,) = importer.other_account()("DescribeImages", ImageIds=[made["ImageId"]])["Images"]
    assert (image["Public"], image["ImageOwnerAlias"]) == (True, "amazon")
