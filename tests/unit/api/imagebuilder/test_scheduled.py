"""Schedules start pipelines: once for what is due, when something has changed, until they fail in a row."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from amiable.api.imagebuilder.cloud import PublicCloud
from amiable.api.imagebuilder.scheduled import ScheduledBuilds
from amiable.api.perform import Performer
from amiable.builder.execution.step import BuilderHost
from amiable.builder.pipelines import start_due
from amiable.builder.timetable import Timetable
from amiable.core import clock, ids
from amiable.model.builder_resource import BuilderResource
from amiable.model.database import Database, connect
from amiable.model.flow import Flow
from amiable.model.image_build import ImageBuild
from tests.helpers.api import Api, refused
from tests.unit.api.examples.builder import SERVICE, build, component, infrastructure, pipeline, recipe


class Calendar:
    """An account with a pipeline that runs each hour, and a clock that is turned on."""

    def __init__(self, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
        self.api = api
        self.now: datetime = clock.now()
        monkeypatch.setattr(clock, "now", lambda: self.now)
        self.component = component(api)
        wild = self.component.rsplit("/", 2)[0] + "/x.x.x"
        api("PutParameter", "ssm", Name="/base", Value="ami-11111111", Type="String")
        self.parts = {
            "imageRecipeArn": recipe(api, parentImage="ssm:/base", components=[{"componentArn": wild}]),
            "infrastructureConfigurationArn": infrastructure(api),
        }
        self.arn = self._put("CreateImagePipeline", name="pipe")
        performer = Performer(api.database, api.sealer, api.settings, api.stores, lambda: None)
        self.starter = ScheduledBuilds(performer)

    def _put(self, verb: str, condition: str | None = None, **request: Any) -> str:
        schedule: dict[str, Any] = {
            "scheduleExpression": "rate(1 hour)",
            "autoDisablePolicy": {"failureCount": 2},
        }
        if condition:
            schedule["pipelineExecutionStartCondition"] = condition
        token = ids.new_uuid()
        answer = self.api(verb, SERVICE, **request, **self.parts, schedule=schedule, clientToken=token)
        return str(answer["imagePipelineArn"])

    def update(self, **request: Any) -> None:
        self._put("UpdateImagePipeline", imagePipelineArn=self.arn, **request)

    def hours_later(self, hours: float = 1) -> bool:
        """Turn the clock, and look; whether a build was started."""
        self.now += timedelta(hours=hours)
        return start_due(self.api.database, self.starter)

    def builds(self) -> list[str]:
        with self.api.database.read() as session:
            rows = list(session.scalars(select(ImageBuild).order_by(ImageBuild.created_at)))
            assert {row.build_type for row in rows} <= {"SCHEDULED"}
            return [row.state for row in rows]

    def end(self, state: str) -> None:
        with self.api.database.write() as session:
            for row in session.scalars(select(ImageBuild).where(ImageBuild.state == "PENDING")):
                row.state = state

    def shown(self) -> tuple[str, int]:
        pipeline = self.api("GetImagePipeline", SERVICE, imagePipelineArn=self.arn)["imagePipeline"]
        return pipeline["status"], pipeline["consecutiveFailures"]


@pytest.fixture
def calendar(api: Api, monkeypatch: pytest.MonkeyPatch) -> Calendar:
    return Calendar(api, monkeypatch)


def test_what_is_due_is_started_once(calendar: Calendar) -> None:
    assert not calendar.hours_later(0.5)
    assert calendar.hours_later(0.6)
    assert not calendar.hours_later(0)
    assert not calendar.hours_later(1), "the build is under way"
    with calendar.api.database.read() as session:
        assert [flow.kind for flow in session.scalars(select(Flow))] == ["image-build"]
    calendar.end("FAILED")
    assert calendar.hours_later(0), "the run that waited"
    calendar.end("AVAILABLE")
    calendar.update(condition="EXPRESSION_MATCH_ONLY")
    assert calendar.hours_later(7.5), "seven runs that were missed are one"
    calendar.end("AVAILABLE")
    assert not calendar.hours_later(0)
    calendar.update(status="DISABLED")
    assert not calendar.hours_later(5)
    calendar.update(status="ENABLED")
    assert not calendar.hours_later(0.2), "nothing is made up for the time in which it was disabled"


def test_a_server_that_dies_before_it_commits_has_started_nothing(
    calendar: Calendar, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = calendar.starter.start

    def dies(*given: Any, **named: Any) -> None:
        start(*given, **named)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(calendar.starter, "start", dies)
        with pytest.raises(KeyboardInterrupt):
            calendar.hours_later()
    assert calendar.builds() == []
    assert calendar.hours_later(0)
    assert calendar.builds() == ["PENDING"]


def test_it_builds_only_what_has_changed(calendar: Calendar) -> None:
    assert calendar.hours_later(), "there is no image yet"
    calendar.end("AVAILABLE")
    assert not calendar.hours_later()
    component(calendar.api)
    assert calendar.hours_later(), "a new build of the component"
    calendar.end("FAILED")
    assert calendar.hours_later(), "a build that failed is tried again"
    calendar.end("AVAILABLE")
    assert not calendar.hours_later()
    calendar.api("PutParameter", "ssm", Name="/base", Value="ami-22222222", Overwrite=True)
    assert calendar.hours_later(), "another base image"


def test_a_newer_image_under_its_wildcards_is_a_change(calendar: Calendar) -> None:
    api = calendar.api

    def base(number: int) -> None:
        image = f"ami-{number:08d}"
        amis = {"amis": [{"region": api.region, "accountId": api.account_id, "image": image, "name": "b"}]}
        facts = {"outputs": amis, "image_id": image, "minor": number}
        arn = build(api, f"base{number}", "AVAILABLE", created_at=clock.now(), **facts)
        with api.database.write() as session:
            session.scalars(select(ImageBuild).where(ImageBuild.arn == arn)).one().slug = "base"

    base(1)
    wild = f"arn:aws:imagebuilder:{api.region}:{api.account_id}:image/base/1.x.x"
    calendar.parts["imageRecipeArn"] = recipe(api, "on-base", parentImage=wild)
    calendar.update()
    assert calendar.hours_later()
    calendar.end("AVAILABLE")
    assert not calendar.hours_later()
    base(2)
    assert calendar.hours_later(), "1.2.0 is newer than 1.1.0"


def test_two_servers_on_one_database_start_each_pipeline_once(api: Api) -> None:
    """Two timetables that look all the time, each with connections of its own."""
    due = {pipeline(api, f"pipe{number}") for number in range(12)}
    past = clock.now() - timedelta(days=2)
    with api.database.write() as session:
        for row in session.scalars(select(BuilderResource).where(BuilderResource.arn.in_(due))):
            row.created_at = row.updated_at = past
    url = api.database.engine.url.render_as_string(hide_password=False)
    databases = [Database(connect(url)) for _ in range(2)]
    servers = [timetable(api, database) for database in databases]
    for server in servers:
        server.start()
    deadline = clock.monotonic() + 30
    while len(started(api)) < len(due) and clock.monotonic() < deadline:
        clock.sleep(0.05)
    clock.sleep(0.3)  # what would be started twice, would be by now
    for server, database in zip(servers, databases, strict=True):
        server.stop()
        database.close()
    assert sorted(started(api)) == sorted(due)
    with api.database.read() as session:
        flows = list(session.scalars(select(Flow.subject).where(Flow.kind == "image-build")))
    assert len(flows) == len(set(flows)) == len(due)


def test_an_error_that_nobody_foresaw_ends_no_schedule(api: Api) -> None:
    first, second = pipeline(api, "first"), pipeline(api, "second")
    past = clock.now() - timedelta(days=2)
    with api.database.write() as session:
        for row in session.scalars(select(BuilderResource).where(BuilderResource.arn.in_((first, second)))):
            row.created_at = row.updated_at = past
            if row.arn == first:
                row.data = {**row.data, "imageTags": "no mapping"}
    server = timetable(api, api.database)
    server.start()
    deadline = clock.monotonic() + 20
    while started(api) != [second] and clock.monotonic() < deadline:
        clock.sleep(0.05)
    server.stop()
    assert started(api) == [second]


def timetable(api: Api, database: Database) -> Timetable:
    performer = Performer(database, api.sealer, api.settings, api.stores, lambda: None)
    host = BuilderHost(api.settings, PublicCloud(performer), api.sealer)
    return Timetable(host, database, ScheduledBuilds(performer), lambda: None, look_seconds=0.01)


def started(api: Api) -> list[str | None]:
    """The pipelines of all builds."""
    with api.database.read() as session:
        return list(session.scalars(select(ImageBuild.pipeline_arn)))


def test_failures_in_a_row_disable_it(calendar: Calendar) -> None:
    calendar.hours_later()
    calendar.end("FAILED")
    assert calendar.shown() == ("ENABLED", 1)
    calendar.api("DeleteParameter", "ssm", Name="/base")
    assert calendar.hours_later(), "it cannot begin: a failed build says so"
    assert calendar.builds() == ["FAILED", "FAILED"]
    images = calendar.api("ListImagePipelineImages", SERVICE, imagePipelineArn=calendar.arn)
    assert any("ssm:/base is not there" in one["state"]["reason"] for one in images["imageSummaryList"])
    calendar.api("GetImage", SERVICE, imageBuildVersionArn=images["imageSummaryList"][0]["arn"])
    assert not calendar.hours_later()
    assert calendar.shown() == ("DISABLED", 2)
    calendar.now += timedelta(seconds=1)
    calendar.update(status="ENABLED")
    assert calendar.shown() == ("ENABLED", 0)


def test_a_schedule_that_never_comes_is_refused(api: Api) -> None:
    parts = {"imageRecipeArn": recipe(api), "infrastructureConfigurationArn": infrastructure(api)}
    for expression in ("cron(0 0 31 2 ? *)", "cron(0 0 29 2 ? 2027)"):
        schedule = {"scheduleExpression": expression}
        with refused("InvalidParameterValueException", "never comes"):
            api("CreateImagePipeline", SERVICE, name="pipe", **parts, schedule=schedule, clientToken="t")


def test_a_schedule_that_cannot_be_read_holds_up_no_other(calendar: Calendar) -> None:
    unknown = pipeline(calendar.api, "unknown")
    with calendar.api.database.write() as session:
        row = session.get_one(BuilderResource, unknown)
        row.data = {**row.data, "schedule": {**row.data["schedule"], "timezone": "Mars/Olympus"}}
    assert calendar.hours_later(1.1)
    shown = calendar.api("ListImagePipelines", SERVICE)["imagePipelineList"]
    assert ["dateNextRun" in one for one in shown] == [True, False]
