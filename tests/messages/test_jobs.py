"""From the inbox on to WeChat: over real HTTP to the stand-in, carried out by a real worker."""

from dataclasses import replace
from itertools import pairwise

import pytest
from sqlalchemy import select, text, update

from identity.models import WechatBinding
from kernel.clock import now
from kernel.database import db, transaction
from kernel.jobs import SCHEMA
from kernel.settings import BadSettings, parse_templates
from kernel.wechat import WeChatBusy
from messages.delivery import deliver, refuse_unknown_templates
from messages.jobs import WECHAT_BUSY, forget_messages
from messages.models import Message, MessageKind
from messages.service import SEND_MESSAGES


def _states() -> dict:
    """Return how WeChat took each person's message."""
    with db.engine.connect() as connection:
        rows = connection.execute(select(Message.person_id, Message.wechat_state))
        return {person_id: str(state) for person_id, state in rows}


def _jobs() -> list[str]:
    with db.engine.connect() as connection:
        found = connection.execute(
            text(f"SELECT status::text FROM {SCHEMA}.procrastinate_jobs WHERE task_name = :name"),
            {"name": SEND_MESSAGES},
        )
        return list(found.scalars())


def _let_time_pass() -> None:
    """Until the next try of what WeChat was too busy for."""
    with db.engine.begin() as database:
        database.execute(text(f"SET LOCAL search_path TO {SCHEMA}, public"))
        database.execute(text("UPDATE procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo'"))


def test_who_subscribed_gets_it_on_wechat(world, work, bound, tell_people):
    me = bound(world.secretary)
    me.subscribe()
    at = now()
    tell_people(world.secretary, text="11月23日至25日的请假，甲一乡党委已经批准，请按时返村", at=at)
    work()
    assert me.received == [
        {
            "thing1": "请假已批准",
            "thing2": "11月23日至25日的请假，甲一乡党委…",
            "time3": f"{at.year}年{at.month}月{at.day}日 {at:%H:%M}",
        }
    ]
    assert _states() == {world.secretary.id: "sent"}
    assert _jobs() == ["succeeded"]


def test_a_template_of_the_library_is_filled_by_its_own_names(world, work, bound, tell_people):
    clerk = bound(world.township_clerk)
    clerk.subscribe("tmpl-library")
    tell_people(world.township_clerk, kind=MessageKind.OFFICE_WAITS, title="待办", text="曾福生的请假待审批")
    work()
    (shown,) = clerk.received
    assert (shown["thing7"], shown["thing4"]) == ("待办", "曾福生的请假待审批")


def test_who_cannot_be_reached_is_no_error(world, work, bound, tell_people):
    """Not subscribed, no WeChat bound, the kind without a template, a template that WeChat does not know."""
    bound(world.secretary)
    for person in (world.helper, world.township_clerk):
        bound(person).subscribe()
    tell_people(world.secretary, world.member)
    tell_people(world.helper, kind=MessageKind.STAND_IN_NEEDED)
    tell_people(world.township_clerk, kind=MessageKind.PAPERS_DUE)
    work()
    assert _states() == {
        world.secretary.id: "not_subscribed",
        world.member.id: "no_wechat",
        world.helper.id: "off",
        world.township_clerk.id: "failed",
    }
    assert _jobs() == ["succeeded"] * 3


def test_a_wechat_that_was_unbound_gets_nothing(world, work, bound, tell_people):
    former = bound(world.secretary)
    former.subscribe()
    with transaction():
        db.session.execute(update(WechatBinding).values(ended_at=now()))
    tell_people(world.secretary)
    work()
    assert former.received == []
    assert _states() == {world.secretary.id: "no_wechat"}


def test_one_subscription_lets_one_message_through(world, work, bound, tell_people):
    me = bound(world.secretary)
    me.subscribe()
    tell_people(world.secretary, occasion="1")
    work()
    tell_people(world.secretary, occasion="2")
    work()
    assert len(me.received) == 1


def test_a_job_that_runs_twice_sends_once(world, work, bound, tell_people):
    me = bound(world.secretary)
    me.subscribe()
    me.subscribe()
    tell_people(world.secretary)
    work()
    ids = list(db.session.scalars(select(Message.id)))
    deliver(county_id=world.county.id, ids=ids)
    assert len(me.received) == 1


def test_a_busy_wechat_is_tried_again_later_and_nobody_is_told_twice(world, work, bound, tell_people):
    people = [world.secretary, world.member, world.helper]
    everybody = [bound(person) for person in people[:2]] + [
        bound(people[2], f"limit-once-{world.helper.id.hex}")
    ]
    for each in everybody:
        each.subscribe()
        each.subscribe()
    tell_people(*people)
    work()
    states = _states()
    assert states[world.helper.id] == "waiting"
    assert _jobs() == ["todo"]
    work()
    assert _states() == states, "not at once: WeChat has just said that it is too much"
    _let_time_pass()
    work()
    assert set(_states().values()) == {"sent"}
    assert [len(each.received) for each in everybody] == [1, 1, 1]
    assert _jobs() == ["succeeded"]


def test_tries_end_and_lie_further_and_further_apart():
    class Job:
        attempts = 0

    waits = []
    while decision := WECHAT_BUSY.get_retry_decision(exception=WeChatBusy(-1), job=Job):
        waits.append(decision.retry_at)
        Job.attempts += 1
    assert len(waits) == 5
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(waits)]
    assert gaps == sorted(gaps) and 2_000 < gaps[-1] < 4_000


def test_a_job_takes_as_many_statements_for_many_as_for_one(world, jobs, bound, tell_people, statements):
    def deliver_to(*people) -> int:
        tell_people(*people)
        ids = list(db.session.scalars(select(Message.id)))
        statements.clear()
        deliver(county_id=world.county.id, ids=ids)
        return len(statements)

    people = list(world.people.values())
    for person in people:
        bound(person)
    assert (deliver_to(people[0]), deliver_to(*people)) == (2, 2)


def test_old_messages_are_removed_at_night(world, jobs, work, tell_people):
    tell_people(world.secretary, at=now().replace(year=2025))
    with jobs.open():
        forget_messages.defer(timestamp=0)
    work()
    assert _states() == {}


def test_a_template_for_something_nobody_is_told_is_refused_at_the_start(settings):
    refuse_unknown_templates(settings)
    templates = parse_templates("leave_decided=tmpl-own,lottery_won=tmpl-own")
    with pytest.raises(BadSettings, match=r"^WECHAT_TEMPLATES: lottery_won: there are leave_decided, "):
        refuse_unknown_templates(replace(settings, wechat_templates=templates))
