"""Terminals by a real client on a real server and database; a program of ours stands at the serial line."""

import json
import logging
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from amiable.api.dispatch import Dispatcher
from amiable.api.perform import Performer
from amiable.core import clock
from amiable.model.account import AccessKey, create_access_key
from amiable.model.database import Database
from amiable.model.instance import Instance
from amiable.web.terminal import Limits
from tests.helpers.api import Api, new_api
from tests.helpers.rows import add_instance
from tests.helpers.serial_line import SerialLine, serial_line
from tests.unit.cli.desk import listening

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
SAID = b"Debian GNU/Linux 12\r\nlogin: "


@dataclass
class Site:
    """A server, an account with a running instance, and what stands at its serial line."""

    api: Api
    url: str
    key: AccessKey
    secret: str
    instance_id: str
    line: SerialLine

    def presigned(self, *, path: str = "", service: str = "ec2", seconds: int = 30, key: str = "") -> str:
        address = self.url + (path or f"/console-terminal/{self.instance_id}")
        request = AWSRequest("GET", address, params={"nonce": secrets.token_hex(8)})
        credentials = Credentials(key or self.key.id, self.secret)
        SigV4QueryAuth(credentials, service, self.api.region, expires=seconds).add_auth(request)
        return str(request.url).replace("http://", "ws://", 1)

    def open(self, url: str = "", origin: str | None = None) -> ClientConnection:
        return connect(url or self.presigned(), origin=origin, proxy=None)  # type: ignore[arg-type]

    def refused(self, url: str = "", origin: str | None = None) -> str:
        """The code with which an opening ends at once."""
        with self.open(url, origin) as link:
            return ended(link)


def ended(link: ClientConnection) -> str:
    """The code of the reason that comes last, after whatever was printed."""
    text = None
    try:
        while True:
            text = link.recv(30)
    except ConnectionClosed:
        assert isinstance(text, str), text
        return str(json.loads(text)["Code"])


HASTY = Limits(patience=0.3, check=0.1)
IMPATIENT = Limits(check=0.1, idle=0)


@pytest.fixture
def site(request: pytest.FixtureRequest, database: Database, tmp_path: Path) -> Iterator[Site]:
    """With the limits that the test asks for, HASTY by default."""
    api = new_api(database, data_dir=tmp_path)
    api("EnableSerialConsoleAccess")
    group = api("CreateSecurityGroup", GroupName="g", Description="d")["GroupId"]
    instance = add_instance(api, group)
    with database.write() as session:
        key, secret = create_access_key(session, api.account_id, api.sealer)
    dispatcher = Dispatcher(Performer(database, api.sealer, api.settings, {}, lambda: None))
    with (
        serial_line(api.settings.machine_directory(instance.id), SAID) as line,
        listening(dispatcher, getattr(request, "param", HASTY)) as url,
    ):
        yield Site(api, url, key, secret, instance.id, line)


def test_a_terminal_shows_what_was_said_and_talks(site: Site) -> None:
    with site.open(origin=site.url) as link:
        assert link.recv() == SAID
        link.send(b"root\r")
        assert link.recv() == b"ROOT\r"
        link.send("pässword")
        assert link.recv() == "pässword".encode().upper()


def test_it_ends_with_the_machine_and_can_be_opened_again(site: Site) -> None:
    with site.open() as link:
        assert link.recv() == SAID
        site.line.end()
        assert ended(link) == "EC2InstanceStateInvalidException"
    with site.open() as link:
        assert link.recv() == SAID


def test_a_newcomer_takes_the_line_over(site: Site) -> None:
    with site.open() as first:
        assert first.recv() == SAID
        with site.open() as second:
            assert second.recv() == SAID
            second.send(b"x")
            assert second.recv() == b"X"
            assert ended(first) == "SerialConsoleSessionLimitExceededException"


def test_a_url_works_once_soon_and_for_one_thing(site: Site) -> None:
    url = site.presigned()
    with site.open(url) as link:
        assert link.recv() == SAID
    assert site.refused(url) == "RequestExpired"
    assert site.refused(site.presigned(seconds=61)) == "InvalidParameterValue"
    assert site.refused(site.presigned(service="sts")) == "InvalidParameterValue"
    assert site.refused(url.replace("Signature=", "Signature=0")) == "AuthFailure"
    other = site.presigned(path="/console-terminal/i-0123456789abcdef0")
    assert site.refused(other.replace("i-0123456789abcdef0", site.instance_id)) == "AuthFailure"
    elsewhere = site.presigned(path="/")
    assert site.refused(elsewhere.replace("/?", f"/console-terminal/{site.instance_id}?")) == "AuthFailure"
    assert (
        site.refused(f"ws{site.url[4:]}/console-terminal/{site.instance_id}") == "MissingAuthenticationToken"
    )


def test_pages_of_other_origins_are_refused(site: Site) -> None:
    assert site.refused(origin="https://attacker.example") == "AuthFailure"
    assert site.refused(origin="null") == "AuthFailure"


def test_only_the_accounts_own_running_instances_where_it_is_switched_on(site: Site) -> None:
    assert site.refused(site.presigned(path="/console-terminal/etc")) == "InvalidInstanceID.Malformed"
    assert (
        site.refused(site.presigned(path="/console-terminal/i-0123456789abcdef0"))
        == "InvalidInstanceID.NotFound"
    )
    other = site.api.other_account()
    with site.api.database.write() as session:
        key, secret = create_access_key(session, other.account_id, site.api.sealer)
    stranger = Site(site.api, site.url, key, secret, site.instance_id, site.line)
    assert stranger.refused() == "InvalidInstanceID.NotFound"
    with site.api.database.write() as session:
        session.get_one(Instance, site.instance_id).state = "stopped"
    assert site.refused() == "EC2InstanceStateInvalidException"
    site.api("DisableSerialConsoleAccess")
    assert site.refused() == "SerialConsoleAccessDisabledException"


@pytest.mark.parametrize("how", ["switched off", "key removed", "key expired"])
def test_an_open_terminal_ends_when_it_may_be_no_more(site: Site, how: str) -> None:
    with site.open() as link:
        assert link.recv() == SAID
        if how == "switched off":
            site.api("DisableSerialConsoleAccess")
            assert ended(link) == "SerialConsoleAccessDisabledException"
            return
        with site.api.database.write() as session:
            key = session.get_one(AccessKey, site.key.id)
            if how == "key removed":
                key.status = "Inactive"
            else:
                key.expires_at = clock.now() - timedelta(seconds=1)
        assert ended(link) == ("AuthFailure" if how == "key removed" else "RequestExpired")


@pytest.mark.parametrize("site", [IMPATIENT], indirect=True)
def test_a_terminal_where_nobody_types_ends(site: Site) -> None:
    with site.open() as link:
        assert link.recv() == SAID
        assert ended(link) == "SerialConsoleSessionUnavailableException"


def test_a_terminal_that_takes_nothing_is_let_go(site: Site) -> None:
    with connect(site.presigned(), proxy=None, max_queue=1, close_timeout=0.1):
        flood = bytes(64 * 1024 * 1024)
        with pytest.raises(OSError, match=r"Broken pipe|reset|Bad file"):
            site.line.print(flood)


def test_a_machine_that_is_off_says_so(site: Site) -> None:
    (site.api.settings.machine_directory(site.instance_id) / "run/console").unlink()
    assert site.refused() == "Unavailable"


def test_no_signature_reaches_the_log(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO), site.open() as link:
        assert link.recv() == SAID
    assert "Signature" not in caplog.text
