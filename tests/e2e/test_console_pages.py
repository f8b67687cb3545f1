"""Pages and forms of the console in Chromium (tests/helpers/console.py). axe-core looks at every page."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.helpers.browser import violations
from tests.helpers.console import Site, console_site
from tests.helpers.images import add_image
from tests.unit.cli.desk import set_image, set_instance


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with console_site(tmp_path_factory.mktemp("console")) as site:
        add_image(site.api.other_account(), "base", "all")
        yield site


def test_sign_in(site: Site) -> None:
    site.page.goto(site.url)
    site.here("Sign in to amiable")
    site.sign_in()
    assert site.secret not in str(site.page.evaluate("JSON.stringify([sessionStorage, localStorage])"))


def test_a_page_whose_files_do_not_come_is_loaded_anew(site: Site) -> None:
    """Once: the machine's network changed (net::ERR_NETWORK_CHANGED). For good: the server was upgraded."""
    site.page.route("**/assets/volumes-*.js", lambda route: route.abort(), times=1)
    site.go("Volumes", "Volumes")
    site.page.route("**/assets/key-pairs-*.js", lambda route: route.abort())
    site.page.get_by_role("navigation").get_by_role("link", name="Key Pairs", exact=True).click()
    expect(site.page.get_by_text("This page cannot be shown.")).to_be_visible()
    assert violations(site.page) == []
    site.go("Security Groups", "Security groups")
    site.page.go_back()
    expect(site.page.get_by_text("This page cannot be shown.")).to_be_visible()
    site.page.unroute("**/assets/key-pairs-*.js")
    site.press("Reload")
    site.here("Key pairs")


def test_a_key_pair_and_a_security_group(site: Site) -> None:
    page = site.page
    site.go("Key Pairs", "Key pairs")
    site.press("Create key pair")
    site.here("Create key pair")
    site.fill("Name", "mine")
    with page.expect_download() as download:
        site.press("Create key pair")
    assert "PRIVATE KEY" in download.value.path().read_text()
    site.select("mine")

    site.go("Security Groups", "Security groups")
    site.press("Create security group")
    site.here("Create security group")
    site.fill("Security group name", "web")
    site.fill("Description", "for the web")
    page.get_by_role("button", name="Add rule").first.click()
    page.get_by_role("textbox", name="From port").first.fill("80")
    page.get_by_role("textbox", name="To port").first.fill("80")
    assert violations(page) == []
    site.press("Create security group")
    site.select("for the web")
    expect(page.get_by_role("table", name="Inbound rules")).to_contain_text("0.0.0.0/0")
    assert violations(page) == []
    site.act("Edit inbound rules")
    expect(page.get_by_role("textbox", name="From port")).to_have_value("80")
    source = page.get_by_role("combobox", name="Source")
    source.fill("anywhere")
    expect(page.get_by_text("Use a CIDR block such as")).to_be_visible()
    source.fill("198.51.100.0/24")
    site.press("Save changes")
    site.select("for the web")
    expect(page.get_by_role("table", name="Inbound rules")).to_contain_text("198.51.100.0/24")
    site.act("Edit outbound rules")
    site.here("Edit outbound rules")
    page.get_by_role("button", name=re.compile("^Type")).click()
    page.get_by_role("option", name="HTTPS").click()
    page.get_by_role("combobox", name="Destination").click()
    page.get_by_role("option", name=re.compile("My IP")).click()
    site.fill("Note", "updates")
    assert violations(page) == []
    site.press("Save changes")
    site.select("for the web")
    expect(page.get_by_role("table", name="Outbound rules")).to_contain_text("443")
    (group,) = site.api("DescribeSecurityGroups", GroupNames=["web"])["SecurityGroups"]
    (rule,) = group["IpPermissionsEgress"]
    assert rule["IpRanges"] == [{"CidrIp": "127.0.0.1/32", "Description": "updates"}]


