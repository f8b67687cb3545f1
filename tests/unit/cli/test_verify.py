"""amiable verify, on a store from which a chunk went."""

import pytest

from amiable.blocks.chunk import chunk_id
from amiable.blocks.ingest import ingest
from amiable.blocks.layout import chunk_key
from amiable.blocks.store import PruneStore, open_store
from amiable.core import clock
from amiable.model.account import account_named
from amiable.model.database import Database
from amiable.model.snapshot import Snapshot
from tests.helpers.disks import Disk, block, content
from tests.unit.cli.desk import Desk


@pytest.fixture
def store(desk: Desk, server: Database) -> PruneStore:
    """The store of us-east-1, with the snapshots snap-1 (blocks a, b) and snap-2 (c)."""
    store = open_store(desk.settings.store_url("us-east-1"))
    with server.write() as session:
        account = account_named(session, "me")
        for name, letters in {"snap-1": "ab", "snap-2": "c"}.items():
            made = ingest(store, Disk(content(letters)), name=name)
            session.add(
                Snapshot(
                    id=name,
                    region="us-east-1",
                    account_id=account.id,
                    volume_size=1,
                    state="completed",
                    started_at=clock.now(),
                    manifest_digest=made.digest,
                )
            )
    return store


def test_all_is_there(desk: Desk, store: PruneStore) -> None:
    assert desk.ok("verify") == ""
    assert "Nothing is missing or damaged." in desk.run("verify").stderr


def test_what_is_missing_is_named_with_its_snapshot(desk: Desk, store: PruneStore) -> None:
    store.delete(chunk_key(chunk_id(block("b"))))
    result = desk.run("verify")
    assert result.exit_code == 1
    assert "snap-1" in result.stdout
    assert "snap-2" not in result.stdout
    assert chunk_id(block("b")).hex() in result.stdout
    assert desk.ok("verify", "snap-2") == ""


def test_a_manifest_that_was_exchanged(desk: Desk, store: PruneStore) -> None:
    store.replace("manifests/snap-2", store.get("manifests/snap-1"))
    assert "snap-2" in desk.run("verify").stdout


def test_a_snapshot_that_is_not_there(desk: Desk, store: PruneStore) -> None:
    assert "There is no completed snapshot snap-3." in desk.refused("verify", "snap-3")
