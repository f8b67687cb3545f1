"""`GET /checkip`: where the caller comes from, as the IPv4 range of a rule that lets in nobody else.

As checkip.amazonaws.com, which clients ask before they open a port for themselves; a range, because what
this machine itself sends to an instance has the address of the link to the instance's VPC (docs/network.md).
"""

from ipaddress import IPv4Address, IPv6Address, ip_address

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route


def route(own: str) -> Route:
    """The route. `own`: the range that this machine's packets have for instances."""

    async def check_ip(http: Request) -> Response:
        address = ip_address(http.client.host) if http.client else None
        if isinstance(address, IPv6Address):
            address = IPv4Address("127.0.0.1") if address.is_loopback else address.ipv4_mapped
        if address is None:
            return PlainTextResponse("You do not come by IPv4, and instances have nothing else.\n", 404)
        return PlainTextResponse(f"{own if address.is_loopback else f'{address}/32'}\n")

    return Route("/checkip", check_ip, methods=["GET"])
