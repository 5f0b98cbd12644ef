"""Photos and the marks on them; the pictures themselves lie in the photo store."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    Text,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from kernel.content import ContentCheck
from kernel.database import Base, OfCounty
from org.models import Person
from pictures.policy import MarkKind, PhotoState


class SubjectKind(StrEnum):
    """What a photo belongs to: a visit it shows, a leave or a rotation it proves, a duty, a finding."""

    VISIT = "visit"
    LEAVE = "leave"
    ROTATION = "rotation"
    DUTY = "duty"
    FINDING = "finding"


class Photo(OfCounty, Base):
    """One photo sent by the person whose visit or leave it belongs to.

    The keys name its files in the photo store: the bytes that came until they are cleaned, the picture and its
    thumbnail from then on. What was deleted or has expired keeps its row and nothing to recognise it by.
    """

    __tablename__ = "photos"
    __table_args__ = (
        CheckConstraint("(state = 'waiting') = (incoming_key IS NOT NULL)", name="waits_for_cleaning"),
        CheckConstraint(
            "(state = 'kept') = (num_nonnulls(picture_key, thumbnail_key, pixels_sha256, dhash) = 4)"
            " AND num_nonnulls(picture_key, thumbnail_key, pixels_sha256, dhash) IN (0, 4)",
            name="kept_whole",
        ),
        CheckConstraint("(state = 'refused') = (error_code IS NOT NULL)", name="refused_with_code"),
        Index("uq_photos_client_key", "county_id", "client_key", unique=True),
        Index(None, "county_id", "subject_id"),
        Index(None, "county_id", "person_id", "received_at"),
        Index(None, "county_id", "compared_within", "received_at"),
        Index(None, "county_id", "pixels_sha256"),
        Index("ix_photos_kept", "county_id", "received_at", postgresql_where=text("state = 'kept'")),
        Index("ix_photos_waiting", "county_id", "received_at", postgresql_where=text("state = 'waiting'")),
        Index(
            "ix_photos_unchecked",
            "county_id",
            "received_at",
            postgresql_where=text(
                "state = 'kept' AND subject_kind = 'visit' AND content_check = 'unchecked'"
            ),
        ),
    )

    subject_kind: Mapped[SubjectKind] = mapped_column(Text)
    subject_id: Mapped[UUID]
    compared_within: Mapped[UUID | None]
    """The household among whose photos similar ones are looked for; None: this photo is compared with none."""
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    client_key: Mapped[UUID]
    content_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    size_bytes: Mapped[int]
    """Of what came."""
    received_at: Mapped[datetime]
    state: Mapped[PhotoState] = mapped_column(Text)
    error_code: Mapped[str | None]
    error_message: Mapped[str | None]
    incoming_key: Mapped[str | None]
    picture_key: Mapped[str | None]
    thumbnail_key: Mapped[str | None]
    width_px: Mapped[int | None]
    height_px: Mapped[int | None]
    pixels_sha256: Mapped[bytes | None] = mapped_column(LargeBinary)
    dhash: Mapped[int | None] = mapped_column(BigInteger)
    content_check: Mapped[ContentCheck] = mapped_column(Text, server_default=ContentCheck.UNCHECKED)
    """Asked of photos of visits only."""


class PhotoMark(OfCounty, Base):
    """One reason to look at a photo twice, until a person dismisses it."""

    __tablename__ = "photo_marks"
    __table_args__ = (
        ForeignKeyConstraint(
            ["county_id", "photo_id"], [Photo.county_id, Photo.id], name="fk_photo_marks_photo"
        ),
        CheckConstraint(
            "num_nonnulls(dismissed_by, dismissed_at, dismissal_reason) IN (0, 3)", name="dismissed_whole"
        ),
        Index("uq_photo_marks_kind", "county_id", "photo_id", "kind", unique=True),
        Index(
            "ix_photo_marks_dismissed",
            "county_id",
            "dismissed_at",
            postgresql_where=text("dismissed_at IS NOT NULL"),
        ),
    )

    photo_id: Mapped[UUID]
    kind: Mapped[MarkKind] = mapped_column(Text)
    other_id: Mapped[UUID | None]
    """The photo it equals or resembles."""
    found_at: Mapped[datetime]
    dismissed_by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))
    dismissed_at: Mapped[datetime | None]
    dismissal_reason: Mapped[str | None]
