"""The shipped catalog, listed as a server lists it when it starts."""

from sqlalchemy import select

from amiable.flows.catalog_listing import list_catalog
from amiable.model.account import AMAZON, Account, create_account
from tests.helpers.api import Api
from tests.unit.api.examples.request import Requests


def examples(api: Api) -> Requests:
    """Makes the built-in account and its listed images."""
    with api.database.write() as session:
        if session.scalar(select(Account).where(Account.alias == AMAZON)) is None:
            create_account(session, AMAZON, alias=AMAZON)
        list_catalog(session, api.settings)
    return {
        ("amiable", "DescribeCatalog"): {"Names": ["debian-12"]},
        ("amiable", "PullCatalogImage"): {"Name": "debian-12"},
    }
