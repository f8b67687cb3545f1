"""Launches and terminations, many at a time: nothing stays behind, and the last is as quick as the first.

    python -m bench.soak [--launches 200] [--at-once 10]

Compared, before the first launch (after one that warms up) and after the last termination: processes, links,
namespaces, routes, nftables, leases, files, descriptors and threads of the server, and rows of every table
but tombstones. A launch is from RunInstances to `running`; its peer is the first quarter of the launches of
the same run. Exit status 1 when anything stayed. Needs root; uses the tiny image.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from amiable.app import REQUEST_THREADS, open_state
from amiable.compute.net.names import runtime_folder, token
from amiable.model.tables import metadata
from tests.helpers.server import Server, eventually, import_disk, running
from tests.helpers.tiny import tiny_image

REMEMBERED = {"client_token", "flow", "instance", "usage_interval"}
"""Tables whose rows tell of the past, and go when they are old: checked for unfinished ones instead."""

OTHER_THREADS = 12
"""Of the server, beside its two pools, which grow to their size and stay."""

Left = dict[str, Counter[str]]


def launch_and_terminate(ec2: Any, image_id: str) -> float:
    """One instance's life; seconds from RunInstances to `running`."""
    began = time.monotonic()
    answer = ec2.run_instances(ImageId=image_id, MinCount=1, MaxCount=1, InstanceType="t3.nano")
    instance_id = answer["Instances"][0]["InstanceId"]

    def is_in(state: str) -> bool:
        (found,) = ec2.describe_instances(InstanceIds=[instance_id])["Reservations"]
        now = found["Instances"][0]["State"]["Name"]
        assert now == state or now not in ("stopped", "terminated"), found["Instances"][0].get("StateReason")
        return bool(now == state)

    eventually(lambda: is_in("running"), within=300, every=0.05, what=f"{instance_id} running")
    seconds = time.monotonic() - began
    ec2.terminate_instances(InstanceIds=[instance_id])
    eventually(lambda: is_in("terminated"), within=300, every=0.2, what=f"{instance_id} terminated")
    return seconds


def said(*words: str) -> list[str]:
    """The lines that a program prints."""
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.splitlines()


def standing(server: Server) -> Left:
    """All that a launch could leave behind, by kind."""
    settings = server.loaded()
    mark = token(settings.data_dir)
    uids = range(settings.uid_base, settings.uid_base + settings.uid_count)
    own = f"am{mark}-"
    assert server.process is not None
    me = Path(f"/proc/{server.process.pid}")
    threads = len(list((me / "task").iterdir())) - settings.workers - REQUEST_THREADS - OTHER_THREADS
    folders = (settings.data_dir, runtime_folder(mark))
    return {
        "processes": Counter(_processes(str(settings.data_dir), mark, uids)),
        "links": Counter(
            line.split()[0].partition("@")[0] for line in said("ip", "-br", "link") if own in line
        ),
        "namespaces": Counter(line.split()[0] for line in said("ip", "netns") if line.startswith(own)),
        "routes": Counter(
            line.split(" metric")[0] for line in said("ip", "route") if "proto 177" in line and own in line
        ),
        "rules": Counter(line.strip() for line in _table(f"amiable_{mark}")),
        "files": Counter(
            str(path)
            for folder in folders
            for path in folder.rglob("*")
            if not path.is_dir() and _counts(path)
        ),
        "descriptors": Counter({"open": len(list((me / "fd").iterdir()))}),
        "threads": Counter({"beyond the pools": max(0, threads)}),
        "rows": _rows(server),
    }


def _processes(folder: str, mark: str, uids: range) -> list[str]:
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            ours = entry.stat().st_uid in uids or folder in words or f"/run/amiable/{mark}/" in words
        except (FileNotFoundError, ProcessLookupError):
            continue
        if ours and entry.name != str(os.getpid()):
            found.append(words[:120])
    return found


def _table(name: str) -> list[str]:
    done = subprocess.run(
        ["nft", "-s", "list", "table", "inet", name], capture_output=True, text=True, check=False
    )
    return done.stdout.splitlines()


def _counts(path: Path) -> bool:
    """Logs grow, and a database has a journal while it is open."""
    return (
        not path.is_dir() and path.suffix != ".log" and not path.name.endswith(("-wal", "-shm", "-journal"))
    )


def _rows(server: Server) -> Counter[str]:
    with open_state(server.loaded()) as state, state.database.read() as session:
        found = Counter(
            {
                table.name: session.scalar(select(func.count()).select_from(table)) or 0
                for table in metadata.sorted_tables
                if table.name not in REMEMBERED
            }
        )
        flow, instance = metadata.tables["flow"], metadata.tables["instance"]
        usage = metadata.tables["usage_interval"]
        for name, table, alive in (
            ("flow under way", flow, flow.c.outcome.is_(None)),
            ("flow failed", flow, flow.c.outcome == "failed"),
            ("instance not terminated", instance, instance.c.state != "terminated"),
            ("usage not ended", usage, usage.c.ended_at.is_(None)),
        ):
            found[name] = session.scalar(select(func.count()).select_from(table).where(alive)) or 0
    return found


def more(before: Left, after: Left) -> list[str]:
    """What is there now and was not before."""
    return [
        f"{kind}: {count} × {what}"
        for kind, found in after.items()
        for what, count in sorted((found - before[kind]).items())
    ]


def settled(server: Server, before: Left) -> list[str]:
    """What stays after the stories have had a minute to end: threads and descriptors may lag."""
    deadline = time.monotonic() + 60
    while (left := more(before, standing(server))) and time.monotonic() < deadline:
        time.sleep(2)
    return left


def main() -> None:
    """Soak, print quartiles and the ratio, and what stayed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--launches", type=int, default=200)
    parser.add_argument("--at-once", type=int, default=10)
    options = parser.parse_args()
    with running(stop_grace_seconds="0") as server:
        image_id = import_disk(server, tiny_image(), "tiny")
        ec2 = server.account("soak").client("ec2", max_pool_connections=options.at_once)
        for _ in range(2):
            launch_and_terminate(ec2, image_id)  # hydrates, imports, opens pools
        with ThreadPoolExecutor(options.at_once) as pool:  # as many connections and workers as later
            list(pool.map(lambda _: launch_and_terminate(ec2, image_id), range(options.at_once)))
        time.sleep(2)
        before = standing(server)
        began = time.monotonic()
        with ThreadPoolExecutor(options.at_once) as pool:
            rounds = range(options.at_once + options.launches)
            times = list(pool.map(lambda _: launch_and_terminate(ec2, image_id), rounds))
        times = times[options.at_once :]  # the first ones have no terminations beside them
        seconds = time.monotonic() - began
        left = settled(server, before)
    quarter = max(1, len(times) // 4)
    first, last = statistics.median(times[:quarter]), statistics.median(times[-quarter:])
    low, middle, high = statistics.quantiles(times, n=4)
    print(
        f"{options.launches} launches, {options.at_once} at a time, {seconds:.0f} s: RunInstances to "
        f"running, quartiles {low:.2f} {middle:.2f} {high:.2f} s; first quarter {first:.2f} s, "
        f"last {last:.2f} s, ratio {last / first:.2f}"
    )
    print("\n".join(left) if left else "nothing stayed behind")
    sys.exit(1 if left else 0)


if __name__ == "__main__":
    main()
