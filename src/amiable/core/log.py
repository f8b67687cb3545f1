"""One line an event, to standard error: time, level, logger, message. `AMIABLE_LOG_LEVEL` sets the level.

Secrets never reach a log call: log ids, not requests.
"""

import logging
import time


def configure(level: str = "INFO") -> None:
    """Set up the root logger once, at the program's start."""
    logging.Formatter.converter = time.gmtime
    logging.basicConfig(
        level=level.upper(),
        format="%(asctime)s.%(msecs)03dZ %(levelname)-7s %(name)s: %(message)s",
        datefmt="%Y-%m-%dT%H:%M:%S",
        force=True,
    )
    logging.getLogger("asyncssh").setLevel(logging.WARNING)  # else it tells ten lines of every command


def logger(name: str) -> logging.Logger:
    """The logger of a module: `log = logger(__name__)`."""
    return logging.getLogger(name)
