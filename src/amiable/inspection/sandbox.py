"""The inspection process gives up all that it does not need: after its imports, before a stranger's byte.

As root: an empty network namespace, an empty root folder, another user without capabilities. As anybody:
limits, and no way to gain privileges.
"""

import ctypes
import os
import resource

_NEWNET, _NEWIPC = 0x40000000, 0x08000000
_SET_NO_NEW_PRIVS, _SET_DUMPABLE = 38, 4
MEMORY = 2 << 30


def _call(name: str, *words: int) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    if getattr(library, name)(*map(ctypes.c_ulong, words)) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def enter(folder: str, uid: int, cpu_seconds: int) -> None:
    """Give everything up; `folder`, an empty one, becomes the root. Raises OSError if anything refuses."""
    if os.geteuid() == 0:
        _call("unshare", _NEWNET | _NEWIPC)
        os.chroot(folder)
        os.chdir("/")
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    _call("prctl", _SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    _call("prctl", _SET_DUMPABLE, 0, 0, 0, 0)
    for limit, value in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_FSIZE, 64 << 10),  # what it says at its end
        (resource.RLIMIT_NOFILE, 16),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
    ):
        resource.setrlimit(limit, (value, value))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 5))
