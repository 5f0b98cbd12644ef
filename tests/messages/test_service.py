"""Who is told is told once, and only if what they are told has happened."""

from datetime import timedelta
from threading import Barrier, Thread
from uuid import uuid4

import pytest
from sqlalchemy import func, select, text

from kernel.clock import now
from kernel.database import db, transaction
from kernel.jobs import SCHEMA
from messages.models import Message, MessageKind, WechatState
from messages.service import KEPT_DAYS, SEND_MESSAGES, Notice, forget_old_messages, tell


def _told() -> int:
    return db.session.scalar(select(func.count()).select_from(Message)) or 0


def _jobs() -> list[dict]:
    with db.engine.connect() as connection:
        rows = connection.execute(
            text(f"SELECT args FROM {SCHEMA}.procrastinate_jobs WHERE task_name = :name"),
            {"name": SEND_MESSAGES},
        )
        return list(rows.scalars())


def test_each_of_the_people_is_told_and_one_job_carries_it_on(world, jobs, tell_people):
    assert tell_people(world.secretary, world.member, world.secretary) == 2
    messages = db.session.scalars(select(Message)).all()
    assert {message.person_id for message in messages} == {world.secretary.id, world.member.id}
    assert {message.wechat_state for message in messages} == {WechatState.WAITING}
    (job,) = _jobs()
    assert job["county_id"] == str(world.county.id)
    assert sorted(job["ids"]) == sorted(str(message.id) for message in messages)


def test_nobody_to_tell_is_no_job(world, jobs, tell_people):
    assert tell_people() == 0
    assert _jobs() == []


def test_people_of_two_counties_are_told_by_one_job_for_each(world, jobs):
    def notice(county, text):
        return Notice(
            person_id=world.city_org.id,
            kind=MessageKind.PAPERS_DUE,
            county_id=county.id,
            subject_id=world.secretary.id,
            title="补办手续",
            text=text,
            occasion="",
        )

    assert tell([notice(world.county, "甲"), notice(world.county_b, "乙")], now=now()) == 2
    assert {job["county_id"] for job in _jobs()} == {str(world.county.id), str(world.county_b.id)}
    assert set(db.session.scalars(select(Message.text))) == {"甲", "乙"}


def test_many_messages_go_out_in_jobs_of_two_hundred(world, jobs):
    notices = [
        Notice(world.secretary.id, MessageKind.PAPERS_DUE, world.county.id, uuid4(), "补办", "请补办手续", "")
        for _ in range(450)
    ]
    assert tell(notices, now=now()) == 450
    sizes = [len(job["ids"]) for job in _jobs()]
    assert sorted(sizes) == [50, 200, 200]
    assert len({message_id for job in _jobs() for message_id in job["ids"]}) == 450


def test_the_same_occasion_tells_once_and_only_who_is_new(world, jobs, tell_people):
    leave = uuid4()
    assert tell_people(world.secretary, subject_id=leave) == 1
    assert tell_people(world.secretary, subject_id=leave) == 0
    assert tell_people(world.secretary, world.member, subject_id=leave) == 1
    assert [len(job["ids"]) for job in _jobs()] == [1, 1]


@pytest.mark.parametrize(
    "change",
    [{"occasion": "withdrawn"}, {"kind": MessageKind.PAPERS_DUE}, {"subject_id": uuid4()}],
)
def test_another_occasion_kind_or_subject_tells_again(world, tell_people, change):
    leave = uuid4()
    tell_people(world.secretary, subject_id=leave)
    assert tell_people(world.secretary, **{"subject_id": leave, **change}) == 1


def test_what_did_not_happen_is_told_to_nobody(world, jobs, tell_people):
    with pytest.raises(RuntimeError), transaction():
        tell_people(world.secretary)
        raise RuntimeError
    assert (_told(), _jobs()) == (0, [])


def test_two_reminders_at_the_same_moment_tell_once(app, world, jobs, tell_people):
    leave, people, together, counts = uuid4(), [world.secretary, world.member], Barrier(2), []

    def remind(order: int) -> None:
        with app.app_context():
            together.wait(10)
            counts.append(tell_people(*people[::order], subject_id=leave))

    both = [Thread(target=remind, args=(order,)) for order in (1, -1)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join(30)
    assert sorted(counts) == [0, 2]
    assert (_told(), len(_jobs())) == (2, 1)


def test_telling_takes_as_many_statements_for_many_as_for_one(world, tell_people, statements):
    tell_people(world.secretary)
    for_one = len(statements)
    statements.clear()
    tell_people(*world.people.values())
    told = [sql for sql in statements if sql.split()[0] in ("INSERT", "SELECT")]
    assert len(statements) == for_one, told


def test_messages_are_removed_after_half_a_year(world, tell_people):
    old, kept = now() - timedelta(days=KEPT_DAYS, minutes=1), now() - timedelta(days=KEPT_DAYS - 1)
    tell_people(world.secretary, at=old)
    tell_people(world.member, at=kept)
    assert forget_old_messages(now=now()) == 1
    assert db.session.scalars(select(Message.person_id)).all() == [world.member.id]
    assert forget_old_messages(now=now()) == 0
