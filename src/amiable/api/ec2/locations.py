"""Locations in requests: `s3://BUCKET/KEY` or a UserBucket, and `file:NAME` of the import folder.

The server fetches no URL, so it can not be made to send requests for a tenant. A bucket is used by the
accounts to which the setting `buckets` gives it; to others it does not exist. Below the import folder each
account has a folder of its own for what it exports (flows/places.py).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from amiable.api.call import Call
from amiable.api.faults import combination, invalid
from amiable.flows.places import FILES

_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,200}")
_SEGMENT = re.compile(r"[A-Za-z0-9!_.*'()=+@ -]+")


@dataclass(frozen=True)
class Location:
    """Where something lies: a bucket or `file:`, and the key or name in it."""

    bucket: str
    key: str


def check_bucket(call: Call, bucket: str) -> None:
    """Raise InvalidParameterValue for a bucket that the caller may not use."""
    if bucket != FILES and not call.settings.may_use_bucket(call.account_id, bucket):
        raise invalid(
            f"There is no bucket '{bucket}' that this account may use. The server's setting `buckets` names "
            f"them; '{FILES}' stands for the server's import folder."
        )


def location(call: Call, bucket: str, key: str, *, exists: bool = True) -> Location:
    """A place that the caller may use. A file must be there already if it `exists`."""
    check_bucket(call, bucket)
    if bucket != FILES:
        segments = key.split("/")
        if len(key) > 1024 or not all(_SEGMENT.fullmatch(one) and one.strip(".") for one in segments):
            raise invalid(f"'{key}' is not a key: letters, digits and !_.*'()=+@- between single slashes.")
        return Location(bucket, key)
    if not _FILE.fullmatch(key):
        raise invalid(f"'{key}' is not a file's name: letters, digits and ._+- only.")
    folder = call.settings.import_folder
    paths = (folder / call.account_id / key, folder / key)
    if exists and not any(path.is_file() and not path.is_symlink() for path in paths):
        raise invalid(f"There is no file {key} in the server's import folder.")
    return Location(bucket, key)


def container_location(call: Call, container: Mapping[str, Any]) -> Location:
    """Where a disk container says that its file is."""
    url, bucket = container.get("Url") or "", container.get("UserBucket")
    if bool(url) == bool(bucket):
        raise combination("A disk container needs either Url or UserBucket.")
    if bucket:
        return location(call, bucket.get("S3Bucket") or "", bucket.get("S3Key") or "")
    if url.startswith("s3://"):
        name, _, key = url.removeprefix("s3://").partition("/")
        return location(call, name, key)
    if url.startswith(FILES):
        return location(call, FILES, url.removeprefix(FILES))
    raise invalid("Url must be s3://BUCKET/KEY or file:NAME; the server fetches no other URL.")
