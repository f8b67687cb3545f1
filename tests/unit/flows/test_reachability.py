"""What becomes of the answers of running instances: rows change on news only, and never after a restart."""

from datetime import timedelta

import pytest

from amiable.compute.net import reach
from amiable.core import clock
from amiable.flows.reachability import Asked, Prober
from amiable.model.database import Database
from amiable.model.instance import Instance
from tests.helpers.api import new_api
from tests.helpers.rows import add_instance


@pytest.fixture
def instance_id(database: Database) -> str:
    api = new_api(database)
    return add_instance(api, api("CreateSecurityGroup", GroupName="g", Description="d")["GroupId"]).id


def reached(database: Database, instance_id: str) -> bool | None:
    with database.read() as session:
        return session.get_one(Instance, instance_id).reached


def test_news_are_noted(database: Database, instance_id: str) -> None:
    prober = Prober(None, database)  # type: ignore[arg-type]  # judging needs no host

    def judge(*, answered: bool, overdue: bool = False) -> bool | None:
        one = Asked(instance_id, "vpc-1", "172.31.0.10", reached(database, instance_id), overdue)
        prober.judge(one, answered=answered)
        return reached(database, instance_id)

    assert judge(answered=False) is None, "it may still be booting"
    assert judge(answered=True) is True
    assert judge(answered=False) is True, "one silence is no news"
    assert judge(answered=False) is False
    assert judge(answered=True) is True
    with database.write() as session:
        session.get_one(Instance, instance_id).reached = None
    assert judge(answered=False, overdue=True) is False


def test_an_answer_from_before_a_restart_counts_no_more(database: Database, instance_id: str) -> None:
    with database.write() as session:
        session.get_one(Instance, instance_id).reached_at = clock.now() - timedelta(hours=1)
    asked = Asked(instance_id, "vpc-1", "172.31.0.10", True, False)
    prober = Prober(None, database)  # type: ignore[arg-type]  # judging needs no host
    prober.judge(asked, answered=False)
    prober.judge(asked, answered=False)
    assert reached(database, instance_id) is None


def test_a_refusal_is_an_answer() -> None:
    """The loopback refuses, which only somebody who is there can do."""
    assert reach.ask({"127.0.0.1", "127.0.0.2"}, 2.0) == {"127.0.0.1", "127.0.0.2"}
    assert reach.ask(["255.255.255.255"], 2.0) == set(), "where nothing can be sent, nobody answers"
