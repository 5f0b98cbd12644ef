"""Photos and the marks on them."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "photos",
        sa.Column("county_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("compared_within", sa.Uuid(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("client_key", sa.Uuid(), nullable=False),
        sa.Column("content_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("error_message", sa.Text(), nullable=True),
        sa.Column("incoming_key", sa.Text(), nullable=True),
        sa.Column("picture_key", sa.Text(), nullable=True),
        sa.Column("thumbnail_key", sa.Text(), nullable=True),
        sa.Column("width_px", sa.Integer(), nullable=True),
        sa.Column("height_px", sa.Integer(), nullable=True),
        sa.Column("pixels_sha256", sa.LargeBinary(), nullable=True),
        sa.Column("dhash", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(state = 'waiting') = (incoming_key IS NOT NULL)", name=op.f("ck_photos_waits_for_cleaning")
        ),
        sa.CheckConstraint(
            "(state = 'kept') = (num_nonnulls(picture_key, thumbnail_key, pixels_sha256, dhash) = 4)"
            " AND num_nonnulls(picture_key, thumbnail_key, pixels_sha256, dhash) IN (0, 4)",
            name=op.f("ck_photos_kept_whole"),
        ),
        sa.CheckConstraint(
            "(state = 'refused') = (error_code IS NOT NULL)", name=op.f("ck_photos_refused_with_code")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_photos_person_id")),
        sa.PrimaryKeyConstraint("county_id", "id", name=op.f("pk_photos")),
    )
    op.create_index("uq_photos_client_key", "photos", ["county_id", "client_key"], unique=True)
    op.create_index(op.f("ix_photos_county_id_subject_id"), "photos", ["county_id", "subject_id"])
    op.create_index(
        op.f("ix_photos_county_id_person_id_received_at"),
        "photos",
        ["county_id", "person_id", "received_at"],
    )
    op.create_index(
        op.f("ix_photos_county_id_compared_within_received_at"),
        "photos",
        ["county_id", "compared_within", "received_at"],
    )
    op.create_index(op.f("ix_photos_county_id_pixels_sha256"), "photos", ["county_id", "pixels_sha256"])
    op.create_index(
        "ix_photos_kept", "photos", ["county_id", "received_at"], postgresql_where=sa.text("state = 'kept'")
    )
    op.create_index(
        "ix_photos_waiting",
        "photos",
        ["county_id", "received_at"],
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "photo_marks",
        sa.Column("county_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("photo_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("other_id", sa.Uuid(), nullable=True),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("dismissed_by", sa.Uuid(), nullable=True),
        sa.Column("dismissed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dismissal_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "num_nonnulls(dismissed_by, dismissed_at, dismissal_reason) IN (0, 3)",
            name=op.f("ck_photo_marks_dismissed_whole"),
        ),
        sa.ForeignKeyConstraint(
            ["county_id", "photo_id"], ["photos.county_id", "photos.id"], name="fk_photo_marks_photo"
        ),
        sa.ForeignKeyConstraint(["dismissed_by"], ["people.id"], name=op.f("fk_photo_marks_dismissed_by")),
        sa.PrimaryKeyConstraint("county_id", "id", name=op.f("pk_photo_marks")),
    )
    op.create_index("uq_photo_marks_kind", "photo_marks", ["county_id", "photo_id", "kind"], unique=True)
    op.create_index(
        "ix_photo_marks_dismissed",
        "photo_marks",
        ["county_id", "dismissed_at"],
        postgresql_where=sa.text("dismissed_at IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_table("photo_marks")
    op.drop_table("photos")
