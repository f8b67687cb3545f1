"""Code run call by call: an actor is a thread whose every store call waits until the test lets it through.

So a test interleaves an ingest and a collector at any point, and crashes either between any two calls.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from amiable.blocks.layout import Entry
from amiable.blocks.store import PruneStore


class Crashed(Exception):
    """The process of the actor is gone: no call of its store does anything any more."""


class Turnstile:
    """A store whose calls pass one at a time, when a ticket is there; after `crash` none does."""

    concurrency = 1

    def __init__(self, inner: PruneStore) -> None:
        self._inner = inner
        self._condition = threading.Condition()
        self._tickets = 0
        self._waiting = 0
        self._crashed = False
        self._finished = False
        self.before: tuple[str, str] | None = None  # the call that waits: method, key or folder

    def _pass(self, method: str, key: str) -> None:
        with self._condition:
            self._waiting += 1
            self.before = (method, key)
            self._condition.notify_all()
            while not self._tickets and not self._crashed:
                self._condition.wait()
            self._waiting -= 1
            if self._crashed:
                raise Crashed
            self._tickets -= 1

    def let(self, calls: int) -> None:
        """Let that many calls through; returns when the actor stands before the next one, or has finished."""
        with self._condition:
            self._tickets += calls
            self._condition.notify_all()
            self._condition.wait_for(lambda: self._finished or (self._waiting > 0 and not self._tickets))

    def crash(self) -> None:
        """Every call that waits, and every later one, raises Crashed."""
        with self._condition:
            self._crashed = True
            self._condition.notify_all()

    def finished(self) -> None:
        """The actor will make no more calls."""
        with self._condition:
            self._finished = True
            self._condition.notify_all()

    def get(self, key: str) -> bytes:
        self._pass("get", key)
        return self._inner.get(key)

    def exists(self, key: str) -> bool:
        self._pass("exists", key)
        return self._inner.exists(key)

    def list(self, folder: str) -> Iterator[Entry]:
        self._pass("list", folder)
        return iter(tuple(self._inner.list(folder)))

    def create(self, key: str, data: bytes) -> bool:
        self._pass("create", key)
        return self._inner.create(key, data)

    def create_many(self, items: Sequence[tuple[str, bytes]]) -> Sequence[bool]:
        return [self.create(key, data) for key, data in items]

    def replace(self, key: str, data: bytes) -> None:
        self._pass("replace", key)
        self._inner.replace(key, data)

    def delete(self, key: str) -> None:
        self._pass("delete", key)
        self._inner.delete(key)

    def delete_many(self, keys: Sequence[str]) -> None:
        for key in keys:  # one by one: a crash may come in the middle
            self.delete(key)

    def settle(self) -> None:
        self._inner.settle()

    def sweep(self, before: datetime) -> int:
        return self._inner.sweep(before)


class Actor:
    """A function of a store, run in a thread, call by call."""

    def __init__(self, store: PruneStore, work: Callable[[PruneStore], Any]) -> None:
        self._turnstile = Turnstile(store)
        self.error: BaseException | None = None
        self.result: Any = None
        self.done = False
        self._thread = threading.Thread(target=self._run, args=(work,), daemon=True)
        self._thread.start()
        self._turnstile.let(0)

    def _run(self, work: Callable[[PruneStore], Any]) -> None:
        try:
            self.result = work(self._turnstile)
        except Exception as error:  # noqa: BLE001 - handed to the test
            self.error = error
        finally:
            self.done = True
            self._turnstile.finished()

    def step(self, calls: int = 1) -> bool:
        """Let some calls through; whether the actor has finished."""
        self._turnstile.let(calls)
        return self.done

    def step_to(self, method: str, prefix: str) -> bool:
        """Let calls through, at least one, until one of that kind is next; whether the actor has finished."""
        while not self.step():
            if (before := self._turnstile.before) and before[0] == method and before[1].startswith(prefix):
                break
        return self.done

    def finish(self) -> None:
        """Run to the end."""
        while not self.done:
            self.step(100)
        self._thread.join()

    def crash(self) -> None:
        """Kill it where it stands."""
        self._turnstile.crash()
        self._thread.join()
