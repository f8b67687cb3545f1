"""Who calls, where and when: plain values that every operation gets."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from amiable.core.settings import Settings
from amiable.model.secret import Sealer


@dataclass(frozen=True)
class Call:
    """One authenticated request. `session` is the transaction that the operation runs in."""

    account_id: str
    access_key_id: str
    region: str
    session: Session
    now: datetime
    request_id: str
    settings: Settings
    sealer: Sealer
