"""A pipeline that the console makes and runs, on the tiny image: live log, stages, image; one that fails."""

import re
import secrets
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.helpers.browser import opened, picture, violations
from tests.helpers.server import Account, Server

SLOW = 400_000
"""Milliseconds that a build may take on two emulated cores."""
DOCUMENT = """\
schemaVersion: 1.0
phases:
  - name: build
    steps:
      - name: Say
        action: ExecuteBinary
        inputs: {path: /bin/sh, arguments: ["-c", "SCRIPT"]}
"""


@pytest.fixture
def page(server: Server) -> Iterator[Page]:
    """The console's sign-in."""
    with opened(server.url) as page:
        page.goto(server.url + "/console/")
        yield page


def recipe(account: Account, name: str, parent: str, script: str) -> None:
    """A recipe of one component that runs a script of sh."""
    builder: Any = account.client("imagebuilder")
    component = builder.create_component(
        name=name,
        semanticVersion="1.0.0",
        platform="Linux",
        data=DOCUMENT.replace("SCRIPT", script),
        clientToken=secrets.token_hex(8),
    )["componentBuildVersionArn"]
    builder.create_image_recipe(
        name=name,
        semanticVersion="1.0.0",
        parentImage=parent,
        components=[{"componentArn": component}],
        clientToken=secrets.token_hex(8),
    )


def run(page: Page, name: str) -> None:
    """Make a pipeline of the recipe on its page, and run it; the build's page is there then."""
    page.get_by_role("navigation").get_by_role("link", name="Image recipes").click()
    page.locator("table tbody tr", has_text=name).get_by_role("checkbox").check()
    page.get_by_role("button", name="Actions").click()
    page.get_by_role("menuitem", name="Create pipeline from this recipe").click()
    page.get_by_role("textbox", name="Pipeline name").fill(name)
    page.get_by_role("button", name=re.compile("^Instance type")).click()
    page.get_by_role("option", name="t3.nano").click()
    page.get_by_role("button", name="Create image pipeline").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Image pipelines")
    page.get_by_role("button", name="Actions").click()
    page.get_by_role("menuitem", name="Run pipeline").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{name}/1.0.0/1")


def test_a_pipeline_is_run_from_the_page(page: Page, server: Server, tiny_ami: str) -> None:
    account = server.account("console-builder")
    good, bad = (f"{word}-{secrets.token_hex(3)}" for word in ("good", "bad"))
    recipe(account, good, tiny_ami, "echo begun; sleep 5; echo it is built >/etc/motd")
    recipe(account, bad, tiny_ami, "echo because; exit 3")
    page.get_by_role("textbox", name="Access key ID").fill(account.access_key)
    page.get_by_label("Secret access key").fill(account.secret)
    page.get_by_role("button", name="Sign in").click()

    run(page, good)
    stages, log = page.get_by_role("list", name="Stages"), page.get_by_label("Build log")
    expect(log).to_contain_text("begun", timeout=SLOW)
    expect(stages.locator("[aria-current=step]")).to_have_text("BUILDING")  # still: the log came live
    expect(stages.locator("[aria-current=step]")).to_have_text("TESTING", timeout=SLOW)
    expect(stages.locator("[aria-current=step]")).to_have_count(0, timeout=SLOW)
    picture(page, "build")
    page.get_by_role("tab", name="Output images").click()
    page.get_by_role("table", name="Output images").get_by_role("link", name=re.compile("^ami-")).click()
    expect(page.locator("table tbody tr", has_text=good)).to_contain_text("Available")

    run(page, bad)
    expect(page.get_by_text(f"{bad} failed", exact=True)).to_be_visible(timeout=SLOW)
    expect(page.get_by_label("Last lines")).to_have_text("because")
    expect(page.get_by_label("Build log")).to_contain_text("status 3")
    picture(page, "build-failed")
    assert violations(page) == []
