"""The NBD client: beside qemu-img on real exports, and against servers that lie."""

import os
import socket
import struct
import subprocess
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from amiable.compute import argv, block_server, nbd, process, qmp
from amiable.compute.source import VolumeSource
from amiable.core.errors import AmiableError, Corrupt, InvalidInput, NotFound, Unavailable
from tests.helpers.machines import MIB, UID

SIZE = 6 * MIB


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, bytes]]:
    """A block server with a qcow2 on a raw base, exported as `disk`; and what the disk contains."""
    home = tmp_path_factory.mktemp("nbd")
    base, overlay = home / "base.raw", home / "disk.qcow2"
    base.write_bytes(os.urandom(2 * MIB) + bytes(SIZE - 2 * MIB))
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", "-b", base, "-F", "raw", overlay], check=True)
    for command in ("write -P 5 1M 192k", "write -P 6 4M 64k", "write -z 256k 64k"):
        subprocess.run(["qemu-io", "-c", command, overlay], check=True, capture_output=True)
    subprocess.run(["qemu-img", "convert", "-O", "raw", overlay, home / "whole.raw"], check=True)
    with overlay.open("rb") as upper, base.open("rb") as lower:
        a, b = upper.fileno(), lower.fileno()
        words = [
            *("-add-fd", f"fd={a},set={a}", "-add-fd", f"fd={b},set={b}"),
            *argv.blockdev(driver="file", node_name="base", filename=f"/dev/fdset/{b}", read_only=True),
            *argv.blockdev(
                driver="qcow2",
                node_name="disk",
                backing="base",
                read_only=True,
                file={"driver": "file", "filename": f"/dev/fdset/{a}"},
            ),
        ]
        block_server.start(home / "server", UID, words, [a, b], cpu_seconds=60)
    with qmp.connect(home / "server") as monitor:
        block_server.serve(monitor, home / "server")
        block_server.export(monitor, "disk", "disk")
    yield home / "server", (home / "whole.raw").read_bytes()
    block_server.stop(home / "server")
    assert process.find(home / "server") is None


def test_it_reads_what_qemu_img_reads(served: tuple[Path, bytes]) -> None:
    folder, whole = served
    connection = block_server.connect(folder, "disk")
    assert connection.size == SIZE
    assert connection.read(0, SIZE) == whole
    for offset, length in ((0, 0), (1, 1), (MIB - 7, 14), (SIZE - 1, 1), (511, 3 * MIB + 5)):
        assert connection.read(offset, length) == whole[offset : offset + length]
    connection.close()


def test_depth_tells_overlay_from_base(served: tuple[Path, bytes]) -> None:
    folder, whole = served
    source = VolumeSource(partial(block_server.connect, folder, "disk"), bitmap=None, layers=1)
    assert list(source.extents()) == [(256 << 10, 64 << 10), (MIB, 192 << 10), (4 * MIB, 64 << 10)]
    assert source.read(256 << 10, 64 << 10) == bytes(64 << 10)
    both = VolumeSource(partial(block_server.connect, folder, "disk"), bitmap=None, layers=2)
    assert sum(length for _, length in both.extents()) == SIZE
    assert both.read(0, SIZE) == whole
    source.close()
    both.close()


def test_many_threads_read_at_once(served: tuple[Path, bytes]) -> None:
    folder, whole = served
    source = VolumeSource(partial(block_server.connect, folder, "disk"), bitmap=None, layers=1)
    places = [(at, 96 << 10) for at in range(0, SIZE - (96 << 10), 32 << 10)]
    with ThreadPoolExecutor(6) as threads:
        read = list(threads.map(lambda place: bytes(source.read(*place)), places))
    assert read == [whole[at : at + length] for at, length in places]
    source.close()


def test_reads_outside_the_export_are_refused(served: tuple[Path, bytes]) -> None:
    connection = block_server.connect(served[0], "disk")
    for offset, length in ((-1, 1), (SIZE, 1), (0, SIZE + 1), (0, -1), (1 << 63, 1)):
        with pytest.raises(InvalidInput):
            connection.read(offset, length)
    connection.close()


def test_what_is_not_exported_is_not_found(served: tuple[Path, bytes]) -> None:
    with pytest.raises(NotFound):
        block_server.connect(served[0], "nothing")
    with pytest.raises(NotFound, match="no-such"):
        block_server.connect(served[0], "disk", ["qemu:dirty-bitmap:no-such"])


# --- servers that lie --------------------------------------------------------------------------------------

OPTION = 0x0003E889045565A9


class Liar:
    """A server that negotiates an export of 1 MiB in order, then answers requests as a test wants."""

    def __init__(self, answer: Callable[[bytes], bytes], size: int = MIB) -> None:
        ours, self._theirs = socket.socketpair()
        self._size, self._answer = size, answer
        threading.Thread(target=self._serve, daemon=True).start()
        self.connection = nbd.Connection(ours, "x", ["base:allocation"])

    def _take(self, length: int) -> bytes:
        data = b""
        while len(data) < length:
            if not (more := self._theirs.recv(length - len(data))):
                raise EOFError
            data += more
        return data

    def _serve(self) -> None:
        try:
            self._negotiate()
            while True:
                self._theirs.sendall(self._answer(self._take(28)))
        except (EOFError, OSError):
            self._theirs.close()

    def _negotiate(self) -> None:
        self._theirs.sendall(b"NBDMAGICIHAVEOPT" + struct.pack(">H", 3))
        self._take(4)
        replies = {8: [], 10: [(4, struct.pack(">I", 1) + b"base:allocation")], 7: [(3, self._info())]}
        for _ in range(3):
            _magic, option, length = struct.unpack(">8sII", self._take(16))
            self._take(length)
            for kind, body in [*replies[option], (1, b"")]:
                self._theirs.sendall(struct.pack(">QIII", OPTION, option, kind, len(body)) + body)

    def _info(self) -> bytes:
        return struct.pack(">HQH", 0, self._size, 1)


