"""/dev/kvm: who may open it. A machine's own uid gets the device's group, nothing more."""

import os
import stat
from pathlib import Path

from amiable.core.errors import MissingPrerequisite

DEVICE = Path("/dev/kvm")


def groups() -> tuple[int, ...]:
    """The groups that a process needs to open /dev/kvm read-write (none if everyone may).

    Raises MissingPrerequisite when neither everyone nor a group may.
    """
    try:
        facts = os.stat(DEVICE)
    except FileNotFoundError as missing:
        raise MissingPrerequisite(f"{DEVICE} does not exist.", "Load kvm_intel or kvm_amd.") from missing
    readable_by = stat.S_IMODE(facts.st_mode)
    if readable_by & 0o006 == 0o006:
        return ()
    if readable_by & 0o060 == 0o060 and facts.st_gid != 0:
        return (facts.st_gid,)
    raise MissingPrerequisite(
        f"Only root may open {DEVICE}.", f"Run: groupadd -f kvm; chgrp kvm {DEVICE}; chmod 660 {DEVICE}"
    )
