"""Allowances: payment lists and their lines, trips driven, terms of travel."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _payment_lists()
    _living_allowance_lines()
    _travel_allowance_lines()
    _trips()
    _travel_terms()


def _payment_lists() -> None:
    op.create_table(
        "payment_lists",
        sa.Column("county_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("missing", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("prepared_by", sa.Uuid(), nullable=False),
        sa.Column("prepared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paid_by", sa.Uuid(), nullable=True),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("extract(day FROM month) = 1", name=op.f("ck_payment_lists_month_begins_it")),
        sa.CheckConstraint(
            "(paid_by IS NULL) = (paid_at IS NULL)", name=op.f("ck_payment_lists_paid_by_somebody")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["dispatching_units.id"], name=op.f("fk_payment_lists_unit_id")),
        sa.ForeignKeyConstraint(["prepared_by"], ["people.id"], name=op.f("fk_payment_lists_prepared_by")),
        sa.ForeignKeyConstraint(["paid_by"], ["people.id"], name=op.f("fk_payment_lists_paid_by")),
        sa.PrimaryKeyConstraint("county_id", "id", name=op.f("pk_payment_lists")),
    )
    op.create_index("uq_payment_lists_month", "payment_lists", ["county_id", "unit_id", "month"], unique=True)


def _living_allowance_lines() -> None:
    op.create_table(
        "living_allowance_lines",
        sa.Column("county_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("list_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("posting_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("village_id", sa.Uuid(), nullable=False),
        sa.Column("village", sa.Text(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("sheet_version", sa.Integer(), nullable=False),
        sa.Column("check_code", sa.Text(), nullable=False),
        sa.Column("fen_per_day", sa.Integer(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.CheckConstraint("days <> 0", name=op.f("ck_living_allowance_lines_some_days")),
        sa.CheckConstraint("fen_per_day >= 0", name=op.f("ck_living_allowance_lines_rate_not_negative")),
        sa.CheckConstraint(
            "extract(day FROM month) = 1", name=op.f("ck_living_allowance_lines_month_begins_it")
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["dispatching_units.id"], name=op.f("fk_living_allowance_lines_unit_id")
        ),
        sa.ForeignKeyConstraint(
            ["posting_id"], ["postings.id"], name=op.f("fk_living_allowance_lines_posting_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_living_allowance_lines_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["village_id"], ["areas.id"], name=op.f("fk_living_allowance_lines_village_id")
        ),
        sa.PrimaryKeyConstraint("county_id", "id", name=op.f("pk_living_allowance_lines")),
    )
    op.create_index(
        "uq_living_allowance_lines_turn",
        "living_allowance_lines",
        ["county_id", "posting_id", "month", "turn", "part"],
        unique=True,
    )
    op.create_index(
        op.f("ix_living_allowance_lines_county_id_unit_id_month"),
        "living_allowance_lines",
        ["county_id", "unit_id", "month"],
    )


def _travel_allowance_lines() -> None:
    op.create_table(
        "travel_allowance_lines",
        sa.Column("county_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("list_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("village_id", sa.Uuid(), nullable=False),
        sa.Column("village", sa.Text(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("km_one_way", sa.Numeric(6, 1), nullable=False),
        sa.Column("fen_per_km", sa.Integer(), nullable=False),
        sa.Column("round_trips", sa.Integer(), nullable=False),
        sa.CheckConstraint("round_trips <> 0", name=op.f("ck_travel_allowance_lines_some_trips")),
        sa.CheckConstraint("fen_per_km >= 0", name=op.f("ck_travel_allowance_lines_rate_not_negative")),
        sa.CheckConstraint(
            "extract(day FROM month) = 1", name=op.f("ck_travel_allowance_lines_month_begins_it")
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["dispatching_units.id"], name=op.f("fk_travel_allowance_lines_unit_id")
        ),
        sa.ForeignKeyConstraint(
            ["village_id"], ["areas.id"], name=op.f("fk_travel_allowance_lines_village_id")
        ),
        sa.PrimaryKeyConstraint("county_id", "id", name=op.f("pk_travel_allowance_lines")),
    )
    op.create_index(
        "uq_travel_allowance_lines_turn",
        "travel_allowance_lines",
        ["county_id", "village_id", "unit_id", "month", "turn", "part"],
        unique=True,
    )


def _trips() -> None:
    op.create_table(
        "trips",
        sa.Column("county_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_key", sa.Uuid(), nullable=False),
        sa.Column("content_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("posting_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("village_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["posting_id"], ["postings.id"], name=op.f("fk_trips_posting_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_trips_person_id")),
        sa.ForeignKeyConstraint(["village_id"], ["areas.id"], name=op.f("fk_trips_village_id")),
        sa.PrimaryKeyConstraint("county_id", "id", name=op.f("pk_trips")),
    )
    op.create_index("uq_trips_client_key", "trips", ["county_id", "client_key"], unique=True)
    op.create_index(
        "uq_trips_one_car",
        "trips",
        ["county_id", "village_id", "day", "way"],
        unique=True,
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )


def _travel_terms() -> None:
    op.create_table(
        "travel_terms",
        sa.Column("county_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("village_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("km_one_way", sa.Numeric(6, 1), nullable=False),
        sa.Column("has_car_reform", sa.Boolean(), nullable=False),
        sa.Column("is_self_driven", sa.Boolean(), nullable=False),
        sa.Column("is_central_city", sa.Boolean(), nullable=False),
        sa.Column("is_subsidised", sa.Boolean(), nullable=False),
        sa.Column("document_no", sa.Text(), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("km_one_way > 0", name=op.f("ck_travel_terms_some_way")),
        sa.ForeignKeyConstraint(["village_id"], ["areas.id"], name=op.f("fk_travel_terms_village_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["dispatching_units.id"], name=op.f("fk_travel_terms_unit_id")),
        sa.ForeignKeyConstraint(["set_by"], ["people.id"], name=op.f("fk_travel_terms_set_by")),
        sa.PrimaryKeyConstraint("county_id", "id", name=op.f("pk_travel_terms")),
    )
    op.create_index(
        op.f("ix_travel_terms_county_id_village_id_unit_id_first_day"),
        "travel_terms",
        ["county_id", "village_id", "unit_id", "first_day"],
    )


def downgrade() -> None:
    for table in (
        "travel_terms",
        "trips",
        "travel_allowance_lines",
        "living_allowance_lines",
        "payment_lists",
    ):
        op.drop_table(table)
