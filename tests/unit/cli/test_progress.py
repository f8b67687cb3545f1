"""Progress elsewhere than on a terminal: a line when the work changes, and at every quarter."""

import re

import pytest

from amiable.cli.progress import progress


def test_lines_come_at_every_quarter(capsys: pytest.CaptureFixture[str]) -> None:
    with progress("Importing web") as tell:
        for percent in range(101):
            tell("storing", percent / 100)
        tell("waiting\x1b[2J", None)
    said = capsys.readouterr()
    assert said.out == ""
    lines = [re.sub(r"^\[ *[0-9.]+ s\] ", "", line) for line in said.err.splitlines()]
    shares = ["0%", "25%", "50%", "75%", "100%"]
    assert lines == [f"Importing web: storing {share}" for share in shares] + [
        "Importing web: waiting\ufffd[2J"
    ]
