"""What comes in and what goes out, as plain values.

Text in a Request is UTF-8 decoded with `surrogateescape`: every byte of the wire survives, so that a
signature is checked over what was really sent; text that is no UTF-8 is refused when a value is made of it.

Query strings and paths are decoded here, in one place, because the signature and the parser must agree on
what they mean.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import parse_qsl

# Parameters of a query string, or of a form. The largest real requests have some thousands.
MOST_PARAMETERS = 20_000


def text_of(raw: bytes) -> str:
    """Bytes as text that gives the same bytes back through `bytes_of`."""
    return raw.decode("utf-8", "surrogateescape")


def bytes_of(text: str) -> bytes:
    """The bytes that `text_of` made this text from. Lone surrogates from elsewhere become `?`."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")


def pairs_of(text: str) -> list[tuple[str, str]]:
    """The (name, value) pairs of a query string or form, percent-decoded, `+` being a space.

    Only the first `MOST_PARAMETERS`: these are read before anybody is authenticated. `route` refuses a
    request that has more.
    """
    text = "&".join(text.split("&", MOST_PARAMETERS)[:MOST_PARAMETERS])
    return parse_qsl(text, keep_blank_values=True, errors="surrogateescape")


def normal_path(path: str) -> str:
    """A raw path without empty, `.` and `..` segments (RFC 3986, 5.2.4); a final slash stays."""
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del kept[-1:]
        elif segment not in ("", "."):
            kept.append(segment)
    tail = "/" if kept and path.endswith("/") else ""
    return "/" + "/".join(kept) + tail


@dataclass(frozen=True)
class Request:
    """An HTTP request. `path` and `query` are raw (percent-encoded, the query without `?`).

    `headers` maps lower-case names to all values of that name, in the order in which they came.
    """

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """The value of a header (lower-case name); repeated ones joined by commas (RFC 9110, 5.3)."""
        values = self.headers.get(name)
        return ",".join(values) if values else None

    @cached_property
    def query_pairs(self) -> list[tuple[str, str]]:
        """The decoded pairs of the query string."""
        return pairs_of(self.query)

    @cached_property
    def form_pairs(self) -> list[tuple[str, str]]:
        """The decoded pairs of a form body; none when the body is declared to be something else."""
        return pairs_of(text_of(self.body)) if self._has_form else []

    def crowded(self, *, form: bool) -> bool:
        """Whether `query_pairs` or, of a body that is to be a form, `form_pairs` lack some parameters."""
        in_form = form and self._has_form and self.body.count(b"&") >= MOST_PARAMETERS
        return in_form or self.query.count("&") >= MOST_PARAMETERS

    @property
    def _has_form(self) -> bool:
        kind = (self.header("content-type") or "").partition(";")[0].strip().lower()
        return bool(self.body) and kind in ("", "application/x-www-form-urlencoded")


@dataclass(frozen=True)
class Response:
    """An HTTP response; header names as they should be sent."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def request_of(
    method: str, path: bytes, query: bytes, headers: Iterable[tuple[bytes, bytes]], body: bytes
) -> Request:
    """A Request from an ASGI scope's raw values (`raw_path`, `query_string`, `headers`)."""
    gathered: dict[str, tuple[str, ...]] = {}
    for name, value in headers:
        key = text_of(name).lower()
        gathered[key] = (*gathered.get(key, ()), text_of(value))
    return Request(method.upper(), text_of(path) or "/", text_of(query), gathered, body)
