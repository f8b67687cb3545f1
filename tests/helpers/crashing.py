"""`python -m tests.helpers.crashing`: a real server that kills itself at the step named in a file.

It is the server as `amiable serve` composes it, with an observer: when the event in the file AMIABLE_CRASH_AT
(`launch.connect:begin`, …) comes, the file is removed and the process ends by SIGKILL.
"""

import os
import signal
import time
from pathlib import Path

from amiable.app import serve
from amiable.core import log
from amiable.core.settings import load


def main() -> None:
    """Serve, and die where the file says."""
    log.configure("INFO")
    environment = dict(os.environ)
    target = Path(environment.pop("AMIABLE_CRASH_AT"))
    serve(load(environment), lambda event: observe(event, target))


def observe(event: str, target: Path) -> None:
    """End here if this is the place."""
    try:
        wanted = target.read_text()
    except FileNotFoundError:
        return
    if wanted == event:
        target.unlink()
        time.sleep(0.5)  # the answer of the request that began the story leaves first
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
