"""The gate on real disks: what was imaged is reported on, and a clean image of an instance passes."""

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from amiable.blocks.ingest import ingest
from amiable.blocks.source import raw_file_source
from amiable.compute.cleaner.kit import kit_in
from amiable.core import ids
from amiable.flows.clean_image import clean_image
from amiable.flows.host import Host
from amiable.flows.publish import stored
from amiable.flows.story import Goto, Wait, Work
from amiable.model.database import Database
from amiable.model.flow import Flow, enqueue
from amiable.model.image import Image
from amiable.model.inspection import Inspection
from amiable.model.instance import Instance
from amiable.model.snapshot import Snapshot
from tests.helpers import file_systems as made
from tests.helpers.api import Api, new_api, refused
from tests.helpers.images import add_image, add_snapshot
from tests.helpers.inspections import carry_inspections, store_disk
from tests.unit.inspection.test_hygiene import CLEAN, DIRTY

STRANGER = "1" * 12


@pytest.fixture
def gated(database: Database, tmp_path: Path) -> Api:
    """An account on a server that shares nothing with findings of severity high, and has the cleaner."""
    api = new_api(database, share_gate="high", data_dir=tmp_path / "data")
    kit = kit_in(api.settings.data_dir)
    kit.kernel.parent.mkdir(parents=True)
    kit.kernel.touch()
    kit.initrd.touch()
    return api


def share(api: Api, image_id: str) -> None:
    api("ModifyImageAttribute", ImageId=image_id, LaunchPermission={"Add": [{"UserId": STRANGER}]})


def grantees(api: Api, image_id: str) -> list[str]:
    answer = api("DescribeImageAttribute", ImageId=image_id, Attribute="launchPermission")
    return [row["UserId"] for row in answer["LaunchPermissions"]]


def disk(folder: Path, name: str, files: dict[str, str | bytes]) -> Path:
    return made.ext(folder / name, made.write(folder / f"{name}-files", files))


def registered(api: Api, path: Path) -> str:
    """An image of a disk."""
    snapshot_id = ids.new_id("snap")
    digest = store_disk(api.stores[api.region], snapshot_id, path)
    add_snapshot(api, id=snapshot_id, size=1, manifest_digest=digest)
    request: dict[str, Any] = {
        "Name": "dirty",
        "RootDeviceName": "/dev/sda1",
        "VirtualizationType": "hvm",
        "Architecture": "x86_64",
        "BlockDeviceMappings": [{"DeviceName": "/dev/sda1", "Ebs": {"SnapshotId": snapshot_id}}],
    }
    return str(api("RegisterImage", **request)["ImageId"])


def test_findings_of_a_disk_refuse_until_they_are_accepted(gated: Api, tmp_path: Path) -> None:
    image_id = registered(gated, disk(tmp_path, "dirty", DIRTY))
    with refused("OperationNotPermitted", f"amiable scan {image_id}"):
        share(gated, image_id)
    asked = gated("InspectImage", "amiable", ResourceId=image_id)["Inspection"]["InspectionId"]
    with refused("OperationNotPermitted", "without a report"):  # it is only asked for
        share(gated, image_id)
    assert carry_inspections(gated) == 1
    for words in ("severity high or worse", "empty-password", "AcceptFindings", asked):
        with refused("OperationNotPermitted", words):
            share(gated, image_id)
    assert grantees(gated, image_id) == []
    gated("AcceptFindings", "amiable", InspectionId=asked, Reason="A machine to practise on.")
    share(gated, image_id)
    assert grantees(gated, image_id) == [STRANGER]
    with gated.database.read() as session:
        row = session.get_one(Inspection, asked)
        assert (row.accepted_by, row.accepted_reason) == (gated.access_key_id, "A machine to practise on.")
        assert row.accepted_at


def cleaned(api: Api, instance_id: str, path: Path) -> str:
    """A clean image of an instance: the story from where the cleaning machine has made `path` of its disk."""
    image_id = str(api("CreateCleanImage", "amiable", InstanceId=instance_id, Name="clean")["ImageId"])
    with api.database.write() as session:
        begun = session.query(Flow).filter_by(kind="create-image").one().state["cleaning"]
        (part,) = begun["parts"]
        with raw_file_source(path) as source:
            for name in (part["temporary"], part["snapshot"]):
                result = ingest(api.stores[api.region], source, name=name)
                stored(session, name, result, consistency="file-system")
        session.get_one(Snapshot, part["temporary"]).state = "completed"
        number = enqueue(session, "clean-image", image_id).number
    state = {**begun, "removed": [], "left": []}
    host = cast(Host, SimpleNamespace(name="here"))
    work = Work(number, "clean-image", image_id, 0, host, api.database, 15.0, state)
    assert isinstance(clean_image.steps["report"](work), Wait)
    assert carry_inspections(api) == 1
    for step, following in (("report", "publish"), ("publish", "tidy")):
        after = clean_image.steps[step](work)
        assert isinstance(after, Goto)
        assert after.step == following
    return image_id


def test_a_clean_image_passes(gated: Api, tmp_path: Path) -> None:
    image = add_image(gated).id
    launched = gated("RunInstances", ImageId=image, MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    with gated.database.write() as session:
        session.get_one(Instance, launched).state = "running"
    image_id = cleaned(gated, launched, disk(tmp_path, "clean", CLEAN))
    share(gated, image_id)
    assert grantees(gated, image_id) == [STRANGER]
    answer = gated("GetImageCleaning", "amiable", ImageId=image_id)["Cleaning"]
    assert json.loads(answer["SecurityGroupReview"])["findings"] == []
    report = gated("GetInspectionReport", "amiable", InspectionId=answer["InspectionId"])["Report"]
    assert {row["severity"] for row in json.loads(report)["findings"]} <= {"info", "low", "medium"}
    with gated.database.read() as session:
        assert session.get_one(Image, image_id).state == "available"


def test_a_stricter_gate_asks_more_of_it(gated: Api, tmp_path: Path) -> None:
    strict = replace(gated, settings=replace(gated.settings, share_gate="low"))
    image_id = registered(strict, disk(tmp_path, "clean", {**CLEAN, "etc/hostname": "build-7\n"}))
    strict("InspectImage", "amiable", ResourceId=image_id)
    carry_inspections(strict)
    with refused("OperationNotPermitted", "severity low or worse"):
        share(strict, image_id)
    share(gated, image_id)
