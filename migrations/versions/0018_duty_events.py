"""When the recurring duties of counties, units, teams and people were seen to."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "duty_events",
        sa.Column("county_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("client_key", sa.Uuid(), nullable=False),
        sa.Column("content_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("duty", sa.Text(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("village_id", sa.Uuid(), nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("is_withdrawn", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(number = 0) = (reason IS NULL)", name=op.f("ck_duty_events_corrected_with_reason")
        ),
        sa.CheckConstraint("(number = 0) = (event_id = id)", name=op.f("ck_duty_events_begins_its_event")),
        sa.CheckConstraint(
            "(duty = 'team_fund') = (amount_fen IS NOT NULL)", name=op.f("ck_duty_events_fund_has_amount")
        ),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_duty_events_amount_positive")),
        sa.CheckConstraint(
            "(subject_kind = 'person') = (person_id IS NOT NULL)",
            name=op.f("ck_duty_events_person_is_named"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_duty_events_person_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["dispatching_units.id"], name=op.f("fk_duty_events_unit_id")),
        sa.ForeignKeyConstraint(["village_id"], ["areas.id"], name=op.f("fk_duty_events_village_id")),
        sa.ForeignKeyConstraint(["recorded_by"], ["people.id"], name=op.f("fk_duty_events_recorded_by")),
        sa.PrimaryKeyConstraint("county_id", "id", name=op.f("pk_duty_events")),
    )
    op.create_index(
        "uq_duty_events_client_key", "duty_events", ["county_id", "client_key", "subject_id"], unique=True
    )
    op.create_index("uq_duty_events_number", "duty_events", ["county_id", "event_id", "number"], unique=True)
    op.create_index(op.f("ix_duty_events_county_id_subject_id"), "duty_events", ["county_id", "subject_id"])


def downgrade() -> None:
    op.drop_table("duty_events")
