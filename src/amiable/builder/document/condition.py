"""Conditions: comparisons, and `and`, `or`, `not` of them.

    stringEquals: 'b'      The operator's value is the right-hand side, `value` the left:
    value: 'a'             is `value` equal to, less than, … the operator's value?

What only the guest knows (binaryExists, fileExists, checksums) is asked of it, and only when it decides:
`and` ends at the first false, `or` at the first true. Comparisons of strings are case-sensitive: AWS's page
says that they are not, its examples rely on it that they are. A comparison with what is no number is false.
"""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import re2


class Facts(Protocol):
    """What a guest is asked. Paths are absolute; a checksum is None where there is no such file."""

    def binary_exists(self, name: str) -> bool: ...

    def file_exists(self, path: str) -> bool: ...

    def folder_exists(self, path: str) -> bool: ...

    def checksum(self, algorithm: str, path: str) -> str | None: ...


@dataclass(frozen=True)
class Comparison:
    """One operator. `right` is what stands at the operator, `left` at `value` or `path`."""

    operator: str
    right: str
    left: str | None = None


@dataclass(frozen=True)
class Logical:
    """`and`, `or`, `not`."""

    operator: str
    parts: tuple["Condition", ...]


Condition = Comparison | Logical
LOGICAL = ("and", "or", "not")


class NotComparable(Exception):
    """What a comparison says cannot be compared with: a pattern that is none."""


_RE2 = re2.Options()
_RE2.log_errors = False
_MISSING = float("nan")
"""Of what is no number: every comparison with it is false."""


def number(text: str) -> float:
    """The number that a text is, or one that is neither equal to, nor less nor greater than any."""
    try:
        return float(text)
    except ValueError:
        return _MISSING


def pattern(text: str) -> Any:
    """The regular expression of RE2 that a text is. Raises NotComparable."""
    try:
        return re2.compile(text, _RE2)
    except re2.error as wrong:
        reason = str(wrong.args[0], "utf-8", "replace") if isinstance(wrong.args[0], bytes) else wrong
        raise NotComparable(f"'{text}' is not a regular expression of RE2: {reason}") from wrong


VALUES: dict[str, Callable[[str, str], bool]] = {
    "stringEquals": lambda left, right: left == right,
    "stringLessThan": lambda left, right: left < right,
    "stringLessThanEquals": lambda left, right: left <= right,
    "stringGreaterThan": lambda left, right: left > right,
    "stringGreaterThanEquals": lambda left, right: left >= right,
    "patternMatches": lambda left, right: pattern(right).search(left) is not None,
    "numberEquals": lambda left, right: number(left) == number(right),
    "numberLessThan": lambda left, right: number(left) < number(right),
    "numberLessThanEquals": lambda left, right: number(left) <= number(right),
    "numberGreaterThan": lambda left, right: number(left) > number(right),
    "numberGreaterThanEquals": lambda left, right: number(left) >= number(right),
}
"""Operators of two values: (left, right) → truth."""

ALONE: dict[str, Callable[[str], bool]] = {
    "stringIsEmpty": lambda text: text == "",
    "stringIsWhitespace": lambda text: text.strip() == "" and text != "",
}
"""Operators of one value."""

ASKED: dict[str, Callable[[Facts, str], bool]] = {
    "binaryExists": lambda facts, name: facts.binary_exists(name),
    "fileExists": lambda facts, path: facts.file_exists(path),
    "folderExists": lambda facts, path: facts.folder_exists(path),
}
"""Operators of one value that the guest answers."""

CHECKSUMS = {
    "fileMD5Equals": "md5",
    "fileSHA1Equals": "sha1",
    "fileSHA256Equals": "sha256",
    "fileSHA512Equals": "sha512",
}
"""Operators that compare the checksum of the file at `path`."""

OPERATORS = (*VALUES, *ALONE, *ASKED, *CHECKSUMS)


def holds(condition: Condition, fill: Callable[[str], str], facts: Facts) -> bool:
    """Whether it is true, with expressions resolved by `fill`. Raises NotComparable."""
    if isinstance(condition, Logical):
        answers = (holds(part, fill, facts) for part in condition.parts)
        if condition.operator == "not":
            return not next(answers)
        return all(answers) if condition.operator == "and" else any(answers)
    operator, right = condition.operator, fill(condition.right)
    if operator in ALONE:
        return ALONE[operator](right)
    if operator in ASKED:
        return ASKED[operator](facts, right)
    left = fill(condition.left or "")
    if operator in CHECKSUMS:
        known = facts.checksum(CHECKSUMS[operator], left)
        return known is not None and hmac.compare_digest(known.lower(), right.lower())
    return VALUES[operator](left, right)


def texts(condition: Condition) -> list[str]:
    """Every text in it."""
    if isinstance(condition, Logical):
        return [text for part in condition.parts for text in texts(part)]
    return [condition.right, *([condition.left] if condition.left is not None else [])]


def plain(condition: Condition) -> Any:
    """As the document writes it."""
    if isinstance(condition, Logical):
        parts = [plain(part) for part in condition.parts]
        return {condition.operator: parts[0] if condition.operator == "not" else parts}
    shape: dict[str, str] = {condition.operator: condition.right}
    if condition.left is not None:
        shape["path" if condition.operator in CHECKSUMS else "value"] = condition.left
    return shape
