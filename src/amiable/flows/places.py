"""Where images come from and go to: a bucket that settings give to the account, or the import folder.

`file:` stands for the import folder. What an account exports lies in a folder of its own below it, named by
its id, which no other account can name; what an operator puts there for everyone lies in the folder itself.
"""

from collections.abc import Iterator
from pathlib import Path

from amiable.blocks.objects import ObjectStore, s3_store
from amiable.blocks.place import Folder, Place
from amiable.compute import sparse
from amiable.core.errors import LimitExceeded, NotFound
from amiable.core.settings import Settings

FILES = "file:"
STEP = 8 << 20
MAX_FETCH = 1 << 42
"""Bytes of a disk file: 4 TiB, as large as S3's objects are by and by."""


def place_of(settings: Settings, account_id: str, bucket: str) -> Place:
    """Where an account's exports go. Raises NotFound for a bucket that is not the account's."""
    if bucket == FILES:
        return Folder(settings.import_folder / account_id)
    return store_of(settings, account_id, bucket)


def store_of(settings: Settings, account_id: str, bucket: str) -> ObjectStore:
    """A bucket that settings give to the account. Raises NotFound for another."""
    if not settings.may_use_bucket(account_id, bucket):
        raise NotFound(f"The bucket '{bucket}' is not one that this account may use.")
    return s3_store(bucket, "", settings.bucket_options)


def source_of(settings: Settings, account_id: str, bucket: str, key: str) -> Place:
    """Where something is read: the account's own files come before everyone's. Raises as `place_of`."""
    if bucket == FILES and not (settings.import_folder / account_id / key).is_file():
        return Folder(settings.import_folder)
    return place_of(settings, account_id, bucket)


def fetched(settings: Settings, account_id: str, bucket: str, key: str, copy: Path) -> Path:
    """A path to read it at: the file itself, or a copy of the object. Raises NotFound, LimitExceeded."""
    place = source_of(settings, account_id, bucket, key)
    if isinstance(place, Folder):
        place.size(key)  # it is there, and no link
        return place.folder / key
    size = place.size(key)
    if size > MAX_FETCH:
        raise LimitExceeded(f"s3://{bucket}/{key} has {size} bytes; at most {MAX_FETCH} are imported.")
    with copy.open("wb") as file:
        for offset in range(0, size, STEP):
            sparse.write(file.fileno(), offset, place.read(key, offset, min(STEP, size - offset)))
        file.truncate(size)
    return copy


def pieces_of(path: Path) -> Iterator[bytes]:
    """A file, piece by piece."""
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            yield piece
