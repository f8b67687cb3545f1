"""How `amiable build` tells the end of a build: as the rows and the log say it."""

import json
from pathlib import Path

import pytest
from sqlalchemy import select

from amiable.builder.execution.logs import BuildLog, log_path
from amiable.builder.execution.stage import executions_of, steps_of
from amiable.core import clock
from amiable.model.database import Database
from amiable.model.image_build import ImageBuild
from amiable.model.inspection import Inspection
from tests.helpers.images import add_image
from tests.unit.cli.desk import Desk
from tests.unit.cli.test_look import REPORT

RECIPE = """\
name: web
base: base
components:
  - {name: page, run: echo page}
  - {name: motd, run: exit 3}
"""


@pytest.fixture
def failed(desk: Desk, server: Database, tmp_path: Path) -> str:
    """The ARN of a build whose second component failed."""
    add_image(desk.api(server), "base")
    file = tmp_path / "web.yaml"
    file.write_text(RECIPE)
    arn = desk.ok("build", file, "--detach").strip()
    step = {"status": "Success", "began": 10.0, "ended": 12.5}
    bad = {"status": "Failed", "began": 13.0, "ended": 14.0, "message": "It broke.", "lines": ["because"]}
    with server.write() as session:
        build = session.scalars(select(ImageBuild)).one()
        (execution,) = executions_of(session, build.id)
        steps = {row.name: row for row in steps_of(session, execution.id)}
        steps["LaunchBuildInstance"].journal = {"user": "debian", "resumed": 0}
        steps["ApplyBuildComponents"].journal = {
            "component-1-build": {"steps": {"build.run": step}},
            "component-2-build": {"steps": {"build.run": bad}},
        }
        build.state, build.reason, build.ended_at = "FAILED", "The component web-motd failed.", clock.now()
        build.failure = {
            "imageStatus": "BUILDING",
            "failedStep": "ApplyBuildComponents",
            "componentFailure": {
                "componentArn": build.inputs["components"][1]["arn"],
                "phaseName": "build",
                "stepName": "run",
                "action": "ExecuteBinary",
                "errorMessage": "It broke.\nbecause \x1b[31m",
            },
        }
        log = BuildLog(log_path(desk.settings.data_dir, build.id))
    log.write("because", workflow="BUILD", step="Apply", component="web-motd/build/run", stream="stderr")
    return arn


def test_show_names_component_phase_and_step(desk: Desk, failed: str) -> None:
    shown = desk.ok("build", "show", "web")
    for said in (
        "FAILED",
        "ApplyBuildComponents",
        "component/web-motd/1.0.0/1",
        "ExecuteBinary",
        "because \ufffd",
    ):
        assert said in shown
    (found,) = desk.json("build", "show", failed)
    page, motd = found["Components"]
    assert (page["Name"], page["Reused"], page["Steps"][0]["Seconds"]) == ("web-page", False, 2.5)
    assert motd["Steps"] == [
        {
            "Phase": "build",
            "Step": "run",
            "Status": "Failed",
            "Seconds": 1.0,
            "Message": "It broke.",
            "Lines": ["because"],
        }
    ]


def test_the_log_has_stages_and_lines(desk: Desk, failed: str) -> None:
    result = desk.run("build", "log", "web/1.0.0/1")
    assert result.exit_code == 0
    assert result.stderr == "== BUILD\nweb-motd/build/run| because\n"


def test_a_build_that_is_none(desk: Desk, failed: str) -> None:
    assert desk.refused("build", "log", "web/2.0.0").startswith("There is no build 'web/2.0.0'")


def test_what_is_in_the_image_of_a_build(desk: Desk, server: Database, failed: str) -> None:
    assert "not known: The build made no image." in desk.ok("build", "show", failed)
    assert "The build made no image." in desk.refused("build", "packages", "web")
    with server.write() as session:
        build = session.scalars(select(ImageBuild)).one()
        build.image_id, build.inspection_id = "ami-12345678", "insp-12345678"
        row = Inspection(
            id="insp-12345678",
            region=build.region,
            account_id=build.account_id,
            kind="report",
            subject="ami-12345678",
            search_blocks=True,
            disks={"before": [["snap-1", "0" * 64]]},
            key="k",
            state="completed",
            summary={"critical": 1, "low": 2},
            created_at=clock.now(),
            ended_at=clock.now(),
            result=json.dumps(REPORT),
        )
        session.add(row)
    shown = desk.ok("build", "show", "web")
    assert "1 critical, 0 high, 2 low" in shown
    (found,) = desk.json("build", "show", "web")
    assert found["Record"]["PackageCount"] == 1
    assert [one["Name"] for one in desk.json("build", "packages", "web")] == ["bash"]
    assert (
        json.loads(desk.ok("build", "packages", "web", "--format", "cyclonedx"))["bomFormat"] == "CycloneDX"
    )
    assert "Looks like: X." in desk.ok("build", "report", failed)
    assert len(desk.json("build", "report", "web")) == 3
