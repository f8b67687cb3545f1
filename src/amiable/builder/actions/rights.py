"""Owners and permissions of files and folders."""

import re
from collections.abc import Mapping
from typing import Any

from amiable.builder.actions.call import Call, StepFailed, quoted

_MODE = re.compile(r"0?[0-7]{3,4}")


def set_owner(call: Call, inputs: Mapping[str, Any]) -> None:
    """SetFileOwner, SetFolderOwner: the owner, and the group, or the owner's if none is given."""
    _check_kind(call, inputs)
    path, owner, group = inputs["path"], inputs["owner"], inputs["group"]
    # a number need not be that of an account: then the group stays
    find = f"g={quoted(group)}" if group else f"g=$(id -g {quoted(owner)} 2>/dev/null) || g="
    call.must(
        f"{find}; chown {_deep(inputs)} {quoted(owner)}${{g:+:$g}} {quoted(path)}",
        f"{path} cannot be given to {owner}{':' + group if group else ''}",
    )


def set_permissions(call: Call, inputs: Mapping[str, Any]) -> None:
    """SetFilePermissions, SetFolderPermissions: permissions in octal digits."""
    _check_kind(call, inputs)
    path = inputs["path"]
    mode = _mode(inputs["permissions"])
    call.must(f"chmod {_deep(inputs)} {mode} {quoted(path)}", f"the permissions of {path} cannot be set")


def owned_and_permitted(call: Call, inputs: Mapping[str, Any], usual: str | None) -> None:
    """What CreateFile and CreateFolder set. `usual`: the permissions if none are given; None leaves them."""
    path = inputs["path"]
    who = (inputs["owner"] or "") + (f":{inputs['group']}" if inputs["group"] else "")
    if who:
        call.must(f"chown {quoted(who)} {quoted(path)}", f"{path} cannot be given to {who}")
    mode = _mode(inputs["permissions"]) if inputs["permissions"] else usual
    if mode:
        call.must(f"chmod {mode} {quoted(path)}", f"the permissions of {path} cannot be set")


def _check_kind(call: Call, inputs: Mapping[str, Any]) -> None:
    path = inputs["path"]
    folder = "recursive" in inputs
    test = "test -d" if folder else "test ! -d"
    if call.run(f"test -e {quoted(path)} && {test} {quoted(path)}")[0] != 0:
        raise StepFailed(f"{path} is no {'folder' if folder else 'file'}.")


def _deep(inputs: Mapping[str, Any]) -> str:
    return "-R" if inputs.get("recursive") else ""


def _mode(text: str) -> str:
    if not _MODE.fullmatch(text):
        raise StepFailed(f"Permissions are three or four octal digits such as 0644, not {text}.")
    return text
