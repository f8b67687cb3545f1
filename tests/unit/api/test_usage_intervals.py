"""Metered use: intervals of running, what they charge, and that outages and repeats change nothing of it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from amiable.core import clock, ids
from amiable.model.instance import Instance
from amiable.model.product import Product, new_code
from amiable.model.product_code import ProductCode
from amiable.model.usage import UsageInterval, begin_use, end_use, see_use
from tests.helpers.api import Api
from tests.helpers.rows import add_instance

HOUR = timedelta(hours=1)
START = clock.now()


@pytest.fixture
def instance(api: Api) -> Instance:
    """An instance of a product of another account, at 3.60 an hour."""
    group = api("CreateSecurityGroup", GroupName="metered", Description="d")["GroupId"]
    made = add_instance(api, group)
    code = new_code()
    with api.database.write() as session:
        session.add(
            Product(
                code=code,
                account_id="999999999999",
                name=code,
                title="A product",
                prices={"default": "3.60"},
                terms="None",
                created_at=START,
            )
        )
        session.add(ProductCode(resource_id=made.id, code=code))
    return made


def begin(api: Api, instance: Instance, at: timedelta) -> None:
    with api.database.write() as session:
        begin_use(session, session.get_one(Instance, instance.id), START + at)


def see(api: Api, instance: Instance, at: timedelta) -> None:
    with api.database.write() as session:
        see_use(session, [instance.id], START + at)


def end(api: Api, instance: Instance, at: timedelta) -> None:
    with api.database.write() as session:
        end_use(session, instance.id, START + at)


def intervals(api: Api) -> list[UsageInterval]:
    with api.database.read() as session:
        return list(
            session.scalars(
                select(UsageInterval)
                .where(UsageInterval.account_id == api.account_id)
                .order_by(UsageInterval.started_at)
            )
        )


def seconds(api: Api) -> int:
    return sum(row.seconds(START - HOUR, START + 1000 * HOUR) for row in intervals(api))


def test_it_is_charged_by_the_second_while_it_runs(api: Api, instance: Instance) -> None:
    begin(api, instance, timedelta())
    see(api, instance, 1 * HOUR)
    end(api, instance, HOUR + timedelta(seconds=5))
    (row,) = intervals(api)
    assert seconds(api) == 3605
    assert row.owed(3605) == Decimal("3.605")
    begin(api, instance, 5 * HOUR)
    end(api, instance, 5 * HOUR + timedelta(seconds=100))
    assert seconds(api) == 3705


def test_each_start_is_charged_a_minute_at_least(api: Api, instance: Instance) -> None:
    begin(api, instance, timedelta())
    end(api, instance, timedelta(seconds=1))
    assert seconds(api) == 60


def test_a_repeated_step_charges_once(api: Api, instance: Instance) -> None:
    begin(api, instance, timedelta())
    begin(api, instance, timedelta(seconds=30))
    end(api, instance, timedelta(seconds=90))
    end(api, instance, timedelta(seconds=170))
    assert len(intervals(api)) == 1
    assert seconds(api) == 90


def test_a_second_open_interval_cannot_be(api: Api, instance: Instance) -> None:
    begin(api, instance, timedelta())
    (row,) = intervals(api)
    values = {column.key: getattr(row, column.key) for column in UsageInterval.__table__.columns}
    with pytest.raises(IntegrityError), api.database.write() as session:
        session.add(UsageInterval(**{**values, "id": ids.new_id("use")}))


def test_a_machine_that_died_in_an_outage_is_charged_until_it_was_seen(api: Api, instance: Instance) -> None:
    begin(api, instance, timedelta())
    see(api, instance, timedelta(minutes=10))
    end(api, instance, 9 * HOUR)
    assert seconds(api) == 600


def test_a_machine_that_lived_through_an_outage_is_charged_for_it(api: Api, instance: Instance) -> None:
    begin(api, instance, timedelta())
    see(api, instance, timedelta(minutes=10))
    see(api, instance, 9 * HOUR)
    see(api, instance, 8 * HOUR)  # another server, late
    end(api, instance, 9 * HOUR + timedelta(seconds=1))
    assert seconds(api) == 9 * 3600 + 1


def test_the_months_parts_add_up_to_the_whole(api: Api, instance: Instance) -> None:
    begin(api, instance, timedelta())
    see(api, instance, 2 * HOUR)
    (row,) = intervals(api)
    cut = START + timedelta(seconds=1234, microseconds=777)
    parts = row.seconds(START - HOUR, cut) + row.seconds(cut, START + 9 * HOUR)
    assert parts == 7200


def test_the_price_is_that_of_the_start(api: Api, instance: Instance) -> None:
    begin(api, instance, timedelta())
    with api.database.write() as session:
        product = session.scalars(
            select(Product).join(UsageInterval, UsageInterval.code == Product.code)
        ).one()
        product.prices = {"default": "99"}
    assert [row.hourly_price for row in intervals(api)] == ["3.60"]
