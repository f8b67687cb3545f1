"""CopyFile, MoveFile, CopyFolder, MoveFolder: sources may have wildcards, destinations end in / for folders.

Folders above a destination are made. Where something is at the destination, `overwrite` decides; without it
the step fails before it copies.
"""

import posixpath
from collections.abc import Mapping
from typing import Any

from amiable.builder.actions.call import Call, StepFailed, quoted
from amiable.builder.actions.files import expanded


def copy_file(call: Call, inputs: Mapping[str, Any]) -> None:
    """Copy files."""
    _transfer(call, inputs, "cp -f --", folders=False)


def move_file(call: Call, inputs: Mapping[str, Any]) -> None:
    """Move files."""
    _transfer(call, inputs, "mv -f --", folders=False)


def copy_folder(call: Call, inputs: Mapping[str, Any]) -> None:
    """Copy folders with all that is in them, owners and permissions kept."""
    _transfer(call, inputs, "cp -a --", folders=True)


def move_folder(call: Call, inputs: Mapping[str, Any]) -> None:
    """Move folders."""
    _transfer(call, inputs, "mv --", folders=True)


def _transfer(call: Call, inputs: Mapping[str, Any], command: str, *, folders: bool) -> None:
    source, destination = inputs["source"], inputs["destination"]
    test, kind = ("-d", "folder") if folders else ("-f", "file")
    found = [path.rstrip("/") for path in expanded(call, source) if _is(call, test, path)]
    if not found:
        raise StepFailed(f"There is no {kind} {source}.")
    inside = destination.endswith("/") or len(found) > 1
    if not (inside or folders) and _is(call, "-d", destination):
        raise StepFailed(f"{destination} is a folder; write {destination}/ to put files into it.")
    above = destination if inside else posixpath.dirname(destination)
    call.must(f"mkdir -p {quoted(above)}", f"{above} cannot be made")
    for path in found:
        target = posixpath.join(destination, posixpath.basename(path)) if inside else destination
        if _is(call, "-e", target):
            _make_room(call, path, target, overwrite=inputs["overwrite"], folders=folders)
        call.must(f"{command} {quoted(path)} {quoted(target)}", f"{path} cannot be brought to {target}")


def _make_room(call: Call, path: str, target: str, *, overwrite: bool, folders: bool) -> None:
    if not overwrite:
        raise StepFailed(f"{target} is there already, and overwrite is false.")
    if _is(call, "-d", target) != folders:
        raise StepFailed(f"{target} is {'no' if folders else 'a'} folder.")
    if folders:
        apart = (
            f"a=$(readlink -f {quoted(path)})/ b=$(readlink -f {quoted(target)})/; "
            'case $a in "$b"*) exit 1 ;; esac; case $b in "$a"*) exit 1 ;; esac'
        )
        if call.run(apart)[0] != 0:
            raise StepFailed(f"{path} and {target} are the same, or one is in the other.")
        call.must(f"rm -rf -- {quoted(target)}", f"{target} cannot be replaced")


def _is(call: Call, test: str, path: str) -> bool:
    return call.run(f"test {test} {quoted(path)}")[0] == 0
