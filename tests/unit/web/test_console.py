"""The console's files as a browser gets them, and that the API keeps every request that is its own."""

import gzip
from pathlib import Path

import pytest
from starlette.applications import Starlette

from amiable.api.dispatch import Dispatcher
from amiable.api.perform import Performer
from amiable.model.database import Database
from amiable.web.console import routes
from amiable.web.gateway import application
from tests.helpers.api import new_api
from tests.helpers.asgi import ask


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    (folder / "assets").mkdir(parents=True)
    (folder / ".vite").mkdir()
    (folder / ".vite" / "manifest.json").write_text("{}")
    (folder / "index.html").write_text("<p>page</p>")
    (folder / "index.html.gz").write_bytes(gzip.compress(b"<p>page</p>"))
    (folder / "assets" / "app-1a2b.js").write_text("go()")
    (tmp_path / "secret.txt").write_text("secret")
    return folder


def site(files: Path) -> Starlette:
    return Starlette(routes=routes(files))


def test_the_page_and_its_files(files: Path) -> None:
    page = ask(site(files), "/console/", accept_encoding="br, gzip")
    assert (page.status, page.text) == (200, "<p>page</p>")
    assert page.headers["content-encoding"] == "gzip"
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["cache-control"] == "no-cache"
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert ask(site(files), "/console/").body == b"<p>page</p>"
    script = ask(site(files), "/console/assets/app-1a2b.js")
    assert "immutable" in script.headers["cache-control"]
    assert script.headers["content-type"].startswith("text/javascript")
    assert ask(site(files), "/console").headers["location"] == "/console/"


def test_a_route_of_the_browser_is_the_page_but_a_missing_asset_is_missing(files: Path) -> None:
    assert ask(site(files), "/console/images/ami-1").text == "<p>page</p>"
    assert ask(site(files), "/console/assets/app-old.js").status == 404


@pytest.mark.parametrize(
    "path", ["../secret.txt", "%2e%2e/secret.txt", "..%2fsecret.txt", ".vite/manifest.json", "a%00b"]
)
def test_nothing_else_is_served(files: Path, path: str) -> None:
    assert ask(site(files), f"/console/{path}").text == "<p>page</p>"


def test_a_console_that_is_not_built_says_so(tmp_path: Path) -> None:
    said = ask(site(tmp_path), "/console/")
    assert said.status == 503
    assert "tools/setup runtime" in said.text


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_browser_at_the_root_is_led_to_the_console_and_the_api_is_not(database: Database) -> None:
    api = new_api(database)
    served = application(Dispatcher(Performer(database, api.sealer, api.settings, {}, lambda: None)))
    looks = "text/html,*/*"
    assert ask(served, "/", accept=looks).headers["location"] == "/console/"
    assert "</Code>" in ask(served, "/?Action=DescribeImages&Version=2016-11-15", accept=looks).text
    assert "</Code>" in ask(served, "/", accept=looks, authorization="AWS4-HMAC-SHA256 …").text
    assert "</Code>" in ask(served, "/", "POST", accept=looks).text
    assert "</Code>" in ask(served, "/").text
