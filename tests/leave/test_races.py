"""Several people at the very same moment: the database lets one win, the others are told so (F4, F5, F6).

The trials of a test share one leave or one person: what a trial did is put back before the next.
"""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, select, update

from kernel.database import db, transaction
from leave.models import Decision, Leave, StandIn
from leave.policy import LeaveState, Tier
from org.models import Person, Posting
from tests.factories import Phone, World, make_leave
from tests.leave.steps import ask, candidate, day, days, delegate, iso

FEW = 30
HANDS = 3


@pytest.fixture(params=[FEW, pytest.param(1_000, marks=pytest.mark.slow)])
def trials(request) -> range:
    """Enough for every day; a thousand in CI."""
    return range(request.param)


@pytest.fixture(scope="module")
def hands():
    """So many people who act at once."""
    with ThreadPoolExecutor(HANDS) as pool:
        yield pool


@pytest.fixture
def at_once(app, hands) -> Callable[..., list[Any]]:
    """Let people act at the same moment: ``at_once(one, other)``; returns what each got."""

    def act(*actions: Callable[[], Any]) -> list[Any]:
        start = Barrier(len(actions))

        def run(action: Callable[[], Any]) -> Any:
            with app.app_context():
                start.wait()
                return action()

        return list(hands.map(run, actions))

    return act


@pytest.fixture
def deputy(world: World) -> Person:
    """A second one who may sign for the township."""
    assert delegate(world.township_head, world.township_clerk).status_code == 201
    return world.township_clerk


def decides(person: Person, *leaves: Leave, decision: str = "approved") -> Callable[[], Any]:
    phone, said = Phone(person), {"decision": decision, "opinion": "意见"}
    if len(leaves) == 1:
        return partial(phone.post, f"/leaves/{leaves[0].id}/decisions", said)
    return partial(
        phone.post, "/approvals/decisions", {**said, "leave_ids": [str(each.id) for each in leaves]}
    )


def put_back(*leaves: Leave) -> None:
    """Let these leaves wait for the township again as if nobody had decided, returned or withdrawn."""
    with transaction():
        for leave in leaves:
            db.session.execute(delete(Decision).where(Decision.leave_id == leave.id))
            db.session.execute(
                update(Leave)
                .where(Leave.id == leave.id)
                .values(
                    state=LeaveState.SUBMITTED,
                    waits_for=leave.decides if len(leave.rule["steps"]) == 1 else Tier.TOWNSHIP,
                    waits_in=leave.waits_in,
                    waits_since=leave.waits_since,
                    last_day=leave.asked_last_day,
                    ends_at_noon=False,
                    returned_on=None,
                )
            )


def found(leave: Leave) -> tuple[str, int]:
    """Return the state of a leave, and how many decisions there are on it."""
    with transaction():
        state = db.session.scalars(select(Leave.state).where(Leave.id == leave.id)).one()
        decisions = db.session.scalars(select(Decision.id).where(Decision.leave_id == leave.id)).all()
    return state, len(decisions)


def codes(answers: list[Any]) -> list[tuple[int, str | None]]:
    return sorted(
        (answer.status_code, answer.json["error"]["code"] if answer.status_code >= 400 else None)
        for answer in answers
    )


ONE_WINS = [(200, None), (409, "leave_decided")]


@pytest.mark.parametrize("other", ["approved", "rejected"])
def test_of_two_officials_at_once_one_decides(world, trials, at_once, deputy, other):
    leave = make_leave(world.postings["secretary"], county=world.county)
    both = decides(world.township_head, leave), decides(deputy, leave, decision=other)
    winners = Counter()
    for _ in trials:
        answers = at_once(*both)
        assert codes(answers) == ONE_WINS
        winner = answers[0].status_code == 200
        assert found(leave) == ("approved" if winner else other, 1)
        winners[winner] += 1
        put_back(leave)
    assert len(winners) == 2, "both should win sometimes, or nothing is proven"


