"""Where everything lies in a store, and which names are allowed there.

chunks/<2 hex>/<64 hex>     a chunk
copies/<64 hex>/<token>     the same chunk once more, put while chunks/… was condemned
manifests/<snapshot-id>     a manifest
leases/<token>.open .beat   an ingest in progress
uploads/<snapshot>/<64 hex>   a block that a client put into a snapshot it has not completed
condemned/<gen>.keys .done  keys that a collector has condemned
"""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime

from amiable.core import clock
from amiable.core.errors import InvalidInput

CHUNKS = "chunks/"
COPIES = "copies/"
MANIFESTS = "manifests/"
LEASES = "leases/"
UPLOADS = "uploads/"
CONDEMNED = "condemned/"

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_CHUNK_KEY = re.compile(r"chunks/([0-9a-f]{2})/(\1[0-9a-f]{62})")
_COPY_KEY = re.compile(r"copies/([0-9a-f]{64})/[^/]+")


@dataclass(frozen=True)
class Entry:
    """One object of a listing: key, size in bytes, when it was last written."""

    key: str
    size: int
    modified: datetime


def new_token() -> str:
    """A fresh name for a lease or a generation; names sort by when they were made."""
    return f"{clock.now():%Y%m%dT%H%M%S%f}-{secrets.token_hex(8)}"


def chunk_key(chunk_id: bytes) -> str:
    """Where a chunk lies."""
    text = chunk_id.hex()
    return f"{CHUNKS}{text[:2]}/{text}"


def copies_prefix(chunk_id: bytes) -> str:
    """The folder of a chunk's further copies."""
    return f"{COPIES}{chunk_id.hex()}/"


def copy_key(chunk_id: bytes, token: str) -> str:
    """Where the holder of lease `token` puts a chunk whose first key is condemned."""
    return copies_prefix(chunk_id) + token


def manifest_key(name: str) -> str:
    """Where the manifest of a snapshot lies. Raises InvalidInput for a name that is not a plain word."""
    check_name(name)
    return MANIFESTS + name


def check_name(name: str) -> None:
    """Raises InvalidInput for a snapshot's name that could not be a key's last part."""
    if not _NAME.fullmatch(name):
        raise InvalidInput(f"{name!r} is not a snapshot's name: letters, digits, '.', '_' and '-' only.")


def chunk_of(key: str) -> bytes | None:
    """The chunk id that a key under chunks/ or copies/ holds; None for a key of neither form."""
    if match := _CHUNK_KEY.fullmatch(key):
        return bytes.fromhex(match.group(2))
    if match := _COPY_KEY.fullmatch(key):
        return bytes.fromhex(match.group(1))
    return None
