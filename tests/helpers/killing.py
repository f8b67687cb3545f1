"""What tests that kill the server share: `World`, which kills it at a boundary and starts it again.

A boundary is `story.step:begin` or `:end`. Each story's boundaries are asked for by the test about it.
"""

from typing import Any

from sqlalchemy import select

from amiable.app import State
from amiable.compute import process
from amiable.flows.stories import STORIES
from amiable.model.flow import Flow
from amiable.model.image import Image
from amiable.model.snapshot import Snapshot, SnapshotPermission
from tests.helpers.server import REGION, eventually
from tests.helpers.victims import Victim

ELSEWHERE = "us-west-2"

TRIED: set[str] = set()
"""The stories whose boundaries a test asked for."""


def boundaries(kind: str, *left_out: str) -> list[str]:
    """`kind.step:begin` and `:end` of all steps of a story."""
    TRIED.add(kind)
    steps = [step for step in STORIES[kind].steps if step not in left_out]
    return [f"{kind}.{step}:{edge}" for step in steps for edge in ("begin", "end")]


class World:
    """A server to kill, and one account's view of it."""

    def __init__(self, victim: Victim, state: State) -> None:
        self.victim = victim
        self.server = victim.server
        self.state = state
        self.number = 0

    def start(self) -> None:
        self.victim.start()
        self.server.wait_until_it_answers()

    @property
    def ec2(self) -> Any:
        return self.server.account("acme").client("ec2")

    def crash_at(self, boundary: str, action: Any) -> Any:
        """Do `action` with a server that dies at `boundary`, and have it running again; its answer."""
        self.victim.arm([boundary])
        answer = action()
        self.victim.dies(boundary, within=60)
        assert not self.victim.target.exists()
        self.start()
        eventually(lambda: not self.unfinished(), within=90, what="the stories to end")
        return answer

    def unfinished(self) -> list[str]:
        """The stories under way; a collection may wait for the lease of an ingest that was killed."""
        with self.state.database.read() as session:
            query = select(Flow.kind).where(Flow.outcome.is_(None), Flow.kind != "collect")
            return list(session.scalars(query))

    def name(self) -> str:
        self.number += 1
        return f"image-{self.number}"

    def instance(self, instance_id: str) -> dict[str, Any]:
        (reservation,) = self.ec2.describe_instances(InstanceIds=[instance_id])["Reservations"]
        return dict(reservation["Instances"][0])

    def reaches(self, instance_id: str, *states: str) -> None:
        eventually(
            lambda: self.instance(instance_id)["State"]["Name"] in states,
            within=60,
            what=f"{instance_id} to be {states}",
        )

    def run(self, image_id: str) -> str:
        answer = self.ec2.run_instances(ImageId=image_id, MinCount=1, MaxCount=1, InstanceType="t3.nano")
        return str(answer["Instances"][0]["InstanceId"])

    def image_reaches(self, image_id: str, state: str) -> None:
        eventually(
            lambda: self.ec2.describe_images(ImageIds=[image_id])["Images"][0]["State"] == state,
            within=60,
            what=f"{image_id} to be {state}",
        )

    def qemu_of(self, instance_id: str) -> str | None:
        """The process id of an instance's QEMU, if it runs."""
        running = process.find(self.server.loaded().machine_directory(instance_id))
        if running is None:
            return None
        with running:
            return str(running.pid)


def imported(world: World) -> str:
    client = world.server.account("amazon").client("amiable")
    return str(client.import_disk(Source="file:tiny.raw", Name=world.name(), Public=True)["ImageId"])


def volume(world: World, volume_id: str) -> dict[str, Any] | None:
    """What DescribeVolumes says of it; None once it is gone."""
    filters = [{"Name": "volume-id", "Values": [volume_id]}]
    return next(iter(world.ec2.describe_volumes(Filters=filters)["Volumes"]), None)


def new_volume(world: World) -> str:
    made = world.ec2.create_volume(AvailabilityZone=f"{REGION}a", Size=1, VolumeType="gp3")
    return str(made["VolumeId"])


def available(world: World, volume_id: str) -> None:
    eventually(
        lambda: (volume(world, volume_id) or {}).get("State") == "available",
        within=60,
        what=f"{volume_id} to be available",
    )


def snapshot_completes(world: World, snapshot_id: str) -> None:
    eventually(
        lambda: getattr(snapshot_row(world, snapshot_id), "state", None) != "pending",
        within=60,
        what=f"{snapshot_id} to end",
    )
    row = snapshot_row(world, snapshot_id)
    assert row is not None
    assert row.state == "completed", row.state_message


def share_storage(world: World, image_id: str) -> str:
    """Let everyone read the snapshot below an image; its id."""
    with world.state.database.write() as session:
        snapshot = session.get_one(Snapshot, session.get_one(Image, image_id).devices[0].snapshot_id)
        if not snapshot.permissions:
            snapshot.permissions.append(SnapshotPermission(grantee="all"))
        return snapshot.id


def snapshot_row(world: World, snapshot_id: str) -> Snapshot | None:
    with world.state.database.read() as session:
        return session.get(Snapshot, snapshot_id)
