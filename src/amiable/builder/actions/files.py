"""Files, folders and links: created, read, listed. Content travels as bytes, in any encoding of the list."""

import codecs
import contextlib
from collections.abc import Mapping
from typing import Any

from amiable.builder.actions.call import Call, StepFailed, globbed, quoted
from amiable.builder.actions.rights import owned_and_permitted
from amiable.core.errors import NotFound

MOST_READ = 1_000_000
"""Bytes of a file that ReadFile and SetFileEncoding take."""

ENCODINGS = {
    "utf8": "utf-8",
    "utf-8": "utf-8",
    "utf16": "utf-16",
    "utf-16": "utf-16",
    "utf16-LE": "utf-16-le",
    "utf-16-LE": "utf-16-le",
    "utf16-BE": "utf-16-be",
    "utf-16-BE": "utf-16-be",
}
"""AWS's names of encodings → Python's."""


def _codec(name: str | None) -> str:
    if (name or "utf8") not in ENCODINGS:
        raise StepFailed(f"There is no encoding {name}; there are: {', '.join(ENCODINGS)}.")
    return ENCODINGS[name or "utf8"]


def create_file(call: Call, inputs: Mapping[str, Any]) -> None:
    """Write a file with its owner and permissions; with overwrite false, only where nothing is."""
    path = inputs["path"]
    content = (inputs["content"] or "").encode(_codec(inputs["encoding"]))
    if not inputs["overwrite"] and call.run(f"test -e {quoted(path)}")[0] == 0:
        raise StepFailed(f"{path} is there already, and overwrite is false.")
    call.must(f"test ! -d {quoted(path)} && umask 077 && : > {quoted(path)}", f"{path} cannot be created")
    call.guest.store(path, [content])
    owned_and_permitted(call, inputs)


def append_file(call: Call, inputs: Mapping[str, Any]) -> None:
    """Add to the end of a file, which must be there."""
    path, encoding = inputs["path"], _codec(inputs["encoding"])
    content = (inputs["content"] or "").encode("utf-16-le" if encoding == "utf-16" else encoding)
    part = f"{path}.amiable-part"
    call.must(f"test -f {quoted(path)}", f"{path} is no file")
    call.guest.store(part, [content])
    call.must(
        f"cat {quoted(part)} >> {quoted(path)}; s=$?; rm -f {quoted(part)}; exit $s",
        f"{path} cannot be written",
    )


def _content(call: Call, path: str) -> bytes:
    kept = bytearray()
    try:
        for piece in call.guest.fetch(path):
            kept += piece
            if len(kept) > MOST_READ:
                raise StepFailed(f"{path} is larger than {MOST_READ:,} bytes.")
    except NotFound as missing:
        raise StepFailed(str(missing)) from missing
    return bytes(kept)


def read_file(call: Call, inputs: Mapping[str, Any]) -> str:
    """A file's text; it goes to the log only with printFileContent."""
    path, encoding = inputs["path"], _codec(inputs["encoding"])
    try:
        text = _content(call, path).decode(encoding)
    except UnicodeDecodeError as wrong:
        raise StepFailed(f"{path} is not {encoding}: {wrong.reason} at byte {wrong.start}.") from wrong
    if inputs["printFileContent"]:
        for line in text.splitlines():
            call.log("stdout", line)
    return text


def set_file_encoding(call: Call, inputs: Mapping[str, Any]) -> None:
    """Write a file's text anew in another encoding; what it has is told by its first bytes, else UTF-8."""
    path = inputs["path"]
    content = _content(call, path)
    has = "utf-16" if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    try:
        text = content.decode(has)
    except UnicodeDecodeError as wrong:
        raise StepFailed(f"The encoding of {path} is not known: it is not {has}.") from wrong
    call.guest.store(path, [text.encode(_codec(inputs["encoding"]))])


def create_folder(call: Call, inputs: Mapping[str, Any]) -> None:
    """Make a folder and those above it; with overwrite false, only where nothing is."""
    path = inputs["path"]
    if not inputs["overwrite"] and call.run(f"test -e {quoted(path)}")[0] == 0:
        raise StepFailed(f"{path} is there already, and overwrite is false.")
    call.must(f"mkdir -p {quoted(path)}", f"{path} cannot be made")
    owned_and_permitted(call, inputs)


def create_symlink(call: Call, inputs: Mapping[str, Any]) -> None:
    """Make a link at `path` that leads to `target`; with force in place of a link that is there."""
    path, target = inputs["path"], inputs["target"]
    options = "-sfn" if inputs["force"] else "-s"
    call.must(f"ln {options} -- {quoted(target)} {quoted(path)}", f"{path} cannot be linked")


def list_files(call: Call, inputs: Mapping[str, Any]) -> str:
    """The files in a folder, one a line, sorted; hidden ones too."""
    path, pattern = inputs["path"], inputs["fileNamePattern"]
    call.must(f"test -d {quoted(path)}", f"{path} is no folder")
    depth = "" if inputs["recursive"] else "-maxdepth 1"
    names = f"-name {quoted(pattern)}" if pattern else ""
    listed = call.must(f"find {quoted(path)} {depth} -type f {names}", f"{path} cannot be listed")
    return "\n".join(sorted(listed.splitlines()))


def expanded(call: Call, pattern: str) -> list[str]:
    """The paths that a path with wildcards stands for; none when nothing matches."""
    with contextlib.suppress(StepFailed):
        found = call.must(f'for f in {globbed(pattern)}; do test -e "$f" && echo "$f"; done; :', "")
        return found.splitlines()
    return []
