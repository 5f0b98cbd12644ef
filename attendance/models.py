"""What the township enters into the register of attendance, and the sheets it stamps."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from attendance.policy import DayClass
from kernel.database import Base, OfCounty
from org.models import Area, Person, Posting


class Half(StrEnum):
    WHOLE = "whole"
    MORNING = "morning"
    AFTERNOON = "afternoon"


class Correction(OfCounty, Base):
    """One entry for a day or half of it; a later entry takes its place, none is changed or removed."""

    __tablename__ = "corrections"
    __table_args__ = (
        Index("uq_corrections_client_key", "county_id", "client_key", unique=True),
        Index(None, "county_id", "posting_id", "day"),
    )

    client_key: Mapped[UUID]
    content_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    posting_id: Mapped[UUID] = mapped_column(ForeignKey(Posting.id))
    day: Mapped[date]
    half: Mapped[Half] = mapped_column(Text)
    day_class: Mapped[DayClass] = mapped_column(Text)
    reason: Mapped[str]
    made_by: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    made_at: Mapped[datetime]


class SheetState(StrEnum):
    """Where a village's month stands on its way to the stamp (D21)."""

    OPEN = "open"
    SUBMITTED = "submitted"
    CHECKED = "checked"
    STAMPED = "stamped"
    AMENDED = "amended"


class Sheet(OfCounty, Base):
    """The sheet of one village and month: who has passed it on, and its newest stamped version."""

    __tablename__ = "sheets"
    __table_args__ = (
        CheckConstraint("extract(day FROM month) = 1", name="month_begins_it"),
        CheckConstraint(
            "(version = 0) = (state IN ('open', 'submitted', 'checked'))", name="stamped_has_version"
        ),
        Index("uq_sheets_month", "county_id", "village_id", "month", unique=True),
    )

    village_id: Mapped[UUID] = mapped_column(ForeignKey(Area.id))
    month: Mapped[date]
    state: Mapped[SheetState] = mapped_column(Text)
    version: Mapped[int]
    """The number of the newest stamped version, 0 before the first."""
    submitted_by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))
    submitted_at: Mapped[datetime | None]
    witnessed_by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))
    witnessed_at: Mapped[datetime | None]
    checked_by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))
    checked_at: Mapped[datetime | None]
    reason: Mapped[str | None]
    """Why it was sent back, or why a later version is asked for."""


class SheetVersion(OfCounty, Base):
    """A stamped sheet as it was on the day; never changed, never removed (P11)."""

    __tablename__ = "sheet_versions"
    __table_args__ = (
        Index("uq_sheet_versions_number", "county_id", "sheet_id", "number", unique=True),
        Index("uq_sheet_versions_check_code", "county_id", "check_code", unique=True),
    )

    sheet_id: Mapped[UUID]
    number: Mapped[int]
    content: Mapped[dict[str, Any]]
    sha256: Mapped[bytes] = mapped_column(LargeBinary)
    check_code: Mapped[str]
    marks: Mapped[dict[str, Any]]
    """Who passed it on, and when, as printed."""
    reason: Mapped[str | None]
    closed_at: Mapped[datetime]
    stamped_by: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    stamped_at: Mapped[datetime]


class SheetLine(OfCounty, Base):
    """A person's line of a sheet's newest stamped version as sets of days, so that reports need not open documents.

    ``mornings`` and ``afternoons`` hold the days of each class as bits, the latter nothing where they are the same;
    the last two are what the line weighs in an average (Article 16).
    """

    __tablename__ = "sheet_lines"
    __table_args__ = (
        Index(
            "uq_sheet_lines_posting",
            "county_id",
            "village_id",
            "month",
            "posting_id",
            unique=True,
            postgresql_include=["assessed_halves", "posted_half_shares"],
        ),
    )

    village_id: Mapped[UUID] = mapped_column(ForeignKey(Area.id))
    month: Mapped[date]
    posting_id: Mapped[UUID] = mapped_column(ForeignKey(Posting.id))
    posted: Mapped[int]
    mornings: Mapped[dict[str, Any]]
    afternoons: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    paid: Mapped[int]
    assessed_halves: Mapped[int]
    posted_half_shares: Mapped[int]
