"""CollectImageMetadata, SanitizeInstance, CreateImage: from an instance that was built to an image."""

from importlib.resources import files
from typing import Any

from amiable.builder.actions.call import StepFailed
from amiable.builder.execution.access import guest_of
from amiable.builder.execution.names import filled, image_name
from amiable.builder.execution.step import Step
from amiable.builder.guest import asked
from amiable.model.image_build import ImageBuild

_OS = '. /etc/os-release 2>/dev/null; echo "${PRETTY_NAME:-Linux}"'
_PACKAGES = """
if command -v dpkg-query >/dev/null; then dpkg-query -W -f='${Package}\\t${Version}\\n'
elif command -v rpm >/dev/null; then rpm -qa --qf '%{NAME}\\t%{VERSION}-%{RELEASE}\\n'
elif command -v apk >/dev/null; then apk info -v 2>/dev/null | sed -E 's/-([0-9][^-]*-r[0-9]+)$/\\t\\1/'
fi
"""
MOST_PACKAGES = 20_000
MOST_OUTPUT = 24_000


def collect_metadata(step: Step) -> dict[str, object]:
    """The operating system and the packages of an instance."""
    with guest_of(step, step.inputs["instanceId"]) as guest:
        _, name = asked(guest, _OS)
        _, listed = asked(guest, _PACKAGES)
    packages = sorted(line.split("\t") for line in listed.splitlines() if line.count("\t") == 1)
    with step.work.transaction() as session:
        session.get_one(ImageBuild, step.build.id).os_version = name.strip()[:128]
    step.note(packages=packages[:MOST_PACKAGES])
    step.say(f"{name.strip()}, {len(packages)} packages")
    return {"osVersion": name.strip()[:128], "associationId": step.row.id}


def sanitize_instance(step: Step) -> dict[str, object]:
    """Remove from an instance what must not be in an image of it. The last thing that runs on it."""
    script = files(__package__).joinpath("sanitize.sh").read_text()
    directory = step.build.inputs.get("workingDirectory") or "/tmp"  # noqa: S108
    lines: list[str] = []
    with guest_of(step, step.inputs["instanceId"]) as guest:
        if step.journal.get("done"):
            return {"runCommandId": step.row.id, "status": "Success", "output": ""}
        status = guest.run(
            f"DIRECTORY='{directory}'\n{script}", lambda stream, text: lines.append(text), seconds=900
        )
    for line in lines:
        step.say(line)
    if status != 0 or "Sanitize OK" not in lines:
        raise StepFailed(f"The clean-up ended with status {status}.", lines[-10:])
    step.note(done=True)
    return {"runCommandId": step.row.id, "status": "Success", "output": "\n".join(lines)[-MOST_OUTPUT:]}


def create_image(step: Step) -> dict[str, object]:
    """Stop an instance, make an image of it, and wait until it is available."""
    instance_id = step.inputs["instanceId"]
    if "image" not in step.journal:
        state = step.cloud.instance(step.where, instance_id).state
        if state == "running":
            step.cloud.stop(step.where, instance_id)
            raise step.wait()
        if state != "stopped":
            if state == "stopping":
                raise step.wait()
            raise StepFailed(f"The instance {instance_id} is {state}: no image can be made of it.")
        step.note(image=_image(step, instance_id))
    image_id = step.journal["image"]
    image = step.cloud.image(step.where, image_id)
    if image is None or image.state not in ("pending", "available"):
        reason = image.reason if image else "it is gone"
        raise StepFailed(f"The image {image_id} failed: {reason}.")
    if image.state == "pending":
        raise step.wait()
    with step.work.transaction() as session:
        session.get_one(ImageBuild, step.build.id).image_id = image_id
    step.say(f"{image_id} is {image.name}")
    return {"imageId": image_id}


def _image(step: Step, instance_id: str) -> str:
    build = step.build
    mine = own_distribution(build)
    ami = mine.get("amiDistributionConfiguration") or {}
    description = filled(
        ami.get("description") or build.inputs.get("description") or "", build.created_at, build.build
    )
    tags = {
        "CreatedBy": "EC2 Image Builder",
        "Ec2ImageBuilderArn": build.arn,
        **(build.inputs.get("amiTags") or {}),
        **(ami.get("amiTags") or {}),
    }
    filled_tags = {key: filled(value, build.created_at, build.build) for key, value in tags.items()}
    name = image_name(ami.get("name"), build.name, build.created_at, build.build)
    watermarks = build.inputs.get("amiWatermarks") or ()
    return step.cloud.create_image(step.where, instance_id, name, description[:255], filled_tags, watermarks)


def own_distribution(build: ImageBuild) -> dict[str, Any]:
    """What a build's distribution says of the build's own region."""
    distributions = (build.inputs.get("distribution") or {}).get("distributions") or ()
    return next((one for one in distributions if one["region"] == build.region), {})
