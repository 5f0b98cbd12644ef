"""Inspections, findings, recalls (Articles 21, 22), and the mandates of inspectors."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("offices", sa.Column("mandate_level", sa.Text(), nullable=True))
    op.add_column("offices", sa.Column("document_no", sa.Text(), nullable=True))
    op.create_check_constraint(
        op.f("ck_offices_inspectors_hold_mandates"),
        "offices",
        "(role = 'inspector') = (num_nonnulls(mandate_level, document_no, last_day, area_id) = 4)"
        " AND (role = 'inspector' OR num_nonnulls(mandate_level, document_no) = 0)",
    )
    _create_inspections()
    _create_roll_calls()
    _create_roll_call_entries()
    _create_findings()
    _create_ladder_proposals()
    _create_written_warnings()
    _create_recall_cases()


def _create_inspections() -> None:
    op.create_table(
        "inspections",
        sa.Column("county_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_key", sa.Uuid(), nullable=False),
        sa.Column("content_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("village_id", sa.Uuid(), nullable=False),
        sa.Column("mandate_id", sa.Uuid(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("situation", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("opened_by", sa.Uuid(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["mandate_id"], ["offices.id"], name=op.f("fk_inspections_mandate_id")),
        sa.ForeignKeyConstraint(["opened_by"], ["people.id"], name=op.f("fk_inspections_opened_by")),
        sa.ForeignKeyConstraint(["village_id"], ["areas.id"], name=op.f("fk_inspections_village_id")),
        sa.PrimaryKeyConstraint("county_id", "id", name=op.f("pk_inspections")),
    )
    op.create_index(
        op.f("ix_inspections_county_id_opened_at_id"), "inspections", ["county_id", "opened_at", "id"]
    )
    op.create_index("uq_inspections_client_key", "inspections", ["county_id", "client_key"], unique=True)


def _create_roll_calls() -> None:
    op.create_table(
        "roll_calls",
        sa.Column("county_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_key", sa.Uuid(), nullable=False),
        sa.Column("content_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("inspection_id", sa.Uuid(), nullable=False),
        sa.Column("village_id", sa.Uuid(), nullable=False),
        sa.Column("called_by", sa.Uuid(), nullable=False),
        sa.Column("called_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["called_by"], ["people.id"], name=op.f("fk_roll_calls_called_by")),
        sa.ForeignKeyConstraint(["village_id"], ["areas.id"], name=op.f("fk_roll_calls_village_id")),
        sa.PrimaryKeyConstraint("county_id", "id", name=op.f("pk_roll_calls")),
    )
    op.create_index(
        op.f("ix_roll_calls_county_id_inspection_id_called_at"),
        "roll_calls",
        ["county_id", "inspection_id", "called_at"],
    )
    op.create_index("uq_roll_calls_client_key", "roll_calls", ["county_id", "client_key"], unique=True)


def _create_roll_call_entries() -> None:
    op.create_table(
        "roll_call_entries",
        sa.Column("county_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("roll_call_id", sa.Uuid(), nullable=False),
        sa.Column("posting_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("expectation", sa.Text(), nullable=False),
        sa.Column("client_key", sa.Uuid(), nullable=True),
        sa.Column("content_sha256", sa.LargeBinary(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("captured_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_late", sa.Boolean(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("verdict", sa.Text(), nullable=True),
        sa.Column("band", sa.Text(), nullable=True),
        sa.Column("fence_id", sa.Uuid(), nullable=True),
        sa.Column("accuracy_m", sa.Double(), nullable=True),
        sa.Column("doubts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("is_present", sa.Boolean(), nullable=True),
        sa.Column("word_note", sa.Text(), nullable=False),
        sa.Column("word_by", sa.Uuid(), nullable=True),
        sa.Column("word_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "num_nonnulls(client_key, content_sha256, answered_at, is_late, outcome) IN (0, 5)",
            name=op.f("ck_roll_call_entries_answered_whole"),
        ),
        sa.CheckConstraint(
            "num_nonnulls(is_present, word_by, word_at) IN (0, 3)",
            name=op.f("ck_roll_call_entries_word_whole"),
        ),
        sa.ForeignKeyConstraint(["fence_id"], ["fences.id"], name=op.f("fk_roll_call_entries_fence_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_roll_call_entries_person_id")),
        sa.ForeignKeyConstraint(
            ["posting_id"], ["postings.id"], name=op.f("fk_roll_call_entries_posting_id")
        ),
        sa.ForeignKeyConstraint(["word_by"], ["people.id"], name=op.f("fk_roll_call_entries_word_by")),
        sa.PrimaryKeyConstraint("county_id", "id", name=op.f("pk_roll_call_entries")),
    )
    op.create_index(
        op.f("ix_roll_call_entries_county_id_person_id_roll_call_id"),
        "roll_call_entries",
        ["county_id", "person_id", "roll_call_id"],
    )
    op.create_index(
        "uq_roll_call_entries_client_key",
        "roll_call_entries",
        ["county_id", "client_key"],
        unique=True,
        postgresql_where=sa.text("client_key IS NOT NULL"),
    )
    op.create_index(
        "uq_roll_call_entries_person",
        "roll_call_entries",
        ["county_id", "roll_call_id", "person_id"],
        unique=True,
    )


def _create_findings() -> None:
    op.create_table(
        "findings",
        sa.Column("county_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_key", sa.Uuid(), nullable=False),
        sa.Column("content_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("inspection_id", sa.Uuid(), nullable=False),
        sa.Column("posting_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("village_id", sa.Uuid(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("found_by", sa.Uuid(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("answer_due_on", sa.Date(), nullable=False),
        sa.Column("answer_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(state IN ('confirmed', 'lifted')) = (num_nonnulls(decided_by, decided_at, reason) = 3)"
            " AND num_nonnulls(decided_by, decided_at, reason) IN (0, 3)",
            name=op.f("ck_findings_decided_whole"),
        ),
        sa.CheckConstraint(
            "state <> 'answered' OR answered_at IS NOT NULL", name=op.f("ck_findings_answered_with_words")
        ),
        sa.CheckConstraint(
            "(answer_sealed IS NULL) = (answered_at IS NULL)", name=op.f("ck_findings_answered_whole")
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["people.id"], name=op.f("fk_findings_decided_by")),
        sa.ForeignKeyConstraint(["found_by"], ["people.id"], name=op.f("fk_findings_found_by")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_findings_person_id")),
        sa.ForeignKeyConstraint(["posting_id"], ["postings.id"], name=op.f("fk_findings_posting_id")),
        sa.ForeignKeyConstraint(["village_id"], ["areas.id"], name=op.f("fk_findings_village_id")),
        sa.PrimaryKeyConstraint("county_id", "id", name=op.f("pk_findings")),
    )
    op.create_index(op.f("ix_findings_county_id_found_at_id"), "findings", ["county_id", "found_at", "id"])
    op.create_index(
        op.f("ix_findings_county_id_person_id_found_at"), "findings", ["county_id", "person_id", "found_at"]
    )
    op.create_index(
        "ix_findings_undecided",
        "findings",
        ["county_id", "answer_due_on"],
        unique=False,
        postgresql_where=sa.text("state IN ('found', 'answered')"),
    )
    op.create_index("uq_findings_client_key", "findings", ["county_id", "client_key"], unique=True)
    op.create_index(
        "uq_findings_once_a_visit",
        "findings",
        ["county_id", "inspection_id", "person_id", "kind"],
        unique=True,
    )


def _create_ladder_proposals() -> None:
    op.create_table(
        "ladder_proposals",
        sa.Column("county_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("posting_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("finding_id", sa.Uuid(), nullable=False),
        sa.Column("finding_ids", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("document_no", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(state = 'open') = (decided_at IS NULL)"
            " AND num_nonnulls(decided_by, decided_at, reason) IN (0, 3)",
            name=op.f("ck_ladder_proposals_decided_whole"),
        ),
        sa.CheckConstraint(
            "state <> 'confirmed' OR document_no IS NOT NULL",
            name=op.f("ck_ladder_proposals_confirmed_by_document"),
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["people.id"], name=op.f("fk_ladder_proposals_decided_by")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_ladder_proposals_person_id")),
        sa.ForeignKeyConstraint(["posting_id"], ["postings.id"], name=op.f("fk_ladder_proposals_posting_id")),
        sa.PrimaryKeyConstraint("county_id", "id", name=op.f("pk_ladder_proposals")),
    )
    op.create_index(
        op.f("ix_ladder_proposals_county_id_made_at_id"), "ladder_proposals", ["county_id", "made_at", "id"]
    )
    op.create_index(
        op.f("ix_ladder_proposals_county_id_posting_id"), "ladder_proposals", ["county_id", "posting_id"]
    )
    op.create_index(
        "uq_ladder_proposals_finding", "ladder_proposals", ["county_id", "finding_id"], unique=True
    )


def _create_written_warnings() -> None:
    op.create_table(
        "written_warnings",
        sa.Column("county_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_key", sa.Uuid(), nullable=False),
        sa.Column("content_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("posting_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("proposal_id", sa.Uuid(), nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("document_no", sa.Text(), nullable=True),
        sa.Column("given_by", sa.Uuid(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["given_by"], ["people.id"], name=op.f("fk_written_warnings_given_by")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_written_warnings_person_id")),
        sa.ForeignKeyConstraint(["posting_id"], ["postings.id"], name=op.f("fk_written_warnings_posting_id")),
        sa.PrimaryKeyConstraint("county_id", "id", name=op.f("pk_written_warnings")),
    )
    op.create_index(
        op.f("ix_written_warnings_county_id_person_id_day"),
        "written_warnings",
        ["county_id", "person_id", "day"],
    )
    op.create_index(
        op.f("ix_written_warnings_county_id_posting_id_day"),
        "written_warnings",
        ["county_id", "posting_id", "day"],
    )
    op.create_index(
        "uq_written_warnings_client_key", "written_warnings", ["county_id", "client_key"], unique=True
    )


def _create_recall_cases() -> None:
    op.create_table(
        "recall_cases",
        sa.Column("county_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_key", sa.Uuid(), nullable=False),
        sa.Column("content_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("posting_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("warning_id", sa.Uuid(), nullable=True),
        sa.Column("proposal_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer_due_on", sa.Date(), nullable=False),
        sa.Column("answer_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason_of_decision", sa.Text(), nullable=True),
        sa.Column("urged_by", sa.Uuid(), nullable=True),
        sa.Column("urged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("urging_document_no", sa.Text(), nullable=True),
        sa.Column("recalled_by", sa.Uuid(), nullable=True),
        sa.Column("recalled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("replaced_by", sa.Uuid(), nullable=True),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("successor_id", sa.Uuid(), nullable=True),
        sa.Column("successor_posting_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(state = 'proposed') = (decided_at IS NULL)"
            " AND num_nonnulls(decided_by, decided_at, reason_of_decision) IN (0, 3)",
            name=op.f("ck_recall_cases_decided_whole"),
        ),
        sa.CheckConstraint(
            "(state = 'replaced') = (replaced_at IS NOT NULL)"
            " AND num_nonnulls(replaced_by, replaced_at, successor_id, successor_posting_id) IN (0, 4)",
            name=op.f("ck_recall_cases_replaced_whole"),
        ),
        sa.CheckConstraint(
            "(state IN ('recalled', 'replaced')) = (recalled_at IS NOT NULL)"
            " AND num_nonnulls(recalled_by, recalled_at, last_day) IN (0, 3)",
            name=op.f("ck_recall_cases_recalled_whole"),
        ),
        sa.CheckConstraint(
            "(state IN ('urged', 'recalled', 'replaced')) = (urged_at IS NOT NULL)"
            " AND num_nonnulls(urged_by, urged_at, urging_document_no) IN (0, 3)",
            name=op.f("ck_recall_cases_urged_whole"),
        ),
        sa.CheckConstraint(
            "ground <> 'absent_uncorrected' OR warning_id IS NOT NULL",
            name=op.f("ck_recall_cases_warned_first"),
        ),
        sa.CheckConstraint(
            "(answer_sealed IS NULL) = (answered_at IS NULL)", name=op.f("ck_recall_cases_answered_whole")
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["people.id"], name=op.f("fk_recall_cases_decided_by")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_recall_cases_person_id")),
        sa.ForeignKeyConstraint(["posting_id"], ["postings.id"], name=op.f("fk_recall_cases_posting_id")),
        sa.ForeignKeyConstraint(["proposed_by"], ["people.id"], name=op.f("fk_recall_cases_proposed_by")),
        sa.ForeignKeyConstraint(["recalled_by"], ["people.id"], name=op.f("fk_recall_cases_recalled_by")),
        sa.ForeignKeyConstraint(["replaced_by"], ["people.id"], name=op.f("fk_recall_cases_replaced_by")),
        sa.ForeignKeyConstraint(["successor_id"], ["people.id"], name=op.f("fk_recall_cases_successor_id")),
        sa.ForeignKeyConstraint(
            ["successor_posting_id"], ["postings.id"], name=op.f("fk_recall_cases_successor_posting_id")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["dispatching_units.id"], name=op.f("fk_recall_cases_unit_id")),
        sa.ForeignKeyConstraint(["urged_by"], ["people.id"], name=op.f("fk_recall_cases_urged_by")),
        sa.PrimaryKeyConstraint("county_id", "id", name=op.f("pk_recall_cases")),
    )
    op.create_index(op.f("ix_recall_cases_county_id_person_id"), "recall_cases", ["county_id", "person_id"])
    op.create_index(
        op.f("ix_recall_cases_county_id_proposed_at_id"), "recall_cases", ["county_id", "proposed_at", "id"]
    )
    op.create_index(
        "ix_recall_cases_undecided",
        "recall_cases",
        ["county_id", "answer_due_on"],
        unique=False,
        postgresql_where=sa.text("state = 'proposed'"),
    )
    op.create_index("uq_recall_cases_client_key", "recall_cases", ["county_id", "client_key"], unique=True)
    op.create_index(
        "uq_recall_cases_running",
        "recall_cases",
        ["county_id", "posting_id"],
        unique=True,
        postgresql_where=sa.text("state <> 'not_upheld'"),
    )


def downgrade() -> None:
    for table in (
        "recall_cases",
        "written_warnings",
        "ladder_proposals",
        "findings",
        "roll_call_entries",
        "roll_calls",
        "inspections",
    ):
        op.drop_table(table)
    op.execute("DELETE FROM offices WHERE role = 'inspector'")
    op.drop_constraint(op.f("ck_offices_inspectors_hold_mandates"), "offices")
    op.drop_column("offices", "document_no")
    op.drop_column("offices", "mandate_level")
