"""The local directory as a store: plain files, made durable by our own fsyncs.

`create`: temporary file in `partial/` → write → fsync → link to its name (which fails if the name is taken:
that makes it put-if-absent) → unlink the temporary name. `settle` fsyncs every folder in which this handle
created, found or deleted something; an object that another process made is so relied on only once its folder
is on disk too. Safe for threads and for several processes of one host.
"""

import errno
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from amiable.blocks.files import as_amiable, sync_folder, temporaries
from amiable.blocks.layout import COPIES, UPLOADS, Entry
from amiable.core.errors import NotFound


class LocalStore:
    """A store in a folder, which is made if missing."""

    concurrency = (os.cpu_count() or 1) + 2  # some wait for the device while the others compute

    def __init__(self, root: Path) -> None:
        self.root = root
        self._partial = root / "partial"
        self._touched = {str(root / "chunks"), str(root), str(root.parent)}
        self._settling = threading.Lock()
        try:
            for folder in (self._partial, *(root / "chunks" / f"{first:02x}" for first in range(256))):
                folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise as_amiable(error, f"making the block store {root}") from error

    def _path(self, key: str) -> str:
        return f"{self.root}/{key}"

    def _touch(self, key: str) -> None:
        """Remember the folder for `settle`. Always after the change, so that no settle comes between."""
        self._touched.add(os.path.dirname(self._path(key)))

    def get(self, key: str) -> bytes:
        """See ReadStore."""
        try:
            with open(self._path(key), "rb", buffering=0) as file:
                return file.readall()
        except FileNotFoundError as error:
            raise NotFound(f"{key} is not in the block store {self.root}.") from error
        except OSError as error:
            raise as_amiable(error, f"reading {key}") from error

    def exists(self, key: str) -> bool:
        """See ReadStore."""
        try:
            os.stat(self._path(key))
        except FileNotFoundError:
            return False
        except OSError as error:
            raise as_amiable(error, f"looking for {key}") from error
        self._touch(key)
        return True

    def list(self, folder: str) -> Iterator[Entry]:
        """See ReadStore."""
        pending = [folder.rstrip("/")]
        while pending:
            here = pending.pop()
            try:
                with os.scandir(self._path(here)) as found:
                    for entry in found:
                        if entry.is_dir(follow_symlinks=False):
                            pending.append(f"{here}/{entry.name}")
                        elif about := _stat(entry):
                            modified = datetime.fromtimestamp(about.st_mtime, UTC)
                            yield Entry(f"{here}/{entry.name}", about.st_size, modified)
            except FileNotFoundError:
                continue  # a folder that nothing was put in yet, or that a sweep removed
            except OSError as error:
                raise as_amiable(error, f"listing {here}") from error

    def create(self, key: str, data: bytes) -> bool:
        """See WriteStore."""
        return self.create_many([(key, data)])[0]

    def create_many(self, items: Sequence[tuple[str, bytes]]) -> Sequence[bool]:
        """See WriteStore."""
        try:
            with temporaries(self._partial, [data for _, data in items]) as sources:
                return [
                    self._place(os.link, source, key) for source, (key, _) in zip(sources, items, strict=True)
                ]
        except OSError as error:
            raise as_amiable(error, f"writing {items[0][0]}") from error

    def replace(self, key: str, data: bytes) -> None:
        """See WriteStore."""
        try:
            with temporaries(self._partial, [data]) as (source,):
                self._place(os.replace, source, key)
        except OSError as error:
            raise as_amiable(error, f"writing {key}") from error

    def _place(self, place: Callable[[str, str], None], source: str, key: str) -> bool:
        """Link or rename a durable file to its key; False if linking found the key taken. Raises OSError."""
        path = self._path(key)
        while True:
            try:
                place(source, path)
            except FileExistsError:
                self._touch(key)
                return False
            except FileNotFoundError:  # no folder yet; or a sweep just removed it: once more
                os.makedirs(os.path.dirname(path), exist_ok=True)
                made = os.path.dirname(key)
                while made:  # each folder that may be new is durable once the one above it is
                    self._touch(made)
                    made = os.path.dirname(made)
                continue
            self._touch(key)
            return True

    def delete(self, key: str) -> None:
        """See WriteStore."""
        try:
            os.unlink(self._path(key))
        except FileNotFoundError:
            return
        except OSError as error:
            raise as_amiable(error, f"deleting {key}") from error
        self._touch(key)

    def delete_many(self, keys: Sequence[str]) -> None:
        """See PruneStore."""
        for key in keys:
            self.delete(key)

    def settle(self) -> None:
        """See WriteStore."""
        with self._settling:  # whoever comes second waits for the folders that the first took out of the set
            while self._touched:
                folder = self._touched.pop()
                try:
                    sync_folder(folder)
                except FileNotFoundError:
                    continue  # a folder that became empty and was swept
                except OSError as error:
                    self._touched.add(folder)
                    raise as_amiable(error, f"syncing {folder}") from error

    def sweep(self, before: datetime) -> int:
        """See PruneStore. Also removes folders of copies and uploads that became empty."""
        unfinished = [entry.key for entry in self.list("partial/") if entry.modified < before]
        self.delete_many(unfinished)
        above = [Path(self._path(folder)) for folder in (COPIES, UPLOADS)]
        for folder in (child for parent in above if parent.is_dir() for child in parent.iterdir()):
            try:
                folder.rmdir()
            except OSError as error:
                if error.errno not in (errno.ENOTEMPTY, errno.ENOENT):
                    raise as_amiable(error, f"sweeping {folder}") from error
        return len(unfinished)


def _stat(entry: "os.DirEntry[str]") -> os.stat_result | None:
    """What a listed file is, or None if it was deleted since."""
    try:
        return entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return None
