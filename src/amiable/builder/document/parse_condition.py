"""Conditions of a document: from nodes to `Condition`, with every problem noted."""

from amiable.builder.document import condition as conditions
from amiable.builder.document.condition import Comparison, Condition, Logical
from amiable.builder.document.reader import Reader
from amiable.builder.document.source import Node, Problem

MOST_PARTS = 10
KNOWN = (*conditions.OPERATORS, *conditions.LOGICAL)


def condition(
    reader: Reader, node: Node, what: str, beside: tuple[str, ...], depth: int = 1
) -> Condition | None:
    """One comparison or logical operator; `beside` may stand in the same mapping."""
    if depth > conditions.MOST_DEPTH:
        reader.wrong(node, f"conditions go at most {conditions.MOST_DEPTH} deep")
        return None
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
        return _logical(reader, node, operator, depth)
    return _comparison(reader, node, operator)


def _logical(reader: Reader, node: Node, operator: str, depth: int) -> Condition | None:
    inner = node.value[operator]
    if operator == "not":
        nodes = [inner]
    else:
        nodes = reader.items(inner, operator)
        if len(nodes) > MOST_PARTS:
            reader.wrong(inner, f"{operator} takes at most {MOST_PARTS} conditions")
    parts = [condition(reader, part, operator, (), depth + 1) for part in nodes]
    return Logical(operator, tuple(part for part in parts if part))


def _comparison(reader: Reader, node: Node, operator: str) -> Condition | None:
    right = reader.text(node.value[operator], operator)
    member = "path" if operator in conditions.CHECKSUMS else "value"
    two = operator in conditions.VALUES or operator in conditions.CHECKSUMS
    left = reader.text(node.value.get(member), member)
    if two and member not in node.value:
        reader.wrong(node, f"{operator} needs {member}")
    for text in node.texts():
        reader.expressions(text)
    return None if right is None else Comparison(operator, right, left if two else None)
