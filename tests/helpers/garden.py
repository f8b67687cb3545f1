"""Builds of one account as rows, and the story of what lifecycle policies and state updates do to them."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from amiable.api.imagebuilder.cloud import PublicCloud
from amiable.api.perform import Performer
from amiable.builder.execution.step import BuilderHost
from amiable.builder.lifecycle.daily import run_due
from amiable.builder.lifecycle.story import lifecycle
from amiable.core import clock, ids
from amiable.flows.story import Wait
from amiable.model.image_build import ImageBuild, LifecycleExecution
from tests.helpers.api import Api
from tests.helpers.carrying import carry
from tests.helpers.images import add_image
from tests.unit.api.examples.builder import SERVICE, build


class Garden:
    """Builds of one account, and the engine that carries what is done to them."""

    def __init__(self, api: Api) -> None:
        self.api = api
        performer = Performer(api.database, api.sealer, api.settings, api.stores, lambda: None)
        self.host = BuilderHost(api.settings, PublicCloud(performer), api.sealer)

    def carry(self, execution: str, steps: int = 100) -> Any:
        return carry(self.api.database, lifecycle, self.host, execution, steps=steps)

    def built(self, name: str, days: int = 0, image: str | None = None, **facts: Any) -> tuple[str, str]:
        """(build, AMI) of a build that ended some days ago."""
        image = image or add_image(self.api, name).id
        ami = {"region": self.api.region, "accountId": self.api.account_id, "image": image, "name": name}
        when = clock.now() - timedelta(days=days)
        arn = build(
            self.api, name, "AVAILABLE", outputs={"amis": [ami]}, image_id=image, created_at=when, **facts
        )
        return arn, image

    def asked(self, arn: str, state: str, **more: Any) -> str:
        """Ask for a state; the execution's id."""
        more.setdefault("includeResources", {"amis": True})
        token = ids.new_uuid()
        asked = {"resourceArn": arn, "state": {"status": state}, "executionRole": "r", "clientToken": token}
        answer = self.api("StartResourceStateUpdate", SERVICE, **asked, **more)
        return str(answer["lifecycleExecutionId"])

    def update(self, arn: str, state: str, **more: Any) -> str:
        """Ask for a state and let it be done; the execution's id."""
        execution = self.asked(arn, state, **more)
        self.carry(execution)
        return execution

    def plan_policies(self) -> list[str]:
        """Let what is due show its plan; the executions."""
        run_due(self.api.database)
        with self.api.database.read() as session:
            query = select(LifecycleExecution.id).where(LifecycleExecution.state == "PENDING")
            ids_ = list(session.scalars(query))
        for one in ids_:
            assert isinstance(self.carry(one), Wait)
        return ids_

    def state(self, arn: str) -> str:
        with self.api.database.read() as session:
            return session.scalars(select(ImageBuild.state).where(ImageBuild.arn == arn)).one()

    def ami(self, image: str) -> dict[str, Any] | None:
        found = self.api("DescribeImages", Owners=["self"], IncludeDisabled=True, IncludeDeprecated=True)
        return next((one for one in found["Images"] if one["ImageId"] == image), None)

    def snapshots(self) -> set[str]:
        """The account's completed snapshots."""
        found = self.api("DescribeSnapshots", OwnerIds=["self"])["Snapshots"]
        return {one["SnapshotId"] for one in found if one["State"] == "completed"}

    def resources(self, execution: str, parent: str | None = None) -> list[tuple[str, str, str]]:
        more = {"parentResourceId": parent} if parent else {}
        answer = self.api("ListLifecycleExecutionResources", SERVICE, lifecycleExecutionId=execution, **more)
        return [
            (one["resourceId"], one["action"]["name"], one["state"]["status"]) for one in answer["resources"]
        ]

    def status(self, execution: str) -> str:
        answer = self.api("GetLifecycleExecution", SERVICE, lifecycleExecutionId=execution)
        return str(answer["lifecycleExecution"]["state"]["status"])
