"""Who calls, where and when: plain values that every operation gets."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from amiable.blocks.store import WriteStore
from amiable.core.settings import Settings
from amiable.model.secret import Sealer


@dataclass(frozen=True)
class Call:
    """One authenticated request. `session` is the transaction that the operation runs in.

    `stores`: the block store of each region, for operations that move blocks themselves (EBS direct).
    """

    account_id: str
    access_key_id: str
    region: str
    session: Session
    now: datetime
    request_id: str
    settings: Settings
    sealer: Sealer
    stores: Mapping[str, WriteStore] = field(default_factory=dict)
