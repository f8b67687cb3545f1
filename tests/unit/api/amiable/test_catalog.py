"""The catalog: what is listed before anything is fetched, and what a launch, a pull and a refresh begin."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from amiable.flows import catalog
from amiable.flows.catalog_import import failed
from amiable.flows.catalog_listing import list_catalog
from amiable.flows.story import Work
from amiable.model.account import AMAZON, create_account
from amiable.model.flow import Flow
from amiable.model.image import Image
from amiable.model.snapshot import Snapshot
from tests.helpers.api import Api, refused
from tests.helpers.catalogs import write_catalog

PLAIN = {"name": "plain", "recipe": "tiny", "parameter": "/aws/service/plain/latest", "free_tier": True}
SOLD = {
    "name": "sold-1",
    "recipe": "tiny",
    "product": {"name": "sold", "title": "Sold", "terms": "Pay.", "prices": {"default": "0.1"}},
}


@pytest.fixture
def api(api: Api, tmp_path: Path) -> Api:
    """An account on a server with a catalog of two entries."""
    api = replace(api, settings=replace(api.settings, catalog_dir=write_catalog(tmp_path, PLAIN, SOLD)))
    with api.database.write() as session:
        create_account(session, AMAZON, alias=AMAZON)
    start(api)
    return api


def start(api: Api) -> None:
    """What a server does with the catalog when it starts."""
    with api.database.write() as session:
        list_catalog(session, api.settings)


def image_named(api: Api, name: str) -> dict[str, Any]:
    (image,) = api("DescribeImages", Filters=[{"Name": "name", "Values": [name]}])["Images"]
    return dict(image)


def imports(api: Api) -> list[Flow]:
    with api.database.read() as session:
        return list(session.scalars(select(Flow).where(Flow.kind == catalog.KIND)))


def run(api: Api, name: str) -> str:
    answer = api("RunInstances", ImageId=image_named(api, name)["ImageId"], MinCount=1, MaxCount=1)
    return str(answer["Instances"][0]["InstanceId"])


def test_every_region_lists_it_before_it_is_there(api: Api) -> None:
    start(api)  # again
    for region in (api, api.other_region()):
        image = image_named(region, "plain")
        assert (image["State"], image["Public"], image["ImageOwnerAlias"]) == ("pending", True, "amazon")
        assert image["PublicSsmParameterName"] == "/aws/service/plain/latest"
        assert image["FreeTierEligible"]
        assert image["StateReason"]["Code"] == "Client.NotImported"
        assert "amiable image pull plain" in image["StateReason"]["Message"]
        assert [one["Name"] for one in region("DescribeImages", Owners=["amazon"])["Images"]] == ["plain"]
        assert [one["Name"] for one in region("DescribeImages", Owners=["aws-marketplace"])["Images"]] == [
            "sold-1"
        ]
    assert imports(api) == []


def test_the_first_launch_imports_it_once_for_all_regions(api: Api) -> None:
    run(api, "plain")
    alias = "resolve:ssm:/aws/service/plain/latest"
    api("RunInstances", ImageId=alias, MinCount=1, MaxCount=1)
    (flow,) = imports(api)
    assert set(flow.state["snapshots"]) == set(api.settings.region_names)
    (row,) = api("DescribeCatalog", "amiable", Names=["plain"])["CatalogImages"]
    assert (row["State"], row["Progress"]) == ("importing", "0%")
    assert api("PullCatalogImage", "amiable", Name="plain")["State"] == "importing"
    assert len(imports(api)) == 1


def test_a_failed_import_is_listed_again_with_its_reason(api: Api) -> None:
    image_id = api("PullCatalogImage", "amiable", Name="plain")["ImageId"]
    (flow,) = imports(api)
    work = Work(flow.number, flow.kind, flow.subject, 0, HostOf(api), api.database, 5.0, dict(flow.state))
    for _ in range(2):  # a step may run twice
        failed(work, "no network.")  # type: ignore[arg-type]
    with api.database.write() as session:
        session.get_one(Flow, flow.number).outcome = "failed"
    image = image_named(api, "plain")
    assert (image["ImageId"], image["State"]) == (image_id, "pending")
    assert "no network." in image["StateReason"]["Message"]
    with api.database.read() as session:
        states = list(session.scalars(select(Snapshot.state).order_by(Snapshot.state)))
    assert states == ["deleting"] * 2 + ["pending"] * 4
    run(api, "plain")
    assert len(imports(api)) == 2


class HostOf:
    """Where a story's temporary files lie, for a step that only removes them."""

    def __init__(self, api: Api) -> None:
        self.settings = api.settings

    def work_directory(self, number: int) -> Path:
        return Path("/nonexistent") / str(number)


def test_only_a_built_in_account_imports_anew(api: Api) -> None:
    with refused("OperationNotPermitted"):
        api("PullCatalogImage", "amiable", Name="plain", Refresh=True)
    with refused("InvalidParameterValue", "amiable catalog"):
        api("PullCatalogImage", "amiable", Name="unknown")


def test_an_entry_of_the_marketplace_asks_for_a_subscription(api: Api) -> None:
    (product,) = api("DescribeProducts", "amiable")["Products"]
    assert image_named(api, "sold-1")["ProductCodes"] == [
        {"ProductCodeId": product["ProductCode"], "ProductCodeType": "marketplace"}
    ]
    with refused("OptInRequired", "amiable marketplace subscribe sold"):
        run(api, "sold-1")
    assert imports(api) == []
    api("SubscribeProduct", "amiable", ProductCode=product["ProductCode"], AcceptTerms=True)
    run(api, "sold-1")
    assert len(imports(api)) == 1


def test_what_leaves_the_catalog_unimported_is_listed_no_longer(api: Api, tmp_path: Path) -> None:
    folder = write_catalog(tmp_path / "later", SOLD)
    later = replace(api, settings=replace(api.settings, catalog_dir=folder))
    start(later)
    assert later("DescribeImages", Owners=["amazon"])["Images"] == []
    with api.database.read() as session:
        gone = session.scalars(select(Image.state).where(Image.name == "plain"))
        assert set(gone) == {"deregistered"}
