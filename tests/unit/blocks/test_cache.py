"""The cache of base images: hydrated once, read-only, bounded."""

import multiprocessing
import os
from pathlib import Path

import pytest

from amiable.blocks.cache import BaseCache
from amiable.blocks.chunk import BLOCK_SIZE
from amiable.blocks.ingest import ingest
from amiable.blocks.store import open_store
from amiable.core.errors import Corrupt, InvalidInput, NotFound
from tests.helpers.disks import Disk, content


def _fill(tmp_path: Path, names: str) -> dict[str, str]:
    store = open_store(f"file://{tmp_path}/store")
    return {name: ingest(store, Disk(content(name * 4)), name=f"snap-{name}").digest for name in names}


def _ensure(tmp_path: Path, name: str, digest: str) -> Path:
    cache = BaseCache(tmp_path / "cache", 4 * BLOCK_SIZE)
    return cache.ensure(open_store(f"file://{tmp_path}/store"), f"snap-{name}", digest)


def test_ensure_hydrates_once(tmp_path: Path) -> None:
    digest = _fill(tmp_path, "a")["a"]
    path = _ensure(tmp_path, "a", digest)
    assert path == tmp_path / "cache" / "snap-a.raw"
    assert path.read_bytes() == content("aaaa")
    assert path.stat().st_mode & 0o777 == 0o444
    first = path.stat().st_ino
    assert _ensure(tmp_path, "a", digest).stat().st_ino == first


def test_a_wrong_digest_or_a_missing_snapshot_makes_nothing(tmp_path: Path) -> None:
    _fill(tmp_path, "a")
    with pytest.raises(Corrupt, match="snap-a"):
        _ensure(tmp_path, "a", "00" * 32)
    with pytest.raises(NotFound, match="snap-b"):
        _ensure(tmp_path, "b", "00" * 32)
    with pytest.raises(InvalidInput):
        _ensure(tmp_path, "a/../../b", "00" * 32)
    assert list((tmp_path / "cache").iterdir()) == []


def test_many_processes_make_one_file(tmp_path: Path) -> None:
    digest = _fill(tmp_path, "a")["a"]
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        paths = pool.starmap(_ensure, [(tmp_path, "a", digest)] * 8)
    assert set(paths) == {tmp_path / "cache" / "snap-a.raw"}
    assert [child.name for child in (tmp_path / "cache").iterdir()] == ["snap-a.raw"]
    assert paths[0].read_bytes() == content("aaaa")


def test_evict_takes_what_was_used_longest_ago_and_not_in_use(tmp_path: Path) -> None:
    digests = _fill(tmp_path, "abcd")
    for age, name in enumerate("dcba"):
        os.utime(_ensure(tmp_path, name, digests[name]), (age, age))
    cache = BaseCache(tmp_path / "cache", 8 * BLOCK_SIZE)
    assert cache.evict({"snap-d"}) == ["snap-c", "snap-b"]
    assert sorted(path.stem for path in cache.folder.iterdir()) == ["snap-a", "snap-d"]
    assert cache.evict(set()) == []
    _ensure(tmp_path, "d", digests["d"])  # used again: now `a` is the oldest
    cache.limit_bytes = 0
    assert cache.evict({"snap-d"}) == ["snap-a"]


def test_evict_sweeps_partial_files_that_nobody_writes(tmp_path: Path) -> None:
    cache = BaseCache(tmp_path / "cache", 0)
    (cache.folder / "snap-x.raw.partial").write_bytes(b"left by a kill")
    cache.evict(set())
    assert list(cache.folder.iterdir()) == []
