"""Forms of distribution settings and infrastructures in Chromium (tests/helpers/console.py), with axe."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.helpers.browser import violations
from tests.helpers.console import Site, console_site
from tests.helpers.images import add_image

NAME = "imagebuilder"
ORGANIZATION = "arn:aws:organizations::111111111111:organization/o-abcdefghij"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with console_site(tmp_path_factory.mktemp("console")) as site:
        site.enter()
        yield site


def pick(part: Locator, label: str, option: str) -> None:
    """Choose in a select."""
    part.get_by_role("button", name=re.compile(f"^{label}")).last.click()
    part.page.get_by_role("option", name=re.compile(option)).click()


def fill(part: Locator, label: str, text: str) -> None:
    """Type into the last field of that name."""
    part.get_by_role("textbox", name=label, exact=True).last.fill(text)


def add(part: Locator, what: str) -> None:
    """Another row."""
    part.get_by_role("button", name=what, exact=True).first.click()


def only(site: Site, kind: str) -> dict[str, Any]:
    """The only configuration of its kind, whole."""
    member = f"{kind.lower()}Configuration"
    (one,) = site.api(f"List{kind}Configurations", NAME)[f"{member}SummaryList"]
    answer = site.api(f"Get{kind}Configuration", NAME, **{f"{member}Arn": one["arn"]})
    found: dict[str, Any] = answer[member]
    return found


def test_distribution_settings_are_created_and_edited(site: Site) -> None:
    page, api = site.page, site.api
    here, there = api.settings.region_names[:2]
    other = api.other_account().account_id
    image = add_image(api)
    template = api(
        "CreateLaunchTemplate", LaunchTemplateName="web", LaunchTemplateData={"ImageId": image.id}
    )["LaunchTemplate"]["LaunchTemplateId"]

    site.go("Distribution settings", "Distribution settings")
    site.press("Create distribution settings")
    site.here("Create distribution settings")
    site.fill("Name", "Golden web")
    send = page.get_by_role("button", name="Create distribution settings")
    first = page.get_by_role("region", name=f"Region {here}")
    fill(first, "AMI name", "web")
    expect(first).to_contain_text("it must contain {{imagebuilder:buildDate}}.")
    expect(send).to_be_disabled()
    fill(first, "AMI name", "web {{imagebuilder:buildDate}}")
    add(first, "Add tag")
    fill(first, "Key", "team")
    fill(first, "Value", "web")
    add(first, "Add launch template")
    pick(first, "Launch template", template)
    pick(first, "Set default version", "No")
    add(first, "Add parameter")
    fill(first, "Parameter name", "two words")
    expect(first).to_contain_text("Parameter name: use up to")
    fill(first, "Parameter name", "/golden/web")

    page.get_by_role("button", name="Add Region", exact=True).click()
    second = page.get_by_role("region", name=f"Region {there}")
    add(second, "Add account ID")
    fill(second, "Target accounts", "12")
    expect(second).to_contain_text("An account ID has 12 digits.")
    fill(second, "Target accounts", other)
    second.get_by_role("radio", name="Public").check()
    assert violations(page) == []
    send.click()
    site.here("Distribution settings")
    expect(site.row("Golden web")).to_contain_text(f"{here}, {there}")

    made = only(site, "Distribution")
    at_home, abroad = made["distributions"]
    assert at_home == {
        "region": here,
        "amiDistributionConfiguration": {
            "name": "web {{imagebuilder:buildDate}}",
            "amiTags": {"team": "web"},
        },
        "launchTemplateConfigurations": [{"launchTemplateId": template, "setDefaultVersion": False}],
        "ssmParameterConfigurations": [{"parameterName": "/golden/web", "dataType": "aws:ec2:image"}],
    }
    assert abroad == {
        "region": there,
        "amiDistributionConfiguration": {
            "targetAccountIds": [other],
            "launchPermission": {"userGroups": ["all"]},
        },
    }

    # What only the API can say survives what is said here.
    abroad["amiDistributionConfiguration"]["launchPermission"]["organizationArns"] = [ORGANIZATION]
    at_home["ssmParameterConfigurations"][0]["amiAccountId"] = api.account_id
    api(
        "UpdateDistributionConfiguration",
        NAME,
        distributionConfigurationArn=made["arn"],
        distributions=[at_home, abroad],
        clientToken="by-hand",
    )
    site.act("Edit")
    site.here("Edit distribution settings")
    expect(page.get_by_role("textbox", name="Name", exact=True)).to_have_value("Golden web")
    site.fill("Description", "for the web")
    expect(second).to_contain_text("It is also shared with 1 organization(s)")
    second.get_by_role("radio", name="Private").check()
    add(second, "Add parameter")
    fill(second, "Parameter name", "/golden/web")
    expect(second).to_contain_text(f"only they have the image: add {api.account_id}")
    second.get_by_role("button", name="Remove", exact=True).last.click()
    site.press("Add tag")
    fill(page.locator("form"), "Key", "owner")
    assert violations(page) == []
    site.press("Save changes")
    site.here("Distribution settings")
    edited = only(site, "Distribution")
    abroad["amiDistributionConfiguration"]["launchPermission"] = {"organizationArns": [ORGANIZATION]}
    assert edited["distributions"] == [at_home, abroad]
    assert (edited["description"], edited["tags"]) == ("for the web", {"owner": ""})


def test_an_infrastructure_is_created_and_edited(site: Site) -> None:
    page, api = site.page, site.api
    subnet = api("DescribeSubnets")["Subnets"][0]["SubnetId"]
    group = api("DescribeSecurityGroups")["SecurityGroups"][0]["GroupId"]
    api("CreateKeyPair", KeyName="builder")

    site.go("Infrastructure configurations", "Infrastructure configurations")
    site.press("Create infrastructure configuration")
    site.here("Create infrastructure configuration")
    form = page.locator("form")
    site.fill("Name", "builders")
    pick(form, "Instance types", "t3.medium")
    page.keyboard.press("Escape")
    pick(form, "Subnet", subnet)
    pick(form, "Security groups", group)
    page.keyboard.press("Escape")
    pick(form, "Key pair", "builder")
    page.get_by_role("checkbox", name=re.compile("^Keep the instance")).check()
    pick(form, "IMDSv2", "Required")
    fill(form, "Metadata response hop limit", "65")
    expect(form).to_contain_text("The hop limit is a number from 1 to 64.")
    fill(form, "Metadata response hop limit", "2")
    add(form, "Add tag")
    fill(form, "Key", "team")
    assert violations(page) == []
    site.press("Create infrastructure configuration")
    site.here("Infrastructure configurations")

    made = only(site, "Infrastructure")
    said = {
        "instanceTypes": ["t3.medium"],
        "instanceProfileName": "EC2InstanceProfileForImageBuilder",
        "subnetId": subnet,
        "securityGroupIds": [group],
        "keyPair": "builder",
        "terminateInstanceOnFailure": False,
        "instanceMetadataOptions": {"httpTokens": "required", "httpPutResponseHopLimit": 2},
        "resourceTags": {"team": ""},
    }
    assert {key: made[key] for key in said} == said
    said["terminateInstanceOnCompletion"] = False  # which the browser's SDK does not know
    said["placement"] = {"availabilityZone": f"{api.region}a"}
    arn = made["arn"]
    api(
        "UpdateInfrastructureConfiguration", NAME, infrastructureConfigurationArn=arn, clientToken="t", **said
    )
    site.act("Edit")
    site.here("Edit infrastructure configuration")
    pick(form, "Subnet", "Service default")
    assert violations(page) == []
    site.press("Save changes")
    site.here("Infrastructure configurations")
    edited = only(site, "Infrastructure")
    assert not edited.keys() & {"subnetId", "securityGroupIds"}
    kept = said.keys() - {"subnetId", "securityGroupIds"}
    assert {key: edited[key] for key in kept} == {key: said[key] for key in kept}


def test_a_pipeline_finds_what_is_made_beside_it(site: Site) -> None:
    page = site.page
    site.go("Image pipelines", "Image pipelines")
    site.press("Create image pipeline")
    site.here("Create image pipeline")
    site.fill("Pipeline name", "nightly")
    with page.expect_popup() as opened:
        page.get_by_role("link", name=re.compile("^Create distribution settings")).click()
    beside = opened.value
    beside.get_by_role("textbox", name="Name", exact=True).fill("elsewhere")
    beside.get_by_role("button", name="Create distribution settings").click()
    expect(beside.get_by_role("heading", level=1)).to_contain_text("Distribution settings")
    beside.close()
    page.get_by_role("button", name="Refresh Distribution settings").click()
    pick(page.locator("form"), "Distribution settings", "elsewhere")
    expect(page.get_by_role("textbox", name="Pipeline name")).to_have_value("nightly")
    assert violations(page) == []
