"""Places that images come from and go to: a bucket (`objects.ObjectStore`) or a folder of this host.

Both read ranges, and write whole files or nothing. Files of a folder are sparse where they are zero.
"""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Protocol

from amiable.blocks.files import as_amiable, sync_folder
from amiable.core.errors import NotFound


class Place(Protocol):
    """Named bytes."""

    def size(self, key: str) -> int:
        """Bytes. Raises NotFound."""

    def read(self, key: str, offset: int, length: int) -> bytes:
        """Some bytes, fewer where they end. Raises NotFound."""

    def write(self, key: str, pieces: Iterable[bytes], tags: Mapping[str, str]) -> None:
        """Make or replace it: there whole, or not at all. A folder keeps no tags."""


class Folder:
    """Plain files of one folder, by bare names; links are not followed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def _open(self, key: str) -> int:
        try:
            return os.open(self.folder / key, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            raise NotFound(f"There is no file {key}.") from error

    def size(self, key: str) -> int:
        """See Place."""
        descriptor = self._open(key)
        try:
            return os.lseek(descriptor, 0, os.SEEK_END)
        finally:
            os.close(descriptor)

    def read(self, key: str, offset: int, length: int) -> bytes:
        """See Place."""
        descriptor = self._open(key)
        try:
            return os.pread(descriptor, length, offset)
        except OSError as error:
            raise as_amiable(error, f"reading {key}") from error
        finally:
            os.close(descriptor)

    def write(self, key: str, pieces: Iterable[bytes], tags: Mapping[str, str]) -> None:
        """See Place."""
        part = self.folder / f"{key}.part"
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with part.open("wb") as file:
                for piece in pieces:
                    if piece.count(0) == len(piece):
                        file.seek(len(piece), os.SEEK_CUR)
                    else:
                        file.write(piece)
                file.truncate()
                file.flush()
                os.fsync(file.fileno())
            part.rename(self.folder / key)
            sync_folder(self.folder)
        except OSError as error:
            raise as_amiable(error, f"writing {key}") from error
        finally:
            part.unlink(missing_ok=True)
