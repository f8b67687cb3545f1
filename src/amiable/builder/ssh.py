"""A guest over SSH, with nothing in it but a shell: scripts go through standard input, files through cat.

    connect (patient: the machine may be booting) ──► run, store, fetch … ──► it breaks ──► connect again

The first host key that answers is pinned: another one later is refused. Whoever is not root becomes root by
sudo, which must not ask for a password. What the guest sends is bounded: lines, files, time.

A script whose connection breaks raises Unavailable; nobody knows how far it came.
"""

import asyncio
import contextlib
import math
import shlex
import socket
import threading
from collections.abc import Coroutine, Iterable, Iterator
from typing import Any, TypeVar

import asyncssh

from amiable.builder.guest import Line, Stream, TimedOut, content_of
from amiable.core import clock
from amiable.core.errors import InvalidInput, NotFound, Unavailable

T = TypeVar("T")

LONGEST_LINE = 64 * 1024
PIECE = 256 * 1024
KILLED = 128 + 9
"""Exit status of a script that `timeout` ended."""
CONNECT_SECONDS = 20.0
REACH_SECONDS = 1.0
"""How long a machine may take to answer at all. One that has no network yet would hold us for much longer."""
AGAIN_SECONDS = 0.3
STALL_SECONDS = 60.0
"""How long a file may bring nothing."""
KEEPALIVE_SECONDS = 15.0
# Small servers (dropbear) hang up on the long lists that asyncssh proposes by itself. These are today's.
_ALGORITHMS = {
    "kex_algs": (
        "curve25519-sha256",
        "curve25519-sha256@libssh.org",
        "ecdh-sha2-nistp256",
        "diffie-hellman-group14-sha256",
    ),
    "encryption_algs": (
        "chacha20-poly1305@openssh.com",
        "aes256-gcm@openssh.com",
        "aes128-gcm@openssh.com",
        "aes256-ctr",
        "aes128-ctr",
    ),
    "mac_algs": ("hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com", "hmac-sha2-256"),
    "server_host_key_algs": ("ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-512", "rsa-sha2-256"),
}
_BROKEN = (asyncssh.Error, OSError, asyncio.IncompleteReadError)

_RUN = (
    'f=$(mktemp /tmp/amiable.XXXXXX) && cat > "$f" || exit 125; '
    '{timeout}{shell} "$f" </dev/null; '
    's=$?; rm -f "$f"; exit $s'
)


