"""What an error says to a person: what is wrong, and what to do next."""

import errno

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    PartialCredentialsError,
    ReadTimeoutError,
)

from amiable.core.errors import AmiableError

EXPECTED = (AmiableError, ClientError, BotoCoreError, OSError)

_OTHER_KEYS = 'These credentials are not of this server. Run as root: eval "$(amiable env)"'
_CLOCK = "Compare this machine's clock with the server's."
_NEXT = {
    "AuthFailure": _OTHER_KEYS,
    "InvalidClientTokenId": _OTHER_KEYS,
    "UnrecognizedClientException": _OTHER_KEYS,
    "InvalidAccessKeyId": _OTHER_KEYS,
    "SignatureDoesNotMatch": _OTHER_KEYS,
    "InvalidSignatureException": _OTHER_KEYS,
    "RequestExpired": _CLOCK,
    "RequestTimeTooSkewed": _CLOCK,
    "InvalidAMIID.Malformed": "See: amiable image list",
    "InvalidAMIID.NotFound": "See: amiable image list",
    "InvalidAMIName.Duplicate": "Choose another --name, or: amiable image deregister AMI",
    "InvalidInstanceID.Malformed": "See: amiable instance list",
    "InvalidInstanceID.NotFound": "See: amiable instance list",
    "IncorrectInstanceState": "See: amiable instance list",
    "InvalidKeyPair.NotFound": "Make one: amiable key create NAME --out FILE",
    "InvalidKeyPair.Duplicate": "Choose another name.",
    "Unavailable": "Try again in a moment; the server's log says more.",
    "InternalError": "The server's log says more.",
    "InternalFailure": "The server's log says more.",
}


def sentence(error: Exception) -> str:
    """The sentence for one of the EXPECTED errors."""
    if isinstance(error, ClientError):
        said = error.response.get("Error", {})
        code = said.get("Code", "Unknown")
        return " ".join(
            part for part in (f"{code}: {_stopped(said.get('Message', ''))}", _NEXT.get(code)) if part
        )
    if isinstance(error, EndpointConnectionError):
        return f"No server answers at {error.kwargs['endpoint_url'].rstrip('/')}. Start it: amiable serve"
    if isinstance(error, ReadTimeoutError):
        return f"{error.kwargs['endpoint_url']} does not answer in time. Look at the server's log."
    if isinstance(error, PartialCredentialsError):
        return f'{_stopped(str(error))} Run as root: eval "$(amiable env)"'
    if isinstance(error, OSError):
        return _of_system(error)
    return str(error)


def _of_system(error: OSError) -> str:
    what = f"{error.filename}: {error.strerror}." if error.filename else f"{error.strerror or error}."
    if isinstance(error, PermissionError):
        return f"{what} Run it as root, or with sudo."
    if error.errno == errno.ENOSPC:
        return f"{what} Make room and try again."
    return what


def _stopped(text: str) -> str:
    return text if not text or text.endswith((".", "!", "?")) else text + "."
