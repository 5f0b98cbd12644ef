"""The registers: areas, dispatching units, people, postings, kinds of village, settings of an area."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, Text, func, text
from sqlalchemy.dialects.postgresql import JSONB, ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kernel.database import Base, Identified, OfCounty, equal
from org.policy import Grade, UnitKind, VillageKindName


class Level(StrEnum):
    CITY = "city"
    COUNTY = "county"
    TOWNSHIP = "township"
    VILLAGE = "village"


class Area(Identified, Base):
    """A city, county, township or village, with the ids of all it lies in, its own among them."""

    __tablename__ = "areas"
    __table_args__ = (
        Index("uq_areas_code", "code", unique=True, postgresql_where=text("last_day IS NULL")),
        Index(None, "township_id"),
        Index(None, "county_id"),
    )

    code: Mapped[str]
    name: Mapped[str]
    sort_key: Mapped[bytes] = mapped_column(LargeBinary)
    level: Mapped[Level] = mapped_column(Text)
    city_id: Mapped[UUID | None]
    county_id: Mapped[UUID | None]
    township_id: Mapped[UUID | None]
    first_day: Mapped[date | None]
    last_day: Mapped[date | None]


class DispatchingUnit(Identified, Base):
    __tablename__ = "dispatching_units"

    name: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[UnitKind] = mapped_column(Text)


class Person(Identified, Base):
    __tablename__ = "people"

    name: Mapped[str]
    sort_key: Mapped[bytes] = mapped_column(LargeBinary)
    phone_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    phone_lookup: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    full_member_since: Mapped[date | None]
    """The day on which the person became a full member of the Party (转正日期)."""
    working_since: Mapped[date | None]
    grade: Mapped[Grade | None] = mapped_column(Text)


class PostingRole(StrEnum):
    FIRST_SECRETARY = "first_secretary"
    MEMBER = "member"


class Posting(Identified, Base):
    """A person's service in one village; of one person two never overlap but on the day of a transfer."""

    __tablename__ = "postings"
    __table_args__ = (
        CheckConstraint("last_day IS NULL OR last_day >= first_day", name="dates_in_order"),
        ExcludeConstraint(
            (
                text("int8range(uuid_hash_extended(person_id, 0), uuid_hash_extended(person_id, 0), '[]')"),
                "&&",
            ),
            (text("daterange(first_day, last_day, '[)')"), "&&"),
            name="ex_postings_one_at_a_time",
            using="gist",
        ),
        Index(None, "village_id"),
        Index(None, "unit_id"),
        Index(None, "person_id"),
    )

    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    village_id: Mapped[UUID] = mapped_column(ForeignKey(Area.id))
    unit_id: Mapped[UUID] = mapped_column(ForeignKey(DispatchingUnit.id))
    role: Mapped[PostingRole] = mapped_column(Text)
    first_day: Mapped[date]
    last_day: Mapped[date | None]
    home_unit: Mapped[str | None]
    """Where the person belongs, if that is not the unit with the task (Article 5)."""
    party_transfer_on: Mapped[date | None]
    """The day on which the Party membership came to the village (组织关系转入, Article 19)."""
    findings: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"))
    """What spoke against it when it was made (Articles 5 and 6)."""
    override_reason: Mapped[str | None]
    """Why the county made it all the same."""


class VillageKind(Identified, Base):
    __tablename__ = "village_kinds"
    __table_args__ = (Index(None, "village_id", "kind", "first_day", unique=True),)

    village_id: Mapped[UUID] = mapped_column(ForeignKey(Area.id))
    kind: Mapped[VillageKindName] = mapped_column(Text)
    first_day: Mapped[date]
    last_day: Mapped[date | None]


class AreaSetting(Identified, Base):
    """A number of an area's own (Article 30), from a day on, under a document; rows are only added."""

    __tablename__ = "area_settings"
    __table_args__ = (Index(None, "area_id", "key", "valid_from"),)

    area_id: Mapped[UUID] = mapped_column(ForeignKey(Area.id))
    key: Mapped[str]
    value: Mapped[Any] = mapped_column(JSONB)
    valid_from: Mapped[date]
    document_no: Mapped[str]
    set_by: Mapped[UUID | None]
    set_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ActingLeader(OfCounty, Base):
    """Who leads a village's team between two days while its first secretary does not (Article 7)."""

    __tablename__ = "acting_leaders"
    __table_args__ = (
        CheckConstraint("last_day >= first_day", name="dates_in_order"),
        Index("uq_acting_leaders_client_key", "county_id", "client_key", unique=True),
        Index(None, "county_id", "village_id", "last_day"),
    )

    client_key: Mapped[UUID]
    content_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    village_id: Mapped[UUID] = mapped_column(ForeignKey(Area.id))
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    first_day: Mapped[date]
    last_day: Mapped[date]
    reason: Mapped[str]
    made_by: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    made_at: Mapped[datetime]


Base.metadata.tables[ActingLeader.__tablename__].append_constraint(
    ExcludeConstraint(
        (equal(ActingLeader.county_id), "&&"),
        (equal(ActingLeader.village_id), "&&"),
        (func.daterange(ActingLeader.first_day, ActingLeader.last_day, "[]"), "&&"),
        name="ex_acting_leaders_one_at_a_time",
        using="gist",
    )
)


def sort_key(name: str) -> bytes:
    """Return bytes by which names sort as an office expects: the common characters by their sound."""
    return name.encode("gb18030")
