"""The console in Chromium on a real API and database but without an engine, and what one does with its pages.

What stories would do (run, finish an image), a test writes into the rows: so this is quick, and what is
under way stays so until the test says otherwise.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from amiable.api.dispatch import Dispatcher
from amiable.api.perform import Performer
from amiable.model.account import create_access_key
from amiable.model.database import Database, connect
from amiable.model.migrations import upgrade
from tests.helpers.api import Api, new_api
from tests.helpers.browser import act, opened, press, violations
from tests.unit.cli.desk import listening


@dataclass(frozen=True)
class Site:
    """An API that listens, its page in the browser, and a key of the account."""

    api: Api
    url: str
    page: Page
    key: str
    secret: str

    def enter(self) -> None:
        """Open the console and sign in."""
        self.page.goto(self.url)
        self.sign_in()

    def sign_in(self, then: str = "EC2 Dashboard") -> None:
        """By the access key, on the page that is open; after that there is the page of before."""
        self.fill("Access key ID", self.key)
        self.page.get_by_label("Secret access key").fill(self.secret)
        self.press("Sign in")
        self.here(then)

    def go(self, name: str, title: str) -> None:
        """Follow the navigation; the page is whole and accessible."""
        self.page.get_by_role("navigation").get_by_role("link", name=name, exact=True).click()
        self.here(title)

    def here(self, title: str) -> None:
        """The page has that title, has loaded, and is accessible."""
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(title)
        expect(self.page.get_by_text("Loading", exact=True)).to_have_count(0)
        assert violations(self.page) == []

    def row(self, text: str) -> Locator:
        """The row of the list that has this text."""
        return self.page.locator("table tbody tr", has_text=text)

    def select(self, text: str) -> None:
        """Select that row."""
        self.row(text).get_by_role("checkbox").check()

    def act(self, *path: str) -> None:
        """Choose from the menu of actions."""
        act(self.page, *path)

    def fill(self, label: str, text: str) -> None:
        """Type into a field."""
        self.page.get_by_role("textbox", name=label, exact=True).fill(text)

    def press(self, name: str) -> None:
        """Press the (last) button of that name."""
        press(self.page, name)

    def confirm(self, verb: str) -> None:
        """Answer the question."""
        dialog = self.page.get_by_role("dialog")
        expect(dialog).to_be_visible()
        assert violations(self.page) == []
        dialog.get_by_role("button", name=verb, exact=True).click()
        expect(dialog).to_have_count(0)


@contextmanager
def console_site(folder: Path) -> Iterator[Site]:
    """An API on a database in that folder, and a browser that has not been anywhere yet."""
    database = Database(connect(f"sqlite:///{folder / 'state.db'}"))
    upgrade(database.engine)
    api = new_api(database, data_dir=folder)
    with database.write() as session:
        key, secret = create_access_key(session, api.account_id, api.sealer)
    performer = Performer(database, api.sealer, api.settings, api.stores, lambda: None)
    with listening(Dispatcher(performer)) as url, opened(url) as page:
        yield Site(api, url, page, key.id, secret)
    database.close()
