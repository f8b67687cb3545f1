"""Opening stores, what the local one leaves on disk, and one that cannot be reached."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from amiable.blocks.store import open_store
from amiable.core.errors import InvalidInput, MissingPrerequisite, Unavailable


@pytest.mark.parametrize("url", ["", "/srv/store", "file:relative", "file://host/x", "ftp://a/b", "s3:///x"])
def test_urls_that_name_no_store(url: str) -> None:
    with pytest.raises(InvalidInput, match="expected file:///folder"):
        open_store(url)


def test_unknown_options() -> None:
    with pytest.raises(InvalidInput, match="acess_key_id"):
        open_store("s3://bucket", {"acess_key_id": "x"})


def test_a_folder_with_a_space(tmp_path: Path) -> None:
    open_store(f"file://{tmp_path}/a%20store").create("manifests/x", b"x")
    assert (tmp_path / "a store" / "manifests" / "x").read_bytes() == b"x"


def test_a_store_that_cannot_be_reached() -> None:
    with socket.socket() as refused:
        refused.bind(("127.0.0.1", 0))  # bound, not listening
        options = {
            "endpoint": f"http://127.0.0.1:{refused.getsockname()[1]}",
            "access_key_id": "a",
            "secret_access_key": "b",
        }
        with pytest.raises(Unavailable, match="s3://bucket"):
            open_store("s3://bucket", options).get("manifests/x")


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Unavailable, match="making the block store"):
        open_store(f"file://{tmp_path}/file/store")


def test_a_read_only_store(tmp_path: Path) -> None:
    store = open_store(f"file://{tmp_path}/store")
    subprocess.run(["mount", "--bind", "-o", "ro", tmp_path / "store", tmp_path / "store"], check=True)
    try:
        with pytest.raises(MissingPrerequisite, match="Not permitted"):
            store.create("manifests/x", b"x")
        assert list(store.list("manifests/")) == []
    finally:
        subprocess.run(["umount", tmp_path / "store"], check=True)


WRITE = """
import sys
from amiable.blocks.store import open_store
store = open_store(sys.argv[1])
store.settle()
print("--", flush=True)
store.create("chunks/ab/x", b"body")
store.settle()
print("--", flush=True)
store.exists("chunks/ab/x")
store.settle()
"""


def test_every_object_is_synced_before_it_gets_its_name(tmp_path: Path) -> None:
    """The kernel's own record: fsync of the file, link, fsync of the folder; that also for a found one."""
    trace = tmp_path / "trace"
    words = [
        "strace",
        "-f",
        "-y",
        "-e",
        "trace=fsync,link,linkat,write",
        "-o",
        trace,
        sys.executable,
        "-c",
        WRITE,
    ]
    subprocess.run([*words, f"file://{tmp_path}/store"], check=True, env={**os.environ}, capture_output=True)
    parts, part = [], []
    for line in trace.read_text().splitlines():
        if "write(1<" in line and '"--' in line:
            parts.append(part)
            part = []
        elif "fsync(" in line or "link" in line:
            part.append(line)
    _, created, found = [*parts, part]
    assert len(created) == 3
    assert "fsync(" in created[0]
    assert "/store/partial/" in created[0]
    assert "link" in created[1]
    assert "fsync(" in created[2]
    assert "/store/chunks/ab>" in created[2]
    assert len(found) == 1
    assert "/store/chunks/ab>" in found[0]
