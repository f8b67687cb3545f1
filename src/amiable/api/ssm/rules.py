"""What a parameter may be: its name and place in the hierarchy, its tier, its value.

Limits and messages: Systems Manager User Guide, "Parameter Store"; API Reference, PutParameter.
"""

import re
import sys

from amiable.api.call import Call
from amiable.api.image_access import visible_image
from amiable.api.parameters import IMAGE
from amiable.core import proc
from amiable.core.errors import ProgramFailed
from amiable.protocol.faults import Fault

NAME = re.compile(r"[a-zA-Z0-9_.\-/]+")
MAX_LEVELS = 15
MAX_NAME = 1011
BYTES = {"Standard": 4096, "Advanced": 8192}
DATA_TYPES = ("text", IMAGE)
PATTERN_SECONDS = 2.0

# A tenant's pattern may take for ever on a tenant's value: it is tried in a process that can be ended.
_TRY = (
    "import re, sys\n"
    "pattern, _, value = sys.stdin.read().partition('\\0')\n"
    "try:\n"
    "    sys.exit(0 if re.search(pattern, value) else 3)\n"
    "except (re.error, RecursionError, OverflowError):\n"
    "    sys.exit(4)\n"
)


def failed(message: str) -> Fault:
    """ValidationException."""
    return Fault("ValidationException", message)


def check_name(name: str) -> None:
    """Raise the faults of a new parameter's name."""
    if not NAME.fullmatch(name) or len(name) > MAX_NAME:
        raise failed(
            'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can '
            "consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, "
            "numbers and the following 3 symbols .-_"
        )
    if "/" in name and not name.startswith("/"):
        raise failed("Parameter name must be a fully qualified name.")
    if name.endswith("/") or "//" in name:
        raise failed("Parameter name must not contain empty levels.")
    levels = name.strip("/").split("/")
    if levels[0].lower().startswith("aws"):
        raise Fault("AccessDeniedException", f"No access to reserved parameter name: {name}.")
    if levels[0].lower().startswith("ssm"):
        raise failed('Parameter name: can\'t be prefixed with "ssm" (case-insensitive).')
    if len(levels) > MAX_LEVELS:
        raise Fault(
            "HierarchyLevelLimitExceededException",
            f"A parameter hierarchy can have a maximum of {MAX_LEVELS} levels.",
        )


def tier_of(asked: str | None, value: str, present: str | None) -> str:
    """The tier of a value: what is asked for, what it has, or what it needs. Raises ValidationException."""
    size = len(value.encode())
    if not value:
        raise failed("Parameter value can't be empty.")
    tier = asked or present or "Standard"
    if tier == "Intelligent-Tiering":
        tier = "Advanced" if size > BYTES["Standard"] or present == "Advanced" else "Standard"
    if present == "Advanced" and tier == "Standard":
        raise failed(
            "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the "
            "advanced-parameter tier to the standard-parameter tier."
        )
    if size > BYTES[tier]:
        raise failed(f"{tier} tier parameters support a maximum parameter value of {BYTES[tier]} characters.")
    return tier


def check_pattern(pattern: str | None, value: str) -> None:
    """Raise InvalidAllowedPatternException and ParameterPatternMismatchException."""
    if not pattern:
        return
    try:
        tried = proc.run(
            [sys.executable, "-I", "-S", "-c", _TRY],
            input=f"{pattern}\0{value}".encode(),
            timeout=PATTERN_SECONDS,
            check=False,
        )
    except ProgramFailed as late:
        raise Fault(
            "InvalidAllowedPatternException", f"The pattern takes too long to match: {pattern}"
        ) from late
    if tried.status == 3:
        raise Fault(
            "ParameterPatternMismatchException", f"Parameter value, cannot be validated against {pattern}"
        )
    if tried.status != 0:
        raise Fault("InvalidAllowedPatternException", f"The pattern is not a regular expression: {pattern}")


def check_data(call: Call, kind: str, data_type: str, value: str) -> str | None:
    """The image id of an alias, which must be an image that the caller may launch; None for text."""
    if data_type not in DATA_TYPES:
        raise failed(
            f"The following data type is not supported: {data_type} (Data type names are all lower case.)"
        )
    if data_type != IMAGE:
        return None
    if kind != "String":
        raise failed(f"The data type {IMAGE} is for parameters of type String.")
    try:
        return visible_image(call, value).id
    except Fault as fault:
        raise failed(
            f"The parameter value {value} is not the ID of an AMI that this account can use."
        ) from fault
