"""Lists of very many: what the page asks the API for. How long it takes is bench/console.py's to say."""

from collections.abc import Iterator
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Request, expect

from tests.helpers.console import Site, console_site
from tests.helpers.images import add_images

COUNT = 2000


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with console_site(tmp_path_factory.mktemp("many")) as site:
        add_images(site.api, COUNT)
        site.enter()
        yield site


def test_images_come_by_pages_and_filters_find_among_all(site: Site) -> None:
    asked: list[dict[str, list[str]]] = []

    def note(request: Request) -> None:
        form = parse_qs(request.post_data or "")
        if form.get("Action") == ["DescribeImages"]:
            asked.append(form)

    page = site.page
    expect(page.get_by_text(f"{COUNT:,}").first).to_be_visible()  # counted by the server
    page.on("request", note)
    site.go("AMIs", "Amazon Machine Images")
    expect(page.locator("table tbody tr")).to_have_count(50)
    first = page.locator("table tbody tr").first.inner_text()
    page.get_by_role("button", name="Next page").click()
    expect(page.locator("table tbody tr").first).not_to_have_text(first)
    expect(page.locator("table tbody tr")).to_have_count(50)
    page.get_by_role("combobox", name="Filter by property").fill(f"Name : {COUNT - 1}")
    page.keyboard.press("Enter")
    expect(page.locator("table tbody tr")).to_have_count(1)
    expect(site.row(f"image-{COUNT - 1:05}")).to_have_count(1)
    assert {tuple(form["MaxResults"]) for form in asked} == {("50",)}
    assert sum("NextToken" in form for form in asked) == 1
    assert asked[-1]["Filter.1.Value.1"] == [f"*{COUNT - 1}*"]
    assert len(asked) <= 4
