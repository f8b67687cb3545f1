"""Files from elsewhere: S3Download, S3Upload (from and to buckets that the account may use), WebDownload.

S3's bytes go through whoever runs the document, so a guest needs neither credentials nor a way to the store.
WebDownload is the guest's own: it reaches what the guest's network reaches, never what the server's does.
"""

import posixpath
from collections.abc import Mapping
from itertools import chain
from typing import Any
from urllib.parse import urlsplit

from amiable.builder.actions.call import Call, Objects, StepFailed, quoted
from amiable.builder.actions.files import expanded
from amiable.builder.guest import CHECKSUM_PROGRAMS, asked
from amiable.core.errors import InvalidInput

_FETCH = """
if command -v curl >/dev/null; then curl -fsSL --retry 3 {curl} -o {to} -- {url}
elif command -v wget >/dev/null; then wget -q {wget} -O {to} -- {url}
elif command -v python3 >/dev/null; then python3 -c 'import shutil, ssl, sys, urllib.request
context = ssl._create_unverified_context() if sys.argv[3] else None
with urllib.request.urlopen(sys.argv[1], context=context) as answer, open(sys.argv[2], "wb") as file:
    shutil.copyfileobj(answer, file)' {url} {to} {insecure}
else echo 'WebDownload needs curl, wget or python3 on the guest' >&2; exit 127
fi
"""


def _located(url: str) -> tuple[str, str]:
    """Bucket and key of `s3://bucket/key`."""
    bucket, _, key = url.removeprefix("s3://").partition("/")
    if not url.startswith("s3://") or not bucket:
        raise StepFailed(f"'{url}' is not of the form s3://bucket/key.")
    return bucket, key


def _objects(call: Call) -> Objects:
    if call.objects is None:
        raise StepFailed("There are no buckets here.")
    return call.objects


def content(call: Call, url: str, most: int) -> bytes:
    """A whole object. Raises StepFailed, NotFound, and InvalidInput for one with more bytes than `most`."""
    kept = bytearray()
    for piece in _objects(call).get(*_located(url)):
        kept += piece
        if len(kept) > most:
            raise InvalidInput(f"{url} is larger than {most:,} bytes.")
    return bytes(kept)


def s3_download(call: Call, inputs: Mapping[str, Any]) -> None:
    """Bring one object, or all below a prefix that ends in /*, to the guest."""
    _no_owner(inputs)
    objects = _objects(call)
    bucket, key = _located(inputs["source"])
    destination = inputs["destination"]
    many = key.endswith("*")
    prefix = key.removesuffix("*")
    # names that end in / stand for folders, and have nothing in them
    found = sorted(one for one in objects.names(bucket, prefix) if one[-1] != "/") if many else [key]
    if not found:
        raise StepFailed(f"There is nothing at {inputs['source']}.")
    for name in found:
        inside = many or destination.endswith("/")
        below = name[prefix.rfind("/") + 1 :] if many else posixpath.basename(name)
        if ".." in below.split("/"):
            raise StepFailed(f"The object {name} would leave {destination}.")
        target = f"{destination.rstrip('/')}/{below}" if inside else destination
        if not inputs["overwrite"] and call.run(f"test -e {quoted(target)}")[0] == 0:
            raise StepFailed(f"{target} is there already, and overwrite is false.")
        above = quoted(posixpath.dirname(target))
        call.must(f"mkdir -p {above} && test ! -d {quoted(target)}", f"{target} cannot be written")
        pieces = objects.get(bucket, name)
        first = next(pieces, b"")  # an object that is missing must not empty the file
        call.guest.store(target, chain([first], pieces))
        call.log("stdout", f"s3://{bucket}/{name} → {target}")


def s3_upload(call: Call, inputs: Mapping[str, Any]) -> None:
    """Bring files of the guest to the object store; folders with recurse."""
    _no_owner(inputs)
    objects = _objects(call)
    source, (bucket, key) = inputs["source"], _located(inputs["destination"])
    found = expanded(call, source)
    if not found:
        raise StepFailed(f"There is no file {source}.")
    many = "*" in source or inputs["recurse"]
    for path in found:
        if call.run(f"test -d {quoted(path)}")[0] == 0:
            if not inputs["recurse"]:
                continue
            listed = call.must(f"find {quoted(path)} -type f", f"{path} cannot be listed").splitlines()
        else:
            call.must(f"test -f {quoted(path)}", f"{path} is no file")
            listed = [path]
        base = path if listed != [path] and "*" not in source else posixpath.dirname(path)
        for file in listed:
            name = f"{key.rstrip('/')}/{posixpath.relpath(file, base)}" if many or key.endswith("/") else key
            objects.put(bucket, name.lstrip("/"), call.guest.fetch(file))
            call.log("stdout", f"{file} → s3://{bucket}/{name}")


def _no_owner(inputs: Mapping[str, Any]) -> None:
    if inputs["expectedBucketOwner"]:
        raise StepFailed("expectedBucketOwner cannot be checked: buckets here have no owner.")


def web_download(call: Call, inputs: Mapping[str, Any]) -> str:
    """Have the guest download a file over HTTP(S), and check its checksum; the path of the file."""
    url, destination = inputs["source"], inputs["destination"]
    try:
        scheme, _, path, _, _ = urlsplit(url)
    except ValueError:
        scheme = path = ""
    if scheme not in ("http", "https"):
        raise StepFailed(f"'{url}' is no address of HTTP or HTTPS.")
    if destination.endswith("/"):
        destination += posixpath.basename(path) or "index.html"
    if call.run(f"test -e {quoted(destination)}")[0] == 0:
        if not inputs["overwrite"]:
            raise StepFailed(f"{destination} is there already, and overwrite is false.")
        if call.run(f"test -d {quoted(destination)}")[0] == 0:
            raise StepFailed(f"{destination} is a folder; write {destination}/ to put the file into it.")
        if inputs["checksum"] and _checksum(call, inputs, destination) == inputs["checksum"].lower():
            return str(destination)
    part, insecure = f"{destination}.amiable-part", inputs["ignoreCertificateErrors"]
    script = _FETCH.format(
        url=quoted(url),
        to=quoted(part),
        curl="--insecure" if insecure else "",
        wget="--no-check-certificate" if insecure else "",
        insecure="1" if insecure else "''",
    )
    call.must(f"mkdir -p {quoted(posixpath.dirname(destination))}", f"{destination} cannot be written")
    try:
        call.must(script, f"{url} cannot be downloaded")
        if inputs["checksum"] and (found := _checksum(call, inputs, part)) != inputs["checksum"].lower():
            raise StepFailed(f"{url} has the checksum {found}, not {inputs['checksum']}.")
    except StepFailed:
        asked(call.guest, f"rm -f -- {quoted(part)}")
        raise
    call.must(f"mv -f -- {quoted(part)} {quoted(destination)}", f"{destination} cannot be written")
    return str(destination)


def _checksum(call: Call, inputs: Mapping[str, Any], path: str) -> str:
    program = CHECKSUM_PROGRAMS[(inputs["algorithm"] or "SHA256").lower()]
    return call.must(f"{program} < {quoted(path)}", f"{path} cannot be read").split()[0].lower()
