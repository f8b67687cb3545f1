"""A person changes the state of an image and of its AMIs in Chromium (tests/helpers/console.py)."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from amiable.core import clock
from tests.helpers.browser import violations
from tests.helpers.console import Site, console_site
from tests.helpers.garden import Garden
from tests.unit.api.examples.builder import SERVICE, build


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with console_site(tmp_path_factory.mktemp("console")) as site:
        site.enter()
        yield site


@pytest.fixture(scope="module")
def garden(site: Site) -> Garden:
    return Garden(site.api)


@pytest.fixture(scope="module")
def rose(garden: Garden) -> tuple[str, str]:
    """A build and its AMI."""
    return garden.built("rose")


def newest(garden: Garden, arn: str) -> str:
    """The execution that began last for a build."""
    listed = garden.api("ListLifecycleExecutions", SERVICE, resourceArn=arn)["lifecycleExecutions"]
    return str(listed[0]["lifecycleExecutionId"])


def test_what_failed_can_only_go(site: Site) -> None:
    page = site.page
    build(site.api, "thistle", "FAILED")
    site.go("Images", "Images")
    site.select("thistle")
    page.get_by_role("button", name="Actions", exact=True).click()
    page.get_by_role("menuitem", name="State", exact=True).click()
    barred = page.get_by_role("menuitem", name="Disable", exact=True)
    expect(barred).to_have_attribute("aria-disabled", "true")
    barred.hover()
    expect(page.get_by_role("tooltip")).to_have_text("It is FAILED: it has no image to change.")
    goes = page.get_by_role("menuitem", name="Delete with its AMIs", exact=True)
    expect(goes).not_to_have_attribute("aria-disabled", "true")
    page.keyboard.press("Escape")


def test_a_planned_change_is_shown_and_cancelled(site: Site, garden: Garden, rose: tuple[str, str]) -> None:
    page, (arn, image) = site.page, rose
    site.go("Images", "Images")
    site.press("Refresh")
    site.row("rose").get_by_role("link", name="rose/1.0.0/1").click()
    site.here("rose/1.0.0/1")
    site.act("State", "Disable")
    site.here("Disable: rose/1.0.0/1")
    expect(page.get_by_text(image)).to_be_visible()
    verb = page.get_by_role("button", name="Disable", exact=True)
    site.fill("Execution role", "no role!")
    expect(verb).to_be_disabled()
    site.fill("Execution role", "Gardener")
    page.get_by_role("radio", name="Later").check()
    site.fill("Day", "2001/01/01")
    expect(page.get_by_text("Choose a time to come.").first).to_be_visible()
    expect(verb).to_be_disabled()
    soon = clock.now() + timedelta(days=3)
    site.fill("Day", f"{soon:%Y/%m/%d}")
    site.fill("Time", "03:30")
    assert violations(page) == []
    site.press("Disable")
    expect(page.get_by_role("dialog")).to_contain_text("launch permissions are gone")
    site.confirm("Disable")
    site.here("rose/1.0.0/1")
    execution = newest(garden, arn)
    garden.carry(execution)
    planned = page.get_by_text("Planned: Disable: asked for")
    expect(planned).to_be_visible()
    expect(page.get_by_text(re.compile(rf"It acts at {soon:%-m/%-d/%Y}, 3:30:00"))).to_be_visible()
    page.get_by_role("tab", name="State changes").click()
    plan = page.get_by_role("table", name="Plan")
    expect(plan.locator("tbody tr", has_text=image)).to_contain_text("Planned")
    assert violations(page) == []
    page.get_by_role("button", name="Actions", exact=True).click()
    page.get_by_role("menuitem", name="State", exact=True).click()
    expect(page.get_by_role("menuitem", name="Deprecate", exact=True)).to_have_attribute(
        "aria-disabled", "true"
    )
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Cancel execution").first.click()
    site.confirm("Cancel execution")
    garden.carry(execution)
    expect(planned).to_have_count(0)
    assert (garden.status(execution), garden.state(arn)) == ("CANCELLED", "AVAILABLE")


def test_it_goes_with_its_amis_and_snapshots(site: Site, garden: Garden, rose: tuple[str, str]) -> None:
    page, (arn, image) = site.page, rose
    before = garden.snapshots()
    states = {"Deprecate": "DEPRECATED", "Make available again": "AVAILABLE"}
    for verb, state in states.items():
        site.act("State", verb)
        site.here(f"{verb}: rose/1.0.0/1")
        site.press(verb)
        site.confirm(verb)
        site.here("rose/1.0.0/1")
        garden.carry(newest(garden, arn))
        assert garden.state(arn) == state
        assert ("DeprecationTime" in (garden.ami(image) or {})) == (state == "DEPRECATED")
        expect(page.get_by_text("Planned")).to_have_count(0)
    site.act("State", "Delete with its AMIs")
    site.here("Delete with its AMIs: rose/1.0.0/1")
    also = page.get_by_role("checkbox", name="Also its AMIs")
    snapshots = page.get_by_role("checkbox", name="Also the snapshots of the AMIs")
    also.uncheck()
    expect(snapshots).to_be_disabled()
    also.check()
    snapshots.check()
    site.press("Delete with its AMIs")
    expect(page.get_by_role("dialog")).to_contain_text("with all data")
    site.confirm("Delete with its AMIs")
    site.here("rose/1.0.0/1")
    garden.carry(newest(garden, arn))
    assert garden.ami(image) is None
    assert len(garden.snapshots()) == len(before) - 1
    expect(page.get_by_text("ResourceNotFoundException").first).to_be_visible()
    site.go("Images", "Images")
    expect(site.row("rose")).to_have_count(0)
