"""Parameters of workflows: the values that a build gives, each of its parameter's type."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from amiable.core.errors import InvalidInput

PARAMETER_TYPES = ("string", "integer", "boolean", "stringList")
_BOOLEANS = {"true": True, "false": False}


@dataclass(frozen=True)
class WorkflowParameter:
    """A value that whoever uses the workflow may give."""

    name: str
    type: str
    default: Any
    description: str


def is_of(value: Any, kind: str) -> bool:
    """Whether a value as YAML reads it is of a type."""
    match kind:
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "boolean":
            return isinstance(value, bool)
        case "stringList":
            return isinstance(value, list)
        case _:
            return not isinstance(value, list | dict)


def values(parameters: Iterable[WorkflowParameter], given: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """The values of a request by name. Raises InvalidInput for unknown, missing and wrong ones."""
    known = {one.name: one for one in parameters}
    for name in given:
        if name not in known:
            raise InvalidInput(f"has no parameter {name}.")
    for name, one in known.items():
        if one.default is None and name not in given:
            raise InvalidInput(f"needs a value of its parameter {name}.")
    return {name: _value(name, known[name].type, texts) for name, texts in given.items()}


def _value(name: str, kind: str, texts: Sequence[str]) -> Any:
    if kind == "stringList":
        return list(texts)
    if len(texts) != 1:
        raise InvalidInput(f"takes one value of its parameter {name}.")
    text = texts[0]
    if kind == "integer" and re.fullmatch(r"-?\d{1,18}", text):
        return int(text)
    if kind == "boolean" and text.lower() in _BOOLEANS:
        return _BOOLEANS[text.lower()]
    if kind == "string":
        return text
    raise InvalidInput(f"has a parameter {name} of the type {kind}, which '{text}' is not.")
