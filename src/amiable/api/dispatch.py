"""One request through the API: route, authenticate, parse, validate, run, render.

    Request ─► route ─► auth ─► parse ─► validate ─► operation (in one transaction) ─► render ─► Response
                   any Fault on the way ─► rollback ─► render_fault ─► Response

Operations that only read run in a read transaction, which never queues behind writes. One that writes may
collide with another over a name or an address (IntegrityError): it is undone and tried again.
"""

from collections.abc import Callable, Mapping

from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from amiable.api import table
from amiable.api.auth import authenticate
from amiable.api.call import Call
from amiable.api.faults import fault_of
from amiable.blocks.store import WriteStore
from amiable.core import clock, ids
from amiable.core.errors import AmiableError
from amiable.core.log import logger
from amiable.core.settings import Settings
from amiable.model.database import Database
from amiable.model.secret import Sealer
from amiable.protocol import faults
from amiable.protocol.faults import Fault
from amiable.protocol.message import Request, Response
from amiable.protocol.parse import parse
from amiable.protocol.render import render
from amiable.protocol.render_fault import render_fault
from amiable.protocol.route import Route, route, service_of
from amiable.protocol.validate import validate

log = logger(__name__)
TRIES = 4


class Dispatcher:
    """Answers requests. `wake` is called after a transaction that enqueued a flow has committed."""

    def __init__(
        self,
        database: Database,
        sealer: Sealer,
        settings: Settings,
        stores: Mapping[str, WriteStore],
        wake: Callable[[], None],
    ) -> None:
        self._database = database
        self._sealer = sealer
        self._settings = settings
        self._stores = stores
        self._wake = wake
        self._table = table.load()

    def answer(self, request: Request) -> Response:
        """The response to a request; every error becomes the fault of its protocol."""
        request_id = ids.new_uuid()
        try:
            return self._answer(request, request_id)
        except Fault as said:
            fault = said
        except AmiableError as error:
            log.error("request %s: %s", request_id, error)
            fault = fault_of(error)
        except OperationalError:
            log.exception("request %s: the state database does not answer", request_id)
            fault = Fault("Unavailable", "The server is overloaded or its database does not answer.")
        except Exception:
            log.exception("request %s", request_id)
            fault = Fault("InternalError", "An internal error has occurred.")
        return render_fault(fault, service_of(request), request_id)

    def _answer(self, request: Request, request_id: str) -> Response:
        where = route(request)
        account_id, key_id, region = self._caller(request, where)
        entry = self._table.get((where.service, where.name))
        if entry is None:
            raise faults.unsupported_operation(where.name)
        parameters = parse(request, where)
        validate(parameters, where)

        def called(session: Session) -> Call:
            return Call(
                account_id=account_id,
                access_key_id=key_id,
                region=region,
                session=session,
                now=clock.now(),
                request_id=request_id,
                settings=self._settings,
                sealer=self._sealer,
                stores=self._stores,
            )

        for attempt in range(1, TRIES + 1):
            try:
                with (self._database.write if entry.writes else self._database.read)() as session:
                    result = table.run(entry, called(session), parameters)
                if entry.then is not None:
                    with self._database.write() as session:
                        entry.then(called(session), parameters, result)
                if session.info.get("enqueued"):
                    self._wake()
                return render(where, result, request_id)
            except IntegrityError as collision:
                log.info("request %s, try %d: %s", request_id, attempt, collision.orig)
        raise Fault("RequestConflict", "Other requests keep changing the same resource; try again.", 409)

    def _caller(self, request: Request, where: Route) -> tuple[str, str, str]:
        """(account, access key, region) of a request whose signature is right; it costs others no lock."""
        with self._database.read() as session:
            key, signed = authenticate(
                request,
                session,
                self._sealer,
                self._settings,
                clock.now(),
                unsigned_payload=where.unsigned_payload,
            )
        if signed.region not in self._settings.region_names:
            listed = ", ".join(self._settings.region_names)
            raise Fault(
                "AuthFailure", f"The region {signed.region} is not configured here. Use one of: {listed}."
            )
        return key.account_id, key.id, signed.region
