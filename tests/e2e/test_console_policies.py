"""Lifecycle policies, their plans, and a changed pipeline in Chromium (tests/helpers/console.py)."""

import re
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from playwright.sync_api import Page, expect

from amiable.core import ids
from amiable.model.instance import Instance
from tests.helpers.browser import violations
from tests.helpers.console import Site, console_site
from tests.helpers.garden import Garden
from tests.helpers.rows import add_instance
from tests.unit.api.examples.builder import infrastructure, recipe, workflow

FRIEND = "123456789012"
DETAIL = {
    "action": {"type": "DELETE", "includeResources": {"amis": True, "snapshots": True}},
    "filter": {"type": "AGE", "value": 7, "unit": "DAYS", "retainAtLeast": 1},
    "exclusionRules": {
        "amis": {"isPublic": True, "sharedAccounts": [FRIEND], "tagMap": {"stage": "live"}},
    },
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with console_site(tmp_path_factory.mktemp("console")) as site:
        site.enter()
        yield site


@pytest.fixture(scope="module")
def builder(site: Site) -> Any:
    return boto3.client(
        "imagebuilder",
        region_name=site.api.region,
        endpoint_url=site.url,
        aws_access_key_id=site.key,
        aws_secret_access_key=site.secret,
    )


@pytest.fixture(scope="module")
def garden(site: Site) -> Garden:
    """Two builds a week old; the AMI of `tulip` runs on an instance."""
    garden = Garden(site.api)
    garden.built("rose", 9)
    _, used = garden.built("tulip", 9)
    (group,) = site.api("DescribeSecurityGroups")["SecurityGroups"]
    instance = add_instance(site.api, group["GroupId"])
    with site.api.database.write() as session:
        session.get_one(Instance, instance.id).image_id = used
    return garden


def said(builder: Any, name: str) -> dict[str, Any]:
    """What a policy says."""
    (found,) = builder.list_lifecycle_policies(filters=[{"name": "name", "values": [name]}])[
        "lifecyclePolicySummaryList"
    ]
    answer = builder.get_lifecycle_policy(lifecyclePolicyArn=found["arn"])
    return dict(answer["lifecyclePolicy"])


def pick(page: Page, field: str, option: str) -> None:
    """Choose from the list of a field."""
    page.get_by_role("button", name=re.compile(f"^{field}")).first.click()
    page.get_by_role("option", name=re.compile(option)).first.click()


def refused(page: Page, why: str) -> None:
    """The field says it, and so does the button that it bars."""
    expect(page.get_by_text(why).first).to_be_visible()


def number(page: Page, label: str, text: str) -> None:
    page.get_by_role("spinbutton", name=label, exact=True).fill(text)


def test_a_policy_is_made(site: Site, garden: Garden, builder: Any) -> None:
    page = site.page
    site.go("Lifecycle policies", "Lifecycle policies")
    site.press("Create lifecycle policy")
    site.here("Create lifecycle policy")
    site.fill("Policy name", "x")
    refused(page, "Use 3 to 128 letters")
    site.fill("Policy name", "tidy")
    pick(page, "Recipes", "^rose x.x.x")
    page.get_by_role("option", name=re.compile("^tulip 1.0.0")).click()
    page.keyboard.press("Escape")
    page.get_by_role("checkbox", name="Delete images").check()
    number(page, "Delete when older than", "1001")
    refused(page, "Use a whole number from 1 to 1000.")
    expect(page.get_by_role("button", name="Create lifecycle policy")).to_be_disabled()
    number(page, "Delete when older than", "7")
    pick(page, "Unit", "^days")
    number(page, "Retain at least", "0")
    refused(page, "Use a whole number from 1 to 10.")
    number(page, "Retain at least", "1")
    page.get_by_role("checkbox", name="Also the snapshots of the AMIs").check()
    page.get_by_role("checkbox", name="AMIs that are public").check()
    site.fill("AMIs that are shared with these accounts", "1234")
    refused(page, "An account ID has twelve digits.")
    site.fill("AMIs that are shared with these accounts", FRIEND)
    page.get_by_role("button", name="Add tag").first.click()
    page.get_by_role("textbox", name="Value").fill("live")
    refused(page, "A tag needs a key.")
    page.get_by_role("textbox", name="Key").fill("stage")
    page.get_by_role("checkbox", name="Leave alone AMIs that instances or launch templates use").check()
    assert violations(page) == []
    site.press("Create lifecycle policy")
    site.here("Lifecycle policies")
    expect(site.row("tidy").first).to_contain_text("Enabled")
    policy = said(builder, "tidy")
    assert policy["policyDetails"] == [DETAIL]
    assert policy["resourceSelection"]["recipes"] == [
        {"name": "rose", "semanticVersion": "x.x.x"},
        {"name": "tulip", "semanticVersion": "1.0.0"},
    ]
    assert policy["tags"] == {"amiable-keep-used": ""}


def test_a_plan_is_shown_and_cancelled(site: Site, garden: Garden, builder: Any) -> None:
    page = site.page
    policy = said(builder, "tidy")
    # The newest of each name stays, so what is to go must not be the only one.
    policy["policyDetails"][0]["filter"].pop("retainAtLeast")
    change(builder, policy)
    (execution,) = garden.plan_policies()
    runs, plan = page.get_by_role("table", name="Executions"), page.get_by_role("table", name="Plan")
    expect(runs.locator("tbody tr", has_text=execution)).to_contain_text("Pending")
    rose, tulip = (plan.locator("tbody tr", has_text=f"{name}/1.0.0/1") for name in ("rose", "tulip"))
    expect(rose).to_contain_text("Delete: older than 7 DAYS")
    expect(rose).to_contain_text("Planned")
    expect(tulip).to_contain_text("Skipped")
    expect(plan.locator("tbody tr", has_text="It is used by i-")).to_have_count(2)
    expect(plan.get_by_text(re.compile("^snap-"))).to_have_count(1)
    for tab in ("Details", "JSON", "Tags", "Executions"):
        page.get_by_role("tab", name=tab, exact=True).click()
        assert violations(page) == []
    site.press("Cancel execution")
    site.confirm("Cancel execution")
    expect(runs).to_contain_text("Cancelling")
    garden.carry(execution)
    expect(runs).to_contain_text("Cancelled")
    expect(rose).to_contain_text("The execution was cancelled.")
    expect(page.get_by_role("button", name="Cancel execution")).to_be_disabled()
    (run,) = builder.list_lifecycle_executions(resourceArn=policy["arn"])["lifecycleExecutions"]
    assert run["state"]["status"] == "CANCELLED"


def change(builder: Any, policy: dict[str, Any]) -> None:
    """Let a policy say this."""
    members = ("executionRole", "resourceType", "policyDetails", "resourceSelection")
    builder.update_lifecycle_policy(
        lifecyclePolicyArn=policy["arn"],
        clientToken=ids.new_uuid(),
        **{member: policy[member] for member in members},
    )


def test_a_policy_is_changed(site: Site, builder: Any) -> None:
    """The form shows one rule of each kind; another one stays."""
    page = site.page
    policy = said(builder, "tidy")
    count = {**DETAIL, "filter": {"type": "COUNT", "value": 5}}
    change(builder, {**policy, "policyDetails": [DETAIL, count]})
    site.act("Edit")
    site.here("Edit lifecycle policy")
    expect(page.get_by_text("The policy has further rules")).to_contain_text("Delete all but the newest 5")
    name = page.get_by_role("textbox", name="Policy name")
    expect(name).to_have_value("tidy")
    expect(name).not_to_be_editable()
    site.fill("Description", "less")
    page.get_by_role("checkbox", name="Deprecate images").check()
    number(page, "Deprecate when older than", "3")
    page.get_by_role("checkbox", name=re.compile("^Leave alone AMIs")).uncheck()
    page.get_by_role("checkbox", name="Other exclusions for each rule").check()
    page.get_by_role("button", name="Exclusions: Deprecate").click()
    page.get_by_role("checkbox", name="AMIs that are public").first.uncheck()
    assert violations(page) == []
    site.press("Save changes")
    site.here("Lifecycle policies")
    policy = said(builder, "tidy")
    assert policy["description"] == "less"
    assert policy["policyDetails"][:2] == [DETAIL, count]
    deprecates = policy["policyDetails"][2]
    assert deprecates["filter"] == {"type": "AGE", "value": 3, "unit": "MONTHS"}
    excluded = dict(DETAIL["exclusionRules"]["amis"])
    excluded.pop("isPublic")
    assert deprecates["exclusionRules"] == {"amis": excluded}
    assert policy["tags"] == {}
    for verb, status in (("Disable", "DISABLED"), ("Enable", "ENABLED")):
        site.act(verb)
        site.confirm(verb)
        assert said(builder, "tidy")["status"] == status
        expect(site.row("tidy").first).to_contain_text(f"{verb}d")
    assert said(builder, "tidy")["policyDetails"] == policy["policyDetails"]


def test_a_pipeline_is_changed(site: Site, builder: Any) -> None:
    """What the form does not show stays."""
    page, api = site.page, site.api
    kept = {
        "workflows": [{"workflowArn": workflow(api)}],
        "imageTags": {"stage": "test"},
        "executionRole": "r",
        "enhancedImageMetadataEnabled": False,
    }
    arn = builder.create_image_pipeline(
        name="nightly",
        imageRecipeArn=recipe(api, "web"),
        infrastructureConfigurationArn=infrastructure(api),
        imageTestsConfiguration={"imageTestsEnabled": True, "timeoutMinutes": 90},
        schedule={
            "scheduleExpression": "cron(0 3 * * ? *)",
            "timezone": "Europe/Berlin",
            "autoDisablePolicy": {"failureCount": 2},
        },
        clientToken=ids.new_uuid(),
        **kept,
    )["imagePipelineArn"]
    site.go("Image pipelines", "Image pipelines")
    site.select("nightly")
    site.act("Edit pipeline")
    site.here("Edit pipeline")
    expect(page.get_by_role("textbox", name="Pipeline name")).to_have_value("nightly")
    expect(page.get_by_role("textbox", name="Cron expression")).to_have_value("0 3 * * ? *")
    page.get_by_role("radio", name="Every so often").check()
    number(page, "Every", "0")
    expect(page.get_by_role("button", name="Save changes")).to_be_disabled()
    number(page, "Every", "2")
    site.press("Add tag")
    page.get_by_role("textbox", name="Key").fill("team")
    page.get_by_role("checkbox", name="Test the image on an instance of its own").uncheck()
    site.fill("Description", "changed")
    assert violations(page) == []
    site.press("Save changes")
    site.here("Image pipelines")
    expect(site.row("nightly").first).to_contain_text("Every 2 days")
    pipeline = builder.get_image_pipeline(imagePipelineArn=arn)["imagePipeline"]
    assert {member: pipeline[member] for member in kept} == kept
    assert pipeline["tags"] == {"team": ""}
    assert pipeline["description"] == "changed"
    assert pipeline["imageTestsConfiguration"] == {"imageTestsEnabled": False, "timeoutMinutes": 90}
    assert pipeline["schedule"]["scheduleExpression"] == "rate(2 days)"
    assert pipeline["schedule"]["autoDisablePolicy"] == {"failureCount": 2}
