"""Offices people hold, the WeChat bound to a person, sessions, invitations, consents."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from identity.permissions import Role
from kernel.database import Base, Identified
from org.models import Area, DispatchingUnit, Level, Person


class Office(Identified, Base):
    """A role held for an area or a unit between two days; the roles of a posting are not repeated here."""

    __tablename__ = "offices"
    __table_args__ = (
        CheckConstraint("last_day IS NULL OR last_day >= first_day", name="dates_in_order"),
        CheckConstraint("num_nonnulls(area_id, unit_id) = 1", name="area_or_unit"),
        CheckConstraint(
            "(role = 'inspector') = (num_nonnulls(mandate_level, document_no, last_day, area_id) = 4)"
            " AND (role = 'inspector' OR num_nonnulls(mandate_level, document_no) = 0)",
            name="inspectors_hold_mandates",
        ),
        Index(
            "uq_offices_held",
            "person_id",
            "role",
            "area_id",
            "unit_id",
            "first_day",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        Index(None, "area_id"),
    )

    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    role: Mapped[Role] = mapped_column(Text)
    area_id: Mapped[UUID | None] = mapped_column(ForeignKey(Area.id))
    unit_id: Mapped[UUID | None] = mapped_column(ForeignKey(DispatchingUnit.id))
    first_day: Mapped[date]
    last_day: Mapped[date | None]
    mandate_level: Mapped[Level | None] = mapped_column(Text)
    """Of an inspector: the level of the office that sent them, which may lie above the area (Article 21)."""
    document_no: Mapped[str | None]


class WechatBinding(Identified, Base):
    """One WeChat for one person at a time, and the other way round."""

    __tablename__ = "wechat_bindings"
    __table_args__ = (
        Index("uq_wechat_bindings_openid", "openid", unique=True, postgresql_where=text("ended_at IS NULL")),
        Index(
            "uq_wechat_bindings_person_id",
            "person_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    openid: Mapped[str]
    wechat_key_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """WeChat's session key of the last sign-in, with which the phone's signing keys are asked for (D8)."""
    bound_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Session(Identified, Base):
    """A signed-in phone; of its token only the SHA-256 is kept."""

    __tablename__ = "sessions"
    __table_args__ = (Index(None, "person_id"),)

    token_sha256: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    started_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Invitation(Identified, Base):
    """A code the county hands to a person whose WeChat has another phone number; used once."""

    __tablename__ = "invitations"

    code_lookup: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    invited_by: Mapped[UUID | None]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Consent(Identified, Base):
    """A consent to one version of a notice, given and perhaps withdrawn; rows stay."""

    __tablename__ = "consents"
    __table_args__ = (
        Index(
            "uq_consents_running",
            "person_id",
            "purpose",
            "version",
            unique=True,
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
    )

    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    purpose: Mapped[str]
    version: Mapped[int]
    given_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
