"""Bundles: there and back; whatever is wrong with one is Corrupt, and nothing of it is stored."""

import secrets
from pathlib import Path

import pytest

from amiable.blocks import bundle
from amiable.blocks.bundle import Bundle, pieces
from amiable.blocks.ingest import ingest
from amiable.blocks.manifest import load
from amiable.blocks.place import Folder
from amiable.blocks.reader import Reader
from amiable.blocks.replicate import receive
from amiable.blocks.store import PruneStore, open_store
from amiable.core.errors import Corrupt, NotFound
from tests.helpers.disks import Disk, content

ABOUT = {"name": "web", "tags": {"stage": "test"}}


def made() -> bytes:
    store = open_store("memory://")
    ingest(store, Disk(content("ab.a") + secrets.token_bytes(600_000)), name="root")
    ingest(store, Disk(content("bc")), name="data")
    names = ("root", "data")
    return b"".join(pieces(store, {name: load(store, name) for name in names}, ABOUT, lambda *_: None))


def opened(data: bytes) -> Bundle:
    return Bundle(lambda offset, length: data[offset : offset + length], len(data), "stored.bin")


def taken(data: bytes) -> PruneStore:
    """Open it and store all that it holds."""
    store, read = open_store("memory://"), opened(data)
    for name, manifest in read.manifests.items():
        assert receive(read, manifest, store, name=name).digest == manifest.digest
    return store


def test_there_and_back() -> None:
    data = made()
    assert opened(data).about == ABOUT
    store = taken(data)
    assert Reader(store, load(store, "data")).read_at(0, 2 << 20) == content("bc")
    assert len(list(store.list("chunks/"))) == 5


def test_an_image_of_nothing_but_zeros() -> None:
    store = open_store("memory://")
    ingest(store, Disk(content("..")), name="blank")
    data = b"".join(pieces(store, {"blank": load(store, "blank")}, {}, lambda *_: None))
    assert opened(data).manifests["blank"].volume_size == 1 << 20


def test_damage_anywhere_is_noticed() -> None:
    data = made()
    for at in [*range(0, len(data), len(data) // 40), *range(len(data) - 60, len(data))]:
        damaged = bytearray(data)
        damaged[at] ^= 0x41
        with pytest.raises(Corrupt):
            taken(bytes(damaged))


@pytest.mark.parametrize("length", [0, 7, 40, 1000, -1, -56, -200])
def test_truncated(length: int) -> None:
    with pytest.raises(Corrupt, match=r"stored\.bin"):
        opened(made()[:length])


@pytest.mark.parametrize(
    ("name", "value"),
    [("MAX_DIRECTORY", 100), ("MAX_MANIFESTS", 100), ("BLOCK_SIZE", 1000)],
)
def test_what_is_too_long_is_not_read(monkeypatch: pytest.MonkeyPatch, name: str, value: int) -> None:
    data = made()
    monkeypatch.setattr(bundle, name, value)
    with pytest.raises(Corrupt):
        opened(data)


def test_folders(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "new")
    folder.write("a.raw", [b"begin", bytes(1 << 20), b"end", bytes(1 << 20)], {})
    assert folder.size("a.raw") == 2 * (1 << 20) + 8
    assert folder.read("a.raw", (1 << 20) + 5, 4) == b"end\0"
    assert (tmp_path / "new" / "a.raw").stat().st_blocks * 512 < 1 << 20
    (tmp_path / "new" / "link").symlink_to(tmp_path / "new" / "a.raw")
    for name in ("link", "none"):
        with pytest.raises(NotFound):
            folder.size(name)

    def broken() -> "list[bytes]":
        raise NotFound("gone")

    with pytest.raises(NotFound):
        folder.write("b.raw", (broken()[0] for _ in range(1)), {})
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["a.raw", "link"]
