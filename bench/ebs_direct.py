"""Reading a snapshot through EBS direct beside reading it from the store.

    python -m bench.ebs_direct [--mib 1024] [--threads 4] [--rounds 3]

A snapshot of 1 GiB of blocks that compress to about a half is put in a store of a real server, then read
whole, each way a process of its own, in turns: by boto3 (ListSnapshotBlocks, then GetSnapshotBlock in several
threads, checking each block's SHA-256) and by the store's own reader (the same chunks, fetched and checked by
as many threads). Prints medians, MiB a second, and the ratio. Root; nothing is left.
"""

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from random import Random

from amiable.app import open_state
from amiable.blocks.chunk import BLOCK_SIZE
from amiable.blocks.ingest import ingest
from amiable.blocks.store import open_store
from amiable.core import clock, ids
from amiable.model.snapshot import Snapshot
from tests.helpers.server import REGION, Account, Server, running

MIB = 1024**2

BY_API = """
import base64, hashlib, sys
from concurrent.futures import ThreadPoolExecutor
import boto3
from botocore.config import Config
url, key, secret, region, snapshot, threads = sys.argv[1:]
ebs = boto3.Session(key, secret, region_name=region).client(
    "ebs", endpoint_url=url, config=Config(max_pool_connections=int(threads)))
def get(block):
    answer = ebs.get_snapshot_block(SnapshotId=snapshot, **block)
    data = answer["BlockData"].read()
    assert answer["Checksum"] == base64.b64encode(hashlib.sha256(data).digest()).decode()
    return len(data)
def blocks(token=None):
    while token != "":
        more = {"NextToken": token} if token else {}
        page = ebs.list_snapshot_blocks(SnapshotId=snapshot, **more)
        yield from page["Blocks"]
        token = page.get("NextToken", "")
with ThreadPoolExecutor(int(threads)) as pool:
    print(sum(pool.map(get, blocks())))
"""
BY_STORE = """
import sys
from concurrent.futures import ThreadPoolExecutor
from amiable.blocks.chunk import fetch
from amiable.blocks.manifest import load
from amiable.blocks.store import open_store
url, snapshot, threads = sys.argv[1:]
store = open_store(url)
with ThreadPoolExecutor(int(threads)) as pool:
    print(sum(pool.map(lambda chunk: len(fetch(store, chunk)), load(store, snapshot).ids())))
"""


class Disk:
    """A disk of blocks that differ, half of each random."""

    def __init__(self, size: int) -> None:
        self.size = size

    def extents(self) -> Iterable[tuple[int, int]]:
        """All of it."""
        return [(0, self.size)]

    def read(self, offset: int, length: int) -> bytes:
        """Whole blocks."""
        blocks = range(offset // BLOCK_SIZE, (offset + length) // BLOCK_SIZE)
        return b"".join(Random(index).randbytes(BLOCK_SIZE // 2).ljust(BLOCK_SIZE, b"x") for index in blocks)


def put(server: Server, account: Account, size: int) -> str:
    """A completed snapshot of the account; its id."""
    settings = server.loaded()
    snapshot_id = ids.new_id("snap")
    stored = ingest(open_store(settings.store_url(REGION)), Disk(size), name=snapshot_id)
    with open_state(settings) as state, state.database.write() as session:
        session.add(
            Snapshot(
                id=snapshot_id,
                region=REGION,
                account_id=account.id,
                volume_size=-(-size // 1024**3),
                state="completed",
                progress=100,
                started_at=clock.now(),
                completed_at=clock.now(),
                manifest_digest=stored.digest,
            )
        )
    return snapshot_id


def seconds(program: str, *words: str, size: int) -> float:
    """How long a process takes that reads it all."""
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", program, *words],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        cwd=Path(__file__).parents[1],
    )
    assert int(done.stdout) == size, done.stdout
    return time.monotonic() - began


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--mib", type=int, default=1024)
    parser.add_argument("--threads", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    size, threads = options.mib * MIB, str(options.threads)
    taken: dict[str, list[float]] = {"EBS direct": [], "store": []}
    with running() as server:
        account = server.account("bench")
        snapshot_id = put(server, account, size)
        api = (server.url, account.access_key, account.secret, REGION, snapshot_id, threads)
        store = (server.loaded().store_url(REGION), snapshot_id, threads)
        for number in range(options.rounds):
            taken["EBS direct"].append(seconds(BY_API, *api, size=size))
            taken["store"].append(seconds(BY_STORE, *store, size=size))
            print(number + 1, {name: round(times[-1], 2) for name, times in taken.items()}, flush=True)
    medians = {name: statistics.median(times) for name, times in taken.items()}
    for name, median in medians.items():
        print(f"{name:12} {median:7.2f} s {options.mib / median:7.0f} MiB/s")
    print(f"ratio        {medians['EBS direct'] / medians['store']:7.1f}")


if __name__ == "__main__":
    main()
