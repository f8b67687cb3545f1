"""A file by http or https, in pieces, bounded and checked.

The size is bounded while it is read, whatever the server announces; a redirect leads to http or https only.
"""

import hashlib
import urllib.error
import urllib.request
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import BinaryIO, cast
from urllib.parse import unquote, urlsplit

from amiable.cli.image.staging import CHUNK, final, staged
from amiable.cli.progress import Tell
from amiable.core.errors import Corrupt, InvalidInput, LimitExceeded, NotFound, Unavailable

SILENCE = 60
"""Seconds that a server may say nothing."""


def is_url(text: str) -> bool:
    """Whether it names something to download."""
    return "://" in text


def file_name(url: str) -> str:
    """The last part of the path. Raises InvalidInput for what is not http or https."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InvalidInput(f"{url} is not a http or https URL.")
    return Path(unquote(parts.path)).name or parts.hostname


def download(url: str, folder: Path, limit: int, checksum: str | None, tell: Tell) -> Path:
    """Stage what a URL answers; `limit` in bytes, `checksum` as `sha256:<hex>`. Returns its path.

    Raises InvalidInput, NotFound, Unavailable, LimitExceeded, Corrupt, DiskFull, MissingPrerequisite.
    """
    name = file_name(url)
    try:
        with staged(folder, name) as part, _open(url) as answer, part.open("wb") as file:
            digest = _receive(answer, file, url, limit, tell)
            if checksum and digest != checksum.removeprefix("sha256:"):
                raise Corrupt(url, f"its SHA-256 is {digest}, not the given one")
    except (HTTPException, TimeoutError, ConnectionError) as broken:
        raise Unavailable(f"The download of {url} broke off: {broken}. Try again.") from broken
    return final(part)


def _open(url: str) -> HTTPResponse:
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler,
        urllib.request.HTTPHandler,
        urllib.request.HTTPSHandler,
        urllib.request.HTTPRedirectHandler,
        urllib.request.HTTPErrorProcessor,
        urllib.request.HTTPDefaultErrorHandler,
        urllib.request.UnknownHandler,
    ):
        opener.add_handler(handler())
    try:
        return cast(HTTPResponse, opener.open(url, timeout=SILENCE))
    except urllib.error.HTTPError as refused:
        refused.close()
        said = f"{url} answers {refused.code} {refused.reason}."
        raise (Unavailable(said) if refused.code >= 500 else NotFound(said)) from refused
    except urllib.error.URLError as failed:
        raise Unavailable(f"{url} cannot be reached: {failed.reason}.") from failed


def _receive(answer: HTTPResponse, file: BinaryIO, url: str, limit: int, tell: Tell) -> str:
    """Read it all; returns the SHA-256 in hex."""
    announced = answer.length
    too_large = LimitExceeded(f"{url} is larger than {limit / 1024**3:g} GiB; raise it with --limit.")
    if announced is not None and announced > limit:
        raise too_large
    digest, received = hashlib.sha256(), 0
    while piece := answer.read(CHUNK):
        received += len(piece)
        if received > limit:
            raise too_large
        digest.update(piece)
        file.write(piece)
        tell("downloading", received / announced if announced else None)
    if announced is not None and received < announced:
        raise Unavailable(
            f"The download of {url} broke off after {received} of {announced} bytes. Try again."
        )
    return digest.hexdigest()
