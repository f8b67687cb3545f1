"""The way in which SQLite finds what belongs to one row: by an index, whatever else there is."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Engine, event

from amiable.core import ids
from amiable.flows.delete_snapshot import delete_snapshot
from amiable.flows.inspect import report_of
from tests.helpers.api import Api, filters
from tests.helpers.carrying import carry
from tests.helpers.images import add_image, add_snapshot

IMAGE = ids.new_id("ami")


@contextmanager
def plans(engine: Engine) -> Iterator[list[str]]:
    """The lines of the plans of all queries in the block."""
    lines: list[str] = []

    def explain(connection: Any, cursor: Any, statement: str, parameters: Any, *more: Any) -> None:
        if statement.startswith("SELECT"):
            rows = connection.connection.cursor().execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            lines.extend(row[3] for row in rows)

    event.listen(engine, "before_cursor_execute", explain)
    yield lines
    event.remove(engine, "before_cursor_execute", explain)


def descendants(api: Api) -> None:
    api("DescribeImageDescendants", "amiable", ImageId=add_image(api).id)


def copies(api: Api) -> None:
    api("DescribeImages", Filters=filters(source_image_id=IMAGE))


def images_of_a_snapshot(api: Api) -> None:
    api("DescribeImages", Filters=filters(block_device_mapping__snapshot_id="snap-1"))


def images_with_a_tag(api: Api) -> None:
    api("DescribeImages", Filters=[{"Name": "tag:Kind", "Values": ["golden"]}])


def deletion(api: Api) -> None:
    snapshot = add_snapshot(api).id
    api("DeleteSnapshot", SnapshotId=snapshot)
    carry(api.database, delete_snapshot, SimpleNamespace(stores=api.stores), snapshot)


def report(api: Api) -> None:
    image = add_image(api)
    with api.database.write() as session:
        report_of(session, image)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("ask", "found"),
    [
        (descendants, "image USING INDEX ix_image_source_image_id (source_image_id=?)"),
        (copies, "image USING INDEX ix_image_source_image_id (source_image_id=? AND region=?)"),
        (images_of_a_snapshot, "image_device USING INDEX ix_image_device_snapshot_id (snapshot_id=?)"),
        (
            images_with_a_tag,
            "tag USING COVERING INDEX ix_tag_account_key_value (account_id=? AND key=? AND value=?)",
        ),
        (deletion, "snapshot USING INDEX ix_snapshot_parent_id (parent_id=?)"),
        (report, "inspection USING INDEX ix_inspection_region_account_id_key"),
    ],
)
def test_what_belongs_to_a_row_is_found_by_index(api: Api, ask: Callable[[Api], None], found: str) -> None:
    with plans(api.database.engine) as lines:
        ask(api)
    assert any(found in line for line in lines), lines
    through_all = [line for line in lines if line.endswith("ix_image_region_id (region=?)")]
    scanned = [line for line in lines if line.startswith("SCAN ") and "CONSTANT" not in line]
    assert through_all + scanned == []
