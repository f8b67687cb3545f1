"""Downloads from a real web server on the loopback that behaves well and badly."""

import contextlib
import hashlib
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from amiable.cli.image.download import download, file_name
from amiable.core.errors import Corrupt, InvalidInput, LimitExceeded, NotFound, Unavailable

BODY = b"\x00\x01disk" * 100_000
DIGEST = "sha256:" + hashlib.sha256(BODY).hexdigest()


class Handler(BaseHTTPRequestHandler):
    """/disk well; /endless never announces a size; /broken announces more than it sends; /away leads on."""

    def do_GET(self) -> None:
        if self.path == "/missing":
            self.send_error(404)
        elif self.path == "/ill":
            self.send_error(503)
        elif self.path.startswith("/away"):
            self.send_response(302)
            self.send_header("Location", self.path.partition("?")[2])
            self.end_headers()
        else:
            self.send_response(200)
            if self.path != "/endless":
                self.send_header("Content-Length", str(len(BODY) * (2 if self.path == "/broken" else 1)))
            self.end_headers()
            with contextlib.suppress(ConnectionError):  # who has had enough hangs up
                self.wfile.write(BODY)

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def fetch(url: str, folder: Path, limit: int = len(BODY), checksum: str | None = None) -> Path:
    return download(url, folder, limit, checksum, lambda text, fraction: None)


@pytest.mark.parametrize("path", ["/disk.qcow2", "/endless", "/away?/disk.qcow2", "/away?/away?/disk"])
@pytest.mark.parametrize("checksum", [None, DIGEST])
def test_it_arrives(url: str, tmp_path: Path, path: str, checksum: str | None) -> None:
    taken = fetch(url + path, tmp_path, checksum=checksum)
    assert taken.read_bytes() == BODY
    assert list(tmp_path.iterdir()) == [taken]


def test_progress_is_told(url: str, tmp_path: Path) -> None:
    said: list[tuple[str, float | None]] = []
    download(url + "/disk", tmp_path, len(BODY), None, lambda text, fraction: said.append((text, fraction)))
    assert said[-1] == ("downloading", 1.0)


@pytest.mark.parametrize(
    ("path", "limit", "checksum", "kind", "words"),
    [
        ("/missing", 10**9, None, NotFound, "answers 404"),
        ("/ill", 10**9, None, Unavailable, "answers 503"),
        ("/disk", len(BODY) - 1, None, LimitExceeded, "is larger than"),
        ("/endless", len(BODY) - 1, None, LimitExceeded, "is larger than"),
        ("/broken", 10**9, None, Unavailable, "broke off"),
        ("/disk", 10**9, "sha256:" + "0" * 64, Corrupt, "not the given one"),
        ("/away?file:///etc/passwd", 10**9, None, NotFound, "answers 302"),
        ("/away?ftp://127.0.0.1/x", 10**9, None, Unavailable, "cannot be reached"),
    ],
)
def test_what_goes_wrong_leaves_nothing(
    url: str,
    tmp_path: Path,
    path: str,
    limit: int,
    checksum: str | None,
    kind: type[Exception],
    words: str,
) -> None:
    with pytest.raises(kind, match=words):
        fetch(url + path, tmp_path, limit, checksum)
    assert list(tmp_path.iterdir()) == []


def test_nobody_listens(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(Unavailable, match="cannot be reached"):
        fetch(f"http://127.0.0.1:{port}/disk", tmp_path)


@pytest.mark.parametrize("bad", ["file:///etc/passwd", "ftp://host/disk", "http:///disk", "://"])
def test_only_http(bad: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="is not a http or https URL"):
        fetch(bad, tmp_path)


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("https://host/a/debian.qcow2?x=1", "debian.qcow2"),
        ("https://host", "host"),
        ("https://h/a%2F..%2Fb", "b"),
    ],
)
def test_file_name(address: str, name: str) -> None:
    assert file_name(address) == name
