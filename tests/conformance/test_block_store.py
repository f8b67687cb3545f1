"""What every backend of the block store must do. A new backend: its three lines in OPENERS."""

import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from amiable.blocks import collect
from amiable.blocks.chunk import BLOCK_SIZE, chunk_id
from amiable.blocks.delete import delete_manifest
from amiable.blocks.hydrate import hydrate
from amiable.blocks.ingest import ingest
from amiable.blocks.layout import chunk_key, manifest_key
from amiable.blocks.manifest import Manifest, load
from amiable.blocks.replicate import replicate
from amiable.blocks.store import PruneStore, open_store
from amiable.blocks.verify import verify
from amiable.core.errors import Corrupt, NotFound
from tests.helpers.disks import Disk, block, content


def _local(request: pytest.FixtureRequest) -> PruneStore:
    return open_store(f"file://{request.getfixturevalue('tmp_path')}/store")


def _memory(request: pytest.FixtureRequest) -> PruneStore:
    return open_store("memory://")


def _s3(request: pytest.FixtureRequest) -> PruneStore:
    server = request.getfixturevalue("seaweedfs_server")
    return open_store(f"s3://blocks/{secrets.token_hex(8)}", server.options)


OPENERS = {"local": _local, "memory": _memory, "s3": _s3}


@pytest.fixture(params=OPENERS)
def store(request: pytest.FixtureRequest) -> PruneStore:
    return OPENERS[request.param](request)


def test_create_has_one_winner_of_sixteen(store: PruneStore) -> None:
    for round in range(2):
        key = f"chunks/ab/round-{round}"
        with ThreadPoolExecutor(16) as pool:
            won = list(pool.map(lambda number, key=key: store.create(key, b"%d" % number), range(16)))
        assert sum(won) == 1
        assert store.get(key) == b"%d" % won.index(True)


def test_create_leaves_what_is_there(store: PruneStore) -> None:
    assert store.create("manifests/a", b"first")
    assert not store.create("manifests/a", b"second")
    assert store.get("manifests/a") == b"first"


def test_replace_overwrites(store: PruneStore) -> None:
    store.replace("leases/a.beat", b"first")
    store.replace("leases/a.beat", b"second")
    assert store.get("leases/a.beat") == b"second"


def test_missing(store: PruneStore) -> None:
    assert not store.exists("chunks/00/none")
    with pytest.raises(NotFound, match="chunks/00/none"):
        store.get("chunks/00/none")
    store.delete("chunks/00/none")
    store.delete_many(["chunks/00/none", "manifests/none"])
    assert list(store.list("copies/none/")) == []


@pytest.mark.parametrize("size", [0, 1, 4096, BLOCK_SIZE + 1, 12_000_000])
def test_bytes_come_back(store: PruneStore, size: int) -> None:
    data = secrets.token_bytes(size)
    assert store.create("manifests/sized", data)
    store.settle()
    assert store.get("manifests/sized") == data
    assert [(entry.key, entry.size) for entry in store.list("manifests/")] == [("manifests/sized", size)]


def test_delete(store: PruneStore) -> None:
    for name in "abc":
        store.create(f"manifests/{name}", b"x")
    store.delete("manifests/a")
    store.delete_many(["manifests/b"])
    assert [entry.key for entry in store.list("manifests/")] == ["manifests/c"]
    assert store.create("manifests/a", b"again")
    assert store.get("manifests/a") == b"again"


def test_list_is_whole_and_keeps_to_its_folder(store: PruneStore) -> None:
    """More objects than one page of any backend holds, at two depths, beside neighbours."""
    wanted = {f"chunks/{number % 256:02x}/{number:04d}" for number in range(1050)}
    others = ["chunk/00/0000", "manifests/0001", "copies/00/0000"]
    before = datetime.now(UTC) - timedelta(seconds=5)
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda key: store.create(key, b"x"), [*wanted, *others]))
    listed = list(store.list("chunks/"))
    assert len(listed) == len(wanted)
    assert {entry.key for entry in listed} == wanted
    assert all(before < entry.modified < before + timedelta(minutes=10) for entry in listed)
    assert {entry.key for entry in store.list("chunks/07/")} == {key for key in wanted if key[7:9] == "07"}
    store.delete_many(sorted(wanted))
    assert list(store.list("chunks/")) == []
    assert all(store.exists(key) for key in others)


