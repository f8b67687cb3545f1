"""The shipped components in the API: Amazon's, in every region, once, another build when they change."""

import pytest
from sqlalchemy import select

from amiable.builder import components
from amiable.model.account import AMAZON, create_account
from amiable.model.builder_resource import BuilderResource
from tests.helpers.api import Api

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
