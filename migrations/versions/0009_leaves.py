"""Leaves, delegations, decisions, stand-ins; what Article 6 asks of a person."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("people", sa.Column("full_member_since", sa.Date(), nullable=True))
    op.add_column("people", sa.Column("working_since", sa.Date(), nullable=True))
    op.add_column("people", sa.Column("grade", sa.Text(), nullable=True))
    _create_leaves()
    _create_delegations()
    _create_decisions()
    _create_stand_ins()


def _create_leaves() -> None:
    op.create_table(
        "leaves",
        sa.Column("county_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_key", sa.Uuid(), nullable=False),
        sa.Column("content_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("posting_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("begins_at_noon", sa.Boolean(), nullable=False),
        sa.Column("ends_at_noon", sa.Boolean(), nullable=False),
        sa.Column("asked_last_day", sa.Date(), nullable=False),
        sa.Column("asked_ends_at_noon", sa.Boolean(), nullable=False),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("work_goes_to", sa.Text(), nullable=False),
        sa.Column("extends_id", sa.Uuid(), nullable=True),
        sa.Column("decides", sa.Text(), nullable=False),
        sa.Column("counted_days", sa.Numeric(5, 1), nullable=False),
        sa.Column("chain_days", sa.Numeric(5, 1), nullable=False),
        sa.Column("chain_first_day", sa.Date(), nullable=False),
        sa.Column("needs_stand_in", sa.Boolean(), nullable=False),
        sa.Column("rule", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("waits_for", sa.Text(), nullable=True),
        sa.Column("waits_in", sa.Uuid(), nullable=True),
        sa.Column("waits_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("consented_by", sa.Text(), nullable=True),
        sa.Column("consented_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("consent_channel", sa.Text(), nullable=True),
        sa.Column("papers_due_on", sa.Date(), nullable=True),
        sa.Column("papers_filed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("returned_on", sa.Date(), nullable=True),
        sa.Column("returned_at_noon", sa.Boolean(), nullable=True),
        sa.Column("return_confirmed_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("last_day >= first_day", name=op.f("ck_leaves_dates_in_order")),
        sa.CheckConstraint(
            "(waits_for IS NULL) = (waits_in IS NULL)", name=op.f("ck_leaves_waits_somewhere")
        ),
        sa.CheckConstraint(
            "(state = 'submitted') = (waits_for IS NOT NULL)", name=op.f("ck_leaves_waits_while_submitted")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_leaves_person_id")),
        sa.ForeignKeyConstraint(["posting_id"], ["postings.id"], name=op.f("fk_leaves_posting_id")),
        sa.ForeignKeyConstraint(
            ["return_confirmed_by"], ["people.id"], name=op.f("fk_leaves_return_confirmed_by")
        ),
        sa.PrimaryKeyConstraint("county_id", "id", name=op.f("pk_leaves")),
    )
    op.execute(
        """
        ALTER TABLE leaves ADD CONSTRAINT ex_leaves_one_at_a_time EXCLUDE USING gist (
            int8range(uuid_hash_extended(county_id, 0), uuid_hash_extended(county_id, 0), '[]') WITH &&,
            int8range(uuid_hash_extended(person_id, 0), uuid_hash_extended(person_id, 0), '[]') WITH &&,
            int4range(
                (first_day - DATE '2000-01-01') * 2 + begins_at_noon::integer,
                (last_day - DATE '2000-01-01') * 2 + 2 - ends_at_noon::integer
            ) WITH &&
        ) WHERE (state NOT IN ('not_taken', 'rejected', 'withdrawn'))
        """
    )
    op.create_index("uq_leaves_client_key", "leaves", ["county_id", "client_key"], unique=True)
    op.create_index(
        "uq_leaves_extends_id",
        "leaves",
        ["county_id", "extends_id"],
        unique=True,
        postgresql_where=sa.text("state NOT IN ('rejected', 'withdrawn', 'not_taken')"),
    )
    for owner in ("posting_id", "person_id"):
        op.create_index(
            op.f(f"ix_leaves_county_id_{owner}_last_day"), "leaves", ["county_id", owner, "last_day"]
        )
    op.create_index(
        op.f("ix_leaves_county_id_submitted_at_id"), "leaves", ["county_id", "submitted_at", "id"]
    )
    op.create_index(
        op.f("ix_leaves_county_id_posting_id_submitted_at_id"),
        "leaves",
        ["county_id", "posting_id", "submitted_at", "id"],
    )
    op.create_index(
        "ix_leaves_waiting",
        "leaves",
        ["county_id", "waits_in", "waits_for", "waits_since", "id"],
        postgresql_where=sa.text("waits_for IS NOT NULL"),
    )
    op.create_index(
        "ix_leaves_running",
        "leaves",
        ["county_id", "last_day"],
        postgresql_where=sa.text("state IN ('oral', 'approved', 'overdue_return')"),
    )


def _create_delegations() -> None:
    op.create_table(
        "leave_delegations",
        sa.Column("county_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("office", sa.Text(), nullable=False),
        sa.Column("area_id", sa.Uuid(), nullable=False),
        sa.Column("deputy_id", sa.Uuid(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("document_no", sa.Text(), nullable=False),
        sa.Column("delegated_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("last_day >= first_day", name=op.f("ck_leave_delegations_dates_in_order")),
        sa.ForeignKeyConstraint(["area_id"], ["areas.id"], name=op.f("fk_leave_delegations_area_id")),
        sa.ForeignKeyConstraint(["deputy_id"], ["people.id"], name=op.f("fk_leave_delegations_deputy_id")),
        sa.ForeignKeyConstraint(
            ["delegated_by"], ["people.id"], name=op.f("fk_leave_delegations_delegated_by")
        ),
        sa.PrimaryKeyConstraint("county_id", "id", name=op.f("pk_leave_delegations")),
    )
    op.create_index(
        op.f("ix_leave_delegations_county_id_area_id_office"),
        "leave_delegations",
        ["county_id", "area_id", "office"],
    )


def _create_decisions() -> None:
    op.create_table(
        "leave_decisions",
        sa.Column("county_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("leave_id", sa.Uuid(), nullable=False),
        sa.Column("office", sa.Text(), nullable=False),
        sa.Column("is_opinion", sa.Boolean(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("opinion", sa.Text(), nullable=False),
        sa.Column("signed_by", sa.Uuid(), nullable=False),
        sa.Column("delegation_id", sa.Uuid(), nullable=True),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["signed_by"], ["people.id"], name=op.f("fk_leave_decisions_signed_by")),
        sa.PrimaryKeyConstraint("county_id", "id", name=op.f("pk_leave_decisions")),
    )
    op.create_index(
        "uq_leave_decisions_office", "leave_decisions", ["county_id", "leave_id", "office"], unique=True
    )


def _create_stand_ins() -> None:
    op.create_table(
        "leave_stand_ins",
        sa.Column("county_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("leave_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("adjustment", sa.Text(), nullable=True),
        sa.Column("warnings", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("named_by", sa.Uuid(), nullable=False),
        sa.Column("named_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("posting_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "num_nonnulls(person_id, adjustment) = 1", name=op.f("ck_leave_stand_ins_person_or_adjustment")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_leave_stand_ins_person_id")),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["dispatching_units.id"], name=op.f("fk_leave_stand_ins_unit_id")
        ),
        sa.ForeignKeyConstraint(["named_by"], ["people.id"], name=op.f("fk_leave_stand_ins_named_by")),
        sa.ForeignKeyConstraint(["posting_id"], ["postings.id"], name=op.f("fk_leave_stand_ins_posting_id")),
        sa.PrimaryKeyConstraint("county_id", "id", name=op.f("pk_leave_stand_ins")),
    )
    op.create_index(
        op.f("ix_leave_stand_ins_county_id_leave_id_named_at"),
        "leave_stand_ins",
        ["county_id", "leave_id", "named_at"],
    )


def downgrade() -> None:
    op.drop_table("leave_stand_ins")
    op.drop_table("leave_decisions")
    op.drop_table("leave_delegations")
    op.drop_table("leaves")
    for column in ("grade", "working_since", "full_member_since"):
        op.drop_column("people", column)
