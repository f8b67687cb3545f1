"""What a document says, checked: phases, steps, loops, conditions. Plain frozen values."""

from dataclasses import dataclass
from typing import Any, Literal

from amiable.builder.document.condition import Condition

OnFailure = Literal["Abort", "Continue", "Ignore"]
Decision = Literal["Execute", "Skip", "Abort"]

DEFAULT_TIMEOUT = 7200
"""Seconds that a step may take when it does not say."""


@dataclass(frozen=True)
class Parameter:
    """A value that whoever runs the document may give; without a default he must."""

    name: str
    default: str | None
    description: str


@dataclass(frozen=True)
class If:
    """Whether a step runs: decided once, before its first attempt, also across reboots."""

    condition: Condition
    then: Decision = "Execute"
    otherwise: Decision = "Skip"


@dataclass(frozen=True)
class Loop:
    """Values that a step runs for, one after the other: numbers (inclusive), a list, or a text to split."""

    name: str | None
    numbers: tuple[int, int, int] | None = None
    items: tuple[str, ...] | None = None
    text: str | None = None
    delimiter: str = ","


@dataclass(frozen=True)
class Step:
    """One action. `timeout` in seconds for all its attempts and iterations; None: no end.

    `inputs` as written: a mapping, or a list of mappings where the module takes one. `assertion` is Assert's.
    """

    name: str
    action: str
    inputs: Any
    timeout: int | None = DEFAULT_TIMEOUT
    on_failure: OnFailure = "Abort"
    attempts: int = 1
    condition: If | None = None
    loop: Loop | None = None
    assertion: Condition | None = None


@dataclass(frozen=True)
class Phase:
    """Steps in order."""

    name: str
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Document:
    """A checked document."""

    name: str | None
    description: str | None
    parameters: tuple[Parameter, ...]
    constants: dict[str, str]
    phases: tuple[Phase, ...]

    @property
    def kind(self) -> Literal["BUILD", "TEST"]:
        """TEST when `test` is its only phase: what Image Builder calls the type of a component."""
        return "TEST" if [phase.name for phase in self.phases] == ["test"] else "BUILD"

    def phase(self, name: str) -> Phase | None:
        """The phase of that name, if it has one."""
        return next((phase for phase in self.phases if phase.name == name), None)
