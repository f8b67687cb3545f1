"""The terminal page in Chromium, with a program of ours at the serial line; and an image that one account
shares and another launches. No machines: tests/helpers/console.py.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Locator, expect

from amiable.model.account import create_access_key
from tests.helpers.browser import violations
from tests.helpers.console import Site, console_site
from tests.helpers.images import add_image
from tests.helpers.rows import add_instance
from tests.helpers.serial_line import serial_line
from tests.helpers.server import eventually
from tests.unit.cli.desk import set_instance


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with console_site(tmp_path_factory.mktemp("console")) as site:
        site.enter()
        yield site


def connect_button(site: Site) -> Locator:
    return site.page.get_by_role("button", name="Connect", exact=True)


def test_a_terminal(site: Site) -> None:
    page, api = site.page, site.api
    group = api("CreateSecurityGroup", GroupName="g", Description="d")["GroupId"]
    instance = add_instance(api, group)
    set_instance(api.database, instance.id, "stopped")
    site.go("Instances", "Instances")
    site.select(instance.id)
    expect(connect_button(site)).to_have_attribute("aria-disabled", "true")
    connect_button(site).hover()
    expect(page.get_by_role("tooltip")).to_contain_text("Only running instances can be connected to")
    set_instance(api.database, instance.id, "running")
    site.press("Refresh")
    connect_button(site).click()

    site.here(f"Connect to {instance.id}")
    expect(page.get_by_text("Serial console access is off in us-east-1")).to_be_visible()
    # A question to the terminal from before, which must not be answered now; a link; a title.
    before = (
        b"\x1b[6n\x1b]0;evil\x07\x1b]8;;http://attacker.example\x07link\x1b]8;;\x07\r\n\x1b[31mlogin:\x1b[0m "
    )
    screen = page.get_by_label("Terminal on the serial console")
    with serial_line(api.settings.machine_directory(instance.id), before) as line:
        site.press("Allow serial console access")
        expect(page.get_by_text("Connected", exact=True)).to_be_visible()
        expect(screen).to_contain_text("login:")
        page.keyboard.type("root")
        page.keyboard.press("Enter")
        expect(screen).to_contain_text("ROOT")
        assert line.heard == b"root\r"
        assert "evil" not in page.title()
        line.print(b"\r\n\x1b[1;38;2;9;8;7;48;5;200mcolours\x1b[0m\r\n")
        expect(screen).to_contain_text("colours")
        assert violations(page) == []

        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        screen.locator(".xterm-rows span", has_text="colours").dblclick(force=True)
        page.keyboard.press("Control+Shift+C")
        assert page.evaluate("navigator.clipboard.readText()").strip() == "colours"
        page.evaluate("navigator.clipboard.writeText('x'.repeat(100000))")
        page.keyboard.press("Control+Shift+V")
        eventually(lambda: len(line.heard) == 100_005, within=30, what="what was pasted")

        page.keyboard.press("Control+]")
        expect(page.get_by_role("button", name="Set size")).to_be_focused()
        page.keyboard.press("Enter")
        expect(screen).to_contain_text(re.compile(r"STTY ROWS \d+ COLS \d+"))

        line.end()
        expect(page.get_by_text("The machine has ended.")).to_be_visible()
        assert violations(page) == []
        site.press("Reconnect")
        expect(page.get_by_text("Connected", exact=True)).to_be_visible()
        api("DisableSerialConsoleAccess")
        off = page.get_by_text("Serial console access is off for this account")
        expect(off).to_be_visible(timeout=30_000)  # looked at every five seconds
    site.press("Back to instance")
    site.here("Instances")


def test_an_image_shared_by_one_account_is_launched_by_another(site: Site) -> None:
    page, api = site.page, site.api
    add_image(api, "to share")
    other = api.other_account()
    site.go("AMIs", "Amazon Machine Images")
    site.select("to share")
    site.act("Edit AMI permissions")
    site.press("Add account ID")
    site.fill("Shared accounts", other.account_id)
    site.press("Save changes")
    site.here("Amazon Machine Images")
    page.get_by_role("button", name=re.compile("account", re.IGNORECASE)).first.click()
    page.get_by_role("menuitem", name="Sign out").click()

    with api.database.write() as session:
        key, secret = create_access_key(session, other.account_id, api.sealer)
    there = replace(site, api=other, key=key.id, secret=secret)
    there.here("Sign in to amiable")
    there.sign_in(then="Amazon Machine Images")
    page.get_by_role("button", name=re.compile("^Show")).click()
    page.get_by_role("option", name="Shared with me").click()
    there.select("to share")
    there.act("Launch instance from AMI")
    there.here("Launch an instance")
    expect(page.get_by_text("to share").first).to_be_visible()
    there.press("Launch instance")
    there.here("Instances")
    (reservation,) = other("DescribeInstances")["Reservations"]
    assert reservation["OwnerId"] == other.account_id
