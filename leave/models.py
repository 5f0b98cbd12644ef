"""Leaves, what the offices said of them, who stands in, and who may sign for an office."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    Text,
    cast,
    func,
    literal_column,
    text,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kernel.database import Base, OfCounty, equal
from leave.policy import VOID, LeaveKind, LeaveSpan, LeaveState, Tier
from org.models import Area, DispatchingUnit, Person, Posting


class ConsentChannel(StrEnum):
    PHONE = "phone"
    SMS = "sms"


class Leave(OfCounty, Base):
    """One request and what became of it. ``last_day`` moves back when the person returns early; what was asked
    for stays beside it. The reason is sealed: only the approval chain reads it."""

    __tablename__ = "leaves"
    __table_args__ = (
        CheckConstraint("last_day >= first_day", name="dates_in_order"),
        CheckConstraint("(waits_for IS NULL) = (waits_in IS NULL)", name="waits_somewhere"),
        CheckConstraint("(state = 'submitted') = (waits_for IS NOT NULL)", name="waits_while_submitted"),
        Index("uq_leaves_client_key", "county_id", "client_key", unique=True),
        Index(
            "uq_leaves_extends_id",
            "county_id",
            "extends_id",
            unique=True,
            postgresql_where=text("state NOT IN ('rejected', 'withdrawn', 'not_taken')"),
        ),
        Index(None, "county_id", "posting_id", "last_day"),
        Index(None, "county_id", "person_id", "last_day"),
        Index(None, "county_id", "submitted_at", "id"),
        Index(None, "county_id", "posting_id", "submitted_at", "id"),
        Index(
            "ix_leaves_waiting",
            "county_id",
            "waits_in",
            "waits_for",
            "waits_since",
            "id",
            postgresql_where=text("waits_for IS NOT NULL"),
        ),
        Index(
            "ix_leaves_running",
            "county_id",
            "last_day",
            postgresql_where=text("state IN ('oral', 'approved', 'overdue_return')"),
        ),
    )

    client_key: Mapped[UUID]
    content_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    posting_id: Mapped[UUID] = mapped_column(ForeignKey(Posting.id))
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    kind: Mapped[LeaveKind] = mapped_column(Text)
    state: Mapped[LeaveState] = mapped_column(Text)
    first_day: Mapped[date]
    last_day: Mapped[date]
    begins_at_noon: Mapped[bool]
    ends_at_noon: Mapped[bool]
    asked_last_day: Mapped[date]
    asked_ends_at_noon: Mapped[bool]
    reason_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    destination: Mapped[str]
    work_goes_to: Mapped[str]
    """Who looks after the work meanwhile (工作交接人)."""
    extends_id: Mapped[UUID | None]

    decides: Mapped[Tier] = mapped_column(Text)
    counted_days: Mapped[Decimal] = mapped_column(Numeric(5, 1))
    chain_days: Mapped[Decimal] = mapped_column(Numeric(5, 1))
    chain_first_day: Mapped[date]
    needs_stand_in: Mapped[bool]
    rule: Mapped[dict[str, Any]]
    submitted_at: Mapped[datetime]

    waits_for: Mapped[Tier | None] = mapped_column(Text)
    waits_in: Mapped[UUID | None]
    """The township or county whose office it waits for."""
    waits_since: Mapped[datetime | None]

    consented_by: Mapped[str | None]
    consented_at: Mapped[datetime | None]
    consent_channel: Mapped[ConsentChannel | None] = mapped_column(Text)
    papers_due_on: Mapped[date | None]
    papers_filed_at: Mapped[datetime | None]

    returned_on: Mapped[date | None]
    returned_at_noon: Mapped[bool | None]
    return_confirmed_by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))

    @property
    def span(self) -> LeaveSpan:
        """The half-days it takes."""
        return LeaveSpan(self.first_day, self.last_day, self.begins_at_noon, self.ends_at_noon)

    @property
    def is_retro(self) -> bool:
        """Agreed to by phone, the papers later (补办); it stays so for ever."""
        return self.consented_at is not None


def _half_days() -> Any:
    """Number the half-days, so that a leave is a range of whole numbers."""
    begin = _days_since_2000(Leave.first_day) * 2 + cast(Leave.begins_at_noon, Integer)
    end = _days_since_2000(Leave.last_day) * 2 + 2 - cast(Leave.ends_at_noon, Integer)
    return func.int4range(begin, end)


def _days_since_2000(day: Any) -> Any:
    return type_coerce(day - literal_column("DATE '2000-01-01'", Date), Integer)


Base.metadata.tables[Leave.__tablename__].append_constraint(
    ExcludeConstraint(
        (equal(Leave.county_id), "&&"),
        (equal(Leave.person_id), "&&"),
        (_half_days(), "&&"),
        name="ex_leaves_one_at_a_time",
        using="gist",
        where=Leave.state.not_in(sorted(VOID)),
    )
)


class Delegation(OfCounty, Base):
    """A written, dated delegation by which a deputy signs leaves for an office (D7)."""

    __tablename__ = "leave_delegations"
    __table_args__ = (
        CheckConstraint("last_day >= first_day", name="dates_in_order"),
        Index(None, "county_id", "area_id", "office"),
    )

    office: Mapped[Tier] = mapped_column(Text)
    area_id: Mapped[UUID] = mapped_column(ForeignKey(Area.id))
    deputy_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    first_day: Mapped[date]
    last_day: Mapped[date]
    document_no: Mapped[str]
    delegated_by: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Verdict(StrEnum):
    APPROVED = "approved"
    REJECTED = "rejected"


class Decision(OfCounty, Base):
    """What one office said: its opinion, or the decision; each office is heard once."""

    __tablename__ = "leave_decisions"
    __table_args__ = (Index("uq_leave_decisions_office", "county_id", "leave_id", "office", unique=True),)

    leave_id: Mapped[UUID]
    office: Mapped[Tier] = mapped_column(Text)
    is_opinion: Mapped[bool]
    decision: Mapped[Verdict] = mapped_column(Text)
    opinion: Mapped[str]
    signed_by: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    delegation_id: Mapped[UUID | None]
    signed_at: Mapped[datetime]


class StandIn(OfCounty, Base):
    """Who takes the post during a long leave, or the note that the post is adjusted; the latest holds."""

    __tablename__ = "leave_stand_ins"
    __table_args__ = (
        CheckConstraint("num_nonnulls(person_id, adjustment) = 1", name="person_or_adjustment"),
        Index(None, "county_id", "leave_id", "named_at"),
    )

    leave_id: Mapped[UUID]
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))
    adjustment: Mapped[str | None]
    warnings: Mapped[list[Any]]
    unit_id: Mapped[UUID] = mapped_column(ForeignKey(DispatchingUnit.id))
    named_by: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    named_at: Mapped[datetime]
    posting_id: Mapped[UUID | None] = mapped_column(ForeignKey(Posting.id))
    """The temporary posting, once the leave is approved."""
