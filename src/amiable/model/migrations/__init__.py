"""Schema migrations (Alembic), applied at the server's start: `upgrade` is idempotent."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine


def config(engine: Engine) -> Config:
    """What Alembic's commands take, for this database."""
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent))
    made.attributes["engine"] = engine
    return made


def upgrade(engine: Engine) -> None:
    """Bring the database to the newest schema."""
    command.upgrade(config(engine), "head")


def check(engine: Engine) -> None:
    """Raise when the tables declared in the model differ from what the migrations make."""
    command.check(config(engine))


def autogenerate(engine: Engine, message: str) -> None:
    """Write a new migration from the difference; for developers (see docs/developing.md)."""
    command.revision(config(engine), message=message, autogenerate=True)
