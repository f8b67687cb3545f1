"""Checksums as distributors publish them. Downloads themselves: tests/unit/cli/test_download.py."""

import hashlib
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from amiable.compute.fetch import checksum_in, fetch_verified
from amiable.core.errors import Corrupt, NotFound

SHORT, LONG = "a1" * 32, "b2" * 64


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (f"{LONG}  other.qcow2\n{SHORT}  disk.qcow2\n", f"sha256:{SHORT}"),
        (f"{SHORT} *disk.qcow2\n", f"sha256:{SHORT}"),
        (f"{LONG.upper()}  disk.qcow2\n", f"sha512:{LONG}"),
        (f"-----BEGIN PGP\nSHA256 (disk.qcow2) = {SHORT}\n# 3 bytes\n", f"sha256:{SHORT}"),
        (f"{LONG}\n", f"sha512:{LONG}"),
    ],
)
def test_the_forms_of_checksum_files(text: str, wanted: str) -> None:
    assert checksum_in(text, "disk.qcow2", "here") == wanted


@pytest.mark.parametrize("text", ["", f"{SHORT}  disk.qcow2.sig\n", f"{SHORT}\n{SHORT}\n", "MD5 (x) = 12\n"])
def test_a_file_that_says_nothing_of_the_image(text: str) -> None:
    with pytest.raises(NotFound, match="here has no SHA-256"):
        checksum_in(text, "disk.qcow2", "here")


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    folder = tmp_path / "served"
    folder.mkdir()
    (folder / "disk.raw").write_bytes(b"disk" * 1000)
    (folder / "SUMS").write_text(f"{hashlib.sha512(b'disk' * 1000).hexdigest()}  disk.raw\n")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=folder)) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_a_file_is_there_only_when_it_is_as_published(url: str, tmp_path: Path) -> None:
    target = tmp_path / "disk.raw"
    kind = fetch_verified(
        f"{url}/disk.raw", target, lambda what, part: None, checksum=None, checksums=f"{url}/SUMS"
    )
    assert kind.startswith("sha512:")
    assert target.read_bytes() == b"disk" * 1000
    with pytest.raises(Corrupt, match="as published"):
        fetch_verified(
            f"{url}/disk.raw", target, lambda what, part: None, checksum=f"sha256:{SHORT}", checksums=None
        )
    assert not target.exists()
