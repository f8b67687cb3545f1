"""DeleteFile and DeleteFolder."""

from collections.abc import Mapping
from typing import Any

from amiable.builder.actions.call import Call, StepFailed, quoted
from amiable.builder.actions.files import expanded


def delete_file(call: Call, inputs: Mapping[str, Any]) -> None:
    """Delete files, by name or wildcards; one that is not there fails."""
    found = expanded(call, inputs["path"])
    if not found:
        raise StepFailed(f"There is no file {inputs['path']}.")
    for path in found:
        call.must(f"test ! -d {quoted(path)} && rm -f -- {quoted(path)}", f"{path} cannot be deleted")


def delete_folder(call: Call, inputs: Mapping[str, Any]) -> None:
    """Delete a folder; with force also one that is not empty."""
    path = inputs["path"]
    call.must(f"test -d {quoted(path)}", f"{path} is no folder")
    command = "rm -rf --" if inputs["force"] else "rmdir --"
    call.must(f"{command} {quoted(path)}", f"{path} cannot be deleted")
