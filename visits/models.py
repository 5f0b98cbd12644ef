"""Households and what is known of them, who helps them, visits, and problems found on visits."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, LargeBinary, Text, func, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from geofence.models import FenceVersion
from geofence.policy import Verdict
from kernel.content import ContentCheck
from kernel.database import Base, OfCounty, equal
from org.models import Area, DispatchingUnit, Person
from visits.policy import Entry, State, Way


class Category(StrEnum):
    """脱贫不稳定户, 边缘易致贫户, 突发严重困难户 (the three monitored kinds), 脱贫户, other."""

    UNSTABLE = "unstable"
    MARGINAL = "marginal"
    SUDDEN = "sudden"
    FORMER_POOR = "former_poor"
    OTHER = "other"


class RiskKind(StrEnum):
    ILLNESS = "illness"
    DISABILITY = "disability"
    SCHOOLING = "schooling"
    DISASTER = "disaster"
    ACCIDENT = "accident"
    FARMING = "farming"
    EMPLOYMENT = "employment"
    LABOUR = "labour"
    OTHER = "other"


class Household(OfCounty, Base):
    """A family on the register; the head's ID number and phone are sealed.

    ``state``, ``state_since`` and ``is_away`` are where its history has come to; ``states_count`` numbers it.
    """

    __tablename__ = "households"
    __table_args__ = (
        CheckConstraint("num_nonnulls(longitude_deg, latitude_deg) <> 1", name="place_is_whole"),
        Index(
            "uq_households_code", "county_id", "code", unique=True, postgresql_where=text("code IS NOT NULL")
        ),
        Index(
            "uq_households_head_id",
            "county_id",
            "head_id_lookup",
            unique=True,
            postgresql_where=text("head_id_lookup IS NOT NULL"),
        ),
        Index(None, "county_id", "village_id"),
    )

    village_id: Mapped[UUID] = mapped_column(ForeignKey(Area.id))
    code: Mapped[str | None]
    """Its number in the county's own system."""
    category: Mapped[Category] = mapped_column(Text)
    risk_kinds: Mapped[list[Any]]
    risk_level: Mapped[int]
    """Higher is worse (Article 11)."""
    members_count: Mapped[int]
    head_name: Mapped[str]
    head_id_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    head_id_lookup: Mapped[bytes | None] = mapped_column(LargeBinary)
    head_phone_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    identified_on: Mapped[date]
    longitude_deg: Mapped[float | None]
    latitude_deg: Mapped[float | None]
    state: Mapped[State] = mapped_column(Text)
    state_since: Mapped[date]
    is_away: Mapped[bool]
    states_count: Mapped[int]
    added_by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))
    added_at: Mapped[datetime]


def _of_household(table: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["county_id", "household_id"], [Household.county_id, Household.id], name=f"fk_{table}_household"
    )


class HouseholdState(OfCounty, Base):
    """One entry of a household's history; it holds from its first day until the next."""

    __tablename__ = "household_states"
    __table_args__ = (
        _of_household("household_states"),
        Index("uq_household_states_number", "county_id", "household_id", "number", unique=True),
    )

    household_id: Mapped[UUID]
    number: Mapped[int]
    state: Mapped[State] = mapped_column(Text)
    first_day: Mapped[date]
    note: Mapped[str]
    made_by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))
    made_at: Mapped[datetime]


class Helper(OfCounty, Base):
    """Somebody who can be paired in a township (Article 11): as what, in which turn, for which village or unit."""

    __tablename__ = "helpers"
    __table_args__ = (
        CheckConstraint("last_day IS NULL OR last_day >= first_day", name="dates_in_order"),
        CheckConstraint("rank BETWEEN 1 AND 9", name="rank"),
        CheckConstraint("rank NOT BETWEEN 4 AND 6 OR village_id IS NOT NULL", name="village_of_ranks_4_to_6"),
        CheckConstraint("(rank >= 7) = (unit_id IS NOT NULL)", name="unit_of_ranks_7_to_9"),
        Index(
            "uq_helpers_running",
            "county_id",
            "township_id",
            "person_id",
            unique=True,
            postgresql_where=text("last_day IS NULL"),
        ),
    )

    township_id: Mapped[UUID] = mapped_column(ForeignKey(Area.id))
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    rank: Mapped[int]
    order_no: Mapped[int]
    village_id: Mapped[UUID | None] = mapped_column(ForeignKey(Area.id))
    """Of ranks 4 to 6 their own village; of a unit without a posting (对口帮扶) the village it supports."""
    unit_id: Mapped[UUID | None] = mapped_column(ForeignKey(DispatchingUnit.id))
    first_day: Mapped[date]
    last_day: Mapped[date | None]
    added_by: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    added_at: Mapped[datetime]


class Pairing(OfCounty, Base):
    """A helper's household from a day on; both have the day on which one helper hands over to the next."""

    __tablename__ = "pairings"
    __table_args__ = (
        CheckConstraint("last_day IS NULL OR last_day >= first_day", name="dates_in_order"),
        _of_household("pairings"),
        Index(None, "county_id", "household_id"),
        Index(None, "county_id", "person_id"),
    )

    household_id: Mapped[UUID]
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    rank: Mapped[int]
    first_day: Mapped[date]
    last_day: Mapped[date | None]
    explanation: Mapped[str]
    made_by: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    made_at: Mapped[datetime]
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))


