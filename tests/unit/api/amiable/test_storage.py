"""DescribeStorage: sums over the caller's own rows of the region, and nobody else's."""

from tests.helpers.api import Api
from tests.helpers.images import add_image, add_snapshot

GIB = 1 << 30


def test_nothing_is_zero(api: Api) -> None:
    names = ("Images", "Snapshots", "SnapshotBytes", "StoredBytes", "Volumes", "VolumeBytes")
    assert api("DescribeStorage", "amiable") == dict.fromkeys(names, 0)


def test_what_an_account_has_in_a_region(api: Api) -> None:
    for other in (api.other_account(), api.other_region()):
        add_image(other, "theirs", "all", size=100)
    add_image(api, "one", size=3)
    add_image(api, "off", size=4, state="disabled")
    add_snapshot(api, size=5, stored_bytes=700)
    add_snapshot(api, size=6, state="pending", manifest_digest=None, stored_bytes=None)
    api("CreateVolume", AvailabilityZone=f"{api.region}a", Size=9)
    assert api("DescribeStorage", "amiable") == {
        "Images": 1,
        "Snapshots": 3,
        "SnapshotBytes": 12 * GIB,
        "StoredBytes": 700,
        "Volumes": 1,
        "VolumeBytes": 9 * GIB,
    }
