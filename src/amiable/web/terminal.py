"""Terminals: a WebSocket for each, joined to the serial line of a running machine.

    accept ─► same origin? ─► the door (api/terminal.py) ─► whoever was on that line goes ─► joined ─► ended

    server → client   binary: what the machine prints; the first message is what it said before
                      text: {"Code", "Message"}, why it ends; then the socket closes
    client → server   binary or text: what is typed

QEMU has room for one on a line, so a newcomer takes it over: a terminal whose network has died must not
keep its owner out. What the guest prints is only passed on. Nothing is hoarded: each direction holds one
piece at a time, and who does not take it for some seconds is let go, so that no guest waits for a browser.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlsplit

from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from amiable.api.faults import fault_of
from amiable.api.terminal import ENDED, IDLE, PREFIX, TAKEN_OVER, TOO_SLOW, Door, Line
from amiable.core import clock
from amiable.core.errors import AmiableError
from amiable.protocol.faults import Fault
from amiable.protocol.message import request_of

PIECE = 32 * 1024

R = TypeVar("R")


@dataclass(frozen=True)
class Limits:
    """Seconds: that a terminal may take over a piece, between looks whether it still may, without typing."""

    patience: float = 10
    check: float = 5
    idle: float = 30 * 60


@dataclass
class _Turn:
    """One terminal's time on a line."""

    taken: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    typed_at: float = field(default_factory=clock.monotonic)


class Terminals:
    """All open terminals. Lives in the server's event loop; what blocks runs in `pool`."""

    def __init__(self, door: Door, pool: Executor, limits: Limits) -> None:
        self._door, self._pool, self._limits = door, pool, limits
        self._turns: dict[str, _Turn] = {}

    def route(self) -> WebSocketRoute:
        """The terminals' address."""
        return WebSocketRoute(PREFIX + "{instance}", self._serve)

    async def _serve(self, websocket: WebSocket) -> None:
        # A browser shows its page nothing of a refused opening: so each is opened, and told why it ends.
        await websocket.accept()
        try:
            why = await self._refuse_or_join(websocket)
        except Fault as no:
            why = no
        except AmiableError as error:
            why = fault_of(error)
        except WebSocketDisconnect:
            return
        if why is None or websocket.client_state is WebSocketState.DISCONNECTED:
            return
        with contextlib.suppress(WebSocketDisconnect, TimeoutError):
            async with asyncio.timeout(self._limits.patience):
                await websocket.send_json({"Code": why.code, "Message": why.message})
                await websocket.close()

    async def _refuse_or_join(self, websocket: WebSocket) -> Fault | None:
        """Why it ended; None when the client has left."""
        if not _same_origin(websocket):
            raise Fault("AuthFailure", "A page of another origin cannot open a terminal.")
        scope = websocket.scope
        request = request_of("GET", scope["raw_path"], scope["query_string"], scope["headers"], b"")
        line = await self._ask(self._door.admit, request)
        async with self._turn(line) as turn:
            before, link = await self._ask(Line.connect, line)
            reader, writer = await asyncio.open_unix_connection(sock=link, limit=PIECE)
            try:
                await websocket.send_bytes(before)
                return await _first(
                    _print(reader, websocket, self._limits.patience),
                    _type(websocket, writer, turn),
                    self._watch(line, turn),
                )
            finally:
                writer.close()

    @contextlib.asynccontextmanager
    async def _turn(self, line: Line) -> AsyncIterator[_Turn]:
        """Have the line, after whoever had it."""
        turn = _Turn()
        before = self._turns.get(line.instance_id)
        self._turns[line.instance_id] = turn
        try:
            if before is not None:
                before.taken.set()
                await before.over.wait()
            yield turn
        finally:
            turn.over.set()
            if self._turns.get(line.instance_id) is turn:
                del self._turns[line.instance_id]

    async def _watch(self, line: Line, turn: _Turn) -> Fault:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._limits.check):
                    await turn.taken.wait()
                    return TAKEN_OVER
            if clock.monotonic() - turn.typed_at > self._limits.idle:
                return IDLE
            if refusal := await self._ask(self._door.refusal, line):
                return refusal

    async def _ask(self, blocking: Callable[..., R], *given: object) -> R:
        return await asyncio.get_running_loop().run_in_executor(self._pool, blocking, *given)


def _same_origin(websocket: WebSocket) -> bool:
    """Whether no browser, or a page of this very server, asks. A proxy may have ended TLS: hosts count."""
    origin = websocket.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == websocket.headers.get("host")


async def _first(*works: Coroutine[Any, Any, Fault | None]) -> Fault | None:
    """The result of the work that ends first; the others are called off."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return next(iter(done)).result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _print(reader: asyncio.StreamReader, websocket: WebSocket, patience: float) -> Fault:
    """Machine → terminal."""
    try:
        while piece := await reader.read(PIECE):
            async with asyncio.timeout(patience):
                await websocket.send_bytes(piece)
    except TimeoutError:
        return TOO_SLOW
    except ConnectionError:
        return ENDED
    return ENDED


async def _type(websocket: WebSocket, writer: asyncio.StreamWriter, turn: _Turn) -> Fault | None:
    """Terminal → machine. A guest that reads nothing stops this, and then the client."""
    try:
        while (message := await websocket.receive())["type"] == "websocket.receive":
            turn.typed_at = clock.monotonic()
            writer.write(message.get("bytes") or (message.get("text") or "").encode())
            await writer.drain()
    except ConnectionError:
        return ENDED
    return None
