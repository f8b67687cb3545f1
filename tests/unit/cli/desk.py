"""Somebody at a shell: runs the command in this process, with an environment and a home of its own.

`Desk.serve()` gives it an API to talk to: the real gateway and dispatcher on a port of the loopback and a
real SQLite, but no engine behind them, so that flows wait: what they would do, a test writes into the rows.
"""

import json
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result
from sqlalchemy import select

from amiable.api.dispatch import Dispatcher
from amiable.api.perform import Performer
from amiable.cli.group import root
from amiable.core import clock
from amiable.core.settings import Settings, load
from amiable.model.account import AMAZON, Account, create_access_key, create_account
from amiable.model.database import Database, connect
from amiable.model.image import Image
from amiable.model.instance import Instance
from amiable.model.network import ensure_default_vpc
from amiable.model.secret import load_sealer
from amiable.model.snapshot import Snapshot
from amiable.web.gateway import LIMITS, application, server
from amiable.web.terminal import Limits
from tests.helpers.api import Api


@dataclass
class Desk:
    """A person's environment; `None` means that the variable is not set."""

    folder: Path
    environment: dict[str, str | None]

    @property
    def settings(self) -> Settings:
        return load({name: value for name, value in self.environment.items() if value is not None})

    def run(self, *words: str | Path) -> Result:
        """Run `amiable <words>`."""
        runner = CliRunner(env=self.environment)
        return runner.invoke(root, [str(word) for word in words], prog_name="amiable")

    def ok(self, *words: str | Path) -> str:
        """Standard output of a command that succeeds."""
        result = self.run(*words)
        assert result.exit_code == 0, (result.output, result.exception)
        return result.stdout

    def json(self, *words: str | Path) -> list[dict[str, Any]]:
        """What a command that succeeds prints with --json."""
        answer = json.loads(self.ok(*words, "--json"))
        assert isinstance(answer, list)
        return answer

    def refused(self, *words: str | Path) -> str:
        """The one line on standard error of a command that fails with status 1."""
        result = self.run(*words)
        assert result.exit_code == 1, (result.output, result.exception)
        assert isinstance(result.exception, SystemExit), result.exception
        assert result.stdout == ""
        last = result.stderr.rstrip("\n").splitlines()[-1]
        assert last.startswith("Error: ")
        return last.removeprefix("Error: ")

    def api(self, database: Database) -> Api:
        """The account `me` in the default region, for rows that a test adds."""
        with database.read() as session:
            me = session.scalars(select(Account.id).where(Account.name == "me")).one()
        settings = self.settings
        sealer = load_sealer(settings.data_dir / "secret.key")
        return Api(database, settings, sealer, me, settings.region_names[0])

    @contextmanager
    def serve(self, empty: Path) -> Iterator[Database]:
        """An API at this desk's settings, with accounts `amazon` and `me`, whose keys the desk gets.

        `empty`: an SQLite file with the current schema.
        """
        settings = self.settings
        settings.data_dir.mkdir(parents=True)
        shutil.copy(empty, settings.data_dir / "amiable.db")
        database = Database(connect(settings.database))
        sealer = load_sealer(settings.data_dir / "secret.key")
        with database.write() as session:
            for name, alias in ((AMAZON, AMAZON), ("me", None)):
                account = create_account(session, name, alias=alias)
                for region in settings.region_names:
                    ensure_default_vpc(session, account.id, region, settings.zone_names(region))
            key, secret = create_access_key(session, account.id, sealer)
        self.environment |= {"AWS_ACCESS_KEY_ID": key.id, "AWS_SECRET_ACCESS_KEY": secret}
        with listening(Dispatcher(Performer(database, sealer, settings, {}, lambda: None))) as url:
            self.environment["AWS_ENDPOINT_URL"] = url
            yield database
        database.close()


@contextmanager
def listening(dispatcher: Dispatcher, limits: Limits = LIMITS) -> Iterator[str]:
    """The gateway on a free port; its URL."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        served = server(application(dispatcher, limits=limits))
        thread = threading.Thread(target=served.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            served.should_exit = True
            thread.join()


def set_image(database: Database, image_id: str, state: str, message: str = "", percent: int = 0) -> None:
    """What the story of an image would write."""
    with database.write() as session:
        image = session.get_one(Image, image_id)
        image.state = state
        if message:
            image.state_reason_code, image.state_reason_message = "Client.InvalidDisk", message
        snapshots = [row.snapshot_id for row in image.devices]
        for snapshot in session.scalars(select(Snapshot).where(Snapshot.id.in_(snapshots))):
            snapshot.progress = percent
            if state == "available":
                snapshot.state, snapshot.manifest_digest = "completed", "0" * 64


def set_instance(database: Database, instance_id: str, state: str, message: str = "") -> None:
    """What the story of an instance would write."""
    with database.write() as session:
        instance = session.get_one(Instance, instance_id)
        instance.state = state
        if message:
            instance.state_reason_code, instance.state_reason_message = "Server.InternalError", message
        if state == "terminated":
            instance.terminated_at = clock.now()
