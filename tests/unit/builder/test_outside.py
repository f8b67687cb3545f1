"""FetchFromOutside against a real server on a socket: right, wrong, endless, not to be reached."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from amiable.api.imagebuilder.cloud import PublicCloud
from amiable.api.perform import Performer
from amiable.builder.actions.call import Call, StepFailed
from amiable.builder.actions.outside import fetch_from_outside
from amiable.builder.cloud import Refused, Where
from amiable.model.database import Database
from tests.helpers.api import new_api
from tests.helpers.local_guest import LocalGuest

PAGE = b"HTTP/1.0 200 OK\r\nServer: x\r\n\r\nhello from here"


@contextmanager
def serving(answer: Callable[[socket.socket], None]) -> Iterator[tuple[int, list[bytes]]]:
    """A port at which each connection gets the answer, and the requests so far."""
    asked: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                asked.append(connection.recv(4096))
                answer(connection)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1], asked
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def fetched(url: str, reach: Callable[[int], str] | None = lambda port: "127.0.0.1", **inputs: object) -> str:
    """Run the module; "" when it went well, else the reason."""
    call = Call(LocalGuest(), None, lambda stream, text: None, reach=reach)
    try:
        fetch_from_outside(call, {"url": url, "status": 200, "contains": "", "seconds": 0, **inputs})
    except StepFailed as failed:
        return str(failed)
    return ""


def test_a_page_that_is_right_and_ones_that_are_not() -> None:
    let_in: list[int] = []

    def reach(port: int) -> str:
        let_in.append(port)
        return "127.0.0.1"

    with serving(lambda connection: connection.sendall(PAGE)) as (port, asked):
        assert fetched(f"http://localhost:{port}/a?b=c", reach, contains="from here") == ""
        assert let_in == [port]
        assert asked[0].startswith(f"GET /a?b=c HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\n".encode())
        assert fetched(f"http://shop.example.com:{port}") == ""
        assert asked[1].startswith(f"GET / HTTP/1.0\r\nHost: shop.example.com:{port}\r\n".encode())
        assert "answers 200, not 404" in fetched(f"http://localhost:{port}/", status=404)
        assert "'Server' is not in the page" in fetched(f"http://localhost:{port}/", contains="Server")
    assert "does not answer: " in fetched(f"http://localhost:{port}/")


def test_it_asks_again_while_there_is_time() -> None:
    answers = [b"HTTP/1.0 503 Not yet\r\n\r\n", PAGE]
    with serving(lambda connection: connection.sendall(answers.pop(0))) as (port, asked):
        assert fetched(f"http://localhost:{port}/", seconds=1) == ""
    assert len(asked) == 2


def test_an_answer_is_bounded() -> None:
    def drip(connection: socket.socket) -> None:
        try:
            while True:
                connection.sendall(b"x")
                threading.Event().wait(0.05)
        except OSError:
            pass

    def flood(connection: socket.socket) -> None:
        try:
            while True:
                connection.sendall(b"HTTP/1.0 200 OK\r\n\r\n" + bytes(1 << 16))
        except OSError:
            pass

    with serving(drip) as (port, _):
        assert "does not answer: " in fetched(f"http://localhost:{port}/")
    with serving(flood) as (port, _):
        assert fetched(f"http://localhost:{port}/") == ""


@pytest.mark.parametrize(
    "url", ["https://x/", "ftp://x/", "x", "http://x:99999/", "http:///p", "http://x/a b"]
)
def test_only_http_is_asked(url: str) -> None:
    assert "is no address such as" in fetched(url)


def test_a_machine_that_cannot_be_reached() -> None:
    assert "cannot be reached" in fetched("http://localhost/", None)


def test_a_group_lets_a_port_in_once(database: Database, tmp_path: Path) -> None:
    api = new_api(database, data_dir=tmp_path)
    cloud = PublicCloud(Performer(api.database, api.sealer, api.settings, api.stores, lambda: None))
    where = Where(api.account_id, api.region)
    group = api("CreateSecurityGroup", "ec2", GroupName="g", Description="d")["GroupId"]
    for port in (22, 80, 80):
        cloud.let_in(where, "g", port)
    (shown,) = api("DescribeSecurityGroups", "ec2", GroupIds=[group])["SecurityGroups"]
    assert [one["FromPort"] for one in shown["IpPermissions"]] == [22, 80]
    with pytest.raises(Refused, match=r"InvalidGroup\.NotFound"):
        cloud.let_in(where, "none", 80)
