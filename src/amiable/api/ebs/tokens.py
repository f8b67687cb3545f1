"""Tokens of blocks and pages: signed, so that they cannot be made up, used elsewhere, or used for ever.

    block   expiry (8) · chunk id (32) · signature (24)
    page    expiry (8) · next block index (8) · signature (24)

A signature covers account, region, snapshots and, of a block, its index. A block's token carries its chunk
id: so a block is read without looking at the manifest again. It is no secret: who has the token may read the
block, of which the id is the hash.
"""

import base64
import binascii
import hmac
import struct
from dataclasses import dataclass
from datetime import datetime, timedelta

from amiable.api.call import Call
from amiable.api.ebs.faults import invalid

LIFE = timedelta(days=7)
_NUMBER = struct.Struct(">Q")
_SIGNATURE = 24


@dataclass(frozen=True)
class Tokens:
    """Makes and opens the tokens of one caller about some snapshots. `now` is the time of the call."""

    key: bytes
    scope: str
    now: datetime

    @property
    def expiry(self) -> datetime:
        """When tokens made now expire."""
        return self.now + LIFE

    def block(self, index: int, chunk: bytes) -> str:
        """The token of a block."""
        return self._seal(f"block/{index}", chunk)

    def chunk(self, index: int, token: str) -> bytes:
        """The chunk id in a block's token. Raises ValidationException."""
        return self._open(f"block/{index}", token, 32, "INVALID_BLOCK_TOKEN")

    def page(self, operation: str, index: int) -> str:
        """The token of the page that begins at a block index."""
        return self._seal(f"page/{operation}", _NUMBER.pack(index))

    def index(self, operation: str, token: str) -> int:
        """The block index in a page's token. Raises ValidationException."""
        (index,) = _NUMBER.unpack(self._open(f"page/{operation}", token, 8, "INVALID_PAGE_TOKEN"))
        return int(index)

    def _signature(self, purpose: str, body: bytes) -> bytes:
        message = f"{self.scope}/{purpose}/".encode() + body
        return hmac.digest(self.key, message, "sha256")[:_SIGNATURE]

    def _seal(self, purpose: str, content: bytes) -> str:
        body = _NUMBER.pack(int(self.expiry.timestamp())) + content
        return base64.b64encode(body + self._signature(purpose, body)).decode()

    def _open(self, purpose: str, token: str, length: int, reason: str) -> bytes:
        try:
            sealed = base64.b64decode(token, validate=True)
        except (binascii.Error, ValueError) as wrong:
            raise invalid("The token is not valid.", reason) from wrong
        body, signature = sealed[:-_SIGNATURE], sealed[-_SIGNATURE:]
        if len(body) != 8 + length or not hmac.compare_digest(signature, self._signature(purpose, body)):
            raise invalid("The token is not valid.", reason)
        if _NUMBER.unpack_from(body)[0] < self.now.timestamp():
            raise invalid("The token has expired.", reason)
        return body[8:]


def tokens_of(call: Call, *snapshot_ids: str) -> Tokens:
    """The caller's tokens about these snapshots."""
    scope = "/".join((call.account_id, call.region, *snapshot_ids))
    return Tokens(call.sealer.derive(b"EBS direct tokens"), scope, call.now)
