"""docs/cli.md is what the verbs say of themselves."""

from pathlib import Path

from amiable.cli.documentation import page
from amiable.cli.group import VERBS

PAGE = Path(__file__).parents[3] / "docs" / "cli.md"


def test_the_page_is_fresh() -> None:
    assert PAGE.read_text() == page(), "run: python -m amiable.cli.documentation > docs/cli.md"


def test_every_verb_has_an_entry() -> None:
    text = page()
    for verbs in VERBS.values():
        for verb in verbs:
            assert f"\n### amiable {verb}" in text
