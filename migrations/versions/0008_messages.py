"""What people are told; and the queue's own function finds its tables from any connection."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

DEFER_JOBS = "jobs.procrastinate_defer_jobs_v1(jobs.procrastinate_job_to_defer_v1[])"
"""Names its tables without their schema; so does the trigger that fires inside it."""


def upgrade() -> None:
    op.create_table(
        "messages",
        sa.Column("county_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("wechat_state", sa.Text(), nullable=False),
        sa.Column("dedupe", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_messages_person_id")),
        sa.PrimaryKeyConstraint("county_id", "id", name=op.f("pk_messages")),
    )
    op.create_index("uq_messages_dedupe", "messages", ["county_id", "dedupe"], unique=True)
    op.create_index(
        op.f("ix_messages_county_id_person_id_sent_at"),
        "messages",
        ["county_id", "person_id", "sent_at"],
        unique=False,
    )
    op.execute(f"ALTER FUNCTION {DEFER_JOBS} SET search_path = jobs, public")


def downgrade() -> None:
    op.execute(f"ALTER FUNCTION {DEFER_JOBS} RESET search_path")
    op.drop_table("messages")
