"""Key pairs: the public half that a new instance finds in its metadata. The private half is never kept."""

from datetime import datetime

from sqlalchemy import String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from amiable.model.base import AccountId, Base, Id, Region, one_of


class KeyPair(Base):
    """A key pair. `fingerprint` in the form that EC2 prints for its kind and origin."""

    __tablename__ = "key_pair"
    __table_args__ = (
        UniqueConstraint("region", "account_id", "name"),
        one_of("key_type", ("rsa", "ed25519")),
    )

    id: Mapped[Id]
    region: Mapped[Region]
    account_id: Mapped[AccountId]
    name: Mapped[str] = mapped_column(String(255))
    key_type: Mapped[str] = mapped_column(String(8))
    fingerprint: Mapped[str] = mapped_column(String(128))
    public_key: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]


def key_pair_named(session: Session, name: str, account_id: str, region: str) -> KeyPair | None:
    """An account's key pair, or None."""
    return session.scalar(
        select(KeyPair).where(
            KeyPair.name == name, KeyPair.account_id == account_id, KeyPair.region == region
        )
    )
