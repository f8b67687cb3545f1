"""A lifecycle policy on real images, with kill -9 of the server at every step: each image goes where the plan
said, once, and what rules exclude stays.

The images are imported disks: no machine is booted.
"""

import secrets
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from amiable.app import open_state
from amiable.builder.lifecycle.story import lifecycle
from amiable.core import clock
from amiable.model.flow import Flow
from amiable.model.image_build import ImageBuild, LifecycleExecution
from tests.helpers import victims
from tests.helpers.server import Account, eventually
from tests.helpers.victims import Victim

MIB = 1 << 20


class Garden:
    """An account with builds of several ages on a server to kill."""

    def __init__(self, victim: Victim) -> None:
        self.server = victim.server
        self.account: Account = self.server.account("gardener")
        self.ec2, self.builder = self.account.client("ec2"), self.account.client("imagebuilder")

    def built(self, days: int, **tags: str) -> tuple[str, str]:
        """(build, AMI) of an imported disk, made some days ago."""
        folder = self.server.loaded().import_folder
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "disk.raw").write_bytes(bytes(510) + b"\x55\xaa" + secrets.token_bytes(MIB - 512))
        disk = {"Format": "RAW", "Url": "file:disk.raw"}
        task = self.ec2.import_image(DiskContainers=[disk])["ImportTaskId"]

        def completed() -> bool:
            shown = self.ec2.describe_import_image_tasks(ImportTaskIds=[task])["ImportImageTasks"]
            assert shown[0]["Status"] in ("active", "completed"), shown[0].get("StatusMessage")
            return bool(shown[0]["Status"] == "completed")

        eventually(completed, within=60, what=f"the import {task}")
        named = {"name": "rose", "semanticVersion": "1.0.0", "platform": "Linux", "vmImportTaskId": task}
        arn = self.builder.import_vm_image(
            **named, tags={"n": "v", **tags}, clientToken=secrets.token_hex(8)
        )["imageArn"]
        with open_state(self.server.loaded()) as state, state.database.write() as session:
            build = session.scalars(select(ImageBuild).where(ImageBuild.arn == arn)).one()
            build.created_at = clock.now() - timedelta(days=days)
        return arn, self.builder.get_image(imageBuildVersionArn=arn)["image"]["outputResources"]["amis"][0][
            "image"
        ]

    def resources(self, execution: str, parent: str | None = None) -> dict[str, tuple[str, str]]:
        """What is planned or done: resource → (action, status)."""
        more = {"parentResourceId": parent} if parent else {}
        shown = self.builder.list_lifecycle_execution_resources(lifecycleExecutionId=execution, **more)
        return {
            one["resourceId"]: (one["action"]["name"], one["state"]["status"]) for one in shown["resources"]
        }

    def let_the_hour_pass(self, execution: str) -> None:
        with open_state(self.server.loaded()) as state, state.database.write() as session:
            row = session.get_one(LifecycleExecution, execution)
            row.request = {**row.request, "updateAt": 0}

    def ami(self, image: str) -> dict[str, Any] | None:
        found = self.ec2.describe_images(Owners=["self"], IncludeDisabled=True, IncludeDeprecated=True)
        return next((one for one in found["Images"] if one["ImageId"] == image), None)


@pytest.fixture
def victim() -> Iterator[Victim]:
    with victims.victim() as made:
        yield made


def survives(victim: Victim, *places: str) -> None:
    """Let the server die at each of these edges of the story's steps, which it was told before."""
    for place in places:
        victim.dies(place)
        victim.start()
    victim.server.wait_until_it_answers()


PLANNING = ("lifecycle.plan:begin", "lifecycle.plan:end")
ACTING = ("lifecycle.act:begin", "lifecycle.act:end")


def detail(action: str, filter_: dict[str, Any], **amis: Any) -> dict[str, Any]:
    deletes = {"snapshots": True} if action == "DELETE" else {}
    return {
        "action": {"type": action, "includeResources": {"amis": True, **deletes}},
        "filter": filter_,
        "exclusionRules": {"amis": amis, "tagMap": {"pinned": "yes"}},
    }


