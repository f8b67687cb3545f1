"""inspect: a question about the disks of snapshots is answered by the inspection process, and kept.

    look ──► done

Nothing is changed but the inspection's own row, so the step may run any number of times. The snapshots are
only read: one that is deleted meanwhile fails the inspection. Three inspections run on a host at once, one an
account, so that nobody's hostile image keeps others waiting.
"""

import json
import shutil
import threading
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from amiable.blocks.chunk import BLOCK_SIZE
from amiable.blocks.manifest import Indexes, Manifest, changed_blocks, load
from amiable.blocks.reader import Reader
from amiable.core import clock, ids
from amiable.flows.host import Host
from amiable.flows.story import Done, Next, Wait, Work, story
from amiable.flows.turns import turn
from amiable.inspection.session import Unreadable, ask
from amiable.inspection.unreadable import unreadable
from amiable.inspection.version import VERSION
from amiable.model.flow import enqueue
from amiable.model.image import Image, root_first
from amiable.model.inspection import Inspection, kept, question_key
from amiable.model.snapshot import Snapshot

AT_ONCE = 3
_slots = threading.BoundedSemaphore(AT_ONCE)
_KEEP = 64
"""Blocks of a disk that stay in memory: 32 MiB."""
_CPU_SECONDS = {"report": 120, "search": 600, "diff": 600}
_DEADLINE = 3600.0


def searched_report(rows: Sequence[Snapshot]) -> str:
    """The key of the report on these snapshots with their blocks searched, by the checks of today."""
    return question_key(VERSION, "report", True, {"before": [str(row.manifest_digest) for row in rows]})


def report_of(session: Session, image: Image) -> Inspection:
    """An image's report with its blocks searched; asked for, if nobody has. One that failed is an answer too.

    The snapshots of the image must be stored.
    """
    rows = [
        session.get_one(Snapshot, device.snapshot_id) for device in root_first(image) if device.snapshot_id
    ]
    key = searched_report(rows)
    found = kept(session, image.region, image.account_id, key)
    if found is None:
        same = select(Inspection).where(
            Inspection.region == image.region,
            Inspection.account_id == image.account_id,
            Inspection.key == key,
            Inspection.subject == image.id,
        )
        found = session.scalar(same.limit(1))
    if found is not None:
        return found
    made = Inspection(
        id=ids.new_id("insp"),
        region=image.region,
        account_id=image.account_id,
        kind="report",
        subject=image.id,
        search_blocks=True,
        disks={"before": [[row.id, row.manifest_digest] for row in rows]},
        key=key,
        created_at=clock.now(),
    )
    session.add(made)
    session.flush()
    enqueue(session, "inspect", made.id)
    return made


def look(work: Work[Host]) -> Next:
    """Ask, and keep the answer."""
    with work.database.read() as session:
        row = session.get(Inspection, work.subject)
    if row is None or row.state != "pending":
        return Done()
    with turn(work.host, "inspection", row.account_id, _slots) as free:
        if not free:
            return Wait(1.0)
        try:
            _answer(work, row)
        finally:
            shutil.rmtree(work.host.work_directory(work.number), ignore_errors=True)
    return Done()


def _answer(work: Work[Host], row: Inspection) -> None:
    begun = clock.monotonic()
    store = work.host.stores[row.region]
    manifests = {
        side: [load(store, name, digest) for name, digest in row.disks.get(side, ())]
        for side in ("before", "after")
    }
    readers = [Reader(store, each, keep=_KEEP) for side in manifests.values() for each in side]
    parameters, limit = _question(row, manifests)
    try:
        result = ask(
            readers,
            row.kind,
            parameters,
            uid=work.host.settings.parser_uid,
            work=work.host.work_directory(work.number),
            cpu_seconds=limit,
            deadline_seconds=_DEADLINE,
        )
    except Unreadable as said:
        result = unreadable(row.kind, str(said))
    result["blocks"] = _blocks(manifests)
    with work.transaction() as session:
        kept = session.get(Inspection, row.id)
        if kept is None:
            return
        kept.state, kept.ended_at = "completed", clock.now()
        kept.result = json.dumps(result)
        kept.summary = _summary(row.kind, result)
        kept.bytes_read = sum(reader.fetched for reader in readers)
        kept.seconds = round(clock.monotonic() - begun, 3)


def _question(row: Inspection, manifests: dict[str, list[Manifest]]) -> tuple[dict[str, Any], int]:
    """(parameters of the question, seconds of processor time that it may take)."""
    before, after = manifests["before"], manifests["after"]
    if row.kind == "diff":
        changed = [ranges(changed_blocks(*pair), pair[1]) for pair in zip(before, after, strict=False)]
        return {"before": len(before), "changed": changed}, _CPU_SECONDS["diff"]
    parameters: dict[str, Any] = {"now": clock.iso(clock.now())}
    if row.search_blocks:
        parameters["data"] = [ranges(each.indexes, each) for each in before]
    return parameters, _CPU_SECONDS["search" if row.search_blocks else "report"]


def ranges(indexes: Indexes, manifest: Manifest) -> list[tuple[int, int]]:
    """Runs of blocks as (offset, length) in bytes, the last cut at the end of the volume."""
    if not len(indexes):
        return []
    wide = indexes.astype(np.int64)
    breaks = np.flatnonzero(np.diff(wide) != 1) + 1
    starts = wide[np.concatenate([[0], breaks])] * BLOCK_SIZE
    ends = (wide[np.concatenate([breaks - 1, [len(wide) - 1]])] + 1) * BLOCK_SIZE
    pairs = zip(starts.tolist(), ends.tolist(), strict=True)
    return [
        (start, min(end, manifest.volume_size) - start)
        for start, end in pairs
        if start < manifest.volume_size
    ]


def _blocks(manifests: dict[str, list[Manifest]]) -> dict[str, int]:
    """How many blocks hold something, and how many differ."""
    before, after = manifests["before"], manifests["after"]
    counts = {"size": BLOCK_SIZE, "used": sum(len(each.indexes) for each in before)}
    if after:
        counts["changed"] = sum(len(changed_blocks(*pair)) for pair in zip(before, after, strict=False))
        alone = before[len(after) :] or after[len(before) :]
        counts["changed"] += sum(len(each.indexes) for each in alone)
    return counts


def _summary(kind: str, result: dict[str, Any]) -> dict[str, Any]:
    if kind == "diff":
        rows: dict[str, Sequence[Any]] = {
            name: result.get(name, ()) for name in ("packages", "users", "services")
        }
        counts: dict[str, int] = dict(result.get("counts", {}))
        return counts | {name: len(found) for name, found in rows.items()}
    return dict(Counter(row["severity"] for row in result["findings"]))


def failed(work: Work[Host], reason: str) -> None:
    """The inspection failed, with its reason."""
    shutil.rmtree(work.host.work_directory(work.number), ignore_errors=True)
    with work.transaction() as session:
        row = session.get(Inspection, work.subject)
        if row is not None and row.state == "pending":
            row.state, row.state_message, row.ended_at = "failed", reason, clock.now()


inspect = story("inspect", look, failed=failed)
