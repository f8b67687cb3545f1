"""LaunchInstance, WaitForSSMAgent, TerminateInstance: build and test instances, and the way into them.

Each instance gets a key pair and a security group of its own, named after the step that launches it; they go
with it. The private key is sealed in the step's journal. Which user an image lets in nobody knows beforehand:
the one of an earlier build is tried, then the usual ones.

    launched ──► running ──► it lets a user in ──► done
       ▲            └─ it denies all of them, and this server did not see it boot ──► replaced

A guest fetches the key from the metadata service, which is gone while the server is, and some ask for a few
seconds only. One that missed it is replaced rather than rebooted: the half-finished first boot is then in no
image. Each start of the server replaces an instance at most once.
"""

import shlex
from collections.abc import Iterator
from contextlib import contextmanager

import asyncssh
from sqlalchemy import select

from amiable.builder.actions.call import Reach, StepFailed
from amiable.builder.cloud import Launch
from amiable.builder.execution.cache import resume_point
from amiable.builder.execution.step import Step
from amiable.builder.guest import asked
from amiable.builder.knock import LOOK_SECONDS, USERS, Answer, knock
from amiable.builder.ssh import SshGuest
from amiable.core import clock
from amiable.model.image_build import ImageBuild, WorkflowExecution, WorkflowStep

DEFAULT_TYPE = "t3.small"

WATCH_SECONDS = 3.0
"""How long an instance that boots is watched at a time. In between, a build can be cancelled."""


def access_name(step_id: str) -> str:
    """The name of the key pair and group of the instance that a step launches."""
    return f"amiable-{step_id}"


def launch_instance(step: Step) -> dict[str, object]:
    """Launch an instance and wait until it lets us in."""
    if "key" not in step.journal:
        key = asyncssh.generate_private_key("ssh-ed25519", comment="amiable")
        private = key.export_private_key().decode()
        sealed = step.work.host.sealer.seal(private.encode()).decode()
        public = key.export_public_key().decode().strip()
        step.note(key=sealed, public_key=public, life=step.work.host.life)  # before it is launched
    if "image" not in step.journal:
        step.note(**_image(step))
    if step.journal.get("instance") is None:
        if missed := step.journal.get("missed"):
            step.cloud.terminate(step.where, missed)
        instance = step.cloud.launch(step.where, _wanted(step))
        step.note(instance=instance)
        step.say(f"Launched {instance} of {step.journal['image']}")
    instance_id = step.journal["instance"]
    found = step.cloud.instance(step.where, instance_id)
    if found.state == "pending":
        raise step.wait()
    if found.state != "running":
        raise StepFailed(f"The instance {instance_id} is {found.state}: {found.reason or 'no reason known'}.")
    if found.address is None:
        raise StepFailed(f"{instance_id} got no public address: its subnet gives none.")
    if "user" not in step.journal:
        _await_login(step, found.address)
    if temporary := step.journal.get("temporary"):
        step.cloud.deregister(step.where, temporary)
    return {"instanceId": instance_id}


def _image(step: Step) -> dict[str, object]:
    """What to launch: the override, the new image for tests, else the base or a cached disk after it."""
    if override := step.inputs.get("imageIdOverride"):
        return {"image": override}
    if step.execution.workflow_type != "BUILD":
        if step.build.image_id is None:
            raise StepFailed("There is no image yet that could be launched.")
        return {"image": step.build.image_id}
    point = resume_point(step)
    if point is None:
        return {"image": step.build.inputs["parentImage"]}
    step.say(f"Going on after component {point.done}: its disk is in the cache ({point.snapshot_id})")
    name = f"amiable {step.row.id}"
    image = step.cloud.register(step.where, step.build.inputs["parentImage"], point.snapshot_id, name)
    return {"image": image, "temporary": image, "resumed": point.done}


def _wanted(step: Step) -> Launch:
    infrastructure = step.build.inputs["infrastructure"]
    types = step.inputs.get("instanceTypesOverride") or infrastructure.get("instanceTypes") or [DEFAULT_TYPE]
    building = step.execution.workflow_type == "BUILD"
    return Launch(
        image_id=step.journal["image"],
        instance_type=types[0],
        token=step.row.id + step.journal.get("missed", ""),
        name=access_name(step.row.id),
        public_key=step.journal["public_key"],
        tags={
            "Name": f"{'Build' if building else 'Test'} instance for {step.build.name}",
            "CreatedBy": "EC2 Image Builder",
            **(infrastructure.get("resourceTags") or {}),
            **step.tags,
        },
        subnet_id=infrastructure.get("subnetId"),
        group_ids=infrastructure.get("securityGroupIds") or (),
        user_data=step.build.inputs.get("userData") if building else None,
        availability_zone=(infrastructure.get("placement") or {}).get("availabilityZone"),
        metadata_options=infrastructure.get("instanceMetadataOptions") or {},
        devices=step.build.inputs.get("blockDeviceMappings") or () if building else (),
    )


def _await_login(step: Step, address: str) -> None:
    """Return once the instance has let a user in; raise Later while it does not."""
    users, until = _users(step), clock.monotonic() + WATCH_SECONDS
    while (answer := _knock(step, address, users)) != "open":
        life = step.work.host.life
        if answer == "denied" and step.journal.get("life") != life:
            missed = step.journal["instance"]
            step.say(f"{missed} booted while the server was away and lets nobody in: it is replaced")
            step.note(missed=missed, instance=None, life=life)
            raise step.wait(0)
        if clock.monotonic() > until:
            raise step.wait(0)
        clock.sleep(LOOK_SECONDS[answer])


def _users(step: Step) -> list[str]:
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


def _knock(step: Step, address: str, users: list[str]) -> Answer:
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


def _private_key(step: Step, sealed: str) -> str:
    return step.work.host.sealer.open(sealed.encode()).decode()


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
    """The way into an instance that a step of this build launched. Raises StepFailed for another one."""
    journal = _launched(step, instance_id).journal
    with SshGuest(journal["address"], journal["user"], _private_key(step, journal["key"])) as guest:
        yield guest


def reach_of(step: Step, instance_id: str) -> Reach:
    """The way to the ports of an instance that a step of this build launched: its group lets them in."""
    launched = _launched(step, instance_id)

    def reach(port: int) -> str:
        step.cloud.let_in(step.where, access_name(launched.id), port)
        return str(launched.journal["address"])

    return reach


def wait_for_agent(step: Step) -> dict[str, object]:
    """WaitForSSMAgent: here, that SSH lets us in."""
    with guest_of(step, step.inputs["instanceId"]) as guest:
        guest.wait()
    return {"status": "Success"}


def terminate_instance(step: Step) -> dict[str, object]:
    """End an instance; with waitForTermination, wait until it has ended."""
    instance_id = step.inputs["instanceId"]
    step.cloud.terminate(step.where, instance_id)
    wait = step.inputs.get("waitForTermination")
    if wait and step.cloud.instance(step.where, instance_id).state != "terminated":
        raise step.wait()
    step.say(f"Ended {instance_id}")
    return {"instanceId": instance_id}