def test_the_life_of_an_image(site: Site) -> None:
    page, ec2 = site.page, site.api
    site.go("Instances", "Instances")
    site.press("Launch instances")
    site.here("Launch an instance")
    site.fill("Name", "web")
    page.get_by_role("button", name=re.compile("^Choose an image")).click()
    page.get_by_role("option", name=re.compile("base")).click()
    page.get_by_role("button", name=re.compile("^Key pair")).click()
    page.get_by_role("option", name="mine").click()
    page.get_by_role("checkbox", name="Allow HTTP traffic from the internet").check()
    assert violations(page) == []
    site.press("Launch instance")
    expect(site.row("web")).to_contain_text("Pending")
    (reservation,) = ec2("DescribeInstances")["Reservations"]
    (instance,) = reservation["Instances"]
    assert instance["KeyName"] == "mine"
    set_instance(ec2.database, instance["InstanceId"], "running")
    expect(site.row("web")).to_contain_text("Running")  # by itself

    site.select("web")
    for tab in ("Storage", "Networking", "Tags", "Details"):
        page.get_by_role("tab", name=tab).click()
        assert violations(page) == []
    page.get_by_role("button", name="Actions").click()
    page.get_by_role("menuitem", name="Instance state").click()
    start = page.get_by_role("menuitem", name="Start instance")
    expect(start).to_have_attribute("aria-disabled", "true")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")

    site.act("Image and templates", "Create image")
    site.here("Create image")
    site.fill("Image name", "web 1")
    site.press("Create image")
    expect(site.row("web 1")).to_contain_text("Pending")
    (image,) = ec2("DescribeImages", Owners=["self"])["Images"]
    set_image(ec2.database, image["ImageId"], "available", percent=100)
    expect(site.row("web 1")).to_contain_text("Available")  # by itself
    site.select("web 1")
    for tab in ("Storage", "Lineage", "Usage", "Details"):
        page.get_by_role("tab", name=tab).click()
        assert violations(page) == []
    site.act("Edit AMI permissions")
    site.here("Edit AMI permissions")
    site.press("Add account ID")
    site.fill("Shared accounts", "123456789012")
    site.press("Save changes")
    site.here("Amazon Machine Images")
    shared = ec2("DescribeImageAttribute", ImageId=image["ImageId"], Attribute="launchPermission")
    assert shared["LaunchPermissions"] == [{"UserId": "123456789012"}]
    site.select("web 1")
    site.act("Copy AMI")
    site.here("Copy AMI")
    site.press("Copy AMI")
    expect(page.get_by_text("in us-west-2.")).to_be_visible()
    site.select("web 1")
    site.act("Enable deregistration protection")
    expect(page.get_by_text("Enable deregistration protection: done.")).to_be_visible()
    page.get_by_role("button", name="Actions").click()
    barred = page.get_by_role("menuitem", name="Deregister AMI", exact=True)
    expect(barred).to_have_attribute("aria-disabled", "true")
    page.get_by_role("menuitem", name="Disable deregistration protection").click()
    expect(page.get_by_text("Disable deregistration protection: done.")).to_be_visible()
    site.act("Disable AMI")
    site.confirm("Disable AMI")
    expect(page.get_by_text("Disable AMI: done.")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Show")).click()
    page.get_by_role("option", name="Disabled images").click()
    site.select("web 1")
    site.act("Deregister AMI")
    site.confirm("Deregister AMI")
    expect(page.get_by_text("None in this Region.")).to_be_visible()


def test_a_template_of_an_instance(site: Site) -> None:
    site.go("Instances", "Instances")
    site.select("web")
    site.act("Image and templates", "Create template from instance")
    site.here("Create template from instance")
    site.fill("Launch template name", "like-web")
    site.press("Create template from instance")
    site.here("Launch templates")
    site.select("like-web")
    expect(site.page.get_by_role("table", name="Versions")).to_contain_text("mine")
    site.act("Launch instance from template")
    site.here("Launch an instance")
    site.press("Launch instance")
    site.here("Instances")
    assert len(site.api("DescribeInstances")["Reservations"]) == 2


def test_a_filter_asks_the_api(site: Site) -> None:
    site.go("Security Groups", "Security groups")
    site.page.get_by_role("combobox", name="Filter by property").fill("Name : web")
    site.page.keyboard.press("Enter")
    expect(site.row("for the web")).to_have_count(1)
    expect(site.row("default VPC")).to_have_count(0)


def test_dark_mode_is_accessible_and_ended_credentials_lead_to_sign_in(site: Site) -> None:
    site.press("Dark mode")
    site.go("AMIs", "Amazon Machine Images")
    site.page.evaluate(
        """const kept = JSON.parse(sessionStorage["amiable.session"]);
        sessionStorage["amiable.session"] = JSON.stringify({ ...kept, sessionToken: "x" });"""
    )
    site.page.reload()
    site.here("Sign in to amiable")
    expect(site.page.get_by_text("You are signed out.")).to_be_visible()
