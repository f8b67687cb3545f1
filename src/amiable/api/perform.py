"""One operation in one transaction: what the dispatcher does for requests, and the server for itself.

Operations that only read run in a read transaction, which never queues behind writes. One that writes may
collide with another over a name or an address (IntegrityError): it is undone and tried again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from amiable.api import table
from amiable.api.call import Call
from amiable.api.table import Operation, Shape
from amiable.blocks.store import WriteStore
from amiable.core import clock, ids
from amiable.core.log import logger
from amiable.core.settings import Settings
from amiable.model.database import Database
from amiable.model.secret import Sealer
from amiable.protocol.faults import Fault

log = logger(__name__)
TRIES = 4


@dataclass(frozen=True)
class Caller:
    """In whose name an operation runs, where, and under which request id."""

    account_id: str
    region: str
    access_key_id: str
    request_id: str


@dataclass(frozen=True)
class Performer:
    """Runs operations. `wake` is called after a transaction that enqueued a flow has committed."""

    database: Database
    sealer: Sealer
    settings: Settings
    stores: Mapping[str, WriteStore]
    wake: Callable[[], None]

    def perform(self, entry: Operation, request: Shape, caller: Caller) -> Shape:
        """The answer of an operation. Raises Fault, and whatever else the operation raises."""
        for attempt in range(1, TRIES + 1):
            try:
                with (self.database.write if entry.writes else self.database.read)() as session:
                    result = table.run(entry, self._call(session, caller), request)
                if entry.then is not None:
                    with self.database.write() as session:
                        entry.then(self._call(session, caller), request, result)
                if session.info.get("enqueued"):
                    self.wake()
                return result
            except IntegrityError as collision:
                log.info("request %s, try %d: %s", caller.request_id, attempt, collision.orig)
        raise Fault("RequestConflict", "Other requests keep changing the same resource; try again.", 409)

    def on_behalf(
        self, account_id: str, region: str, name: str, service: str = "ec2", /, **request: object
    ) -> Shape:
        """The answer of an operation that the server itself asks for in an account's name. Raises Fault."""
        caller = Caller(account_id, region, "", ids.new_uuid())
        return self.perform(table.load()[service, name], request, caller)

    def call_for(self, session: Session, account_id: str, region: str) -> Call:
        """A call of the server itself, in an account's name and in a transaction that is open."""
        return self._call(session, Caller(account_id, region, "", ids.new_uuid()))

    def _call(self, session: Session, caller: Caller) -> Call:
        return Call(
            account_id=caller.account_id,
            access_key_id=caller.access_key_id,
            region=caller.region,
            session=session,
            now=clock.now(),
            request_id=caller.request_id,
            settings=self.settings,
            sealer=self.sealer,
            stores=self.stores,
        )
