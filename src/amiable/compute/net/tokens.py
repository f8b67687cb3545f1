"""Session tokens of the metadata service, version 2: proof without memory.

A token is base64 of 5 bytes of end time (Unix seconds), 5 random bytes and HMAC-SHA256 over both and the
instance's id: 56 characters, like AWS's.
"""

import base64
import binascii
import hashlib
import hmac
import secrets

LONGEST_SECONDS = 21600
"""https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html"""

_HEAD = 10


def make(key: bytes, instance_id: str, seconds: int, now: float) -> str:
    """A token for one instance, good for `seconds` from `now` (Unix time)."""
    head = int(now + seconds).to_bytes(5, "big") + secrets.token_bytes(5)
    return base64.urlsafe_b64encode(head + _mac(key, instance_id, head)).decode()


def remaining(key: bytes, instance_id: str, token: str, now: float) -> int | None:
    """For how many more seconds the token is good; None if it is forged, another instance's or over."""
    try:
        raw = base64.b64decode(token.encode("ascii"), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError):
        return None
    head, mac = raw[:_HEAD], raw[_HEAD:]
    if not hmac.compare_digest(mac, _mac(key, instance_id, head)):
        return None
    left = int.from_bytes(head[:5], "big") - int(now)
    return left if left > 0 else None


def _mac(key: bytes, instance_id: str, head: bytes) -> bytes:
    return hmac.new(key, head + instance_id.encode(), hashlib.sha256).digest()
