"""Entries of the township in the register of attendance."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "corrections",
        sa.Column("county_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_key", sa.Uuid(), nullable=False),
        sa.Column("content_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("posting_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("half", sa.Text(), nullable=False),
        sa.Column("day_class", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["made_by"], ["people.id"], name=op.f("fk_corrections_made_by")),
        sa.ForeignKeyConstraint(["posting_id"], ["postings.id"], name=op.f("fk_corrections_posting_id")),
        sa.PrimaryKeyConstraint("county_id", "id", name=op.f("pk_corrections")),
    )
    op.create_index(
        op.f("ix_corrections_county_id_posting_id_day"),
        "corrections",
        ["county_id", "posting_id", "day"],
        unique=False,
    )
    op.create_index("uq_corrections_client_key", "corrections", ["county_id", "client_key"], unique=True)


def downgrade() -> None:
    op.drop_table("corrections")
