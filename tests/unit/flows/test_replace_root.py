"""A replacement of a root volume that fails brings the former root back, in rows."""

from pathlib import Path
from typing import cast

import pytest

from amiable.core import clock, ids
from amiable.flows.host import Host
from amiable.flows.replace_root import failed, swap
from amiable.flows.story import Work
from amiable.model.database import Database
from amiable.model.flow import Flow, enqueue
from amiable.model.instance import Instance
from amiable.model.task import Task
from amiable.model.volume import Attachment, Volume
from tests.helpers.api import Api, new_api
from tests.helpers.rows import add_instance, add_volume


class Place:
    """Of a host only its folders: no machine runs here, and the volumes have empty files."""

    name = "h"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def machine_directory(self, instance_id: str) -> Path:
        return self._folder / instance_id

    def volume_path(self, volume_id: str) -> Path:
        path = self._folder / volume_id
        path.touch()
        return path


@pytest.fixture
def api(database: Database) -> Api:
    return new_api(database, host_name="h")


@pytest.fixture
def instance(api: Api) -> Instance:
    """Being stopped, so that nothing tries to boot it again."""
    made = add_instance(api, api("CreateSecurityGroup", GroupName="g", Description="d")["GroupId"])
    with api.database.write() as session:
        session.get_one(Instance, made.id).state = "stopping"
    return made


def begun(api: Api, instance: Instance, former: str, new: str, folder: Path, *, given: bool) -> Work[Host]:
    """The story as it is once `prepare` has run."""
    with api.database.write() as session:
        task = Task(
            id=ids.new_id("replacevol"),
            region=api.region,
            account_id=api.account_id,
            kind="replace-root-volume",
            subject=instance.id,
            detail={},
            created_at=clock.now(),
        )
        session.add(task)
        state = {
            "task_id": task.id,
            "volume_id": new,
            "given": given,
            "image_id": "ami-new",
            "delete_former": True,
            "former": former,
            "former_image": instance.image_id,
        }
        number = enqueue(session, "replace-root-volume", instance.id, host="h", **state).number
    host = cast(Host, Place(folder))
    return Work(number, "replace-root-volume", instance.id, 0, host, api.database, 15.0, state)


@pytest.mark.parametrize("given", [True, False])
@pytest.mark.parametrize("swapped", [True, False])
def test_a_failure_brings_the_former_root_back(
    api: Api, instance: Instance, tmp_path: Path, *, given: bool, swapped: bool
) -> None:
    former, new = add_volume(api, instance, "/dev/sda1"), add_volume(api)
    work = begun(api, instance, former, new, tmp_path, given=given)
    if swapped:
        swap(work)
        with api.database.read() as session:
            row = session.get_one(Instance, instance.id)
            assert (row.root.volume_id if row.root else None, row.image_id) == (new, "ami-new")
            assert session.get_one(Volume, former).state == "available"
    for _ in range(2):  # it may be killed and run again
        failed(work, "the disk is full")
    with api.database.read() as session:
        row = session.get_one(Instance, instance.id)
        assert row.root
        assert (row.root.volume_id, row.root.state, row.image_id) == (former, "attached", instance.image_id)
        assert session.get_one(Volume, former).state == "in-use"
        assert session.get(Attachment, new) is None
        assert session.get_one(Volume, new).state == ("available" if given else "deleting")
        task = session.get_one(Task, work.state["task_id"])
        assert (task.state, task.message) == ("failed", "the disk is full")
        deletions = session.query(Flow).filter_by(kind="delete-volume", subject=new).count()
    assert bool(deletions) != given
