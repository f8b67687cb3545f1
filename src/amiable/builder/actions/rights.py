"""Owners and permissions of files and folders."""

import re
from collections.abc import Mapping
from typing import Any

from amiable.builder.actions.call import Call, StepFailed, quoted

_MODE = re.compile(r"0?[0-7]{3,4}")


def set_owner(call: Call, inputs: Mapping[str, Any]) -> None:
    """SetFileOwner, SetFolderOwner: the owner, and the group if one is given."""
    path, owner, group = inputs["path"], inputs["owner"], inputs.get("group")
    who = f"{owner}:{group}" if group else str(owner)
    call.must(f"chown {_deep(inputs)} {quoted(who)} {quoted(path)}", f"{path} cannot be given to {who}")


def set_permissions(call: Call, inputs: Mapping[str, Any]) -> None:
    """SetFilePermissions, SetFolderPermissions: permissions in octal digits."""
    path = inputs["path"]
    mode = _mode(inputs["permissions"])
    call.must(f"chmod {_deep(inputs)} {mode} {quoted(path)}", f"the permissions of {path} cannot be set")


def owned_and_permitted(call: Call, inputs: Mapping[str, Any]) -> None:
    """What CreateFile and CreateFolder set of their new file."""
    if inputs["owner"]:
        set_owner(call, {**inputs, "recursive": False})
    elif inputs["group"]:
        path, group = quoted(inputs["path"]), quoted(inputs["group"])
        call.must(f"chgrp {group} {path}", f"{inputs['path']} cannot be given to {inputs['group']}")
    set_permissions(call, {**inputs, "recursive": False})


def _deep(inputs: Mapping[str, Any]) -> str:
    return "-R" if inputs.get("recursive") else ""


def _mode(text: str) -> str:
    if not _MODE.fullmatch(text):
        raise StepFailed(f"Permissions are three or four octal digits such as 0644, not {text}.")
    return text
