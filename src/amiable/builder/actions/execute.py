"""Commands: ExecuteBash, ExecuteBinary. Exit status 194 asks for a reboot and for the same step again."""

import shlex
from collections.abc import Mapping
from typing import Any

from amiable.builder.actions.call import REBOOT_STATUS, Call, Reboot, StepFailed


def execute_bash(call: Call, inputs: Mapping[str, Any]) -> str:
    """Run the commands as one script of bash in the working directory; its standard output."""
    return _run(call, "\n".join(inputs["commands"]), "bash")


def execute_binary(call: Call, inputs: Mapping[str, Any]) -> str:
    """Run a program with arguments; its standard output."""
    words = [inputs["path"], *(inputs["arguments"] or ())]
    return _run(call, "exec " + " ".join(shlex.quote(word) for word in words), "sh")


def _run(call: Call, script: str, shell: str) -> str:
    status, output = call.run(f"cd {shlex.quote(call.directory)} || exit 1\n{script}", shell=shell)
    if status == REBOOT_STATUS:
        raise Reboot(again=True)
    if status != 0:
        raise StepFailed(f"The command exited with status {status}.", call.last)
    return output
