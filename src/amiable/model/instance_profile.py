"""Instance profiles: names that instances carry and show in their metadata; no roles are behind them."""

import base64
import hashlib


def profile_id(arn: str) -> str:
    """`AIPA` and 17 characters, always the same for an ARN."""
    return "AIPA" + base64.b32encode(hashlib.sha256(arn.encode()).digest()).decode()[:17]
