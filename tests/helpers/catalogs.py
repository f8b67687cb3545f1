"""A catalog of a test's own: one file in a folder, and what it needs beside it."""

import hashlib
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


def write_catalog(folder: Path, *images: dict[str, Any], distribution: str = "Test") -> Path:
    """Write the entries as `test.toml`; values are text, whole numbers, truth or one table of such."""
    lines = [f'distribution = "{distribution}"']
    for image in images:
        given = {"release": "1", "user": "root", "size": 1, **image}
        tables = {name: value for name, value in given.items() if isinstance(value, dict)}
        lines += ["[[image]]", *_pairs({name: v for name, v in given.items() if name not in tables})]
        for name, table in tables.items():
            lines += [f"[image.{name}]", *_pairs(table)]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "test.toml").write_text("\n".join(lines) + "\n")
    return folder


def _pairs(values: dict[str, Any]) -> list[str]:
    return [f"{name} = {_value(value)}" for name, value in values.items()]


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "{ " + ", ".join(f'"{key}" = {_value(one)}' for key, one in value.items()) + " }"
    return str(value) if isinstance(value, int) else f'"{value}"'


class _Quiet(SimpleHTTPRequestHandler):
    """Serves a folder and says nothing of it."""

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


@contextmanager
def distributing(disk: Path, folder: Path) -> Iterator[dict[str, str]]:
    """A web server that offers a disk as qcow2: `url` and `checksum` of a catalog's entry."""
    offered = folder / f"{disk.stem}.qcow2"
    subprocess.run(["qemu-img", "convert", "-c", "-O", "qcow2", disk, offered], check=True)
    checksum = "sha256:" + hashlib.sha256(offered.read_bytes()).hexdigest()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=folder)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            url = f"http://127.0.0.1:{server.server_address[1]}/{offered.name}"
            yield {"url": url, "checksum": checksum}
        finally:
            server.shutdown()
            thread.join()
