"""The lines of newest stamped sheets as sets of days, made of the versions stamped so far."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

MONTH_SHARES = 377_580
LINES = f"""
INSERT INTO sheet_lines (county_id, id, village_id, month, posting_id, posted, mornings, afternoons, paid,
    assessed_halves, posted_half_shares)
SELECT sheets.county_id, gen_random_uuid(), sheets.village_id, sheets.month, (line->>'posting_id')::uuid,
    coalesce(posted, 0), coalesce(mornings, '{{}}'), nullif(afternoons, mornings),
    coalesce((SELECT sum(1 << (day::int - 1)) FROM jsonb_array_elements_text(line->'paid_days') AS paid(day)), 0),
    (line->>'assessed_days')::numeric * 2,
    2 * days_count * ({MONTH_SHARES} / extract(day FROM sheets.month + interval '1 month - 1 day')::int)
FROM sheets
JOIN sheet_versions AS version
    ON (version.county_id, version.sheet_id, version.number) = (sheets.county_id, sheets.id, sheets.version)
CROSS JOIN jsonb_array_elements(version.content->'rows') AS line
CROSS JOIN LATERAL (
    SELECT sum(1 << (day::int - 1)) AS posted, count(*) AS days_count FROM jsonb_object_keys(line->'days') AS day
) AS all_days
CROSS JOIN LATERAL (
    SELECT jsonb_object_agg(kind, days) AS mornings FROM (
        SELECT halves->>0 AS kind, sum(1 << (day::int - 1)) AS days
        FROM jsonb_each(line->'days') AS each(day, halves) GROUP BY 1
    ) AS by_class
) AS morning
CROSS JOIN LATERAL (
    SELECT jsonb_object_agg(kind, days) AS afternoons FROM (
        SELECT halves->>1 AS kind, sum(1 << (day::int - 1)) AS days
        FROM jsonb_each(line->'days') AS each(day, halves) GROUP BY 1
    ) AS by_class
) AS afternoon
"""


def upgrade() -> None:
    op.create_table(
        "sheet_lines",
        sa.Column("county_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("village_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("posting_id", sa.Uuid(), nullable=False),
        sa.Column("posted", sa.Integer(), nullable=False),
        sa.Column("mornings", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("afternoons", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("paid", sa.Integer(), nullable=False),
        sa.Column("assessed_halves", sa.Integer(), nullable=False),
        sa.Column("posted_half_shares", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["village_id"], ["areas.id"], name=op.f("fk_sheet_lines_village_id")),
        sa.ForeignKeyConstraint(["posting_id"], ["postings.id"], name=op.f("fk_sheet_lines_posting_id")),
        sa.PrimaryKeyConstraint("county_id", "id", name=op.f("pk_sheet_lines")),
    )
    op.create_index(
        "uq_sheet_lines_posting",
        "sheet_lines",
        ["county_id", "village_id", "month", "posting_id"],
        unique=True,
        postgresql_include=["assessed_halves", "posted_half_shares"],
    )
    op.execute(LINES)


def downgrade() -> None:
    op.drop_table("sheet_lines")
