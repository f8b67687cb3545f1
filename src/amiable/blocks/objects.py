"""S3 and memory as stores, through obstore.

Put-if-absent is `If-None-Match: *`. A put whose answer was lost and that obstore sent again may come back
as "was there already" although it was ours; every caller is written so that this does not matter (chunks
and copies are named by content, leases by a random token, manifests are compared).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, TypeVar

import obstore
from obstore import exceptions
from obstore.store import MemoryStore, S3Store

from amiable.blocks.layout import Entry
from amiable.core.errors import InvalidInput, MissingPrerequisite, NotFound, Unavailable

OPTIONS = ("endpoint", "region", "access_key_id", "secret_access_key", "session_token", "role_arn")
_BULK = 1000  # keys that one DeleteObjects takes

_T = TypeVar("_T")


class ObjectStore:
    """A store over an obstore backend. `where` names it in errors."""

    def __init__(self, backend: Any, where: str, concurrency: int) -> None:
        self._backend = backend
        self._where = where
        self.concurrency = concurrency

    def _call(self, doing: str, call: Callable[[], _T]) -> _T:
        """Run a call of obstore's; its errors as ours. FileNotFoundError and AlreadyExistsError pass."""
        try:
            return call()
        except exceptions.AlreadyExistsError:
            raise
        except (exceptions.PermissionDeniedError, exceptions.UnauthenticatedError) as error:
            raise self._refused(doing) from error
        except exceptions.BaseError as error:
            if " 403 " in str(error):  # listings do not get a class of their own
                raise self._refused(doing) from error
            reason = str(error).split("\n", 1)[0]
            raise Unavailable(f"{self._where} failed while {doing}: {reason}") from error

    def get(self, key: str) -> bytes:
        """See ReadStore."""
        try:
            return self._call(f"reading {key}", lambda: bytes(obstore.get(self._backend, key).bytes()))
        except FileNotFoundError as error:
            raise NotFound(f"{key} is not in {self._where}.") from error

    def size(self, key: str) -> int:
        """The object's bytes. Raises NotFound."""
        try:
            about = self._call(f"looking for {key}", lambda: obstore.head(self._backend, key))
        except FileNotFoundError as error:
            raise NotFound(f"{key} is not in {self._where}.") from error
        return int(about["size"])

    def read(self, key: str, offset: int, length: int) -> bytes:
        """Some bytes of an object, fewer where it ends. Raises NotFound."""

        def get() -> bytes:
            return bytes(obstore.get_range(self._backend, key, start=offset, length=length))

        try:
            return self._call(f"reading {key}", get)
        except FileNotFoundError as error:
            raise NotFound(f"{key} is not in {self._where}.") from error

    def write(self, key: str, pieces: Iterable[bytes], tags: Mapping[str, str]) -> None:
        """An object of many pieces: there whole, or not at all."""
        options: Any = {"tags": dict(tags)} if tags else {}
        try:
            self._call(
                f"writing {key}",
                lambda: obstore.put(self._backend, key, iter(pieces), use_multipart=True, **options),
            )
        except FileNotFoundError as error:
            raise self._no_bucket() from error

    def exists(self, key: str) -> bool:
        """See ReadStore."""
        try:
            self._call(f"looking for {key}", lambda: obstore.head(self._backend, key))
        except FileNotFoundError:
            return False
        return True

    def list(self, folder: str) -> Iterator[Entry]:
        """See ReadStore."""
        try:
            pages = self._call(
                f"listing {folder}", lambda: iter(obstore.list(self._backend, folder, chunk_size=1000))
            )
            while (page := self._call(f"listing {folder}", lambda: next(pages, None))) is not None:
                for item in page:
                    yield Entry(item["path"], item["size"], item["last_modified"])
        except FileNotFoundError as error:
            raise self._no_bucket() from error

    def create(self, key: str, data: bytes) -> bool:
        """See WriteStore."""
        try:
            self._put(key, data, "create")
        except exceptions.AlreadyExistsError:
            return False
        return True

    def create_many(self, items: Sequence[tuple[str, bytes]]) -> Sequence[bool]:
        """See WriteStore."""
        return [self.create(key, data) for key, data in items]

    def replace(self, key: str, data: bytes) -> None:
        """See WriteStore."""
        self._put(key, data, "overwrite")

    def _put(self, key: str, data: bytes, mode: Literal["create", "overwrite"]) -> None:
        try:
            self._call(
                f"writing {key}",
                lambda: obstore.put(self._backend, key, data, mode=mode, use_multipart=False),
            )
        except FileNotFoundError as error:
            raise self._no_bucket() from error

    def delete(self, key: str) -> None:
        """See WriteStore."""
        self.delete_many([key])

    def delete_many(self, keys: Sequence[str]) -> None:
        """See PruneStore."""
        for first in range(0, len(keys), _BULK):
            self._delete([*keys[first : first + _BULK]])

    def _delete(self, keys: Sequence[str]) -> None:
        try:
            self._call(f"deleting {len(keys)} objects", lambda: obstore.delete(self._backend, keys))
        except FileNotFoundError as error:
            raise self._no_bucket() from error

    def settle(self) -> None:
        """See WriteStore. Every acknowledged put is durable already."""

    def sweep(self, before: datetime) -> int:
        """See PruneStore. Puts are whole or absent here."""
        return 0

    def _refused(self, doing: str) -> MissingPrerequisite:
        return MissingPrerequisite(
            f"{self._where} refused {doing}.", "Check access_key_id and secret_access_key in store_options."
        )

    def _no_bucket(self) -> MissingPrerequisite:
        return MissingPrerequisite(
            f"{self._where} does not exist.", "Make the bucket, or correct the setting `stores`."
        )


def memory_store() -> ObjectStore:
    """A fresh, empty store in this process's memory."""
    return ObjectStore(MemoryStore(), "the store in memory", 4)


def s3_store(bucket: str, prefix: str, options: Mapping[str, str]) -> ObjectStore:
    """A bucket of S3 or of anything that speaks it and honours If-None-Match (SeaweedFS, MinIO, Ceph).

    Options: OPTIONS above; an `endpoint` of http:// is allowed. Without keys, obstore looks for them where
    AWS's own tools do. Makes no request. Raises InvalidInput for an unknown option.
    """
    for name in options:
        if name not in OPTIONS:
            raise InvalidInput(f"Store option {name!r} is none of {', '.join(OPTIONS)}.")
    config: Any = {"region": "us-east-1", **options}
    backend = S3Store(
        bucket,
        prefix=prefix or None,
        config=config,
        client_options={
            "allow_http": options.get("endpoint", "").startswith("http://"),
            "connect_timeout": timedelta(seconds=5),
            "timeout": timedelta(seconds=60),
        },
        retry_config={
            "max_retries": 5,
            "retry_timeout": timedelta(seconds=20),
            "backoff": {
                "init_backoff": timedelta(milliseconds=100),
                "max_backoff": timedelta(seconds=3),
                "base": 2,
            },
        },
    )
    return ObjectStore(backend, f"s3://{bucket}/{prefix}", 16)
