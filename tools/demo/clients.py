"""The clients of the story: those that people use for AWS. Each shows what it runs before it runs it."""

import json
import os
import shlex
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import boto3

from tools.demo import screen
from tools.demo.server import DemoError, Server

USER = "debian"
AWS_SETTINGS = {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_PAGER": "",
}
LOCAL = "127.0.0.1,localhost"  # never through a proxy


def without_own_settings() -> None:
    """Take a person's own AWS settings out of this process's environment: they are not the story's."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(AWS_SETTINGS, NO_PROXY=LOCAL, no_proxy=LOCAL)


class Clients:
    """Signed clients of one account. Raises DemoError with a client's last words when it fails."""

    def __init__(self, server: Server, account: str) -> None:
        self.server = server
        text = amiable(server, "env", "--account", account)
        said = dict(line[7:].split("=", 1) for line in text.splitlines() if line.startswith("export "))
        keys = {name: "".join(shlex.split(value)) for name, value in said.items()}
        self.environment = {**server.environment, **keys}
        self.ec2 = boto3.Session(
            keys["AWS_ACCESS_KEY_ID"], keys["AWS_SECRET_ACCESS_KEY"], region_name=keys["AWS_DEFAULT_REGION"]
        ).client("ec2", endpoint_url=keys["AWS_ENDPOINT_URL"])

    def aws(self, *words: str, show: bool = True) -> str:
        """`aws …`: what it printed, without the last line's end."""
        if show:
            screen.command(["aws", *words])
        return _run(["aws", *words], self.environment).rstrip("\n")

    def aws_json(self, *words: str, show: bool = True) -> Any:
        """`aws … --output json`, read."""
        return json.loads(self.aws(*words, "--output", "json", show=show) or "null")


def amiable(server: Server, *words: str, tell: screen.Tell = lambda line: None) -> str:
    """`amiable …`: what it printed; `tell` gets its progress, line by line."""
    return _run(["amiable", *words], server.environment, tell)


def _run(words: Sequence[str], environment: dict[str, str], tell: screen.Tell = lambda line: None) -> str:
    last: list[str] = []
    with (
        tempfile.TemporaryFile("w+") as output,
        subprocess.Popen(
            words,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.PIPE,
            text=True,
        ) as process,
    ):
        assert process.stderr is not None
        for line in process.stderr:
            last = [*last[-20:], line.rstrip()]
            tell(line.strip())
        if process.wait() != 0:
            raise DemoError("\n".join([shlex.join(words), *last]))
        output.seek(0)
        return output.read()


class Login:
    """OpenSSH into one machine. Host keys are kept by instance id: public addresses are used again."""

    def __init__(self, instance_id: str, address: str, key: Path, known_hosts: Path) -> None:
        self.address = address
        self.known_hosts = known_hosts
        self._words = ["ssh", "-F", os.devnull, "-i", str(key)]
        for option in (
            "IdentitiesOnly=yes",
            "BatchMode=yes",
            "LogLevel=ERROR",
            "ConnectTimeout=5",
            "ServerAliveInterval=15",
            "StrictHostKeyChecking=accept-new",
            f"UserKnownHostsFile={known_hosts}",
            f"HostKeyAlias={instance_id}",
        ):
            self._words += ["-o", option]
        self._words.append(f"{USER}@{address}")

    def run(self, script: str, *, show: bool = True) -> str:
        """Run a shell script there. Raises DemoError with what it said."""
        if show:
            screen.script(script, f"{USER}@{self.address}:~$")
        done = self._call(f"set -e\n{script}")
        if done.returncode != 0:
            raise DemoError(f"ssh {USER}@{self.address}: {(done.stderr + done.stdout).strip()[-2000:]}")
        return done.stdout

    def wait(self, seconds: float, tell: screen.Tell) -> None:
        """Wait until one can log in. Raises DemoError."""
        deadline = time.monotonic() + seconds
        while (done := self._call("true")).returncode != 0:
            if time.monotonic() > deadline:
                raise DemoError(f"No login at {self.address} within {seconds:.0f} s: {done.stderr.strip()}")
            tell(f"ssh {USER}@{self.address}: {(done.stderr.strip().splitlines() or ['not yet'])[-1]}")
            time.sleep(1)

    def _call(self, script: str) -> "subprocess.CompletedProcess[str]":
        command = [*self._words, shlex.join(["bash", "-c", script])]
        return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)


def fetch(url: str, seconds: float) -> tuple[str, dict[str, str]]:
    """A page and its headers, as soon as the server answers. Raises DemoError."""
    screen.command(["curl", "-i", url])
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + seconds
    while True:
        try:
            with opener.open(url, timeout=5) as answer:
                return answer.read().decode(), {name.lower(): value for name, value in answer.headers.items()}
        except (urllib.error.URLError, OSError) as silent:
            if time.monotonic() > deadline:
                raise DemoError(f"{url} does not answer: {silent}") from silent
        time.sleep(1)
