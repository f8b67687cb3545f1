"""Who may look into what, what is asked once only, and what is answered."""

import json
from typing import Any

import pytest

from amiable.model.image import EVERYONE, Image, ImageDevice
from amiable.model.inspection import Inspection
from amiable.model.product_code import ProductCode
from amiable.model.snapshot import Snapshot, SnapshotPermission
from tests.helpers.api import Api, new_api, refused
from tests.helpers.images import add_image
from tests.helpers.inspections import add_inspection


def ask(api: Api, resource: str, **more: Any) -> dict[str, Any]:
    answer = api("InspectImage", "amiable", ResourceId=resource, **more)["Inspection"]
    assert answer["State"] == "pending"
    return answer


def end(api: Api, inspection_id: str, state: str) -> None:
    with api.database.write() as session:
        session.get_one(Inspection, inspection_id).state = state


def test_the_same_question_is_asked_once(api: Api) -> None:
    image = add_image(api)
    first = ask(api, image.id)
    assert ask(api, image.id)["InspectionId"] == first["InspectionId"]
    assert ask(api, image.id, SearchBlocks=False)["InspectionId"] != first["InspectionId"]
    flows = [row for row in api.rows()["flow"] if "inspect" in row]
    assert len(flows) == 2
    end(api, first["InspectionId"], "failed")
    assert ask(api, image.id)["InspectionId"] != first["InspectionId"]


def test_a_report_with_blocks_answers_for_one_without(api: Api) -> None:
    image = add_image(api)
    searched = ask(api, image.id)["InspectionId"]
    end(api, searched, "completed")
    answer = api("InspectImage", "amiable", ResourceId=image.id, SearchBlocks=False)["Inspection"]
    assert (answer["InspectionId"], answer["State"]) == (searched, "completed")


def test_whose_content_may_be_read(api: Api) -> None:
    image = add_image(api, "mine")
    (snapshot,) = (device.snapshot_id for device in image.devices)
    assert snapshot
    stranger = api.other_account()
    with refused("InvalidAMIID.NotFound"):
        ask(stranger, image.id)
    with refused("InvalidSnapshot.NotFound"):
        ask(stranger, snapshot)
    with refused("InvalidSnapshot.NotFound"):
        stranger("DiffImages", "amiable", ResourceId=add_image(stranger).id, OtherResourceId=snapshot)
    with api.database.write() as session:
        session.add(SnapshotPermission(snapshot_id=snapshot, grantee=stranger.account_id))
    ask(stranger, snapshot)
    shared = add_image(api, "shared", EVERYONE)
    ask(stranger, shared.id)
    with api.database.write() as session:
        session.get_one(Image, shared.id).state = "disabled"
    with refused("IncorrectState", "disabled"):
        ask(stranger, shared.id)
    ask(api, shared.id)


def test_a_paid_image_opens_with_a_subscription(api: Api) -> None:
    publisher = api.other_account()
    image = add_image(publisher, "paid")
    code = publisher(
        "CreateProduct",
        "amiable",
        Name="paid",
        Title="T",
        HourlyPrices={"default": "1"},
        Terms="Pay.",
        ImageIds=[image.id],
    )["ProductCode"]
    publisher(
        "ModifyImageAttribute", ImageId=image.id, LaunchPermission={"Add": [{"UserId": api.account_id}]}
    )
    with refused("OptInRequired", "paid"):
        ask(api, image.id)
    api("SubscribeProduct", "amiable", ProductCode=code, AcceptTerms=True)
    ask(api, image.id)
    with api.database.read() as session:
        assert session.get(ProductCode, (image.id, code))


def test_content_that_is_not_there_yet(api: Api) -> None:
    image = add_image(api, state="pending")
    with refused("IncorrectState", "pending"):
        ask(api, image.id)
    image = add_image(api, "unfinished")
    with api.database.write() as session:
        session.get_one(Snapshot, image.devices[0].snapshot_id).state = "pending"
    with refused("IncorrectState", "is pending"):
        ask(api, image.id)
    with refused("InvalidParameterValue", "neither"):
        ask(api, "i-0123456789abcdef0")
    with refused("InvalidAMIID.Malformed"):
        ask(api, "ami-nonsense")


