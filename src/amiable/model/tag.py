"""Tags on any resource. Only the owner's are kept; others see none but those meant to be shared."""

from collections.abc import Iterable, Mapping

from sqlalchemy import Index, String, delete, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from amiable.model.base import AccountId, Base, Region


class Tag(Base):
    """One key of one resource. `resource_type` is EC2's word: image, instance, snapshot, …"""

    __tablename__ = "tag"
    # with whose tag it is: what has a common one is told by the index alone
    __table_args__ = (Index("ix_tag_account_key_value", "account_id", "key", "value", "resource_id"),)

    resource_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    key: Mapped[str] = mapped_column(String(128), primary_key=True)
    value: Mapped[str] = mapped_column(String(256))
    resource_type: Mapped[str] = mapped_column(String(40))
    account_id: Mapped[AccountId]
    region: Mapped[Region]


def tags_of(
    session: Session, resource_ids: Iterable[str], account_id: str, shared: str = ""
) -> dict[str, dict[str, str]]:
    """Tags by resource id, for the resources that have any and belong to the account.

    With `shared`, also the tags of others' resources whose keys begin so.
    """
    wanted = list(resource_ids)
    seen = Tag.account_id == account_id
    if shared:
        seen = or_(seen, Tag.key.startswith(shared, autoescape=True))
    found: dict[str, dict[str, str]] = {}
    for start in range(0, len(wanted), 500):
        rows = session.execute(
            select(Tag.resource_id, Tag.key, Tag.value)
            .where(Tag.resource_id.in_(wanted[start : start + 500]), seen)
            .order_by(Tag.key)
        )
        for resource_id, key, value in rows:
            found.setdefault(resource_id, {})[key] = value
    return found


def put_tags(
    session: Session,
    resource_id: str,
    resource_type: str,
    tags: Mapping[str, str],
    *,
    account_id: str,
    region: str,
) -> None:
    """Add tags or replace their values."""
    for key, value in tags.items():
        session.merge(
            Tag(
                resource_id=resource_id,
                key=key,
                value=value,
                resource_type=resource_type,
                account_id=account_id,
                region=region,
            )
        )


def drop_tags(session: Session, resource_id: str) -> None:
    """Remove all tags of a resource that is going away."""
    session.execute(delete(Tag).where(Tag.resource_id == resource_id))
