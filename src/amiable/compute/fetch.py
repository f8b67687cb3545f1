"""A file by http or https, in pieces, bounded and summed on the way.

The size is bounded while it is read, whatever the server announces; a redirect leads to http or https only.
`fetch_verified` is for the catalog: the file is whole and has the checksum, or it is not there.
"""

import errno
import hashlib
import os
import re
import urllib.error
import urllib.request
from collections.abc import Callable
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import BinaryIO, cast
from urllib.parse import unquote, urlsplit

from amiable.core.errors import Corrupt, DiskFull, InvalidInput, LimitExceeded, NotFound, Unavailable

SILENCE = 60
"""Seconds that a server may say nothing."""
MOST_IMAGE = 64 << 30
MOST_CHECKSUMS = 4 << 20
_PIECE = 4 << 20
_LINE = re.compile(r"^(?P<hex>[0-9a-fA-F]{64,128})(?: [ *](?P<name>\S+))?$")
_BSD_LINE = re.compile(r"^(?P<kind>SHA256|SHA512) \((?P<name>[^)]+)\) = (?P<hex>[0-9a-fA-F]+)$")
_KINDS = {64: "sha256", 128: "sha512"}
Tell = Callable[[str, float | None], None]


def file_name(url: str) -> str:
    """The last part of the path. Raises InvalidInput for what is not http or https."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InvalidInput(f"{url} is not a http or https URL.")
    return Path(unquote(parts.path)).name or parts.hostname


def receive(url: str, file: BinaryIO, limit: int, tell: Tell, kind: str = "sha256") -> str:
    """Write what a URL answers into a file; `limit` in bytes. Returns its digest in hex.

    Raises InvalidInput, NotFound, Unavailable, LimitExceeded.
    """
    try:
        with _open(url) as answer:
            return _receive(answer, file, url, limit, tell, kind)
    except (HTTPException, TimeoutError, ConnectionError) as broken:
        raise Unavailable(f"The download of {url} broke off: {broken}. Try again.") from broken


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


def _receive(answer: HTTPResponse, file: BinaryIO, url: str, limit: int, tell: Tell, kind: str) -> str:
    announced = answer.length
    too_large = LimitExceeded(f"{url} is larger than {limit / 1024**3:g} GiB; raise it with --limit.")
    if announced is not None and announced > limit:
        raise too_large
    digest, received = hashlib.new(kind), 0
    while piece := answer.read(_PIECE):
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


def fetch_verified(url: str, target: Path, tell: Tell, *, checksum: str | None, checksums: str | None) -> str:
    """Fetch a file whose checksum is known, or is in the distributor's file; returns `kind:hex`.

    Raises as `receive`, and Corrupt, DiskFull.
    """
    wanted = checksum or published_checksum(url, checksums or "", target.with_suffix(".checksums"))
    kind, _, digest = wanted.partition(":")
    try:
        with target.open("wb") as file:
            found = receive(url, file, MOST_IMAGE, tell, kind)
            file.flush()
            os.fsync(file.fileno())
    except OSError as failed:
        if failed.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull(f"No room left in {target.parent} for {url}.") from failed
        raise
    if found != digest:
        target.unlink()
        raise Corrupt(url, f"its {kind} is {found}, not {digest} as published")
    return wanted


def published_checksum(url: str, checksums: str, scratch: Path) -> str:
    """What the distributor's file of checksums says of a file. Raises as `receive`, and NotFound."""
    try:
        with scratch.open("wb") as file:
            receive(checksums, file, MOST_CHECKSUMS, lambda what, fraction: None)
        return checksum_in(scratch.read_text(errors="replace"), file_name(url), checksums)
    finally:
        scratch.unlink(missing_ok=True)


def checksum_in(text: str, name: str, where: str) -> str:
    """`kind:hex` of the file `name`: lines of sha256sum, of BSD's tools, or one digest alone."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    for line in lines:
        found = _BSD_LINE.match(line) or _LINE.match(line)
        if found is None or (found["name"] != name and not (found["name"] is None and len(lines) == 1)):
            continue
        if kind := _KINDS.get(len(found["hex"])):
            return f"{kind}:{found['hex'].lower()}"
    raise NotFound(f"{where} has no SHA-256 or SHA-512 of {name}.")
