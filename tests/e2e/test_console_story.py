"""The founding story, only with the mouse and the browser's terminal: a test machine, set up by hand, becomes
an image, and production is launched of it. Real machines (the tiny image), a real server, Chromium.
"""

import re
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.helpers.browser import act, opened, picture, press
from tests.helpers.server import Server, eventually, import_disk, running

LONG = 240_000
TEXT = "made by mouse"
# A login on the serial console, with a password that user data sets.
USER_DATA = r"""#!/bin/sh
printf 'sesame\nsesame\n' | passwd root
(while :; do getty -L ttyS0 115200 vt100; done) &
"""
SET_UP = f"""mkdir -p /www; echo '{TEXT}' > /www/index.html
echo '::respawn:/bin/busybox httpd -f -h /www' >> /etc/inittab
kill -HUP 1; sync; echo set''up"""


@pytest.fixture(scope="module")
def own_server(tiny_disk: Path) -> Iterator[Server]:
    """A server that may be killed, with the tiny image in its public catalog."""
    with running() as server:
        server.account("maker")
        import_disk(server, tiny_disk, "tiny")
        yield server


def link(server: Server) -> str:
    """What `amiable console` prints."""
    program = Path(sys.executable).parent / "amiable"
    words = [program, "console", "--account", "maker"]
    done = subprocess.run(words, env=server.environment(), capture_output=True, text=True, check=True)
    return done.stdout.strip()


def served(address: str) -> str:
    """The page at a public address, seen from outside of its network."""

    def ask() -> str:
        try:
            with urllib.request.urlopen(f"http://{address}/", timeout=3) as answer:
                return str(answer.read().decode())
        except (urllib.error.URLError, OSError):
            return ""

    return str(eventually(ask, within=120, what=f"a page at {address}", every=0.5))


def launch(page: Page, name: str, image: str, user_data: str = "") -> str:
    """Fill in the wizard, HTTP let in; the public address as soon as the row shows it."""
    page.get_by_role("textbox", name="Name", exact=True).fill(name)
    if image:
        page.get_by_role("button", name=re.compile("^Choose an image")).click()
        page.get_by_role("option", name=re.compile(image)).click()
    page.get_by_role("checkbox", name="Allow HTTP traffic from the internet").check()
    if user_data:
        press(page, "Advanced details")
        page.get_by_role("textbox", name="User data").fill(user_data)
    press(page, "Launch instance")
    row = page.locator("table tbody tr", has_text=name)
    expect(row).to_contain_text("Running", timeout=LONG)
    found = re.search(r"198\.18\.\d+\.\d+", row.inner_text())
    assert found
    return found.group()


def test_from_a_test_machine_to_production_by_mouse(own_server: Server) -> None:
    with opened(own_server.url) as page:
        page.goto(link(own_server))
        navigation = page.get_by_role("navigation")
        navigation.get_by_role("link", name="Instances", exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_contain_text(
            "Instances (0)"
        )  # nothing moves any more
        press(page, "Launch instances")
        expect(page.get_by_role("heading", level=1)).to_contain_text("Launch an instance")
        test = launch(page, "testing", "tiny", USER_DATA)

        # set it up through the terminal
        page.locator("table tbody tr", has_text="testing").get_by_role("checkbox").check()
        press(page, "Connect")
        press(page, "Allow serial console access")
        screen = page.get_by_label("Terminal on the serial console")
        expect(screen).to_contain_text("amiable-tiny ready", timeout=LONG)
        page.keyboard.press("Enter")
        expect(screen).to_contain_text("login:", timeout=LONG)
        page.keyboard.type("root\n")
        expect(screen).to_contain_text("Password:", timeout=LONG)
        page.keyboard.type("sesame\n")
        expect(screen).to_contain_text("# ", timeout=LONG)

        # a server that dies leaves the machine alone, and its terminal can be had again
        own_server.kill()
        expect(page.get_by_text("ConnectionLost")).to_be_visible()
        own_server.start()
        press(page, "Reconnect")
        expect(page.get_by_text("Connected", exact=True)).to_be_visible(timeout=LONG)
        for line in SET_UP.splitlines():
            page.keyboard.type(line + "\n", delay=5)
        expect(screen).to_contain_text("setup", timeout=LONG)
        picture(page, "terminal")
        assert served(test) == f"{TEXT}\n"

        # an image of it
        press(page, "Back to instance")
        act(page, "Image and templates", "Create image")
        page.get_by_role("textbox", name="Image name").fill("web 1")
        page.get_by_role("checkbox", name="Reboot instance").uncheck()
        press(page, "Add tag")
        page.get_by_role("textbox", name="Key").fill("release")
        page.get_by_role("textbox", name="Value").fill("1")
        press(page, "Create image")
        image = page.locator("table tbody tr", has_text="web 1")
        expect(image).to_contain_text("Available", timeout=LONG)  # by itself

        # production
        image.get_by_role("checkbox").check()
        act(page, "Launch instance from AMI")
        production = launch(page, "production", "")
        assert production != test
        page.locator("table tbody tr", has_text="production").get_by_role("checkbox").check()
        picture(page, "instances")
        assert served(production) == f"{TEXT}\n"

        # the end
        page.locator("table tbody tr", has_text="testing").get_by_role("checkbox").check()
        act(page, "Instance state", "Terminate (delete) instance")
        press(page, "Terminate (delete) instance")
        for name in ("testing", "production"):
            expect(page.locator("table tbody tr", has_text=name)).to_contain_text("Terminated", timeout=LONG)
    (made,) = own_server.account("maker").client("ec2").describe_images(Owners=["self"])["Images"]
    assert {"Key": "release", "Value": "1"} in made["Tags"]
