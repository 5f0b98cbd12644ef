"""Rotations asked for, and what the offices said of them (Article 18)."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.database import Base, OfCounty
from org.models import Area, DispatchingUnit, Person, Posting
from roster.policy import Ground, Office, RotationState


class Rotation(OfCounty, Base):
    """A cadre to be changed for another, and what became of it. The reason is sealed: only the chain reads it.

    ``last_day`` and ``successor_first_day`` are set by the last approval; until then no date changes.
    """

    __tablename__ = "rotations"
    __table_args__ = (
        CheckConstraint("(waits_for IS NULL) = (waits_in IS NULL)", name="waits_somewhere"),
        CheckConstraint(
            "state NOT IN ('applied', 'township_ok') OR waits_for IS NOT NULL", name="begun_waits"
        ),
        CheckConstraint(
            "(last_day IS NOT NULL)"
            " = (state = 'effective' OR (state IN ('county_ok', 'city_ok') AND waits_for IS NULL))",
            name="dates_once_approved",
        ),
        CheckConstraint(
            "(successor_id IS NULL) = (ground IN ('death', 'arrest'))", name="successor_unless_sudden"
        ),
        Index("uq_rotations_client_key", "county_id", "client_key", unique=True),
        Index(
            "uq_rotations_posting",
            "county_id",
            "posting_id",
            unique=True,
            postgresql_where=text("state NOT IN ('rejected', 'withdrawn')"),
        ),
        Index(None, "county_id", "applied_at", "id"),
        Index(
            "ix_rotations_waiting",
            "county_id",
            "waits_in",
            "waits_for",
            "waits_since",
            "id",
            postgresql_where=text("waits_for IS NOT NULL"),
        ),
    )

    client_key: Mapped[UUID]
    content_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    posting_id: Mapped[UUID] = mapped_column(ForeignKey(Posting.id))
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    village_id: Mapped[UUID] = mapped_column(ForeignKey(Area.id))
    unit_id: Mapped[UUID] = mapped_column(ForeignKey(DispatchingUnit.id))
    is_city_dispatched: Mapped[bool]
    ground: Mapped[Ground] = mapped_column(Text)
    reason_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    asked_last_day: Mapped[date]
    handover_days: Mapped[int]
    successor_id: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))
    successor_home_unit: Mapped[str | None]
    findings: Mapped[list[Any]]
    """What the policy asks of the successor in principle (Articles 5 and 6)."""
    state: Mapped[RotationState] = mapped_column(Text)
    applied_by: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    applied_at: Mapped[datetime]
    waits_for: Mapped[Office | None] = mapped_column(Text)
    waits_in: Mapped[UUID | None]
    """The township, county or city whose office it waits for."""
    waits_since: Mapped[datetime | None]
    last_day: Mapped[date | None]
    successor_first_day: Mapped[date | None]
    successor_posting_id: Mapped[UUID | None] = mapped_column(ForeignKey(Posting.id))


class Verdict(StrEnum):
    APPROVED = "approved"
    REJECTED = "rejected"


class RotationDecision(OfCounty, Base):
    """What one office said; each is heard once."""

    __tablename__ = "rotation_decisions"
    __table_args__ = (
        Index("uq_rotation_decisions_office", "county_id", "rotation_id", "office", unique=True),
    )

    rotation_id: Mapped[UUID]
    office: Mapped[Office] = mapped_column(Text)
    decision: Mapped[Verdict] = mapped_column(Text)
    opinion: Mapped[str]
    signed_by: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    signed_at: Mapped[datetime]
