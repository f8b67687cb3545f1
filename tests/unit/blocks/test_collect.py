"""Collection in the situations that its rules are for, one each. All interleavings: test_protocol.py."""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from amiable.blocks import collect
from amiable.blocks.chunk import chunk_id
from amiable.blocks.delete import delete_manifest
from amiable.blocks.ingest import ingest
from amiable.blocks.layout import chunk_key, copies_prefix, manifest_key
from amiable.blocks.lease import LEASE_SECONDS, SKEW_SECONDS, hold
from amiable.blocks.manifest import load
from amiable.blocks.store import PruneStore, open_store
from amiable.blocks.verify import verify
from amiable.core import clock
from amiable.core.errors import Corrupt, Unavailable
from tests.helpers.disks import Disk, block, content
from tests.helpers.stepping import Actor

HOUR = timedelta(hours=1)


@pytest.fixture
def store(tmp_path: Path) -> PruneStore:
    return open_store(f"file://{tmp_path}/store")


def there(store: PruneStore, letters: str) -> str:
    """Which of these letters' chunks the store holds under their first key."""
    return "".join(letter for letter in letters if store.exists(chunk_key(chunk_id(block(letter)))))


def age(folder: Path) -> None:
    """Make what was stored a minute older: file times tick too coarsely to tell it from a lease made next."""
    past = clock.now().timestamp() - 60
    for path in (folder / "store" / "chunks").rglob("*"):
        if path.is_file():
            os.utime(path, (past, past))


def test_planning_changes_nothing(store: PruneStore) -> None:
    ingest(store, Disk(content("ab")), name="snap-1")
    delete_manifest(store, "snap-1")
    before = {entry.key for folder in ("chunks/", "condemned/") for entry in store.list(folder)}
    stats = collect.plan(store, []).stats()
    assert (stats.chunks, stats.dead_chunks, stats.bytes) == (2, 2, stats.dead_bytes)
    assert {entry.key for folder in ("chunks/", "condemned/") for entry in store.list(folder)} == before


def test_what_an_open_ingest_has_not_seen_condemned_waits_for_it(store: PruneStore, tmp_path: Path) -> None:
    ingest(store, Disk(content("ab")), name="snap-1")
    age(tmp_path)
    delete_manifest(store, "snap-1")
    with hold(store, "snap-2"):
        done = collect.plan(store, ["snap-2"]).execute()
        assert (done.chunks, done.chunks_waiting) == (0, 2)
        assert there(store, "ab") == "ab"
    assert collect.plan(store, ["snap-2"]).execute().chunks == 2


def test_what_an_open_ingest_has_seen_condemned_does_not_wait(store: PruneStore, tmp_path: Path) -> None:
    ingest(store, Disk(content("ab")), name="snap-1")
    age(tmp_path)
    delete_manifest(store, "snap-1")
    with hold(store, "snap-2"):
        collect.plan(store, []).execute()
        with hold(store, "snap-3") as later:
            later.saw(entry.key.split("/")[1].removesuffix(".keys") for entry in store.list("condemned/"))
        assert there(store, "ab") == "ab"
    with hold(store, "snap-4") as later:
        later.saw(entry.key.split("/")[1].removesuffix(".keys") for entry in store.list("condemned/"))
        assert collect.plan(store, []).execute().chunks == 2


def test_chunks_of_an_ingest_in_progress_are_not_condemned(store: PruneStore) -> None:
    """Its children would have to distrust them for a day."""
    actor = Actor(store, lambda store: ingest(store, Disk(content("ab")), name="snap-1", threads=1))
    while there(store, "ab") != "ab":
        actor.step()
    assert collect.plan(store, ["snap-1"]).stats().dead_chunks == 0
    collect.plan(store, ["snap-1"]).execute()
    assert list(store.list("condemned/")) == []
    actor.finish()
    assert verify(store, ["snap-1"]).findings == ()


def test_a_silent_lease_is_broken_and_its_ingest_fails(store: PruneStore) -> None:
    late = clock.now() + timedelta(seconds=LEASE_SECONDS + SKEW_SECONDS)
    actor = Actor(store, lambda store: ingest(store, Disk(content("ab")), name="snap-1", threads=1))
    while there(store, "ab") != "ab":
        actor.step()
    assert collect.plan(store, ["snap-1"], late - timedelta(minutes=1)).stats().lapsed_leases == 0
    done = collect.plan(store, ["snap-1"], late + timedelta(minutes=1)).execute()
    assert (done.chunks, there(store, "ab")) == (2, "")
    actor.finish()
    assert isinstance(actor.error, Unavailable)
    assert verify(store, ["snap-1"]).findings != ()  # its manifest was written, and is not acknowledged
    ingest(store, Disk(content("ab")), name="snap-1")
    assert verify(store, ["snap-1"]).findings == ()


def test_a_lease_that_was_renewed_after_the_plan_is_not_broken(store: PruneStore) -> None:
    with hold(store, "snap-1") as lease:
        plan = collect.plan(store, [], clock.now() + timedelta(seconds=LEASE_SECONDS + SKEW_SECONDS - 1))
        assert plan.stats().lapsed_leases == 0
        plan.execute()
        assert lease.held()


