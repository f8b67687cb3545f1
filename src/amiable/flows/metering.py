"""Sees which machines live, for what is charged (model/usage.py): each minute, when a server begins to watch
a machine, and before one is stopped. So an outage of the server costs neither side anything."""

from sqlalchemy import select

from amiable.compute import process
from amiable.core import clock
from amiable.flows.host import Host
from amiable.model.database import Database
from amiable.model.instance import Instance
from amiable.model.usage import UsageInterval, see_use


def _lives(host: Host, instance_id: str) -> bool:
    running = process.find(host.machine_directory(instance_id))
    if running is None:
        return False
    running.close()
    return True


def see(host: Host, database: Database, *instance_ids: str) -> None:
    """Note of each of these instances that its machine lives, if it does and is metered."""
    metered = select(UsageInterval.instance_id).where(
        UsageInterval.instance_id.in_(instance_ids), UsageInterval.ended_at.is_(None)
    )
    with database.read() as session:
        rows = list(session.scalars(metered.distinct()))
    if living := [one for one in rows if _lives(host, one)]:
        with database.write() as session:
            see_use(session, living, clock.now())


def see_machines(host: Host, database: Database) -> None:
    """Note of every metered machine of this host whether it lives."""
    metered = (
        select(UsageInterval.instance_id)
        .join(Instance, Instance.id == UsageInterval.instance_id)
        .where(UsageInterval.ended_at.is_(None), Instance.host == host.name)
    )
    with database.read() as session:
        rows = list(session.scalars(metered.distinct()))
    if rows:
        see(host, database, *rows)
