"""The collection protocol under every interleaving that hypothesis finds.

Ingests and collectors are actors that stop before each of their store calls. The machine lets them through
in any order, crashes them anywhere, starts a snapshot's ingest again while an old one still stands, deletes
snapshots at any moment, and gives collectors wrong clocks. Always: every completed snapshot reads back whole.
In the end, after enough time: nothing but what completed snapshots need is left.

What the protocol assumes is kept to (docs/store.md): a collector whose clock says that a day has passed does
not run beside another that is in the middle of deleting, and `live` is not an hour old.
"""

from datetime import timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from amiable.blocks import collect
from amiable.blocks.chunk import BLOCK_SIZE, chunk_id
from amiable.blocks.delete import delete_manifest
from amiable.blocks.ingest import ingest
from amiable.blocks.layout import CHUNKS, COPIES, chunk_key, chunk_of
from amiable.blocks.manifest import Manifest, load
from amiable.blocks.reader import Reader
from amiable.blocks.store import PruneStore, open_store
from amiable.core import clock
from amiable.core.errors import Conflict, Unavailable
from tests.helpers.disks import Disk, changes, content
from tests.helpers.stepping import Actor, Crashed

# The calls around which the protocol turns.
INGEST_CALLS = [
    ("list", "condemned/"),
    ("replace", "leases/"),
    ("exists", "manifests/"),
    ("exists", "chunks/"),
    ("create", "manifests/"),
    ("exists", "leases/"),
]
COLLECT_CALLS = [
    ("list", "condemned/"),
    ("create", "condemned/"),
    ("list", "leases/"),
    ("list", "manifests/"),
    ("delete", "chunks/"),
    ("delete", "leases/"),
]
which = st.integers(0, 3)
disks = st.text("abc.", min_size=1, max_size=2)


class Collection(RuleBasedStateMachine):
    """`letters` is what each snapshot that has a row must hold; `completed` those whose ingest succeeded."""

    def __init__(self) -> None:
        super().__init__()
        self.store = open_store("memory://")
        self.letters: dict[str, str] = {}
        self.parents: dict[str, str] = {}
        self.completed: dict[str, str] = {}  # name → digest
        self.ingests: list[tuple[str, Actor]] = []
        self.collectors: list[Actor] = []
        self.count = 0

    # Ingests

    def _start(self, name: str, parent: Manifest | None) -> None:
        letters = self.letters[name]
        wanted = None if parent is None else changes(self.parents[name], letters)

        def work(store: PruneStore) -> str:
            return ingest(store, Disk(content(letters), wanted), name=name, parent=parent, threads=1).digest

        self.ingests.append((name, Actor(self.store, work)))

    @precondition(lambda self: len(self.ingests) < 2)
    @rule(letters=disks)
    def start_ingest(self, letters: str) -> None:
        self.count += 1
        self.letters[f"snap-{self.count}"] = letters
        self._start(f"snap-{self.count}", None)

    @rule(letters=disks)
    def ingest_at_once(self, letters: str) -> None:
        """Leaves no lease behind, so that what it stored may be condemned as soon as it is dead."""
        self.start_ingest(letters)
        name, actor = self.ingests[-1]
        actor.finish()
        self._after(name, actor)

    @precondition(lambda self: len(self.ingests) < 2 and self.completed)
    @rule(which=which, letters=disks)
    def start_child(self, which: int, letters: str) -> None:
        """An ingest that reads only what differs from a parent, which may be deleted any time from now on."""
        origin = sorted(self.completed)[which % len(self.completed)]
        old = self.letters[origin]
        letters = letters + old[len(letters) :]
        self.count += 1
        name = f"snap-{self.count}"
        self.letters[name], self.parents[name] = letters, old
        self._start(name, load(self.store, origin))

    @precondition(lambda self: len(self.ingests) < 2 and self.pending())
    @rule(which=which)
    def start_again(self, which: int) -> None:
        """A flow taken over by another worker: the old one may be dead, or merely slow."""
        self._start(self.pending()[which % len(self.pending())], None)

    def pending(self) -> list[str]:
        return sorted(name for name in self.letters if name not in self.completed)

    @precondition(lambda self: self.ingests)
    @rule(which=which, calls=st.integers(1, 6) | st.just(100))
    def step_ingest(self, which: int, calls: int) -> None:
        name, actor = self.ingests[which % len(self.ingests)]
        actor.step(calls)
        self._after(name, actor)

    @precondition(lambda self: self.ingests)
    @rule(which=which, call=st.sampled_from(INGEST_CALLS))
    def step_ingest_to(self, which: int, call: tuple[str, str]) -> None:
        """Right before one of the calls whose order matters."""
        name, actor = self.ingests[which % len(self.ingests)]
        actor.step_to(*call)
        self._after(name, actor)

    def _after(self, name: str, actor: Actor) -> None:
        if actor.done:
            self.ingests.remove((name, actor))
            if actor.error is None and name in self.letters:
                self.completed[name] = actor.result
            elif actor.error is not None and not self._may_end_so(name, actor.error):
                raise actor.error

    def _may_end_so(self, name: str, error: BaseException) -> bool:
        """A collector broke its lease; or another ingest completed the snapshot and it was deleted."""
        return isinstance(error, Unavailable) or (isinstance(error, Conflict) and name not in self.letters)

    @precondition(lambda self: self.ingests)
    @rule(which=which)
    def crash_ingest(self, which: int) -> None:
        _, actor = self.ingests.pop(which % len(self.ingests))
        actor.crash()
        assert isinstance(actor.error, Crashed)

    # Deletions

    @precondition(lambda self: self.completed)
    @rule(which=which)
    def delete(self, which: int) -> None:
        name = sorted(self.completed)[which % len(self.completed)]
        del self.completed[name], self.letters[name]
        delete_manifest(self.store, name)

    # Collections

    def _collector(self, after: timedelta) -> Actor:
        live, now = sorted(self.letters), clock.now() + after
        return Actor(self.store, lambda store: collect.plan(store, live, now).execute())

    @precondition(lambda self: len(self.collectors) < 2)
    @rule(minutes=st.sampled_from([0, 40]))
    def start_collect(self, minutes: int) -> None:
        """With 40 minutes, to this collector every lease has lapsed, those of busy ingests too."""
        self.collectors.append(self._collector(timedelta(minutes=minutes)))

    @precondition(lambda self: self.collectors)
    @rule(which=which, calls=st.integers(1, 6) | st.just(100))
    def step_collect(self, which: int, calls: int) -> None:
        actor = self.collectors[which % len(self.collectors)]
        actor.step(calls)
        self._collected(actor)

    @precondition(lambda self: self.collectors)
    @rule(which=which, call=st.sampled_from(COLLECT_CALLS))
    def step_collect_to(self, which: int, call: tuple[str, str]) -> None:
        """Right before one of the calls whose order matters."""
        actor = self.collectors[which % len(self.collectors)]
        actor.step_to(*call)
        self._collected(actor)

    def _collected(self, actor: Actor) -> None:
        if actor.done:
            self.collectors.remove(actor)
            if actor.error is not None:
                raise actor.error

    @precondition(lambda self: self.collectors)
    @rule(which=which)
    def crash_collect(self, which: int) -> None:
        self.collectors.pop(which % len(self.collectors)).crash()

    @precondition(lambda self: not self.collectors)
    @rule(hours=st.sampled_from([0, 2, 50]))
    def collect_at_once(self, hours: int) -> None:
        """Ingests in progress stand still meanwhile, for hours or days."""
        actor = self._collector(timedelta(hours=hours))
        actor.finish()
        if actor.error is not None:
            raise actor.error

    # What must hold

    @invariant()
    def nothing_live_is_lost(self) -> None:
        for name, digest in self.completed.items():
            manifest = load(self.store, name, digest)
            expected = content(self.letters[name])
            assert Reader(self.store, manifest).read_at(0, len(expected)) == expected

    def teardown(self) -> None:
        for actor in [*self.collectors, *(actor for _, actor in self.ingests)]:
            actor.crash()
        live = list(self.completed)  # rows still pending are deleted
        for days in range(1, 16, 2):  # what one run forgets, the next may take: second copies, spared chunks
            collect.plan(self.store, live, clock.now() + timedelta(days=days)).execute()
        self.nothing_live_is_lost()
        needed = {chunk for name in live for chunk in load(self.store, name).ids()}
        kept = [chunk_of(entry.key) for folder in (CHUNKS, COPIES) for entry in self.store.list(folder)]
        assert set(kept) == needed
        assert len(kept) == len(needed)
        assert {entry.key for entry in self.store.list("manifests/")} == {
            f"manifests/{name}" for name in live
        }
        assert list(self.store.list("leases/")) == []
        assert list(self.store.list("condemned/")) == []


