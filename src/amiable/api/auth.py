"""Who sent a request: finds the key that it names, verifies the signature, returns the account.

What is wrong is not told apart more than AWS tells it: an unknown key, a wrong secret and a wrong session
token answer with the same codes that real clients know.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from amiable.core.settings import Settings
from amiable.model.account import AccessKey
from amiable.model.secret import Sealer
from amiable.protocol.auth_faults import auth_fault
from amiable.protocol.faults import Fault
from amiable.protocol.message import Request
from amiable.protocol.signed import Signed, parse_credentials
from amiable.protocol.sigv4 import verify


def authenticate(
    request: Request,
    session: Session,
    sealer: Sealer,
    settings: Settings,
    now: datetime,
    *,
    unsigned_payload: bool,
) -> tuple[AccessKey, Signed]:
    """The access key that signed this request. Raises the Fault of what is wrong with it."""
    signed = parse_credentials(request)
    key = session.get(AccessKey, signed.access_key)
    if key is None or key.status != "Active":
        raise auth_fault(signed.protocol, "unknown_key")
    verify(
        request,
        signed,
        sealer.open(key.sealed_secret).decode(),
        now=now,
        window=settings.clock_window_seconds,
        unsigned_payload=unsigned_payload,
    )
    if not key.accepts_token(signed.token):
        raise auth_fault(signed.protocol, "bad_token")
    if key.expires_at is not None and key.expires_at <= now:
        raise auth_fault(signed.protocol, "expired_token")
    if signed.region not in settings.region_names:
        listed = ", ".join(settings.region_names)
        raise Fault(
            "AuthFailure", f"The region {signed.region} is not configured here. Use one of: {listed}."
        )
    return key, signed
