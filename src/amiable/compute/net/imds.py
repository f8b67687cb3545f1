"""What the metadata service answers: pure. Versions 1 and 2, with AWS's status codes.

disabled → 403   PUT token: X-Forwarded-For → 403, lifetime not 1–21600 → 400, else a token
other methods → 405   token wrong → 401   required and absent → 401   unknown version or path → 404
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

from amiable.compute.net import tokens, tree
from amiable.compute.net.identity import Identity
from amiable.compute.net.tree import InstanceMetadata

TTL_HEADER = "x-aws-ec2-metadata-token-ttl-seconds"
TOKEN_HEADER = "x-aws-ec2-metadata-token"  # noqa: S105 - a header's name

_DATES = (
    "2007-01-19 2007-03-01 2007-08-29 2007-10-10 2007-12-15 2008-02-01 2008-09-01 2009-04-04 2011-01-01 "
    "2011-05-01 2012-01-12 2014-02-25 2014-11-05 2015-10-20 2016-04-19 2016-06-30 2016-09-02 2018-03-28 "
    "2018-08-17 2018-09-24 2019-10-01 2020-10-27 2021-01-03 2021-03-23 2021-07-15 2022-09-24 2024-04-11"
)
VERSIONS = ("1.0", *_DATES.split(), "latest")


@dataclass(frozen=True)
class Request:
    """A request's head. Header names are lower case."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    keep_alive: bool = True


@dataclass(frozen=True)
class Response:
    """What to send. `hops` is the IP time to live of the packets that carry it, None for the usual one."""

    status: int
    body: bytes = b""
    kind: str = "text/plain"
    headers: Mapping[str, str] = field(default_factory=dict)
    hops: int | None = None


def answer(
    one: InstanceMetadata | None, request: Request, key: bytes, identity: Identity | None, now: float
) -> Response:
    """The answer to one instance; None is a source that is no instance. `now` is Unix time."""
    if one is None:
        return Response(404)
    if one.http_endpoint == "disabled":
        return Response(403)
    if request.method == "PUT":
        return _token(one, request, key, now)
    if request.method not in ("GET", "HEAD"):
        return Response(405, headers={"Allow": "GET, HEAD, PUT"})
    token = request.headers.get(TOKEN_HEADER)
    left = None if token is None else tokens.remaining(key, one.instance_id, token, now)
    if left is None and (token is not None or one.http_tokens == "required"):
        return Response(401)
    headers = {} if left is None else {TTL_HEADER: str(left)}
    return _lookup(tree.build(one, identity), request.path, headers)


def _token(one: InstanceMetadata, request: Request, key: bytes, now: float) -> Response:
    if "x-forwarded-for" in request.headers:
        return Response(403)  # a proxy that anyone may use must not hand out tokens
    if _segments(request.path) != ["latest", "api", "token"]:
        return Response(405, headers={"Allow": "GET, HEAD"})
    text = request.headers.get(TTL_HEADER, "")
    if not (
        text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= tokens.LONGEST_SECONDS and len(text) < 9
    ):
        return Response(400)
    token = tokens.make(key, one.instance_id, int(text), now)
    return Response(200, token.encode(), headers={TTL_HEADER: str(int(text))}, hops=one.hop_limit)


def _segments(path: str) -> list[str]:
    return [unquote(segment) for segment in path.partition("?")[0].split("/") if segment]


def _lookup(whole: tree.Tree, path: str, headers: Mapping[str, str]) -> Response:
    segments = _segments(path)
    if not segments:
        return Response(200, "\n".join(VERSIONS).encode(), headers=headers)
    node = tree.find(whole, segments[1:]) if segments[0] in VERSIONS else None
    if node is None:
        return Response(404)
    if isinstance(node, bytes):
        return Response(200, node, "application/octet-stream", headers)
    if isinstance(node, dict):
        # AWS shows `dynamic`, `meta-data` and `user-data` bare, and the slash of directories below them
        text = "\n".join(sorted(whole)) if node is whole else tree.listing(node)
    else:
        text = node if isinstance(node, str) else node()
    return Response(200, text.encode(), headers=headers)
