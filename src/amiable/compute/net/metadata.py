"""The metadata service's sockets and threads: a listener a VPC, opened in its namespace, served from here.

    serve(vpc) ──► listening ──accept──► a thread a connection, at most 16 a source and 512 in all
    stop(vpc)  ──► closed

The listener tells the VPC and the bridge rules prove the source address; the two name the instance.
"""

import socket
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from amiable.compute.net import addresses, imds, imds_http
from amiable.compute.net.identity import Identity
from amiable.compute.net.inside import NAMESPACES, run_inside
from amiable.compute.net.inside import identity as namespace_identity
from amiable.compute.net.tree import InstanceMetadata
from amiable.core import clock
from amiable.core.errors import AmiableError, InvalidInput, NotFound
from amiable.core.log import logger

log = logger(__name__)

Lookup = Callable[[str, str], InstanceMetadata | None]
"""(VPC id, source address) → the instance. Called from several threads."""

PORT = 80
MOST_PER_SOURCE = 16
MOST_IN_ALL = 512
_USUAL_HOPS = 64


@dataclass(frozen=True)
class _Listener:
    socket: socket.socket
    namespace: tuple[int, int] | None
    thread: threading.Thread


class MetadataServer:
    """169.254.169.254 for any number of VPCs. `key` signs tokens: keep it, and tokens outlive a restart."""

    def __init__(self, lookup: Lookup, key: bytes, identity: Identity | None = None) -> None:
        self._lookup = lookup
        self._key = key
        self._identity = identity
        self._listeners: dict[str, _Listener] = {}
        self._open: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()

    def serve(self, vpc_id: str, namespace: str) -> None:
        """Listen in the namespace, which stands (vpc.ensure); again is harmless, also after it was made anew.

        Raises NotFound when there is no such namespace.
        """
        place = namespace_identity(NAMESPACES / namespace)
        if place is None:
            raise NotFound(f"There is no network namespace {namespace}.")
        with self._lock:
            standing = self._listeners.get(vpc_id)
            if standing is not None and standing.namespace == place:
                return
            if standing is not None:
                _close(standing)
            made = run_inside(namespace, _listen)
            thread = threading.Thread(
                target=self._accept, args=(vpc_id, made), name=f"imds-{vpc_id}", daemon=True
            )
            self._listeners[vpc_id] = _Listener(made, place, thread)
            thread.start()

    def stop(self, vpc_id: str) -> None:
        """Listen no more for a VPC; harmless when it was not served. Before its namespace is removed."""
        with self._lock:
            standing = self._listeners.pop(vpc_id, None)
        if standing is not None:
            _close(standing)

    def close(self) -> None:
        """Stop for every VPC."""
        for vpc_id in list(self._listeners):
            self.stop(vpc_id)

    def _accept(self, vpc_id: str, listener: socket.socket) -> None:
        while True:
            try:
                connection, (source, _) = listener.accept()
            except OSError:
                return  # stop() shut it down
            if not self._admit(vpc_id, source):
                connection.close()
                continue
            name = f"imds-{source}"
            threading.Thread(
                target=self._converse, args=(vpc_id, source, connection), name=name, daemon=True
            ).start()

    def _admit(self, vpc_id: str, source: str) -> bool:
        with self._lock:
            if self._open[vpc_id, source] >= MOST_PER_SOURCE or self._open.total() >= MOST_IN_ALL:
                return False
            self._open[vpc_id, source] += 1
            return True

    def _converse(self, vpc_id: str, source: str, connection: socket.socket) -> None:
        try:
            with connection:
                self._answer_all(vpc_id, source, connection)
        except OSError as broken:
            log.debug("metadata: %s in %s: %s", source, vpc_id, broken)  # the client's affair
        finally:
            with self._lock:
                self._open[vpc_id, source] -= 1
                if not self._open[vpc_id, source]:
                    del self._open[vpc_id, source]

    def _answer_all(self, vpc_id: str, source: str, connection: socket.socket) -> None:
        rest, keep = b"", True
        while keep:
            try:
                read = imds_http.read(connection, rest)
            except InvalidInput:
                connection.sendall(imds_http.render(imds.Response(400), None))
                return
            if read is None:
                return
            request, rest = read
            response, known = self._answer(vpc_id, source, request)
            hops = _USUAL_HOPS if response.hops is None else response.hops
            connection.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, hops)
            keep = request.keep_alive and known
            connection.settimeout(imds_http.HEAD_SECONDS)
            connection.sendall(imds_http.render(response, request if known else None))

    def _answer(self, vpc_id: str, source: str, request: imds.Request) -> tuple[imds.Response, bool]:
        try:
            one = self._lookup(vpc_id, source)
        except AmiableError as failure:
            log.error("metadata: %s in %s: %s", source, vpc_id, failure)
            return imds.Response(500), False
        now = clock.now().timestamp()
        return imds.answer(one, request, self._key, self._identity, now), one is not None


def _listen() -> socket.socket:
    # ours alone: a guest cannot take the address, and a server that was killed leaves no socket behind
    return socket.create_server((addresses.METADATA, PORT), backlog=128)


def _close(listener: _Listener) -> None:
    # shutdown wakes the thread that waits in accept
    listener.socket.shutdown(socket.SHUT_RDWR)
    listener.thread.join()
    listener.socket.close()
