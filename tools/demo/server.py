"""The server behind the story: one `amiable serve` per data directory, in a session of its own.

    start   uses the one that runs already, or starts one and waits until it answers
    stop    ends it, then its machines and networks (`amiable teardown`); state and images stay

Which process it is stands in `demo.pid`; that it is still that one is proved by the lock that it holds.
"""

import fcntl
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
PROGRAMS = CHECKOUT / ".venv/bin"
START_SECONDS = 120  # the first start tries whether KVM boots a kernel
STOP_SECONDS = 60


class DemoError(Exception):
    """The demo cannot go on. The message says why, and what to do."""


@dataclass(frozen=True)
class Server:
    """Where it lives and what it is told; `environment` is what `amiable` commands need to find it."""

    data_dir: Path
    listen: str
    environment: dict[str, str]

    @property
    def url(self) -> str:
        """Its endpoint."""
        return f"http://{self.listen}"

    @property
    def log(self) -> Path:
        """Its standard error."""
        return self.data_dir / "server.log"


def configured() -> Server:
    """The server that AMIABLE_… settings describe; by default in ./var/demo, on port 8773."""
    data_dir = Path(os.environ.get("AMIABLE_DATA_DIR", CHECKOUT / "var/demo")).resolve()
    listen = os.environ.get("AMIABLE_LISTEN", "127.0.0.1:8773")
    path = f"{PROGRAMS}:{os.environ.get('PATH', '/usr/sbin:/usr/bin:/sbin:/bin')}"
    environment = {**os.environ, "PATH": path, "AMIABLE_DATA_DIR": str(data_dir), "AMIABLE_LISTEN": listen}
    return Server(data_dir, listen, environment)


def is_running(server: Server) -> bool:
    """Whether a server holds the data directory."""
    lock = server.data_dir / "server.lock"
    if not lock.exists():
        return False
    with lock.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def start(server: Server) -> bool:
    """Make sure that the server answers. Returns False if it ran already. Raises DemoError."""
    if is_running(server):
        _wait(server, None)
        return False
    server.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    with server.log.open("ab") as sink:
        process = subprocess.Popen(
            ["amiable", "serve"],
            executable=PROGRAMS / "amiable",
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            env=server.environment,
            cwd="/",
            start_new_session=True,
        )
    (server.data_dir / "demo.pid").write_text(f"{process.pid}\n")
    _wait(server, process)
    return True


def _wait(server: Server, process: "subprocess.Popen[bytes] | None") -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + START_SECONDS
    while True:
        if process is not None and process.poll() is not None:
            words = server.log.read_text(errors="replace").strip().splitlines()
            raise DemoError(f"The server did not start: {words[-1] if words else 'it said nothing'}")
        try:
            with opener.open(f"{server.url}/healthz", timeout=2):
                if process is None or is_running(server):
                    return
        except (urllib.error.URLError, OSError) as silent:
            if time.monotonic() > deadline:
                remedy = f"Its log is {server.log}."
                raise DemoError(
                    f"The server at {server.url} does not answer ({silent}). {remedy}"
                ) from silent
        time.sleep(0.2)


def stop(server: Server) -> None:
    """End the server, its machines and its networks. Raises DemoError."""
    if is_running(server):
        try:
            pid = int((server.data_dir / "demo.pid").read_text())
        except (FileNotFoundError, ValueError) as unknown:
            raise DemoError(
                f"The server on {server.data_dir} was not started by ./demo; stop it there."
            ) from unknown
        if not _holds(pid, server.data_dir / "server.lock"):
            raise DemoError(f"The server on {server.data_dir} was not started by ./demo; stop it there.")
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        while is_running(server):
            if time.monotonic() > deadline:
                raise DemoError(f"The server (process {pid}) has not ended in {STOP_SECONDS} s.")
            time.sleep(0.1)
    (server.data_dir / "demo.pid").unlink(missing_ok=True)
    if server.data_dir.exists():
        done = subprocess.run(
            [PROGRAMS / "amiable", "teardown"],
            env=server.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise DemoError(f"amiable teardown failed: {done.stderr.strip()}")


def _holds(pid: int, file: Path) -> bool:
    """Whether a process has that file open."""
    try:
        return any(link.resolve() == file for link in Path(f"/proc/{pid}/fd").iterdir())
    except (FileNotFoundError, PermissionError):
        return False
