"""Attachments as rows: what a machine starts with, and what is left when one ends."""

from datetime import timedelta

import pytest

from amiable.core import clock
from amiable.flows.detachment import set_free
from amiable.flows.machines import instance_of, started_with
from amiable.model.database import Database
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
