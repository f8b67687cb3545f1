"""The way into the instances of a build: the user that lets us in, SSH for other steps, ports for one look.

Which user an image lets in nobody knows beforehand: the one of an earlier build is tried, then the usual
ones; the step that launched the instance notes it in its journal, where the private key lies sealed.
"""

import shlex
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import select

from amiable.builder.actions.call import Reach, StepFailed
from amiable.builder.execution.step import Cancelled, Step
from amiable.builder.guest import asked
from amiable.builder.knock import USERS, Answer, knock
from amiable.builder.ssh import SshGuest
from amiable.core.errors import Unavailable
from amiable.model.image_build import ImageBuild, WorkflowExecution, WorkflowStep

WATCH_SECONDS = 3.0


def access_name(step_id: str) -> str:
    """The name of the key pair and group of the instance that a step launches."""
    return f"amiable-{step_id}"


def usual_users(step: Step) -> list[str]:
    """Whom to try, the one first whom the newest instance of this recipe's builds let in."""
    build = step.build
    query = (
        select(WorkflowStep.journal)
        .join(WorkflowExecution, WorkflowExecution.id == WorkflowStep.execution_id)
        .join(ImageBuild, ImageBuild.id == WorkflowExecution.build_id)
        .where(
            ImageBuild.account_id == build.account_id,
            ImageBuild.region == build.region,
            ImageBuild.slug == build.slug,
            WorkflowStep.action == "LaunchInstance",
            WorkflowStep.state == "COMPLETED",
        )
        .order_by(WorkflowStep.ended_at.desc())
        .limit(1)
    )
    with step.work.database.read() as session:
        last = session.scalar(query) or {}
    return sorted(USERS, key=lambda user: user != last.get("user"))


def find_user(step: Step, address: str, users: list[str]) -> Answer:
    """Find the user that the instance lets in, and note it."""
    key = _private_key(step, step.journal["key"])
    answer, user = knock(address, key, users)
    if user is not None:
        _let_owner_in(step, address, user, key)
        step.note(user=user, address=address)
        step.say(f"{user} may log in at {address}")
    return answer


def _let_owner_in(step: Step, address: str, user: str, private_key: str) -> None:
    """Let the configuration's key pair log in too, for an instance that is kept; the clean-up removes it."""
    name = step.build.inputs["infrastructure"].get("keyPair")
    if name is None:
        return
    key = shlex.quote(step.cloud.public_key(step.where, name))
    # The line before may have no end: the metadata service gives keys without one.
    with SshGuest(address, user, private_key) as guest:
        status, _ = asked(guest, f"printf '\\n%s\\n' {key} >>~{user}/.ssh/authorized_keys")
    if status == 0:
        step.say(f"The key pair {name} may log in as {user}")


def _launched(step: Step, instance_id: str) -> WorkflowStep:
    """The step of this build that launched an instance and was let in. Raises StepFailed for another one."""
    with step.work.database.read() as session:
        rows = session.scalars(
            select(WorkflowStep)
            .join(WorkflowExecution, WorkflowExecution.id == WorkflowStep.execution_id)
            .where(WorkflowExecution.build_id == step.build.id)
        )
        found = [row for row in rows if row.journal.get("instance") == instance_id]
    if not found or "user" not in found[0].journal:
        raise StepFailed(f"No step of this build launched the instance {instance_id}.")
    return found[0]


@contextmanager
def guest_of(step: Step, instance_id: str) -> Iterator[SshGuest]:
    """The way into an instance that a step of this build launched. Raises StepFailed for another one.

    It is broken off when the build is cancelled or the step's time is over, whatever the guest is doing.
    """
    journal = _launched(step, instance_id).journal
    way = SshGuest(journal["address"], journal["user"], _private_key(step, journal["key"]))
    with way as guest, _watched(step, guest):
        try:
            yield guest
        except Unavailable:
            step.check_wanted()
            step.check_time()
            raise


@contextmanager
def _watched(step: Step, guest: SshGuest) -> Iterator[None]:
    over = threading.Event()

    def watch() -> None:
        while not over.wait(WATCH_SECONDS):
            try:
                step.check_wanted()
                step.check_time()
            except (Cancelled, StepFailed):
                guest.break_off()

    thread = threading.Thread(target=watch, name="watch-build", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def reach_of(step: Step, instance_id: str) -> Reach:
    """The way to the ports of an instance that a step of this build launched: its group lets them in."""
    launched = _launched(step, instance_id)

    def reach(port: int) -> str:
        step.cloud.let_in(step.where, access_name(launched.id), port)
        return str(launched.journal["address"])

    return reach


def _private_key(step: Step, sealed: str) -> str:
    return step.work.host.sealer.open(sealed.encode()).decode()
