"""Which service and operation a request is for.

Every service shares one root endpoint. The service is told by, in this order:

1. the credential scope of the signature (Authorization header, or X-Amz-Credential in the query); of several
   services that sign by one name, X-Amz-Target tells which,
2. X-Amz-Target, 3. Version and Action, 4. the first label of Host (`ec2.us-east-1.amazonaws.com`).

The operation, by protocol: Action and Version (ec2, query), X-Amz-Target (json), method and path (rest-json).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import unquote

from botocore.model import OperationModel

from amiable.protocol import faults, models
from amiable.protocol.faults import Fault
from amiable.protocol.message import MOST_PARAMETERS, Request, normal_path

# Bounded, so that a hostile header costs no more than its length.
_SCOPE = re.compile(r"Credential=(?:[^/,\s]{1,128}/){3}([^/,\s]{1,128})/")


@dataclass(frozen=True)
class Route:
    """Where a request goes. `labels` are the decoded parts of a REST path, by wire name."""

    service: str
    operation: OperationModel
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The operation's name, as in the model: `DescribeImages`."""
        return str(self.operation.name)

    @property
    def protocol(self) -> str:
        """ec2, query, json or rest-json."""
        return models.protocol_of(self.service)

    @property
    def unsigned(self) -> bool:
        """Whether the operation takes no signature at all (STS's AssumeRoleWithWebIdentity)."""
        return bool(self.operation.auth_type == "none")

    @property
    def unsigned_payload(self) -> bool:
        """Whether the body may be left out of the signature (EBS direct's PutSnapshotBlock)."""
        return bool(self.operation.auth_type == "v4-unsigned-body")


def service_of(request: Request) -> str | None:
    """The service that the request is for, or None. Raises nothing: faults, too, are rendered by it."""
    scope = _scope_service(request)
    target = _targets().get((request.header("x-amz-target") or "").rpartition(".")[0])
    if scope is not None:
        named = models.signing_names().get(scope, ())
        return target if target in named else next(iter(named), None)
    if target is not None:
        return target
    version = _parameter(request, "Version")
    if version in _versions():
        return _versions()[version]
    label = (request.header("host") or "").partition(".")[0]
    return next(iter(models.signing_names().get(label, ())), None)


def route(request: Request) -> Route:
    """The service and operation of a request.

    Raises Fault: InvalidAction, UnknownOperationException, NoSuchVersion, MissingAction, MissingParameter,
    MalformedQueryString for a request with more than `message.MOST_PARAMETERS`.
    """
    service = service_of(request)
    protocol = models.protocol_of(service)
    if request.crowded(form=protocol in ("ec2", "query")):
        raise faults.malformed(protocol, f"The request has more than {MOST_PARAMETERS} parameters.")
    if service is None:
        scope = _scope_service(request)
        named = f"the service {scope[:100]}" if scope else "a service that it can tell from this request"
        served = ", ".join(sorted(models.SERVICES))
        raise Fault("InvalidAction", f"This endpoint does not serve {named}. It serves: {served}.")
    match protocol:
        case "ec2" | "query":
            return _by_action(service, request)
        case "json":
            return _by_target(service, request)
        case _:
            return _by_path(service, request)


def _by_action(service: str, request: Request) -> Route:
    protocol = models.protocol_of(service)
    action, version = _parameter(request, "Action"), _parameter(request, "Version")
    if not action:
        raise Fault("MissingAction", "The request is missing an action.")
    if not version:
        raise faults.missing_parameter("Version")
    if version != models.service_model(service).api_version:
        raise faults.no_such_version(protocol, version)
    if action not in models.operation_names(service):
        raise faults.invalid_action(protocol, action, version)
    return Route(service, models.operation_model(service, action))


def _by_target(service: str, request: Request) -> Route:
    target = request.header("x-amz-target") or ""
    prefix, _, name = target.rpartition(".")
    if _targets().get(prefix) != service or name not in models.operation_names(service):
        raise faults.invalid_action("json", target or "without X-Amz-Target", "")
    return Route(service, models.operation_model(service, name))


def _by_path(service: str, request: Request) -> Route:
    segments = normal_path(request.path).strip("/").split("/")
    for name, template in _templates(service).get((request.method, len(segments)), ()):
        labels = _match(template, segments)
        if labels is not None:
            return Route(service, models.operation_model(service, name), labels)
    raise faults.invalid_action("rest-json", f"{request.method} {request.path}", "")


def _match(template: list[str], segments: list[str]) -> dict[str, str] | None:
    labels = {}
    for wanted, given in zip(template, segments, strict=True):
        if wanted.startswith("{"):
            labels[wanted[1:-1]] = unquote(given, errors="surrogateescape")
        elif wanted != given:
            return None
    return labels


@cache
def _templates(service: str) -> dict[tuple[str, int], list[tuple[str, list[str]]]]:
    """(method, number of segments) to (operation, segments); the ones with most words first."""
    table: dict[tuple[str, int], list[tuple[str, list[str]]]] = {}
    for name in models.operation_names(service):
        http = models.operation_model(service, name).http
        segments = http["requestUri"].strip("/").split("/")
        table.setdefault((http["method"], len(segments)), []).append((name, segments))
    for rows in table.values():
        rows.sort(key=lambda row: (sum(word.startswith("{") for word in row[1]), row[0]))
    return table


@cache
def _targets() -> dict[str, str]:
    """X-Amz-Target prefix to service."""
    prefixes = {name: models.service_model(name).metadata.get("targetPrefix") for name in models.SERVICES}
    return {prefix: name for name, prefix in prefixes.items() if prefix}


@cache
def _versions() -> dict[str, str]:
    """API version to service, for the services that send one."""
    spoken = [name for name in models.SERVICES if models.protocol_of(name) in ("ec2", "query")]
    return {str(models.service_model(name).api_version): name for name in spoken}


def _parameter(request: Request, name: str) -> str:
    for key, value in request.query_pairs:
        if key == name:
            return value
    for key, value in request.form_pairs:
        if key == name:
            return value
    return ""


def _scope_service(request: Request) -> str | None:
    found = _SCOPE.search(request.header("authorization") or "")
    if found:
        return found.group(1)
    for key, value in request.query_pairs:
        if key == "X-Amz-Credential":
            parts = value.split("/")
            return parts[3] if len(parts) == 5 else None
    return None
