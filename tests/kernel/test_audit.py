"""The record of changes: written in the transaction of the change, or not at all."""

from uuid import uuid4

import pytest
from sqlalchemy import func, select

from kernel import audit
from kernel.audit import NO_COUNTY, AuditEntry
from kernel.clock import now
from kernel.database import db, transaction


def _count() -> int:
    return db.session.scalar(select(func.count()).select_from(AuditEntry)) or 0


def test_an_entry_holds_who_what_when_and_details(app):
    actor, subject, instant = uuid4(), uuid4(), now()
    with transaction():
        audit.record("fence.draw", now=instant, actor_id=actor, subject_id=subject, version=3)
    entry = db.session.scalars(select(AuditEntry)).one()
    assert (entry.actor_id, entry.subject_id, entry.action, entry.result) == (
        actor,
        subject,
        "fence.draw",
        "done",
    )
    assert (entry.at, entry.county_id, entry.details) == (instant, NO_COUNTY, {"version": 3})
    assert entry.ip is None and entry.request_id is None, "not in a request"


def test_an_entry_falls_with_its_transaction(app):
    with pytest.raises(RuntimeError), transaction():
        audit.record("fence.draw", now=now())
        raise RuntimeError
    assert _count() == 0


def test_an_entry_of_an_inner_use_case_stands_or_falls_with_the_outer(app):
    with pytest.raises(RuntimeError), transaction():
        with transaction():
            audit.record("inner", now=now())
        raise RuntimeError
    assert _count() == 0
    with transaction():
        with transaction():
            audit.record("inner", now=now())
        audit.record("outer", now=now())
    assert _count() == 2


def test_nothing_in_the_program_changes_or_removes_an_entry():
    """Rows are only ever added."""
    from tests.test_architecture import TREES, ast

    for name, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("update", "delete"):
                assert "AuditEntry" not in ast.unparse(node), name
