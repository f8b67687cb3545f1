"""What workflows name: `$.stepOutputs.Launch.instanceId`, `$.parameters.x`, `$.imagebuilder.imageId`.

A key that ends in `.$` has a path as its value; other texts may have `{{ $.… }}` in them. A path that leads
nowhere is an error that names it.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from amiable.core.errors import InvalidInput

PATH = re.compile(r"\$(?:\.[A-Za-z0-9_-]+(?:\[\d{1,4}\])?)+")
INSIDE = re.compile(r"\{\{\s*(\$[^{}\s]*)\s*\}\}")
_PART = re.compile(r"\.([A-Za-z0-9_-]+)|\[(\d+)\]")
MOST_DEPTH = 10


def look_up(path: str, context: Mapping[str, Any]) -> Any:
    """The value at a path. Raises InvalidInput."""
    if not PATH.fullmatch(path):
        raise InvalidInput(f"'{path}' is not a path such as $.stepOutputs.Step.instanceId.")
    value: Any = context
    try:
        for name, index in _PART.findall(path):
            value = value[name] if name else value[int(index)]
    except (KeyError, IndexError, TypeError) as missing:
        raise InvalidInput(f"{path} names nothing.") from missing
    return value


def resolved(value: Any, context: Mapping[str, Any]) -> Any:
    """Inputs with every path looked up. Raises InvalidInput."""
    if isinstance(value, dict):
        return {
            key.removesuffix(".$"): look_up(str(item), context)
            if key.endswith(".$")
            else resolved(item, context)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [resolved(item, context) for item in value]
    if isinstance(value, str):
        return INSIDE.sub(lambda found: text_of(look_up(found[1], context)), value)
    return value


def text_of(value: Any) -> str:
    """A value inside a text: as JSON, but for texts themselves."""
    return value if isinstance(value, str) else json.dumps(value)


_NUMBERS = {
    "numberEquals": lambda left, right: left == right,
    "numberGreaterThan": lambda left, right: left > right,
    "numberGreaterThanEquals": lambda left, right: left >= right,
    "numberLessThan": lambda left, right: left < right,
    "numberLessThanEquals": lambda left, right: left <= right,
}


COMPARISONS = ("stringEquals", "booleanEquals", *_NUMBERS)


def _boolean(value: Any) -> bool:
    if (text := text_of(value).lower()) not in ("true", "false"):
        raise InvalidInput(f"booleanEquals compares true and false, not '{text}'.")
    return text == "true"


def holds(condition: Mapping[str, Any], context: Mapping[str, Any], depth: int = 0) -> bool:
    """Whether an `if` of a workflow is true. Raises InvalidInput."""
    operators = [key for key in condition if key != "value"]
    if len(operators) != 1 or depth > MOST_DEPTH:
        raise InvalidInput("A condition has one operator, and value.")
    operator, right = operators[0], condition[operators[0]]
    if operator in ("and", "or"):
        if not isinstance(right, list) or not 1 <= len(right) <= 10:
            raise InvalidInput(f"{operator} takes 1 to 10 conditions.")
        answers = [holds(part, context, depth + 1) for part in right]
        return all(answers) if operator == "and" else any(answers)
    if operator == "not":
        return not holds(right, context, depth + 1)
    left = condition.get("value")
    left = look_up(left, context) if isinstance(left, str) and left.startswith("$") else left
    if operator == "stringEquals":
        return text_of(left) == text_of(right)
    if operator == "booleanEquals":
        return _boolean(left) is _boolean(right)
    if operator in _NUMBERS:
        try:
            return bool(_NUMBERS[operator](float(str(left)), float(str(right))))
        except ValueError as wrong:
            raise InvalidInput(f"{operator} compares numbers, not '{left}' and '{right}'.") from wrong
    raise InvalidInput(f"There is no operator {operator}.")
