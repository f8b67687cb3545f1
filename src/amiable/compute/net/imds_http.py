"""Just as much HTTP/1.1 as the metadata service needs, from clients that may be hostile (RFC 9112).

A head has at most 8 KiB and must be whole within 10 s; a body is refused.
"""

import socket
from http import HTTPStatus

from amiable.compute.net.imds import Request, Response
from amiable.core import clock
from amiable.core.errors import InvalidInput

LONGEST_HEAD = 8192
HEAD_SECONDS = 10.0


def read(connection: socket.socket, rest: bytes) -> tuple[Request, bytes] | None:
    """The next request and what follows it; `rest` is what followed the one before. None: the client is done.

    Raises InvalidInput for what is no request, TimeoutError when its head is not whole in time.
    """
    deadline = clock.monotonic() + HEAD_SECONDS
    while b"\r\n\r\n" not in rest:
        if len(rest) > LONGEST_HEAD:
            raise InvalidInput("The head is longer than 8 KiB.")
        left = deadline - clock.monotonic()
        if left <= 0:
            raise TimeoutError
        connection.settimeout(left)
        more = connection.recv(4096)
        if not more:
            return None
        rest += more
    head, _, rest = rest.partition(b"\r\n\r\n")
    if len(head) > LONGEST_HEAD:
        raise InvalidInput("The head is longer than 8 KiB.")
    return parse(head), rest


def parse(head: bytes) -> Request:
    """A head without its final empty line. Raises InvalidInput."""
    lines = head.decode("latin-1").split("\r\n")
    words = lines[0].split(" ")
    if len(words) != 3 or words[2] not in ("HTTP/1.0", "HTTP/1.1") or not words[1].startswith("/"):
        raise InvalidInput("That is no request of HTTP/1.")
    headers: dict[str, str] = {}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip() or name.lower() in headers:
            raise InvalidInput("That is no header, or one given twice.")
        headers[name.lower()] = value.strip()
    if headers.get("content-length", "0").strip() != "0" or "transfer-encoding" in headers:
        raise InvalidInput("No request here has a body.")
    wish = headers.get("connection", "").lower()
    keep = wish != "close" if words[2] == "HTTP/1.1" else wish == "keep-alive"
    return Request(words[0], words[1], headers, keep)


def render(response: Response, request: Request | None) -> bytes:
    """The bytes of a response; an error gets a page that names it. Without a request the connection ends."""
    reason = HTTPStatus(response.status).phrase
    body, kind = response.body, response.kind
    if response.status >= 400:
        body, kind = (
            f"<html><head><title>{response.status} - {reason}</title></head></html>\n".encode(),
            "text/html",
        )
    keep = request is not None and request.keep_alive
    lines = [
        f"HTTP/1.1 {response.status} {reason}",
        "Server: EC2ws",
        f"Content-Type: {kind}",
        f"Content-Length: {len(body)}",
        *(f"{name}: {value}" for name, value in response.headers.items()),
        f"Connection: {'keep-alive' if keep else 'close'}",
    ]
    sent = b"" if request is not None and request.method == "HEAD" else body
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + sent
