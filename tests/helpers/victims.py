"""A server to kill again and again: it dies at the places of a list (tests/helpers/crashing.py)."""

import contextlib
import subprocess
from collections.abc import Iterator, Sequence

from tests.helpers.forking import ForkServer, fork_server
from tests.helpers.server import Server, prepared


class Victim:
    """The server."""

    def __init__(self, server: Server, forks: ForkServer) -> None:
        self.server = server
        self.forks = forks
        self.target = server.folder / "crash-at"

    def arm(self, places: Sequence[str]) -> None:
        """Let it die at these places, one after the other."""
        self.target.write_text("\n".join(places))

    def start(self) -> None:
        """Start it; it may die again before it answers."""
        self.server.process = self.forks.start()

    def dies(self, place: str, within: float = 90) -> None:
        """Wait for the end of the server."""
        assert self.server.process is not None
        try:
            self.server.process.wait(within)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"the server never came to {place}") from None
        self.server.process = None


@contextlib.contextmanager
def victim() -> Iterator[Victim]:
    """A started one."""
    with prepared(stop_grace_seconds="1") as server:
        environment = {**server.environment(), "AMIABLE_CRASH_AT": str(server.folder / "crash-at")}
        with fork_server(environment, server.log) as forks:
            made = Victim(server, forks)
            made.start()
            server.wait_until_it_answers()
            yield made