def test_of_approval_and_withdrawal_one_wins(world, trials, at_once):
    leave = make_leave(world.postings["secretary"], county=world.county)
    both = (
        decides(world.township_head, leave),
        partial(Phone(world.secretary).post, f"/leaves/{leave.id}/withdrawal"),
    )
    for _ in trials:
        answers = at_once(*both)
        assert codes(answers) == ONE_WINS
        approved = answers[0].status_code == 200
        assert found(leave) == (("approved", 1) if approved else ("withdrawn", 0))
        put_back(leave)


def test_of_three_overlapping_requests_one_is_taken(world, trials, at_once):
    phone = Phone(world.secretary)
    for _ in trials:
        bodies = days(1, 4), days(2, 4), days(4, 4)
        answers = at_once(*(partial(phone.post, "/leaves", body) for body in bodies))
        assert codes(answers) == [(201, None), (409, "leave_overlaps"), (409, "leave_overlaps")]
        (taken,) = [answer.json["id"] for answer in answers if answer.status_code == 201]
        named = [answer.json["error"]["details"] for answer in answers if answer.status_code == 409]
        assert named == [{"leave_ids": [taken]}] * 2
        take_back_all()


def test_two_times_three_days_asked_for_at_once_do_not_escape_the_county(world, trials, at_once):
    phone = Phone(world.secretary)
    for _ in trials:
        answers = at_once(*(partial(phone.post, "/leaves", days(start, 3)) for start in (1, 4)))
        assert codes(answers) == [(201, None)] * 2
        routed = sorted((answer.json["chain_days"], answer.json["tier"]) for answer in answers)
        assert routed == [(3, "township"), (6, "county_office")]
        take_back_all()


def take_back_all() -> None:
    with transaction():
        db.session.execute(
            update(Leave)
            .where(Leave.state == LeaveState.SUBMITTED)
            .values(state=LeaveState.WITHDRAWN, waits_for=None, waits_in=None, waits_since=None)
        )


def test_nobody_decides_on_somebody_who_is_just_moved_away(world, trials, at_once):
    """Whoever ends the posting sees in the same transaction what was decided before; nothing comes after."""
    posting = world.postings["secretary"]
    leave = make_leave(posting, county=world.county, starts_in_days=5)
    decide, moved_on = decides(world.township_head, leave), day(2)

    def move_away() -> str:
        with transaction():
            db.session.execute(update(Posting).where(Posting.id == posting.id).values(last_day=moved_on))
            return db.session.scalars(select(Leave.state).where(Leave.id == leave.id)).one()

    seen = Counter()
    for _ in trials:
        decided, seen_by_mover = at_once(decide, move_away)
        seen[seen_by_mover] += 1
        if seen_by_mover == "approved":
            assert (decided.status_code, found(leave)) == (200, ("approved", 1))
        else:
            assert codes([decided]) == [(409, "posting_ended")]
            assert found(leave) == ("submitted", 0)
        put_back(leave)
        with transaction():
            db.session.execute(update(Posting).where(Posting.id == posting.id).values(last_day=None))
    assert seen["submitted"], "the move should come first sometimes, or nothing is proven"


# -- fewer trials, for they have no figure to reach ---------------------------------------------


def test_of_two_opinions_at_once_one_is_heard(world, at_once, deputy):
    leave = make_leave(
        world.postings["secretary"],
        county=world.county,
        days=5,
        decides=Tier.COUNTY_OFFICE,
        rule={"day_count": "calendar", "steps": [Tier.TOWNSHIP, Tier.COUNTY_OFFICE]},
    )
    both = decides(world.township_head, leave), decides(deputy, leave, decision="rejected")
    for _ in range(FEW):
        assert codes(at_once(*both)) == [(200, None), (403, "other_office")]
        assert found(leave) == ("submitted", 1)
        put_back(leave)


def test_of_the_same_request_three_times_there_is_one_leave(world, at_once):
    phone = Phone(world.secretary)
    for _ in range(FEW):
        answers = at_once(*[partial(phone.post, "/leaves", days(1, 4))] * 3)
        assert codes(answers) == [(200, None), (200, None), (201, None)]
        assert len({answer.get_data() for answer in answers}) == 1
        take_back_all()


