"""Replicate: what travels, what is trusted, crashes at every call, the source collected meanwhile."""

import pytest

from amiable.blocks import collect
from amiable.blocks.chunk import BLOCK_SIZE, chunk_id
from amiable.blocks.delete import delete_manifest
from amiable.blocks.ingest import Ingested, ingest
from amiable.blocks.layout import chunk_key
from amiable.blocks.manifest import load
from amiable.blocks.reader import Reader
from amiable.blocks.replicate import replicate
from amiable.blocks.store import PruneStore, open_store
from amiable.blocks.verify import verify
from amiable.core.errors import Conflict, Corrupt, NotFound
from tests.helpers.disks import Disk, block, content
from tests.helpers.stepping import Actor, Crashed


@pytest.fixture
def here() -> PruneStore:
    return open_store("memory://")


@pytest.fixture
def there() -> PruneStore:
    return open_store("memory://")


def copy(here: PruneStore, there: PruneStore, name: str, to: str) -> Ingested:
    return replicate(here, name, load(here, name).digest, there, name=to)


def disk(store: PruneStore, name: str) -> bytes:
    manifest = load(store, name)
    return Reader(store, manifest).read_at(0, manifest.volume_size)


def test_the_second_version_costs_what_changed(here: PruneStore, there: PruneStore) -> None:
    ingest(here, Disk(content("abcd")), name="one")
    ingest(here, Disk(content("abxd") + b"tail"), name="two")
    first = copy(here, there, "one", "copy-one")
    assert (first.chunks_new, first.digest) == (4, load(here, "one").digest)
    second = copy(here, there, "two", "copy-two")
    assert second.chunks_new == 2
    assert second.bytes_read == second.bytes_stored < first.bytes_read
    assert disk(there, "copy-two") == content("abxd") + b"tail"
    assert [*here.list("leases/"), *there.list("leases/")] == []


def test_within_one_store_nothing_travels(here: PruneStore) -> None:
    ingest(here, Disk(content("ab.a")), name="one")
    done = copy(here, here, "one", "two")
    assert (done.bytes_read, done.chunks_new) == (0, 0)
    delete_manifest(here, "one")
    collect.plan(here, ["two"]).execute()
    assert disk(here, "two") == content("ab.a")


def test_a_bad_chunk_does_not_travel(here: PruneStore, there: PruneStore) -> None:
    ingest(here, Disk(content("ab")), name="one")
    bad = chunk_id(block("b"))
    here.replace(chunk_key(bad), here.get(chunk_key(chunk_id(block("a")))))
    with pytest.raises(Corrupt, match=bad.hex()):
        copy(here, there, "one", "two")
    assert not there.exists(chunk_key(bad))
    assert list(there.list("manifests/")) == []


def test_another_disk_under_the_name_is_left_alone(here: PruneStore, there: PruneStore) -> None:
    ingest(here, Disk(content("ab")), name="one")
    ingest(there, Disk(content("cd")), name="two")
    with pytest.raises(Conflict, match="other content"):
        copy(here, there, "one", "two")
    assert disk(there, "two") == content("cd")


def test_run_again_it_puts_back_what_is_missing(here: PruneStore, there: PruneStore) -> None:
    ingest(here, Disk(content("ab")), name="one")
    copy(here, there, "one", "two")
    there.delete(chunk_key(chunk_id(block("b"))))
    assert copy(here, there, "one", "two").chunks_new == 1
    assert verify(there, ["two"]).findings == ()


@pytest.mark.parametrize("calls", range(0, 22, 3))
def test_killed_anywhere_it_goes_on_where_it_was(here: PruneStore, there: PruneStore, calls: int) -> None:
    """What arrived before the kill does not travel again, and no manifest names what is not there."""
    letters = "abcdefgh"
    ingest(here, Disk(content(letters)), name="one")
    actor = Actor(there, lambda store: replicate(here, "one", load(here, "one").digest, store, name="two"))
    actor.step(calls)
    actor.crash()
    assert actor.done
    assert actor.error is None or isinstance(actor.error, Crashed)
    arrived = len(list(there.list("chunks/")))
    for entry in there.list("manifests/"):
        assert verify(there, [entry.key.removeprefix("manifests/")]).findings == ()
    assert copy(here, there, "one", "two").chunks_new == len(letters) - arrived
    assert disk(there, "two") == content(letters)


@pytest.mark.parametrize("call", [("get", "manifests/"), ("get", "chunks/"), ("delete", "leases/")])
def test_the_source_may_be_deleted_and_collected_meanwhile(
    here: PruneStore, there: PruneStore, call: tuple[str, str]
) -> None:
    """Once its manifest was read, the copy succeeds; else it fails. Never with a hole."""
    ingest(here, Disk(content("abc")), name="one")
    digest = load(here, "one").digest
    actor = Actor(here, lambda store: replicate(store, "one", digest, there, name="two"))
    actor.step_to(*call)
    delete_manifest(here, "one")
    for _ in range(2):
        collect.plan(here, []).execute()
    actor.finish()
    if call == ("get", "manifests/"):
        assert isinstance(actor.error, NotFound)
        assert list(there.list("manifests/")) == []
    else:
        assert actor.error is None
        assert disk(there, "two") == content("abc")
    assert list(here.list("leases/")) == []
    collect.plan(here, []).execute()
    assert list(here.list("chunks/")) == []


def test_a_condemned_chunk_of_the_target_is_put_again(here: PruneStore, there: PruneStore) -> None:
    """A collector that decided before the copy began may delete afterwards; the copy does not rely on it."""
    ingest(there, Disk(content("ab")), name="old")
    delete_manifest(there, "old")
    collector = Actor(there, lambda store: collect.plan(store, []).execute())
    collector.step_to("delete", "chunks/")
    ingest(here, Disk(content("ab")), name="one")
    assert copy(here, there, "one", "two").chunks_new == 2
    collector.finish()
    assert disk(there, "two") == content("ab")


def test_progress_counts_blocks(here: PruneStore, there: PruneStore) -> None:
    ingest(here, Disk(content("abcdefghij.")), name="one")
    seen: list[tuple[int, int]] = []
    replicate(
        here,
        "one",
        load(here, "one").digest,
        there,
        name="two",
        progress=lambda done, total: seen.append((done, total)),
    )
    assert seen == [(8 * BLOCK_SIZE, 10 * BLOCK_SIZE), (10 * BLOCK_SIZE, 10 * BLOCK_SIZE)]
