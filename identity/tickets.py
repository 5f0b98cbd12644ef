"""Time tickets: signed, single-use proof of the last moment a phone was in touch with us (D9)."""

import base64
import binascii
import hashlib
import struct
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from uuid import UUID, uuid4

from flask import current_app
from itsdangerous import BadSignature, Signer

from kernel.errors import Refusal


@dataclass(frozen=True, slots=True)
class TimeTicket:
    """Its holder was in touch with the server at ``issued_at``; what it proves happened after that."""

    id: UUID
    issued_at: datetime


_LAYOUT = struct.Struct(">16s16sd")
"""Holder, ticket, and seconds since 1970: every answer to a phone carries one, so it is short and cheap."""


@lru_cache
def _signer(secret: str) -> Signer:
    return Signer(secret, salt="time-ticket", digest_method=hashlib.sha256)


def issue_ticket(*, person_id: UUID, now: datetime) -> str:
    """Return a new ticket for this person and instant."""
    content = _LAYOUT.pack(person_id.bytes, uuid4().bytes, now.timestamp())
    return _signer(str(current_app.secret_key)).sign(base64.urlsafe_b64encode(content)).decode()


def read_ticket(text: str, *, person_id: UUID, now: datetime) -> TimeTicket:
    """Return what the ticket says; Refusal if we did not issue it, or issued it to somebody else."""
    try:
        content = _signer(str(current_app.secret_key)).unsign(text)
        holder, ticket_id, issued = _LAYOUT.unpack(base64.urlsafe_b64decode(content))
    except (BadSignature, binascii.Error, struct.error) as error:
        raise Refusal("ticket_invalid", "时间凭证无效") from error
    issued_at = datetime.fromtimestamp(issued, tz=now.tzinfo)
    if holder != person_id.bytes or issued_at > now:
        raise Refusal("ticket_invalid", "时间凭证无效")
    return TimeTicket(id=UUID(bytes=ticket_id), issued_at=issued_at)
