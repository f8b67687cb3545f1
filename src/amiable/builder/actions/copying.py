"""CopyFile, MoveFile, CopyFolder, MoveFolder: sources may have wildcards, destinations end in / for folders.

Where something is at the destination, `overwrite` decides; without it the step fails before it copies.
"""

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
    found = [path for path in expanded(call, source) if call.run(f"test {test} {quoted(path)}")[0] == 0]
    if not found:
        raise StepFailed(f"There is no {kind} {source}.")
    inside = destination.endswith("/") or (len(found) > 1)
    if inside:
        call.must(f"mkdir -p {quoted(destination)}", f"{destination} cannot be made")
    elif not folders and call.run(f"test -d {quoted(destination)}")[0] == 0:
        raise StepFailed(f"{destination} is a folder; write {destination}/ to put files into it.")
    for path in found:
        name = path.rstrip("/").rsplit("/", 1)[-1]
        target = f"{destination.rstrip('/')}/{name}" if inside else destination
        if call.run(f"test -e {quoted(target)}")[0] == 0:
            if not inputs["overwrite"]:
                raise StepFailed(f"{target} is there already, and overwrite is false.")
            if folders:
                call.must(f"rm -rf -- {quoted(target)}", f"{target} cannot be replaced")
        call.must(f"{command} {quoted(path)} {quoted(target)}", f"{path} cannot be brought to {target}")
