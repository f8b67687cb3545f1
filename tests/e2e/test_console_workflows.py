"""Workflows in Chromium: their page, the editor, and those of a pipeline (tests/helpers/console.py)."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from amiable.builder.workflow.managed import ship_workflows
from amiable.core import ids
from amiable.model.account import AMAZON, create_account
from tests.helpers.browser import violations
from tests.helpers.console import Site, console_site
from tests.unit.api.examples.builder import SERVICE, infrastructure, recipe

TESTS = """\
schemaVersion: 1.0
parameters:
  - {name: word, type: string, default: w, description: What it says.}
  - {name: hosts, type: stringList}
steps:
  - {name: Ask, action: WaitForAction, onFailure: Continue}
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with console_site(tmp_path_factory.mktemp("console")) as site:
        with site.api.database.write() as session:
            create_account(session, AMAZON, alias=AMAZON)
            ship_workflows(session, site.api.settings)
        site.enter()
        yield site


def test_a_workflow_is_made_checked_and_deleted(site: Site) -> None:
    page = site.page
    site.go("Image workflows", "Image workflows")
    page.get_by_role("button", name=re.compile("^Show")).click()
    page.get_by_role("option", name="Shipped with amiable").click()
    site.select("build-image")
    expect(page.get_by_label("Document", exact=True).last).to_contain_text("LaunchBuildInstance")
    page.get_by_role("tab", name="Steps").click()
    steps = page.get_by_role("table", name="Steps")
    expect(steps.locator("tbody tr", has_text="CreateOutputAMI")).to_contain_text("CreateImage")
    assert violations(page) == []

    site.press("Create workflow")
    site.here("Create workflow")
    editor = page.get_by_role("textbox", name="Definition document")
    expect(editor).to_have_value(re.compile("LaunchBuildInstance"))
    page.get_by_role("button", name=re.compile("^Type")).click()
    page.get_by_role("option", name="Test", exact=True).click()
    expect(editor).to_have_value(re.compile("LaunchTestInstance"))
    expect(page.get_by_text("A valid document of a test workflow.")).to_be_visible()
    site.fill("Workflow name", "ask")
    editor.fill("schemaVersion: 1.0\nsteps:\n  - {name: A, action: DistributeImage}\n")
    place = page.get_by_role("button", name=re.compile("^Line 3, column"))
    expect(place).to_be_visible()
    expect(page.get_by_text("DistributeImage has no place in a workflow of the type TEST")).to_be_visible()
    expect(page.get_by_role("button", name="Create workflow")).to_be_disabled()
    assert violations(page) == []
    editor.fill(TESTS)
    expect(page.get_by_text("A valid document of a test workflow.")).to_be_visible()
    site.press("Create workflow")
    site.here("Image workflows")
    site.select("ask")
    page.get_by_role("tab", name="Details").click()
    expect(page.get_by_role("table", name="Parameters")).to_contain_text("What it says.")
    site.act("Create new version")
    site.here("Create workflow")
    expect(page.get_by_role("textbox", name="Workflow name")).to_have_value("ask")
    expect(page.get_by_role("textbox", name="Version")).to_have_attribute("placeholder", "1.0.1")
    expect(page.get_by_role("button", name=re.compile("^Type"))).to_be_disabled()
    expect(page.get_by_text("A valid document of a test workflow.")).to_be_visible()
    site.press("Create workflow")
    site.here("Image workflows")
    site.select("1.0.1")
    site.act("Delete workflow")
    site.confirm("Delete workflow")
    expect(site.row("1.0.1")).to_have_count(0)
    (left,) = site.api("ListWorkflows", SERVICE)["workflowVersionList"]
    assert (left["version"], left["type"]) == ("1.0.0", "TEST")


def test_a_pipeline_names_workflows(site: Site) -> None:
    """The built-in ones unless it names others; what the form does not show of those stays."""
    page, api = site.page, site.api
    token = {"clientToken": ids.new_uuid()}
    kept = {"onFailure": "CONTINUE", "parallelGroup": "g"}
    made = api(
        "CreateWorkflow",
        SERVICE,
        name="other",
        semanticVersion="1.0.0",
        type="BUILD",
        data="schemaVersion: 1.0\nsteps:\n  - {name: Ask, action: WaitForAction}\n",
        **token,
    )["workflowBuildVersionArn"]
    parts = {"imageRecipeArn": recipe(api, "web"), "infrastructureConfigurationArn": infrastructure(api)}
    first: dict[str, Any] = {"workflowArn": made, **kept}
    arn = api("CreateImagePipeline", SERVICE, name="nightly", workflows=[first], **parts, **token)[
        "imagePipelineArn"
    ]

    def named() -> Any:
        pipeline = api("GetImagePipeline", SERVICE, imagePipelineArn=arn)["imagePipeline"]
        return pipeline.get("workflows")

    site.go("Image pipelines", "Image pipelines")
    site.select("nightly")
    site.act("Edit pipeline")
    site.here("Edit pipeline")
    page.get_by_role("button", name="Workflows", exact=True).click()
    expect(page.get_by_text("other 1.0.0 1", exact=True)).to_be_visible()
    expect(page.get_by_text("Built in.", exact=True)).to_have_count(2)
    page.get_by_role("button", name=re.compile("^Add a test workflow")).click()
    page.get_by_role("option", name=re.compile("^ask 1.0.0")).click()
    expect(page.get_by_text("Empty: w")).to_be_visible()
    site.fill("word", "hello")
    site.fill("hosts", "a\nb")
    assert violations(page) == []
    site.press("Save changes")
    site.here("Image pipelines")
    before, added = named()
    assert before == first
    assert added["workflowArn"].endswith("workflow/test/ask/1.0.0")
    given = {one["name"]: one["value"] for one in added["parameters"]}
    assert given == {"word": ["hello"], "hosts": ["a", "b"]}

    site.go("Image workflows", "Image workflows")
    site.select("ask")
    page.get_by_role("tab", name="Used by").click()
    expect(page.get_by_role("table", name="Used by").get_by_role("link", name="nightly")).to_be_visible()
    assert violations(page) == []
    site.go("Image pipelines", "Image pipelines")
    site.select("nightly")
    site.act("Edit pipeline")
    site.here("Edit pipeline")
    page.get_by_role("button", name="Workflows", exact=True).click()
    expect(page.get_by_role("textbox", name="word", exact=True)).to_have_value("hello")
    site.press("Remove ask 1.0.0")
    site.press("Remove other 1.0.0 1")
    expect(page.get_by_text("Built in.", exact=True)).to_have_count(3)
    site.press("Save changes")
    site.here("Image pipelines")
    assert not named()
