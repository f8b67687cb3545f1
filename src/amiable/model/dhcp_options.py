"""DHCP options: what leases tell beside address and router. Any number of VPCs use one set."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Mapped, Session, mapped_column

from amiable.core import clock, ids
from amiable.model.base import AccountId, Base, Id, Region

PROVIDED = "AmazonProvidedDNS"
"""As a name server: the VPC's own resolver."""


class DhcpOptions(Base):
    """A set; never changed. `options` is the list of keys and values as they were given.

    The account's first set of a region is its default one.
    """

    __tablename__ = "dhcp_options"

    id: Mapped[Id]
    region: Mapped[Region]
    account_id: Mapped[AccountId]
    is_default: Mapped[bool] = mapped_column(default=False)
    options: Mapped[list[dict[str, Any]]]
    created_at: Mapped[datetime]


def default_options(session: Session, account_id: str, region: str) -> DhcpOptions:
    """The account's default set in a region, made if missing: AWS's domain, the VPC's own resolver."""
    found = session.scalar(
        select(DhcpOptions).where(
            DhcpOptions.account_id == account_id, DhcpOptions.region == region, DhcpOptions.is_default
        )
    )
    if found is None:
        domain = "ec2.internal" if region == "us-east-1" else f"{region}.compute.internal"
        found = DhcpOptions(
            id=ids.new_id("dopt"),
            region=region,
            account_id=account_id,
            is_default=True,
            options=[
                {"key": "domain-name", "values": [domain]},
                {"key": "domain-name-servers", "values": [PROVIDED]},
            ],
            created_at=clock.now(),
        )
        session.add(found)
        session.flush()
    return found
