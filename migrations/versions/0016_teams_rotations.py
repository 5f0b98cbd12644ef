"""What spoke against a posting, who leads a team meanwhile, rotations and their decisions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("postings", sa.Column("home_unit", sa.Text(), nullable=True))
    op.add_column("postings", sa.Column("party_transfer_on", sa.Date(), nullable=True))
    op.add_column(
        "postings",
        sa.Column(
            "findings",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            server_default=sa.text("'[]'"),
        ),
    )
    op.add_column("postings", sa.Column("override_reason", sa.Text(), nullable=True))
    _create_acting_leaders()
    _create_rotations()
    _create_decisions()


def _create_acting_leaders() -> None:
    op.create_table(
        "acting_leaders",
        sa.Column("county_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_key", sa.Uuid(), nullable=False),
        sa.Column("content_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("village_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("last_day >= first_day", name=op.f("ck_acting_leaders_dates_in_order")),
        sa.ForeignKeyConstraint(["village_id"], ["areas.id"], name=op.f("fk_acting_leaders_village_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_acting_leaders_person_id")),
        sa.ForeignKeyConstraint(["made_by"], ["people.id"], name=op.f("fk_acting_leaders_made_by")),
        sa.PrimaryKeyConstraint("county_id", "id", name=op.f("pk_acting_leaders")),
    )
    op.execute(
        """
        ALTER TABLE acting_leaders ADD CONSTRAINT ex_acting_leaders_one_at_a_time EXCLUDE USING gist (
            int8range(uuid_hash_extended(county_id, 0), uuid_hash_extended(county_id, 0), '[]') WITH &&,
            int8range(uuid_hash_extended(village_id, 0), uuid_hash_extended(village_id, 0), '[]') WITH &&,
            daterange(first_day, last_day, '[]') WITH &&
        )
        """
    )
    op.create_index(
        "uq_acting_leaders_client_key", "acting_leaders", ["county_id", "client_key"], unique=True
    )
    op.create_index(
        op.f("ix_acting_leaders_county_id_village_id_last_day"),
        "acting_leaders",
        ["county_id", "village_id", "last_day"],
    )


def _create_rotations() -> None:
    op.create_table(
        "rotations",
        sa.Column("county_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_key", sa.Uuid(), nullable=False),
        sa.Column("content_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("posting_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("village_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("is_city_dispatched", sa.Boolean(), nullable=False),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("asked_last_day", sa.Date(), nullable=False),
        sa.Column("handover_days", sa.Integer(), nullable=False),
        sa.Column("successor_id", sa.Uuid(), nullable=True),
        sa.Column("successor_home_unit", sa.Text(), nullable=True),
        sa.Column("findings", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("applied_by", sa.Uuid(), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("waits_for", sa.Text(), nullable=True),
        sa.Column("waits_in", sa.Uuid(), nullable=True),
        sa.Column("waits_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("successor_first_day", sa.Date(), nullable=True),
        sa.Column("successor_posting_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(waits_for IS NULL) = (waits_in IS NULL)", name=op.f("ck_rotations_waits_somewhere")
        ),
        sa.CheckConstraint(
            "state NOT IN ('applied', 'township_ok') OR waits_for IS NOT NULL",
            name=op.f("ck_rotations_begun_waits"),
        ),
        sa.CheckConstraint(
            "(last_day IS NOT NULL)"
            " = (state = 'effective' OR (state IN ('county_ok', 'city_ok') AND waits_for IS NULL))",
            name=op.f("ck_rotations_dates_once_approved"),
        ),
        sa.CheckConstraint(
            "(successor_id IS NULL) = (ground IN ('death', 'arrest'))",
            name=op.f("ck_rotations_successor_unless_sudden"),
        ),
        sa.ForeignKeyConstraint(["posting_id"], ["postings.id"], name=op.f("fk_rotations_posting_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_rotations_person_id")),
        sa.ForeignKeyConstraint(["village_id"], ["areas.id"], name=op.f("fk_rotations_village_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["dispatching_units.id"], name=op.f("fk_rotations_unit_id")),
        sa.ForeignKeyConstraint(["successor_id"], ["people.id"], name=op.f("fk_rotations_successor_id")),
        sa.ForeignKeyConstraint(["applied_by"], ["people.id"], name=op.f("fk_rotations_applied_by")),
        sa.ForeignKeyConstraint(
            ["successor_posting_id"], ["postings.id"], name=op.f("fk_rotations_successor_posting_id")
        ),
        sa.PrimaryKeyConstraint("county_id", "id", name=op.f("pk_rotations")),
    )
    op.create_index("uq_rotations_client_key", "rotations", ["county_id", "client_key"], unique=True)
    op.create_index(
        "uq_rotations_posting",
        "rotations",
        ["county_id", "posting_id"],
        unique=True,
        postgresql_where=sa.text("state NOT IN ('rejected', 'withdrawn')"),
    )
    op.create_index(
        op.f("ix_rotations_county_id_applied_at_id"), "rotations", ["county_id", "applied_at", "id"]
    )
    op.create_index(
        "ix_rotations_waiting",
        "rotations",
        ["county_id", "waits_in", "waits_for", "waits_since", "id"],
        postgresql_where=sa.text("waits_for IS NOT NULL"),
    )


def _create_decisions() -> None:
    op.create_table(
        "rotation_decisions",
        sa.Column("county_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("rotation_id", sa.Uuid(), nullable=False),
        sa.Column("office", sa.Text(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("opinion", sa.Text(), nullable=False),
        sa.Column("signed_by", sa.Uuid(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["signed_by"], ["people.id"], name=op.f("fk_rotation_decisions_signed_by")),
        sa.PrimaryKeyConstraint("county_id", "id", name=op.f("pk_rotation_decisions")),
    )
    op.create_index(
        "uq_rotation_decisions_office",
        "rotation_decisions",
        ["county_id", "rotation_id", "office"],
        unique=True,
    )


def downgrade() -> None:
    op.drop_table("rotation_decisions")
    op.drop_table("rotations")
    op.drop_table("acting_leaders")
    for column in ("override_reason", "findings", "party_transfer_on", "home_unit"):
        op.drop_column("postings", column)
