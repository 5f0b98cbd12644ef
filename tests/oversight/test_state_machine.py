"""A walk through findings, proposals and recalls of one posting, beside a small model of what should have become of them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
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
from sqlalchemy import delete, func, select, update

from attendance.models import Correction
from identity.people import Candidate
from identity.permissions import Role
from identity.scope import Caller, Holding
from kernel.audit import AuditEntry
from kernel.database import db, transaction
from kernel.errors import Refusal
from kernel.periods import CHINA
from kernel.workdays import is_rest_day
from org.models import Area, Person, Posting
from org.policy import Grade
from oversight.findings import answer_finding, decide_finding, make_finding
from oversight.inspection_models import Finding, Inspection
from oversight.inspections import open_inspection
from oversight.policy import FINDING_MOVES, FindingKind, FindingState, Step
from oversight.proposals import decide_proposal, warn
from oversight.recall_models import Proposal, ProposalState, RecallCase, WrittenWarning
from oversight.recall_policy import RECALL_MOVES, Ground, RecallState
from oversight.recalls import (
    answer_recall,
    carry_out,
    decide_recall,
    name_successor,
    propose_recall,
    urge_recall,
)
from tests.factories import LONG_AGO, World

START = datetime(2026, 4, 20, 9, tzinfo=CHINA)
ONE_DAY = timedelta(days=1)
NUMBERS = st.integers(0, 9)
FOUND, ANSWERED, CONFIRMED, LIFTED = FindingState


@dataclass
class KnownFinding:
    """What the model knows of a finding."""

    state: FindingState
    day: date
    due_on: date


@dataclass
class KnownRecall:
    """What the model knows of a recall."""

    state: RecallState
    due_on: date
    has_answered: bool = False
    last_day: date | None = None


def third_workday_after(day: date) -> date:
    left = 3
    while left:
        day += ONE_DAY
        left -= not is_rest_day(day)
    return day


class LivesOfFindings(RuleBasedStateMachine):
    """Every rule takes one step at the services and the same in the model; the invariants compare them."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world, self.now = world, START
        self.posting = world.postings["secretary"]
        with transaction():
            for table in (RecallCase, WrittenWarning, Proposal, Finding, Inspection, AuditEntry):
                db.session.execute(delete(table))
            db.session.execute(
                delete(Posting).where(
                    Posting.first_day > START.date(), Posting.village_id == world.village.id
                )
            )
            db.session.execute(update(Posting).where(Posting.id == self.posting.id).values(last_day=None))
        self.findings: dict[UUID, KnownFinding] = {}
        self.proposals: dict[UUID, tuple[Step, ProposalState]] = {}
        self.recalls: dict[UUID, KnownRecall] = {}
        self.warnings: list[tuple[UUID, date]] = []
        self.before: dict[UUID, str] = {}

    # -- who acts -------------------------------------------------------------------------------

    @property
    def today(self) -> date:
        return self.now.date()

    def as_(self, who: str, role: Role, area: Area | None = None, unit_id: UUID | None = None) -> Caller:
        person: Person = self.world.people[who]
        holding = Holding(role, area.id if area else None, unit_id)
        return Caller(person.id, person.name, uuid4(), self.now, (holding,))

    @property
    def me(self) -> Caller:
        return self.as_("secretary", Role.FIRST_SECRETARY, self.world.village)

    @property
    def inspector(self) -> Caller:
        return self.as_("inspector", Role.INSPECTOR, self.world.township)

    @property
    def city(self) -> Caller:
        return self.as_("city_org", Role.CITY_ORG, self.world.city)

    @property
    def township(self) -> Caller:
        return self.as_("township_head", Role.TOWNSHIP_HEAD, self.world.township)

    @property
    def group(self) -> Caller:
        return self.as_("county_group", Role.COUNTY_GROUP, self.world.county)

    @property
    def unit(self) -> Caller:
        return self.as_("unit_head", Role.UNIT_HEAD, unit_id=self.world.unit.id)

    def is_posted(self) -> bool:
        ends = [known.last_day for known in self.recalls.values() if known.last_day]
        return not ends or self.today <= ends[0]

    def refuses(self, refusal: str | None, act: Callable[[], Any]) -> Any:
        """Take a step that is refused with this code, or is not refused at all."""
        if refusal is None:
            return act()
        with pytest.raises(Refusal) as refused:
            act()
        assert refused.value.code == refusal
        return None

    # -- findings -------------------------------------------------------------------------------

    @rule(days=st.integers(1, 5))
    def some_days_pass(self, days):
        self.now += days * ONE_DAY

    @precondition(lambda self: self.is_posted() and len(self.findings) < 8)
    @rule()
    def the_inspector_comes(self):
        self._inspect()

    @precondition(lambda self: self.is_posted() and len(self.findings) < 8)
    @rule(decides_at_once=st.booleans())
    def an_absence_is_found_answered_and_confirmed(self, decides_at_once):
        self.now += ONE_DAY
        while is_rest_day(self.today):
            self.now += ONE_DAY
        if not self.is_posted():
            return
        finding_id = self._inspect()
        self._answer(finding_id)
        if decides_at_once:
            self._decide(finding_id, confirms=True)

    def _inspect(self) -> Any:
        self.now += timedelta(minutes=1)
        caller = self.inspector
        inspection, _ = open_inspection(
            caller=caller, client_key=uuid4(), village_id=self.world.village.id, note=""
        )
        made = self.refuses(
            "not_on_duty" if is_rest_day(self.today) else None,
            lambda: make_finding(
                caller=caller,
                inspection_id=inspection.id,
                client_key=uuid4(),
                person_id=self.posting.person_id,
                kind=FindingKind.ABSENT,
                description="点名未到",
            ),
        )
        if made:
            due_on = third_workday_after(self.today)
            assert made[0].answer_due_on == due_on
            self.findings[made[0].id] = KnownFinding(FOUND, self.today, due_on)
        return made and made[0].id

    def pick(self, number: int, known: dict[UUID, Any], wanted: set[Any]) -> tuple[UUID, Any]:
        """Return one where the step makes sense; now and then any."""
        every = list(known.items())
        fitting = [pair for pair in every if getattr(pair[1], "state", None) in wanted]
        chosen = fitting if fitting and number % 4 else every
        return chosen[number % len(chosen)]

    @precondition(lambda self: self.findings)
    @rule(number=NUMBERS)
    def the_person_answers(self, number):
        self._answer(self.pick(number, self.findings, {FOUND})[0])

    def _answer(self, finding_id: UUID) -> None:
        known = self.findings[finding_id]
        refusal = {FOUND: None, ANSWERED: "answered_already"}.get(known.state, "finding_decided")
        self.refuses(
            refusal, lambda: answer_finding(caller=self.me, finding_id=finding_id, text=f"说明{uuid4()}")
        )
        if refusal is None:
            known.state = ANSWERED

    @precondition(lambda self: self.findings)
    @rule(number=NUMBERS, confirms=st.sampled_from([True, True, False]))
    def the_city_decides_on_a_finding(self, number, confirms):
        self._decide(self.pick(number, self.findings, {FOUND, ANSWERED})[0], confirms)

    def _decide(self, finding_id: UUID, confirms: bool) -> None:
        known = self.findings[finding_id]
        refusal = None
        if known.state in (CONFIRMED, LIFTED):
            refusal = "finding_decided"
        elif confirms and known.state is FOUND and self.today <= known.due_on:
            refusal = "answer_period"
        self.refuses(
            refusal,
            lambda: decide_finding(caller=self.city, finding_id=finding_id, confirms=confirms, reason="核实"),
        )
        if refusal is None:
            known.state = CONFIRMED if confirms else LIFTED
            self._learn_proposals()

    def _learn_proposals(self) -> None:
        """Hold the newest proposal, if there is one, against what the confirmed days ask for."""
        with transaction():
            rows = db.session.scalars(select(Proposal).where(Proposal.id.not_in(self.proposals))).all()
        days = {known.day for known in self.findings.values() if known.state is CONFIRMED}
        step = Step.RECALL if len(days) > 1 else Step.NOTICE if days else None
        standing = {step for step, state in self.proposals.values() if state is not ProposalState.DROPPED}
        is_confirmed = any(row.state is CONFIRMED for row in self.findings.values())
        expected = [step] if is_confirmed and step not in standing and self._just_confirmed() else []
        assert [Step(row.step) for row in rows] == expected
        for row in rows:
            self.proposals[row.id] = (Step(row.step), ProposalState.OPEN)

    def _just_confirmed(self) -> bool:
        confirmed = {id_ for id_, known in self.findings.items() if known.state is CONFIRMED}
        return any(self.before.get(id_) != CONFIRMED for id_ in confirmed)

    # -- the ladder -----------------------------------------------------------------------------

    @precondition(lambda self: self.proposals)
    @rule(number=NUMBERS, confirms=st.booleans())
    def the_city_decides_on_a_proposal(self, number, confirms):
        ids = list(self.proposals)
        proposal_id = ids[-1 - number % len(ids)]
        step, state = self.proposals[proposal_id]
        refusal = None if state is ProposalState.OPEN else "proposal_decided"
        self.refuses(
            refusal,
            lambda: decide_proposal(
                caller=self.city,
                proposal_id=proposal_id,
                confirms=confirms,
                reason="属实",
                document_no="10号",
            ),
        )
        if refusal is None:
            state = ProposalState.CONFIRMED if confirms else ProposalState.DROPPED
            self.proposals[proposal_id] = (step, state)
            if confirms and step is Step.NOTICE:
                with transaction():
                    warning_id = db.session.scalar(
                        select(WrittenWarning.id).where(WrittenWarning.proposal_id == proposal_id)
                    )
                self.warnings.append((warning_id, self.today))

    @precondition(lambda self: self.is_posted())
    @rule()
    def the_township_warns(self):
        if len(self.warnings) < 3:
            warning, _ = warn(
                caller=self.township, client_key=uuid4(), person_id=self.posting.person_id, text="请改正"
            )
            self.warnings.append((warning.id, self.today))

    # -- recall ---------------------------------------------------------------------------------

    @precondition(lambda self: self.is_posted())
    @rule(number=NUMBERS, ground=st.sampled_from([Ground.ABSENT_UNCORRECTED, Ground.NEGLIGENT]))
    def the_township_proposes_a_recall(self, number, ground):
        warning = self.warnings[number % len(self.warnings)] if self.warnings else None
        refusal = None
        if ground is Ground.ABSENT_UNCORRECTED and (warning is None or warning[1] >= self.today):
            refusal = "warning_needed"
        elif any(known.state is not RecallState.NOT_UPHELD for known in self.recalls.values()):
            refusal = "recall_running"
        made = self.refuses(
            refusal,
            lambda: propose_recall(
                caller=self.township,
                client_key=uuid4(),
                person_id=self.posting.person_id,
                ground=ground,
                reason="不改正",
                warning_id=warning[0] if warning else None,
                proposal_id=None,
            ),
        )
        if made:
            due_on = third_workday_after(self.today)
            self.recalls[made[0].id] = KnownRecall(RecallState.PROPOSED, due_on)

    @precondition(lambda self: self._running())
    @rule(days=st.integers(0, 4))
    def the_recall_goes_on(self, days):
        """The office whose turn it is takes its step."""
        recall_id = self._running()[0]
        known = self.recalls[recall_id]
        match known.state:
            case RecallState.PROPOSED if not known.has_answered:
                self._answer_recall(recall_id)
            case RecallState.PROPOSED:
                self._decide_recall(recall_id, upholds=True)
            case RecallState.DECIDED:
                self._urge(recall_id)
            case RecallState.URGED:
                self._carry_out(recall_id, days)
            case _:
                self._succeed(recall_id, days)

    def _running(self) -> list[UUID]:
        ended = (RecallState.REPLACED, RecallState.NOT_UPHELD)
        return [id_ for id_, known in self.recalls.items() if known.state not in ended]

    @precondition(lambda self: self.recalls)
    @rule(number=NUMBERS)
    def the_person_answers_the_recall(self, number):
        self._answer_recall(self.pick(number, self.recalls, {RecallState.PROPOSED})[0])

    def _answer_recall(self, recall_id: UUID) -> None:
        known = self.recalls[recall_id]
        refusal = None
        if known.has_answered:
            refusal = "answered_already"
        elif known.state is not RecallState.PROPOSED:
            refusal = "recall_decided"
        self.refuses(
            refusal, lambda: answer_recall(caller=self.me, recall_id=recall_id, text=f"说明{uuid4()}")
        )
        known.has_answered = True if refusal is None else known.has_answered

    @precondition(lambda self: self.recalls)
    @rule(number=NUMBERS, upholds=st.booleans())
    def the_group_decides(self, number, upholds):
        self._decide_recall(self.pick(number, self.recalls, {RecallState.PROPOSED})[0], upholds)

    def _decide_recall(self, recall_id: UUID, upholds: bool) -> None:
        known = self.recalls[recall_id]
        refusal = None
        if known.state is not RecallState.PROPOSED:
            refusal = "recall_moved_on"
        elif not known.has_answered and self.today <= known.due_on:
            refusal = "answer_period"
        self.refuses(
            refusal,
            lambda: decide_recall(caller=self.group, recall_id=recall_id, upholds=upholds, reason="属实"),
        )
        if refusal is None:
            known.state = RecallState.DECIDED if upholds else RecallState.NOT_UPHELD

    @precondition(lambda self: self.recalls)
    @rule(number=NUMBERS)
    def the_city_urges(self, number):
        self._urge(self.pick(number, self.recalls, {RecallState.DECIDED})[0])

    def _urge(self, recall_id: UUID) -> None:
        known = self.recalls[recall_id]
        refusal = None if known.state is RecallState.DECIDED else "recall_moved_on"
        self.refuses(refusal, lambda: urge_recall(caller=self.city, recall_id=recall_id, document_no="11号"))
        known.state = RecallState.URGED if refusal is None else known.state

    @precondition(lambda self: self.recalls)
    @rule(number=NUMBERS, days=st.integers(0, 4))
    def the_unit_recalls(self, number, days):
        self._carry_out(self.pick(number, self.recalls, {RecallState.URGED})[0], days)

    def _carry_out(self, recall_id: UUID, days: int) -> None:
        known = self.recalls[recall_id]
        refusal = None if known.state is RecallState.URGED else "recall_moved_on"
        last_day = self.today + days * ONE_DAY
        self.refuses(refusal, lambda: carry_out(caller=self.unit, recall_id=recall_id, last_day=last_day))
        if refusal is None:
            known.state, known.last_day = RecallState.RECALLED, last_day

    @precondition(lambda self: self.recalls)
    @rule(number=NUMBERS, days=st.integers(0, 6))
    def the_unit_names_a_successor(self, number, days):
        self._succeed(self.pick(number, self.recalls, {RecallState.RECALLED})[0], days)

    def _succeed(self, recall_id: UUID, days: int) -> None:
        known = self.recalls[recall_id]
        first_day = self.today + days * ONE_DAY
        refusal = None
        if known.state is not RecallState.RECALLED:
            refusal = "recall_moved_on"
        elif known.last_day is None or first_day <= known.last_day:
            refusal = "too_early"
        candidate = Candidate(
            "邱接替", f"136{uuid4().int % 10**8:08}", LONG_AGO, LONG_AGO, Grade.SECTION_CHIEF
        )
        self.refuses(
            refusal,
            lambda: name_successor(
                caller=self.unit,
                recall_id=recall_id,
                candidate=replace(
                    candidate, full_member_since=date(2015, 7, 1), working_since=date(2010, 8, 1)
                ),
                first_day=first_day,
            ),
        )
        known.state = RecallState.REPLACED if refusal is None else known.state

    # -- what always holds ----------------------------------------------------------------------

    @invariant()
    def what_is_stored_is_what_the_model_expects(self):
        with transaction():
            findings = dict(db.session.execute(select(Finding.id, Finding.state)).all())
            recalls = dict(db.session.execute(select(RecallCase.id, RecallCase.state)).all())
            proposals = {
                id_: (Step(step), ProposalState(state))
                for id_, step, state in db.session.execute(select(Proposal.id, Proposal.step, Proposal.state))
            }
            last_day = db.session.scalar(select(Posting.last_day).where(Posting.id == self.posting.id))
            warnings = db.session.scalar(select(func.count()).select_from(WrittenWarning))
            corrections = db.session.scalar(select(func.count()).select_from(Correction))
        assert findings == {id_: known.state for id_, known in self.findings.items()}
        assert recalls == {id_: known.state for id_, known in self.recalls.items()}
        assert proposals == self.proposals
        ends = [known.last_day for known in self.recalls.values() if known.last_day]
        assert last_day == (ends[0] if ends else None), "only a recall carried out ends the posting"
        assert warnings == len(self.warnings), "nobody is warned but by a person"
        assert corrections == 0, "an inspection changes no attendance"
        for id_, state in {**findings, **recalls}.items():
            before = self.before.get(id_, state)
            moves = FINDING_MOVES if id_ in findings else RECALL_MOVES
            assert state == before or state in moves[before]
        self.before = {**findings, **recalls}


@pytest.mark.parametrize("walks", [20, pytest.param(150, marks=pytest.mark.slow)])
def test_whatever_people_do_nothing_happens_but_what_somebody_decided(world, walks):
    run_state_machine_as_test(
        lambda: LivesOfFindings(world),
        settings=settings(
            max_examples=walks,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
