"""A download into the server's import folder: staged, so that it appears there whole or not at all."""

from pathlib import Path

from amiable.cli.image.staging import final, staged
from amiable.cli.progress import Tell
from amiable.compute.fetch import file_name, receive
from amiable.core.errors import Corrupt

__all__ = ["download", "file_name", "is_url"]


def is_url(text: str) -> bool:
    """Whether it names something to download."""
    return "://" in text


def download(url: str, folder: Path, limit: int, checksum: str | None, tell: Tell) -> Path:
    """Stage what a URL answers; `limit` in bytes, `checksum` as `sha256:<hex>`. Returns its path.

    Raises InvalidInput, NotFound, Unavailable, LimitExceeded, Corrupt, DiskFull, MissingPrerequisite.
    """
    name = file_name(url)
    with staged(folder, name) as part:
        with part.open("wb") as file:
            digest = receive(url, file, limit, tell)
        if checksum and digest != checksum.removeprefix("sha256:"):
            raise Corrupt(url, f"its SHA-256 is {digest}, not the given one")
    return final(part)