Collection.TestCase.settings = settings(
    max_examples=150,
    stateful_step_count=50,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestCollection = Collection.TestCase
TestCollection.__doc__ = "Run by pytest."


def test_a_crash_at_every_call_of_an_ingest_loses_nothing() -> None:
    """Crash an ingest before its first, second, … call; collect at once; run it again."""
    for calls in range(100):
        store = open_store("memory://")
        kept = ingest(store, Disk(content("ab")), name="kept")
        actor = Actor(store, lambda store: ingest(store, Disk(content("bcc")), name="new", threads=1))
        if actor.step(calls):
            break
        actor.crash()
        collect.plan(store, ["kept", "new"], clock.now() + timedelta(hours=1)).execute()
        ingest(store, Disk(content("bcc")), name="new")
        collect.plan(store, ["kept", "new"]).execute()
        assert Reader(store, kept.manifest).read_at(0, 2 * BLOCK_SIZE) == content("ab")
        assert Reader(store, load(store, "new")).read_at(0, 3 * BLOCK_SIZE) == content("bcc")
    assert calls > 10
    assert actor.error is None


def test_the_classic_hole() -> None:
    """An ingest finds a chunk; a collector takes it for dead; the ingest's manifest comes afterwards."""
    store = open_store("memory://")
    ingest(store, Disk(content("a")), name="old")
    delete_manifest(store, "old")
    actor = Actor(store, lambda store: ingest(store, Disk(content("a")), name="new", threads=1))
    while not list(store.list("leases/")):
        actor.step()
    actor.step(4)
    for _ in range(3):
        collect.plan(store, ["new"]).execute()
    assert store.exists(chunk_key(chunk_id(content("a"))))
    actor.finish()
    collect.plan(store, ["new"]).execute()
    assert Reader(store, load(store, "new")).read_at(0, BLOCK_SIZE) == content("a")


def test_a_late_deletion() -> None:
    """A collector decides, sleeps, and deletes after others have collected, ingested and collected again."""
    store = open_store("memory://")
    ingest(store, Disk(content("a")), name="old")
    delete_manifest(store, "old")
    late = Actor(store, lambda store: collect.plan(store, ["new"]).execute())
    late.step_to("delete", CHUNKS)
    for hours in (0, 20):
        collect.plan(store, ["new"], clock.now() + timedelta(hours=hours)).execute()
        ingest(store, Disk(content("a")), name="new")
    collect.plan(store, ["new"], clock.now() + timedelta(hours=20)).execute()
    late.finish()
    assert late.error is None
    assert Reader(store, load(store, "new")).read_at(0, BLOCK_SIZE) == content("a")