def reply(request: bytes, kind: int, body: bytes, flags: int = 1, length: int | None = None) -> bytes:
    handle = request[8:16]
    return (
        struct.pack(">IHH", 0x668E33EF, flags, kind)
        + handle
        + struct.pack(">I", len(body) if length is None else length)
        + body
    )


def data(offset: int, content: bytes) -> bytes:
    return struct.pack(">Q", offset) + content


LIES: dict[str, Callable[[bytes], bytes]] = {
    "no reply at all": lambda request: b"\0" * 20,
    "another request's handle": lambda request: reply(request[:8] + b"\xff" * 8, 1, data(0, b"x" * 4096)),
    "too much data": lambda request: reply(request, 1, data(0, b"x" * 8192)),
    "a length of 4 GiB": lambda request: reply(request, 1, b"", length=0xFFFFFFFF),
    "data before the range": lambda request: reply(request, 1, data(0, b"x" * 4096)),
    "data beyond the range": lambda request: reply(request, 1, data(1 << 40, b"x" * 4096)),
    "too little data": lambda request: reply(request, 1, data(4096, b"x" * 100)),
    "nothing but done": lambda request: reply(request, 0, b""),
    "the same data twice": lambda request: (
        reply(request, 1, data(4096, b"x" * 4096), flags=0) + reply(request, 1, data(4096, b"y" * 4096))
    ),
    "a hole of 4 GiB": lambda request: reply(request, 2, struct.pack(">QI", 4096, 0xFFFFFFFF)),
    "a malformed hole": lambda request: reply(request, 2, b"\0" * 5),
    "a block status": lambda request: reply(request, 5, struct.pack(">III", 1, 4096, 0)),
    "an unknown chunk": lambda request: reply(request, 99, b""),
    "an input/output error": lambda request: reply(request, 0x8001, struct.pack(">IH", 5, 0)),
    "an error of 4 GiB": lambda request: reply(request, 0x8001, b"\0" * 4096, length=0xFFFFFFFF),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_lying_server_is_corrupt_and_never_believed(lie: str) -> None:
    liar = Liar(LIES[lie])
    with pytest.raises(Corrupt):
        liar.connection.read(4096, 4096)
    liar.connection.close()


STATUS_LIES: dict[str, Callable[[bytes], bytes]] = {
    "empty extents": lambda request: reply(request, 5, struct.pack(">III", 1, 0, 0)),
    "no extents": lambda request: reply(request, 0, b""),
    "another context": lambda request: reply(request, 5, struct.pack(">III", 7, MIB, 0)),
    "odd length": lambda request: reply(request, 5, b"\0" * 15),
    "a length of 4 GiB": lambda request: reply(request, 5, b"", length=0xFFFFFFFC),
    "data": lambda request: reply(request, 1, data(0, b"x")),
}


@pytest.mark.parametrize("lie", STATUS_LIES)
def test_a_lie_about_extents_is_corrupt(lie: str) -> None:
    liar = Liar(STATUS_LIES[lie])
    with pytest.raises(Corrupt):
        list(liar.connection.status("base:allocation"))
    liar.connection.close()


def test_extents_are_cut_to_the_size_of_the_export() -> None:
    liar = Liar(lambda request: reply(request, 5, struct.pack(">III", 1, 0xFFFFFFFF, 3)))
    assert list(liar.connection.status("base:allocation")) == [(0, MIB, 3)]
    liar.connection.close()


def test_data_in_pieces_and_out_of_order_are_put_together() -> None:
    liar = Liar(
        lambda request: (
            reply(request, 1, data(6144, b"b" * 2048), flags=0)
            + reply(request, 2, struct.pack(">QI", 5120, 1024), flags=0)
            + reply(request, 1, data(4096, b"a" * 1024))
        )
    )
    assert liar.connection.read(4096, 4096) == b"a" * 1024 + bytes(1024) + b"b" * 2048
    liar.connection.close()


@pytest.mark.parametrize(
    "greeting", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"NBDMAGICIHAVEOPT\0\0", b"\0" * 100]
)
def test_what_is_no_nbd_server(greeting: bytes) -> None:
    ours, theirs = socket.socketpair()
    theirs.sendall(greeting)
    theirs.shutdown(socket.SHUT_WR)
    with pytest.raises(AmiableError) as caught:
        nbd.Connection(ours, "x")
    assert isinstance(caught.value, Corrupt | Unavailable)
    theirs.close()


def test_a_server_that_hangs_up_is_unavailable() -> None:
    def hang_up(_request: bytes) -> bytes:
        raise EOFError

    liar = Liar(hang_up)
    with pytest.raises(Unavailable):
        liar.connection.read(0, 10)
    liar.connection.close()
