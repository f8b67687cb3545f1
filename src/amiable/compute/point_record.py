"""What is written down about an open point in time: `points/<hash of its name>.json` in the machine's folder.

Written before anything is done in QEMU, removed when all is undone. It carries what QEMU cannot know: which
bitmaps belong to the point, and whether the guest's file systems are (or may still be) frozen. No fsync: it
matters only as long as the QEMU that it speaks of lives, and a power cut ends that too.
"""

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from amiable.compute import folder as layout
from amiable.core.errors import Corrupt

Consistency = Literal["file-system", "crash"]


@dataclass(frozen=True)
class Marks:
    """The bitmaps of one volume: `bitmap` is started now, `since` was started for the parent snapshot."""

    bitmap: str
    since: str | None = None


@dataclass(frozen=True)
class Record:
    """One open point. `frozen_at`: when the freeze was asked for (monotonic clock), None once thawed."""

    name: str
    volumes: dict[str, Marks]
    taken_at: str = ""
    consistency: Consistency = "crash"
    pause_ms: float = 0.0
    frozen_at: float | None = None

    def key(self, volume_id: str) -> str:
        """The one name of the point on that volume: node, job, export, bitmap copy, overlay file.

        Derived, so that it is found again; short, as QEMU's node names have at most 31 characters.
        """
        return "pt-" + hashlib.sha256(f"{self.name}/{volume_id}".encode()).hexdigest()[:24]


def _path(folder: Path, name: str) -> Path:
    return folder / layout.POINTS / (hashlib.sha256(name.encode()).hexdigest()[:24] + ".json")


def save(folder: Path, record: Record, **changes: Any) -> Record:
    """Write the record, with changes, in one step; the changed record."""
    changed = replace(record, **changes)
    path = _path(folder, record.name)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    temporary = path.with_suffix(".new")
    temporary.write_text(json.dumps(asdict(changed)))
    temporary.replace(path)
    return changed


def load(folder: Path, name: str) -> Record | None:
    """The record of an open point, or None. Raises Corrupt."""
    return _read(_path(folder, name))


def load_all(folder: Path) -> list[Record]:
    """The records of all open points. Raises Corrupt."""
    found = (_read(path) for path in (folder / layout.POINTS).glob("*.json"))
    return [record for record in found if record is not None]


def _read(path: Path) -> Record | None:
    try:
        values = json.loads(path.read_text())
        volumes = {volume: Marks(**marks) for volume, marks in values.pop("volumes").items()}
        return Record(volumes=volumes, **values)
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError, AttributeError) as wrong:
        raise Corrupt(str(path), f"it does not describe a point in time ({wrong})") from wrong


def remove(folder: Path, name: str) -> None:
    """Remove the record; harmless when there is none."""
    _path(folder, name).unlink(missing_ok=True)
