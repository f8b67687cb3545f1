"""Verify: is every chunk of these snapshots there, and is its content what its name says?

Everything is read, each chunk once however often it is named.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from types import MappingProxyType

from amiable.blocks.chunk import fetch
from amiable.blocks.manifest import load
from amiable.blocks.store import ReadStore
from amiable.core.errors import Corrupt, NotFound


@dataclass(frozen=True)
class Finding:
    """Something wrong. `chunk` is hex, or None if the manifest itself is missing or damaged."""

    manifest: str
    chunk: str | None
    problem: str


@dataclass(frozen=True)
class Report:
    """What was looked at, and what was wrong."""

    manifests: int
    chunks: int
    findings: tuple[Finding, ...]


def verify(
    store: ReadStore,
    names: Iterable[str],
    *,
    digests: Mapping[str, str | None] = MappingProxyType({}),
    progress: Callable[[int, int], None] | None = None,
    threads: int = 0,
) -> Report:
    """Check snapshots; `digests`: what the manifests must have, where it is known.

    `progress(chunks checked, chunks)`. In memory: the ids of all chunks, and one manifest at a time. Raises
    Unavailable with no access to the store.
    """
    findings: list[Finding] = []
    whole: list[str] = []
    chunks: set[bytes] = set()
    for name in names:
        try:
            chunks.update(load(store, name, digests.get(name)).ids())
            whole.append(name)
        except (NotFound, Corrupt) as error:
            findings.append(Finding(name, None, str(error)))
    bad: dict[bytes, str] = {}
    for checked, (chunk, problem) in enumerate(_check(store, chunks, threads or store.concurrency), 1):
        if problem is not None:
            bad[chunk] = problem
        if progress is not None:
            progress(checked, len(chunks))
    for name in whole if bad else ():
        for chunk in sorted(set(load(store, name).ids()) & bad.keys()):
            findings.append(Finding(name, chunk.hex(), bad[chunk]))
    return Report(len(whole), len(chunks), tuple(findings))


def _check(store: ReadStore, chunks: Iterable[bytes], threads: int) -> Iterator[tuple[bytes, str | None]]:
    """Each chunk with its problem, a bounded number at once."""
    waiting: deque[Future[tuple[bytes, str | None]]] = deque()
    pool = ThreadPoolExecutor(threads, "verify")
    try:
        for chunk in chunks:
            waiting.append(pool.submit(_problem, store, chunk))
            if len(waiting) > 4 * threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _problem(store: ReadStore, chunk: bytes) -> tuple[bytes, str | None]:
    try:
        fetch(store, chunk)
    except (NotFound, Corrupt) as error:
        return chunk, str(error)
    return chunk, None
