"""Every attempt to check in, and the doubts about it."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from checkin.policy import Doubt, Outcome
from geofence.models import FenceVersion
from geofence.policy import Band, Verdict
from kernel.database import Base, OfCounty
from org.models import Area, Person, Posting


class Checkin(OfCounty, Base):
    """One attempt, as the phone sent it and as it was judged. ``sent``, the point and the distance are erased
    some time after the month (J3); the judgement stays."""

    __tablename__ = "checkins"
    __table_args__ = (
        Index("uq_checkins_client_key", "county_id", "client_key", unique=True),
        Index(
            "uq_checkins_ticket_id",
            "county_id",
            "ticket_id",
            unique=True,
            postgresql_where=text("ticket_id IS NOT NULL"),
        ),
        Index(
            "uq_checkins_day", "county_id", "person_id", "day", unique=True, postgresql_where=text("counted")
        ),
        Index(
            None, "county_id", "village_id", "day", postgresql_include=["posting_id", "counted", "outcome"]
        ),
        Index(None, "county_id", "person_id", "received_at"),
    )

    posting_id: Mapped[UUID] = mapped_column(ForeignKey(Posting.id))
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    village_id: Mapped[UUID] = mapped_column(ForeignKey(Area.id))
    client_key: Mapped[UUID]
    content_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    day: Mapped[date]
    outcome: Mapped[Outcome] = mapped_column(Text)
    counted: Mapped[bool]
    late_upload: Mapped[bool]
    verdict: Mapped[Verdict | None] = mapped_column(Text)
    band: Mapped[Band | None] = mapped_column(Text)
    fence_id: Mapped[UUID | None] = mapped_column(ForeignKey(FenceVersion.id))
    captured_at: Mapped[datetime | None]
    happened_at: Mapped[datetime]
    received_at: Mapped[datetime]
    ticket_id: Mapped[UUID | None]
    ticket_issued_at: Mapped[datetime | None]
    sent: Mapped[dict[str, Any] | None]
    longitude_deg: Mapped[float | None]
    latitude_deg: Mapped[float | None]
    distance_m: Mapped[float | None]
    accuracy_m: Mapped[float | None]
    altitude_m: Mapped[float | None]
    speed_m_s: Mapped[float | None]


class CheckinDoubt(OfCounty, Base):
    """Something about an attempt for a person to look at; it changes nothing by itself."""

    __tablename__ = "checkin_doubts"
    __table_args__ = (Index("uq_checkin_doubts_kind", "county_id", "checkin_id", "kind", unique=True),)

    checkin_id: Mapped[UUID]
    kind: Mapped[Doubt] = mapped_column(Text)
    found_at: Mapped[datetime]
