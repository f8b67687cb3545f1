"""YAML with places: every value knows the line and column that it came from.

Only what a document needs is read: strings, numbers, booleans, lists and mappings with text keys. Aliases
may repeat a part, but not grow a document beyond `MOST_NODES` (a document is untrusted text).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from amiable.core.errors import InvalidInput

MOST_CHARACTERS = 64_000
MOST_NODES = 20_000
MOST_DEPTH = 40
_TAG = "tag:yaml.org,2002:"
_NO_TEXT = re.compile("[\0\ud800-\udfff]")
"""What escapes such as "\\0" and "\\ud800" make, and neither a shell, UTF-8 nor a database takes."""


@dataclass(frozen=True, order=True)
class Problem:
    """What is wrong, and where: line and column count from 1."""

    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}: {self.message}"


class Invalid(InvalidInput):
    """A document that cannot be run. `problems` in the order of the text."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems

    def told(self, file: object) -> str:
        """A line a problem, as compilers write it: `file:line:column: sentence`."""
        return "\n".join(f"{file}:{one.line}:{one.column}: {one.message}" for one in self.problems)


@dataclass(frozen=True)
class Node:
    """A value and its place. `value` is a scalar, a list of nodes, or a dict of nodes by key.

    `written` is a scalar's text as it stands: permissions of 0600 are not the number 384.
    """

    value: Any
    line: int
    column: int
    written: str | None = None
    keys: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Where each key of a mapping stands."""

    def plain(self) -> Any:
        """The value without places: texts as written (None for null), in lists and dicts."""
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        return None if self.value is None else self.written

    def typed(self) -> Any:
        """The value without places, scalars as YAML reads them."""
        if isinstance(self.value, list):
            return [node.typed() for node in self.value]
        if isinstance(self.value, dict):
            return {key: node.typed() for key, node in self.value.items()}
        return self.value

    def texts(self) -> Iterator["Node"]:
        """Every string in it, in the order of the text."""
        if isinstance(self.value, str):
            yield self
        elif isinstance(self.value, list | dict):
            for node in self.value.values() if isinstance(self.value, dict) else self.value:
                yield from node.texts()


def read(text: str) -> Node:
    """The value of a YAML text. Raises Invalid."""
    if len(text) > MOST_CHARACTERS:
        raise Invalid([Problem(1, 1, f"the document is longer than {MOST_CHARACTERS:,} characters")])
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as wrong:
        mark = wrong.problem_mark or wrong.context_mark
        place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise Invalid([Problem(*place, f"this is not YAML: {wrong.problem or wrong.context}")]) from wrong
    except yaml.reader.ReaderError as wrong:
        before = text[: wrong.position]
        place = before.count("\n") + 1, len(before) - before.rfind("\n")
        what = f"the character U+{wrong.character:04X} has no place in it"
        raise Invalid([Problem(*place, f"this is not YAML: {what}")]) from wrong
    except RecursionError as wrong:
        raise Invalid([Problem(1, 1, "the document is nested too deep")]) from wrong
    if root is None:
        raise Invalid([Problem(1, 1, "the document is empty")])
    return _Converter().node(root, 0)


class _Converter:
    """From PyYAML's nodes to ours, counting them."""

    def __init__(self) -> None:
        self._count = 0
        self._scalars = yaml.constructor.SafeConstructor()

    def node(self, given: yaml.Node, depth: int) -> Node:
        line, column = given.start_mark.line + 1, given.start_mark.column + 1
        self._count += 1
        if self._count > MOST_NODES or depth > MOST_DEPTH:
            raise Invalid([Problem(line, column, "the document is too large or nested too deep")])
        if isinstance(given, yaml.CollectionNode) and given.tag not in (f"{_TAG}map", f"{_TAG}seq"):
            raise _no_place(given, line, column)
        if isinstance(given, yaml.SequenceNode):
            return Node([self.node(item, depth + 1) for item in given.value], line, column)
        if isinstance(given, yaml.MappingNode):
            return self._mapping(given, line, column, depth)
        return Node(self._scalar(given, line, column), line, column, written=given.value)

    def _mapping(self, given: yaml.MappingNode, line: int, column: int, depth: int) -> Node:
        values: dict[str, Node] = {}
        keys: dict[str, tuple[int, int]] = {}
        for key, value in given.value:
            place = key.start_mark.line + 1, key.start_mark.column + 1
            if isinstance(key, yaml.MappingNode):
                raise Invalid([Problem(*place, 'an expression must stand in quotes: "{{ … }}"')])
            if not isinstance(key, yaml.ScalarNode) or key.value == "<<":
                raise Invalid([Problem(*place, "a key must be a plain text")])
            _check_text(key.value, *place)
            if key.value in values:
                raise Invalid([Problem(*place, f"the key {key.value} stands here twice")])
            values[key.value] = self.node(value, depth + 1)
            keys[key.value] = place
        return Node(values, line, column, keys=keys)

    def _scalar(self, given: yaml.Node, line: int, column: int) -> Any:
        _check_text(given.value, line, column)
        kind = given.tag.removeprefix(_TAG)
        if kind in ("int", "float", "bool", "null"):
            try:
                return self._scalars.construct_object(given)
            except (ValueError, LookupError) as wrong:  # an explicit tag: !!int "", !!bool maybe
                raise Invalid([Problem(line, column, f"'{given.value[:40]}' is not a {kind}")]) from wrong
        if kind in ("str", "timestamp", "value"):
            return given.value  # a date is text: semantic versions look like dates
        raise _no_place(given, line, column)


def _no_place(given: yaml.Node, line: int, column: int) -> Invalid:
    return Invalid([Problem(line, column, f"values of the kind {given.tag} have no place in a document")])


def _check_text(text: str, line: int, column: int) -> None:
    if wrong := _NO_TEXT.search(text):
        raise Invalid([Problem(line, column, f"the character U+{ord(wrong[0]):04X} has no place in a text")])
