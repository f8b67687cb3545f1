"""The launch wizard and launch templates, whose forms have the same sections."""

import base64
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.helpers.browser import picture, violations
from tests.helpers.console import Site, console_site
from tests.helpers.images import add_image


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with console_site(tmp_path_factory.mktemp("launch")) as site:
        add_image(site.api, "base")
        site.enter()
        yield site


def choose(site: Site, label: str, option: str) -> None:
    """Choose from a list."""
    site.page.get_by_role("button", name=re.compile(f"^{re.escape(label)}")).last.click()
    site.page.get_by_role("option", name=re.compile(re.escape(option))).first.click()


def choose_image(site: Site) -> None:
    site.page.get_by_text("My AMIs", exact=True).click()
    choose(site, "Choose an image", "base")


def instance_named(site: Site, name: str) -> dict[str, Any]:
    wanted = [{"Name": "tag:Name", "Values": [name]}]
    (reservation,) = site.api("DescribeInstances", Filters=wanted)["Reservations"]
    return dict(reservation["Instances"][0])


def version(site: Site, number: str) -> dict[str, Any]:
    found = site.api("DescribeLaunchTemplateVersions", LaunchTemplateName="web", Versions=[number])
    return dict(found["LaunchTemplateVersions"][0]["LaunchTemplateData"])


def test_a_launch_with_all_that_there_is(site: Site) -> None:
    page = site.page
    site.go("Instances", "Instances")
    site.press("Launch instances")
    site.here("Launch an instance")
    launch = page.get_by_role("button", name="Launch instance", exact=True)
    expect(launch).to_be_disabled()
    site.fill("Name", "full")
    choose_image(site)
    site.press("Create new key pair")
    dialog = page.get_by_role("dialog")
    assert violations(page) == []
    dialog.get_by_role("textbox", name="Name").fill("wizard")
    with page.expect_download() as download:
        dialog.get_by_role("button", name="Create key pair").click()
    assert "PRIVATE KEY" in download.value.path().read_text()
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("button", name=re.compile("^Key pair"))).to_contain_text("wizard")
    expect(page.get_by_role("textbox", name="Name", exact=True)).to_have_value("full")
    choose(site, "Auto-assign public IP", "Disable")
    page.get_by_role("checkbox", name="Allow HTTPS traffic from the internet").check()
    site.fill("SSH from (CIDR)", "nowhere")
    expect(launch).to_be_disabled()
    site.fill("SSH from (CIDR)", "203.0.113.0/24")
    page.get_by_role("spinbutton", name="Root volume (GiB)").fill("1")
    expect(launch).to_be_disabled()
    page.get_by_role("spinbutton", name="Root volume (GiB)").fill("9")
    site.press("Add volume")
    page.get_by_role("spinbutton", name="Size (GiB)").fill("3")
    page.get_by_role("button", name="Advanced details").click()
    site.fill("IAM instance profile", "web-role")
    choose(site, "Shutdown behavior", "Terminate")
    page.get_by_role("checkbox", name="Termination protection").check()
    page.get_by_role("spinbutton", name="Metadata response hop limit").fill("2")
    site.fill("User data", "#!/bin/sh\necho grün\n")
    page.get_by_role("spinbutton", name="Number of instances").fill("2")
    page.evaluate("document.documentElement.scrollIntoView()")
    picture(page, "launch")
    assert violations(page) == []
    launch.click()
    expect(site.row("full")).to_have_count(2)

    made = instance_named(site, "full")
    assert (made["KeyName"], "PublicIpAddress" in made) == ("wizard", False)
    assert made["IamInstanceProfile"]["Arn"].endswith(":instance-profile/web-role")
    assert made["MetadataOptions"]["HttpTokens"] == "required"
    assert made["MetadataOptions"]["HttpPutResponseHopLimit"] == 2
    assert [each["DeviceName"] for each in made["BlockDeviceMappings"]] == ["/dev/sda1", "/dev/sdb"]
    volumes = site.api("DescribeVolumes")["Volumes"]
    assert sorted(each["Size"] for each in volumes) == [3, 3, 9, 9]
    ask = {"InstanceId": made["InstanceId"]}
    data = site.api("DescribeInstanceAttribute", Attribute="userData", **ask)["UserData"]["Value"]
    assert base64.b64decode(data).decode() == "#!/bin/sh\necho grün\n"
    protection = site.api("DescribeInstanceAttribute", Attribute="disableApiTermination", **ask)
    assert protection["DisableApiTermination"]["Value"]
    (group,) = made["SecurityGroups"]
    rules = site.api("DescribeSecurityGroups", GroupIds=[group["GroupId"]])["SecurityGroups"][0]
    opened = {each["FromPort"]: each["IpRanges"][0]["CidrIp"] for each in rules["IpPermissions"]}
    assert opened == {22: "203.0.113.0/24", 443: "0.0.0.0/0"}


