"""The conformance set of component documents: small documents that say themselves how they must end.

# expect: success
# expect: failed PHASE.STEP: beginning of the message
# reboots: N
# ignored: N        how many steps must fail and be ignored
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from amiable.builder.actions.call import Objects, Reach
from amiable.builder.document.parse import parse
from amiable.builder.guest import Guest
from amiable.builder.journal import Journal
from amiable.builder.outcome import Outcome, Surroundings
from amiable.builder.run import run

FOLDER = Path(__file__).parents[1] / "conformance" / "components"


@dataclass(frozen=True)
class Case:
    """One document and what is expected of it."""

    name: str
    text: str

    @property
    def expected(self) -> str:
        found = re.search(r"^# expect: (.+)$", self.text, re.MULTILINE)
        assert found, f"{self.name} does not say what to expect"
        return found[1]

    @property
    def reboots(self) -> int:
        return self._number("reboots")

    def _number(self, what: str) -> int:
        found = re.search(rf"^# {what}: (\d+)$", self.text, re.MULTILINE)
        return int(found[1]) if found else 0

    def check(self, guest: Guest) -> None:
        """Run it on a guest, and compare."""
        lines: list[str] = []
        outcome = ended(self.text, guest, lines)
        assert said(outcome).startswith(self.expected), (self.name, said(outcome), lines[-20:])
        assert outcome.ignored == self._number("ignored"), (self.name, lines[-50:])


def ended(
    text: str,
    guest: Guest,
    lines: list[str] | None = None,
    phases: Sequence[str] = (),
    reach: Reach | None = None,
    objects: Objects | None = None,
    **parameters: str,
) -> Outcome:
    """How phases of a document, all if none is named, end on a guest; what it writes joins the lines."""
    written = [] if lines is None else lines
    around = Surroundings(
        guest, lambda phase, step, stream, text: written.append(f"{step}: {text}"), objects, reach=reach
    )
    document = parse(text)
    phases = phases or [phase.name for phase in document.phases]
    return run(document, phases, parameters, Journal(None, lambda data: None), around)


def said(outcome: Outcome) -> str:
    failure = outcome.failure
    return f"failed {failure.phase}.{failure.step}: {failure.message}" if failure else outcome.status


CASES = [Case(path.stem, path.read_text()) for path in sorted(FOLDER.glob("*.yaml"))]
