"""Images brought to regions and accounts by the real story: where something fails, what a retry does."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from amiable.core import clock, ids
from amiable.flows.story import Done, Wait
from amiable.model.database import Database
from amiable.model.image import Image
from amiable.model.image_build import ImageBuild, WorkflowStep
from amiable.model.snapshot import Snapshot
from tests.helpers.api import Api, new_api
from tests.helpers.images import add_image
from tests.helpers.inspections import carry_inspections
from tests.unit.api.examples.builder import SERVICE, build
from tests.unit.builder.test_execution import Site

NAME = "golden {{imagebuilder:buildDate:yyyy}}"


class Depot(Site):
    """A site with an image that is distributed."""

    def __init__(self, api: Api) -> None:
        super().__init__(api)
        self.image = add_image(api, "made").id
        own = [{"region": api.region, "accountId": api.account_id, "image": self.image, "name": "made"}]
        self.source = build(api, "made", "AVAILABLE", outputs={"amis": own}, image_id=self.image)
        with api.database.write() as session:
            for step in session.scalars(select(WorkflowStep)):
                step.state = "COMPLETED"
        self.there = api.other_region()

    def configuration(self, *distributions: dict[str, Any]) -> str:
        request = {"name": f"d-{ids.new_uuid()[:8]}", "distributions": list(distributions)}
        token = {"clientToken": ids.new_uuid()}
        answer = self.api("CreateDistributionConfiguration", SERVICE, **request, **token)
        return str(answer["distributionConfigurationArn"])

    def distribute(self, *distributions: dict[str, Any], source: str | None = None) -> str:
        asked = {"sourceImage": source or self.source, "executionRole": "r", "clientToken": ids.new_uuid()}
        of = {"distributionConfigurationArn": self.configuration(*distributions)}
        return str(self.api("DistributeImage", SERVICE, **asked, **of)["imageBuildVersionArn"])

    def copies(self) -> dict[str, str]:
        """The live images elsewhere, by account; they are available from now on."""
        with self.api.database.write() as session:
            query = select(Image).where(
                Image.region == self.there.region, Image.source_image_id == self.image
            )
            rows = session.scalars(query).all()
            for row in rows:
                row.state = "available"
            return {row.account_id: row.id for row in rows}

    def end(self, arn: str) -> dict[str, Any]:
        """Carry a build to its end; the image as GetImage shows it."""
        following = self.carry(arn)
        while isinstance(following, Wait):
            self.copies()
            carry_inspections(self.api)
            following = self.carry(arn)
        assert isinstance(following, Done)
        return dict(self.api("GetImage", SERVICE, imageBuildVersionArn=arn)["image"])


@pytest.fixture
def depot(database: Database, tmp_path: Path) -> Depot:
    return Depot(new_api(database, data_dir=tmp_path))


def places(image: dict[str, Any]) -> set[tuple[str, str]]:
    return {(one["region"], one["accountId"]) for one in image["outputResources"]["amis"]}


def test_what_fails_in_one_place_is_done_in_the_others(depot: Depot) -> None:
    api, there = depot.api, depot.there
    friend = api.other_account().account_id
    taken = add_image(there, f"golden {clock.now():%Y}").id
    ami = {"name": NAME, "targetAccountIds": [api.account_id, friend]}
    arn = depot.distribute(
        {"region": there.region, "amiDistributionConfiguration": ami}, {"region": api.region}
    )
    image = depot.end(arn)
    assert image["state"]["status"] == "FAILED"
    failure = image["state"]["failureContext"]["distributionFailure"]
    assert [(one["region"], one["targetAccountId"], one["status"]) for one in failure["regionFailures"]] == [
        (there.region, api.account_id, "FAILED")
    ]
    assert "golden" in failure["regionFailures"][0]["errorMessage"]
    home = (api.region, api.account_id)
    assert places(image) == {home, (there.region, friend)}
    assert set(before := depot.copies()) == {friend}
    there("DeregisterImage", ImageId=taken)
    api("RetryImage", SERVICE, imageBuildVersionArn=arn, clientToken="r")
    again = depot.end(arn)
    assert again["state"]["status"] == "AVAILABLE"
    assert places(again) == {home, (there.region, friend), (there.region, api.account_id)}
    assert depot.copies()[friend] == before[friend], "it was there already"


def test_a_retry_moves_only_the_templates_that_were_not(depot: Depot) -> None:
    api = depot.api
    old = add_image(api, "old").id
    templates = [
        api("CreateLaunchTemplate", LaunchTemplateName=name, LaunchTemplateData={"ImageId": old})[
            "LaunchTemplate"
        ]["LaunchTemplateId"]
        for name in ("first", "second")
    ]
    pointed = [{"launchTemplateId": one} for one in templates]
    arn = depot.distribute({"region": api.region, "launchTemplateConfigurations": pointed})
    api("DeleteLaunchTemplate", LaunchTemplateId=templates[0])
    state = depot.end(arn)["state"]
    (failure,) = state["failureContext"]["distributionFailure"]["regionFailures"]
    assert failure["imageConfigurationStep"] == "UPDATE_LAUNCH_TEMPLATES"
    assert templates[0] in failure["errorMessage"]

    def versions() -> list[tuple[str, bool]]:
        found = api("DescribeLaunchTemplateVersions", LaunchTemplateId=templates[1])
        return [
            (one["LaunchTemplateData"]["ImageId"], one["DefaultVersion"])
            for one in found["LaunchTemplateVersions"]
        ]

    assert sorted(versions()) == sorted([(old, False), (depot.image, True)])
    api("RetryImage", SERVICE, imageBuildVersionArn=arn, clientToken="r")
    assert depot.end(arn)["state"]["status"] == "FAILED"
    assert len(versions()) == 2, "no second version with the same image"


def test_an_imported_image_is_distributed(depot: Depot) -> None:
    source = build(depot.api, "imported", "AVAILABLE")
    with depot.api.database.write() as session:
        row = session.get_one(ImageBuild, depot.row(source).id)
        row.inputs = {"tests": False, "description": None, "metadata": False}  # as ImportVmImage leaves it
        row.outputs = {"amis": [{"region": depot.api.region, "image": depot.image}]}
    image = depot.end(depot.distribute({"region": depot.there.region}, source=source))
    assert image["state"]["status"] == "AVAILABLE"
    assert (depot.there.region, depot.api.account_id) in places(image)


WORKFLOW = """\
schemaVersion: 1.0
parameters: [{name: where, type: string}]
steps:
  - name: Copy
    action: DistributeImage
    inputs:
      distributions:
        - {region.$: $.parameters.where, name: "mine {{imagebuilder:buildDate}}", amiTags: {Team: web}}
  - name: Share
    action: ModifyImageAttributes
    inputs:
      distributedImages.$: $.stepOutputs.Copy.distributedImages
      attributes: [{region.$: $.parameters.where, launchPermission: {userGroups: [all]}}]
