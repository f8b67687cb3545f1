"""The organisation, where one is configured: all accounts are in it, each in one unit or at its root.

arn:aws:organizations::<management account>:organization/<o-…>
arn:aws:organizations::<management account>:ou/<o-…>/<ou-…>
"""

import re

from sqlalchemy.orm import Session

from amiable.model.account import Account
from amiable.model.image import EVERYONE

ORGANIZATION = re.compile(r"^arn:aws:organizations::(\d{12}):organization/(o-[a-z0-9]{10,32})$")
UNIT = re.compile(
    r"^arn:aws:organizations::(\d{12}):ou/(o-[a-z0-9]{10,32})/(ou-[a-z0-9]{4,32}-[a-z0-9]{8,32})$"
)


def unit_arn(organization: str, unit: str) -> str:
    """The ARN of a unit of the configured organisation."""
    match = ORGANIZATION.match(organization)
    assert match is not None, organization
    return f"arn:aws:organizations::{match[1]}:ou/{match[2]}/{unit}"


def grantees(session: Session, account_id: str, organization: str) -> list[str]:
    """The names under which something may be granted to an account: its id, `all`, organisation, unit."""
    names = [account_id, EVERYONE]
    if organization:
        names.append(organization)
        account = session.get(Account, account_id)
        if account is not None and account.unit:
            names.append(unit_arn(organization, account.unit))
    return names