def test_a_big_manifest(store: PruneStore) -> None:
    """8 GiB, every block its own chunk: 16,384 rows, 0.6 MB."""
    rows = 8 * 2**30 // BLOCK_SIZE
    ids = np.frombuffer(secrets.token_bytes(32 * rows), np.uint8).reshape(rows, 32)
    manifest = Manifest(8 * 2**30, BLOCK_SIZE, np.arange(rows, dtype=np.uint32), ids)
    store.create(manifest_key("snap-big"), manifest.to_bytes())
    assert load(store, "snap-big", manifest.digest) == manifest


def test_disk_there_and_back(store: PruneStore, tmp_path: Path) -> None:
    disk = content("ab.ca.") + b"tail"
    first = ingest(store, Disk(disk), name="snap-1")
    assert first.chunks_new == 4
    assert first.bytes_stored > 0
    again = ingest(store, Disk(disk), name="snap-2")
    assert (again.chunks_new, again.bytes_stored, again.digest) == (0, 0, first.digest)
    hydrate(store, load(store, "snap-2", first.digest), tmp_path / "disk.raw")
    assert (tmp_path / "disk.raw").read_bytes() == disk
    assert verify(store, ["snap-1", "snap-2"]).findings == ()
    assert list(store.list("leases/")) == []


@pytest.mark.parametrize("damage", ["missing", "truncated", "flipped", "swapped", "empty"])
def test_a_bad_chunk_is_named_and_not_served(store: PruneStore, tmp_path: Path, damage: str) -> None:
    ingest(store, Disk(content("abc")), name="snap-1")
    chunk = chunk_id(block("b"))
    body = bytearray(store.get(chunk_key(chunk)))
    body[-1] ^= 1
    replaced = {
        "truncated": bytes(body[:-5]),
        "flipped": bytes(body),
        "swapped": store.get(chunk_key(chunk_id(block("a")))),
        "empty": b"",
    }
    if damage == "missing":
        store.delete(chunk_key(chunk))
    else:
        store.replace(chunk_key(chunk), replaced[damage])
    with pytest.raises(NotFound if damage == "missing" else Corrupt, match=chunk.hex()):
        hydrate(store, load(store, "snap-1"), tmp_path / "disk.raw")
    assert list(tmp_path.glob("disk.raw*")) == []
    (finding,) = verify(store, ["snap-1"]).findings
    assert (finding.manifest, finding.chunk) == ("snap-1", chunk.hex())


def test_collection_takes_the_dead_and_leaves_the_living(store: PruneStore) -> None:
    ingest(store, Disk(content("abc")), name="snap-1")
    ingest(store, Disk(content("bcd")), name="snap-2")
    delete_manifest(store, "snap-1")
    plan = collect.plan(store, ["snap-2"])
    assert (plan.stats().chunks, plan.stats().dead_chunks) == (4, 1)
    assert plan.execute().chunks == 1
    assert not store.exists(chunk_key(chunk_id(block("a"))))
    assert verify(store, ["snap-2"]).findings == ()


def test_an_ingest_beside_collection_puts_a_second_copy(store: PruneStore, tmp_path: Path) -> None:
    """A chunk that a generation lists is not relied on, though it is there; its copy is found."""
    ingest(store, Disk(content("ab")), name="snap-1")
    delete_manifest(store, "snap-1")
    collect.plan(store, []).execute()
    store.create(chunk_key(chunk_id(block("a"))), b"a collector's delayed deletion may still take this")
    ingest(store, Disk(content("a")), name="snap-2")
    store.delete(chunk_key(chunk_id(block("a"))))
    hydrate(store, load(store, "snap-2"), tmp_path / "disk.raw")
    assert (tmp_path / "disk.raw").read_bytes() == content("a")


def test_a_copy_to_and_from_another_store(store: PruneStore, tmp_path: Path) -> None:
    """Between this backend and a local folder, both ways; the second version costs what changed."""
    folder = open_store(f"file://{tmp_path}/other")
    ingest(folder, Disk(content("abc.")), name="snap-1")
    ingest(folder, Disk(content("abd.") + b"tail"), name="snap-2")
    for name, new in (("snap-1", 3), ("snap-2", 2)):
        digest = load(folder, name).digest
        assert replicate(folder, name, digest, store, name=f"{name}-copy").chunks_new == new
    assert verify(store, ["snap-1-copy", "snap-2-copy"]).findings == ()
    third = open_store(f"file://{tmp_path}/third")
    back = replicate(store, "snap-2-copy", load(store, "snap-2-copy").digest, third, name="snap-3")
    assert back.chunks_new == 4
    hydrate(third, load(third, "snap-3", back.digest), tmp_path / "disk.raw")
    assert (tmp_path / "disk.raw").read_bytes() == content("abd.") + b"tail"
    assert list(store.list("leases/")) == []
