"""Shipped components and workflows in the API: Amazon's, in every region; another build when changed."""

import pytest
from sqlalchemy import select

from amiable.builder import components
from amiable.builder.workflow.managed import managed, managed_arn, ship_workflows
from amiable.model.account import AMAZON, create_account
from amiable.model.builder_resource import BuilderResource
from tests.helpers.api import Api, refused

DOCUMENTS = components.documents()


def test_they_belong_to_amazon_in_every_region(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    with api.database.write() as session:
        create_account(session, AMAZON, alias=AMAZON)
    for _ in range(2):
        with api.database.write() as session:
            components.ship(session, api.settings)
    listed = api("ListComponents", "imagebuilder", owner="Amazon", maxResults=25)["componentVersionList"]
    assert {one["name"] for one in listed} == set(DOCUMENTS)
    assert {one["owner"] for one in listed} == {"Amazon"}
    assert listed[0]["arn"] == "arn:aws:imagebuilder:us-east-1:aws:component/apache/1.0.0"
    with api.database.write() as session:
        rows = session.scalars(select(BuilderResource).where(BuilderResource.slug == "apache")).all()
        assert sorted(row.region for row in rows) == sorted(api.settings.region_names)
        monkeypatch.setattr(components, "documents", lambda: {"apache": DOCUMENTS["apache"] + "# changed\n"})
        components.ship(session, api.settings)
    arn = "arn:aws:imagebuilder:us-east-1:aws:component/apache/x.x.x"
    newest = api("GetComponent", "imagebuilder", componentBuildVersionArn=arn)["component"]
    assert newest["arn"].endswith("apache/1.0.0/2")


def test_managed_workflows_can_be_read_and_named(api: Api) -> None:
    with api.database.write() as session:
        create_account(session, AMAZON, alias=AMAZON)
    for _ in range(2):
        with api.database.write() as session:
            ship_workflows(session, api.settings)
    listed = api("ListWorkflows", "imagebuilder", owner="Amazon")["workflowVersionList"]
    assert {one["name"] for one in listed} == {"build-image", "test-image", "distribute-image"}
    arn = managed_arn(api.region, "BUILD")
    workflow = api("GetWorkflow", "imagebuilder", workflowBuildVersionArn=arn)["workflow"]
    assert (workflow["data"], workflow["owner"]) == (managed("BUILD"), "Amazon")
    with refused("ResourceNotFoundException"):
        api("DeleteWorkflow", "imagebuilder", workflowBuildVersionArn=arn)
