"""Values for any botocore shape: a sample that fills every member, and a strategy for hypothesis."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

from botocore.model import Shape
from hypothesis import strategies as st

from amiable.protocol import models

AWKWARD = "é<&>\"' +%/=.;\n\t]]>✓"


def sample(shape: Shape | None) -> dict[str, Any]:
    """A value with every member of the shape, every scalar different from the others."""
    return {} if shape is None else _sample(shape, count(1), ())


def _sample(shape: Shape, numbers: "count[int]", above: tuple[str, ...]) -> Any:
    rules, number = shape.metadata, next(numbers)
    match shape.type_name:
        case "structure":
            members = {n: m for n, m in shape.members.items() if above.count(m.name) < 2}
            if shape.is_tagged_union:
                members = dict(list(members.items())[:1])
            return {n: _sample(m, numbers, (*above, shape.name)) for n, m in members.items()}
        case "list":
            size = 2 if len(above) < 3 else 1
            return [_sample(shape.member, numbers, (*above, shape.name)) for _ in range(size)]
        case "map":
            inside = (*above, shape.name)
            return {_sample(shape.key, numbers, inside): _sample(shape.value, numbers, inside) for _ in "ab"}
        case "boolean":
            return number % 2 == 0
        case "integer" | "long":
            return max(number, rules.get("min", 0)) * (1 if "min" in rules else -1)
        case "float" | "double":
            return number + 0.25
        case "timestamp":
            return datetime(2026, 11, 23, 7, number % 60, number * 7 % 60, _microseconds(shape), UTC)
        case "blob":
            return bytes([number % 256, 0, 255, 10]) * max(1, rules.get("min", 1))
    if "enum" in rules:
        return rules["enum"][number % len(rules["enum"])]
    plain = shape.serialization.get("location") == "header"
    return f"{number} {'plain' if plain else AWKWARD}".ljust(rules.get("min", 0), "x")


def _microseconds(shape: Shape) -> int:
    return 0 if shape.serialization.get("location") == "header" else 123000


def values(shape: Shape, protocol: str, depth: int = 0) -> st.SearchStrategy[Any]:
    """Any value of the shape that the protocol can carry: optional members, long and short lists, any text.

    ec2 and query have no form for an empty structure, ec2 none for an empty list.
    """
    xml = protocol in ("ec2", "query")
    match shape.type_name:
        case "structure":
            members = {n: m for n, m in shape.members.items() if depth < 6 or n in shape.required_members}
            strategies = {n: values(m, protocol, depth + 1) for n, m in members.items()}
            if shape.is_tagged_union:
                return st.one_of([st.fixed_dictionaries({n: s}) for n, s in strategies.items()])
            required = {n: strategies.pop(n) for n in shape.required_members}
            made = st.fixed_dictionaries(required, optional=strategies)
            return made.filter(bool) if xml and depth else made
        case "list":
            least = max(1 if protocol == "ec2" else 0, shape.metadata.get("min", 0))
            return st.lists(values(shape.member, protocol, depth + 1), min_size=least, max_size=least + 2)
        case "map":
            return st.dictionaries(
                values(shape.key, protocol, depth + 1), values(shape.value, protocol, depth + 1), max_size=2
            )
        case "boolean":
            return st.booleans()
        case "integer":
            return st.integers(shape.metadata.get("min", -(2**31)), 2**31 - 1)
        case "long":
            return st.integers(shape.metadata.get("min", -(2**63)), 2**63 - 1)
        case "float" | "double":
            return st.floats(allow_nan=False, allow_infinity=False)
        case "timestamp":
            instants = st.datetimes(datetime(1970, 1, 2), datetime(2200, 1, 1), timezones=st.just(UTC))
            return instants.map(lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000))
        case "blob":
            return st.binary(min_size=1, max_size=20)
    return _texts(shape, xml)


def _texts(shape: Shape, xml: bool) -> st.SearchStrategy[str]:
    if "enum" in shape.metadata:
        return st.sampled_from(shape.metadata["enum"])
    refused = "".join(map(chr, range(0x20))).replace("\t", "").replace("\n", "").replace("\r", "")
    refused = refused + "\ufffe\uffff" if xml else "\0"
    any_letter = st.characters(exclude_categories=["Cs"], exclude_characters=refused)
    if "location" in shape.serialization:
        # A header or a part of a path: some text, no white space at its ends; no `.` and `..` in a path.
        plain = "aZ9/+=" if shape.serialization["location"] == "header" else "abcXYZ019/:-_.%é"
        return st.text(plain, min_size=1).filter(lambda text: text.strip(".") != "")
    least = shape.metadata.get("min", 0)
    return st.text(any_letter, min_size=least, max_size=least + 10)


def operations(*services: str) -> list[tuple[str, str]]:
    """(service, operation) of every operation of these services."""
    return [(service, name) for service in services for name in sorted(models.operation_names(service))]