def test_a_policy_is_killed_at_every_step(victim: Victim) -> None:
    garden = Garden(victim)
    friend = garden.server.account("friend")
    old, old_ami = garden.built(90)
    shared, shared_ami = garden.built(80)
    tagged, tagged_ami = garden.built(70)
    pinned, pinned_ami = garden.built(60, pinned="yes")
    month, month_ami = garden.built(40)
    week, week_ami = garden.built(10)
    new, new_ami = garden.built(0)
    garden.ec2.modify_image_attribute(ImageId=shared_ami, LaunchPermission={"Add": [{"UserId": friend.id}]})
    garden.ec2.create_tags(Resources=[tagged_ami], Tags=[{"Key": "keep", "Value": "yes"}])
    kept = {"sharedAccounts": [friend.id], "tagMap": {"keep": "yes"}}
    (old_snapshot,) = [one["Ebs"]["SnapshotId"] for one in garden.ami(old_ami)["BlockDeviceMappings"]]

    victim.arm(PLANNING)
    arn = garden.builder.create_lifecycle_policy(
        name="roses",
        executionRole="r",
        resourceType="AMI_IMAGE",
        resourceSelection={"recipes": [{"name": "rose", "semanticVersion": "1.x.x"}]},
        policyDetails=[
            detail("DELETE", {"type": "COUNT", "value": 3}, **kept),
            detail("DISABLE", {"type": "AGE", "value": 1, "unit": "MONTHS"}, **kept),
            detail("DEPRECATE", {"type": "AGE", "value": 1, "unit": "WEEKS"}, **kept),
        ],
        clientToken="p",
    )["lifecyclePolicyArn"]
    survives(victim, *PLANNING)
    (execution,) = [
        one["lifecycleExecutionId"]
        for one in garden.builder.list_lifecycle_executions(resourceArn=arn)["lifecycleExecutions"]
    ]
    eventually(lambda: garden.resources(execution), within=30, what="the plan")
    assert garden.resources(execution) == {
        old: ("DELETE", "IN_PROGRESS"),
        shared: ("DELETE", "SKIPPED"),
        tagged: ("DELETE", "SKIPPED"),
        month: ("DISABLE", "IN_PROGRESS"),
        week: ("DEPRECATE", "IN_PROGRESS"),
    }
    assert garden.resources(execution, shared) == {shared_ami: ("DELETE", "SKIPPED")}
    shown = garden.builder.get_lifecycle_execution(lifecycleExecutionId=execution)["lifecycleExecution"]
    assert shown["state"]["status"] == "PENDING"
    assert garden.ami(old_ami), "nothing has happened yet"

    places = (*ACTING, *PLANNING, *ACTING, *ACTING, *ACTING)
    victim.arm(places)
    garden.let_the_hour_pass(execution)
    survives(victim, *places)

    def ended() -> str:
        shown = garden.builder.get_lifecycle_execution(lifecycleExecutionId=execution)["lifecycleExecution"]
        return str(shown["state"]["status"]) if "endTime" in shown else ""

    assert eventually(ended, within=60, what="the execution") == "SUCCESS"
    assert set(garden.resources(execution).values()) == {
        ("DELETE", "SUCCESS"),
        ("DELETE", "SKIPPED"),
        ("DISABLE", "SUCCESS"),
        ("DEPRECATE", "SUCCESS"),
    }
    assert garden.ami(old_ami) is None
    assert old_snapshot not in [
        one["SnapshotId"] for one in garden.ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"]
    ]
    assert garden.ami(month_ami)["State"] == "disabled"
    assert garden.ami(week_ami)["DeprecationTime"]
    for ami in (shared_ami, tagged_ami, pinned_ami, new_ami):
        found = garden.ami(ami)
        assert (found["State"], found.get("DeprecationTime")) == ("available", None)
    with open_state(garden.server.loaded()) as state, state.database.read() as session:
        states = {build.arn: build.state for build in session.scalars(select(ImageBuild))}
        flows = session.scalars(select(Flow).where(Flow.kind == lifecycle.kind)).all()
        assert [flow.outcome for flow in flows] == ["done"]
    assert [states[one] for one in (old, month, week)] == ["DELETED", "DISABLED", "DEPRECATED"]
    assert {states[one] for one in (shared, tagged, pinned, new)} == {"AVAILABLE"}
