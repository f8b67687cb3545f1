"""A host's cache of base images: sparse, read-only raw files, one a snapshot, hydrated when first needed.

A file under its final name is whole (`hydrate`). Its modification time is when it was last asked for.
"""

import os
from collections.abc import Callable
from pathlib import Path

from amiable.blocks.files import as_amiable, remove_unlocked
from amiable.blocks.hydrate import hydrate
from amiable.blocks.layout import check_name
from amiable.blocks.manifest import load
from amiable.blocks.store import ReadStore


class BaseCache:
    """The cache in `folder`, made if missing; `evict` brings it under `limit_bytes` of disk space."""

    def __init__(self, folder: Path, limit_bytes: int) -> None:
        self.folder = folder
        self.limit_bytes = limit_bytes
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise as_amiable(error, f"making {folder}") from error

    def path(self, snapshot_id: str) -> Path:
        """Where the base image of a snapshot is, or will be."""
        check_name(snapshot_id)
        return self.folder / f"{snapshot_id}.raw"

    def ensure(
        self,
        store: ReadStore,
        snapshot_id: str,
        digest: str,
        progress: Callable[[int, int], None] | None = None,
    ) -> Path:
        """The base image of a snapshot, hydrated if it is not there; `digest` is the row's, of the manifest.

        One hydration at a time per snapshot, across processes.
        Raises NotFound, Corrupt, DiskFull, Unavailable.
        """
        path = self.path(snapshot_id)
        if not path.exists():
            hydrate(store, load(store, snapshot_id, digest), path, progress=progress)
        try:
            path.chmod(0o444)
            os.utime(path)
        except OSError as error:
            raise as_amiable(error, f"marking {path} as used") from error
        return path

    def evict(self, in_use: set[str]) -> list[str]:
        """Remove base images, least recently used first, until the limit is kept; the snapshot ids removed.

        `in_use`: ids that volumes stand on, or are about to. Also removes partial files nobody is writing.
        """
        images = []
        for entry in os.scandir(self.folder):
            path = Path(entry.path)
            if path.suffix == ".raw":
                about = entry.stat()
                images.append((about.st_mtime, about.st_blocks * 512, path))
            elif path.suffix == ".partial":
                remove_unlocked(path)  # its hydration was killed
        used = sum(size for _, size, _ in images)
        removed = []
        for _, size, path in sorted(images):
            if used <= self.limit_bytes:
                break
            if path.stem not in in_use:
                path.unlink(missing_ok=True)
                used -= size
                removed.append(path.stem)
        return removed
