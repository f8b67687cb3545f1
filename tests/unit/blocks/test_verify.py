"""Verify: everything wrong is found and named, whatever names it."""

from amiable.blocks.chunk import chunk_id
from amiable.blocks.ingest import ingest
from amiable.blocks.layout import chunk_key, manifest_key
from amiable.blocks.store import open_store
from amiable.blocks.verify import Finding, Report, verify
from tests.helpers.disks import Disk, block, content


def test_findings_name_chunk_and_manifest() -> None:
    store = open_store("memory://")
    for name, letters in {"snap-1": "abc", "snap-2": "bcd", "snap-3": "..", "snap-4": "ab"}.items():
        ingest(store, Disk(content(letters)), name=name)
    seen: list[tuple[int, int]] = []
    assert verify(store, ["snap-1", "snap-2", "snap-3"], progress=lambda *at: seen.append(at)) == Report(
        3, 4, ()
    )
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]

    missing, damaged = chunk_id(block("b")), chunk_id(block("d"))
    store.delete(chunk_key(missing))
    store.replace(chunk_key(damaged), store.get(chunk_key(damaged))[:-1])
    store.replace(manifest_key("snap-4"), b"AMIABLE1")
    report = verify(store, ["snap-1", "snap-2", "snap-3", "snap-4", "snap-5"])
    assert {(finding.manifest, finding.chunk) for finding in report.findings} == {
        ("snap-1", missing.hex()),
        ("snap-2", missing.hex()),
        ("snap-2", damaged.hex()),
        ("snap-4", None),
        ("snap-5", None),
    }
    assert all(isinstance(finding, Finding) and finding.problem for finding in report.findings)
