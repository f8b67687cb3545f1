"""Hosts that run machines. A host proves that it is alive by its heartbeat."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, Session, mapped_column

from amiable.core import clock
from amiable.model.base import Base


class Host(Base):
    """A machine that runs QEMU. `accelerator` is kvm or tcg, by test."""

    __tablename__ = "host"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    accelerator: Mapped[str] = mapped_column(String(8))
    seen_at: Mapped[datetime]


def register_host(session: Session, name: str, accelerator: str) -> None:
    """Add the host, or note that it is alive."""
    session.merge(Host(name=name, accelerator=accelerator, seen_at=clock.now()))
