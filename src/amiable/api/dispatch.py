"""One request through the API: route, authenticate, parse, validate, run, render.

Request ─► route ─► auth ─► parse ─► validate ─► perform (in one transaction) ─► render ─► Response
               any Fault on the way ─► rollback ─► render_fault ─► Response
"""

from sqlalchemy.exc import OperationalError

from amiable.api import table
from amiable.api.auth import authenticate
from amiable.api.faults import fault_of
from amiable.api.perform import Caller, Performer
from amiable.api.terminal import Door
from amiable.core import clock, ids
from amiable.core.errors import AmiableError
from amiable.core.log import logger
from amiable.protocol import faults
from amiable.protocol.faults import Fault
from amiable.protocol.message import Request, Response
from amiable.protocol.models import error_shape
from amiable.protocol.parse import parse
from amiable.protocol.render import render
from amiable.protocol.render_fault import render_fault
from amiable.protocol.route import Route, route, service_of
from amiable.protocol.validate import validate

log = logger(__name__)


class Dispatcher:
    """Answers requests; `door` lets in the other way of asking, a terminal's socket."""

    def __init__(self, performer: Performer) -> None:
        self.door = Door(performer)
        self._performer = performer
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
            known = error_shape(where.service, "InvalidRequestException") is not None
            raise faults.unsupported_operation(where.name, invalid_request=known)
        parameters = parse(request, where)
        validate(parameters, where)
        caller = Caller(account_id, region, key_id, request_id)
        return render(where, self._performer.perform(entry, parameters, caller), request_id)

    def _caller(self, request: Request, where: Route) -> tuple[str, str, str]:
        """(account, access key, region) of a request whose signature is right; it costs others no lock.

        An operation that the model lets go unsigned finds out itself who calls: nobody, so far.
        """
        settings = self._performer.settings
        if where.unsigned:
            return "", "", settings.region_names[0]
        with self._performer.database.read() as session:
            key, signed = authenticate(
                request,
                session,
                self._performer.sealer,
                settings,
                clock.now(),
                unsigned_payload=where.unsigned_payload,
            )
        return key.account_id, key.id, signed.region
