"""What findings are proposed for, written warnings, and recalls (Articles 21, 22)."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.database import Base, OfCounty
from org.models import DispatchingUnit, Person, Posting
from oversight.policy import Step
from oversight.recall_policy import Ground, RecallState


class ProposalState(StrEnum):
    OPEN = "open"
    CONFIRMED = "confirmed"
    DROPPED = "dropped"


class Proposal(OfCounty, Base):
    """What the ladder of Article 21 proposes after a finding was confirmed; nothing follows until a person says so."""

    __tablename__ = "ladder_proposals"
    __table_args__ = (
        CheckConstraint(
            "(state = 'open') = (decided_at IS NULL)"
            " AND num_nonnulls(decided_by, decided_at, reason) IN (0, 3)",
            name="decided_whole",
        ),
        CheckConstraint("state <> 'confirmed' OR document_no IS NOT NULL", name="confirmed_by_document"),
        Index("uq_ladder_proposals_finding", "county_id", "finding_id", unique=True),
        Index(None, "county_id", "posting_id"),
        Index(None, "county_id", "made_at", "id"),
    )

    posting_id: Mapped[UUID] = mapped_column(ForeignKey(Posting.id))
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    step: Mapped[Step] = mapped_column(Text)
    finding_id: Mapped[UUID]
    """The finding whose confirmation made it."""
    finding_ids: Mapped[list[Any]]
    """All that were counted."""
    state: Mapped[ProposalState] = mapped_column(Text)
    made_at: Mapped[datetime]
    document_no: Mapped[str | None]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))
    decided_at: Mapped[datetime | None]
    reason: Mapped[str | None]


class WrittenWarning(OfCounty, Base):
    """A warning somebody was given in writing; a notice (通报) is one too. Rows are only added."""

    __tablename__ = "written_warnings"
    __table_args__ = (
        Index("uq_written_warnings_client_key", "county_id", "client_key", unique=True),
        Index(None, "county_id", "posting_id", "day"),
        Index(None, "county_id", "person_id", "day"),
    )

    client_key: Mapped[UUID]
    content_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    posting_id: Mapped[UUID] = mapped_column(ForeignKey(Posting.id))
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    proposal_id: Mapped[UUID | None]
    """The notice it comes from."""
    day: Mapped[date]
    text: Mapped[str]
    document_no: Mapped[str | None]
    given_by: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    given_at: Mapped[datetime]


class RecallCase(OfCounty, Base):
    """One recall on its way through the offices; of one posting only one runs. The answer is sealed."""

    __tablename__ = "recall_cases"
    __table_args__ = (
        CheckConstraint("ground <> 'absent_uncorrected' OR warning_id IS NOT NULL", name="warned_first"),
        CheckConstraint("(answer_sealed IS NULL) = (answered_at IS NULL)", name="answered_whole"),
        CheckConstraint(
            "(state = 'proposed') = (decided_at IS NULL)"
            " AND num_nonnulls(decided_by, decided_at, reason_of_decision) IN (0, 3)",
            name="decided_whole",
        ),
        CheckConstraint(
            "(state IN ('urged', 'recalled', 'replaced')) = (urged_at IS NOT NULL)"
            " AND num_nonnulls(urged_by, urged_at, urging_document_no) IN (0, 3)",
            name="urged_whole",
        ),
        CheckConstraint(
            "(state IN ('recalled', 'replaced')) = (recalled_at IS NOT NULL)"
            " AND num_nonnulls(recalled_by, recalled_at, last_day) IN (0, 3)",
            name="recalled_whole",
        ),
        CheckConstraint(
            "(state = 'replaced') = (replaced_at IS NOT NULL)"
            " AND num_nonnulls(replaced_by, replaced_at, successor_id, successor_posting_id) IN (0, 4)",
            name="replaced_whole",
        ),
        Index("uq_recall_cases_client_key", "county_id", "client_key", unique=True),
        Index(
            "uq_recall_cases_running",
            "county_id",
            "posting_id",
            unique=True,
            postgresql_where=text("state <> 'not_upheld'"),
        ),
        Index(None, "county_id", "proposed_at", "id"),
        Index(None, "county_id", "person_id"),
        Index(
            "ix_recall_cases_undecided",
            "county_id",
            "answer_due_on",
            postgresql_where=text("state = 'proposed'"),
        ),
    )

    client_key: Mapped[UUID]
    content_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    posting_id: Mapped[UUID] = mapped_column(ForeignKey(Posting.id))
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    unit_id: Mapped[UUID] = mapped_column(ForeignKey(DispatchingUnit.id))
    ground: Mapped[Ground] = mapped_column(Text)
    reason: Mapped[str]
    warning_id: Mapped[UUID | None]
    proposal_id: Mapped[UUID | None]
    state: Mapped[RecallState] = mapped_column(Text)
    proposed_by: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    proposed_at: Mapped[datetime]
    answer_due_on: Mapped[date]
    answer_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    answered_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))
    decided_at: Mapped[datetime | None]
    reason_of_decision: Mapped[str | None]
    urged_by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))
    urged_at: Mapped[datetime | None]
    urging_document_no: Mapped[str | None]
    recalled_by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))
    recalled_at: Mapped[datetime | None]
    last_day: Mapped[date | None]
    """The last day of the posting."""
    replaced_by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))
    replaced_at: Mapped[datetime | None]
    successor_id: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))
    successor_posting_id: Mapped[UUID | None] = mapped_column(ForeignKey(Posting.id))
