"""Databases for unit tests: every test that asks for `database` runs on SQLite and on PostgreSQL.

The schema is made once for each kind; every test gets a copy of it.
"""

import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from amiable.model.database import Database, connect
from amiable.model.migrations import upgrade
from tests.helpers import postgres


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the current schema and nothing in it."""
    path = tmp_path_factory.mktemp("template") / "state.db"
    engine = connect(f"sqlite:///{path}")
    upgrade(engine)
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """One PostgreSQL server for the whole run; its database `template_amiable` has the current schema."""
    with postgres.running() as url:
        _run(url, "CREATE DATABASE template_amiable")
        template = connect(_named(url, "template_amiable"))
        upgrade(template)
        template.dispose()
        yield url


def _named(url: str, name: str) -> str:
    return make_url(url).set(database=name).render_as_string(hide_password=False)


def _run(url: str, statement: str) -> None:
    engine = connect(url)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(statement))
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database with the current schema."""
    if request.param == "sqlite":
        template = request.getfixturevalue("sqlite_template")
        shutil.copy(template, tmp_path / "state.db")
        database = Database(connect(f"sqlite:///{tmp_path}/state.db"))
        yield database
        database.close()
        return
    server = request.getfixturevalue("postgres_url")
    name = f"test_{secrets.token_hex(6)}"
    _run(server, f"CREATE DATABASE {name} TEMPLATE template_amiable")
    database = Database(connect(_named(server, name)))
    yield database
    database.close()
    _run(server, f"DROP DATABASE {name}")
