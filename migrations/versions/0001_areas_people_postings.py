"""Areas, dispatching units, people, postings, kinds of village, settings of areas."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "areas",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sort_key", sa.LargeBinary(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("city_id", sa.Uuid(), nullable=True),
        sa.Column("county_id", sa.Uuid(), nullable=True),
        sa.Column("township_id", sa.Uuid(), nullable=True),
        sa.Column("first_day", sa.Date(), nullable=True),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_areas")),
    )
    op.create_index(op.f("ix_areas_county_id"), "areas", ["county_id"], unique=False)
    op.create_index(op.f("ix_areas_township_id"), "areas", ["township_id"], unique=False)
    op.create_index(
        "uq_areas_code", "areas", ["code"], unique=True, postgresql_where=sa.text("last_day IS NULL")
    )
    op.create_table(
        "dispatching_units",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispatching_units")),
        sa.UniqueConstraint("name", name=op.f("uq_dispatching_units_name")),
    )
    op.create_table(
        "people",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sort_key", sa.LargeBinary(), nullable=False),
        sa.Column("phone_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("phone_lookup", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
        sa.UniqueConstraint("phone_lookup", name=op.f("uq_people_phone_lookup")),
    )
    op.create_table(
        "area_settings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("area_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("document_no", sa.Text(), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["areas.id"], name=op.f("fk_area_settings_area_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_area_settings")),
    )
    op.create_index(
        op.f("ix_area_settings_area_id_key_valid_from"),
        "area_settings",
        ["area_id", "key", "valid_from"],
        unique=False,
    )
    op.create_table(
        "postings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("village_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=True),
        postgresql.ExcludeConstraint(
            (
                sa.text(
                    "int8range(uuid_hash_extended(person_id, 0), uuid_hash_extended(person_id, 0), '[]')"
                ),
                "&&",
            ),
            (sa.text("daterange(first_day, last_day, '[)')"), "&&"),
            using="gist",
            name="ex_postings_one_at_a_time",
        ),
        sa.CheckConstraint(
            "last_day IS NULL OR last_day >= first_day", name=op.f("ck_postings_dates_in_order")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_postings_person_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["dispatching_units.id"], name=op.f("fk_postings_unit_id")),
        sa.ForeignKeyConstraint(["village_id"], ["areas.id"], name=op.f("fk_postings_village_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_postings")),
    )
    op.create_index(op.f("ix_postings_person_id"), "postings", ["person_id"], unique=False)
    op.create_index(op.f("ix_postings_unit_id"), "postings", ["unit_id"], unique=False)
    op.create_index(op.f("ix_postings_village_id"), "postings", ["village_id"], unique=False)
    op.create_table(
        "village_kinds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("village_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["village_id"], ["areas.id"], name=op.f("fk_village_kinds_village_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_village_kinds")),
    )
    op.create_index(
        op.f("ix_village_kinds_village_id_kind_first_day"),
        "village_kinds",
        ["village_id", "kind", "first_day"],
        unique=True,
    )


def downgrade() -> None:
    op.drop_table("village_kinds")
    op.drop_table("postings")
    op.drop_table("area_settings")
    op.drop_table("people")
    op.drop_table("dispatching_units")
    op.drop_table("areas")
