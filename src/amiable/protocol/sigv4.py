"""Signature Version 4, checked: was this request made by who holds the secret?

    signed.parse_credentials(request)  →  Signed (who says they signed, for which region and service)
    …the caller finds the secret of Signed.access_key…
    verify(request, signed, secret, now=…, window=…)   raises Fault, or returns

Nothing that the signature does not cover may change what the request does: `host` and every `x-amz-…`
header must be among the signed ones, the body must have the hash that was signed, and path and query are
decoded by the functions of `message` that the parser uses too.

Source: AWS IAM User Guide, "Create a signed AWS API request"; RFC 3986 for paths.
"""

import hmac
import re
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from urllib.parse import quote

from amiable.protocol.auth_faults import auth_fault
from amiable.protocol.message import Request, bytes_of, normal_path
from amiable.protocol.signed import ALGORITHM, STAMP, Signed

UNSIGNED = "UNSIGNED-PAYLOAD"

_HEX64 = re.compile(r"[0-9a-f]{64}", re.ASCII)


def verify(
    request: Request,
    signed: Signed,
    secret: str,
    *,
    now: datetime,
    window: float,
    unsigned_payload: bool = False,
) -> None:
    """Check time, coverage and signature; `window` is in seconds.

    `unsigned_payload` says that the operation allows a body outside of the signature
    (`Route.unsigned_payload`). Raises Fault: AuthFailure or SignatureDoesNotMatch, RequestExpired.
    The session token is compared by the caller, who knows it.
    """
    _check_time(signed, now, window)
    _check_coverage(request, signed)
    payload = _payload_hash(request, signed, unsigned_payload)
    canonical = _canonical_request(request, signed, payload)
    scope = f"{signed.date}/{signed.region}/{signed.service}/aws4_request"
    stamp = signed.instant.strftime(STAMP)
    to_sign = f"{ALGORITHM}\n{stamp}\n{scope}\n{sha256(canonical).hexdigest()}"
    key = _signing_key(secret, signed.date, signed.region, signed.service)
    wanted = hmac.digest(key, bytes_of(to_sign), "sha256").hex()
    if not hmac.compare_digest(wanted.encode(), bytes_of(signed.signature)):
        raise auth_fault(signed.protocol, "mismatch")


def _check_time(signed: Signed, now: datetime, window: float) -> None:
    lives = timedelta(seconds=window if signed.expires is None else signed.expires)
    if now - signed.instant > lives:
        end = (signed.instant + lives).strftime(STAMP)
        detail = f"Signature expired: {end} is now earlier than {now.strftime(STAMP)}"
    elif signed.instant - now > timedelta(seconds=window):
        start = signed.instant.strftime(STAMP)
        detail = f"Signature not yet current: {start} is still later than {now.strftime(STAMP)}"
    else:
        return
    raise auth_fault(signed.protocol, "expired", detail)


def _check_coverage(request: Request, signed: Signed) -> None:
    """Every header that decides something must be signed."""
    must = {name for name in request.headers if name.startswith("x-amz-")} | {"host"}
    if not signed.presigned and "x-amz-date" not in request.headers:
        must.add("date")
    # The hash of the body is part of every signature by itself.
    missing = sorted(must - {"x-amz-content-sha256"} - set(signed.signed_headers))
    if missing:
        raise auth_fault(
            signed.protocol, "mismatch", f"'{missing[0][:60]}' must be a 'SignedHeader' in the AWS Signature."
        )


def _payload_hash(request: Request, signed: Signed, unsigned_payload: bool) -> str:
    """The hash that goes into the canonical request; what the client says must be true of the body."""
    said = request.header("x-amz-content-sha256")
    if said == UNSIGNED and (unsigned_payload or not request.body):
        return UNSIGNED
    actual = sha256(request.body).hexdigest()
    if said is None or said == actual:
        return actual
    detail = "The provided 'x-amz-content-sha256' header does not match what was computed."
    if not _HEX64.fullmatch(said):
        detail = f"x-amz-content-sha256 must be the body's SHA-256, not {said[:60]!r}."
    raise auth_fault(signed.protocol, "mismatch", detail)


def _canonical_request(request: Request, signed: Signed, payload: str) -> bytes:
    headers = "".join(
        f"{name}:{','.join(' '.join(value.split()) for value in request.headers.get(name, ('',)))}\n"
        for name in signed.signed_headers
    )
    lines = (
        request.method,
        quote(bytes_of(normal_path(request.path)), safe="/~"),
        _canonical_query(request, signed.presigned),
        headers,
        ";".join(signed.signed_headers),
        payload,
    )
    return bytes_of("\n".join(lines))


def _canonical_query(request: Request, presigned: bool) -> str:
    pairs = sorted(
        (quote(bytes_of(name), safe="~"), quote(bytes_of(value), safe="~"))
        for name, value in request.query_pairs
        if not (presigned and name == "X-Amz-Signature")
    )
    return "&".join(f"{name}={value}" for name, value in pairs)


@lru_cache(maxsize=1024)
def _signing_key(secret: str, date: str, region: str, service: str) -> bytes:
    """The key of one day, region and service; four HMACs, worth keeping."""
    key = b"AWS4" + secret.encode()
    for part in (date, region, service, "aws4_request"):
        key = hmac.digest(key, bytes_of(part), "sha256")
    return key
