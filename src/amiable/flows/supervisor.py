"""Watches the machines of this host: when one ends by itself, an `exited` story is enqueued.

The rows say which machines should run; a pidfd says, without polling, when a process is gone. Ends that a
story brought about enqueue nothing: the row is no longer `running`, or a story of that instance is under way
and the supervisor looks again once it is over.
"""

import threading
from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from amiable.compute import process
from amiable.core import clock
from amiable.core.errors import AmiableError
from amiable.core.log import logger
from amiable.flows import metering
from amiable.flows.chores import CHORES
from amiable.flows.host import Host
from amiable.model.database import Database
from amiable.model.flow import enqueue, unfinished
from amiable.model.instance import Instance

log = logger(__name__)
LOOK_SECONDS = 1.0
CHORE_SECONDS = 60.0


class Supervisor:
    """One thread that looks after the machines of a host."""

    def __init__(self, host: Host, database: Database, wake: Callable[[], None]) -> None:
        self._host = host
        self._database = database
        self._wake = wake
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="supervisor", daemon=True)
        self._watched: dict[str, process.Running] = {}
        self._chores_done = clock.monotonic()

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self) -> None:
        """Stop watching; the machines go on."""
        self._stop.set()
        self._thread.join()
        for running in self._watched.values():
            running.close()

    def _loop(self) -> None:
        while not self._stop.is_set():
            try:
                self._look()
                self._do_chores()
            except SQLAlchemyError:
                log.exception("the state database does not answer; looking again")
            if self._watched:
                for ended in process.wait_any(list(self._watched.values()), LOOK_SECONDS):
                    log.info("%s: its machine has ended", ended.folder.name)
            else:
                self._stop.wait(LOOK_SECONDS)

    def _look(self) -> None:
        """Compare rows and processes once."""
        with self._database.read() as session:
            should_run = set(
                session.scalars(
                    select(Instance.id).where(Instance.host == self._host.name, Instance.state == "running")
                )
            )
        for instance_id in list(self._watched):
            if instance_id not in should_run or process.has_ended(self._watched[instance_id]):
                self._watched.pop(instance_id).close()
        for instance_id in should_run - self._watched.keys():
            running = process.find(self._host.machine_directory(instance_id))
            if running is not None:
                self._watched[instance_id] = running
                metering.see(self._host, self._database, instance_id)
            else:
                self._note_exit(instance_id)

    def _do_chores(self) -> None:
        """Once a minute, what time alone makes necessary (flows/chores.py)."""
        if clock.monotonic() - self._chores_done < CHORE_SECONDS:
            return
        self._chores_done = clock.monotonic()
        for chore in CHORES:
            self._try(chore, self._host, self._database)
        self._wake()

    def _try(self, chore: Callable[..., None], *arguments: object) -> None:
        try:
            chore(*arguments)
        except AmiableError as trouble:
            log.error("%s: %s", chore.__name__, trouble)

    def _note_exit(self, instance_id: str) -> None:
        with self._database.write() as session:
            instance = session.get(Instance, instance_id)
            if instance is None or instance.state != "running" or unfinished(session, instance_id):
                return
            enqueue(session, "exited", instance_id, host=self._host.name)
        self._wake()
