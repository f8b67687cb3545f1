"""Volumes and snapshots: grown, copied, shared, locked, and what is made of them."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from amiable.model.volume import Volume
from tests.helpers.browser import violations
from tests.helpers.console import Site, console_site
from tests.helpers.images import add_snapshot


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with console_site(tmp_path_factory.mktemp("storage")) as site:
        site.enter()
        yield site


def test_volumes_and_their_snapshots(site: Site) -> None:
    """Made, grown, and snapshots of it."""
    page, api = site.page, site.api
    site.go("Volumes", "Volumes")
    site.press("Create volume")
    site.here("Create volume")
    site.press("Create volume")
    expect(site.row("8 GiB")).to_contain_text("Creating")
    (made,) = (each for each in site.api("DescribeVolumes")["Volumes"] if each["Size"] == 8)
    with site.api.database.write() as session:
        session.get_one(Volume, made["VolumeId"]).state = "available"
    expect(site.row("8 GiB")).to_contain_text("Available")
    site.select("8 GiB")
    site.act("Attach volume")
    site.here("Attach volume")
    site.page.go_back()
    site.select("8 GiB")
    site.act("Create snapshot")
    site.here("Snapshots")
    expect(site.row("8 GiB")).to_contain_text("Pending")
    site.select("8 GiB")
    assert violations(site.page) == []
    site.go("Volumes", "Volumes")
    site.select("8 GiB")
    site.act("Modify volume")
    site.here("Modify volume")
    size = page.get_by_role("spinbutton", name="Size (GiB)")
    modify = page.get_by_role("button", name="Modify volume", exact=True)
    size.fill("7")
    expect(modify).to_be_disabled()
    size.fill("9")
    modify.click()
    site.select("9 GiB")
    expect(page.get_by_text("8 → 9 GiB")).to_be_visible()
    assert violations(page) == []
    (volume,) = api("DescribeVolumes")["Volumes"]
    assert volume["Size"] == 9


def test_what_is_made_of_a_snapshot(site: Site) -> None:
    page, api = site.page, site.api
    whole = add_snapshot(api, size=3)
    site.go("Snapshots", "Snapshots")
    site.select(whole.id)
    site.act("Create volume from snapshot")
    site.here("Create volume")
    expect(page.get_by_role("textbox", name="Snapshot ID (optional)")).to_have_value(whole.id)
    site.press("Create volume")
    expect(site.row("3 GiB")).to_contain_text("Creating")

    site.go("Snapshots", "Snapshots")
    site.select(whole.id)
    site.act("Create image from snapshot")
    site.here("Create image from snapshot")
    site.fill("Image name", "registered")
    assert violations(page) == []
    site.press("Create image from snapshot")
    site.here("Amazon Machine Images")
    (image,) = api("DescribeImages", Owners=["self"])["Images"]
    assert (image["Name"], image["State"], image["VirtualizationType"]) == ("registered", "available", "hvm")

    site.go("Snapshots", "Snapshots")
    site.select(whole.id)
    site.act("Copy snapshot")
    site.here("Copy snapshot")
    site.press("Copy snapshot")
    expect(page.get_by_text("in us-west-2.")).to_be_visible()
    assert len(api.other_region()("DescribeSnapshots", OwnerIds=["self"])["Snapshots"]) == 1


def test_sharing_and_locking_a_snapshot(site: Site) -> None:
    page, api = site.page, site.api
    kept = add_snapshot(api, size=5)
    add_snapshot(api.other_account(), size=6)
    site.go("Snapshots", "Snapshots")
    site.select(kept.id)
    site.act("Modify permissions")
    site.here("Modify permissions")
    site.press("Add account ID")
    site.fill("Shared accounts", "123456789012")
    assert violations(page) == []
    site.press("Save changes")
    site.here("Snapshots")
    asked = {"SnapshotId": kept.id, "Attribute": "createVolumePermission"}
    shared = api("DescribeSnapshotAttribute", **asked)["CreateVolumePermissions"]
    assert shared == [{"UserId": "123456789012"}]

    site.select(kept.id)
    site.act("Lock snapshot")
    site.here("Lock snapshot")
    page.get_by_role("radio", name="Compliance").check()
    page.get_by_role("spinbutton", name="Cooling-off period (hours)").fill("2")
    page.get_by_role("spinbutton", name="Lock duration (days)").fill("3")
    assert violations(page) == []
    site.press("Lock snapshot")
    site.select(kept.id)
    expect(page.get_by_text("compliance-cooloff")).to_be_visible()
    site.act("Delete snapshot")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Delete snapshot").click()
    expect(dialog).to_contain_text("OperationNotPermitted")
    dialog.get_by_role("button", name="Cancel").last.click()
    site.act("Unlock snapshot")
    site.confirm("Unlock snapshot")

    tag = [{"ResourceTagKey": "keep", "ResourceTagValue": "me"}]
    period = {"RetentionPeriodValue": 7, "RetentionPeriodUnit": "DAYS"}
    api("CreateRule", "rbin", ResourceType="EBS_SNAPSHOT", RetentionPeriod=period, ResourceTags=tag)
    api("CreateTags", Resources=[kept.id], Tags=[{"Key": "keep", "Value": "me"}])
    site.act("Delete snapshot")
    site.confirm("Delete snapshot")
    expect(site.row(kept.id)).to_have_count(0)
    page.get_by_role("button", name=re.compile("^Show")).click()
    page.get_by_role("option", name="Recycle Bin").click()
    site.select(kept.id)
    assert violations(page) == []
    site.act("Recover snapshot")
    site.confirm("Recover snapshot")
    page.get_by_role("button", name=re.compile("^Show")).click()
    page.get_by_role("option", name="Owned by me").click()
    expect(site.row(kept.id)).to_contain_text("Completed")
