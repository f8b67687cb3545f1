"""Databases for unit tests: every test that asks for `database` runs on SQLite and on PostgreSQL.

The schema is made once for each kind; every test gets a copy of the file, or all tables emptied.
"""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete

from amiable.model.database import Database, connect
from amiable.model.migrations import upgrade
from amiable.model.tables import metadata
from tests.helpers import postgres
from tests.helpers.postgres import MEMORY


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--databases sqlite`: leave PostgreSQL out, as `./check quick` does."""
    parser.addoption("--databases", default="sqlite,postgresql", help="which to test: sqlite, postgresql")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect what is for another database."""
    wanted = config.getoption("--databases", "sqlite,postgresql").split(",")
    left_out = [item for item in items if _database(item) not in (None, *wanted)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in set(left_out)]


def _database(item: pytest.Item) -> str | None:
    """The database that a test is for; None for one that has none."""
    call = getattr(item, "callspec", None)
    return call.params.get("database") if call is not None else None


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the current schema and nothing in it."""
    path = tmp_path_factory.mktemp("template") / "state.db"
    engine = connect(f"sqlite:///{path}")
    upgrade(engine)
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def postgres_engine() -> Iterator[Engine]:
    """A PostgreSQL server for the whole run, with the current schema."""
    with postgres.running() as url:
        engine = connect(url)
        upgrade(engine)
        yield engine
        engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """An empty database with the current schema, in memory: what is tested here is not the disk."""
    if request.param == "sqlite":
        with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
            shutil.copy(request.getfixturevalue("sqlite_template"), f"{folder}/state.db")
            database = Database(connect(f"sqlite:///{folder}/state.db"))
            yield database
            database.close()
        return
    engine = request.getfixturevalue("postgres_engine")
    with engine.begin() as connection:  # quicker than TRUNCATE for tables of a few rows
        for table in reversed(metadata.sorted_tables):
            connection.execute(delete(table))
    yield Database(engine)
