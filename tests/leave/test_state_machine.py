"""A walk through all states of one person's leaves, beside a small model of what should have become of them."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import delete, func, select

from attendance.absence import presence_for, settle_returns
from attendance.policy import by_day
from attendance.service import months_of
from checkin.models import Checkin
from identity.permissions import Role
from identity.scope import Caller, Holding
from kernel.audit import AuditEntry
from kernel.database import db, transaction
from kernel.errors import Refusal
from kernel.periods import CHINA, Month
from kernel.workdays import is_rest_day
from leave.decisions import decide
from leave.models import ConsentChannel, Decision, Leave, Verdict
from leave.policy import MOVES, VOID, LeaveKind, LeaveSpan, LeaveState, Tier
from leave.requests import Draft, PhoneConsent, extend, file_paperwork, request_leave, withdraw
from leave.returns import return_to_village
from tests.factories import World, make_setting
from tests.leave.steps import caller_at, seen_in_village

START = datetime(2026, 4, 20, 9, tzinfo=CHINA)
ONE_DAY = timedelta(days=1)
NUMBERS = st.integers(0, 19)
ORAL, SUBMITTED, APPROVED, REJECTED = (
    LeaveState.ORAL, LeaveState.SUBMITTED, LeaveState.APPROVED, LeaveState.REJECTED,
)  # fmt: skip
RETURNED, OVERDUE, EXTENDED = LeaveState.RETURNED, LeaveState.OVERDUE_RETURN, LeaveState.EXTENDED
UNDECIDED, AWAY = {ORAL, SUBMITTED}, {APPROVED, OVERDUE}


@dataclass
class Known:
    """What the model knows of a leave; ``half_days`` are those it takes, as numbers: twice the day, plus one at noon."""

    state: LeaveState
    half_days: set[int]
    asked_until: int
    waits_for: Tier | None = None
    decides: Tier | None = None
    extends: UUID | None = None
    is_back: bool = False


@dataclass
class Model:
    leaves: dict[UUID, Known] = field(default_factory=dict)

    def taken(self) -> set[int]:
        return {half for known in self.leaves.values() if known.state not in VOID for half in known.half_days}

    def asks_for_more(self, leave_id: UUID) -> bool:
        return any(known.extends == leave_id and known.state in UNDECIDED for known in self.leaves.values())


def halves(span: LeaveSpan) -> set[int]:
    first = span.first_day.toordinal() * 2 + span.begins_at_noon
    return set(range(first, span.last_day.toordinal() * 2 + 2 - span.ends_at_noon))


def span_between(first_half: int, last_half: int) -> LeaveSpan:
    return LeaveSpan(
        date.fromordinal(first_half // 2),
        date.fromordinal(last_half // 2),
        begins_at_noon=bool(first_half % 2),
        ends_at_noon=not last_half % 2,
    )


class LivesOfLeaves(RuleBasedStateMachine):
    """Every rule takes one step at the services and the same in the model; the invariants compare them."""

    def __init__(self, world: World) -> None:
        super().__init__()
        with transaction():
            for table in (Leave, Decision, Checkin, AuditEntry):
                db.session.execute(delete(table))
        self.world, self.now, self.model = world, START, Model()
        self.seen: set[date] = set()
        self.posting = world.postings["secretary"]
        self.person = caller_at(START, self.posting)
        self.before: dict[UUID, tuple[Any, ...]] = {}
        self.recorded: dict[UUID, int] = {}

    @property
    def today(self) -> date:
        return self.now.date()

    @property
    def me(self) -> Caller:
        return replace(self.person, now=self.now)

    def office(self, tier: Tier) -> Caller:
        who, role, area = {
            Tier.TOWNSHIP: ("township_head", Role.TOWNSHIP_HEAD, self.world.township),
            Tier.COUNTY_OFFICE: ("county_office", Role.COUNTY_OFFICE, self.world.county),
            Tier.COUNTY_GROUP: ("county_group", Role.COUNTY_GROUP, self.world.county),
        }[tier]
        person = self.world.people[who]
        return Caller(person.id, person.name, uuid4(), self.now, (Holding(role, area.id),))

    def pick(self, number: int, states: set[LeaveState]) -> tuple[UUID, Known]:
        """Return a leave in one of these states, where the step makes sense; now and then any leave."""
        every = list(self.model.leaves.items())
        fitting = [pair for pair in every if pair[1].state in states and not pair[1].is_back]
        return (fitting if fitting and number % 5 else every)[-1 - number % len(fitting or every)]

    def learn(self, leave: Leave, extends: UUID | None = None) -> None:
        self.model.leaves[leave.id] = Known(
            state=LeaveState(leave.state),
            half_days=halves(leave.span),
            asked_until=max(halves(leave.span)),
            waits_for=leave.waits_for and Tier(leave.waits_for),
            decides=Tier(leave.decides),
            extends=extends,
        )

    # -- steps ----------------------------------------------------------------------------------

    @rule(days=st.integers(1, 5))
    def some_days_pass(self, days):
        self.now += days * ONE_DAY

    @precondition(lambda self: self._some_are(AWAY))
    @rule(days=st.integers(0, 3), number=NUMBERS)
    def the_days_of_a_leave_pass(self, days, number):
        _, known = self.pick(number, AWAY)
        last_day = date.fromordinal(max(known.half_days) // 2)
        self.now += max(last_day - self.today, timedelta(0)) + days * ONE_DAY

    @rule(starts_in=st.integers(0, 20), length=st.integers(1, 16), by_phone=st.booleans())
    def ask(self, starts_in, length, by_phone):
        first = self.today.toordinal() * 2 + starts_in - (6 if by_phone else 0)
        span = span_between(first, first + length - 1)
        consent = PhoneConsent("李书记", self.now, ConsentChannel.PHONE) if by_phone else None
        draft = Draft(LeaveKind.TRIP, span, "事由", "去向", consent=consent)
        if halves(span) & self.model.taken():
            with pytest.raises(Refusal, match="leave_overlaps"):
                self._request(draft)
            return
        leave = self._request(draft)
        assert leave.state == (ORAL if by_phone else SUBMITTED)
        self.learn(leave)

    def _request(self, draft: Draft) -> Leave:
        leave, is_new = request_leave(
            caller=self.me, client_key=uuid4(), draft=draft, presence=presence_for(self.me)
        )
        assert is_new
        return leave

    @precondition(lambda self: self.model.leaves)
    @rule(number=NUMBERS)
    def file_the_papers(self, number):
        leave_id, known = self.pick(number, {ORAL})

        def file():
            return file_paperwork(
                caller=self.me,
                leave_id=leave_id,
                reason="补办",
                destination="去向",
                work_goes_to="",
                presence=presence_for(self.me),
            )

        if known.state is not ORAL:
            with pytest.raises(Refusal, match="papers_not_due"):
                file()
            return
        leave = file()
        known.state = SUBMITTED
        known.waits_for, known.decides = Tier(leave.waits_for), Tier(leave.decides)

    @precondition(lambda self: self._some_are({SUBMITTED}))
    @rule(number=NUMBERS)
    def an_office_agrees(self, number):
        self._speaks(number, agrees=True)

    @precondition(lambda self: self._some_are({SUBMITTED}))
    @rule(number=NUMBERS)
    def the_next_office_agrees(self, number):
        self._speaks(number, agrees=True)

    @precondition(lambda self: self.model.leaves)
    @rule(number=NUMBERS, agrees=st.booleans(), office=st.sampled_from([None, *Tier]))
    def some_office_speaks(self, number, agrees, office):
        self._speaks(number, agrees=agrees, office=office)

    def _some_are(self, states: set[LeaveState]) -> bool:
        return any(known.state in states for known in self.model.leaves.values())

    def _speaks(self, number: int, *, agrees: bool, office: Tier | None = None) -> None:
        leave_id, known = self.pick(number, {SUBMITTED})
        office = office or known.waits_for or Tier.TOWNSHIP
        verdict = Verdict.APPROVED if agrees else Verdict.REJECTED

        def speak():
            return decide(caller=self.office(office), leave_id=leave_id, decision=verdict, opinion="意见")

        if refusal := self._bars(known, office, agrees):
            with pytest.raises(Refusal, match=refusal):
                speak()
            return
        speak()
        if office is not known.decides:
            known.waits_for = known.decides
            return
        known.waits_for = None
        known.state = REJECTED if not agrees else RETURNED if known.is_back else APPROVED
        if agrees and known.extends:
            self.model.leaves[known.extends].state = EXTENDED

    def _bars(self, known: Known, office: Tier, agrees: bool) -> str | None:
        if known.state is ORAL:
            return "papers_missing"
        if known.state is not SUBMITTED:
            return "leave_decided"
        if office is not known.waits_for:
            return "other_office"
        extended = self.model.leaves.get(known.extends) if known.extends else None
        is_over = extended is not None and (extended.state not in AWAY or extended.is_back)
        return "extended_leave_over" if agrees and office is known.decides and is_over else None

    @precondition(lambda self: len(self.model.leaves) > 2)
    @rule(number=NUMBERS)
    def take_it_back(self, number):
        leave_id, known = self.pick(number, UNDECIDED)
        if known.state not in UNDECIDED:
            with pytest.raises(Refusal, match="leave_decided"):
                withdraw(caller=self.me, leave_id=leave_id)
            return
        withdraw(caller=self.me, leave_id=leave_id)
        known.state, known.waits_for = LeaveState.WITHDRAWN, None

    @precondition(lambda self: self._some_are(AWAY))
    @rule(number=NUMBERS, more=st.integers(1, 8))
    def ask_for_more(self, number, more):
        leave_id, known = self.pick(number, AWAY)
        until = known.asked_until + more
        span = span_between(until, until)

        def ask():
            return extend(
                caller=self.me,
                leave_id=leave_id,
                client_key=uuid4(),
                last_day=span.last_day,
                ends_at_noon=span.ends_at_noon,
                reason="续假",
                consent=None,
                presence=presence_for(self.me),
            )[0]

        if known.state not in AWAY or known.is_back:
            refusal = "leave_not_running"
        elif set(range(known.asked_until + 1, until + 1)) & self.model.taken():
            refusal = "leave_overlaps|already_extended"
        else:
            self.learn(ask(), extends=leave_id)
            return
        with pytest.raises(Refusal, match=refusal):
            ask()

    @precondition(lambda self: self._some_are(AWAY | UNDECIDED))
    @rule(number=NUMBERS, days_ago=st.integers(0, 6), at_noon=st.booleans())
    def come_back(self, number, days_ago, at_noon):
        leave_id, known = self.pick(number, AWAY)
        back_on = self.today - days_ago * ONE_DAY
        left = {half for half in known.half_days if half < back_on.toordinal() * 2 + at_noon}

        def come():
            return return_to_village(caller=self.me, leave_id=leave_id, back_on=back_on, back_at_noon=at_noon)

        if known.state in UNDECIDED and not left:
            refusal = "leave_undecided"
        elif known.state not in UNDECIDED | AWAY or known.is_back:
            refusal = "leave_not_running"
        else:
            come()
            known.is_back = True
            if not left:
                known.state = LeaveState.NOT_TAKEN
            else:
                known.half_days = left
                known.state = known.state if known.state in UNDECIDED else RETURNED
            return
        with pytest.raises(Refusal, match=refusal):
            come()

    @rule()
    def check_in(self):
        if self.today not in self.seen:
            self.seen.add(self.today)
            seen_in_village(self.posting, self.today)

    @precondition(lambda self: self._some_are(AWAY))
    @rule()
    def the_night_settles(self):
        settled = settle_returns(now=self.now)
        returned, overdue = [], []
        for leave_id, known in self.model.leaves.items():
            last_day = date.fromordinal(max(known.half_days) // 2)
            if known.state not in AWAY or last_day >= self.today or self.model.asks_for_more(leave_id):
                continue
            if any(day > last_day for day in self.seen):
                returned.append(known)
            elif known.state is APPROVED and self._is_late(known, last_day):
                overdue.append(known)
        for known in returned:
            known.state, known.is_back = RETURNED, True
        for known in overdue:
            known.state = OVERDUE
        assert (settled.returned, settled.overdue) == (len(returned), len(overdue))

    def _is_late(self, known: Known, last_day: date) -> bool:
        workdays = [
            day
            for n in range(1, (self.today - last_day).days)
            if not is_rest_day(day := last_day + n * ONE_DAY)
        ]
        begun_since = any(
            other.state not in VOID
            and min(other.half_days) > min(known.half_days)
            and min(other.half_days) // 2 <= self.today.toordinal()
            for other in self.model.leaves.values()
        )
        return len(workdays) >= 2 and not begun_since

    # -- what always holds ----------------------------------------------------------------------

    @invariant()
    def what_is_stored_is_what_the_model_expects(self):
        leaves, recorded = self._stored()
        assert {leave.id: (leave.state, leave.waits_for) for leave in leaves} == {
            leave_id: (known.state, known.waits_for) for leave_id, known in self.model.leaves.items()
        }
        assert {leave.id: halves(leave.span) for leave in leaves} == {
            leave_id: known.half_days for leave_id, known in self.model.leaves.items()
        }
        for leave in leaves:
            self._has_moved_rightly(leave, recorded[leave.id])
        self._are_apart(leaves)
        self.before = {leave.id: _row(leave) for leave in leaves}
        self.recorded = recorded

    def _stored(self) -> tuple[list[Leave], dict[UUID, int]]:
        with transaction():
            leaves = list(db.session.scalars(select(Leave).execution_options(populate_existing=True)))
            rows = db.session.execute(
                select(AuditEntry.subject_id, func.count()).group_by(AuditEntry.subject_id)
            )
            return leaves, {subject_id: count for subject_id, count in rows}

    def _has_moved_rightly(self, leave: Leave, entries: int) -> None:
        assert (leave.waits_for is not None) == (leave.state == SUBMITTED)
        row, before = _row(leave), self.before.get(leave.id)
        if before is None:
            assert leave.state in UNDECIDED
        elif leave.state != before[0]:
            assert leave.state in MOVES[LeaveState(before[0])]
        assert entries - self.recorded.get(leave.id, 0) == (row != before)

    @staticmethod
    def _are_apart(leaves: list[Leave]) -> None:
        taken = [half for leave in leaves if leave.state not in VOID for half in halves(leave.span)]
        assert len(taken) == len(set(taken))

    @invariant()
    def each_day_of_the_month_has_one_class_and_trips_count_as_assessed_only(self):
        month = Month.of(self.today)
        clerk = replace(self.office(Tier.TOWNSHIP))
        with transaction():
            ((_, row),) = months_of(caller=clerk, month=month, posting_ids=[self.posting.id])
        for half in (row.classes.mornings, row.classes.afternoons):
            assert sum(bits.bit_count() for bits in half.values()) == month.days_count
        assert [day for day, *_ in by_day(row.classes)] == list(month.days())
        present = {day for day in self.seen if Month.of(day) == month}
        trips = {
            half
            for known in self.model.leaves.values()
            if known.state in AWAY | {RETURNED, EXTENDED}
            for half in known.half_days
            if Month.of(day := date.fromordinal(half // 2)) == month and day not in present
        }
        assert row.assessed_days == len(present) + len(trips) / 2
        assert row.paid_days == row.in_village_days == len(present)


def _row(leave: Leave) -> tuple[Any, ...]:
    return (leave.state, leave.waits_for, leave.last_day, leave.ends_at_noon, leave.returned_on)


@pytest.mark.parametrize("walks", [25, pytest.param(150, marks=pytest.mark.slow)])
def test_whatever_people_do_their_leaves_are_in_order(world, walks):
    make_setting(world.county, "leave.stand_in_min_days", 9_999)
    make_setting(world.county, "leave.retro_max_days", 60)
    run_state_machine_as_test(
        lambda: LivesOfLeaves(world),
        settings=settings(
            max_examples=walks,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
