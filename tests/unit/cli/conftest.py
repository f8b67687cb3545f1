"""A desk, and a desk with an API to talk to."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from amiable.model.database import Database
from tests.unit.cli.desk import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Nobody's: no credentials, no server, an empty home."""
    return Desk(
        tmp_path,
        {
            "HOME": str(tmp_path),
            "AMIABLE_DATA_DIR": str(tmp_path / "data"),
            "AMIABLE_CONFIG": None,
            "AMIABLE_LISTEN": "127.0.0.1:9",
            "AWS_ENDPOINT_URL": None,
            "AWS_PROFILE": None,
            "AWS_ACCESS_KEY_ID": None,
            "AWS_SECRET_ACCESS_KEY": None,
            "AWS_SESSION_TOKEN": None,
            "AWS_DEFAULT_REGION": None,
            "AWS_CONFIG_FILE": str(tmp_path / "config"),
            "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"),
        },
    )


@pytest.fixture
def server(desk: Desk, sqlite_template: Path) -> Iterator[Database]:
    """The database of an API that the desk has credentials for."""
    with desk.serve(sqlite_template) as database:
        yield database
