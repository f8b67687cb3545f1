"""LaunchInstance, WaitForSSMAgent, TerminateInstance: build and test instances.

Each instance gets a key pair and a security group of its own, named after the step that launches it; they go
with it. The private key is sealed in the step's journal; access.py is the way in.

    launched ──► running ──► it lets a user in ──► done
       ▲            └─ it denies all of them, and this server did not see it boot ──► replaced

A guest fetches the key from the metadata service, which is gone while the server is, and some ask for a few
seconds only. One that missed it is replaced rather than rebooted: the half-finished first boot is then in no
image. Each start of the server replaces an instance at most once.
"""

import asyncssh

from amiable.builder.actions.call import StepFailed
from amiable.builder.cloud import Launch
from amiable.builder.execution.access import access_name, find_user, guest_of, usual_users
from amiable.builder.execution.cache import resume_point
from amiable.builder.execution.step import Step
from amiable.builder.knock import LOOK_SECONDS
from amiable.core import clock

DEFAULT_TYPE = "t3.small"

WATCH_SECONDS = 3.0
"""How long an instance that boots is watched at a time. In between, a build can be cancelled."""


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
    users, until = usual_users(step), clock.monotonic() + WATCH_SECONDS
    while (answer := find_user(step, address, users)) != "open":
        life = step.work.host.life
        if answer == "denied" and step.journal.get("life") != life:
            missed = step.journal["instance"]
            step.say(f"{missed} booted while the server was away and lets nobody in: it is replaced")
            step.note(missed=missed, instance=None, life=life)
            raise step.wait(0)
        if clock.monotonic() > until:
            raise step.wait(0)
        clock.sleep(LOOK_SECONDS[answer])


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
