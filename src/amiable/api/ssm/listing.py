"""Parameters: list below a path, describe, history.

Filters are ANDed, the values of one ORed; unlike EC2's they know no wildcards but options: Equals,
BeginsWith, Contains, and Recursive or OneLevel for a path.
"""

from collections.abc import Callable, Iterator, Sequence

from sqlalchemy import ColumnElement, String, and_, cast, exists, false, not_, or_, select

from amiable.api.call import Call
from amiable.api.owned import answer
from amiable.api.paging import page, page_of
from amiable.api.parameters import (
    PUBLIC,
    found_of,
    public_images,
    public_parameters,
    versions_of,
)
from amiable.api.ssm.parameters import own_parameter
from amiable.api.ssm.rules import failed
from amiable.api.ssm.shapes import KEY, history_shape, metadata_shape, parameter_shape
from amiable.api.table import Shape, operation
from amiable.model.image import Image
from amiable.model.matching import matches
from amiable.model.parameter import Parameter, ParameterVersion
from amiable.protocol.faults import Fault

Condition = ColumnElement[bool]

_mine = and_(
    ParameterVersion.account_id == Parameter.account_id,
    ParameterVersion.region == Parameter.region,
    ParameterVersion.name == Parameter.name,
)


def _literal(text: str) -> str:
    """The text as a pattern that means itself."""
    return "".join("\\" + letter if letter in "*?\\" else letter for letter in text)


def _text(column: object) -> Callable[[str, str], Condition]:
    shapes = {"Equals": "{}", "BeginsWith": "{}*", "Contains": "*{}*"}
    return lambda option, value: matches(column, shapes[option].format(_literal(value)))


def below(path: str, recursive: bool) -> Condition:
    """The parameters below a path, on its next level only or on all."""
    start = _literal(path.rstrip("/")) + "/"
    condition = matches(Parameter.name, start + "*")
    return condition if recursive else and_(condition, not_(matches(Parameter.name, start + "*/*")))


def _path(option: str, value: str) -> Condition:
    if not value.startswith("/"):
        raise Fault("InvalidFilterValue", "The value of a Path filter must begin with a slash.")
    return below(value, option == "Recursive")


def _key(option: str, value: str) -> Condition:
    if option == "BeginsWith":
        return Parameter.type == "SecureString" if KEY.startswith(value) else false()
    return Parameter.type == "SecureString" if value == KEY else false()


def _label(option: str, value: str) -> Condition:
    # as JSON, and quoted: a label has no quotes, so that none is found inside another
    quoted = matches(cast(ParameterVersion.labels, String), f'*"{_literal(value)}"*')
    return exists(select(ParameterVersion.number).where(_mine, quoted))


FILTERS: dict[str, tuple[Callable[[str, str], Condition], str, tuple[str, ...]]] = {
    "Name": (_text(Parameter.name), "Equals", ("Equals", "BeginsWith", "Contains")),
    "Type": (_text(Parameter.type), "Equals", ("Equals", "BeginsWith")),
    "KeyId": (_key, "Equals", ("Equals", "BeginsWith")),
    "Path": (_path, "OneLevel", ("Recursive", "OneLevel")),
    "Label": (_label, "Equals", ("Equals",)),
    "Tier": (_text(Parameter.tier), "Equals", ("Equals", "BeginsWith")),
    "DataType": (_text(Parameter.data_type), "Equals", ("Equals", "BeginsWith")),
}
"""Key → (condition of an option and a value, the option when none is given, the options)."""


def _conditions(request: Shape, allowed: Sequence[str]) -> Iterator[Condition]:
    old = [
        {**one, "Option": "BeginsWith" if one["Key"] == "Name" else "Equals"}
        for one in request.get("Filters") or ()
    ]
    for given in [*(request.get("ParameterFilters") or ()), *old]:
        key, values = given["Key"], given.get("Values") or []
        if key.startswith("tag:") and "tag:" in allowed:
            value = Parameter.tags[key.removeprefix("tag:")].as_string()
            yield or_(*(value == one for one in values)) if values else value.is_not(None)
            continue
        if key not in FILTERS or key not in allowed:
            raise Fault("InvalidFilterKey", f"The filter key {key} is not valid here.")
        condition, usual, options = FILTERS[key]
        option = given.get("Option") or usual
        if option not in options:
            raise Fault("InvalidFilterOption", f"The filter option {option} is not valid for {key}.")
        if not values:
            raise Fault("InvalidFilterValue", f"The filter {key} needs a value.")
        yield or_(*(condition(option, value) for value in values))


