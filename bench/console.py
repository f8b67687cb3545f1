"""The list of very many images in Chromium: is the page ever blocked for longer than 100 ms?

    python -m bench.console [--images 10000] [--rounds 10] [--slower 1]

Opens AMIs, pages through, filters, selects, opens details, ten times. Of each step it prints the median
seconds until the rows were there, and the longest task of the page's thread that the browser noted
(PerformanceObserver, longtask: from 50 ms on), median and worst. `--slower` slows the processor as DevTools
does.
The peer is the same list as one answer: fetched whole and parsed by the browser, without showing it.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import expect

from tests.helpers.console import Site, console_site
from tests.helpers.images import add_images

OBSERVE = """
window.tasks = [];
new PerformanceObserver((list) => window.tasks.push(...list.getEntries().map((each) => each.duration)))
  .observe({ type: "longtask", buffered: true });
"""
WHOLE = """async (xml) => {
  const began = performance.now();
  const images = new DOMParser().parseFromString(xml, "text/xml").getElementsByTagName("imageId").length;
  return [performance.now() - began, images];
}"""


Figures = dict[str, list[tuple[float, float]]]


def step(site: Site, figures: Figures, name: str, act: Callable[[], None]) -> None:
    """Note its seconds, and the milliseconds of its longest task (0: none of 50 ms or more)."""
    site.page.evaluate("window.tasks.length = 0")
    began = time.monotonic()
    act()
    seconds = time.monotonic() - began
    site.page.wait_for_timeout(300)
    figures.setdefault(name, []).append((seconds, max(site.page.evaluate("window.tasks"), default=0.0)))


def show(figures: Figures) -> None:
    """A line a step."""
    for name, rounds in figures.items():
        seconds, longest = zip(*rounds, strict=True)
        print(
            f"{name:28} {statistics.median(seconds):5.2f} s   longest task: "
            f"median {statistics.median(longest):4.0f} ms, worst {max(longest):4.0f} ms"
        )


def walk(site: Site, figures: Figures, count: int) -> None:
    """What somebody does with the list."""
    page = site.page
    rows = page.locator("table tbody tr")

    def opened() -> None:
        page.get_by_role("navigation").get_by_role("link", name="AMIs", exact=True).click()
        expect(rows).to_have_count(50)

    def turned() -> None:
        first = rows.first.inner_text()
        page.get_by_role("button", name="Next page").click()
        expect(rows.first).not_to_have_text(first)
        expect(rows).to_have_count(50)

    def filtered() -> None:
        page.get_by_role("combobox", name="Filter by property").fill(f"Name : {count - 1}")
        page.keyboard.press("Enter")
        expect(rows).to_have_count(1)

    def selected() -> None:
        rows.first.get_by_role("checkbox").check()
        expect(page.get_by_role("tab", name="Storage")).to_be_visible()

    step(site, figures, "open the list", opened)
    for number in range(2, 5):
        step(site, figures, f"page {number}", turned)
    step(site, figures, "filter by name", filtered)
    step(site, figures, "select, details open", selected)
    page.get_by_role("navigation").get_by_role("link", name="EC2 Dashboard", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("EC2 Dashboard")


def peer(site: Site) -> None:
    """All images in one answer, parsed."""
    answer = site.api("DescribeImages", Owners=["self"])["Images"]
    fields = ("ImageId", "Name", "Description", "State", "OwnerId", "Architecture")
    items = "".join(
        "<item>"
        + "".join(
            f"<{name[0].lower()}{name[1:]}>{image.get(name, '')}</{name[0].lower()}{name[1:]}>"
            for name in fields
        )
        + "</item>"
        for image in answer
    )
    xml = f"<imagesSet>{items}</imagesSet>"
    took, images = site.page.evaluate(WHOLE, xml)
    print(f"peer: one answer of {images} images, {len(xml) / 2**20:.1f} MiB: {took:.0f} ms to parse alone")


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--slower", type=float, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, console_site(Path(folder)) as site:
        add_images(site.api, options.images)
        site.page.add_init_script(OBSERVE)
        site.page.goto(site.url)
        site.sign_in()
        if options.slower != 1:
            session = site.page.context.new_cdp_session(site.page)
            session.send("Emulation.setCPUThrottlingRate", {"rate": options.slower})
        print(json.dumps(vars(options)))
        figures: Figures = {}
        for _ in range(options.rounds):
            walk(site, figures, options.images)
        show(figures)
        peer(site)


if __name__ == "__main__":
    main()
