"""A throw-away PostgreSQL server on a unix socket, run as the `postgres` user."""

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

MEMORY = "/dev/shm" if os.path.isdir("/dev/shm") else None
"""Where databases of tests lie."""
BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1:]


@contextlib.contextmanager
def running() -> Iterator[str]:
    """Yields the SQLAlchemy URL of a database in a new cluster; stops and removes it afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="amiable-pg-", dir=MEMORY))
    shutil.chown(folder, "postgres")
    data = folder / "data"

    def as_postgres(*words: str) -> None:
        subprocess.run(
            ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", *words],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=folder,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
        )

    pg_ctl = str(BINARIES[0] / "pg_ctl")
    try:
        as_postgres(str(BINARIES[0] / "initdb"), "-D", str(data), "-A", "trust", "-N")
        options = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off"
        as_postgres(pg_ctl, "-D", str(data), "-w", "-l", str(folder / "log"), "-o", options, "start")
        yield f"postgresql://postgres@/postgres?host={folder}"
    finally:
        if (data / "postmaster.pid").exists():
            as_postgres(pg_ctl, "-D", str(data), "-w", "-m", "immediate", "stop")
        shutil.rmtree(folder)
