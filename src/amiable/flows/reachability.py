"""Does the guest answer? Asked in the background; the answer is kept in the row, for DescribeInstanceStatus.

    started ──► None (initializing) ──► True (ok) ◄──► False (impaired)
                      └── no answer for ten minutes ──────► False

Who has not answered is asked every two seconds, who has every half minute; two silences in a row make an
instance impaired. A guest whose network says nothing may answer by its agent. An instance with a story under
way is left alone: it may be starting again, or have its file systems frozen.
"""

import threading
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from amiable.compute import agent
from amiable.compute.net.names import vpc_name
from amiable.compute.net.reach import answering
from amiable.core import clock
from amiable.core.errors import AmiableError
from amiable.core.log import logger
from amiable.flows.host import Host
from amiable.model.database import Database
from amiable.model.flow import Flow
from amiable.model.instance import Instance

log = logger(__name__)
EVERY_SECONDS = 2.0
AGAIN_SECONDS = 30.0
PATIENCE_SECONDS = 1.5
AGENT_SECONDS = 1.0
SILENCES = 2
INITIALIZING = timedelta(minutes=10)


@dataclass(frozen=True)
class Asked:
    """A running instance that is to be asked."""

    id: str
    vpc_id: str
    address: str
    reached: bool | None
    overdue: bool


class Prober:
    """One thread that asks the running instances of a host."""

    def __init__(self, host: Host, database: Database) -> None:
        self._host = host
        self._database = database
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="reachability", daemon=True)
        self._silences: dict[str, int] = {}
        self._next: dict[str, float] = {}

    def start(self) -> None:
        """Begin to ask."""
        self._thread.start()

    def stop(self) -> None:
        """Ask no more."""
        self._stop.set()
        self._thread.join()

    def _loop(self) -> None:
        while not self._stop.wait(EVERY_SECONDS):
            try:
                self._ask_all()
            except SQLAlchemyError:
                log.exception("the state database does not answer; asking again")

    def _ask_all(self) -> None:
        now = clock.monotonic()
        running = self._running()
        known = {one.id for one in running}
        self._silences = {one: count for one, count in self._silences.items() if one in known}
        self._next = {one: due for one, due in self._next.items() if one in known}
        due = [one for one in running if not one.reached or self._next.get(one.id, 0.0) <= now]
        by_vpc: dict[str, list[Asked]] = defaultdict(list)
        for one in due:
            by_vpc[one.vpc_id].append(one)
        for vpc_id, asked in by_vpc.items():
            found = self._answering(vpc_id, asked)
            for one in asked:
                self.judge(one, answered=one.id in found)

    def _running(self) -> list[Asked]:
        with self._database.read() as session:
            busy = select(Flow.subject).where(Flow.outcome.is_(None))
            rows = session.scalars(
                select(Instance).where(
                    Instance.host == self._host.name, Instance.state == "running", Instance.id.not_in(busy)
                )
            ).unique()
            now = clock.now()
            return [
                Asked(
                    id=row.id,
                    vpc_id=row.vpc_id,
                    address=row.interfaces[0].private_ip,
                    reached=row.reached,
                    overdue=now - max(row.launched_at, row.reached_at or row.launched_at) > INITIALIZING,
                )
                for row in rows
                if row.interfaces
            ]

    def _answering(self, vpc_id: str, asked: Iterable[Asked]) -> set[str]:
        """The ids of those that answer, by network or agent."""
        by_address = {one.address: one.id for one in asked}
        try:
            namespace = vpc_name(self._host.network.token, vpc_id)
            found = {by_address[one] for one in answering(namespace, by_address, PATIENCE_SECONDS)}
        except (AmiableError, OSError) as trouble:
            log.info("the instances of %s cannot be asked: %s", vpc_id, trouble)
            found = set()
        silent = [one for one in asked if one.id not in found and self._worth_a_call(one)]
        return found | {one.id for one in silent if self._agent_answers(one.id)}

    def _worth_a_call(self, one: Asked) -> bool:
        """An agent that does not answer takes a second: those that never answered are called now and then."""
        return bool(one.reached) or self._silences.get(one.id, 0) % 10 == 9

    def _agent_answers(self, instance_id: str) -> bool:
        try:
            return agent.ping(self._host.machine_directory(instance_id), AGENT_SECONDS)
        except AmiableError:
            return False

    def judge(self, one: Asked, *, answered: bool) -> None:
        """Note what an answer or a silence means for an instance."""
        if answered:
            self._silences.pop(one.id, None)
            self._next[one.id] = clock.monotonic() + AGAIN_SECONDS
            if not one.reached:
                self._note(one, True)
            return
        self._silences[one.id] = self._silences.get(one.id, 0) + 1
        self._next.pop(one.id, None)
        lost = one.reached and self._silences[one.id] >= SILENCES
        if lost or (one.reached is None and one.overdue):
            self._note(one, False)

    def _note(self, one: Asked, reached: bool) -> None:
        with self._database.write() as session:
            instance = session.get(Instance, one.id, with_for_update=True)
            if instance is not None and instance.state == "running" and instance.reached == one.reached:
                instance.reached = reached
                instance.reached_at = clock.now()
                log.info("%s: its network %s", one.id, "answers" if reached else "does not answer")
