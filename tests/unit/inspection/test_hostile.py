"""Mutated images: whatever they hold, there is a report, a difference or a sentence, and soon."""

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from amiable.inspection.session import Unreadable, ask
from tests.helpers import file_systems as made
from tests.helpers.file_systems import FileDisk
from tests.unit.inspection.test_session import NOW, UID
from tests.unit.inspection.test_tree import FILES

SECONDS = 1.5
"""For each kind: a dozen mutants in a run of the suite. Raise it to look for trouble."""


@pytest.mark.parametrize("kind", [made.ext, made.xfs, made.fat])
def test_mutants(tmp_path: Path, kind: Callable[[Path, Path], Path]) -> None:
    files = {name: text for name, text in FILES.items() if not str(text).startswith("->")}
    data = kind(tmp_path / "disk", made.write(tmp_path / "root", files)).read_bytes()
    used = made.used_blocks(data)
    sound = FileDisk(tmp_path / "disk")
    ends, seed = time.monotonic() + SECONDS, 0
    while time.monotonic() < ends:
        seed += 1
        disk = made.Mutant(data, used, seed)
        started = time.monotonic()
        with suppress(Unreadable):
            if seed % 2:
                assert ask([disk], "report", NOW, uid=UID, work=tmp_path, cpu_seconds=20)["checks"]
            else:
                given = {"before": 1, "changed": [[(0, disk.size)]]}
                found = ask([sound, disk], "diff", given, uid=UID, work=tmp_path, cpu_seconds=20)
                assert "counts" in found
        assert time.monotonic() - started < 60, f"seed {seed}"
