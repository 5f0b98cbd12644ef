"""What people say about the system; and the record of changes found by whom and about what."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "feedback",
        sa.Column("county_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("client_key", sa.Uuid(), nullable=False),
        sa.Column("content_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_feedback_person_id")),
        sa.PrimaryKeyConstraint("county_id", "id", name=op.f("pk_feedback")),
    )
    op.create_index("uq_feedback_client_key", "feedback", ["county_id", "client_key"], unique=True)
    op.create_index(op.f("ix_feedback_county_id_sent_at_id"), "feedback", ["county_id", "sent_at", "id"])
    op.create_index(
        op.f("ix_audit_entries_county_id_subject_id"), "audit_entries", ["county_id", "subject_id"]
    )
    op.create_index(
        op.f("ix_audit_entries_county_id_actor_id_at"), "audit_entries", ["county_id", "actor_id", "at"]
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_audit_entries_county_id_actor_id_at"), table_name="audit_entries")
    op.drop_index(op.f("ix_audit_entries_county_id_subject_id"), table_name="audit_entries")
    op.drop_table("feedback")
