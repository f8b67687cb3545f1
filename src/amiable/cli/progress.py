"""Progress of long work, on standard error: a bar on a terminal, plain lines elsewhere.

    with progress("Importing web.qcow2") as tell:
        tell("reading", 0.4)      # what is being done; the fraction done, or None when unknown

Plain lines come when the text changes and at every quarter, so that a log stays short.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
)

from amiable.cli.output import clean
from amiable.core import clock

Tell = Callable[[str, float | None], None]


@contextmanager
def progress(title: str, size: int | None = None) -> Iterator[Tell]:
    """Show the progress of one piece of work until the block ends; of `size` bytes, if known."""
    with _bar(title, size) if sys.stderr.isatty() else _lines(title, size) as tell:
        yield tell


@contextmanager
def _bar(title: str, size: int | None) -> Iterator[Tell]:
    whole = float(size or 1)
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        *([DownloadColumn(binary_units=True)] if size else []),
        TaskProgressColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task(clean(title), total=None)

        def tell(text: str, fraction: float | None) -> None:
            total = None if fraction is None else whole
            done = (fraction or 0.0) * whole
            shown.update(task, description=clean(f"{title}: {text}"), total=total, completed=done)

        yield tell


@contextmanager
def _lines(title: str, size: int | None) -> Iterator[Tell]:
    of = f" of {size / 1024**3:.1f} GiB" if size else ""
    begun = clock.monotonic()
    said: tuple[str, int | None] | None = None

    def tell(text: str, fraction: float | None) -> None:
        nonlocal said
        quarter = None if fraction is None else int(fraction * 4)
        if said == (text, quarter):
            return
        said = (text, quarter)
        share = "" if fraction is None else f" {fraction:.0%}{of}"
        click.echo(clean(f"[{clock.monotonic() - begun:6.1f} s] {title}: {text}{share}"), err=True)

    yield tell