def _own(call: Call) -> Condition:
    return and_(Parameter.account_id == call.account_id, Parameter.region == call.region)


def _latest(call: Call, rows: Sequence[Parameter]) -> dict[str, ParameterVersion]:
    """The current versions of parameters, by name."""
    versions = call.session.scalars(
        select(ParameterVersion)
        .join(Parameter, and_(_mine, ParameterVersion.number == Parameter.version))
        .where(_own(call), Parameter.name.in_([row.name for row in rows]))
    )
    return {version.name: version for version in versions}


@operation("ssm", "GetParametersByPath")
def get_parameters_by_path(call: Call, request: Shape) -> Shape:
    """The parameters below a path with their values; below /aws/service, the public ones."""
    path, recursive = request["Path"], bool(request.get("Recursive"))
    if not path.startswith("/"):
        raise failed(
            "The parameter doesn't meet the parameter name requirements: a path begins with a slash."
        )
    if path.strip("/") and not _plain(path):
        raise failed("The path may have letters, numbers and .-_/ only.")
    decrypt = bool(request.get("WithDecryption"))
    limited = {"MaxResults": 10, **{name: value for name, value in request.items() if value is not None}}
    if f"{path.rstrip('/')}/".startswith(PUBLIC):
        return _public_below(call, path.rstrip("/") + "/", recursive, limited)
    wanted = list(_conditions(request, ("Type", "KeyId", "Label", "DataType", "Tier")))
    query = select(Parameter).where(_own(call), below(path, recursive), *wanted)
    rows, token = page(call, "GetParametersByPath", query, Parameter.name, limited, smallest=1, largest=10)
    latest = _latest(call, rows)
    shapes = [parameter_shape(call, found_of(row, latest[row.name]), decrypt) for row in rows]
    return answer("Parameters", shapes, token)


def _plain(path: str) -> bool:
    return all(letter.isalnum() or letter in "_.-/" for letter in path)


def _public_below(call: Call, start: str, recursive: bool, request: Shape) -> Shape:
    images = call.session.scalars(
        public_images(call).where(matches(Image.public_parameter_name, _literal(start) + "*"))
    ).unique()
    found = [
        one
        for name, one in public_parameters(images).items()
        if recursive or "/" not in name.removeprefix(start)
    ]
    chosen, token = page_of(
        call, "GetParametersByPath", found, lambda one: one.name, request, smallest=1, largest=10
    )
    return answer("Parameters", [parameter_shape(call, one, False) for one in chosen], token)


@operation("ssm", "DescribeParameters")
def describe_parameters(call: Call, request: Shape) -> Shape:
    """The caller's parameters without their values, by filters."""
    limited = {"MaxResults": 50, **{name: value for name, value in request.items() if value is not None}}
    if request.get("Shared"):
        return {"Parameters": []}  # nothing shares a parameter here
    query = select(Parameter).where(_own(call), *_conditions(request, (*FILTERS, "tag:")))
    rows, token = page(call, "DescribeParameters", query, Parameter.name, limited, smallest=1, largest=50)
    latest = _latest(call, rows)
    return answer("Parameters", [metadata_shape(call, row, latest[row.name]) for row in rows], token)


@operation("ssm", "GetParameterHistory")
def get_parameter_history(call: Call, request: Shape) -> Shape:
    """Every version of a parameter that is kept, oldest first, with labels."""
    parameter = own_parameter(call, request["Name"])
    limited = {"MaxResults": 50, **{name: value for name, value in request.items() if value is not None}}
    versions, token = page_of(
        call,
        "GetParameterHistory",
        list(call.session.scalars(versions_of(parameter))),
        lambda version: f"{version.number:012d}",
        limited,
        smallest=1,
        largest=50,
    )
    decrypt = bool(request.get("WithDecryption"))
    return answer(
        "Parameters", [history_shape(call, parameter, version, decrypt) for version in versions], token
    )