def test_a_template_is_made_changed_and_compared(site: Site) -> None:
    page = site.page
    site.go("Launch Templates", "Launch templates")
    site.press("Create launch template")
    site.here("Create launch template")
    site.fill("Launch template name", "web")
    choose_image(site)
    choose(site, "Instance type", "t3.small")
    choose(site, "Key pair", "wizard")
    page.get_by_role("combobox", name="Security groups").or_(
        page.get_by_role("button", name=re.compile("^Security groups"))
    ).click()
    page.get_by_role("option", name=re.compile("default")).click()
    page.keyboard.press("Escape")
    assert violations(page) == []
    site.press("Create launch template")
    site.here("Launch templates")
    first = version(site, "1")
    assert (first["InstanceType"], first["KeyName"]) == ("t3.small", "wizard")

    site.select("web")
    site.act("Modify template (create new version)")
    site.here("Modify template")
    expect(page.get_by_text("It begins as version 1")).to_be_visible()
    choose(site, "Instance type", "t3.large")
    site.press("Add volume")
    site.fill("Template version description", "larger")
    site.press("Create template version")
    site.here("Launch templates")
    second = version(site, "2")
    assert second["InstanceType"] == "t3.large"
    assert {**second, "InstanceType": "", "BlockDeviceMappings": []} == {
        **first,
        "InstanceType": "",
        "BlockDeviceMappings": [],
    }

    site.select("web")
    versions = page.get_by_role("table", name="Versions")
    for number in ("1", "2"):
        versions.get_by_role("checkbox", name=f"Version {number}").check()
    site.press("Version actions")
    page.get_by_role("menuitem", name="Compare versions").click()
    site.here("Compare versions of web")
    table = page.get_by_role("table", name="Compare versions of web")
    row = table.get_by_role("row").filter(has_text="InstanceType")
    expect(row).to_contain_text(re.compile("t3.small.*t3.large.*Differs"))
    expect(table.get_by_role("row").filter(has_text="KeyName")).to_contain_text("Same")
    page.get_by_text("Only what differs").click()
    expect(table.get_by_role("row").filter(has_text="KeyName")).to_have_count(0)
    assert violations(page) == []


def test_versions_become_the_default_and_go(site: Site) -> None:
    page = site.page
    site.go("Launch Templates", "Launch templates")
    site.select("web")
    versions = page.get_by_role("table", name="Versions")
    versions.get_by_role("checkbox", name="Version 2").check()
    site.press("Version actions")
    page.get_by_role("menuitem", name="Set default version").click()
    site.confirm("Set default version")
    expect(versions.get_by_role("row").filter(has_text="larger")).to_contain_text("Yes")
    versions.get_by_role("checkbox", name="Version 2").uncheck()
    versions.get_by_role("checkbox", name="Version 1").check()
    site.press("Version actions")
    page.get_by_role("menuitem", name="Delete version").click()
    site.confirm("Delete version")
    expect(versions.get_by_role("checkbox", name="Version 1")).to_have_count(0)
    assert violations(page) == []


def test_a_launch_from_a_template_sends_what_was_changed(site: Site) -> None:
    page = site.page
    site.go("Launch Templates", "Launch templates")
    site.select("web")
    site.act("Launch instance from template")
    site.here("Launch an instance")
    expect(page.get_by_role("button", name=re.compile("^Instance type"))).to_contain_text("t3.large")
    choose(site, "Key pair", "Proceed without a key pair")
    launch = page.get_by_role("button", name="Launch instance", exact=True)
    expect(launch).to_be_disabled()  # a launch cannot leave out what its template says
    choose(site, "Key pair", "wizard")
    choose(site, "Instance type", "t3.micro")
    site.fill("Name", "from-template")
    assert violations(page) == []
    launch.click()
    expect(site.row("from-template")).to_contain_text("Pending")
    made = instance_named(site, "from-template")
    assert (made["InstanceType"], made["KeyName"]) == ("t3.micro", "wizard")
    assert len(made["BlockDeviceMappings"]) == 2
    tags = {each["Key"]: each["Value"] for each in made["Tags"]}
    assert tags["aws:ec2launchtemplate:version"] == "2"


def test_a_new_group_is_made_in_the_vpc_that_was_chosen(site: Site) -> None:
    page, api = site.page, site.api
    vpc = api("CreateVpc", CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnet = api("CreateSubnet", VpcId=vpc, CidrBlock="10.9.1.0/24")["Subnet"]["SubnetId"]
    site.go("Instances", "Instances")
    site.press("Launch instances")
    site.fill("Name", "elsewhere")
    choose_image(site)
    choose(site, "VPC", vpc)
    expect(page.get_by_role("button", name=re.compile("^Subnet"))).to_contain_text(subnet)
    site.press("Launch instance")
    expect(site.row("elsewhere")).to_contain_text("Pending")
    assert instance_named(site, "elsewhere")["SubnetId"] == subnet


def test_the_wizard_by_the_keyboard_alone(site: Site) -> None:
    page = site.page
    (image,) = site.api("DescribeImages", Owners=["self"])["Images"]
    site.page.goto(f"{site.url}/console/instances/launch?image={image['ImageId']}")
    site.here("Launch an instance")
    name = page.get_by_role("textbox", name="Name", exact=True)
    seen: list[str] = []
    for _ in range(200):
        page.keyboard.press("Tab")
        if name.evaluate("field => field === document.activeElement"):
            page.keyboard.type("by-keys")
        # What has the focus says what it is.
        said = page.evaluate(
            """() => { const at = document.activeElement;
            const by = (at.getAttribute("aria-labelledby") ?? "").split(" ").map((id) =>
              document.getElementById(id)?.textContent ?? "");
            const labels = [...(at.labels ?? [])].map((label) => label.textContent);
            return [at.getAttribute("aria-label"), ...by, ...labels, at.textContent]
              .filter(Boolean).join(" ").trim(); }"""
        )
        assert said, page.evaluate("document.activeElement.outerHTML")
        seen.append(str(said))
        if said == "Launch instance":
            break
    for label in ("Source template", "Choose an image", "Key pair", "Allow SSH traffic", "Root volume (GiB)"):
        assert any(label in each for each in seen), label
    page.keyboard.press("Enter")
    expect(site.row("by-keys")).to_contain_text("Pending")
