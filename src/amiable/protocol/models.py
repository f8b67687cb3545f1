"""Service models: botocore's, and our own `amiable` beside them.

A service is served when it is in `SERVICES`; which of its operations are built is the `api` floor's matter.
Models are read when first needed (EC2's takes a third of a second) and kept.
"""

import re
from functools import cache
from pathlib import Path

from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel, Shape

# A folder in the form of botocore's `data`: put it into AWS_DATA_PATH, or into a loader's search paths.
DATA_PATH = str(Path(__file__).parent / "models")

# The services that the endpoint speaks, by the name of their model.
SERVICES = (
    "ec2",
    "sts",
    "iam",
    "autoscaling",
    "ssm",
    "imagebuilder",
    "ebs",
    "rbin",
    "marketplace-entitlement",
    "meteringmarketplace",
    "amiable",
)


@cache
def loader() -> Loader:
    """A botocore loader that also finds the `amiable` service."""
    # Not the default search paths: a model in root's ~/.aws/models must not change what the server speaks.
    return Loader(
        extra_search_paths=[DATA_PATH, Loader.BUILTIN_DATA_PATH], include_default_search_paths=False
    )


@cache
def service_model(service: str) -> ServiceModel:
    """The model of a service in `SERVICES`."""
    return ServiceModel(loader().load_service_model(service, "service-2"), service)


def operation_model(service: str, operation: str) -> OperationModel:
    """The model of an operation. Raises botocore's OperationNotFoundError."""
    return service_model(service).operation_model(operation)


@cache
def operation_names(service: str) -> frozenset[str]:
    """Every operation that the service's model has."""
    return frozenset(service_model(service).operation_names)


def protocol_of(service: str | None) -> str:
    """ec2, query, json or rest-json; query for a service that is not served.

    Of the protocols that a service has (some have CBOR beside JSON), the one that botocore's clients take.
    """
    return str(service_model(service).resolved_protocol) if service in SERVICES else "query"


@cache
def signing_names() -> dict[str, tuple[str, ...]]:
    """From the service name in a credential scope to the names of models: the marketplace's share one."""
    found: dict[str, tuple[str, ...]] = {}
    for service in SERVICES:
        name = service_model(service).signing_name
        found[name] = (*found.get(name, ()), service)
    return found


def shape_key(shape: Shape) -> tuple[str, str]:
    """What two uses of a shape must share to be read and written alike: its name and its wire traits."""
    return shape.name, repr(sorted(shape.serialization.items(), key=repr))


def error_shape(service: str, code: str) -> Shape | None:
    """The modelled error of this code, if there is one."""
    return service_model(service).shape_for_error_code(code)


@cache
def pattern_of(text: str) -> re.Pattern[str] | None:
    """A model's pattern, or None where Python cannot use it.

    Patterns are Java's (`\\p{L}`), and one that repeats a repetition may take exponential time on hostile
    input: such are left to the operation.
    """
    if re.search(r"[+*}]\??\)+[+*{]", text):
        return None
    try:
        return re.compile(text)
    except re.error:
        return None
