"""What image building does because time has passed: one thread that looks a few times a minute."""

import threading
from collections.abc import Callable

from amiable.builder import pipelines
from amiable.builder.execution.expiry import forget_unused
from amiable.builder.execution.left_groups import remove_unused
from amiable.builder.execution.step import BuilderHost
from amiable.builder.lifecycle import daily
from amiable.core import clock
from amiable.core.log import logger
from amiable.model.database import Database

log = logger(__name__)
LOOK_SECONDS = 10.0
FORGET_SECONDS = 3600.0


class Timetable:
    """The thread. `wake` is called when something may have been started."""

    def __init__(
        self,
        host: BuilderHost,
        database: Database,
        starter: pipelines.Starter,
        wake: Callable[[], None],
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        self._host = host
        self._database = database
        self._starter = starter
        self._wake = wake
        self._look = look_seconds
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="timetable", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more; what was started goes on."""
        self._stop.set()
        self._thread.join()

    def _loop(self) -> None:
        forgotten = clock.monotonic()
        while not self._stop.wait(self._look):
            try:
                if clock.monotonic() - forgotten > FORGET_SECONDS:
                    forgotten = clock.monotonic()
                    days = self._host.settings.build_cache_days
                    forget_unused(self._database, self._host.cloud, days)
                remove_unused(self._database, self._host.cloud)
                pipelines.start_due(self._database, self._starter)
                daily.run_due(self._database)
                self._wake()
            except Exception:
                log.exception("schedules and policies could not be looked at; looking again")
