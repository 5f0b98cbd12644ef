"""Who changed what, when: one table to which rows are only ever added."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from flask import g, has_request_context, request
from sqlalchemy import Index, insert
from sqlalchemy.orm import Mapped

from kernel.database import Base, OfCounty, db

NO_COUNTY = UUID(int=0)
"""County of an entry that belongs to none: the city, the command line, a stranger at the door."""


class AuditEntry(OfCounty, Base):
    __tablename__ = "audit_entries"
    __table_args__ = (
        Index(None, "county_id", "at"),
        Index(None, "county_id", "subject_id"),
        Index(None, "county_id", "actor_id", "at"),
    )

    at: Mapped[datetime]
    actor_id: Mapped[UUID | None]
    action: Mapped[str]
    subject_id: Mapped[UUID | None]
    result: Mapped[str]
    ip: Mapped[str | None]
    request_id: Mapped[str | None]
    details: Mapped[dict[str, Any] | None]


_INSERT = insert(Base.metadata.tables[AuditEntry.__tablename__])


def record(
    action: str,
    *,
    now: datetime,
    county_id: UUID = NO_COUNTY,
    actor_id: UUID | None = None,
    subject_id: UUID | None = None,
    result: str = "done",
    **details: Any,
) -> None:
    """Add one entry in the running transaction: who (``actor_id``) did ``action`` to ``subject_id``."""
    record_several(
        action,
        [(county_id, subject_id)],
        now=now,
        actor_id=actor_id,
        result=result,
        **details,
    )


def record_several(
    action: str,
    subjects: Iterable[tuple[UUID, UUID | None]],
    *,
    now: datetime,
    actor_id: UUID | None = None,
    result: str = "done",
    **details: Any,
) -> None:
    """Add one entry for each subject, given with its county, of one and the same action."""
    in_request = has_request_context()
    about = {
        "at": now,
        "actor_id": actor_id,
        "action": action,
        "result": result,
        "ip": request.remote_addr if in_request else None,
        "request_id": g.request_id if in_request else None,
        "details": details or None,
    }
    entries = [
        {**about, "id": uuid4(), "county_id": county_id, "subject_id": subject_id}
        for county_id, subject_id in subjects
    ]
    # one alone is not sent the way of many, which costs twice as much
    db.session.connection().execute(_INSERT, entries if len(entries) > 1 else entries[0])
