"""Several calls at once: what must be unique is made once, and no change of rules is lost."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from threading import Thread
from typing import Any

from sqlalchemy import func, select

from amiable.api.ec2.security_group_rules import authorize_security_group_ingress
from amiable.flows.engine import Engine
from amiable.flows.story import Done, Next, Work, story
from amiable.model.flow import Flow
from amiable.model.security_group import SecurityGroupRule
from amiable.protocol.faults import Fault
from tests.helpers.api import Api

CALLS = 12


def outcomes(*calls: Callable[[], Any]) -> Counter[str]:
    """Runs the calls at once; counts the codes of the faults, and `ok`."""

    def run(call: Callable[[], Any]) -> str:
        try:
            call()
        except Fault as fault:
            return fault.code
        return "ok"

    with ThreadPoolExecutor(4) as pool:
        return Counter(pool.map(run, calls))


def test_a_key_name_is_given_once(api: Api) -> None:
    found = outcomes(*[lambda: api("CreateKeyPair", KeyName="k", KeyType="ed25519")] * CALLS)
    assert found == {"ok": 1, "InvalidKeyPair.Duplicate": CALLS - 1}


def test_a_group_name_is_given_once_whatever_its_case(api: Api) -> None:
    def create(name: str) -> Callable[[], Any]:
        return lambda: api("CreateSecurityGroup", GroupName=name, Description="d")

    found = outcomes(*[create("web" if number % 2 else "WEB") for number in range(CALLS)])
    assert found == {"ok": 1, "InvalidGroup.Duplicate": CALLS - 1}


def rule(group_id: str, port: int) -> dict[str, Any]:
    ranges = [{"CidrIp": "10.0.0.0/8"}]
    permission = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": ranges}
    return {"GroupId": group_id, "IpPermissions": [permission]}


def test_a_rule_is_added_once(api: Api) -> None:
    group = api("CreateSecurityGroup", GroupName="web", Description="d")["GroupId"]
    found = outcomes(*[lambda: api("AuthorizeSecurityGroupIngress", **rule(group, 80))] * CALLS)
    assert found == {"ok": 1, "InvalidPermission.Duplicate": CALLS - 1}


@contextmanager
def counting(api: Api, group: str) -> Iterator[list[int]]:
    """Runs the flows meanwhile, to their end; gives how many ingress rules each refresh saw."""
    seen: list[int] = []

    def count(work: Work[list[int]]) -> Next:
        with work.database.read() as session:
            query = select(func.count()).where(
                SecurityGroupRule.group_id == group, SecurityGroupRule.egress.is_(False)
            )
            work.host.append(session.scalar(query) or 0)
        return Done()

    def never(work: Work[list[int]], reason: str) -> None:
        raise AssertionError(reason)

    stories = {"refresh-network": story("refresh-network", count, failed=never)}
    engine = Engine(api.database, stories, seen, host_name="h", poll_seconds=0.01)
    starting = Thread(target=engine.start)  # it writes, so it may have to wait for the test's transaction
    starting.start()
    try:
        yield seen
        while unfinished(api):
            time.sleep(0.01)
    finally:
        starting.join()
        engine.stop()


def unfinished(api: Api) -> int:
    with api.database.read() as session:
        query = select(func.count()).select_from(Flow).where(Flow.outcome.is_(None))
        return session.scalar(query) or 0


def test_the_last_refresh_sees_every_rule(api: Api) -> None:
    group = api("CreateSecurityGroup", GroupName="web", Description="d")["GroupId"]
    with counting(api, group) as seen:
        calls = [partial(api, "AuthorizeSecurityGroupIngress", **rule(group, port)) for port in range(40)]
        assert outcomes(*calls) == {"ok": 40}
    assert seen[-1] == 40


def test_a_waiting_refresh_does_not_begin_before_the_change_that_relies_on_it(api: Api) -> None:
    group = api("CreateSecurityGroup", GroupName="web", Description="d")["GroupId"]
    api("AuthorizeSecurityGroupIngress", **rule(group, 1))
    with api.database.write() as session:
        authorize_security_group_ingress(api.call(session), rule(group, 2))
        with ExitStack() as later:
            seen = later.enter_context(counting(api, group))
            deadline = time.monotonic() + 1
            while not seen and time.monotonic() < deadline:  # time enough for a worker to go wrong
                time.sleep(0.01)
            session.commit()
    assert seen[-1] == 2
