"""Whether guests' networks answer, asked from inside their VPC: one TCP connection each, all at once.

An accepted connection and a refused one both come from a living guest, as an ARP reply does, which is what
AWS asks for. No security group stands between: the questions come from the guest's own router.
"""

import errno
import select
import socket
from collections.abc import Collection

from amiable.compute.net.inside import run_inside
from amiable.core import clock

PORT = 22
_ANSWERS = (0, errno.ECONNREFUSED)


def answering(namespace: str, addresses: Collection[str], timeout: float) -> set[str]:
    """The addresses that answer within `timeout` seconds. Raises NotFound when the namespace is gone."""
    return run_inside(namespace, lambda: ask(addresses, timeout))


def ask(addresses: Collection[str], timeout: float) -> set[str]:
    """The same from where the calling thread is."""
    waiting: dict[int, tuple[socket.socket, str]] = {}
    found: set[str] = set()
    unheard: set[int] = set()
    poll = select.poll()
    deadline = clock.monotonic() + timeout
    try:
        for address in addresses:
            asked = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            asked.setblocking(False)
            waiting[asked.fileno()] = (asked, address)
            begun = asked.connect_ex((address, PORT))
            if begun in _ANSWERS:
                found.add(address)
            elif begun == errno.EINPROGRESS:  # else there is no way to it, and nothing to wait for
                poll.register(asked, select.POLLOUT)
                unheard.add(asked.fileno())
        while unheard and (left := deadline - clock.monotonic()) > 0:
            for descriptor, _ in poll.poll(left * 1000):
                poll.unregister(descriptor)
                unheard.discard(descriptor)
                asked, address = waiting[descriptor]
                if asked.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) in _ANSWERS:
                    found.add(address)
    finally:
        for asked, _ in waiting.values():
            asked.close()
    return found
