"""Following a console through a window of its last bytes; what a terminal gets of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amiable.cli.console import new_part, readable

WINDOW = 40


@given(st.lists(st.text(alphabet="ab\n", max_size=WINDOW - 1), max_size=8))
def test_following_shows_the_stream(written: list[str]) -> None:
    """The stream, or less where it repeats itself and nobody could tell; never anything twice."""
    stream, before, shown = "", "", ""
    for part in written:
        stream += part
        now = stream[-WINDOW:]
        shown += new_part(before, now)
        before = now
    assert stream.endswith(shown[-WINDOW:]) or len(stream) > WINDOW
    assert len(shown) <= len(stream)
    if len(stream) <= WINDOW:
        assert shown == stream


@given(st.lists(st.text(alphabet="xyz", max_size=WINDOW // 2), max_size=8))
def test_following_misses_nothing_where_lines_differ(written: list[str]) -> None:
    stream, before, shown = "", "", ""
    for number, part in enumerate(written):
        stream += f"{number}{part}\n"
        now = stream[-WINDOW:]
        shown += new_part(before, now)
        before = now
    assert shown == stream


def test_a_new_start_is_shown_whole() -> None:
    assert new_part("old machine\n", "Linux version 6\n") == "Linux version 6\n"


def test_an_emptied_console_shows_nothing() -> None:
    assert new_part("old machine\n", "") == ""


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("\x1b[2J\x1b[01;01HGNU GRUB\r\n", "GNU GRUB\n"),
        ("\x1bcreset\x1b[0;1;39mbold\x1b[0m", "resetbold"),
        ("title \x1b]0;owned\x07!", "title \ufffd]0;owned\ufffd!"),
    ],
)
def test_escape_sequences_do_not_reach_the_terminal(raw: str, shown: str) -> None:
    assert readable(raw) == shown
