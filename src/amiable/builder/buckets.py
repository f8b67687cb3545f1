"""What S3Download, S3Upload and ExecuteDocument reach: the buckets that settings give an account."""

import posixpath
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from amiable.blocks.objects import ObjectStore
from amiable.core.errors import MissingPrerequisite, NotFound
from amiable.core.settings import Settings
from amiable.flows.places import store_of

PIECE = 8 << 20


class Buckets:
    """`builder.actions.call.Objects` of an account."""

    def __init__(self, settings: Settings, account_id: str) -> None:
        self._settings = settings
        self._account_id = account_id

    def names(self, bucket: str, prefix: str) -> Iterator[str]:
        """See Objects."""
        with self._bucket(bucket) as store:
            for entry in store.list(posixpath.dirname(prefix)):
                if entry.key.startswith(prefix):
                    yield entry.key

    def get(self, bucket: str, key: str) -> Iterator[bytes]:
        """See Objects."""
        with self._bucket(bucket) as store:
            size = store.size(key)
            for offset in range(0, size, PIECE):
                yield store.read(key, offset, min(PIECE, size - offset))

    def put(self, bucket: str, key: str, content: Iterable[bytes]) -> None:
        """See Objects."""
        with self._bucket(bucket) as store:
            store.write(key, content, {})

    @contextmanager
    def _bucket(self, bucket: str) -> Iterator[ObjectStore]:
        """One that the account may use. Raises NotFound for another, and for one that does not let us in."""
        try:
            yield store_of(self._settings, self._account_id, bucket)
        except MissingPrerequisite as closed:
            raise NotFound(str(closed)) from closed
