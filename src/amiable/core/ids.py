"""Identifiers, in AWS's forms.

Resource ids are a prefix, a dash and 17 hex digits (`ami-0123456789abcdef0`); account ids are
12 digits; access key ids are `AKIA` (long-lived) or `ASIA` (temporary) and 16 of A-Z2-7.
"""

import re
import secrets
import string
import uuid

_BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_RESOURCE_ID = re.compile(r"^([a-z]+(?:-[a-z]+)*)-([0-9a-f]{8}|[0-9a-f]{17})$")


def new_id(prefix: str) -> str:
    """A fresh resource id: `new_id("ami")` is `ami-` and 17 random hex digits."""
    return f"{prefix}-{secrets.token_hex(9)[:17]}"


def is_id(prefix: str, text: str) -> bool:
    """Whether `text` is well formed as an id of that prefix (8 or 17 hex digits, as EC2 takes)."""
    match = _RESOURCE_ID.match(text)
    return match is not None and match.group(1) == prefix


def new_account_id() -> str:
    """Twelve random digits, the first not 0."""
    return str(secrets.randbelow(9 * 10**11) + 10**11)


def new_access_key_id(*, temporary: bool = False) -> str:
    """An access key id of 20 characters."""
    return ("ASIA" if temporary else "AKIA") + "".join(secrets.choice(_BASE32) for _ in range(16))


def new_secret() -> str:
    """A secret access key of 40 letters and digits (238 bits): nothing that a shell could misread."""
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(40))


def new_uuid() -> str:
    """A random UUID, for request ids."""
    return str(uuid.uuid4())
