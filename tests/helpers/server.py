"""A real server for tests: its own process, port, data directory and address pools.

It is started, killed (`kill -9`) and started again as a user or a power cut would. `stop` takes everything
away: machines, networks, files.
"""

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from amiable.app import add_account, open_state, teardown
from amiable.core.settings import Settings, load
from amiable.model.account import account_named, create_access_key
from amiable.protocol.models import DATA_PATH
from tests.helpers.forking import Forked

REGION = "us-east-1"


@dataclass
class Account:
    """An account's credentials on a test server, and clients that use them."""

    id: str
    access_key: str
    secret: str
    url: str
    _clients: dict[tuple[Any, ...], Any] = field(default_factory=dict, repr=False)

    def client(self, service: str, region: str = REGION, **options: Any) -> Any:
        """A boto3 client; one, for it takes longer to make than most requests."""
        asked = (service, region, *sorted(options.items()))
        if asked not in self._clients:
            session = boto3.Session(self.access_key, self.secret, region_name=region)
            session._loader.search_paths.append(str(DATA_PATH))
            config = Config(retries={"total_max_attempts": 1}, **options)
            self._clients[asked] = session.client(service, endpoint_url=self.url, config=config)
        return self._clients[asked]

    def environment(self, region: str = REGION) -> dict[str, str]:
        """What a program in the shell needs to reach the server as this account."""
        return {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": os.environ.get("HOME", "/root"),
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret,
            "AWS_DEFAULT_REGION": region,
            "AWS_REGION": region,
            "AWS_ENDPOINT_URL": self.url,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_PAGER": "",
        }


@dataclass
class Server:
    """One server; `settings` are its environment variables without the prefix."""

    folder: Path
    settings: dict[str, str]
    process: "subprocess.Popen[bytes] | Forked | None" = None
    accounts: dict[str, Account] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return "http://" + self.settings["listen"]

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    def environment(self) -> dict[str, str]:
        return {f"AMIABLE_{name.upper()}": value for name, value in self.settings.items()}

    def loaded(self) -> Settings:
        return load(self.environment())

    def start(self, module: str = "amiable", *arguments: str) -> None:
        """Start the server and wait until it answers."""
        words = [sys.executable, "-m", module, *(arguments or ("serve",))]
        with self.log.open("ab") as sink:
            self.process = subprocess.Popen(
                words,
                env={**os.environ, **self.environment()},
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                cwd=Path(__file__).parents[2],
            )
        self.wait_until_it_answers()

    def wait_until_it_answers(self) -> None:
        eventually(self._answers, within=60, what=f"the server at {self.url}")

    def _answers(self) -> bool:
        assert self.process is not None
        if self.process.poll() is not None:
            raise AssertionError(f"the server exited: {self.log.read_text()[-3000:]}")
        try:
            with urllib.request.urlopen(self.url + "/healthz", timeout=1):
                return True
        except (urllib.error.URLError, OSError):
            return False

    def kill(self) -> None:
        """kill -9."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def stop(self) -> None:
        """SIGTERM, and wait for the end."""
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(60)
            self.process = None

    def account(self, name: str) -> Account:
        """The account of that name, made if it is not there yet."""
        if name not in self.accounts:
            with open_state(self.loaded()) as state:
                if name == "amazon":
                    with state.database.read() as session:
                        account = account_named(session, name)
                else:
                    account = add_account(state, name)
                with state.database.write() as session:
                    key, secret = create_access_key(session, account.id, state.sealer)
            self.accounts[name] = Account(account.id, key.id, secret, self.url)
        return self.accounts[name]


def import_disk(server: Server, disk: Path, name: str, size: int | None = None) -> str:
    """A disk, grown to `size` bytes if given, as a public image of the built-in account; its id."""
    copy = server.loaded().import_folder / f"{name}.raw"
    shutil.copy(disk, copy)
    if size is not None:
        os.truncate(copy, size)
    amazon = server.account("amazon")
    answer = amazon.client("amiable").import_disk(Source=f"file:{copy.name}", Name=name, Public=True)
    images = amazon.client("ec2").describe_images
    eventually(
        lambda: images(ImageIds=[answer["ImageId"]])["Images"][0]["State"] == "available",
        within=300,
        what=f"the image {name}",
    )
    return str(answer["ImageId"])


def free_network() -> int:
    """A number N such that nobody on this machine uses 198.18.N.0/24 or 198.19.N.0/24."""
    routes = subprocess.run(["ip", "route"], capture_output=True, text=True, check=True).stdout
    while f"198.18.{(third := secrets.randbelow(250) + 2)}." in routes:
        pass
    return third


def free_port() -> int:
    """A port of the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def eventually(truth: Callable[[], Any], *, within: float, what: str, every: float = 0.1) -> Any:
    """Wait until `truth()` is true and return it; fail after `within` seconds."""
    deadline = time.monotonic() + within
    while not (value := truth()):
        assert time.monotonic() < deadline, f"waited {within} s for {what}"
        time.sleep(every)
    return value


@contextlib.contextmanager
def prepared(**settings: str) -> Iterator[Server]:
    """A server that has not been started; everything it leaves is removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="amiable-test-"))
    folder.chmod(0o711)
    (folder / "catalog").mkdir()
    third = free_network()
    server = Server(
        folder,
        {
            "data_dir": str(folder / "data"),
            "listen": f"127.0.0.1:{free_port()}",
            "public_pool": f"198.18.{third}.0/24",
            "transit_pool": f"198.19.{third}.0/24",
            "uid_base": str(740000 + third * 100),
            "uid_count": "100",
            "lease_seconds": "5",
            "catalog_dir": str(folder / "catalog"),
            **settings,
        },
    )
    try:
        yield server
    finally:
        try:
            server.stop()
        except subprocess.TimeoutExpired:
            server.kill()
        teardown(server.loaded())
        shutil.rmtree(folder)


@contextlib.contextmanager
def running(**settings: str) -> Iterator[Server]:
    """A started server."""
    with prepared(**settings) as server:
        server.start()
        yield server
