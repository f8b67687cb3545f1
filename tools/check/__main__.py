"""The order of a run: setup → checks side by side → the last look → the line that CI reads.

A failed check does not stop the others, so that one run tells everything; a failed setup does.
"""

import argparse
import os
import secrets
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from pathlib import Path

from tools.check import leftovers
from tools.check.run import GRACE_SECONDS, Outcome, run, signal_group
from tools.check.stages import CHECKS, CORES, SETUP, Stage

LAST_LOOK = "leftovers"


def main() -> int:
    """Exit status: 0 all passed, 1 something failed, 130 interrupted."""
    chosen = _chosen()
    mark = secrets.token_hex(8)
    # A person's own AMIABLE_… settings are not the tests'.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AMIABLE_")}
    environment = {**inherited, leftovers.MARK: mark, "PYTHONDONTWRITEBYTECODE": "1"}
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupted)
    folder = Path(tempfile.mkdtemp(prefix="ac-"))  # short: sockets lie below it
    folder.chmod(0o755)
    started: set[int] = set()  # process groups

    def work(stage: Stage) -> Outcome:
        return run(stage, folder, environment, started)

    begin = time.monotonic()
    try:
        outcomes = _run_all([SETUP], work, started)
        if outcomes[0].passed:
            before = leftovers.look(mark)
            outcomes += _run_all(chosen, work, started)
            outcomes.append(_last_look(before, mark))
    except KeyboardInterrupt:
        print("\ninterrupted", flush=True)
        return 130
    finally:
        leftovers.end_processes(mark)
        shutil.rmtree(folder, ignore_errors=True)
    return _close(outcomes, time.monotonic() - begin)


def _chosen() -> list[Stage]:
    names = [stage.name for stage in CHECKS]
    words = argparse.ArgumentParser(prog="./check", description="Run the checks of this repository.")
    words.add_argument("stage", nargs="*", help=f"quick, or some of: {', '.join(names)}; default: all")
    words.add_argument("--list", action="store_true", help="print the stages and end")
    said = words.parse_args()
    if said.list:
        for stage in (SETUP, *CHECKS):
            print(f"{stage.name:12} {stage.about}")
        print(f"{LAST_LOOK:12} nothing left running, mounted or configured")
        raise SystemExit(0)
    if unknown := [name for name in said.stage if name not in (*names, "quick")]:
        words.error(f"there is no stage {unknown[0]}; see ./check --list")
    quick = "quick" in said.stage
    asked = [
        stage for stage in CHECKS if not said.stage or stage.name in said.stage or (quick and stage.quick)
    ]
    return [replace(stage, command=(*stage.command, *stage.shorter)) if quick else stage for stage in asked]


def _run_all(stages: list[Stage], work: Callable[[Stage], Outcome], started: set[int]) -> list[Outcome]:
    """Run the stages, as many at once as there are cores; those that want the whole machine, alone."""
    outcomes, running, waiting, alone = [], set[Future[Outcome]](), list(stages), False
    with ThreadPoolExecutor(CORES) as pool:
        try:
            while waiting or running:
                while waiting and not alone and len(running) < (1 if waiting[0].whole else CORES):
                    alone = waiting[0].whole
                    running.add(pool.submit(work, waiting.pop(0)))
                done, running = wait(running, return_when=FIRST_COMPLETED)
                outcomes += [_told(future.result()) for future in done]
                alone = alone and bool(running)
        except KeyboardInterrupt:
            _end_all(started, running)
            raise
    return outcomes


def _end_all(started: set[int], running: set[Future[Outcome]]) -> None:
    """Let running stages clear up, as at Ctrl-C; kill those that take too long."""
    for number, patience in ((signal.SIGINT, GRACE_SECONDS), (signal.SIGKILL, None)):
        for group in list(started):
            signal_group(group, number)
        wait(running, timeout=patience)


def _last_look(before: frozenset[str], mark: str) -> Outcome:
    begin = time.monotonic()
    found = leftovers.left(before, mark)
    stage = Stage(LAST_LOOK, "", ())
    log = "".join(f"left behind: {sentence}\n" for sentence in found)
    return _told(Outcome(stage, passed=not found, seconds=time.monotonic() - begin, log=log))


def _told(outcome: Outcome) -> Outcome:
    """Print a stage's line, and its log if it failed."""
    counts = ", ".join(f"{number} {word}" for word, number in outcome.counts.items() if number)
    sign = "✓" if outcome.passed else "✗"
    print(f"{sign} {outcome.stage.name:12} {outcome.seconds:7.1f} s  {counts}".rstrip(), flush=True)
    for reason in outcome.skips:
        print(f"    skipped: {reason}", flush=True)
    if not outcome.passed:
        print(outcome.log.rstrip(), flush=True)
    return outcome


def _close(outcomes: list[Outcome], seconds: float) -> int:
    total: Counter[str] = Counter()
    for outcome in outcomes:
        total.update(outcome.counts)
        # A stage that failed without a failed test counts as one, so that the last line never lies.
        if not outcome.passed and not outcome.counts["failed"]:
            total["failed"] += 1
    failed = [outcome.stage.name for outcome in outcomes if not outcome.passed]
    print(
        f"\n{int(seconds // 60)} min {int(seconds % 60)} s. "
        + ("failed: " + ", ".join(failed) if failed else "All passed.")
    )
    print(f"{total['passed']} passed, {total['failed']} failed, {total['skipped']} skipped", flush=True)
    return 1 if failed else 0


def _interrupted(number: int, frame: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
