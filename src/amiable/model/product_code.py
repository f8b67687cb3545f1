"""Product codes on images, snapshots, volumes and instances: who holds something made of a paid image pays.

A code goes wherever the content goes: image → instance and volume → snapshot → image.
"""

from collections.abc import Iterable

from sqlalchemy import String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from amiable.model.base import Base


class ProductCode(Base):
    """One code on one resource."""

    __tablename__ = "product_code"

    resource_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    code: Mapped[str] = mapped_column(String(64), primary_key=True, index=True)


def codes_of(session: Session, resource_ids: Iterable[str]) -> dict[str, list[str]]:
    """Codes by resource id, for the resources that have any."""
    wanted = list(resource_ids)
    found: dict[str, list[str]] = {}
    for start in range(0, len(wanted), 500):
        rows = session.execute(
            select(ProductCode.resource_id, ProductCode.code)
            .where(ProductCode.resource_id.in_(wanted[start : start + 500]))
            .order_by(ProductCode.code)
        )
        for resource_id, code in rows:
            found.setdefault(resource_id, []).append(code)
    return found


def inherit_codes(session: Session, target_id: str, *source_ids: str) -> None:
    """Give a resource the codes of those that its content came from."""
    for codes in codes_of(session, source_ids).values():
        for code in codes:
            session.merge(ProductCode(resource_id=target_id, code=code))


def leave_codes(session: Session, target_id: str, gone_id: str, *remaining_ids: str) -> None:
    """Take the codes that a resource had of `gone_id` only, and not of what remains."""
    kept = {code for codes in codes_of(session, remaining_ids).values() for code in codes}
    gone = set(codes_of(session, [gone_id]).get(gone_id, ())) - kept
    session.execute(
        delete(ProductCode).where(ProductCode.resource_id == target_id, ProductCode.code.in_(gone))
    )


def drop_codes(session: Session, resource_id: str) -> None:
    """A resource is gone: so are its codes."""
    session.execute(delete(ProductCode).where(ProductCode.resource_id == resource_id))
