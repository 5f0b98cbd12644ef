"""What WeChat's content security says of visits and their photos."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0017"
branch_labels = None
depends_on = None

TABLES = ("photos", "visit_corrections", "visits")


def upgrade() -> None:
    for table in TABLES:
        op.add_column(
            table, sa.Column("content_check", sa.Text(), server_default="unchecked", nullable=False)
        )
    op.create_index(
        "ix_photos_unchecked",
        "photos",
        ["county_id", "received_at"],
        postgresql_where=sa.text("state = 'kept' AND subject_kind = 'visit' AND content_check = 'unchecked'"),
    )
    op.create_index(
        "ix_visits_unchecked",
        "visits",
        ["county_id", "received_at"],
        postgresql_where=sa.text("content_check = 'unchecked'"),
    )
    op.create_index(
        "ix_visit_corrections_unchecked",
        "visit_corrections",
        ["county_id", "made_at"],
        postgresql_where=sa.text("content_check = 'unchecked'"),
    )


def downgrade() -> None:
    op.drop_index("ix_visit_corrections_unchecked", "visit_corrections")
    op.drop_index("ix_visits_unchecked", "visits")
    op.drop_index("ix_photos_unchecked", "photos")
    for table in TABLES:
        op.drop_column(table, "content_check")
