"""Households, helpers, pairings, visits, problems."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_households()
    _create_household_states()
    _create_helpers()
    _create_pairings()
    _create_visits()
    _create_visit_corrections()
    _create_problems()
    _create_problem_steps()


def _create_households() -> None:
    op.create_table(
        "households",
        sa.Column("county_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("village_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("risk_kinds", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("risk_level", sa.Integer(), nullable=False),
        sa.Column("members_count", sa.Integer(), nullable=False),
        sa.Column("head_name", sa.Text(), nullable=False),
        sa.Column("head_id_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("head_id_lookup", sa.LargeBinary(), nullable=True),
        sa.Column("head_phone_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("identified_on", sa.Date(), nullable=False),
        sa.Column("longitude_deg", sa.Double(), nullable=True),
        sa.Column("latitude_deg", sa.Double(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("state_since", sa.Date(), nullable=False),
        sa.Column("is_away", sa.Boolean(), nullable=False),
        sa.Column("states_count", sa.Integer(), nullable=False),
        sa.Column("added_by", sa.Uuid(), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "num_nonnulls(longitude_deg, latitude_deg) <> 1", name=op.f("ck_households_place_is_whole")
        ),
        sa.ForeignKeyConstraint(["added_by"], ["people.id"], name=op.f("fk_households_added_by")),
        sa.ForeignKeyConstraint(["village_id"], ["areas.id"], name=op.f("fk_households_village_id")),
        sa.PrimaryKeyConstraint("county_id", "id", name=op.f("pk_households")),
    )
    op.create_index(op.f("ix_households_county_id_village_id"), "households", ["county_id", "village_id"])
    op.create_index(
        "uq_households_code",
        "households",
        ["county_id", "code"],
        unique=True,
        postgresql_where=sa.text("code IS NOT NULL"),
    )
    op.create_index(
        "uq_households_head_id",
        "households",
        ["county_id", "head_id_lookup"],
        unique=True,
        postgresql_where=sa.text("head_id_lookup IS NOT NULL"),
    )


def _create_household_states() -> None:
    op.create_table(
        "household_states",
        sa.Column("county_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["county_id", "household_id"],
            ["households.county_id", "households.id"],
            name="fk_household_states_household",
        ),
        sa.ForeignKeyConstraint(["made_by"], ["people.id"], name=op.f("fk_household_states_made_by")),
        sa.PrimaryKeyConstraint("county_id", "id", name=op.f("pk_household_states")),
    )
    op.create_index(
        "uq_household_states_number", "household_states", ["county_id", "household_id", "number"], unique=True
    )


def _create_helpers() -> None:
    op.create_table(
        "helpers",
        sa.Column("county_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("township_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("order_no", sa.Integer(), nullable=False),
        sa.Column("village_id", sa.Uuid(), nullable=True),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("added_by", sa.Uuid(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(rank >= 7) = (unit_id IS NOT NULL)", name=op.f("ck_helpers_unit_of_ranks_7_to_9")
        ),
        sa.CheckConstraint(
            "last_day IS NULL OR last_day >= first_day", name=op.f("ck_helpers_dates_in_order")
        ),
        sa.CheckConstraint("rank BETWEEN 1 AND 9", name=op.f("ck_helpers_rank")),
        sa.CheckConstraint(
            "rank NOT BETWEEN 4 AND 6 OR village_id IS NOT NULL",
            name=op.f("ck_helpers_village_of_ranks_4_to_6"),
        ),
        sa.ForeignKeyConstraint(["added_by"], ["people.id"], name=op.f("fk_helpers_added_by")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_helpers_person_id")),
        sa.ForeignKeyConstraint(["township_id"], ["areas.id"], name=op.f("fk_helpers_township_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["dispatching_units.id"], name=op.f("fk_helpers_unit_id")),
        sa.ForeignKeyConstraint(["village_id"], ["areas.id"], name=op.f("fk_helpers_village_id")),
        sa.PrimaryKeyConstraint("county_id", "id", name=op.f("pk_helpers")),
    )
    op.create_index(
        "uq_helpers_running",
        "helpers",
        ["county_id", "township_id", "person_id"],
        unique=True,
        postgresql_where=sa.text("last_day IS NULL"),
    )


def _create_pairings() -> None:
    op.create_table(
        "pairings",
        sa.Column("county_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("explanation", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        postgresql.ExcludeConstraint(
            (
                sa.text(
                    "int8range(uuid_hash_extended(county_id, 0), uuid_hash_extended(county_id, 0), '[]')"
                ),
                "&&",
            ),
            (
                sa.text(
                    "int8range(uuid_hash_extended(household_id, 0), uuid_hash_extended(household_id, 0), '[]')"
                ),
                "&&",
            ),
            (sa.text("daterange(first_day, last_day, '[)')"), "&&"),
            using="gist",
            name="ex_pairings_one_helper_at_a_time",
        ),
        sa.CheckConstraint(
            "last_day IS NULL OR last_day >= first_day", name=op.f("ck_pairings_dates_in_order")
        ),
        sa.ForeignKeyConstraint(
            ["county_id", "household_id"],
            ["households.county_id", "households.id"],
            name="fk_pairings_household",
        ),
        sa.ForeignKeyConstraint(["ended_by"], ["people.id"], name=op.f("fk_pairings_ended_by")),
        sa.ForeignKeyConstraint(["made_by"], ["people.id"], name=op.f("fk_pairings_made_by")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_pairings_person_id")),
        sa.PrimaryKeyConstraint("county_id", "id", name=op.f("pk_pairings")),
    )
    op.create_index(op.f("ix_pairings_county_id_household_id"), "pairings", ["county_id", "household_id"])
    op.create_index(op.f("ix_pairings_county_id_person_id"), "pairings", ["county_id", "person_id"])


def _create_visits() -> None:
    op.create_table(
        "visits",
        sa.Column("county_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("village_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("client_key", sa.Uuid(), nullable=False),
        sa.Column("content_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("entry", sa.Text(), nullable=False),
        sa.Column("photos_expected", sa.Integer(), nullable=False),
        sa.Column("standing", sa.Text(), nullable=True),
        sa.Column("fence_id", sa.Uuid(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("counts", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["county_id", "household_id"],
            ["households.county_id", "households.id"],
            name="fk_visits_household",
        ),
        sa.ForeignKeyConstraint(["fence_id"], ["fences.id"], name=op.f("fk_visits_fence_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_visits_person_id")),
        sa.ForeignKeyConstraint(["village_id"], ["areas.id"], name=op.f("fk_visits_village_id")),
        sa.PrimaryKeyConstraint("county_id", "id", name=op.f("pk_visits")),
    )
    op.create_index(
        op.f("ix_visits_county_id_household_id_day"), "visits", ["county_id", "household_id", "day"]
    )
    op.create_index(op.f("ix_visits_county_id_occurred_at_id"), "visits", ["county_id", "occurred_at", "id"])
    op.create_index(op.f("ix_visits_county_id_person_id_day"), "visits", ["county_id", "person_id", "day"])
    op.create_index(op.f("ix_visits_county_id_village_id_day"), "visits", ["county_id", "village_id", "day"])
    op.create_index("uq_visits_client_key", "visits", ["county_id", "client_key"], unique=True)


def _create_visit_corrections() -> None:
    op.create_table(
        "visit_corrections",
        sa.Column("county_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("client_key", sa.Uuid(), nullable=False),
        sa.Column("content_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("is_withdrawn", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("counts", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["county_id", "visit_id"], ["visits.county_id", "visits.id"], name="fk_visit_corrections_visit"
        ),
        sa.ForeignKeyConstraint(["made_by"], ["people.id"], name=op.f("fk_visit_corrections_made_by")),
        sa.PrimaryKeyConstraint("county_id", "id", name=op.f("pk_visit_corrections")),
    )
    op.create_index(
        "uq_visit_corrections_client_key", "visit_corrections", ["county_id", "client_key"], unique=True
    )
    op.create_index(
        "uq_visit_corrections_number", "visit_corrections", ["county_id", "visit_id", "number"], unique=True
    )


def _create_problems() -> None:
    op.create_table(
        "problems",
        sa.Column("county_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("village_id", sa.Uuid(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("found_on", sa.Date(), nullable=False),
        sa.Column("found_by", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("responsible", sa.Text(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("settled_on", sa.Date(), nullable=True),
        sa.Column("steps_count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["county_id", "household_id"],
            ["households.county_id", "households.id"],
            name="fk_problems_household",
        ),
        sa.ForeignKeyConstraint(
            ["county_id", "visit_id"], ["visits.county_id", "visits.id"], name="fk_problems_visit"
        ),
        sa.ForeignKeyConstraint(["found_by"], ["people.id"], name=op.f("fk_problems_found_by")),
        sa.ForeignKeyConstraint(["village_id"], ["areas.id"], name=op.f("fk_problems_village_id")),
        sa.PrimaryKeyConstraint("county_id", "id", name=op.f("pk_problems")),
    )
    op.create_index(op.f("ix_problems_county_id_household_id"), "problems", ["county_id", "household_id"])
    op.create_index(op.f("ix_problems_county_id_visit_id"), "problems", ["county_id", "visit_id"])
    op.create_index(
        "ix_problems_open",
        "problems",
        ["county_id", "village_id"],
        postgresql_where=sa.text("state = 'open'"),
    )


def _create_problem_steps() -> None:
    op.create_table(
        "problem_steps",
        sa.Column("county_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("problem_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("client_key", sa.Uuid(), nullable=False),
        sa.Column("content_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("responsible", sa.Text(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["county_id", "problem_id"],
            ["problems.county_id", "problems.id"],
            name="fk_problem_steps_problem",
        ),
        sa.ForeignKeyConstraint(["made_by"], ["people.id"], name=op.f("fk_problem_steps_made_by")),
        sa.PrimaryKeyConstraint("county_id", "id", name=op.f("pk_problem_steps")),
    )
    op.create_index("uq_problem_steps_client_key", "problem_steps", ["county_id", "client_key"], unique=True)
    op.create_index(
        "uq_problem_steps_number", "problem_steps", ["county_id", "problem_id", "number"], unique=True
    )


def downgrade() -> None:
    op.drop_table("problem_steps")
    op.drop_table("problems")
    op.drop_table("visit_corrections")
    op.drop_table("visits")
    op.drop_table("pairings")
    op.drop_table("helpers")
    op.drop_table("household_states")
    op.drop_table("households")
