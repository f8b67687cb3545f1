"""What the console shows of the inside of images and instances: real disks, read by the story `inspect`.

There is no engine: when the page has asked, the test carries the story over the pending rows, so that
what waits can be looked at too. axe-core looks at every page, in both modes where colours are ours.
"""

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from amiable.compute.cleaner.kit import kit_in
from amiable.compute.cleaner.operations import NAMES
from amiable.core import clock
from amiable.model.image import Image
from amiable.model.snapshot import Snapshot
from amiable.model.volume import Volume
from tests.helpers import file_systems as made
from tests.helpers.browser import picture, violations
from tests.helpers.console import Site, console_site
from tests.helpers.file_systems import MIB
from tests.helpers.images import add_image, add_snapshot
from tests.helpers.inspections import carry_inspections, store_disk
from tests.unit.cli.desk import set_instance
from tests.unit.inspection.test_diff import DPKG, edit
from tests.unit.inspection.test_hygiene import DIRTY, GITHUB, KEY_ID

FILES: dict[str, str | bytes] = {
    **DIRTY,
    "var/lib/dpkg/status": "".join(DPKG.format(f"lib{n}", "1.0-1") for n in range(60))
    + DPKG.format("web", "1.9"),
    "etc/app.d/app.conf": "port = 80\nname = x\n",
    "etc/nginx/conf.d/site.conf": "listen 8080;\n",
}
CHANGES: dict[str, str | bytes] = {
    "etc/app.d/app.conf": "port = 443\nname = x\n",
    "var/lib/dpkg/status": DPKG.format("web", "1.10") + DPKG.format("new", "2"),
    "var/log/syslog": "Nov 27 boot\n",
    "usr/share/data": b"x" * (3 * MIB),
}


@dataclass
class Inside:
    """The site, two related disks, and what reads them."""

    site: Site
    before: Path
    after: Path

    def register(self, name: str, disk: Path) -> str:
        """An image of a disk."""
        snapshot = add_snapshot(self.site.api, size=1, state="pending", stored_bytes=3 * MIB)
        self.complete(snapshot.id, disk)
        mappings = [{"DeviceName": "/dev/sda1", "Ebs": {"SnapshotId": snapshot.id}}]
        made = self.site.api(
            "RegisterImage",
            Name=name,
            Architecture="x86_64",
            VirtualizationType="hvm",
            RootDeviceName="/dev/sda1",
            BlockDeviceMappings=mappings,
        )
        return str(made["ImageId"])

    def complete(self, snapshot_id: str, disk: Path) -> None:
        """What a story would do: the snapshot has that content."""
        api = self.site.api
        digest = store_disk(api.stores[api.region], snapshot_id, disk)
        with api.database.write() as session:
            row = session.get_one(Snapshot, snapshot_id)
            row.state, row.manifest_digest = "completed", digest

    def look(self) -> None:
        """The page waits for an inspection; carry it."""
        page = self.site.page
        expect(page.get_by_text(re.compile(r"\(\d+ s\)"))).to_be_visible()
        while not carry_inspections(self.site.api):
            page.wait_for_timeout(100)
        expect(page.get_by_text(re.compile(r"read of the store"))).to_be_visible()

    def tab(self, name: str) -> None:
        """Open a tab of the details."""
        self.site.page.get_by_role("tab", name=name).click()


@pytest.fixture(scope="module")
def inside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Inside]:
    folder = tmp_path_factory.mktemp("inside")
    before = made.ext(folder / "before", made.write(folder / "root", FILES), size=64 * MIB)
    after = folder / "after"
    shutil.copy(before, after)
    edit(after, folder, CHANGES, "set_inode_field etc/hostname mode 0100666")
    with console_site(folder) as site:
        yield Inside(site, before, after)


@pytest.fixture(scope="module")
def images(inside: Inside) -> tuple[str, str]:
    """Two images, the second made of the first."""
    first, second = inside.register("web 1", inside.before), inside.register("web 2", inside.after)
    with inside.site.api.database.write() as session:
        row = session.get_one(Image, second)
        row.source_image_id, row.source_image_region = first, row.region
    inside.site.enter()
    return first, second


