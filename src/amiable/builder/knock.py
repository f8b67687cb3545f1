"""Which user a machine lets in: nobody knows it of an image beforehand, so the usual ones are tried."""

from collections.abc import Sequence
from typing import Literal

import asyncssh

from amiable.builder.guest import TimedOut, asked
from amiable.builder.ssh import SshGuest
from amiable.core import clock
from amiable.core.errors import Unavailable

USERS = ("debian", "admin", "ubuntu", "ec2-user", "almalinux", "rocky", "fedora", "alpine", "root")
"""Tried in this order: cloud-init answers root with a sentence and the end of the connection."""

Answer = Literal["open", "denied", "silent"]
LOOK_SECONDS: dict[Answer, float] = {"silent": 0.2, "denied": 1.0}
"""Pauses between looks: each user that is denied costs a guest that boots much of its time."""


def knock(address: str, private_key: str, users: Sequence[str] = USERS) -> tuple[Answer, str | None]:
    """Whom a machine lets in with a key, if it is open. Denied: SSH answers, and denies all of them."""
    denied = True
    for user in users:
        try:
            with SshGuest(address, user, private_key, patience=0) as guest:
                guest.wait(0)
                if asked(guest, "echo amiable") == (0, "amiable"):
                    return "open", user
        except TimedOut:
            denied = False
        except Unavailable as closed:
            if isinstance(closed.__cause__, OSError):
                return "silent", None
            denied &= isinstance(closed.__cause__, asyncssh.PermissionDenied)
    return ("denied" if denied else "silent"), None


def await_user(address: str, private_key: str, seconds: float) -> str:
    """Whom a machine lets in, once it does. Raises Unavailable after so many seconds."""
    deadline = clock.monotonic() + seconds
    while True:
        answer, user = knock(address, private_key)
        if user is not None:
            return user
        if clock.monotonic() > deadline:
            raise Unavailable(f"{address} lets none of the usual users in over SSH: {', '.join(USERS)}.")
        clock.sleep(LOOK_SECONDS[answer])
