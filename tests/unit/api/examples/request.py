"""What an example is."""

from typing import Any

Request = dict[str, Any]
Requests = dict[tuple[str, str], Request]
"""(service, operation) → a request that would succeed."""