def test_what_is_inside_an_image(inside: Inside, images: tuple[str, str]) -> None:
    site, page = inside.site, inside.site.page
    site.go("AMIs", "Amazon Machine Images")
    site.select("web 1")
    inside.tab("Storage")
    expect(page.get_by_text("3.0 MiB")).to_be_visible()
    assert violations(page) == []

    inside.tab("Packages")
    inside.look()
    packages = page.get_by_role("table", name="Packages")
    expect(packages.get_by_role("row")).to_have_count(51)
    page.get_by_role("searchbox", name="Find: Packages").fill("web")
    expect(packages.get_by_role("row")).to_have_count(2)
    expect(packages).to_contain_text("1.9")
    assert violations(page) == []
    page.get_by_role("button", name="Download bill of materials").click()
    with page.expect_download() as download:
        page.get_by_role("menuitem", name="SPDX").click()
    assert json.loads(download.value.path().read_text())["spdxVersion"].startswith("SPDX-2")

    inside.tab("Hygiene")
    inside.look()
    findings = page.get_by_role("table", name="Hygiene")
    row = findings.locator("tr", has_text="/srv/app/.env:2")
    expect(row).to_contain_text("Critical")
    row.get_by_role("button", name="token").click()
    expect(row).to_contain_text("Remedy:")
    picture(page, "hygiene")
    site.press("Accept findings")
    site.fill("Why it may be shared all the same", "a demo")
    assert violations(page) == []
    site.press("Accept findings")
    expect(page.get_by_text("It may be shared in spite of its findings: a demo")).to_be_visible()
    assert violations(page) == []
    assert not [secret for secret in (GITHUB, KEY_ID) if secret in page.content()]

    inside.tab("What's inside")  # The same question as for packages: the answer is there.
    expect(page.get_by_role("table", name="Services that start by themselves")).to_contain_text(
        "mine.service"
    )
    expect(page.get_by_role("table", name="Users")).to_contain_text("toor")
    expect(page.get_by_role("table", name="Ports, as configured")).to_contain_text("8080")
    expect(page.get_by_role("table", name="Scheduled jobs")).to_contain_text("phone.home")
    assert violations(page) == []

    inside.tab("Lineage")
    tree = page.get_by_role("tree", name="Lineage")
    expect(tree).to_contain_text("this image")
    assert violations(page) == []
    tree.get_by_role("link", name=images[1]).click()
    expect(site.row("web 2")).to_have_count(1)
    expect(site.row("web 1")).to_have_count(0)


def test_two_images_are_compared(inside: Inside, images: tuple[str, str]) -> None:
    site, page = inside.site, inside.site.page
    site.go("AMIs", "Amazon Machine Images")
    site.select("web 1")
    site.select("web 2")
    site.act("Compare")
    site.here("Compare images")
    assert page.url.endswith(f"/images/compare?a={images[0]}&b={images[1]}")
    inside.look()
    packages = page.get_by_role("table", name="Packages")
    find = page.get_by_role("searchbox", name="Find: Packages")
    for name, change in (("web", "Upgraded"), ("new", "Added"), ("lib7", "Removed")):
        find.fill(name)
        expect(packages.locator("tr", has_text=name)).to_contain_text(change)
    find.fill("")
    hunk = page.get_by_role("region", name="/etc/app.d/app.conf")
    expect(hunk.locator(".hunk-added")).to_have_text("+port = 443\n")
    files = page.get_by_role("table", name="Files")
    expect(files.get_by_role("row").nth(1)).to_contain_text("/usr/share/data")  # the largest first
    expect(files.locator("tr", has_text="/etc/hostname")).to_have_count(0)
    picture(page, "compare")
    assert violations(page) == []
    site.press("Dark mode")
    assert violations(page) == []
    site.press("Light mode")
    page.get_by_role("checkbox", name=re.compile("that every machine makes")).check()
    expect(files.locator("tr", has_text="/var/log/syslog")).to_have_count(1)
    expect(files.locator("tr", has_text="/etc/hostname")).to_contain_text("0644 → 0666")

    with page.expect_download() as download:
        site.press("Download JSON")
    found = json.loads(download.value.path().read_text())
    assert {row["path"] for row in found["hunks"]} == {"/etc/app.d/app.conf"}
    page.emulate_media(media="print")
    expect(packages.get_by_role("row")).to_have_count(63)  # all, on paper
    expect(page.get_by_role("navigation")).to_have_count(0)
    page.emulate_media(media="screen")

    page.goto(page.url)  # as a colleague opens it: the answer is there
    expect(page.get_by_role("region", name="/etc/app.d/app.conf")).to_be_visible()


@pytest.fixture(scope="module")
def instance(inside: Inside, images: tuple[str, str]) -> str:
    """An instance of the first image, as if it ran."""
    api = inside.site.api
    launched = api("RunInstances", ImageId=images[0], MinCount=1, MaxCount=1, InstanceType="t3.micro")
    instance_id = str(launched["Instances"][0]["InstanceId"])
    set_instance(api.database, instance_id, "running")
    with api.database.write() as session:
        for volume in session.scalars(select(Volume)):
            volume.state = "in-use"
    return instance_id


