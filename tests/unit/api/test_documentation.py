"""docs/operations.md says what is built."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

from amiable.api.documentation import markdown
from amiable.api.table import load

PAGE = Path(__file__).parents[3] / "docs" / "operations.md"


def test_the_page_is_fresh() -> None:
    assert PAGE.read_text() == markdown(), "run: python -m amiable.api.documentation > docs/operations.md"


def test_every_operation_has_its_line() -> None:
    lines = markdown().splitlines()
    for name, services in Counter(name for _, name in load()).items():
        assert sum(line.startswith(f"- **{name}**: ") for line in lines) == services, name


def test_the_command_prints_the_page() -> None:
    words = [sys.executable, "-m", "amiable.api.documentation"]
    assert subprocess.run(words, capture_output=True, check=True, text=True).stdout == markdown()
