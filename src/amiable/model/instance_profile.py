"""Instance profiles: names that instances carry and show in their metadata; no roles are behind them."""

import base64
import hashlib


def association_id(instance_id: str, arn: str) -> str:
    """`iip-assoc-` and 17 hex digits, always the same for an instance with that profile."""
    return "iip-assoc-" + hashlib.sha256(f"{instance_id} {arn}".encode()).hexdigest()[:17]


def profile_id(arn: str) -> str:
    """`AIPA` and 17 characters, always the same for an ARN."""
    return "AIPA" + base64.b32encode(hashlib.sha256(arn.encode()).digest()).decode()[:17]
