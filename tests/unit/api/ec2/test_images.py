"""DescribeImages, DeregisterImage: who sees what, filters, pages, snapshots that stay or go."""

import pytest

from amiable.model.snapshot import Snapshot
from tests.helpers.api import Api, filters, refused
from tests.helpers.images import add_image


def names(api: Api, **request: object) -> list[str]:
    return sorted(image["Name"] for image in api("DescribeImages", **request)["Images"])


def test_an_account_sees_its_own_granted_and_public_images_only(api: Api) -> None:
    other = api.other_account()
    add_image(api, "mine")
    add_image(other, "theirs")
    add_image(other, "granted", api.account_id)
    add_image(other, "public", "all")
    assert names(api) == ["granted", "mine", "public"]
    assert names(api, Owners=["self"]) == ["mine"]
    assert names(api, Owners=[other.account_id]) == ["granted", "public"]
    assert names(api, ExecutableUsers=["self"]) == ["granted"]
    assert names(api, ExecutableUsers=["all"]) == ["public"]
    assert names(api.other_region()) == []


def test_somebody_elses_image_does_not_exist(api: Api) -> None:
    theirs = add_image(api.other_account(), "theirs")
    with refused("InvalidAMIID.NotFound", f"The image id '[{theirs.id}]' does not exist"):
        api("DescribeImages", ImageIds=[theirs.id])
    with refused("InvalidAMIID.NotFound"):
        api("DeregisterImage", ImageId=theirs.id)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"name": "web-*"}, ["web-1", "web-2"]),
        ({"name": "web-?"}, ["web-1", "web-2"]),
        ({"name": "WEB-1"}, []),
        ({"name": ["web-1", "base"]}, ["base", "web-1"]),
        ({"name": r"web\-1"}, ["web-1"]),
        ({"name": r"web-\*"}, []),
        ({"state": "pending"}, ["web-2"]),
        ({"is_public": "true"}, ["base"]),
        ({"architecture": "x86_64", "name": "base"}, ["base"]),
        ({"virtualization_type": "hvm", "root_device_type": "ebs"}, ["base", "web-1", "web-2"]),
        ({"virtualization_type": "paravirtual"}, []),
        ({"block_device_mapping__volume_size": "8"}, ["web-1"]),
        ({"block_device_mapping__volume_size": "many"}, []),
        ({"creation_date": "20*"}, ["base", "web-1", "web-2"]),
        ({"creation_date": "1999-*"}, []),
        ({"tag:stage": "prod*"}, ["web-1"]),
        ({"tag_key": "stage"}, ["web-1"]),
    ],
)
def test_filters(api: Api, given: dict[str, str], expected: list[str]) -> None:
    add_image(api, "base", "all")
    tagged = add_image(api, "web-1", size=8)
    add_image(api, "web-2", state="pending")
    api("CreateTags", Resources=[tagged.id], Tags=[{"Key": "stage", "Value": "production"}])
    assert names(api, Filters=filters(**given)) == expected


def test_an_exact_creation_date_matches(api: Api) -> None:
    add_image(api, "base")
    (image,) = api("DescribeImages")["Images"]
    assert names(api, Filters=filters(creation_date=image["CreationDate"])) == ["base"]


def test_refused_filters(api: Api) -> None:
    with refused("InvalidParameterValue", "The filter 'colour' is invalid"):
        names(api, Filters=filters(colour="red"))
    with refused("FilterLimitExceeded"):
        names(api, Filters=filters(name=["x"] * 201))
    with refused("InvalidParameterValue"):
        names(api, Filters=filters(is_public="perhaps"))


def test_pages_cover_everything_once(api: Api) -> None:
    for number in range(7):
        add_image(api, f"image-{number}")
    seen: list[str] = []
    token = None
    while True:
        more = {"NextToken": token} if token else {}
        answer = api("DescribeImages", MaxResults=3, **more)
        assert len(answer["Images"]) <= 3
        seen += [image["Name"] for image in answer["Images"]]
        if (token := answer.get("NextToken")) is None:
            break
    assert sorted(seen) == [f"image-{number}" for number in range(7)]


def test_tokens_of_others_are_refused(api: Api) -> None:
    for number in range(3):
        add_image(api, f"image-{number}", "all")
    token = api("DescribeImages", MaxResults=1)["NextToken"]
    for stranger in (api.other_account(), api.other_region()):
        with refused("InvalidNextToken"):
            stranger("DescribeImages", MaxResults=1, NextToken=token)
    with refused("InvalidNextToken"):
        api("DescribeImages", MaxResults=1, NextToken="forged")
    with refused("InvalidParameterCombination"):
        api("DescribeImages", MaxResults=5, ImageIds=[add_image(api, "x-y-z").id])


def test_deregistering_frees_the_name_and_keeps_the_snapshot(api: Api) -> None:
    image = add_image(api, "web")
    assert api("DeregisterImage", ImageId=image.id)["Return"] is True
    assert names(api) == []
    with refused("InvalidAMIID.Unavailable", f"The image ID: '{image.id}' is no longer available"):
        api("DeregisterImage", ImageId=image.id)
    assert len(api("DescribeSnapshots", OwnerIds=["self"])["Snapshots"]) == 1
    add_image(api, "web")


def test_deregistering_with_snapshots_skips_one_that_another_image_uses(api: Api) -> None:
    first, second = add_image(api, "first"), add_image(api, "second")
    shared = first.devices[0].snapshot_id
    with api.database.write() as session:
        session.merge(second).devices[0].snapshot_id = shared
    answer = api("DeregisterImage", ImageId=first.id, DeleteAssociatedSnapshots=True)
    assert answer["DeleteSnapshotResults"] == [{"SnapshotId": shared, "ReturnCode": "skipped"}]
    answer = api("DeregisterImage", ImageId=second.id, DeleteAssociatedSnapshots=True)
    assert answer["DeleteSnapshotResults"] == [{"SnapshotId": shared, "ReturnCode": "success"}]
    with api.database.read() as session:
        assert session.get_one(Snapshot, shared).state == "deleting"


def test_a_grantee_may_not_deregister(api: Api) -> None:
    granted = add_image(api.other_account(), "granted", api.account_id)
    with refused("AuthFailure"):
        api("DeregisterImage", ImageId=granted.id)


def test_a_snapshot_in_use_stays(api: Api) -> None:
    image = add_image(api, "web")
    snapshot_id = image.devices[0].snapshot_id
    with refused("InvalidSnapshot.InUse", image.id):
        api("DeleteSnapshot", SnapshotId=snapshot_id)
    api("DeregisterImage", ImageId=image.id)
    api("DeleteSnapshot", SnapshotId=snapshot_id)
    with refused("InvalidSnapshot.NotFound"):
        api("DescribeSnapshots", SnapshotIds=[snapshot_id])
    with refused("InvalidSnapshot.NotFound"):
        api("DeleteSnapshot", SnapshotId=snapshot_id)
    with refused("InvalidSnapshotID.Malformed"):
        api("DeleteSnapshot", SnapshotId="snap-1")
