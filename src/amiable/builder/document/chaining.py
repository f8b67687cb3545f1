"""Which phase of a document asks what the steps of another one were given or brought."""

from collections.abc import Iterator
from typing import Any

from amiable.builder.document import condition, expression
from amiable.builder.document.model import Document, Step


def asks(document: Document, phase: str, other: str) -> bool:
    """Whether an expression in a phase names a step of the other one."""
    found = document.phase(phase)
    return found is not None and any(
        isinstance(part, expression.StepPart) and part.phase == other
        for step in found.steps
        for text in _texts(step)
        for _, part in expression.found_in(text)
    )


def _texts(step: Step) -> Iterator[str]:
    """Every text of a step that may have expressions."""
    yield from _within(step.inputs)
    if step.loop is not None:
        yield from (*(step.loop.items or ()), step.loop.text or "")
    for one in (step.condition.condition if step.condition else None, step.assertion):
        if one is not None:
            yield from condition.texts(one)


def _within(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _within(item)
