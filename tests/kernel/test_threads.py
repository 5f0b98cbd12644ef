import threading

import pytest
from sqlalchemy import text

from kernel.database import db
from kernel.threads import work_off


def test_what_comes_of_the_parts_is_in_their_order(app):
    with app.app_context():
        assert work_off(lambda number: number * 2, range(50)) == [number * 2 for number in range(50)]
        assert work_off(str, []) == []


def test_two_parts_are_worked_on_at_once_each_in_a_session_of_its_own(app):
    both = threading.Barrier(2, timeout=10)

    def work(_: int) -> int:
        own = db.session.execute(text("SELECT pg_backend_pid()")).scalar_one()
        both.wait()
        return own

    with app.app_context():
        assert len(set(work_off(work, range(2)))) == 2


def test_one_part_alone_needs_no_second_thread(app):
    with app.app_context():
        assert work_off(lambda _: threading.current_thread(), [0]) == [threading.current_thread()]


@pytest.mark.parametrize("wrong", [0, 1, 30])
def test_an_error_in_whichever_thread_is_told_and_ends_it(app, wrong):
    def work(number: int) -> None:
        done.append(number)
        if number == wrong:
            raise ValueError(f"part {number}")

    done: list[int] = []
    with app.app_context(), pytest.raises(ValueError, match=f"part {wrong}"):
        work_off(work, range(1000))
    assert len(done) < 1000


def test_the_second_thread_gives_its_connection_back(app):
    with app.app_context():
        before = db.engine.pool.checkedout()
        work_off(lambda _: db.session.execute(text("SELECT 1")).scalar_one(), range(20))
        db.session.remove()
        assert db.engine.pool.checkedout() == before
