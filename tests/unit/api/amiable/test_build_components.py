"""GetBuildComponents, and builds in the order that one looks for them."""

from sqlalchemy import select

from amiable.builder.execution.stage import executions_of, steps_of
from amiable.model.image_build import ImageBuild
from tests.helpers.api import Api
from tests.unit.api.examples.builder import SERVICE, build


def test_why_a_component_ran(api: Api) -> None:
    arn = build(api, "told", "BUILDING")
    (unknown,) = api("GetBuildComponents", "amiable", ImageBuildVersionArn=arn)["Components"]
    assert "Why" not in unknown
    with api.database.write() as session:
        row = session.scalars(select(ImageBuild).where(ImageBuild.arn == arn)).one()
        steps_of(session, executions_of(session, row.id)[0].id)[0].journal = {"why-1": "runs, because"}
    (known,) = api("GetBuildComponents", "amiable", ImageBuildVersionArn=arn)["Components"]
    assert known["Why"] == "runs, because"


def test_the_newest_build_comes_first(api: Api) -> None:
    made = [build(api, name) for name in ("old-one", "zed-two", "any-three")]
    answer = api("ListImageBuildVersions", SERVICE, maxResults=2)
    assert [one["arn"] for one in answer["imageSummaryList"]] == [made[2], made[1]]
    rest = api("ListImageBuildVersions", SERVICE, nextToken=answer["nextToken"])
    assert [one["arn"] for one in rest["imageSummaryList"]] == [made[0]]
