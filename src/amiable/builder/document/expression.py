"""Expressions in texts: `{{ Name }}`, `{{ phase.step.outputs.stdout }}`, `{{ loop.value }}`.

    {{ Param }}                               a parameter or a constant
    {{ phase.step.inputs[0].path }}           what an earlier step was given, of lists the first
    {{ phase.step.outputs.stdout }}           what it brought; outputs[0]: for its first inputs
    {{ loop.index }} {{ loop.value }}         the iteration under way; by the loop's name too

A loop expression outside of a loop stays as it stands, as AWS has it. A text without expressions is itself.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from amiable.core.errors import InvalidInput

PATTERN = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_NAME = re.compile(r"[A-Za-z0-9_-]{1,128}")
_STEP = re.compile(
    r"(?P<phase>[A-Za-z0-9_-]+)\.(?P<step>[A-Za-z0-9_-]+)\.(?P<side>inputs|outputs)"
    r"(?:\[(?P<index>\d{1,4})\])?(?:\.(?P<member>[A-Za-z0-9_-]+))?(?:\[(?P<element>\d{1,4})\])?"
)
_LOOP = re.compile(r"(?P<loop>[A-Za-z0-9_-]+)\.(?P<what>index|value)")


@dataclass(frozen=True)
class Name:
    """A parameter or a constant."""

    name: str


@dataclass(frozen=True)
class LoopPart:
    """`index` or `value` of a loop; the loop called `loop` is that of the step itself."""

    loop: str
    what: str


@dataclass(frozen=True)
class StepPart:
    """An input or an output of a step. `index`: of a list of inputs; `element`: of a list in a member."""

    phase: str
    step: str
    side: str
    index: int | None
    member: str | None
    element: int | None


Expression = Name | LoopPart | StepPart


def parse(text: str) -> Expression | None:
    """The expression between two pairs of braces; None when it is none."""
    if found := _STEP.fullmatch(text):
        index, element = found["index"], found["element"]
        return StepPart(
            found["phase"],
            found["step"],
            found["side"],
            None if index is None else int(index),
            found["member"],
            None if element is None else int(element),
        )
    if found := _LOOP.fullmatch(text):
        return LoopPart(found["loop"], found["what"])
    return Name(text) if _NAME.fullmatch(text) else None


def found_in(text: str) -> list[tuple[str, Expression | None]]:
    """The expressions of a text as written and as understood."""
    return [(match[0], parse(match[1])) for match in PATTERN.finditer(text)]


@dataclass(frozen=True)
class Scope:
    """What expressions can name at one moment.

    `steps` has inputs, outputs and each (outputs of each input, if there are several) by (phase, step);
    `loops` index and value by the loop's name.
    """

    names: Mapping[str, str]
    steps: Mapping[tuple[str, str], Mapping[str, Any]]
    loops: Mapping[str, Mapping[str, str]]

    def fill(self, value: Any) -> Any:
        """A value of inputs with every expression in its texts resolved. Raises InvalidInput."""
        if isinstance(value, str):
            return PATTERN.sub(self._replacement, value)
        if isinstance(value, list):
            return [self.fill(item) for item in value]
        if isinstance(value, dict):
            return {key: self.fill(item) for key, item in value.items()}
        return value

    def _replacement(self, match: re.Match[str]) -> str:
        expression = parse(match[1])
        match expression:
            case Name(name=name) if name in self.names:
                return self.names[name]
            case LoopPart(loop=loop, what=what):
                return self.loops[loop][what] if loop in self.loops else match[0]
            case StepPart() if (expression.phase, expression.step) in self.steps:
                return str(self._member(expression, match[0]))
        if isinstance(expression, StepPart):
            raise InvalidInput(f"{match[0]} is not known: that step did not run, or not on this machine.")
        raise InvalidInput(f"{match[0]} names nothing that this step can know.")

    def _member(self, part: StepPart, written: str) -> Any:
        known = self.steps[part.phase, part.step]
        value: Any = known.get(part.side)
        if part.side == "outputs" and part.index is not None:
            value = known.get("each") or [value]
        elif part.side == "inputs":
            value = value if isinstance(value, list) else [value]
        reach: list[Callable[[Any], Any]] = []
        if isinstance(value, list):
            if part.index is None and len(value) > 1:
                raise InvalidInput(f"{written} must say which of {len(value)}: {part.side}[0], [1] …")
            reach.append(lambda given: given[part.index or 0])
        if part.member is not None:
            reach.append(lambda given: given[part.member])
        if part.element is not None:
            reach.append(lambda given: given[part.element])
        try:
            for way in reach:
                value = way(value)
        except (KeyError, IndexError, TypeError) as missing:
            raise InvalidInput(f"{written} names nothing that the step has.") from missing
        return value
