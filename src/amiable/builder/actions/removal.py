"""DeleteFile and DeleteFolder."""

from collections.abc import Mapping
from typing import Any

from amiable.builder.actions.call import WILD, Call, StepFailed, quoted
from amiable.builder.actions.files import expanded


def delete_file(call: Call, inputs: Mapping[str, Any]) -> None:
    """Delete files, by name or wildcards, which leave folders out; one that is not there fails."""
    pattern = inputs["path"]
    found = expanded(call, pattern)
    files = [
        path for path in found if call.run(f"test -L {quoted(path)} || test ! -d {quoted(path)}")[0] == 0
    ]
    if found and not files and not WILD.search(pattern):
        raise StepFailed(f"{pattern} is a folder: delete it with DeleteFolder.")
    if not files:
        raise StepFailed(f"There is no file {pattern}.")
    for path in files:
        call.must(f"rm -f -- {quoted(path)}", f"{path} cannot be deleted")


def delete_folder(call: Call, inputs: Mapping[str, Any]) -> None:
    """Delete a folder; with force also one that is not empty."""
    path = inputs["path"]
    call.must(f"test -d {quoted(path)}", f"{path} is no folder")
    command = "rm -rf --" if inputs["force"] else "rmdir --"
    call.must(f"{command} {quoted(path)}", f"{path} cannot be deleted")
