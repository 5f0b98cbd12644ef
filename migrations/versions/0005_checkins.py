"""Attempts to check in, and the doubts about them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "checkins",
        sa.Column("county_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("posting_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("village_id", sa.Uuid(), nullable=False),
        sa.Column("client_key", sa.Uuid(), nullable=False),
        sa.Column("content_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("counted", sa.Boolean(), nullable=False),
        sa.Column("late_upload", sa.Boolean(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=True),
        sa.Column("band", sa.Text(), nullable=True),
        sa.Column("fence_id", sa.Uuid(), nullable=True),
        sa.Column("captured_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=True),
        sa.Column("ticket_issued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("longitude_deg", sa.Double(), nullable=True),
        sa.Column("latitude_deg", sa.Double(), nullable=True),
        sa.Column("distance_m", sa.Double(), nullable=True),
        sa.Column("accuracy_m", sa.Double(), nullable=True),
        sa.Column("altitude_m", sa.Double(), nullable=True),
        sa.Column("speed_m_s", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["fence_id"], ["fences.id"], name=op.f("fk_checkins_fence_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_checkins_person_id")),
        sa.ForeignKeyConstraint(["posting_id"], ["postings.id"], name=op.f("fk_checkins_posting_id")),
        sa.ForeignKeyConstraint(["village_id"], ["areas.id"], name=op.f("fk_checkins_village_id")),
        sa.PrimaryKeyConstraint("county_id", "id", name=op.f("pk_checkins")),
    )
    op.create_index(
        op.f("ix_checkins_county_id_person_id_received_at"),
        "checkins",
        ["county_id", "person_id", "received_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_checkins_county_id_village_id_day"),
        "checkins",
        ["county_id", "village_id", "day"],
        unique=False,
        postgresql_include=["posting_id", "counted", "outcome"],
    )
    op.create_index("uq_checkins_client_key", "checkins", ["county_id", "client_key"], unique=True)
    op.create_index(
        "uq_checkins_day",
        "checkins",
        ["county_id", "person_id", "day"],
        unique=True,
        postgresql_where=sa.text("counted"),
    )
    op.create_index(
        "uq_checkins_ticket_id",
        "checkins",
        ["county_id", "ticket_id"],
        unique=True,
        postgresql_where=sa.text("ticket_id IS NOT NULL"),
    )
    op.create_table(
        "checkin_doubts",
        sa.Column("county_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("checkin_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("county_id", "id", name=op.f("pk_checkin_doubts")),
    )
    op.create_index(
        "uq_checkin_doubts_kind", "checkin_doubts", ["county_id", "checkin_id", "kind"], unique=True
    )


def downgrade() -> None:
    op.drop_table("checkin_doubts")
    op.drop_table("checkins")