def test_an_orphaned_manifest_goes_when_it_is_old(store: PruneStore) -> None:
    ingest(store, Disk(content("ab")), name="snap-1")
    ingest(store, Disk(content("bc")), name="snap-2")
    assert collect.plan(store, ["snap-2"]).execute().manifests == 0
    assert collect.plan(store, ["snap-2"], clock.now() + 2 * HOUR).execute().manifests == 1
    assert not store.exists(manifest_key("snap-1"))
    assert there(store, "abc") == "bc"
    assert verify(store, ["snap-2"]).findings == ()


def test_an_orphaned_manifest_stays_while_an_ingest_bears_its_name(store: PruneStore) -> None:
    ingest(store, Disk(content("ab")), name="snap-1")
    with hold(store, "snap-1"):
        plan = collect.plan(store, [], clock.now() + timedelta(seconds=LEASE_SECONDS))
        assert plan.stats().orphaned_manifests == 0


def test_condemned_keys_are_not_used_again_for_a_day(store: PruneStore) -> None:
    ingest(store, Disk(content("a")), name="snap-1")
    delete_manifest(store, "snap-1")
    collect.plan(store, []).execute()
    ingest(store, Disk(content("a")), name="snap-2")
    chunk = chunk_id(block("a"))
    assert (there(store, "a"), len(list(store.list(copies_prefix(chunk))))) == ("", 1)
    collect.plan(store, ["snap-2"], clock.now() + 25 * HOUR).execute()
    assert list(store.list("condemned/")) == []
    ingest(store, Disk(content("a")), name="snap-3")
    collect.plan(store, ["snap-2", "snap-3"]).execute()
    assert (there(store, "a"), len(list(store.list(copies_prefix(chunk))))) == ("a", 0)
    assert verify(store, ["snap-2", "snap-3"]).findings == ()


def test_of_several_copies_one_stays(store: PruneStore) -> None:
    """Two ingests on the day after a deletion do not share a copy; later they do."""
    ingest(store, Disk(content("a")), name="snap-1")
    delete_manifest(store, "snap-1")
    collect.plan(store, []).execute()
    for name in ("snap-2", "snap-3", "snap-4"):
        ingest(store, Disk(content("a")), name=name)
    assert len(list(store.list("copies/"))) == 3
    collect.plan(store, ["snap-2", "snap-3", "snap-4"]).execute()
    assert len(list(store.list("copies/"))) == 1
    delete_manifest(store, "snap-2")
    collect.plan(store, ["snap-3", "snap-4"]).execute()
    assert verify(store, ["snap-3", "snap-4"]).findings == ()


def test_a_child_does_not_inherit_a_condemned_chunk_unseen(store: PruneStore) -> None:
    """The parent was written beside the collection that condemned its chunk, and is deleted soon after."""
    ingest(store, Disk(content("a")), name="old")
    delete_manifest(store, "old")
    with hold(store, "other"):
        actor = Actor(store, lambda store: ingest(store, Disk(content("a")), name="parent", threads=1))
        actor.step(6)  # its lease is open and it has read that nothing is condemned
        collect.plan(store, []).execute()
        actor.finish()
        parent = load(store, "parent")
        child = ingest(store, Disk(content("a"), []), name="child", parent=parent)
    delete_manifest(store, "parent")
    for _ in range(2):
        collect.plan(store, ["child"]).execute()
    assert verify(store, ["child"]).findings == ()
    assert child.manifest == parent


def test_an_unreadable_manifest_stops_everything(store: PruneStore) -> None:
    ingest(store, Disk(content("ab")), name="snap-1")
    ingest(store, Disk(content("bc")), name="snap-2")
    delete_manifest(store, "snap-1")
    plan = collect.plan(store, ["snap-2"])
    store.replace(manifest_key("snap-2"), store.get(manifest_key("snap-2"))[:-2])
    with pytest.raises(Corrupt, match="snap-2"):
        plan.execute()
    with pytest.raises(Corrupt, match="snap-2"):
        collect.plan(store, ["snap-2"])
    assert there(store, "abc") == "abc"


def test_an_old_plan_is_safe(store: PruneStore) -> None:
    """Between planning and executing, an ingest takes up the dead chunk."""
    ingest(store, Disk(content("ab")), name="snap-1")
    delete_manifest(store, "snap-1")
    plan = collect.plan(store, [])
    ingest(store, Disk(content("ab")), name="snap-2")
    assert plan.execute().chunks == 0
    assert verify(store, ["snap-2"]).findings == ()


def test_files_of_dead_writers_are_swept(store: PruneStore, tmp_path: Path) -> None:
    (tmp_path / "store" / "partial" / "dead").write_bytes(b"half a chunk")
    collect.plan(store, []).execute()
    assert (tmp_path / "store" / "partial" / "dead").exists()
    collect.plan(store, [], clock.now() + 25 * HOUR).execute()
    assert list((tmp_path / "store" / "partial").iterdir()) == []


def test_foreign_objects_are_left_alone(store: PruneStore) -> None:
    for key in ("chunks/ab/notes.txt", "chunks/00/" + "ff" * 32, "copies/readme/x"):
        store.create(key, b"not ours")
    collect.plan(store, []).execute()
    assert store.exists("chunks/ab/notes.txt")
    assert store.exists("chunks/00/" + "ff" * 32)
    assert store.exists("copies/readme/x")
