"""FetchFromOutside, amiable's own module: who runs the document asks the guest for a page over the network.

The request goes to the guest and nowhere else: of the URL, the host is only the Host header. What the guest
answers is bounded in time and size, and redirects are not followed.
"""

import socket
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any
from urllib.parse import SplitResult, urlsplit

from amiable.builder.actions.call import Call, StepFailed
from amiable.core import clock

HTTP = 80
ONE_ANSWER, LEAST = 20.0, 1.0
"""Seconds that one answer may take, and that the last one gets in any case."""
PAUSE = 3.0
MOST_BYTES = 1 << 20
"""Of an answer, head and body: more is not read."""
PIECE = 1 << 16


def fetch_from_outside(call: Call, inputs: Mapping[str, Any]) -> None:
    """Ask until the page has the status and the text that it must have, for so many seconds at most."""
    if call.reach is None:
        raise StepFailed("This machine cannot be reached from outside here.")
    url = _checked(inputs["url"])
    port = url.port or HTTP
    address = call.reach(port)
    deadline = clock.monotonic() + min(inputs["seconds"], call.left() or inputs["seconds"])
    while True:
        left = deadline - clock.monotonic()
        trouble = _trouble(address, port, url, inputs, min(ONE_ANSWER, max(left, LEAST)))
        if trouble is None:
            break
        if left <= 0:
            raise StepFailed(f"From outside, {trouble}.")
        clock.sleep(min(PAUSE, left))
    call.log("stdout", f"{address}:{port} answers from outside as it must")


def _checked(text: str) -> SplitResult:
    """A URL of plain HTTP, without what would end a line of the request."""
    wrong = f"'{text}' is no address such as http://127.0.0.1/page: only HTTP is asked from outside."
    try:
        url = urlsplit(text)
        usable = url.scheme == "http" and bool(url.hostname) and url.port != 0
    except ValueError as broken:
        raise StepFailed(wrong) from broken
    if not usable or any(letter.isspace() for letter in text):
        raise StepFailed(wrong)
    return url


def _trouble(
    address: str, port: int, url: SplitResult, inputs: Mapping[str, Any], patience: float
) -> str | None:
    """What is wrong with the page, if anything."""
    try:
        head, _, body = _answer(address, port, url, patience).partition(b"\r\n\r\n")
    except OSError as broken:
        return f"{address}:{port} does not answer: {broken}"
    version, _, rest = head.partition(b" ")
    if not version.startswith(b"HTTP/"):
        return f"{address}:{port} does not answer with HTTP"
    if rest[:3] != str(inputs["status"]).encode():
        return f"{address}:{port} answers {rest[:3].decode(errors='replace')}, not {inputs['status']}"
    if inputs["contains"].encode() not in body:
        return f"'{inputs['contains']}' is not in the page of {address}:{port}"
    return None


def _answer(address: str, port: int, url: SplitResult, patience: float) -> bytes:
    """One GET of HTTP/1.0: it ends with the connection. Raises OSError."""
    path = (url.path or "/") + (f"?{url.query}" if url.query else "")
    request = f"GET {path} HTTP/1.0\r\nHost: {_host(address, url)}\r\nConnection: close\r\n\r\n"
    ends = clock.monotonic() + patience
    kept = bytearray()
    with socket.create_connection((address, port), timeout=patience) as connection:
        connection.sendall(request.encode())
        while len(kept) < MOST_BYTES:
            left = ends - clock.monotonic()
            if left <= 0:
                raise TimeoutError("the answer takes too long")
            connection.settimeout(left)
            piece = connection.recv(PIECE)
            if not piece:
                break
            kept += piece
    return bytes(kept)


def _host(address: str, url: SplitResult) -> str:
    """The name that the server is asked by: the URL's, unless that means the guest itself."""
    name = url.hostname or ""
    try:
        itself = ip_address(name).is_loopback
    except ValueError:
        itself = name == "localhost"
    return url.netloc.replace(name, address) if itself else url.netloc.rpartition("@")[2]
