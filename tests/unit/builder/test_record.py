"""What is recorded of a build's image: by the real stories, of real disks in a real store."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from amiable.builder.execution.stage import executions_of, steps_of
from amiable.core import clock
from amiable.flows.story import Done, Wait
from amiable.model.database import Database
from amiable.model.image_build import ImageBuild
from amiable.model.inspection import Inspection
from amiable.model.retention import forget
from amiable.model.snapshot import Snapshot
from tests.helpers import file_systems as made
from tests.helpers.api import new_api
from tests.helpers.file_systems import MIB
from tests.helpers.images import add_image
from tests.helpers.inspections import carry_inspections, store_disk
from tests.unit.api.examples.builder import SERVICE
from tests.unit.builder.test_execution import Site
from tests.unit.inspection.test_diff import FILES


class Recorder(Site):
    """Builds whose images are disks."""

    def built(self, disk: Path | None, **more: Any) -> str:
        """A build at its end, whose image is of a disk; None: of one that is not in the store."""
        arn = self.begin(self.workflow("BUILD"), **more)
        self.carry(arn)
        image = add_image(self.api, f"of-{arn[-9:]}")
        with self.api.database.write() as session:
            session.get_one(ImageBuild, self.row(arn).id).image_id = image.id
            if disk is not None:
                snapshot = session.get_one(Snapshot, image.devices[0].snapshot_id)
                store = self.api.stores[self.api.region]
                snapshot.manifest_digest = store_disk(store, snapshot.id, disk)
        self.answer(arn, "RESUME")
        self.answer(arn, "RESUME")
        return arn

    def record(self, arn: str) -> dict[str, Any]:
        return self.api("GetBuildRecord", "amiable", ImageBuildVersionArn=arn)

    def inspections(self) -> int:
        with self.api.database.read() as session:
            return session.scalar(select(func.count()).select_from(Inspection)) or 0


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Recorder:
    return Recorder(new_api(database, data_dir=tmp_path))


def test_packages_and_findings_are_recorded(site: Recorder, tmp_path: Path) -> None:
    files = {**FILES, "root/.bash_history": "ls\n"}
    arn = site.built(made.ext(tmp_path / "disk", made.write(tmp_path / "root", files), size=64 * MIB))
    assert site.row(arn).state == "INTEGRATING"
    assert isinstance(site.carry(arn), Wait)
    assert "being inspected" in site.record(arn)["Reason"]
    assert carry_inspections(site.api) == 1, "one, however often the step runs"
    assert isinstance(site.carry(arn), Done)
    assert site.row(arn).state == "AVAILABLE"
    record = site.record(arn)
    assert record["PackageCount"] == 2
    assert record["Inspection"]["Counts"]
    assert "Reason" not in record
    inspection = {"InspectionId": record["Inspection"]["InspectionId"]}
    report = json.loads(site.api("GetInspectionReport", "amiable", **inspection)["Report"])
    assert "/root/.bash_history" in {found.get("file") for found in report["findings"]}
    for form in ("spdx", "cyclonedx"):
        assert "bash" in site.api("GetBillOfMaterials", "amiable", **inspection, Format=form)["Document"]
    packages = site.api("ListImagePackages", SERVICE, imageBuildVersionArn=arn)["imagePackageList"]
    assert packages == [{"packageName": name, "packageVersion": "1"} for name in ("bash", "old")]
    for search in (True, False):  # amiable scan, amiable packages
        asked = {"ResourceId": site.row(arn).image_id, "SearchBlocks": search}
        assert (
            site.api("InspectImage", "amiable", **asked)["Inspection"]["InspectionId"]
            == inspection["InspectionId"]
        )


def test_a_record_stays_as_long_as_its_build(site: Recorder, tmp_path: Path) -> None:
    arn = site.built(made.ext(tmp_path / "disk", made.write(tmp_path / "root", FILES), size=64 * MIB))
    carry_inspections(site.api)
    site.carry(arn)
    later = clock.now() + timedelta(days=100)
    with site.api.database.write() as session:
        forget(session, later)
    assert site.record(arn)["PackageCount"] == 2
    site.api("DeleteImage", SERVICE, imageBuildVersionArn=arn)
    with site.api.database.write() as session:
        forget(session, later)
    assert site.inspections() == 0


def test_a_disk_that_cannot_be_read_is_no_failure(site: Recorder, tmp_path: Path) -> None:
    nothing = tmp_path / "nothing"
    nothing.write_bytes(bytes(MIB))
    unknown, missing = site.built(nothing), site.built(None)
    carry_inspections(site.api)
    with site.api.database.write() as session:  # what the guest had said
        (execution, *_) = executions_of(session, site.row(unknown).id)
        steps_of(session, execution.id)[0].journal = {"packages": [["busybox", "1.35"]]}
    for arn, reason in ((unknown, "No file system that can be read"), (missing, "The inspection failed: ")):
        assert isinstance(site.carry(arn), Done)
        assert site.row(arn).state == "AVAILABLE"
        assert site.record(arn)["Reason"].startswith(reason)
    packages = site.api("ListImagePackages", SERVICE, imageBuildVersionArn=unknown)["imagePackageList"]
    assert packages == [{"packageName": "busybox", "packageVersion": "1.35"}]


def test_a_cancelled_build_waits_for_no_inspection(site: Recorder) -> None:
    arn = site.built(None)
    site.api("CancelImageCreation", SERVICE, imageBuildVersionArn=arn, clientToken="c")
    assert isinstance(site.carry(arn), Done)
    assert site.row(arn).state == "AVAILABLE", "nothing was left to cancel"


def test_builds_without_a_record_say_why(site: Recorder) -> None:
    arn = site.built(None, enhancedImageMetadataEnabled=False)
    assert "enhancedImageMetadataEnabled" in site.record(arn)["Reason"]
    arn = site.begin(site.workflow("BUILD"), tags={"amiable-cache": "never"})
    site.carry(arn)
    assert site.record(arn) == {"Reason": "The build is under way."}
    site.answer(arn, "STOP")
    assert site.record(arn) == {"Reason": "The build made no image."}
    assert site.inspections() == 0
