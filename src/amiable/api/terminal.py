"""Who may type on which machine's serial console: the door of the terminal's socket (`web/terminal.py`).

    presigned URL ─► signature ─► first use? ─► the caller's instance? ─► switched on? ─► running? ─► Line

Browsers cannot set the headers of a WebSocket, so its opening request, `GET /console-terminal/INSTANCE`, is
presigned: for the service ec2, for at most a minute, and for one use (a parameter `nonce` tells apart those
of one second). The path is part of what is signed, so no other presigned URL opens a terminal, and this one
does nothing else.

The codes are those of EC2 Instance Connect, where AWS has the same refusals.
"""

import socket
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from amiable.api.auth import authenticate
from amiable.api.faults import invalid
from amiable.api.owned import owned
from amiable.api.perform import Performer
from amiable.compute import console
from amiable.core import clock
from amiable.model.account import AccessKey
from amiable.model.account_setting import chosen
from amiable.model.instance import Instance
from amiable.protocol.auth_faults import auth_fault
from amiable.protocol.faults import Fault
from amiable.protocol.message import Request

PREFIX = "/console-terminal/"
LONGEST = 60
"""Seconds that a URL may be good for."""
RECENT = 16 * 1024
"""Bytes of what the console said before, which a terminal shows first."""
SETTING = "serial-console-access"

TAKEN_OVER = Fault(
    "SerialConsoleSessionLimitExceededException",
    "Another terminal has taken this console over; an instance has one at a time.",
)
IDLE = Fault("SerialConsoleSessionUnavailableException", "Nothing was typed for half an hour.")
TOO_SLOW = Fault("SerialConsoleSessionUnavailableException", "The terminal does not take what is printed.")
ENDED = Fault("EC2InstanceStateInvalidException", "The machine has ended.")


def allowed(session: Session, account_id: str, region: str) -> bool:
    """Whether the account has switched serial console access on in the region; off by default, as in EC2."""
    return bool(chosen(session, account_id, region, SETTING).get("enabled"))


@dataclass(frozen=True)
class Line:
    """A serial line that somebody may use."""

    instance_id: str
    folder: Path
    key_id: str
    region: str

    def connect(self) -> tuple[bytes, socket.socket]:
        """What was said before, and both directions from now on. Raises NotFound, Unavailable."""
        return console.tail(self.folder, RECENT), console.attach(self.folder)


class Door:
    """Lets terminals in."""

    def __init__(self, performer: Performer) -> None:
        self._performer = performer
        self._used: dict[str, datetime] = {}  # signature → when it can be forgotten
        self._lock = threading.Lock()

    def admit(self, request: Request) -> Line:
        """The line that an opening request is for. Raises Fault."""
        instance_id = request.path.removeprefix(PREFIX)
        settings, now = self._performer.settings, clock.now()
        with self._performer.database.read() as session:
            key, signed = authenticate(
                request, session, self._performer.sealer, settings, now, unsigned_payload=False
            )
            if signed.service != "ec2" or signed.expires is None or signed.expires > LONGEST:
                raise invalid(f"Open a terminal with a URL presigned for ec2, X-Amz-Expires 1 to {LONGEST}.")
            self._use_up(signed.signature, now, signed.instant + timedelta(seconds=signed.expires))
            line = Line(instance_id, settings.machine_directory(instance_id), key.id, signed.region)
            instance = self._instance(session, key, line)
            if instance.state != "running":
                raise Fault(
                    ENDED.code,
                    f"The instance is {instance.state}. Connect to an instance that is running.",
                )
        return line

    def refusal(self, line: Line) -> Fault | None:
        """Why a line that was let in must end now: its key, its instance or the permission is gone."""
        with self._performer.database.read() as session:
            key = session.get(AccessKey, line.key_id)
            if key is None or key.status != "Active":
                return auth_fault("ec2", "unknown_key")
            if key.expires_at is not None and key.expires_at <= clock.now():
                return auth_fault("ec2", "expired_token")
            try:
                self._instance(session, key, line)
            except Fault as no:
                return no
        return None

    def _instance(self, session: Session, key: AccessKey, line: Line) -> Instance:
        call = self._performer.call_for(session, key.account_id, line.region)
        instance = owned(call, Instance, "i", line.instance_id)
        if not allowed(session, key.account_id, line.region):
            raise Fault(
                "SerialConsoleAccessDisabledException",
                f"Serial console access is off for this account in {line.region}. "
                "Switch it on: aws ec2 enable-serial-console-access",
            )
        return instance

    def _use_up(self, signature: str, now: datetime, end: datetime) -> None:
        """Refuse a signature that opened a terminal before; only proved ones come here."""
        with self._lock:
            self._used = {used: until for used, until in self._used.items() if until >= now}
            if signature in self._used:
                raise Fault("RequestExpired", "This URL has opened a terminal before. Sign another.")
            self._used[signature] = end
