"""Client tokens at the API: the same request again gives the same resource; another one is refused.

Each service has a name of its own for that refusal: `faults.other_parameters`, which `table.run` asks.
"""

from amiable.api.call import Call
from amiable.api.table import Shape
from amiable.model.client_token import keep_token, used_token


def made_before(call: Call, operation: str, request: Shape) -> str | None:
    """What this request's ClientToken made before, or None. Raises OtherParameters."""
    token = _token(request)
    if not token:
        return None
    return used_token(call.session, call.account_id, call.region, operation, token, request)


def remember(call: Call, operation: str, request: Shape, resource_id: str) -> None:
    """Keep what this request's ClientToken made."""
    if token := _token(request):
        keep_token(call.session, call.account_id, call.region, operation, token, request, resource_id)


def _token(request: Shape) -> str | None:
    """EC2 writes ClientToken, Image Builder clientToken."""
    token: str | None = request.get("ClientToken") or request.get("clientToken")
    return token
