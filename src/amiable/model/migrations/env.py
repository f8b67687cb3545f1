"""Alembic's entry: runs the migrations on the engine that the caller opened."""

import sqlite3
from typing import Literal

from alembic import context
from sqlalchemy import Column

from amiable.model.base import Instant
from amiable.model.database import WRITE
from amiable.model.migrations.orphans import drop_orphans
from amiable.model.tables import metadata


def render_item(kind: str, item: object, autogen_context: object) -> str | Literal[False]:
    """Migrations spell our column type as plain SQLAlchemy: they must not change when the model does."""
    if kind == "type" and isinstance(item, Instant):
        return "sa.DateTime(timezone=True)"
    return False


def same_type(
    context_: object, inspected: Column[object], declared: Column[object], *types: object
) -> bool | None:
    """SQLite reports our timestamps as DATETIME: the same thing."""
    return False if isinstance(declared.type, Instant) else None


def enforce_references(on: bool) -> None:
    """SQLite changes a table by making it anew, which references to it must not stop or follow."""
    if engine.dialect.name == "sqlite":
        driver = (
            connection.connection.dbapi_connection
        )  # outside of any transaction: inside, it has no effect
        assert isinstance(driver, sqlite3.Connection)
        if on:
            drop_orphans(driver)
        driver.execute(f"pragma foreign_keys={'on' if on else 'off'}")


engine = context.config.attributes["engine"].execution_options(**{WRITE: True})
with engine.connect() as connection:
    enforce_references(False)
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,
        render_item=render_item,
        compare_type=same_type,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()  # where there was nothing to migrate, looking has left a transaction open
    enforce_references(True)
