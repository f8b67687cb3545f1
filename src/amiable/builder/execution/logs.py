"""The log of a build: a file of JSON lines, appended while things are written, read by position.

It lies in `<data_dir>/builds/<build id>.log`. A line has `at`, `workflow`, `step`, `component`, `stream` and
`text`; `component` names the component, phase and step that a guest's line is of. At most `MOST_BYTES` are
kept: what comes later is dropped, after a last line that says so.
"""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from amiable.core import clock
from amiable.core.errors import InvalidInput

MOST_BYTES = 64 * 1024 * 1024
LONGEST_TEXT = 8_000


def log_path(data_dir: Path, build_id: str) -> Path:
    """Where a build's log lies."""
    return data_dir / "builds" / f"{build_id}.log"


class BuildLog:
    """The log of one build. Several threads may write."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._guard = threading.Lock()
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)

    def write(self, text: str, **facts: str) -> None:
        """Append a line."""
        entry = {"at": clock.iso(clock.now()), **facts, "text": text[:LONGEST_TEXT]}
        with self._guard, self._path.open("ab") as file:
            if file.tell() < MOST_BYTES:
                file.write(json.dumps(entry, ensure_ascii=False).encode() + b"\n")
                if file.tell() >= MOST_BYTES:
                    entry["text"] = f"The log has {MOST_BYTES:,} bytes: nothing more is kept."
                    file.write(json.dumps(entry, ensure_ascii=False).encode() + b"\n")


def read(path: Path, position: int, most: int) -> tuple[list[dict[str, Any]], int]:
    """Up to `most` whole lines from a position on, and the position behind them.

    Positions are those that this function returned, and 0. Raises InvalidInput for others.
    """
    found: list[dict[str, Any]] = []
    try:
        with path.open("rb") as file:
            file.seek(max(0, position - 1))
            if position > 0 and file.read(1) != b"\n":
                raise InvalidInput("Position must be one that was returned before, or 0.")
            for line in _whole(file):
                if len(found) == most:
                    break
                found.append(json.loads(line))
                position += len(line)
    except FileNotFoundError:
        pass
    return found, position


def _whole(file: Any) -> Iterator[bytes]:
    for line in file:
        if not line.endswith(b"\n"):
            return  # being written
        yield line
