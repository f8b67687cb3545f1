"""What the page of one's own address answers."""

import pytest
from starlette.applications import Starlette

from amiable.web.checkip import route
from tests.helpers.asgi import ask


@pytest.mark.parametrize(
    ("client", "said"),
    [
        ("203.0.113.7", "203.0.113.7/32\n"),
        ("::ffff:203.0.113.7", "203.0.113.7/32\n"),
        ("127.0.0.1", "198.19.0.0/16\n"),
        ("::1", "198.19.0.0/16\n"),
    ],
)
def test_the_range_is_the_caller_s(client: str, said: str) -> None:
    answer = ask(Starlette(routes=[route("198.19.0.0/16")]), "/checkip", client=client)
    assert (answer.status, answer.text) == (200, said)


def test_who_comes_by_ipv6_has_none() -> None:
    answer = ask(Starlette(routes=[route("198.19.0.0/16")]), "/checkip", client="2001:db8::1")
    assert answer.status == 404
