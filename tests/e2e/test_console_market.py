"""What can be launched and what it costs: AMI Catalog and Marketplace; and one tab with two accounts."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from amiable.core import clock
from amiable.flows.catalog_listing import list_catalog
from amiable.model.account import AMAZON, create_access_key, create_account
from amiable.model.instance import Instance
from amiable.model.usage import begin_use, end_use, see_use
from tests.helpers.browser import violations
from tests.helpers.console import Site, console_site
from tests.helpers.images import add_image


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with console_site(tmp_path_factory.mktemp("market")) as site:
        api = site.api
        with api.database.write() as session:
            create_account(session, AMAZON, alias=AMAZON)
            list_catalog(session, api.settings)
        publisher = api.other_account()
        offered = add_image(publisher, "wiki", api.account_id)
        publisher(
            "CreateProduct",
            "amiable",
            Name="wiki",
            Title="Wiki server",
            HourlyPrices={"default": "0.36", "t3.small": "0.72"},
            Dimensions={"pages": "0.001"},
            Terms="Pay for each hour.",
            ImageIds=[offered.id],
        )
        add_image(publisher, "given", api.account_id)
        add_image(api, "own-base")
        site.enter()
        yield site


def card(site: Site, name: str) -> Locator:
    """The card of that name, chosen."""
    radio = site.page.get_by_role("radio", name=re.compile(f"Select {name}$"))
    radio.check()
    return site.page.locator("li", has=radio)


def shown(site: Site) -> dict[str, Any]:
    """The product, as the account sees it."""
    rows = site.api("DescribeProducts", "amiable")["Products"]
    return next(dict(row) for row in rows if row["Name"] == "wiki")


def test_the_catalog_lists_what_can_be_launched(site: Site) -> None:
    page = site.page
    site.go("AMI Catalog", "AMI Catalog")
    launch = page.get_by_role("button", name="Launch instance with AMI")
    page.get_by_role("searchbox", name="Find AMIs by name").fill("debian-12")
    debian = card(site, "debian-12")
    expect(debian).to_contain_text("Listed")
    expect(page.get_by_text("alpine")).to_have_count(0)
    site.press("Import now")
    expect(debian).to_contain_text("Importing", timeout=10_000)
    launch.click()
    site.here("Launch an instance")
    expect(page.get_by_text("Imported at the first launch")).to_be_visible()
    page.go_back()
    for tab, name in (
        ("My AMIs", "own-base"),
        ("Shared with me", "given"),
        ("Community AMIs", "alpine"),
    ):
        page.get_by_role("tab", name=tab).click()
        expect(page.get_by_role("tabpanel").get_by_text(name).first).to_be_visible()
        assert violations(page) == []
    page.get_by_role("tab", name="My AMIs").click()
    expect(launch).to_be_disabled()
    card(site, "own-base")
    launch.click()
    site.here("Launch an instance")
    expect(page.get_by_role("button", name=re.compile("^Choose an image"))).to_contain_text("own-base")
    page.go_back()  # a form has its navigation closed


def test_a_paid_image_offers_its_subscription_where_it_is_launched(site: Site) -> None:
    page = site.page
    site.go("AMI Catalog", "AMI Catalog")
    page.get_by_role("tab", name="Marketplace AMIs").click()
    expect(card(site, "wiki")).to_contain_text("$0.36")
    expect(page.get_by_role("button", name="Launch instance with AMI")).to_be_disabled()
    assert violations(page) == []

    site.go("Instances", "Instances")
    site.press("Launch instances")
    page.get_by_role("button", name="Marketplace").click()
    page.get_by_role("button", name=re.compile("^Choose an image")).click()
    page.get_by_role("option", name=re.compile("wiki")).click()
    expect(page.get_by_text("It needs a subscription:")).to_be_visible()
    expect(page.get_by_role("button", name="Launch instance", exact=True)).to_be_disabled()
    site.fill("Name", "my wiki")
    site.press("Subscribe")
    expect(page.get_by_role("dialog")).to_contain_text("$0.72 an hour: t3.small")
    expect(page.get_by_role("dialog")).to_contain_text("Pay for each hour.")
    site.confirm("Accept terms and subscribe")
    expect(page.get_by_text("Subscribed. Each instance costs:")).to_be_visible()
    assert violations(page) == []
    site.press("Launch instance")
    expect(site.row("my wiki")).to_contain_text("Pending")  # the form was as it was
    assert shown(site)["Subscribed"]


def test_what_it_costs(site: Site) -> None:
    page = site.page
    (reservation,) = site.api("DescribeInstances")["Reservations"]
    now = clock.now()
    with site.api.database.write() as session:
        instance = session.get_one(Instance, reservation["Instances"][0]["InstanceId"])
        begin_use(session, instance, now - timedelta(minutes=30))
        session.flush()
        see_use(session, [instance.id], now)
        end_use(session, instance.id, now)
    site.go("Marketplace", "Marketplace")
    page.get_by_role("tab", name="Usage and cost").click()
    if now.day == 1:  # the half hour may lie in the month before
        page.get_by_role("textbox", name="From").fill(f"{now - timedelta(days=1):%Y/%m/%d}")
    table = page.get_by_role("table", name="Hours of instances")
    expect(table).to_contain_text("Wiki server")
    expect(table).to_contain_text("0 h 30 min 0 s")
    expect(page.get_by_text("$0.18").first).to_be_visible()
    assert violations(page) == []


def test_products_say_their_price_and_are_left_again(site: Site) -> None:
    page = site.page
    site.go("Marketplace", "Marketplace")
    wiki = card(site, "Wiki server")
    expect(wiki).to_contain_text("$0.001 for each pages")
    subscribe = page.get_by_role("button", name="Subscribe", exact=True)
    expect(subscribe).to_be_disabled()
    site.press("Unsubscribe")
    expect(page.get_by_role("dialog")).to_contain_text("Instances that run go on")
    site.confirm("Unsubscribe")
    expect(wiki).to_contain_text("Not subscribed")
    assert not shown(site)["Subscribed"]
    expect(page.get_by_role("button", name="Launch instance")).to_be_disabled()
    subscribe.click()
    site.confirm("Accept terms and subscribe")
    page.get_by_role("searchbox", name="Find products").fill("nothing such")
    expect(page.get_by_text("No product matches.")).to_be_visible()


def test_two_accounts_in_one_tab(site: Site) -> None:
    page, api = site.page, site.api
    other = api.other_account()
    with api.database.write() as session:
        key, secret = create_access_key(session, other.account_id, api.sealer)
    account = page.get_by_role("button", name=re.compile(r"^Account:"))
    account.click()
    page.get_by_role("menuitem", name="Sign in to another account").click()
    site.here("Sign in to amiable")
    site.fill("Access key ID", key.id)
    page.get_by_label("Secret access key").fill(secret)
    site.press("Sign in")
    site.here("EC2 Dashboard")
    expect(account).to_contain_text(other.account_id)
    assert secret not in str(page.evaluate("JSON.stringify([sessionStorage, localStorage])"))
    site.go("AMIs", "Amazon Machine Images")
    expect(page.get_by_text("None in this Region.")).to_be_visible()
    account.click()
    page.get_by_role("menuitem", name=f"Switch to {api.account_id}").click()
    site.here("EC2 Dashboard")
    site.go("AMIs", "Amazon Machine Images")
    expect(site.row("own-base")).to_be_visible()
    page.reload()
    expect(account).to_contain_text(api.account_id)
    account.click()
    page.get_by_role("menuitem", name="Sign out", exact=True).click()
    site.here("Sign in to amiable")
    site.press(f"Go on as {other.account_id}")
    expect(account).to_contain_text(other.account_id)
