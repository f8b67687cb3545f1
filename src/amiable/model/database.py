"""The state database: SQLite by default, PostgreSQL by URL, one code path.

SQLite runs in WAL with synchronous=FULL (an acknowledged CreateImage survives power loss); a write
transaction begins IMMEDIATE, so that it never fails half-way for a lock, and reads never queue behind
writes. Handlers call this from a small thread pool; async drivers measured slower.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.functions import GenericFunction
from sqlalchemy.types import Float

from amiable.core.errors import InvalidInput

WRITE = "amiable_write"


class epoch_now(GenericFunction[float]):
    """The database's own clock, in seconds since 1970: leases of several hosts need one clock."""

    type = Float()
    inherit_cache = True


@compiles(epoch_now, "sqlite")
def _sqlite_now(element: Any, compiler: Any, **kw: Any) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(epoch_now, "postgresql")
def _postgresql_now(element: Any, compiler: Any, **kw: Any) -> str:
    return "CAST(extract(epoch FROM clock_timestamp()) AS double precision)"


def _sqlite_connect(connection: Any, record: Any) -> None:
    connection.isolation_level = None  # transactions begin where we say so, below
    for pragma in ("journal_mode=wal", "synchronous=full", "busy_timeout=15000", "foreign_keys=on"):
        connection.execute(f"pragma {pragma}")


def _sqlite_begin(connection: Connection) -> None:
    write = connection.get_execution_options().get(WRITE, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def connect(url: str, pool_size: int = 10) -> Engine:
    """An engine with our settings. Raises InvalidInput for a URL we do not support."""
    try:
        parsed = make_url(url)
    except ArgumentError as wrong:
        raise InvalidInput(f"database_url {url!r} is not a database URL.") from wrong
    kind = parsed.get_backend_name()
    if kind == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
        return create_engine(parsed, pool_size=pool_size, max_overflow=pool_size, pool_pre_ping=True)
    if kind == "sqlite":
        engine = create_engine(
            parsed,
            pool_size=pool_size,
            max_overflow=pool_size,
            connect_args={"check_same_thread": False},
        )
        event.listen(engine, "connect", _sqlite_connect)
        event.listen(engine, "begin", _sqlite_begin)
        return engine
    raise InvalidInput(f"database_url {url!r}: only sqlite and postgresql are supported.")


class Database:
    """Sessions on one engine. Objects stay readable after their session has closed."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._writer = engine.execution_options(**{WRITE: True})

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A transaction that only reads."""
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction that may write; committed at the end, rolled back on any exception."""
        with Session(self._writer, expire_on_commit=False) as session, session.begin():
            yield session

    def close(self) -> None:
        """Close the pool."""
        self.engine.dispose()
