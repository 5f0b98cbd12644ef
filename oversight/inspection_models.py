"""Inspections of villages: who was to be there, who answered the roll-call, what was found (Article 21)."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from geofence.models import FenceVersion
from geofence.policy import Band, Verdict
from identity.models import Office
from kernel.database import Base, OfCounty
from org.models import Area, Person, Posting
from oversight.policy import AnswerOutcome, Expectation, FindingKind, FindingState, InspectionLevel


class Inspection(OfCounty, Base):
    """One inspector in one village on one day; ``situation`` is what was known of everybody when it began."""

    __tablename__ = "inspections"
    __table_args__ = (
        Index("uq_inspections_client_key", "county_id", "client_key", unique=True),
        Index(None, "county_id", "opened_at", "id"),
    )

    client_key: Mapped[UUID]
    content_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    village_id: Mapped[UUID] = mapped_column(ForeignKey(Area.id))
    mandate_id: Mapped[UUID] = mapped_column(ForeignKey(Office.id))
    level: Mapped[InspectionLevel] = mapped_column(Text)
    day: Mapped[date]
    purpose: Mapped[str]
    situation: Mapped[list[Any]]
    opened_by: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    opened_at: Mapped[datetime]


class RollCall(OfCounty, Base):
    """One call to all who must be there, to be answered until ``due_at``."""

    __tablename__ = "roll_calls"
    __table_args__ = (
        Index("uq_roll_calls_client_key", "county_id", "client_key", unique=True),
        Index(None, "county_id", "inspection_id", "called_at"),
    )

    client_key: Mapped[UUID]
    content_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    inspection_id: Mapped[UUID]
    village_id: Mapped[UUID] = mapped_column(ForeignKey(Area.id))
    called_by: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    called_at: Mapped[datetime]
    due_at: Mapped[datetime]


class RollCallEntry(OfCounty, Base):
    """One person called: the answer, if one came, and what the inspector says of it.

    The answer's position is judged and not kept.
    """

    __tablename__ = "roll_call_entries"
    __table_args__ = (
        CheckConstraint(
            "num_nonnulls(client_key, content_sha256, answered_at, is_late, outcome) IN (0, 5)",
            name="answered_whole",
        ),
        CheckConstraint("num_nonnulls(is_present, word_by, word_at) IN (0, 3)", name="word_whole"),
        Index("uq_roll_call_entries_person", "county_id", "roll_call_id", "person_id", unique=True),
        Index(
            "uq_roll_call_entries_client_key",
            "county_id",
            "client_key",
            unique=True,
            postgresql_where=text("client_key IS NOT NULL"),
        ),
        Index(None, "county_id", "person_id", "roll_call_id"),
    )

    roll_call_id: Mapped[UUID]
    posting_id: Mapped[UUID] = mapped_column(ForeignKey(Posting.id))
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    expectation: Mapped[Expectation] = mapped_column(Text)
    client_key: Mapped[UUID | None]
    content_sha256: Mapped[bytes | None] = mapped_column(LargeBinary)
    answered_at: Mapped[datetime | None]
    captured_at: Mapped[datetime | None]
    is_late: Mapped[bool | None]
    outcome: Mapped[AnswerOutcome | None] = mapped_column(Text)
    verdict: Mapped[Verdict | None] = mapped_column(Text)
    band: Mapped[Band | None] = mapped_column(Text)
    fence_id: Mapped[UUID | None] = mapped_column(ForeignKey(FenceVersion.id))
    accuracy_m: Mapped[float | None]
    doubts: Mapped[list[Any]]
    said: Mapped[str]
    is_present: Mapped[bool | None]
    """What the inspector says, who stands in the village."""
    word_note: Mapped[str]
    word_by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))
    word_at: Mapped[datetime | None]


class Finding(OfCounty, Base):
    """Something found about one person; it stands for nothing until a person has confirmed it.

    The person's answer is sealed: it may tell of an illness.
    """

    __tablename__ = "findings"
    __table_args__ = (
        CheckConstraint("(answer_sealed IS NULL) = (answered_at IS NULL)", name="answered_whole"),
        CheckConstraint("state <> 'answered' OR answered_at IS NOT NULL", name="answered_with_words"),
        CheckConstraint(
            "(state IN ('confirmed', 'lifted')) = (num_nonnulls(decided_by, decided_at, reason) = 3)"
            " AND num_nonnulls(decided_by, decided_at, reason) IN (0, 3)",
            name="decided_whole",
        ),
        Index("uq_findings_client_key", "county_id", "client_key", unique=True),
        Index("uq_findings_once_a_visit", "county_id", "inspection_id", "person_id", "kind", unique=True),
        Index(None, "county_id", "found_at", "id"),
        Index(None, "county_id", "person_id", "found_at"),
        Index(
            "ix_findings_undecided",
            "county_id",
            "answer_due_on",
            postgresql_where=text("state IN ('found', 'answered')"),
        ),
    )

    client_key: Mapped[UUID]
    content_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    inspection_id: Mapped[UUID]
    posting_id: Mapped[UUID] = mapped_column(ForeignKey(Posting.id))
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    village_id: Mapped[UUID] = mapped_column(ForeignKey(Area.id))
    level: Mapped[InspectionLevel] = mapped_column(Text)
    kind: Mapped[FindingKind] = mapped_column(Text)
    day: Mapped[date]
    description: Mapped[str]
    found_by: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    found_at: Mapped[datetime]
    state: Mapped[FindingState] = mapped_column(Text)
    answer_due_on: Mapped[date]
    answer_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    answered_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))
    decided_at: Mapped[datetime | None]
    reason: Mapped[str | None]
