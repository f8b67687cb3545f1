"""The console's files, below /console/: one page, and what it loads.

`console/build.py` writes them into FILES; each text lies there gzipped too. Names below `assets/` carry a
hash of their content, so browsers keep them for ever; the page itself is asked for anew each time. Every
path without a file is the page: the browser knows its own routes.

The page is bound by a policy that lets it load from and speak to this origin only.
"""

import mimetypes
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

FILES = Path(__file__).parent / "files"
NOT_BUILT = "The console is not built. In the checkout, run: tools/setup runtime\n"

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
}
KEEP = {"cache-control": "public, max-age=31536000, immutable"}
ASK_AGAIN = {"cache-control": "no-cache"}


def routes(files: Path = FILES) -> list[BaseRoute]:
    """The routes of the console, serving the files in that folder."""

    async def file(http: Request) -> Response:
        path = http.path_params["path"]
        found = _below(files, path)
        if found is None and path.startswith("assets/"):
            return PlainTextResponse("There is no such file.\n", 404, HEADERS | ASK_AGAIN)
        page = files / "index.html"
        if found is None and not page.is_file():
            return PlainTextResponse(NOT_BUILT, 503, HEADERS | ASK_AGAIN)
        return _answer(http, found or page, KEEP if path.startswith("assets/") else ASK_AGAIN)

    async def to_page(http: Request) -> Response:
        return RedirectResponse("/console/", 307)

    return [
        Route("/console", to_page, methods=["GET"]),
        Route("/console/{path:path}", file, methods=["GET"]),
    ]


def _below(files: Path, path: str) -> Path | None:
    """The plain file of that name, if it is one of the console's."""
    if "\0" in path or any(part.startswith(".") for part in path.split("/")):
        return None
    found = files / path
    return found if found.is_file() and found.resolve().is_relative_to(files.resolve()) else None


def _answer(http: Request, file: Path, caching: dict[str, str]) -> Response:
    kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    headers = HEADERS | caching | {"vary": "accept-encoding"}
    packed = file.with_name(file.name + ".gz")
    if "gzip" in http.headers.get("accept-encoding", "") and packed.is_file():
        return FileResponse(packed, headers=headers | {"content-encoding": "gzip"}, media_type=kind)
    return FileResponse(file, headers=headers, media_type=kind)
