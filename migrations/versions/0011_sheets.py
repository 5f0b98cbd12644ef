"""Attendance sheets and their stamped versions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sheets",
        sa.Column("county_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("village_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("submitted_by", sa.Uuid(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("witnessed_by", sa.Uuid(), nullable=True),
        sa.Column("witnessed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_by", sa.Uuid(), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint("extract(day FROM month) = 1", name=op.f("ck_sheets_month_begins_it")),
        sa.CheckConstraint(
            "(version = 0) = (state IN ('open', 'submitted', 'checked'))",
            name=op.f("ck_sheets_stamped_has_version"),
        ),
        sa.ForeignKeyConstraint(["village_id"], ["areas.id"], name=op.f("fk_sheets_village_id")),
        sa.ForeignKeyConstraint(["submitted_by"], ["people.id"], name=op.f("fk_sheets_submitted_by")),
        sa.ForeignKeyConstraint(["witnessed_by"], ["people.id"], name=op.f("fk_sheets_witnessed_by")),
        sa.ForeignKeyConstraint(["checked_by"], ["people.id"], name=op.f("fk_sheets_checked_by")),
        sa.PrimaryKeyConstraint("county_id", "id", name=op.f("pk_sheets")),
    )
    op.create_index("uq_sheets_month", "sheets", ["county_id", "village_id", "month"], unique=True)
    op.create_table(
        "sheet_versions",
        sa.Column("county_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sheet_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("check_code", sa.Text(), nullable=False),
        sa.Column("marks", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stamped_by", sa.Uuid(), nullable=False),
        sa.Column("stamped_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["stamped_by"], ["people.id"], name=op.f("fk_sheet_versions_stamped_by")),
        sa.PrimaryKeyConstraint("county_id", "id", name=op.f("pk_sheet_versions")),
    )
    op.create_index(
        "uq_sheet_versions_number", "sheet_versions", ["county_id", "sheet_id", "number"], unique=True
    )
    op.create_index(
        "uq_sheet_versions_check_code", "sheet_versions", ["county_id", "check_code"], unique=True
    )


def downgrade() -> None:
    op.drop_table("sheet_versions")
    op.drop_table("sheets")
