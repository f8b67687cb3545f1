"""`python -m tests.helpers.crashing`: a real server that kills itself at the places named in a file.

It is the server as `amiable serve` composes it, with an observer: when the event in the first line of the
file AMIABLE_CRASH_AT comes, that line is taken off, with the last one the file, and SIGKILL ends the process.

    launch.connect:begin                  the step of a story
    image-build.work:begin CreateImage    before that step of a workflow is run for the first time
    image-build.work:again CreateImage    before it is run again, because it waits
    image-build.work:end CreateImage      after it has ended
"""

import os
import signal
import time
from pathlib import Path

from amiable.app import serve
from amiable.builder.execution.stage import OPEN, executions_of, steps_of
from amiable.core import log
from amiable.core.settings import Settings, load
from amiable.model.database import Database, connect
from amiable.model.image_build import UNDER_WAY, ImageBuild


def main() -> None:
    """Serve, and die where the file says."""
    log.configure("INFO")
    environment = dict(os.environ)
    target = Path(environment.pop("AMIABLE_CRASH_AT"))
    settings = load(environment)
    serve(settings, lambda event: observe(event, target, settings))


def observe(event: str, target: Path, settings: Settings) -> None:
    """End here if this is the place."""
    try:
        lines = target.read_text().splitlines()
    except FileNotFoundError:
        return
    if not lines:
        return  # being written
    wanted, _, place = lines[0].partition(" ")
    if wanted.replace(":again", ":begin") != event or (place and lines[0] not in _places(event, settings)):
        return
    if len(lines) > 1:
        target.write_text("\n".join(lines[1:]))
    else:
        target.unlink()
    if not place:
        time.sleep(0.5)  # the answer of the request that began the story leaves first
    os.kill(os.getpid(), signal.SIGKILL)


def _places(event: str, settings: Settings) -> set[str]:
    """What lines the event may have with the workflow steps of the one build that is under way."""
    database = Database(connect(settings.database))
    with database.read() as session:
        build = session.query(ImageBuild).filter(ImageBuild.state.in_(UNDER_WAY)).one()
        steps = [step for one in executions_of(session, build.id) for step in steps_of(session, one.id)]
    database.close()
    if event.endswith(":end"):
        return {f"{event} {step.name}" for step in steps if step.state == "COMPLETED"}
    following = next((step for step in steps if step.state in OPEN), None)
    if following is None:
        return set()
    if following.state != "PENDING":
        event = event.replace(":begin", ":again")
    return {f"{event} {following.name}"}


if __name__ == "__main__":
    main()
