"""One stage: started as a process group of its own, its words in a log, ended at its deadline.

What its tests counted comes from pytest's JUnit file, not from its screen.
"""

import os
import signal
import subprocess
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from tools.check.stages import Stage

# How long a stage that is told to stop may take to stop what it started (machines, networks, databases).
GRACE_SECONDS = 60


@dataclass(frozen=True)
class Outcome:
    """How a stage ended. `counts` has passed, failed and skipped tests; `skips` the reasons, each once."""

    stage: Stage
    passed: bool
    seconds: float
    log: str
    counts: Counter[str] = field(default_factory=Counter)
    skips: tuple[str, ...] = ()


def run(stage: Stage, folder: Path, environment: dict[str, str], started: set[int]) -> Outcome:
    """Run a stage to its end. `started` holds the process groups that run now, for whoever must end them."""
    log, report = folder / f"{stage.name}.log", folder / f"{stage.name}.xml"
    scratch = folder / stage.name
    scratch.mkdir()
    command = [*stage.command]
    if stage.suite:
        command += ["--junitxml", str(report), "--basetemp", str(scratch / "t")]
    begin = time.monotonic()
    with log.open("wb") as sink:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            env={**environment, "TMPDIR": str(scratch)},
            start_new_session=True,
        )
        started.add(process.pid)
        try:
            status = process.wait(stage.minutes * 60)
        except subprocess.TimeoutExpired:
            sink.write(f"\nended after {stage.minutes} minutes\n".encode())
            status = end(process)
        finally:
            started.discard(process.pid)
    counts, skips = _counted(report)
    return Outcome(
        stage,
        passed=status == 0,
        seconds=time.monotonic() - begin,
        log=log.read_text(errors="replace"),
        counts=counts,
        skips=skips,
    )


def end(process: "subprocess.Popen[bytes]") -> int:
    """Ask a stage to stop, as Ctrl-C would, so that its tests clear up; then insist. Its exit status."""
    signal_group(process.pid, signal.SIGINT)
    try:
        return process.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        signal_group(process.pid, signal.SIGKILL)
        return process.wait()


def signal_group(group: int, number: signal.Signals) -> None:
    """Signal a stage that was started by `run`, with all that shares its process group."""
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return  # it ended by itself in this moment


def _counted(report: Path) -> tuple[Counter[str], tuple[str, ...]]:
    counts: Counter[str] = Counter()
    reasons: dict[str, None] = {}
    if report.exists():
        for suite in ElementTree.parse(report).getroot().iter("testsuite"):
            tests, failures, errors, skipped = (
                int(suite.get(name, "0")) for name in ("tests", "failures", "errors", "skipped")
            )
            counts.update(
                passed=tests - failures - errors - skipped, failed=failures + errors, skipped=skipped
            )
            for skip in suite.iter("skipped"):
                reasons.setdefault(skip.get("message", "no reason given"))
    return counts, tuple(reasons)