Base.metadata.tables[Pairing.__tablename__].append_constraint(
    ExcludeConstraint(
        (equal(Pairing.county_id), "&&"),
        (equal(Pairing.household_id), "&&"),
        (func.daterange(Pairing.first_day, Pairing.last_day, "[)"), "&&"),
        name="ex_pairings_one_helper_at_a_time",
        using="gist",
    )
)


class Told:
    """What is told of a visit; ``content`` holds the optional lines of the form (rules.md §7.3)."""

    occurred_at: Mapped[datetime]
    day: Mapped[date]
    way: Mapped[Way] = mapped_column(Text)
    note: Mapped[str]
    content: Mapped[dict[str, Any]]
    counts: Mapped[bool]
    """Entered in time (D19), or accepted by the township."""
    content_check: Mapped[ContentCheck] = mapped_column(Text, server_default=ContentCheck.UNCHECKED)


class Visit(OfCounty, Told, Base):
    """One visit or contact as its person told it first; corrections are appended."""

    __tablename__ = "visits"
    __table_args__ = (
        _of_household("visits"),
        Index("uq_visits_client_key", "county_id", "client_key", unique=True),
        Index(None, "county_id", "household_id", "day"),
        Index(None, "county_id", "village_id", "day"),
        Index(None, "county_id", "person_id", "day"),
        Index(None, "county_id", "occurred_at", "id"),
        Index(
            "ix_visits_unchecked",
            "county_id",
            "received_at",
            postgresql_where=text("content_check = 'unchecked'"),
        ),
    )

    household_id: Mapped[UUID]
    village_id: Mapped[UUID] = mapped_column(ForeignKey(Area.id))
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    client_key: Mapped[UUID]
    content_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    entry: Mapped[Entry] = mapped_column(Text)
    photos_expected: Mapped[int]
    standing: Mapped[Verdict | None] = mapped_column(Text)
    fence_id: Mapped[UUID | None] = mapped_column(ForeignKey(FenceVersion.id))
    received_at: Mapped[datetime]


class VisitCorrection(OfCounty, Told, Base):
    """The visit told anew, with the reason; the latest holds."""

    __tablename__ = "visit_corrections"
    __table_args__ = (
        ForeignKeyConstraint(
            ["county_id", "visit_id"], [Visit.county_id, Visit.id], name="fk_visit_corrections_visit"
        ),
        Index("uq_visit_corrections_client_key", "county_id", "client_key", unique=True),
        Index("uq_visit_corrections_number", "county_id", "visit_id", "number", unique=True),
        Index(
            "ix_visit_corrections_unchecked",
            "county_id",
            "made_at",
            postgresql_where=text("content_check = 'unchecked'"),
        ),
    )

    visit_id: Mapped[UUID]
    number: Mapped[int]
    client_key: Mapped[UUID]
    content_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    is_withdrawn: Mapped[bool]
    reason: Mapped[str]
    made_by: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    made_at: Mapped[datetime]


class ProblemState(StrEnum):
    OPEN = "open"
    SETTLED = "settled"


class Problem(OfCounty, Base):
    """Something found on a visit that lives until it is settled (动态清零); where its steps have come to."""

    __tablename__ = "problems"
    __table_args__ = (
        _of_household("problems"),
        ForeignKeyConstraint(
            ["county_id", "visit_id"], [Visit.county_id, Visit.id], name="fk_problems_visit"
        ),
        Index(None, "county_id", "household_id"),
        Index("ix_problems_open", "county_id", "village_id", postgresql_where=text("state = 'open'")),
        Index(None, "county_id", "visit_id"),
    )

    visit_id: Mapped[UUID]
    household_id: Mapped[UUID]
    village_id: Mapped[UUID] = mapped_column(ForeignKey(Area.id))
    item: Mapped[str]
    description: Mapped[str]
    found_on: Mapped[date]
    found_by: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    state: Mapped[ProblemState] = mapped_column(Text)
    responsible: Mapped[str | None]
    due_on: Mapped[date | None]
    settled_on: Mapped[date | None]
    steps_count: Mapped[int]


class StepKind(StrEnum):
    ASSIGN = "assign"
    NOTE = "note"
    SETTLE = "settle"


class ProblemStep(OfCounty, Base):
    """One step towards settling a problem: who shall see to it by when, what was done."""

    __tablename__ = "problem_steps"
    __table_args__ = (
        ForeignKeyConstraint(
            ["county_id", "problem_id"], [Problem.county_id, Problem.id], name="fk_problem_steps_problem"
        ),
        Index("uq_problem_steps_client_key", "county_id", "client_key", unique=True),
        Index("uq_problem_steps_number", "county_id", "problem_id", "number", unique=True),
    )

    problem_id: Mapped[UUID]
    number: Mapped[int]
    client_key: Mapped[UUID]
    content_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    kind: Mapped[StepKind] = mapped_column(Text)
    note: Mapped[str]
    responsible: Mapped[str | None]
    due_on: Mapped[date | None]
    made_by: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    made_at: Mapped[datetime]
