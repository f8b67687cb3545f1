"""No story is left out of the tests beside this one."""

import importlib
from pathlib import Path

from amiable.flows.stories import STORIES
from tests.helpers.killing import TRIED


def test_every_story_was_tried() -> None:
    for file in Path(__file__).parent.glob("test_*.py"):
        importlib.import_module(f"{__package__}.{file.stem}")
    assert set(STORIES) - TRIED == set()
