"""A job put there in a transaction exists exactly if the transaction commits."""

import pytest
from sqlalchemy import text

from checkin.jobs import forget_points
from kernel.database import db, transaction
from kernel.jobs import SCHEMA, enqueue, queue


@pytest.fixture
def noted(monkeypatch):
    """What the task ``tests.note`` was called with."""
    calls = []

    def note(**arguments):
        calls.append(arguments)

    monkeypatch.setattr(queue, "tasks", dict(queue.tasks))
    queue.task(name="tests.note", priority=3)(note)
    return calls


def _waiting() -> list[tuple]:
    with db.engine.connect() as connection:
        rows = connection.execute(
            text(f"SELECT task_name, args, priority, queue_name FROM {SCHEMA}.procrastinate_jobs")
        )
        return [tuple(row) for row in rows]


def test_a_committed_job_waits_with_its_arguments_and_is_carried_out(jobs, work, noted):
    with transaction():
        enqueue("tests.note", county_id="甲", ids=["1", "2"])
        assert _waiting() == [], "nobody else sees it before the commit"
    assert _waiting() == [("tests.note", {"county_id": "甲", "ids": ["1", "2"]}, 3, "default")]
    work()
    assert noted == [{"county_id": "甲", "ids": ["1", "2"]}]


def test_a_job_falls_with_its_transaction(jobs, work, noted):
    with pytest.raises(RuntimeError), transaction():
        enqueue("tests.note", ids=[])
        raise RuntimeError
    assert _waiting() == []
    work()
    assert noted == []


def test_a_job_puts_another_job_there(jobs, work, noted, app, monkeypatch):
    """Inside a worker, whose queue has a connection of its own."""

    def pass_on(**arguments):
        with app.app_context(), transaction():
            enqueue("tests.note", **arguments)

    queue.task(name="tests.pass_on")(pass_on)
    with transaction():
        enqueue("tests.pass_on", word="go")
    work()
    assert noted == [{"word": "go"}]


def test_the_rest_of_the_transaction_reads_the_usual_tables(jobs):
    with transaction():
        enqueue(forget_points.name, timestamp=0)
        path = db.session.scalar(text("SHOW search_path"))
    assert SCHEMA not in path


def test_a_job_that_nobody_declared_is_a_mistake_at_once(jobs):
    with pytest.raises(KeyError), transaction():
        enqueue("tests.no_such_job")
    assert _waiting() == []
