"""The stages of ./check, one row each, in the order in which they start.

Stages run side by side, one a core, but for those that keep every core busy themselves (`whole`): they run
alone. A stage that runs tests (`suite`) is told where to write what it counted.
"""

import os
from dataclasses import dataclass

CORES = len(os.sched_getaffinity(0))


@dataclass(frozen=True)
class Stage:
    """One check: `command` (from the checkout, exit status 0 means passed), ended after `minutes`.

    `shorter` are words that `./check quick` adds to the command, so that it keeps its two minutes.
    """

    name: str
    about: str
    command: tuple[str, ...]
    quick: bool = True
    shorter: tuple[str, ...] = ()
    suite: bool = False
    whole: bool = False
    minutes: int = 10


def _tests(*words: str, processes: int = 0) -> tuple[str, ...]:
    """pytest on some folders, in that many processes (0: in pytest's own)."""
    return (".venv/bin/pytest", *words, "--numprocesses", str(processes))


# The files of unit tests that take longest: they start QEMU or a server for each test, wait for leases and
# time-outs, or try thousands of cases.
LONG = (
    "tests/unit/api/test_dry_run.py",
    "tests/unit/api/test_tenancy.py",
    "tests/unit/blocks/test_protocol.py",
    "tests/unit/builder/test_execution.py",
    "tests/unit/cli/test_aliases.py",
    "tests/unit/cli/test_images.py",
    "tests/unit/cli/test_look.py",
    "tests/unit/cli/test_machines.py",
    "tests/unit/compute/test_nic_plug.py",
    "tests/unit/compute/test_point_in_time.py",
    "tests/unit/compute/test_process.py",
    "tests/unit/flows/test_engine.py",
    "tests/unit/inspection/test_hostile.py",
)

SETUP = Stage("setup", "install what is missing", ("tools/setup", "runtime", "test"), whole=True, minutes=30)

CHECKS = (
    Stage("format", "ruff format --check", (".venv/bin/ruff", "format", "--check", ".")),
    Stage("lint", "ruff check", (".venv/bin/ruff", "check", ".")),
    Stage("imports", "who may import whom", (".venv/bin/lint-imports", "--no-cache")),
    Stage("types", "mypy --strict", (".venv/bin/mypy", "--strict", "src/amiable", "tools")),
    Stage(
        "console",
        "types, lint, unit tests, build, size of the console",
        (".cache/console/bin/python", "-B", "console/build.py", "check"),
    ),
    Stage(
        "docs",
        "the site of docs/: every link within it leads somewhere",
        (".cache/docs/bin/python", "-m", "sphinx", "-W", "-q", "-d", "var/site-cache", "docs", "var/site"),
    ),
    Stage(
        "wire",
        "requests and answers against botocore, both ways, every operation",
        _tests("tests/wire"),
        suite=True,
    ),
    Stage(
        "conformance",
        "every store backend, every component document through its suite (quick: no time-outs)",
        _tests("tests/conformance"),
        shorter=("-k", "not timeouts"),
        suite=True,
    ),
    Stage(
        "unit",
        "every module by itself, SQLite and PostgreSQL (quick: SQLite only, not the longest files)",
        _tests("tests/unit", processes=CORES),
        shorter=("--databases", "sqlite", *(f"--ignore={file}" for file in LONG)),
        suite=True,
        whole=True,
        minutes=15,
    ),
    Stage(
        "e2e",
        "real machines, real clients (not in quick)",
        _tests("tests/e2e", "--dist", "loadfile", processes=CORES),
        quick=False,
        suite=True,
        whole=True,
        minutes=60,
    ),
)