def test_drift_of_an_instance(inside: Inside, instance: str) -> None:
    site, page, api = inside.site, inside.site.page, inside.site.api
    site.go("Instances", "Instances")
    site.select(instance)
    (group,) = api("DescribeSecurityGroups", Filters=[{"Name": "group-name", "Values": ["default"]}])[
        "SecurityGroups"
    ]
    ssh = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    api("AuthorizeSecurityGroupIngress", GroupId=group["GroupId"], IpPermissions=[ssh])
    inside.tab("Networking")
    review = page.get_by_role("table", name="What the security groups let in from the whole world")
    expect(review).to_contain_text("SSH open to 0.0.0.0/0")
    assert violations(page) == []
    inside.tab("Drift from its image")
    assert violations(page) == []
    site.press("Find drift")
    expect(page.get_by_text(re.compile("^Reading the volumes"))).to_be_visible()
    pending = [{"Name": "state", "Values": ["pending"]}]
    while not (found := api("DescribeImages", Owners=["self"], Filters=pending)["Images"]):
        page.wait_for_timeout(100)
    (taken,) = found
    snapshot_id = taken["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"]
    inside.complete(snapshot_id, inside.after)
    with api.database.write() as session:
        session.get_one(Image, taken["ImageId"]).state = "available"
    expect(page.get_by_text(re.compile("^Comparing"))).to_be_visible()
    inside.look()
    expect(page.get_by_role("region", name="/etc/app.d/app.conf")).to_be_visible()
    assert violations(page) == []
    with api.database.read() as session:
        assert session.get_one(Image, taken["ImageId"]).state == "deregistered"
        left = session.get(Snapshot, snapshot_id)
        assert left is None or left.state == "deleting"


def test_a_clean_image_with_a_further_volume(inside: Inside, instance: str) -> None:
    site, page, api = inside.site, inside.site.page, inside.site.api
    kit = kit_in(api.settings.data_dir)
    kit.kernel.parent.mkdir(parents=True)
    kit.kernel.touch()
    kit.initrd.touch()
    site.go("Instances", "Instances")
    site.select(instance)
    site.act("Image and templates", "Create image")
    site.here("Create image")
    site.fill("Image name", "clean")
    expect(page.get_by_role("table", name="Instance volumes")).to_contain_text("/dev/sda1 (root)")
    site.press("Add volume")
    page.get_by_role("spinbutton", name="Size (GiB)").fill("0")
    expect(page.get_by_text("Required.")).to_be_visible()
    page.get_by_role("spinbutton", name="Size (GiB)").fill("20")
    page.get_by_role("checkbox", name="Clean before imaging").check()
    options = page.get_by_role("checkbox", name=re.compile(f"^({'|'.join(NAMES)})$"))
    expect(options).to_have_count(len(NAMES))  # the console knows all that the server does
    page.get_by_role("checkbox", name="logs").uncheck()
    site.fill("Services that the image starts no more", "nginx")
    assert violations(page) == []
    site.press("Create image")
    expect(site.row("clean")).to_contain_text("Pending")
    (image,) = api("DescribeImages", Filters=[{"Name": "name", "Values": ["clean"]}])["Images"]
    further = [each["Ebs"] for each in image["BlockDeviceMappings"] if each["DeviceName"] == "/dev/sdf"]
    assert [each["VolumeSize"] for each in further] == [20]

    inside.complete(image["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"], inside.before)
    with api.database.write() as session:
        row = session.get_one(Image, image["ImageId"])
        assert row.cleaning
        assert (row.cleaning["keep"], row.cleaning["disable"]) == (["logs"], ["nginx"])
        removed = [{"operation": "users", "files": 7, "bytes": 4096}]
        report = {"removed": removed, "left": ["EFI: FAT"], "inspection": "insp-1"}
        row.cleaning, row.state = row.cleaning | report, "available"
    inside.look()  # the page went on by itself
    expect(page.get_by_role("table", name="Cleaned before imaging")).to_contain_text("users")
    expect(page.get_by_role("table", name="Hygiene")).to_contain_text("/srv/app/.env:2")
    assert violations(page) == []

    site.act("Deprecate AMI")
    site.here("Deprecate AMI")
    site.fill("Deprecation date", "2001/01/01")
    expect(page.get_by_text("Choose a day from tomorrow on").first).to_be_visible()
    soon = clock.now() + timedelta(days=40)
    site.fill("Deprecation date", f"{soon:%Y/%m/%d}")
    site.press("Deprecate AMI")
    expect(page.get_by_text(f"is deprecated from {soon:%Y-%m-%d} on")).to_be_visible()
    (image,) = api("DescribeImages", ImageIds=[image["ImageId"]])["Images"]
    assert image["DeprecationTime"].startswith(f"{soon:%Y-%m-%dT00:00}")


def test_the_dashboard_says_what_failed_and_what_is_stored(inside: Inside, instance: str) -> None:
    site, page, api = inside.site, inside.site.page, inside.site.api
    reason = {"state_reason_code": "Client.InvalidDisk", "state_reason_message": "It is no disk."}
    broken = add_image(api, "broken", state="failed", **reason)
    site.go("EC2 Dashboard", "EC2 Dashboard")
    expect(page.get_by_role("heading", name="Wants attention (1)")).to_be_visible()
    stored = api("DescribeStorage", "amiable")
    expect(page.get_by_text(f"{stored['SnapshotBytes'] >> 30}.0 GiB").first).to_be_visible()
    expect(page.get_by_text("Nothing was built yet.")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("link", name="AMI broken failed: It is no disk.").click()
    expect(site.row(broken.id)).to_contain_text("Failed")
