"""The inputs of a module: checked against its row, and read with defaults once expressions are resolved.

A number or a flag may be written as an expression, so its kind is checked again at run time. Paths are
below the working directory unless they begin with /.
"""

import posixpath
import re
from collections.abc import Mapping
from typing import Any

from amiable.builder.document.expression import PATTERN
from amiable.builder.document.modules import Input, Module
from amiable.builder.document.source import Node, Problem
from amiable.core.errors import InvalidInput

_FLAGS = {"true": True, "false": False, "yes": True, "no": False}  # as YAML 1.1 has them


def check_inputs(module: Module, step: Node, inputs: Node | None) -> list[Problem]:
    """The problems of a step's inputs."""
    required = [row.name for row in module.inputs if row.required]
    if inputs is None or inputs.value is None:
        if not required:
            return []
        return [Problem(step.line, step.column, f"{module.name} needs inputs: {', '.join(required)}")]
    if not module.listed:
        return _check_one(module, inputs)
    if module.name == "ExecuteDocument" and isinstance(inputs.value, dict):
        return _check_one(module, inputs)
    if not isinstance(inputs.value, list) or not inputs.value:
        return [Problem(inputs.line, inputs.column, f"{module.name} takes a list of inputs")]
    return [problem for item in inputs.value for problem in _check_one(module, item)]


def _check_one(module: Module, node: Node) -> list[Problem]:
    if not isinstance(node.value, dict):
        return [Problem(node.line, node.column, f"inputs of {module.name} must be a mapping")]
    rows = {row.name: row for row in module.inputs}
    problems = []
    for key, place in node.keys.items():
        if key not in rows:
            listed = ", ".join(rows) or "nothing"
            problems.append(Problem(*place, f"{module.name} has no input {key}; it takes: {listed}"))
        elif trouble := _trouble(rows[key], node.value[key].plain()):
            problems.append(Problem(node.value[key].line, node.value[key].column, f"{key} {trouble}"))
    problems += [
        Problem(node.line, node.column, f"{module.name} needs the input {row.name}")
        for row in module.inputs
        if row.required and row.name not in node.value
    ]
    return problems


def _trouble(row: Input, value: Any) -> str | None:
    """What is wrong with a value as it is written; None for one that is right or an expression."""
    if isinstance(value, str) and PATTERN.search(value) and row.kind not in ("texts", "pairs"):
        return None
    try:
        _converted(row, value)
    except InvalidInput as wrong:
        return str(wrong)
    return None


def settled(module: Module, given: Mapping[str, Any], directory: str) -> dict[str, Any]:
    """The inputs of one call with defaults, each of its kind; paths are whole ones. Raises InvalidInput."""
    found = {}
    for row in module.inputs:
        value = given.get(row.name)
        if value is None:
            found[row.name] = row.default
            continue
        try:
            found[row.name] = _converted(row, value)
        except InvalidInput as wrong:
            raise InvalidInput(f"{module.name}: {row.name} {wrong}") from wrong
        if row.kind == "path":
            found[row.name] = posixpath.join(directory, str(found[row.name]))
    return found


def _converted(row: Input, value: Any) -> Any:
    if row.kind == "texts":
        return _texts(value)
    if row.kind == "pairs":
        return _pairs(value)
    if isinstance(value, list | dict) or value is None:
        raise InvalidInput("must be a single value")
    if row.kind == "number":
        if not re.fullmatch(r"\d{1,9}", value):
            raise InvalidInput("must be a whole number")
        return int(value)
    if row.kind == "flag":
        if value.lower() not in _FLAGS:
            raise InvalidInput("must be true or false")
        return _FLAGS[value.lower()]
    if row.kind == "path" and not value:
        raise InvalidInput("must not be empty")
    if not row.choices:
        return value
    chosen = next((one for one in row.choices if one.lower() == value.lower()), None)
    if chosen is None:
        raise InvalidInput(f"must be one of: {', '.join(row.choices)}")
    return chosen


def _texts(value: Any) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise InvalidInput("must be a list of texts")
    return list(value)


def _pairs(value: Any) -> list[dict[str, str]]:
    if not isinstance(value, list) or any(
        not isinstance(item, dict) or set(item) != {"name", "value"} for item in value
    ):
        raise InvalidInput("must be a list of name and value")
    return [dict(item) for item in value]
