"""Conditions of a document: from nodes to `Condition`, with every problem noted."""

import math

from amiable.builder.document import condition as conditions
from amiable.builder.document.condition import Comparison, Condition, Logical, NotComparable
from amiable.builder.document.expression import PATTERN
from amiable.builder.document.reader import Reader
from amiable.builder.document.source import Node, Problem

KNOWN = (*conditions.OPERATORS, *conditions.LOGICAL)


def condition(reader: Reader, node: Node, what: str, beside: tuple[str, ...] = ()) -> Condition | None:
    """One comparison or logical operator; `beside` may stand in the same mapping."""
    if not isinstance(node.value, dict):
        reader.wrong(node, f"{what} must be a mapping with one operator")
        return None
    operators = [key for key in node.value if key in KNOWN]
    for key, place in node.keys.items():
        if key not in (*KNOWN, *beside, "value", "path"):
            listed = ", ".join(KNOWN)
            reader.problems.append(Problem(*place, f"there is no operator {key}; there are: {listed}"))
    if len(operators) != 1:
        if not reader.problems or operators:
            reader.wrong(node, f"{what} needs one operator, not {len(operators)}")
        return None
    (operator,) = operators
    if operator in conditions.LOGICAL:
        return _logical(reader, node, operator)
    return _comparison(reader, node, operator)


def only(node: Node) -> Node:
    """The one condition of a list of one: AWS's pages write those of `if` and `not` with a dash, too."""
    return node.value[0] if isinstance(node.value, list) and len(node.value) == 1 else node


def _logical(reader: Reader, node: Node, operator: str) -> Condition | None:
    inner = node.value[operator]
    if operator == "not":
        nodes = [only(inner)]
    else:
        nodes = reader.items(inner, operator)
    parts = [condition(reader, part, operator) for part in nodes]
    return Logical(operator, tuple(part for part in parts if part))


def _comparison(reader: Reader, node: Node, operator: str) -> Condition | None:
    right = reader.text(node.value[operator], operator)
    member = "path" if operator in conditions.CHECKSUMS else "value"
    two = operator in conditions.VALUES or operator in conditions.CHECKSUMS
    left = reader.text(node.value.get(member), member)
    if two and member not in node.value:
        reader.wrong(node, f"{operator} needs {member}")
    if right is not None and not PATTERN.search(right) and (trouble := _baseline(operator, right)):
        reader.wrong(node.value[operator], trouble)
    for text in node.texts():
        reader.expressions(text)
    return None if right is None else Comparison(operator, right, left if two else None)


def _baseline(operator: str, right: str) -> str | None:
    """What is wrong with the value of an operator, as far as it can be told before the run."""
    if operator == "patternMatches":
        try:
            conditions.pattern(right)
        except NotComparable as wrong:
            return str(wrong)
    elif operator.startswith("number") and math.isnan(conditions.number(right)):
        return f"{operator} compares with a number, not with '{right}'"
    return None