class SshGuest:
    """`builder.guest.Guest` at an address. `private_key` is OpenSSH's or PEM text.

    `patience`: seconds to wait for a machine that does not answer. Close it at the end.
    """

    def __init__(
        self, address: str, user: str, private_key: str, *, port: int = 22, patience: float = 600
    ) -> None:
        self._address = address
        self._user = user
        self._key = asyncssh.import_private_key(private_key)
        self._port = port
        self._patience = patience
        self._host_key: str | None = None
        self._connection: asyncssh.SSHClientConnection | None = None
        self._over = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="ssh", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the connection."""
        self._drop()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def break_off(self) -> None:
        """Break the connection for good: what is under way raises Unavailable. Any thread may call it."""
        self._over.set()
        self._drop()

    def __enter__(self) -> "SshGuest":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def wait(self, seconds: float | None = None) -> None:
        """Return once the machine lets us in. Raises Unavailable after `seconds` (default: the patience)."""
        deadline = clock.monotonic() + (self._patience if seconds is None else seconds)
        while self._connection is None or self._connection.is_closed():
            if self._over.is_set():
                raise Unavailable(f"The connection to {self._address} was broken off.")
            try:
                self._connection = self._await(self._connect(), CONNECT_SECONDS)
                return
            except _BROKEN as trouble:
                # A machine that boots denies, too, until it has fetched the key.
                if clock.monotonic() > deadline:
                    what = f"{self._user}@{self._address}"
                    raise Unavailable(f"{what} does not let us in over SSH: {trouble}.") from trouble
                clock.sleep(AGAIN_SECONDS)

    def run(self, script: str, line: Line, *, shell: str = "sh", seconds: float | None = None) -> int:
        """See `Guest`."""
        self.wait()
        limit = "" if seconds is None else f"timeout -s KILL {max(1, math.ceil(seconds))} "
        command = self._as_root(_RUN.format(timeout=limit, shell=shell))
        begun = clock.monotonic()
        try:
            status = self._await(self._run(command, script, line), None if seconds is None else seconds + 5)
        except TimeoutError as late:
            self._drop()
            raise TimedOut from late
        except _BROKEN as broken:
            raise self._lost(broken) from broken
        if status == KILLED and seconds is not None and clock.monotonic() - begun >= seconds:
            raise TimedOut
        return status

    def store(self, path: str, content: Iterable[bytes]) -> None:
        """See `Guest`."""
        self.wait()
        status = self._do(self._send(self._as_root(f"umask 077; cat > {shlex.quote(path)}"), content), None)
        if status != 0:
            raise NotFound(f"{path} cannot be written on the guest.")

    def fetch(self, path: str) -> Iterator[bytes]:
        """See `Guest`."""
        self.wait()
        process = self._do(self._begin(self._as_root(f"exec cat -- {shlex.quote(path)}")), CONNECT_SECONDS)
        try:
            while piece := self._do(process.stdout.read(PIECE), STALL_SECONDS):
                yield piece
            if self._do(_status(process), STALL_SECONDS) != 0:
                raise NotFound(f"There is no file {path} on the guest that can be read.")
        finally:  # also when nobody wants the rest
            self._loop.call_soon_threadsafe(process.close)

    def boot_id(self) -> str:
        """See `Guest`."""
        with contextlib.suppress(InvalidInput):
            return content_of(self, "/proc/sys/kernel/random/boot_id", 100).decode(errors="replace").strip()
        raise Unavailable(f"{self._address} does not tell its boot id.")

    def reboot(self, delay: float = 0) -> None:
        """See `Guest`."""
        before = self.boot_id()
        command = f"(sleep {max(1.0, delay):g}; reboot || shutdown -r now) >/dev/null 2>&1 &"
        self.run(f"nohup sh -c {shlex.quote(command)} >/dev/null 2>&1", lambda stream, text: None, seconds=30)
        deadline = clock.monotonic() + delay + self._patience
        while True:
            clock.sleep(1)
            with contextlib.suppress(Unavailable, NotFound):
                if self.boot_id() != before:
                    return
            if clock.monotonic() > deadline:
                raise Unavailable(f"{self._address} did not reboot within {self._patience:g} s.")

    def _as_root(self, command: str) -> str:
        return f"{'' if self._user == 'root' else 'sudo -n '}sh -c {shlex.quote(command)}"

    def _await(self, work: Coroutine[Any, Any, T], seconds: float | None) -> T:
        """Run on the loop's thread. Raises what the work raises, and TimeoutError."""
        return asyncio.run_coroutine_threadsafe(asyncio.wait_for(work, seconds), self._loop).result()

    def _do(self, work: Coroutine[Any, Any, T], seconds: float | None) -> T:
        """The same; a connection that breaks or stalls is Unavailable."""
        try:
            return self._await(work, seconds)
        except _BROKEN as broken:  # TimeoutError is an OSError
            raise self._lost(broken) from broken

    def _lost(self, broken: Exception) -> Unavailable:
        self._drop()
        return Unavailable(f"The connection to {self._address} broke: {broken or type(broken).__name__}.")

    def _drop(self) -> None:
        if self._connection is not None:
            self._loop.call_soon_threadsafe(self._connection.abort)
            self._connection = None

    async def _connect(self) -> asyncssh.SSHClientConnection:
        place = (self._address, self._port)
        connection = await asyncssh.connect(
            *place,
            sock=await asyncio.to_thread(socket.create_connection, place, REACH_SECONDS),
            username=self._user,
            client_keys=[self._key],
            known_hosts=None,
            agent_path=None,
            config=None,
            keepalive_interval=KEEPALIVE_SECONDS,
            connect_timeout=CONNECT_SECONDS,
            **_ALGORITHMS,
        )
        shown = connection.get_server_host_key()
        print_ = shown.get_fingerprint() if shown is not None else ""
        if self._host_key not in (None, print_):
            connection.abort()
            raise Unavailable(f"{self._address} shows another host key than before: {print_}.")
        self._host_key = print_
        return connection

    async def _begin(self, command: str) -> asyncssh.SSHClientProcess[bytes]:
        assert self._connection is not None
        return await self._connection.create_process(command, encoding=None)

    async def _run(self, command: str, script: str, line: Line) -> int:
        process = await self._begin(command)
        try:
            process.stdin.write(script.encode())
            process.stdin.write_eof()
            await asyncio.gather(
                _lines(process.stdout, "stdout", line), _lines(process.stderr, "stderr", line)
            )
            return await _status(process)
        finally:
            process.close()

    async def _send(self, command: str, content: Iterable[bytes]) -> int:
        process = await self._begin(command)
        try:
            for piece in content:
                process.stdin.write(piece)
                await process.stdin.drain()
            process.stdin.write_eof()
            return await _status(process)
        finally:
            process.close()


async def _status(process: asyncssh.SSHClientProcess[bytes]) -> int:
    """The exit status. Raises Unavailable when the connection broke before there was one."""
    done = await process.wait()
    if done.exit_status is None:
        raise Unavailable("The connection to the guest broke while it worked.")
    return done.exit_status


async def _lines(reader: asyncssh.SSHReader[bytes], stream: Stream, line: Line) -> None:
    """Tell each line; one that is too long comes in parts."""
    kept = b""
    while piece := await reader.read(PIECE):
        *whole, kept = (kept + piece).split(b"\n")
        for text in whole:
            line(stream, text.decode(errors="replace").rstrip("\r"))
        while len(kept) > LONGEST_LINE:
            line(stream, kept[:LONGEST_LINE].decode(errors="replace"))
            kept = kept[LONGEST_LINE:]
    if kept:
        line(stream, kept.decode(errors="replace"))
