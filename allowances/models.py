"""What a unit has paid, what a team's car has driven, and the terms the county has set; rows are only added."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, Numeric, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from allowances.policy import DayRate, PayLine, TripRate, Way
from kernel.database import Base, OfCounty
from org.models import Area, DispatchingUnit, Person, Posting

KILOMETRES = Numeric(6, 1)


class ListState(StrEnum):
    """Where a unit's month stands: 待造表, 已造表, 已发放."""

    DRAFT = "draft"
    PREPARED = "prepared"
    PAID = "paid"


class PaymentList(OfCounty, Base):
    """The list by which a unit pays a month (补助发放表); a unit lies in no county, so its county is NO_COUNTY."""

    __tablename__ = "payment_lists"
    __table_args__ = (
        CheckConstraint("extract(day FROM month) = 1", name="month_begins_it"),
        CheckConstraint("(paid_by IS NULL) = (paid_at IS NULL)", name="paid_by_somebody"),
        Index("uq_payment_lists_month", "county_id", "unit_id", "month", unique=True),
    )

    unit_id: Mapped[UUID] = mapped_column(ForeignKey(DispatchingUnit.id))
    month: Mapped[date]
    missing: Mapped[list[Any]]
    """What the list could not pay when it was made, as printed."""
    prepared_by: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    prepared_at: Mapped[datetime]
    paid_by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))
    paid_at: Mapped[datetime | None]


class LivingLine(OfCounty, Base):
    """Days of one posting and month paid at one rate; of a later list, the difference.

    ``turn`` counts how often the month of the posting has been settled, ``part`` the lines of one turn: of
    two lists made at once that would settle the same, the database lets one win.
    """

    __tablename__ = "living_allowance_lines"
    __table_args__ = (
        CheckConstraint("days <> 0", name="some_days"),
        CheckConstraint("fen_per_day >= 0", name="rate_not_negative"),
        CheckConstraint("extract(day FROM month) = 1", name="month_begins_it"),
        Index(
            "uq_living_allowance_lines_turn", "county_id", "posting_id", "month", "turn", "part", unique=True
        ),
        Index(None, "county_id", "unit_id", "month"),
    )

    list_id: Mapped[UUID]
    unit_id: Mapped[UUID] = mapped_column(ForeignKey(DispatchingUnit.id))
    posting_id: Mapped[UUID] = mapped_column(ForeignKey(Posting.id))
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    name: Mapped[str]
    village_id: Mapped[UUID] = mapped_column(ForeignKey(Area.id))
    village: Mapped[str]
    month: Mapped[date]
    turn: Mapped[int]
    part: Mapped[int]
    sheet_version: Mapped[int]
    check_code: Mapped[str]
    """Of the stamped sheet the days were drawn from (校验码)."""
    fen_per_day: Mapped[int]
    days: Mapped[int]

    @property
    def pay(self) -> PayLine[DayRate]:
        return PayLine(DayRate(self.fen_per_day), self.days)


class TravelLine(OfCounty, Base):
    """Round trips of a team and month paid at one rate; of a later list, the difference."""

    __tablename__ = "travel_allowance_lines"
    __table_args__ = (
        CheckConstraint("round_trips <> 0", name="some_trips"),
        CheckConstraint("fen_per_km >= 0", name="rate_not_negative"),
        CheckConstraint("extract(day FROM month) = 1", name="month_begins_it"),
        Index(
            "uq_travel_allowance_lines_turn",
            "county_id",
            "village_id",
            "unit_id",
            "month",
            "turn",
            "part",
            unique=True,
        ),
    )

    list_id: Mapped[UUID]
    unit_id: Mapped[UUID] = mapped_column(ForeignKey(DispatchingUnit.id))
    village_id: Mapped[UUID] = mapped_column(ForeignKey(Area.id))
    village: Mapped[str]
    month: Mapped[date]
    turn: Mapped[int]
    part: Mapped[int]
    km_one_way: Mapped[Decimal] = mapped_column(KILOMETRES)
    fen_per_km: Mapped[int]
    round_trips: Mapped[int]

    @property
    def pay(self) -> PayLine[TripRate]:
        return PayLine(TripRate(self.km_one_way, self.fen_per_km), self.round_trips)


class Trip(OfCounty, Base):
    """One way driven by a team's car, as the driver entered it; one that was wrong is withdrawn and stays."""

    __tablename__ = "trips"
    __table_args__ = (
        Index("uq_trips_client_key", "county_id", "client_key", unique=True),
        Index(
            "uq_trips_one_car",
            "county_id",
            "village_id",
            "day",
            "way",
            unique=True,
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
    )

    client_key: Mapped[UUID]
    content_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    posting_id: Mapped[UUID] = mapped_column(ForeignKey(Posting.id))
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    village_id: Mapped[UUID] = mapped_column(ForeignKey(Area.id))
    day: Mapped[date]
    way: Mapped[Way] = mapped_column(Text)
    entered_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class TravelTermsEntry(OfCounty, Base):
    """What the county has found of a unit's car for a village, from a day on; the latest entry of a day holds."""

    __tablename__ = "travel_terms"
    __table_args__ = (
        CheckConstraint("km_one_way > 0", name="some_way"),
        Index(None, "county_id", "village_id", "unit_id", "first_day"),
    )

    village_id: Mapped[UUID] = mapped_column(ForeignKey(Area.id))
    unit_id: Mapped[UUID] = mapped_column(ForeignKey(DispatchingUnit.id))
    first_day: Mapped[date]
    km_one_way: Mapped[Decimal] = mapped_column(KILOMETRES)
    has_car_reform: Mapped[bool]
    is_self_driven: Mapped[bool]
    is_central_city: Mapped[bool]
    is_subsidised: Mapped[bool]
    document_no: Mapped[str]
    set_by: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    set_at: Mapped[datetime]