def test_results(api: Api) -> None:
    done = add_inspection(api, "ami-1")
    answer = api("GetInspectionReport", "amiable", InspectionId=done)
    assert json.loads(answer["Report"])["findings"][0]["file"] == "/x"
    assert answer["Inspection"]["State"] == "completed"
    page = api("ListPackages", "amiable", InspectionId=done, MaxResults=5)
    rest = api("ListPackages", "amiable", InspectionId=done, MaxResults=5, NextToken=page["NextToken"])
    assert [row["Name"] for row in page["Packages"] + rest["Packages"]] == list("abcdefg")
    with refused("IncorrectState", "failed: no room"):
        api("GetInspectionReport", "amiable", InspectionId=add_inspection(api, "ami-1", state="failed"))
    with refused("InvalidInspectionID.NotFound"):
        api.other_account()("GetInspectionReport", "amiable", InspectionId=done)
    with refused("InvalidParameterValue", "no report"):
        api("ListPackages", "amiable", InspectionId=add_inspection(api, "ami-1", "diff"))


def test_services_are_held_against_a_list(api: Api) -> None:
    units = [{"unit": unit, "wanted_by": by} for unit, by in (("ssh.service", "a"), ("cron.service", "a"))]
    units.append({"unit": "cron.service", "wanted_by": "b"})
    found = {"services": units, "findings": [{"check": "x", "severity": "low"}], "checks": []}
    done = add_inspection(api, "ami-1", result=json.dumps(found))

    def asked(**more: Any) -> list[dict[str, Any]]:
        answer = api("GetInspectionReport", "amiable", InspectionId=done, **more)
        return list(json.loads(answer["Report"])["findings"])

    assert [row["check"] for row in asked()] == ["x"]
    (bad, _) = asked(AllowedServices=["ssh.*"])
    assert (bad["check"], bad["detail"]) == ("service-not-allowed", "cron.service starts by itself.")
    assert [row["check"] for row in asked(AllowedServices=["*"])] == ["x"]
    assert len(asked(AllowedServices=[])) == 3
    with refused("InvalidParameterValue", "no report"):
        diff = add_inspection(api, "ami-1", "diff")
        api("GetInspectionReport", "amiable", InspectionId=diff, AllowedServices=[])


@pytest.mark.parametrize("form", ["spdx", "cyclonedx"])
def test_bills_of_materials(api: Api, form: str) -> None:
    done = add_inspection(api, "ami-1")
    answer = api("GetBillOfMaterials", "amiable", InspectionId=done, Format=form)
    again = api("GetBillOfMaterials", "amiable", InspectionId=done, Format=form)
    assert answer == again
    document = json.loads(answer["Document"])
    wanted = "pkg:deb/debian/a@1.0%2Bb1?arch=amd64&distro=debian-12"
    if form == "spdx":
        assert document["spdxVersion"] == "SPDX-2.3"
        assert document["packages"][0]["externalRefs"][0]["referenceLocator"] == wanted
        assert len(document["packages"]) == 7
    else:
        assert document["bomFormat"] == "CycloneDX"
        assert sorted(row["purl"] for row in document["components"])[0] == wanted


def test_how_many_at_once(database: Any) -> None:
    api = new_api(database, quotas={"inspections": "1"})
    ask(api, add_image(api).id)
    other = add_image(api, "other")
    with api.database.write() as session:  # other content
        session.get_one(Snapshot, other.devices[0].snapshot_id).manifest_digest = "1" * 64
    with refused("ResourceLimitExceeded"):
        ask(api, other.id)


def test_all_volumes_are_compared(api: Api) -> None:
    first, second = add_image(api, "one"), add_image(api, "two")
    with api.database.write() as session:
        extra = second.devices[0].snapshot_id
        session.add(
            ImageDevice(
                image_id=first.id, device_name="/dev/sdb", position=1, snapshot_id=extra, volume_size=2
            )
        )
    asked = api("DiffImages", "amiable", ResourceId=first.id, OtherResourceId=second.id)
    with api.database.read() as session:
        row = session.get_one(Inspection, asked["Inspection"]["InspectionId"])
        assert [len(row.disks[side]) for side in ("before", "after")] == [2, 1]
