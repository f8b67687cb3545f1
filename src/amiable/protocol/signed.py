"""What a request says of its signature, read from the Authorization header or a presigned URL.

Nothing in it is proved before `sigv4.verify` returns; but it names the access key whose secret proves it.

Source: AWS IAM User Guide, "Signature Version 4 elements" and "Query parameters".
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from amiable.protocol import models
from amiable.protocol.auth_faults import auth_fault
from amiable.protocol.faults import Fault
from amiable.protocol.message import Request
from amiable.protocol.route import service_of

ALGORITHM = "AWS4-HMAC-SHA256"
STAMP = "%Y%m%dT%H%M%SZ"
LONGEST_EXPIRY = 604_800  # seconds; a week

_WORD = re.compile(r"[A-Za-z0-9_-]{1,128}")  # access key ids are 16 to 128 word characters
_TOKEN = re.compile(r"[a-z0-9!#$%&'*+.^_`|~-]+")  # RFC 9110, 5.6.2, in lower case
_DIGITS = re.compile(r"[0-9]{1,6}", re.ASCII)


@dataclass(frozen=True)
class Signed:
    """The parts of a signature."""

    access_key: str
    date: str  # of the credential scope, YYYYMMDD
    region: str
    service: str  # the signing name, as in the credential scope
    instant: datetime  # when it was signed, UTC
    signed_headers: tuple[str, ...]
    signature: str
    token: str | None  # session token
    presigned: bool
    expires: int | None  # seconds from instant; presigned only

    @property
    def protocol(self) -> str:
        """The protocol whose error codes answer this request."""
        return models.protocol_of(next(iter(models.signing_names().get(self.service, ())), None))


def parse_credentials(request: Request) -> Signed:
    """Read the Authorization header, or the X-Amz-… parameters of a presigned URL.

    Raises Fault: MissingAuthenticationToken, IncompleteSignature (and their spellings in other protocols).
    """
    service = service_of(request)
    signed = _read(request, models.protocol_of(service))
    if service not in models.signing_names().get(signed.service, ()):
        # What is routed by must be what is proved.
        raise auth_fault(signed.protocol, "mismatch", "Credential should be scoped to correct service.")
    return signed


def _read(request: Request, protocol: str) -> Signed:
    query = dict(request.query_pairs)
    header = request.header("authorization")
    if header is not None:
        return _from_header(protocol, request, header)
    if "X-Amz-Algorithm" in query or "X-Amz-Signature" in query:
        return _from_query(protocol, request, query)
    if "AWSAccessKeyId" in query or any(name == "AWSAccessKeyId" for name, _ in request.form_pairs):
        raise _version_2(protocol)
    raise auth_fault(protocol, "missing")


def _from_header(protocol: str, request: Request, header: str) -> Signed:
    algorithm, _, rest = header.strip().partition(" ")
    if algorithm == "AWS":
        raise _version_2(protocol)
    if algorithm != ALGORITHM:
        raise auth_fault(protocol, "incomplete", f"Authorization must begin with {ALGORITHM}.")
    parts = {}
    for part in rest.split(","):
        name, _, value = part.strip().partition("=")
        if name in parts:
            raise auth_fault(protocol, "incomplete", f"Authorization has '{name[:40]}' twice.")
        parts[name] = value.strip()
    for name in ("Credential", "SignedHeaders", "Signature"):
        if not parts.get(name):
            raise auth_fault(protocol, "incomplete", f"Authorization header requires '{name}' parameter.")
    instant = _instant(request)
    if instant is None:
        raise auth_fault(protocol, "incomplete", "A valid 'X-Amz-Date' or 'Date' header is required.")
    access_key, date, region, service = _scope(protocol, parts["Credential"], instant)
    return Signed(
        access_key=access_key,
        date=date,
        region=region,
        service=service,
        instant=instant,
        signed_headers=_header_names(protocol, parts["SignedHeaders"]),
        signature=parts["Signature"],
        token=request.header("x-amz-security-token"),
        presigned=False,
        expires=None,
    )


def _from_query(protocol: str, request: Request, query: dict[str, str]) -> Signed:
    names = [name for name, _ in request.query_pairs if name.startswith("X-Amz-")]
    if len(names) != len(set(names)):
        raise auth_fault(protocol, "incomplete", "An X-Amz-… parameter occurs twice.")
    if query.get("X-Amz-Algorithm") != ALGORITHM:
        raise auth_fault(protocol, "incomplete", f"X-Amz-Algorithm must be {ALGORITHM}.")
    for name in ("X-Amz-Credential", "X-Amz-SignedHeaders", "X-Amz-Signature", "X-Amz-Date"):
        if not query.get(name):
            raise auth_fault(protocol, "incomplete", f"A presigned URL requires '{name}'.")
    instant = _stamp(query["X-Amz-Date"])
    # Only S3 requires X-Amz-Expires; elsewhere a URL without it lives as long as the clock window.
    expires = query.get("X-Amz-Expires")
    if expires is not None and not (_DIGITS.fullmatch(expires) and 0 < int(expires) <= LONGEST_EXPIRY):
        raise auth_fault(protocol, "incomplete", f"X-Amz-Expires must be 1 to {LONGEST_EXPIRY} seconds.")
    if instant is None:
        raise auth_fault(protocol, "incomplete", "X-Amz-Date is not valid.")
    access_key, date, region, service = _scope(protocol, query["X-Amz-Credential"], instant)
    return Signed(
        access_key=access_key,
        date=date,
        region=region,
        service=service,
        instant=instant,
        signed_headers=_header_names(protocol, query["X-Amz-SignedHeaders"]),
        signature=query["X-Amz-Signature"],
        token=query.get("X-Amz-Security-Token"),
        presigned=True,
        expires=int(expires) if expires else None,
    )


def _scope(protocol: str, credential: str, instant: datetime) -> tuple[str, str, str, str]:
    """Access key, date, region and service of a credential."""
    scope = credential.split("/")
    if len(scope) != 5 or scope[4] != "aws4_request" or not all(map(_WORD.fullmatch, scope)):
        form = "<access key>/<date>/<region>/<service>/aws4_request"
        raise auth_fault(protocol, "incomplete", f"Credential must be {form}.")
    if scope[1] != f"{instant:%Y%m%d}":
        detail = f"Date in Credential scope does not match {instant:%Y%m%d}, the date of the request."
        raise auth_fault(protocol, "mismatch", detail)
    return scope[0], scope[1], scope[2], scope[3]


def _header_names(protocol: str, text: str) -> tuple[str, ...]:
    names = tuple(text.lower().split(";"))
    # Anything else, a line feed above all, could move text from one part of what is signed to another.
    if not all(_TOKEN.fullmatch(name) for name in names):
        raise auth_fault(protocol, "incomplete", "SignedHeaders must be header names, separated by ';'.")
    return names


def _version_2(protocol: str) -> Fault:
    return auth_fault(
        protocol,
        "incomplete",
        "Signature Version 2 is not supported; use Signature Version 4 (Libcloud: signature_version='4').",
    )


def _instant(request: Request) -> datetime | None:
    amz_date = request.header("x-amz-date")
    if amz_date is not None:
        return _stamp(amz_date)
    date = request.header("date")
    if date is None:
        return None
    found = _stamp(date)
    if found is not None:
        return found
    try:
        found = parsedate_to_datetime(date)
        # RFC 5322 gives a date in -0000 no zone; it is UTC all the same.
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _stamp(text: str) -> datetime | None:
    try:
        return datetime.strptime(text.strip(), STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None
