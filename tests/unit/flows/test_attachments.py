"""Attachments as rows: what a machine starts with, and what is left when one ends."""

from datetime import timedelta
from types import SimpleNamespace
from typing import cast

import pytest
from sqlalchemy import select

from amiable.core import clock
from amiable.flows.attachments import ask_again
from amiable.flows.detachment import set_free
from amiable.flows.host import Host
from amiable.flows.machines import instance_of, started_with
from amiable.model.database import Database
from amiable.model.flow import Flow
from amiable.model.instance import Instance
from amiable.model.product_code import ProductCode, codes_of
from amiable.model.volume import Attachment, Volume
from tests.helpers.api import Api, new_api
from tests.helpers.rows import add_instance, add_volume


@pytest.fixture
def api(database: Database) -> Api:
    return new_api(database)


@pytest.fixture
def instance(api: Api) -> Instance:
    group = api("CreateSecurityGroup", GroupName="g", Description="d")["GroupId"]
    return add_instance(api, group)


def test_a_machine_starts_with_what_is_attached_in_that_order(api: Api, instance: Instance) -> None:
    later, first, leaving, root = (
        add_volume(api, instance, device) for device in ("/dev/sdb", "/dev/sdz", "/dev/sdc", "/dev/sda1")
    )
    with api.database.write() as session:
        session.get_one(Attachment, later).attached_at = clock.now() + timedelta(hours=1)
        session.get_one(Attachment, root).attached_at = clock.now() + timedelta(hours=2)
        session.get_one(Attachment, leaving).state = "detaching"
    with api.database.read() as session:
        found = [row.volume_id for row in started_with(instance_of(session, instance.id))]
    assert found == [root, first, later]


def test_codes_leave_with_the_last_volume_that_has_them(api: Api, instance: Instance) -> None:
    one, other = add_volume(api, instance, "/dev/sdf"), add_volume(api, instance, "/dev/sdg")
    codes = {one: ("a", "b", "i"), other: ("b",), instance.image_id: ("i",), instance.id: ("a", "b", "i")}
    with api.database.write() as session:
        session.add_all(ProductCode(resource_id=key, code=code) for key, row in codes.items() for code in row)
    for volume_id, left in ((one, ["b", "i"]), (other, ["i"])):
        with api.database.write() as session:
            set_free(session, instance_of(session, instance.id), session.get_one(Attachment, volume_id))
        with api.database.read() as session:
            assert codes_of(session, [instance.id])[instance.id] == left
            assert session.get_one(Volume, volume_id).state == "available"
            assert session.get(Attachment, volume_id) is None


def test_who_holds_on_to_a_volume_is_asked_again(api: Api, instance: Instance) -> None:
    """One story at a time, without force, and only while no other of the instance is under way."""
    add_volume(api, instance, "/dev/sda1")
    held = add_volume(api, instance, "/dev/sdf")
    host = cast(Host, SimpleNamespace(name=instance.host))

    def asked() -> list[Flow]:
        ask_again(host, api.database)
        with api.database.read() as session:
            return list(session.scalars(select(Flow).where(Flow.kind == "detach-volume")))

    assert asked() == []
    with api.database.write() as session:
        session.get_one(Attachment, held).state = "detaching"
    for _ in range(2):
        (flow,) = asked()
    assert (flow.subject, flow.host, flow.state) == (
        instance.id,
        instance.host,
        {"volume_id": held, "force": False},
    )
    with api.database.write() as session:
        session.get_one(Flow, flow.number).outcome = "done"
    assert len(asked()) == 2, "a minute later, once more"
