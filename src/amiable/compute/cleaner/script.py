"""What is added to the kit's initrd for one run: the machine's init, and the operations that are wanted."""

import re
import textwrap
from collections.abc import Collection, Sequence
from pathlib import Path

from amiable.compute.cleaner import cpio
from amiable.compute.cleaner.operations import NAMES, OPERATIONS
from amiable.core.errors import InvalidInput

FILES = Path(__file__).parent / "files"
SERVICE = re.compile(r"^[A-Za-z0-9][A-Za-z0-9@._:-]{0,99}$")


def check(keep: Collection[str], disable: Collection[str]) -> None:
    """Raise InvalidInput for an operation that does not exist, or what cannot be a service's name."""
    for name in keep:
        if name not in NAMES:
            raise InvalidInput(f"{name!r} is nothing that a clean-up removes. It knows: {', '.join(NAMES)}.")
    for name in disable:
        if not SERVICE.match(name):
            raise InvalidInput(f"{name!r} is not the name of a service.")


def script(keep: Collection[str], disable: Sequence[str]) -> str:
    """The program that runs inside the image's tree. Raises as `check`."""
    check(keep, disable)
    parts = [(FILES / "prelude").read_text()]
    for each in OPERATIONS:
        if each.name not in keep and each.script:
            parts.append(f"begin {each.name}\n{textwrap.dedent(each.script).strip()}\nend\n")
    if disable:
        parts.append("begin services\n" + "".join(f"disable {name}\n" for name in disable) + "end\n")
    parts.append("exit 0\n")
    return "\n".join(parts)


def added(keep: Collection[str], disable: Sequence[str]) -> bytes:
    """The archive that follows the kit's own."""
    files = {"init": (FILES / "init").read_bytes(), "clean": script(keep, disable).encode()}
    return cpio.archive({name: cpio.file(content) for name, content in files.items()})
