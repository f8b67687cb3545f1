"""Labels: names for versions of a parameter. One is on one version only, and moves when given to another."""

import re
from collections.abc import Iterable

from amiable.api.call import Call
from amiable.api.parameters import versions_of
from amiable.api.ssm.parameters import own_parameter
from amiable.api.table import Shape, operation
from amiable.model.parameter import Parameter, ParameterVersion
from amiable.protocol.faults import Fault

MAX_LABELS = 10
_LABEL = re.compile(r"(?!aws|ssm)[a-zA-Z_.\-][a-zA-Z0-9_.\-]{0,99}", re.IGNORECASE)


def _version(call: Call, parameter: Parameter, number: int) -> ParameterVersion:
    version = call.session.get(
        ParameterVersion, (parameter.account_id, parameter.region, parameter.name, number)
    )
    if version is None:
        raise Fault(
            "ParameterVersionNotFound",
            f"Systems Manager could not find version {number} of {parameter.name}. "
            "Verify the version and try again.",
        )
    return version


def _sorted(labels: Iterable[str]) -> tuple[list[str], list[str]]:
    """(labels that may be, labels that may not)."""
    given = list(dict.fromkeys(labels))
    good = [label for label in given if _LABEL.fullmatch(label)]
    return good, [label for label in given if label not in good]


@operation("ssm", "LabelParameterVersion")
def label_parameter_version(call: Call, request: Shape) -> Shape:
    """Put labels on a version of a parameter; they leave the versions that had them."""
    parameter = own_parameter(call, request["Name"], lock=True)
    version = _version(call, parameter, request.get("ParameterVersion") or parameter.version)
    good, bad = _sorted(request["Labels"])
    wanted = list(dict.fromkeys([*version.labels, *good]))
    if len(wanted) > MAX_LABELS:
        raise Fault(
            "ParameterVersionLabelLimitExceeded",
            f"A parameter version can have a maximum of {MAX_LABELS} labels.",
        )
    for other in call.session.scalars(versions_of(parameter)):
        if set(other.labels) & set(good):
            other.labels = [label for label in other.labels if label not in good]
    version.labels = wanted
    call.session.flush()
    return {"InvalidLabels": bad, "ParameterVersion": version.number}


@operation("ssm", "UnlabelParameterVersion")
def unlabel_parameter_version(call: Call, request: Shape) -> Shape:
    """Take labels off a version of a parameter."""
    parameter = own_parameter(call, request["Name"], lock=True)
    version = _version(call, parameter, request["ParameterVersion"])
    asked = list(dict.fromkeys(request["Labels"]))
    removed = [label for label in asked if label in version.labels]
    version.labels = [label for label in version.labels if label not in removed]
    call.session.flush()
    return {"RemovedLabels": removed, "InvalidLabels": [label for label in asked if label not in removed]}
