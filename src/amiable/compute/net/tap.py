"""A port's descriptor for QEMU: the only thing of a VPC's network that a machine's process ever holds."""

import errno
import fcntl
import os
import socket
import struct

from amiable.compute.net.inside import run_inside
from amiable.core.errors import Conflict, MissingPrerequisite, NotFound

_TUNSETIFF = 0x400454CA
_IFF_TAP, _IFF_NO_PI, _IFF_VNET_HDR = 0x0002, 0x1000, 0x4000


def open_tap(namespace: str, tap: str) -> int:
    """A descriptor of a standing tap (TAP, NO_PI, VNET_HDR), closed on exec; the caller closes it.

    Raises NotFound (no such namespace or tap), Conflict (another process holds it), MissingPrerequisite.
    """
    return run_inside(namespace, lambda: _open(namespace, tap))


def _open(namespace: str, tap: str) -> int:
    _demand_link(namespace, tap)  # TUNSETIFF would make a tap that does not exist
    try:
        descriptor = os.open("/dev/net/tun", os.O_RDWR | os.O_CLOEXEC | os.O_NONBLOCK)
    except (FileNotFoundError, PermissionError) as wrong:
        raise MissingPrerequisite("/dev/net/tun cannot be opened.", "Run: modprobe tun") from wrong
    try:
        request = struct.pack("16sH22x", tap.encode(), _IFF_TAP | _IFF_NO_PI | _IFF_VNET_HDR)
        fcntl.ioctl(descriptor, _TUNSETIFF, request)
    except OSError as wrong:
        os.close(descriptor)
        if wrong.errno == errno.EBUSY:
            raise Conflict(f"Another process holds the tap {tap} of {namespace}.") from wrong
        raise NotFound(f"{tap} of {namespace} is no tap: {wrong.strerror}.") from wrong
    return descriptor


def _demand_link(namespace: str, tap: str) -> None:
    try:
        socket.if_nametoindex(tap)
    except OSError as missing:
        raise NotFound(f"There is no tap {tap} in {namespace}.") from missing
