"""Handing on and abandoning are parts of steps: done twice, they do what they do once."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
from sqlalchemy import select

from amiable.core import clock, ids
from amiable.flows.clean_image import abandon, hand_on
from amiable.flows.host import Host
from amiable.flows.story import Work
from amiable.model.database import Database
from amiable.model.flow import Flow
from amiable.model.image import Image
from amiable.model.snapshot import Snapshot


@pytest.fixture
def work(database: Database) -> Work[Host]:
    """The flow create-image of a clean image, whose temporary snapshot is stored."""
    part = {"volume": "vol-1", "temporary": ids.new_id("snap"), "snapshot": ids.new_id("snap")}
    image_id = ids.new_id("ami")
    common = {"region": "us-east-1", "account_id": "1" * 12}
    with database.write() as session:
        session.add(Image(id=image_id, name="clean", created_at=clock.now(), **common))
        for one, digest in ((part["temporary"], "0" * 64), (part["snapshot"], None)):
            about = {"volume_size": 1, "started_at": clock.now(), "manifest_digest": digest}
            session.add(Snapshot(id=one, **about, **common))
    cleaning = {"parts": [part], "keep": ["logs"], "disable": []}
    return Work(
        number=1,
        kind="create-image",
        subject="i-1",
        epoch=1,
        host=cast(Host, SimpleNamespace(name="here")),
        database=database,
        lease_seconds=5,
        state={"image_id": image_id, "cleaning": cleaning},
    )


def states(work: Work[Host]) -> dict[str, Any]:
    (part,) = work.state["cleaning"]["parts"]
    with work.database.read() as session:
        return {
            "image": session.get_one(Image, work.state["image_id"]).state,
            **{name: session.get_one(Snapshot, part[name]).state for name in ("temporary", "snapshot")},
            "flows": [(flow.kind, flow.subject) for flow in session.scalars(select(Flow))],
        }


def test_handed_on_twice_it_is_cleaned_once(work: Work[Host]) -> None:
    for _ in range(2):
        with work.database.write() as session:
            hand_on(session, work)
    assert states(work) == {
        "image": "pending",
        "temporary": "completed",
        "snapshot": "pending",
        "flows": [("clean-image", work.state["image_id"])],
    }
    with work.database.read() as session:
        flow = session.scalars(select(Flow)).one()
    assert (flow.host, flow.state) == ("here", work.state["cleaning"])


@pytest.mark.parametrize(("gone", "kept"), [(False, "error"), (True, "deleting")])
def test_abandoned_twice_nothing_temporary_stays(work: Work[Host], gone: bool, kept: str) -> None:
    parts = work.state["cleaning"]["parts"]
    if gone:
        with work.database.write() as session:
            session.get_one(Image, work.state["image_id"]).state = "deregistered"
    for _ in range(2):
        with work.database.write() as session:
            abandon(session, work.state["image_id"], parts, "no room")
    found = states(work)
    assert (found["image"], found["snapshot"]) == ("deregistered" if gone else "failed", kept)
    assert found["temporary"] == "deleting"
    assert found["flows"].count(("delete-snapshot", parts[0]["temporary"])) == 1
