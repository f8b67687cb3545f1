"""The log of a build: whole lines, by positions that were given."""

from pathlib import Path

import pytest

from amiable.builder.execution import logs
from amiable.core.errors import InvalidInput


def test_lines_are_read_by_position(tmp_path: Path) -> None:
    path = tmp_path / "builds" / "b.log"
    assert logs.read(path, 0, 10) == ([], 0)
    log = logs.BuildLog(path)
    for text in ("one", "zwei ü", "three\nfour"):
        log.write(text, step="s", stream="stdout")
    first, behind = logs.read(path, 0, 2)
    rest, end = logs.read(path, behind, 10)
    assert [line["text"] for line in first + rest] == ["one", "zwei ü", "three\nfour"]
    assert (first[0]["step"], first[0]["at"][:2]) == ("s", "20")
    with path.open("ab") as file:
        file.write(b'{"half')
    assert logs.read(path, end, 10) == ([], end)
    with pytest.raises(InvalidInput):
        logs.read(path, behind - 1, 10)


def test_a_log_ends_at_its_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "MOST_BYTES", 500)
    log = logs.BuildLog(tmp_path / "b.log")
    for number in range(50):
        log.write(f"line {number}")
    lines, _ = logs.read(tmp_path / "b.log", 0, 100)
    assert "nothing more is kept" in lines[-1]["text"]
    assert len(lines) < 15