"""


@pytest.mark.parametrize("configured", [True, False])
def test_a_workflow_says_itself_where_to(depot: Depot, configured: bool) -> None:
    """As AWS documents the inputs of its steps: flat, and instead of the distribution configuration."""
    api, there = depot.api, depot.there
    flow = api(
        "CreateWorkflow",
        SERVICE,
        name="there",
        semanticVersion="1.0.0",
        type="DISTRIBUTION",
        data=WORKFLOW,
        clientToken="w",
    )["workflowBuildVersionArn"]
    given = [{"name": "where", "value": [there.region]}]
    of = {"distributionConfigurationArn": depot.configuration({"region": api.region})} if configured else {}
    answer = api(
        "CreateImage",
        SERVICE,
        **depot.parts,
        **of,
        imageTestsConfiguration={"imageTestsEnabled": False},
        workflows=[
            {"workflowArn": depot.workflow("BUILD")},
            {"workflowArn": flow, "parameters": given},
        ],
        clientToken="i",
    )
    arn = str(answer["imageBuildVersionArn"])
    depot.carry(arn)
    with api.database.write() as session:
        session.get_one(ImageBuild, depot.row(arn).id).image_id = depot.image
    for _ in range(2):
        depot.answer(arn, "RESUME")
    assert depot.end(arn)["state"]["status"] == "AVAILABLE"
    copy = depot.copies()[api.account_id]
    (shown,) = there("DescribeImages", ImageIds=[copy])["Images"]
    assert shown["Name"].startswith("mine ")
    assert {"Key": "Team", "Value": "web"} in shown["Tags"]
    assert shown["Public"]
    with api.database.read() as session:
        (outputs,) = session.scalars(select(WorkflowStep.outputs).where(WorkflowStep.name == "Copy"))
    assert [(one["amiId"], one["status"]) for one in outputs["distributedImages"]] == [(copy, "Completed")]


def test_places_that_are_not_there_are_told(depot: Depot) -> None:
    arn = depot.distribute({"region": depot.api.region})
    there = depot.there.region
    nobody = {"targetAccountIds": ["000000000001"]}
    places_ = [{"region": "mars-north-1"}, {"region": there, "amiDistributionConfiguration": nobody}]
    with depot.api.database.write() as session:
        row = session.get_one(ImageBuild, depot.row(arn).id)
        row.inputs = {**row.inputs, "distribution": {"distributions": places_}}  # as a step may name them
    failure = depot.end(arn)["state"]["failureContext"]["distributionFailure"]
    assert [one["errorMessage"].split(": ")[1] for one in failure["regionFailures"]] == [
        "There is no region mars-north-1 here.",
        "There is no account 000000000001 on this server.",
    ]


def test_a_copy_that_takes_too_long_is_told_and_kept_for_a_retry(depot: Depot) -> None:
    arn = depot.distribute({"region": depot.there.region})
    assert isinstance(depot.carry(arn), Wait)
    with depot.api.database.write() as session:
        step = session.scalars(select(WorkflowStep).where(WorkflowStep.state == "RUNNING")).one()
        step.timeout_seconds = 0
    assert isinstance(depot.carry(arn), Wait), "its image is being inspected"
    carry_inspections(depot.api)
    assert isinstance(depot.carry(arn), Done)
    image = depot.api("GetImage", SERVICE, imageBuildVersionArn=arn)["image"]
    failure = image["state"]["failureContext"]["distributionFailure"]
    assert [one["status"] for one in failure["regionFailures"]] == ["TIMED_OUT"]
    shown = {one["region"]: one["state"]["status"] for one in image["outputResources"]["amis"]}
    assert shown == {depot.api.region: "AVAILABLE", depot.there.region: "PENDING"}
    copies = depot.copies()
    depot.api("RetryImage", SERVICE, imageBuildVersionArn=arn, clientToken="r")
    assert depot.end(arn)["state"]["status"] == "AVAILABLE"
    assert depot.copies() == copies


CREATES = """\
schemaVersion: 1.0
steps:
  - {name: Wait, action: WaitForAction}
  - {name: Create, action: CreateImage, inputs: {instanceId: i-1}}
"""


def test_a_cancelled_build_leaves_no_image_half_made(depot: Depot) -> None:
    api = depot.api
    flow = api(
        "CreateWorkflow",
        SERVICE,
        name="creates",
        semanticVersion="1.0.0",
        type="BUILD",
        data=CREATES,
        clientToken="w",
    )["workflowBuildVersionArn"]
    arn = depot.begin(flow)
    depot.carry(arn)
    begun = add_image(api, "half made", state="pending")
    with api.database.write() as session:
        step = session.scalars(select(WorkflowStep).where(WorkflowStep.name == "Create")).one()
        step.state, step.journal = "RUNNING", {"image": begun.id}
    api("CancelImageCreation", SERVICE, imageBuildVersionArn=arn, clientToken="c")
    assert isinstance(depot.carry(arn), Done)
    with api.database.read() as session:
        assert session.get_one(Image, begun.id).state == "deregistered"
        (snapshot,) = [one.snapshot_id for one in begun.devices]
        assert session.get_one(Snapshot, snapshot).state == "deleting"
