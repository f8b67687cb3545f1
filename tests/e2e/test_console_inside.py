"""What the console shows of the inside of images and instances: real disks, read by the story `inspect`.

There is no engine: when the page has asked, the test carries the story over the pending rows, so that
what waits can be looked at too. axe-core looks at every page, in both modes where colours are ours.
"""

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from amiable.core import ids
from amiable.core.settings import Settings
from amiable.flows.host import Host
from amiable.flows.inspect import inspect
from amiable.model.image import Image
from amiable.model.inspection import Inspection
from amiable.model.snapshot import Snapshot
from amiable.model.volume import Volume
from tests.helpers import file_systems as made
from tests.helpers.browser import violations
from tests.helpers.carrying import carry
from tests.helpers.console import Site, console_site
from tests.helpers.file_systems import MIB
from tests.helpers.images import add_snapshot
from tests.helpers.inspections import InspectionHost, store_disk
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
    host: InspectionHost
    before: Path
    after: Path

    def register(self, name: str, disk: Path) -> str:
        """An image of a disk."""
        snapshot_id = ids.new_id("snap")
        digest = store_disk(self.host.stores[self.site.api.region], snapshot_id, disk)
        add_snapshot(self.site.api, id=snapshot_id, size=1, manifest_digest=digest, stored_bytes=3 * MIB)
        mappings = [{"DeviceName": "/dev/sda1", "Ebs": {"SnapshotId": snapshot_id}}]
        made = self.site.api(
            "RegisterImage",
            Name=name,
            Architecture="x86_64",
            VirtualizationType="hvm",
            RootDeviceName="/dev/sda1",
            BlockDeviceMappings=mappings,
        )
        return str(made["ImageId"])

    def look(self) -> None:
        """The page waits for an inspection; carry it."""
        page, database = self.site.page, self.site.api.database
        expect(page.get_by_text(re.compile(r"\(\d+ s\)"))).to_be_visible()
        while not (pending := self._pending()):
            page.wait_for_timeout(100)
        for one in pending:
            carry(database, inspect, cast(Host, self.host), one)
        expect(page.get_by_text(re.compile(r"read of the store"))).to_be_visible()

    def _pending(self) -> list[str]:
        query = select(Inspection.id).where(Inspection.state == "pending")
        with self.site.api.database.read() as session:
            return list(session.scalars(query))

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
        host = InspectionHost(Settings(data_dir=folder / "data"), site.api.stores)
        yield Inside(site, host, before, after)


@pytest.fixture(scope="module")
def images(inside: Inside) -> tuple[str, str]:
    """Two images, the second made of the first."""
    first, second = inside.register("web 1", inside.before), inside.register("web 2", inside.after)
    with inside.site.api.database.write() as session:
        row = session.get_one(Image, second)
        row.source_image_id, row.source_image_region = first, row.region
    inside.site.page.goto(inside.site.url)
    inside.site.sign_in()
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


def test_drift_of_an_instance(inside: Inside, images: tuple[str, str]) -> None:
    site, page, api = inside.site, inside.site.page, inside.site.api
    launched = api("RunInstances", ImageId=images[0], MinCount=1, MaxCount=1, InstanceType="t3.micro")
    instance = launched["Instances"][0]["InstanceId"]
    set_instance(api.database, instance, "running")
    with api.database.write() as session:
        for volume in session.scalars(select(Volume)):
            volume.state = "in-use"
    site.go("Instances", "Instances")
    site.select(instance)
    inside.tab("Drift from its image")
    assert violations(page) == []
    site.press("Find drift")
    expect(page.get_by_text(re.compile("^Reading the volumes"))).to_be_visible()
    (taken,) = api("DescribeImages", Owners=["self"], Filters=[{"Name": "state", "Values": ["pending"]}])[
        "Images"
    ]
    snapshot_id = taken["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"]
    digest = store_disk(inside.host.stores[api.region], snapshot_id, inside.after)
    with api.database.write() as session:
        row = session.get_one(Snapshot, snapshot_id)
        row.state, row.manifest_digest = "completed", digest
        session.get_one(Image, taken["ImageId"]).state = "available"
    expect(page.get_by_text(re.compile("^Comparing"))).to_be_visible()
    inside.look()
    expect(page.get_by_role("region", name="/etc/app.d/app.conf")).to_be_visible()
    assert violations(page) == []
    with api.database.read() as session:
        assert session.get_one(Image, taken["ImageId"]).state == "deregistered"
        left = session.get(Snapshot, snapshot_id)
        assert left is None or left.state == "deleting"
