"""A Fault is an error in the words of AWS: code, message, HTTP status.

Raised on this floor for what is wrong with bytes and signatures, and on the `api` floor for everything
else. How it is spelled on the wire is `render_fault`'s matter; what refused signatures are called,
`auth_faults`'.

Sources: EC2 API Reference, "Error codes for the Amazon EC2 API" and "Common error types".
"""

from collections.abc import Mapping
from typing import Any

# Codes whose HTTP status is not 400. Modelled errors (ResourceNotFoundException, …) bring theirs.
STATUS = {
    "AuthFailure": 401,
    "DryRunOperation": 412,
    "UnauthorizedOperation": 403,
    "OptInRequired": 403,
    "SignatureDoesNotMatch": 403,
    "InvalidSignatureException": 403,
    "InvalidClientTokenId": 403,
    "MissingAuthenticationToken": 403,
    "MissingAuthenticationTokenException": 403,
    "UnrecognizedClientException": 403,
    "ExpiredToken": 403,
    "ExpiredTokenException": 403,
    "AccessDenied": 403,
    "AccessDeniedException": 403,
    "InternalError": 500,
    "InternalFailure": 500,
    "Unavailable": 503,
    "ServiceUnavailable": 503,
    "InsufficientInstanceCapacity": 500,
    "RequestLimitExceeded": 503,
    "RequestEntityTooLarge": 413,
}


class Fault(Exception):
    """An answer that is an error.

    `status` None means: what the service's model says of the code, else `STATUS`, else 400.
    `members` are further members of a modelled error, such as EBS direct's `Reason` (JSON services only).
    """

    def __init__(
        self, code: str, message: str, status: int | None = None, members: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.members = dict(members or {})

    def __repr__(self) -> str:
        return f"Fault({self.code!r}, {self.message!r}, {self.status!r})"


def invalid_action(protocol: str, name: str, version: str) -> Fault:
    """There is no such operation in the service's model."""
    name = name[:100]
    if protocol == "ec2":
        return Fault("InvalidAction", f"The action {name} is not valid for this web service.")
    if protocol == "query":
        return Fault("InvalidAction", f"Could not find operation {name} for version {version}")
    return Fault("UnknownOperationException", f"There is no operation {name}.", 404)


def no_such_version(protocol: str, version: str) -> Fault:
    """The API version is not the one that is spoken here."""
    version = version[:100]
    if protocol == "ec2":
        return Fault(
            "NoSuchVersion", f"The requested version ({version}) of service AmazonEC2 does not exist"
        )
    return Fault("NoSuchVersion", f"The requested version ( {version} ) is not valid.")


def unsupported_operation(name: str, *, invalid_request: bool = False) -> Fault:
    """AWS has this operation, amiable has not built it.

    `invalid_request`: the service has InvalidRequestException (Image Builder), which its clients know: the
    request cannot be carried out, and asking again will not help.
    """
    code = "InvalidRequestException" if invalid_request else "UnsupportedOperation"
    return Fault(code, f"The operation {name} is not supported by this server.")


def unknown_parameter(protocol: str, path: str) -> Fault:
    """The request carries a parameter that the operation does not have."""
    if protocol in ("ec2", "query"):
        return Fault("UnknownParameter", f"The parameter {path} is not recognized")
    return Fault("ValidationException", f"The parameter {path} is not recognized")


def missing_parameter(path: str) -> Fault:
    """A required parameter is absent (EC2)."""
    return Fault("MissingParameter", f"The request must contain the parameter {path}")


def invalid_value(protocol: str, path: str, value: object, expected: str) -> Fault:
    """A value is not of its type. `expected` completes the message: "Must be an integer."

    JSON services call a wrong type SerializationException, before any validation.
    """
    shown = str(value)
    shown = shown if len(shown) <= 100 else shown[:100] + "…"
    message = f"Value ({shown}) for parameter {path} is invalid. {expected}"
    if protocol in ("ec2", "query"):
        return Fault("InvalidParameterValue", message)
    return Fault("SerializationException", message)


def malformed(protocol: str, message: str) -> Fault:
    """The request cannot be read at all."""
    if protocol in ("ec2", "query"):
        return Fault("MalformedQueryString", message)
    return Fault("SerializationException", message)
