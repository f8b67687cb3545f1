"""An account to call operations with, on both databases."""

import pytest

from amiable.model.database import Database
from tests.helpers.api import Api, new_api


@pytest.fixture
def api(database: Database) -> Api:
    """A new account in us-east-1."""
    return new_api(database)
