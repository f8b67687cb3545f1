"""`amiable verify`: read the block stores and say what is missing or damaged."""

from collections.abc import Iterator

import click
from sqlalchemy import select

from amiable.blocks.store import open_store
from amiable.blocks.verify import verify
from amiable.cli.local import local_state
from amiable.cli.options import json_option, settings
from amiable.cli.output import Item, print_json, print_table
from amiable.cli.progress import Tell, progress
from amiable.model.snapshot import Snapshot

COLUMNS = (
    ("Region", lambda row: row["Region"]),
    ("Snapshot", lambda row: row["SnapshotId"]),
    ("Chunk", lambda row: row["Chunk"]),
    ("Problem", lambda row: row["Problem"]),
)


@click.command("verify")
@click.argument("snapshot_ids", metavar="[SNAPSHOT]...", nargs=-1)
@json_option
def command(snapshot_ids: tuple[str, ...], as_json: bool) -> None:
    """Read every chunk of snapshots, all or some, and check it against its name.

    Reads the stores of all regions as they are configured; the server may run meanwhile. Needs root, on the
    server's machine. Exits with 1 when something is missing or damaged.
    """
    found = list(_findings(snapshot_ids))
    if as_json:
        print_json(found)
    else:
        print_table(found, COLUMNS, "Nothing is missing or damaged.")
    if found:
        raise SystemExit(1)


def _findings(snapshot_ids: tuple[str, ...]) -> Iterator[Item]:
    chosen = settings()
    known: set[str] = set()
    with local_state(chosen) as state, state.database.read() as session:
        wanted: dict[str, dict[str, str | None]] = {region: {} for region in chosen.region_names}
        query = select(Snapshot.region, Snapshot.id, Snapshot.manifest_digest).where(
            Snapshot.state == "completed"
        )
        for region, name, digest in session.execute(query):
            if not snapshot_ids or name in snapshot_ids:
                wanted.setdefault(region, {})[name] = digest
                known.add(name)
    for name in snapshot_ids:
        if name not in known:
            raise click.ClickException(
                f"There is no completed snapshot {name}. See: aws ec2 describe-snapshots"
            )
    for region, snapshots in wanted.items():
        store = open_store(chosen.store_url(region), chosen.store_options)
        with progress(f"Verify {region}") as tell:

            def checked(done: int, of: int, tell: Tell = tell) -> None:
                tell(f"{of} chunks", done / of)

            report = verify(store, snapshots, digests=snapshots, progress=checked)
        for one in report.findings:
            yield {"Region": region, "SnapshotId": one.manifest, "Chunk": one.chunk, "Problem": one.problem}
