"""Files, folders and links: created, read, listed. Content travels as bytes, in any encoding of the list."""

import codecs
import posixpath
import shlex
from collections.abc import Mapping
from typing import Any

from amiable.builder.actions.call import Call, StepFailed, globbed, quoted
from amiable.builder.actions.rights import owned_and_permitted
from amiable.builder.document.modules import ENCODINGS
from amiable.builder.guest import content_of

MOST_READ = 1_000_000
"""Bytes of a file that ReadFile and SetFileEncoding take."""
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins as that of UTF-16 does
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""First bytes of a file → what it is written in."""


def create_file(call: Call, inputs: Mapping[str, Any]) -> None:
    """Write a file with its owner and permissions; with overwrite false, only where nothing is.

    Without permissions, a new one has those of the guest's umask, and one that was there keeps its own.
    """
    path = inputs["path"]
    there = call.run(f"test -e {quoted(path)}")[0] == 0
    if there and not inputs["overwrite"]:
        raise StepFailed(f"{path} is there already, and overwrite is false.")
    above = quoted(posixpath.dirname(path))
    call.must(f"mkdir -p {above} && umask 077 && : > {quoted(path)}", f"{path} cannot be created")
    call.guest.store(path, [(inputs["content"] or "").encode(ENCODINGS[inputs["encoding"]])])
    owned_and_permitted(call, inputs, None if there else "=rw")


def append_file(call: Call, inputs: Mapping[str, Any]) -> None:
    """Add to the end of a file, which must be there."""
    path, encoding = inputs["path"], ENCODINGS[inputs["encoding"]]
    # no second byte order mark in the middle
    content = (inputs["content"] or "").encode(
        f"{encoding}-le" if encoding[-2:] in ("16", "32") else encoding
    )
    part = f"{path}.amiable-part"
    call.must(f"test -f {quoted(path)}", f"{path} is no file")
    call.guest.store(part, [content])
    call.must(
        f"cat {quoted(part)} >> {quoted(path)}; s=$?; rm -f {quoted(part)}; exit $s",
        f"{path} cannot be written",
    )


def read_file(call: Call, inputs: Mapping[str, Any]) -> str:
    """A file's text; it goes to the log only with printFileContent."""
    path, encoding = inputs["path"], ENCODINGS[inputs["encoding"]]
    try:
        text = content_of(call.guest, path, MOST_READ).decode(encoding)
    except UnicodeDecodeError as wrong:
        raise StepFailed(f"{path} is not {encoding}: {wrong.reason} at byte {wrong.start}.") from wrong
    if "\0" in text:
        raise StepFailed(f"{path} is no text: it has the character U+0000.")
    if inputs["printFileContent"]:
        for line in text.splitlines():
            call.log("stdout", line)
    return text


def set_file_encoding(call: Call, inputs: Mapping[str, Any]) -> None:
    """Write a file's text anew in another encoding; what it has is told by its first bytes, else UTF-8."""
    path = inputs["path"]
    content = content_of(call.guest, path, MOST_READ)
    has = next((name for mark, name in _MARKS if content.startswith(mark)), "utf-8-sig")
    try:
        text = content.decode(has)
    except UnicodeDecodeError as wrong:
        raise StepFailed(f"The encoding of {path} is not known: it is not {has}.") from wrong
    call.guest.store(path, [text.encode(ENCODINGS[inputs["encoding"]])])


def create_folder(call: Call, inputs: Mapping[str, Any]) -> None:
    """Make a folder and those above it; with overwrite false, only where nothing is."""
    path = inputs["path"]
    if not inputs["overwrite"] and call.run(f"test -e {quoted(path)}")[0] == 0:
        raise StepFailed(f"{path} is there already, and overwrite is false.")
    call.must(f"mkdir -p {quoted(path)}", f"{path} cannot be made")
    owned_and_permitted(call, inputs, None)


def create_symlink(call: Call, inputs: Mapping[str, Any]) -> None:
    """Make a link at `path` to `target`, which must be there; with force in place of another link."""
    path, target = inputs["path"], inputs["target"]
    link, above, leads = quoted(path), quoted(posixpath.dirname(path)), quoted(target)
    call.must(f"mkdir -p {above} && cd {above} && test -e {leads}", f"{path} would lead to nothing: {target}")
    if call.run(f"test -e {link} && test ! -L {link}")[0] == 0:
        raise StepFailed(f"{path} is there already, and is no link.")
    call.must(f"ln {'-sfn' if inputs['force'] else '-s'} -- {leads} {link}", f"{path} cannot be linked")


def list_files(call: Call, inputs: Mapping[str, Any]) -> str:
    """The files in a folder, sorted, with commas between; hidden ones too."""
    path, pattern = inputs["path"], inputs["fileNamePattern"]
    call.must(f"test -d {quoted(path)}", f"{path} is no folder")
    depth = "" if inputs["recursive"] else "-maxdepth 1"
    names = f"-name {shlex.quote(pattern)}" if pattern else ""
    listed = call.must(f"find -H {quoted(path)} {depth} -type f {names}", f"{path} cannot be listed")
    return ",".join(sorted(listed.splitlines()))


def expanded(call: Call, pattern: str) -> list[str]:
    """The paths that a path with wildcards stands for; none when nothing matches."""
    there = '{ test -e "$f" || test -L "$f"; }'
    return call.run(f'for f in {globbed(pattern)}; do {there} && echo "$f"; done')[1].splitlines()
