"""Debian's Chromium, driven by Playwright, and axe-core's opinion of what it shows."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect, sync_playwright

PATIENCE = 120_000  # ms: tests share two cores with machines that boot
expect.set_options(timeout=PATIENCE)
PICTURES = Path(__file__).parents[2] / "docs/images"
AXE = Path(__file__).parents[2] / "console/node_modules/axe-core/axe.min.js"
# As root there is no sandbox; and a test's browser asks nobody but the server under test.
OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def opened(url: str) -> Iterator[Page]:
    """A page on a fresh profile. At the end: it has asked only `url`'s server, and no script has failed."""
    asked: list[str] = []
    failed: list[str] = []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=OPTIONS)
        try:
            page = browser.new_page(viewport={"width": 1440, "height": 1000}, reduced_motion="reduce")
            page.set_default_timeout(PATIENCE)
            page.on("request", lambda request: asked.append(request.url))
            page.on("pageerror", lambda error: failed.append(str(error)))
            page.on(
                "console", lambda said: failed.append(said.text) if "Content Security" in said.text else None
            )
            try:
                yield page
            except BaseException:  # what somebody would have seen, for the report of the test
                print(page.url, page.inner_text("body"), *failed, sep="\n")
                raise
        finally:
            browser.close()
    assert not [each for each in asked if not each.startswith((url, "data:", "blob:"))]
    assert failed == []


def press(page: Page, name: str) -> None:
    """Press the (last) button of that name."""
    page.get_by_role("button", name=name, exact=True).last.click()


def act(page: Page, *path: str) -> None:
    """Choose from the menu of actions."""
    page.get_by_role("button", name="Actions", exact=True).click()
    for name in path:
        page.get_by_role("menuitem", name=name, exact=True).click()


def picture(page: Page, name: str) -> None:
    """Keep what is shown as docs/images/<name>.png, in a run that is asked to: AMIABLE_PICTURES=1 pytest …"""
    if "AMIABLE_PICTURES" in os.environ:
        page.wait_for_function(STILL)
        page.screenshot(path=PICTURES / f"{name}.png")


# What fades in has neither its own colours nor contrast yet. Spinners turn for ever and do not count.
STILL = """() => document.getAnimations().every((one) =>
  one.playState !== 'running' || one.effect.getComputedTiming().endTime === Infinity)"""


def violations(page: Page) -> list[str]:
    """What axe-core finds wrong with the page, all its rules, one line a violation."""
    page.wait_for_function(STILL)
    page.evaluate(AXE.read_text())
    found: list[dict[str, Any]] = page.evaluate("axe.run().then((said) => said.violations)")
    return [
        f"{each['id']}: {each['help']}: " + json.dumps([node["html"][:200] for node in each["nodes"][:3]])
        for each in found
    ]
