"""Rows whose owner is gone, in a SQLite database that was written while references were not enforced.

Where the reference says `ON DELETE CASCADE` the row should have gone with its owner, so it goes now. Any
other reference that leads nowhere is a person's to judge: the server does not start on it.
"""

import sqlite3

from amiable.core.errors import Corrupt
from amiable.core.log import logger

log = logger(__name__)


def drop_orphans(connection: sqlite3.Connection) -> None:
    """Delete what should have gone with its owner. Raises Corrupt for references that lead nowhere else.

    References must not be enforced meanwhile, and no transaction may be open.
    """
    while lost := connection.execute("pragma foreign_key_check").fetchall():
        owned = {(table, row) for table, row, _, number in lost if _cascades(connection, table, number)}
        if not owned:
            rows = ", ".join(sorted({f"{table} row {row} → {parent}" for table, row, parent, _ in lost}))
            raise Corrupt(
                "The state database", f"references lead nowhere ({rows}). Restore a backup or delete them."
            )
        for table, row in sorted(owned):
            connection.execute(f'delete from "{table}" where rowid = ?', (row,))  # noqa: S608 - a name of ours
            log.warning("row %s of %s is deleted: what it belonged to is gone", row, table)


def _cascades(connection: sqlite3.Connection, table: str, number: int) -> bool:
    """Whether rows of a table go with what their reference of that number names."""
    references = connection.execute(f'pragma foreign_key_list("{table}")').fetchall()
    return any(row[0] == number and row[6] == "CASCADE" for row in references)
