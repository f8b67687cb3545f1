"""What the demo prints: steps with their times, the commands as a person would type them, live progress."""

import shlex
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape

console = Console(highlight=False, soft_wrap=True)

Tell = Callable[[str], None]


def clock(seconds: float) -> str:
    """`0:07`, `1:52`: minutes and seconds."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


@contextmanager
def step(number: int, count: int, title: str) -> Iterator[Tell]:
    """A step: its heading, a live line while it runs, its time at the end. `tell` changes the live line."""
    console.print(f"\n[bold]{number:2}/{count} {escape(title)}[/]")
    begin = time.monotonic()
    with console.status("") as live:
        last = ""

        def tell(text: str) -> None:
            nonlocal last
            if console.is_terminal:
                live.update(f"[dim]{clock(time.monotonic() - begin)}[/] {escape(text)}")
            elif text != last:
                console.print(f"   [dim]{clock(time.monotonic() - begin)} {escape(text)}[/]")
            last = text

        try:
            yield tell
        except BaseException:
            live.stop()
            console.print(f"   [red]✗ {time.monotonic() - begin:6.1f} s[/]")
            raise
    console.print(f"   [green]✓[/] {time.monotonic() - begin:6.1f} s")


def command(words: Sequence[str]) -> None:
    """A command, as one would type it."""
    typed(shlex.join(words))


def typed(line: str, prompt: str = "$") -> None:
    """A line for a shell, after its prompt."""
    console.print(f"   [dim]{escape(prompt)}[/] [cyan]{escape(line)}[/]")


def script(text: str, prompt: str) -> None:
    """Lines for a shell; those of a here-document (`<<'END'`) after the prompt that a shell gives them."""
    end = ""
    for line in text.strip().splitlines():
        typed(line, ">" if end else prompt)
        if end:
            end = "" if line == end else end
        elif "<<'" in line:
            end = line.split("<<'")[1].split("'")[0]


def code(line: str) -> None:
    """A line of Python."""
    console.print(f"   [dim]>>>[/] [magenta]{escape(line)}[/]")


def note(text: str) -> None:
    """Something worth knowing."""
    console.print(f"   {escape(text)}")
