"""Nothing is shared whose report says worse than the setting allows, unless its owner answers for it."""

from typing import Any

import pytest

from amiable.inspection.version import VERSION
from amiable.model.database import Database
from amiable.model.inspection import question_key
from tests.helpers.api import Api, new_api, refused
from tests.helpers.images import add_image
from tests.helpers.inspections import add_inspection

KEY = question_key(VERSION, "report", True, {"before": ["0" * 64]})
"""Of the content that `add_image` gives its images."""


def share(api: Api, image_id: str) -> None:
    api("ModifyImageAttribute", ImageId=image_id, LaunchPermission={"Add": [{"UserId": "1" * 12}]})


@pytest.fixture
def gated(database: Database) -> Api:
    return new_api(database, share_gate="high")


def test_no_setting_no_gate(api: Api) -> None:
    share(api, add_image(api).id)


def test_findings_refuse_until_they_are_accepted(gated: Api) -> None:
    image = add_image(gated)
    snapshot: dict[str, Any] = {
        "SnapshotId": image.devices[0].snapshot_id,
        "CreateVolumePermission": {"Add": [{"UserId": "1" * 12}]},
    }
    with refused("OperationNotPermitted", "amiable scan"):
        share(gated, image.id)
    report = add_inspection(gated, image.id, key=KEY)
    with refused("OperationNotPermitted", "token /x"):
        share(gated, image.id)
    with refused("OperationNotPermitted", f"InspectionId {report}"):
        gated("ModifySnapshotAttribute", **snapshot)
    answer = gated("AcceptFindings", "amiable", InspectionId=report, Reason="A decoy.")["Inspection"]
    assert (answer["AcceptedBy"], answer["AcceptedReason"]) == (gated.access_key_id, "A decoy.")
    share(gated, image.id)
    gated("ModifySnapshotAttribute", **snapshot)


def test_anothers_report_counts_for_nothing(gated: Api) -> None:
    image = add_image(gated)
    other = gated.other_account()
    report = add_inspection(other, image.id, key=KEY)
    other("AcceptFindings", "amiable", InspectionId=report, Reason="Not mine.")
    with refused("OperationNotPermitted", "without a report"):
        share(gated, image.id)


def test_findings_below_the_setting_pass(database: Database) -> None:
    api = new_api(database, share_gate="high")
    image = add_image(api)
    add_inspection(api, image.id, key=KEY, result='{"findings": [{"check": "logs", "severity": "low"}]}')
    share(api, image.id)


def test_taking_back_is_never_refused(gated: Api) -> None:
    image = add_image(gated, "shared", "1" * 12)
    gated("ModifyImageAttribute", ImageId=image.id, LaunchPermission={"Remove": [{"UserId": "1" * 12}]})
