"""What a run is given and what it gives back: surroundings, outcome, the first failure."""

from collections.abc import Callable
from dataclasses import dataclass

from amiable.builder.actions.call import DIRECTORY, Objects, Reach
from amiable.builder.guest import Guest, Stream

Log = Callable[[str, str, Stream, str], None]
"""Told (phase, step, stream, line) as lines are written."""


@dataclass(frozen=True)
class Failure:
    """What failed first: where, and the last lines that it wrote."""

    phase: str
    step: str
    action: str
    message: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What `awstoe run` prints: whether it went well, and how many steps ended how."""

    status: str
    executed: int
    failed: int
    ignored: int
    failure: Failure | None = None


@dataclass(frozen=True)
class Surroundings:
    """What a run works with. `document_of` finds what ExecuteDocument names; it raises NotFound.

    `reach` is the way to the guest's ports, where there is one.
    """

    guest: Guest
    log: Log
    objects: Objects | None = None
    document_of: Callable[[str], str] | None = None
    directory: str = DIRECTORY
    reach: Reach | None = None
    depth: int = 0
