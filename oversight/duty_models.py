"""When a recurring duty was seen to."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.database import Base, OfCounty
from org.models import Area, DispatchingUnit, Person
from oversight.duty_policy import DutyCode, Subject


class DutyEvent(OfCounty, Base):
    """One telling of one event; the latest number of an ``event_id`` holds, none is changed or removed.

    ``subject_id`` is, by its kind, a county, a dispatching unit, a team's village or a person. An event of several
    people is a row for each of them under one ``client_key``.
    """

    __tablename__ = "duty_events"
    __table_args__ = (
        CheckConstraint("(number = 0) = (reason IS NULL)", name="corrected_with_reason"),
        CheckConstraint("(number = 0) = (event_id = id)", name="begins_its_event"),
        CheckConstraint("(duty = 'team_fund') = (amount_fen IS NOT NULL)", name="fund_has_amount"),
        CheckConstraint("amount_fen > 0", name="amount_positive"),
        CheckConstraint("(subject_kind = 'person') = (person_id IS NOT NULL)", name="person_is_named"),
        Index("uq_duty_events_client_key", "county_id", "client_key", "subject_id", unique=True),
        Index("uq_duty_events_number", "county_id", "event_id", "number", unique=True),
        Index(None, "county_id", "subject_id"),
    )

    event_id: Mapped[UUID]
    number: Mapped[int]
    client_key: Mapped[UUID]
    content_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    duty: Mapped[DutyCode] = mapped_column(Text)
    subject_kind: Mapped[Subject] = mapped_column(Text)
    subject_id: Mapped[UUID]
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))
    """The subject once more where it is a person, so that what is stored about people is found by its key."""
    unit_id: Mapped[UUID | None] = mapped_column(ForeignKey(DispatchingUnit.id))
    village_id: Mapped[UUID | None] = mapped_column(ForeignKey(Area.id))
    day: Mapped[date]
    amount_fen: Mapped[int | None] = mapped_column(BigInteger)
    note: Mapped[str]
    is_withdrawn: Mapped[bool]
    reason: Mapped[str | None]
    recorded_by: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    recorded_at: Mapped[datetime]
