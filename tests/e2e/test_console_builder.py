"""Image Builder's pages in Chromium (tests/helpers/console.py). axe-core looks at every page."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from amiable.builder import components
from amiable.builder.execution.logs import BuildLog, log_path
from amiable.builder.execution.stage import executions_of, steps_of
from amiable.model.account import AMAZON, create_account
from amiable.model.image_build import ImageBuild
from tests.helpers.browser import violations
from tests.helpers.console import Site, console_site
from tests.helpers.images import add_image

NAME = "imagebuilder"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with console_site(tmp_path_factory.mktemp("console")) as site:
        add_image(site.api.other_account(), "base", "all")
        with site.api.database.write() as session:
            create_account(session, AMAZON, alias=AMAZON)
            components.ship(session, site.api.settings)
        site.enter()
        yield site


def test_a_component_is_checked_while_one_types(site: Site) -> None:
    page = site.page
    site.go("Components", "Components")
    page.get_by_role("button", name=re.compile("^Show")).click()
    page.get_by_role("option", name="Shipped with amiable").click()
    site.select("podman")
    expect(page.get_by_label("Document", exact=True).last).to_contain_text("schemaVersion")
    assert violations(page) == []
    page.get_by_role("button", name="Actions").click()
    barred = page.get_by_role("menuitem", name="Delete component")
    expect(barred).to_have_attribute("aria-disabled", "true")
    page.keyboard.press("Escape")

    site.press("Create component")
    site.here("Create component")
    site.fill("Component name", "motd")
    editor = page.get_by_role("textbox", name="Definition document")
    expect(page.get_by_text("A valid document of a build component.")).to_be_visible()
    editor.fill(
        "schemaVersion: 1.0\nphases:\n  - name: build\n    steps:\n      - name: A\n        action: Dance\n"
    )
    page.get_by_role("button", name="Line 6, column 17").click()
    assert editor.evaluate("area => area.value.slice(area.selectionStart, area.selectionEnd)") == "Dance"
    expect(page.get_by_role("button", name="Create component")).to_be_disabled()
    assert violations(page) == []
    page.keyboard.type("ExecuteBash")
    page.keyboard.press("Enter")
    page.keyboard.type('inputs: {commands: ["echo hello"]}')
    expect(page.get_by_text("A valid document of a build component.")).to_be_visible()
    site.press("Create component")
    site.here("Components")
    site.select("motd")
    expect(page.get_by_label("Document", exact=True).last).to_contain_text("echo hello")
    site.act("Create new version")
    site.here("Create component")
    expect(page.get_by_role("textbox", name="Component name")).to_have_value("motd")
    expect(page.get_by_role("textbox", name="Version")).to_have_attribute("placeholder", "1.0.1")
    site.press("Cancel")
    site.here("Components")


def test_a_recipe_of_an_image_and_components(site: Site) -> None:
    page = site.page
    site.go("Image recipes", "Image recipes")
    site.press("Create image recipe")
    site.here("Create image recipe")
    site.fill("Recipe name", "web")
    page.get_by_role("button", name=re.compile("^Choose an image")).click()
    page.get_by_role("option", name=re.compile("base")).click()
    for name in ("motd 1.0.0", "http-smoke-test"):
        page.get_by_role("button", name=re.compile("^Add component")).click()
        page.get_by_role("option", name=re.compile(name)).click()
    site.fill("contains", "hello")
    site.press("Move http-smoke-test up")
    site.press("Add volume")
    page.get_by_role("spinbutton", name="Size (GiB)").fill("9")
    expect(page.get_by_text("This is version 1.0.0.")).to_be_visible()
    assert violations(page) == []
    site.press("Create image recipe")
    site.here("Image recipes")
    site.select("web")
    page.get_by_role("tab", name="JSON").click()
    assert violations(page) == []
    (made,) = site.api("ListImageRecipes", NAME)["imageRecipeSummaryList"]
    recipe = site.api("GetImageRecipe", NAME, imageRecipeArn=made["arn"])["imageRecipe"]
    assert [one["componentArn"].split("/")[1] for one in recipe["components"]] == ["http-smoke-test", "motd"]
    assert recipe["components"][0]["parameters"] == [{"name": "contains", "value": ["hello"]}]
    assert recipe["blockDeviceMappings"][0]["ebs"]["volumeSize"] == 9


def test_the_life_of_a_pipeline(site: Site) -> None:
    page = site.page
    site.go("Image recipes", "Image recipes")
    site.select("web")
    site.act("Create pipeline from this recipe")
    site.here("Create image pipeline")
    site.fill("Pipeline name", "nightly")
    page.get_by_role("radio", name="Cron expression").check()
    site.fill("Cron expression", "0 4 ? * MON")
    expect(page.get_by_text("InvalidParameterValue")).to_be_visible()
    site.fill("Cron expression", "30 4 ? * MON-FRI *")
    expect(page.get_by_text("At 04:30 Monday to Friday")).to_be_visible()
    expect(page.get_by_text("Next runs:")).to_be_visible()
    assert violations(page) == []
    site.press("Create image pipeline")
    site.here("Image pipelines")
    expect(site.row("nightly")).to_contain_text("At 04:30 Monday to Friday")
    for verb in ("Disable pipeline", "Enable pipeline"):
        site.act(verb)
        if verb.startswith("Disable"):
            site.confirm(verb)
        expect(page.get_by_text(f"{verb}: done.")).to_be_visible()
        page.get_by_role("button", name="Dismiss").first.click()
    (pipeline,) = site.api("ListImagePipelines", NAME)["imagePipelineList"]
    assert pipeline["status"] == "ENABLED"
    assert pipeline["schedule"]["scheduleExpression"] == "cron(30 4 ? * MON-FRI *)"
    site.act("Run pipeline")
    site.here("web/1.0.0/1")
    expect(page.get_by_role("list", name="Stages")).to_contain_text("PENDING")


def test_a_build_that_fails(site: Site) -> None:
    """The page follows: the log as it grows, the stage, and then which step failed and how."""
    page, api = site.page, site.api
    (summary,) = api("ListImageBuildVersions", NAME)["imageSummaryList"]
    with api.database.write() as session:
        build = session.scalars(select(ImageBuild).where(ImageBuild.arn == summary["arn"])).one()
        build.state = "BUILDING"
        log = BuildLog(log_path(api.settings.data_dir, build.id))
    log.write("hello", workflow="BUILD", step="ApplyBuildComponents", component="motd/build/A")
    expect(page.get_by_label("Build log")).to_contain_text("hello")
    expect(page.get_by_role("list", name="Stages").locator("[aria-current=step]")).to_have_text("BUILDING")
    assert violations(page) == []
    for number in range(2500):
        log.write(f"line {number}", workflow="BUILD", step="ApplyBuildComponents", component="motd/build/A")
    expect(page.get_by_label("Build log")).to_contain_text("line 2499")
    assert page.locator(".code-line").count() == 1000
    expect(page.get_by_text("1501 earlier lines are not shown.")).to_be_visible()
    with page.expect_download() as download:
        site.press("Download log")
    assert len(download.value.path().read_text().splitlines()) == 2501

    with api.database.write() as session:
        build = session.scalars(select(ImageBuild).where(ImageBuild.arn == summary["arn"])).one()
        execution = executions_of(session, build.id)[0]
        execution.state = "FAILED"
        step = {
            "status": "Failed",
            "began": 1,
            "ended": 2,
            "message": "It exited with 3.",
            "lines": ["because"],
        }
        steps_of(session, execution.id)[0].journal = {
            "why-2": "runs, because nothing was built of this recipe before",
            "component-2-build": {"steps": {"build.A": step}},
        }
        build.state, build.reason = "FAILED", "The component motd failed in phase build, step A (ExecuteBash)"
    alert = page.get_by_text("motd failed", exact=True)
    expect(alert).to_be_visible()
    expect(page.get_by_label("Last lines")).to_have_text("because")
    for tab in ("Components", "Output images", "Details", "Log"):
        page.get_by_role("tab", name=tab).click()
        assert violations(page) == []
    page.get_by_role("tab", name="Components").click()
    expect(page.get_by_role("table", name="Components")).to_contain_text("nothing was built of this recipe")
    page.get_by_role("button", name="Actions").click()
    expect(page.get_by_role("menuitem", name="Retry build")).to_have_attribute("aria-disabled", "true")


def test_a_build_is_taken_up_again_cancelled_and_deleted(site: Site) -> None:
    page, api = site.page, site.api
    with api.database.write() as session:
        build = session.scalars(select(ImageBuild)).one()
        build.image_id = "ami-12345678"
        made, tested = executions_of(session, build.id)
        made.state, tested.state = "COMPLETED", "FAILED"
    page.reload()
    site.here("web/1.0.0/1")
    site.act("Retry build")
    site.confirm("Retry build")
    stages = page.get_by_role("list", name="Stages")
    expect(stages.locator("[aria-current=step]")).to_have_text("PENDING")
    site.act("Cancel build")
    site.confirm("Cancel build")
    with api.database.write() as session:
        build = session.scalars(select(ImageBuild)).one()
        assert build.cancel_asked
        build.state = "CANCELLED"
    expect(stages.locator("[aria-current=step]")).to_have_count(0)
    site.act("Delete build")
    site.confirm("Delete build")
    site.here("Images")
    expect(page.get_by_text("None in this Region.")).to_be_visible()


def test_configurations_are_there_to_look_at(site: Site) -> None:
    page = site.page
    for name in ("Distribution settings", "Lifecycle policies", "Infrastructure configurations"):
        site.go(name, name)
    site.select("nightly")
    expect(page.get_by_label("JSON", exact=True)).to_contain_text("t3.small")
    assert violations(page) == []
    site.act("Delete")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Delete", exact=True).click()
    expect(dialog).to_contain_text("ResourceDependencyException")
    dialog.get_by_role("button", name="Cancel").last.click()