def test_whoever_comes_back_while_it_is_approved_is_back(world, at_once):
    leave = make_leave(world.postings["secretary"], county=world.county, starts_in_days=-1, days=4)
    both = (
        decides(world.township_head, leave),
        partial(
            Phone(world.secretary).post, f"/leaves/{leave.id}/return", {"day": iso(0), "half": "afternoon"}
        ),
    )
    for _ in range(FEW):
        approved, back = at_once(*both)
        assert approved.status_code == 200
        if back.status_code == 200:
            assert found(leave) == ("returned", 1)
        else:
            assert (codes([back]), found(leave)) == ([(409, "leave_not_running")], ("approved", 1))
        put_back(leave)


def test_two_who_decide_on_the_same_leaves_in_another_order_do_not_wait_for_each_other(
    world, at_once, deputy
):
    short = [
        make_leave(world.postings[who], county=world.county)
        for who in ("secretary", "member", "member_of_village_2")
    ]
    long = [
        make_leave(
            world.postings[who],
            county=world.county,
            starts_in_days=20,
            decides=Tier.COUNTY_OFFICE,
            rule={"day_count": "calendar", "steps": [Tier.TOWNSHIP, Tier.COUNTY_OFFICE]},
        )
        for who in ("secretary", "member", "member_of_village_2")
    ]
    both = (
        decides(world.township_head, *short, *long),
        decides(deputy, *long[::-1], *short[::-1], decision="rejected"),
    )
    for _ in range(FEW):
        answers = at_once(*both)
        assert [answer.status_code for answer in answers] == [200, 200]
        heard = [sum(item["code"] is None for item in answer.json["items"]) for answer in answers]
        assert sorted(heard) == [0, 6]
        assert [found(leave)[1] for leave in (*short, *long)] == [1] * 6
        put_back(*short, *long)


def test_a_stand_in_named_with_a_double_tap_is_one_new_person(world, at_once):
    asked = ask(world.secretary, 1, 20)
    phone = Phone(world.unit_clerk)
    for number in range(FEW):
        number = f"138{number:08}"
        name = partial(phone.post, f"/leaves/{asked['id']}/stand-in", candidate(phone=number))
        answers = at_once(name, name)
        assert [answer.status_code for answer in answers] == [201, 201]
        assert answers[0].json["person"] == answers[1].json["person"]


def test_the_stand_in_who_is_posted_is_the_one_who_was_named_last(world, at_once):
    leave = make_leave(
        world.postings["secretary"],
        county=world.county,
        days=20,
        waits_for=Tier.COUNTY_GROUP,
        needs_stand_in=True,
    )
    clerk = Phone(world.unit_clerk)
    first, second = candidate(name="温一", phone="13700000001"), candidate(name="温二", phone="13700000002")
    approve = decides(world.county_group, leave)
    for _ in range(FEW):
        assert clerk.post(f"/leaves/{leave.id}/stand-in", first).status_code == 201
        approved, named = at_once(approve, partial(clerk.post, f"/leaves/{leave.id}/stand-in", second))
        assert approved.status_code == 200
        assert codes([named]) in ([(201, None)], [(409, "leave_decided")])
        assert posted_for(leave) == {second["name"] if named.status_code == 201 else first["name"]}
        put_back(leave)
        with transaction():
            ids = db.session.scalars(delete(StandIn).returning(StandIn.posting_id)).all()
            db.session.execute(delete(Posting).where(Posting.id.in_([id_ for id_ in ids if id_])))


def posted_for(leave: Leave) -> set[str]:
    with transaction():
        return set(
            db.session.scalars(
                select(Person.name)
                .join(Posting, Posting.person_id == Person.id)
                .join(StandIn, StandIn.posting_id == Posting.id)
                .where(StandIn.leave_id == UUID(str(leave.id)))
            )
        )
