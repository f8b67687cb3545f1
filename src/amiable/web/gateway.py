"""The AWS endpoint: one root URL for every service, GET and POST; beside it a health page, the console and
its terminals.

The body is read whole and bounded; the synchronous dispatcher runs in a small thread pool of its own, sized
to the database's connections (sync drivers in few threads measured faster than async ones).
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, RedirectResponse
from starlette.responses import Response as HttpResponse
from starlette.routing import Route

from amiable.api.dispatch import Dispatcher
from amiable.core import ids
from amiable.protocol.faults import Fault
from amiable.protocol.message import request_of
from amiable.protocol.render_fault import render_fault
from amiable.protocol.route import service_of
from amiable.web import checkip, console
from amiable.web.terminal import PIECE, Limits, Terminals

MAX_BODY = 8 * 1024 * 1024
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]

LIMITS = Limits()


def application(
    dispatcher: Dispatcher, *, threads: int = 8, limits: Limits = LIMITS, own_range: str = "127.0.0.1/32"
) -> Starlette:
    """The ASGI application that hands every request to `dispatcher`.

    `limits` are those of terminals; `own_range`: see web/checkip.py.
    """
    pool = ThreadPoolExecutor(threads, thread_name_prefix="request")

    async def gateway(http: HttpRequest) -> HttpResponse:
        if _is_somebody_looking(http):
            return RedirectResponse("/console/", 307)
        body = await _body(http)
        scope = http.scope
        request = request_of(
            http.method,
            scope.get("raw_path") or scope["path"].encode(),
            scope["query_string"],
            scope["headers"],
            body or b"",
        )
        if body is None:
            fault = Fault("RequestEntityTooLarge", f"The request body is larger than {MAX_BODY} bytes.")
            response = render_fault(fault, service_of(request), ids.new_uuid())
        else:
            response = await asyncio.get_running_loop().run_in_executor(pool, dispatcher.answer, request)
        return HttpResponse(response.body, response.status, dict(response.headers))

    async def health(http: HttpRequest) -> HttpResponse:
        return JSONResponse({"status": "ok"})

    return Starlette(
        routes=[
            Route("/healthz", health, methods=["GET"]),
            checkip.route(own_range),
            *console.routes(),
            Terminals(dispatcher.door, pool, limits).route(),
            Route("/{path:path}", gateway, methods=METHODS),
        ]
    )


def server(application: Starlette) -> uvicorn.Server:
    """What serves it. It logs no addresses: a terminal's is presigned."""
    return uvicorn.Server(
        uvicorn.Config(
            application,
            log_config=None,
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=5,
            ws_max_size=PIECE,
            ws_per_message_deflate=False,
        )
    )


def _is_somebody_looking(http: HttpRequest) -> bool:
    """A browser at the root: a request of the API has parameters or a signature."""
    asks = http.method == "GET" and http.url.path == "/"
    return (
        asks
        and not http.url.query
        and "authorization" not in http.headers
        and "text/html" in http.headers.get("accept", "")
    )


async def _body(http: HttpRequest) -> bytes | None:
    """The whole body, or None when it is too large."""
    parts, size = [], 0
    async for part in http.stream():
        size += len(part)
        if size > MAX_BODY:
            return None
        parts.append(part)
    return b"".join(parts)
