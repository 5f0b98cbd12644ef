"""A walk through all states of one post's rotations, beside a small model of what should have become of them."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import count
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

from attendance.changeover import carry_out_changes, decide, end_suddenly
from identity.people import Candidate
from identity.permissions import Role
from identity.scope import Caller, Holding
from kernel.audit import AuditEntry
from kernel.database import db, transaction
from kernel.errors import Refusal
from kernel.periods import CHINA
from kernel.pictures import clean
from org.models import Posting, PostingRole
from org.policy import Grade
from roster.models import Rotation, RotationDecision, Verdict
from roster.policy import MOVES, OVER, Ground, Office, RotationState, offices
from roster.rotations import Request, apply, withdraw
from tests.factories import World, make_person, make_photo, make_posting
from tests.photos_corpus import jpeg, scene

START = datetime(2026, 4, 20, 9, tzinfo=CHINA)
HANDOVER_DAYS = 7
PROOF = clean(jpeg(scene(1, 64, 48)))
_phones = (str(number) for number in count(13_700_000_000))


@dataclass
class Known:
    """What the model knows of a rotation."""

    posting_id: UUID
    asked_last_day: date
    heard: int = 0
    state: RotationState = RotationState.APPLIED
    has_proof: bool = False


class LivesOfAPost(RuleBasedStateMachine):
    """Every rule takes one step at the services and the same in the model; the invariants compare them."""

    def __init__(self, world: World, *, is_city: bool) -> None:
        super().__init__()
        self.world, self.now = world, START
        self.unit = world.unit if is_city else world.unit_2
        self.line = offices(is_city_dispatched=is_city)
        with transaction():
            for table in (RotationDecision, Rotation, AuditEntry):
                db.session.execute(delete(table))
            db.session.execute(delete(Posting).where(Posting.village_id == world.village_2.id))
        post = make_posting(
            world.secretary_of_2,
            world.village_2,
            self.unit,
            role=PostingRole.FIRST_SECRETARY,
            first_day=date(2022, 1, 1),
        )
        self.days: dict[UUID, tuple[date, date | None]] = {post.id: (post.first_day, None)}
        self.rotations: dict[UUID, Known] = {}
        self.before: dict[UUID, RotationState] = {}
        self.recorded: dict[UUID, int] = {}

    # -- who calls ------------------------------------------------------------------------------

    def caller(
        self, who: str, role: Role, *, area_id: UUID | None = None, unit_id: UUID | None = None
    ) -> Caller:
        person = self.world.people[who]
        return Caller(person.id, person.name, uuid4(), self.now, (Holding(role, area_id, unit_id),))

    @property
    def clerk(self) -> Caller:
        return self.caller("unit_clerk", Role.UNIT_CLERK, unit_id=self.unit.id)

    def office(self, office: Office) -> Caller:
        who, role, area = {
            Office.TOWNSHIP: ("township_head", Role.TOWNSHIP_HEAD, self.world.township),
            Office.COUNTY_GROUP: ("county_group", Role.COUNTY_GROUP, self.world.county),
            Office.CITY_ORG: ("city_org", Role.CITY_ORG, self.world.city),
            Office.CITY_RURAL: ("city_rural", Role.CITY_RURAL, self.world.city),
        }[office]
        return self.caller(who, role, area_id=area.id)

    # -- the model --------------------------------------------------------------------------------

    @property
    def today(self) -> date:
        return self.now.date()

    def serving(self) -> list[UUID]:
        """Return the posts held today, the newest first."""
        held = [
            (first_day, post_id)
            for post_id, (first_day, last_day) in self.days.items()
            if first_day <= self.today <= (last_day or date.max)
        ]
        return [post_id for _, post_id in sorted(held, reverse=True)]

    def blocks(self, post_id: UUID) -> bool:
        return any(
            known.posting_id == post_id
            and known.state not in (RotationState.REJECTED, RotationState.WITHDRAWN)
            for known in self.rotations.values()
        )

    def waits_for(self, known: Known) -> Office | None:
        return None if known.state in OVER or known.heard == len(self.line) else self.line[known.heard]

    def latest(self, number: int) -> tuple[UUID, Known]:
        every = list(self.rotations.items())
        waiting = [pair for pair in every if self.waits_for(pair[1])]
        return (waiting if waiting and number % 4 else every)[-1 - number % len(waiting or every)]

    # -- steps ----------------------------------------------------------------------------------

    @rule(days=st.integers(1, 20))
    def some_days_pass(self, days):
        self.now += timedelta(days=days)

    @precondition(lambda self: self.serving())
    @rule(in_days=st.integers(-3, 40), with_proof=st.booleans())
    def the_unit_asks(self, in_days, with_proof):
        post_id = self.serving()[-1]
        last_day = self.today + timedelta(days=in_days)
        asked = Request(
            posting_id=post_id,
            ground=Ground.REASSIGNED,
            reason="单位另有任用",
            last_day=last_day,
            successor=Candidate(
                "邱接任", next(_phones), date(2015, 7, 1), date(2010, 8, 1), Grade.SECTION_CHIEF
            ),
            home_unit=None,
        )
        refusal = "day_past" if in_days < 0 else "rotation_running" if self.blocks(post_id) else None
        if refusal:
            with pytest.raises(Refusal, match=refusal):
                apply(caller=self.clerk, client_key=uuid4(), request=asked)
            return
        rotation, is_new = apply(caller=self.clerk, client_key=uuid4(), request=asked)
        assert is_new
        self.rotations[rotation.id] = Known(post_id, last_day, has_proof=with_proof)
        if with_proof:
            make_photo(rotation, picture=PROOF)

    @precondition(lambda self: self.rotations)
    @rule(number=st.integers(0, 19), agrees=st.sampled_from([True, True, True, True, False]))
    def the_office_whose_turn_it_is_speaks(self, number, agrees):
        rotation_id, known = self.latest(number)
        self._speaks(rotation_id, known, self.waits_for(known) or Office.TOWNSHIP, agrees)

    @precondition(lambda self: self.rotations)
    @rule(number=st.integers(0, 19), office=st.sampled_from(Office))
    def some_office_speaks(self, number, office):
        self._speaks(*self.latest(number), office, True)

    def _speaks(self, rotation_id: UUID, known: Known, office: Office, agrees: bool) -> None:
        verdict = Verdict.APPROVED if agrees else Verdict.REJECTED

        def speak() -> None:
            decide(caller=self.office(office), rotation_id=rotation_id, decision=verdict, opinion="意见")

        if refusal := self._bars(known, office, agrees):
            with pytest.raises(Refusal, match=refusal):
                speak()
            return
        speak()
        if not agrees:
            known.state = RotationState.REJECTED
            return
        known.heard += 1
        known.state = (
            RotationState.TOWNSHIP_OK,
            RotationState.COUNTY_OK,
            RotationState.COUNTY_OK,
            RotationState.CITY_OK,
        )[known.heard - 1]
        if known.heard == len(self.line):
            self._changes(rotation_id, known)

    def _bars(self, known: Known, office: Office, agrees: bool) -> str | None:
        if self.waits_for(known) is None:
            return "rotation_decided"
        if office is not self.waits_for(known):
            return "other_office"
        if agrees and not known.has_proof:
            return "proof_missing"
        is_last = known.heard + 1 == len(self.line)
        return "posting_ended" if agrees and is_last and self._has_ended(known) else None

    def _first_day(self, known: Known) -> date:
        return max(known.asked_last_day - timedelta(days=HANDOVER_DAYS - 1), self.today)

    def _has_ended(self, known: Known) -> bool:
        last_day = self.days[known.posting_id][1]
        return last_day is not None and last_day < self._first_day(known)

    def _changes(self, rotation_id: UUID, known: Known) -> None:
        first_day = self._first_day(known)
        last_day = first_day + timedelta(days=HANDOVER_DAYS - 1)
        self.days[known.posting_id] = (self.days[known.posting_id][0], last_day)
        with transaction():
            rotation = db.session.scalars(
                select(Rotation).where(Rotation.id == rotation_id).execution_options(populate_existing=True)
            ).one()
        assert (rotation.successor_first_day, rotation.last_day) == (first_day, last_day)
        assert rotation.successor_posting_id is not None
        self.days[rotation.successor_posting_id] = (first_day, None)

    @precondition(lambda self: self.rotations)
    @rule(number=st.integers(0, 19))
    def the_unit_takes_it_back(self, number):
        rotation_id, known = self.latest(number)
        if self.waits_for(known) is None:
            with pytest.raises(Refusal, match="rotation_decided"):
                withdraw(caller=self.clerk, rotation_id=rotation_id)
            return
        withdraw(caller=self.clerk, rotation_id=rotation_id)
        known.state = RotationState.WITHDRAWN

    @precondition(lambda self: not self.serving())
    @rule()
    def the_county_posts_somebody(self):
        somebody, role = make_person("邱补任"), PostingRole.FIRST_SECRETARY
        post = make_posting(somebody, self.world.village_2, self.unit, role=role, first_day=self.today)
        self.days[post.id] = (post.first_day, None)

    @precondition(lambda self: self.rotations and self.serving())
    @rule(luck=st.integers(0, 2))
    def somebody_dies(self, luck):
        if luck:
            return
        post_id = self.serving()[0]
        caller = self.caller("county_office", Role.COUNTY_OFFICE, area_id=self.world.county.id)
        case, is_new = end_suddenly(
            caller=caller,
            posting_id=post_id,
            client_key=uuid4(),
            ground=Ground.DEATH,
            last_day=self.today,
            reason="因病去世",
        )
        for known in self.rotations.values():
            if known.posting_id == post_id and self.waits_for(known):
                known.state = RotationState.WITHDRAWN
        self.days[post_id] = (self.days[post_id][0], self.today)
        if is_new:
            self.rotations[case.rotation.id] = Known(
                post_id, self.today, heard=len(self.line), state=RotationState.EFFECTIVE
            )
            self.before[case.rotation.id] = RotationState.EFFECTIVE

    @precondition(lambda self: self.rotations)
    @rule()
    def the_night_tidies_up(self):
        settled = carry_out_changes(now=self.now)
        done = [
            known
            for known in self.rotations.values()
            if known.state in (RotationState.COUNTY_OK, RotationState.CITY_OK)
            and self.waits_for(known) is None
            and (self.days[known.posting_id][1] or date.max) < self.today
        ]
        for known in done:
            known.state = RotationState.EFFECTIVE
        assert settled == len(done)
        assert carry_out_changes(now=self.now) == 0

    # -- what always holds ----------------------------------------------------------------------

    @invariant()
    def what_is_stored_is_what_the_model_expects(self):
        with transaction():
            rows = db.session.scalars(select(Rotation).execution_options(populate_existing=True)).all()
            posts = db.session.execute(
                select(Posting.id, Posting.first_day, Posting.last_day).where(
                    Posting.village_id == self.world.village_2.id
                )
            ).all()
            heard = dict(
                db.session.execute(
                    select(RotationDecision.rotation_id, func.count()).group_by(RotationDecision.rotation_id)
                ).all()
            )
        assert {row.id: (row.state, row.waits_for) for row in rows} == {
            rotation_id: (known.state, self.waits_for(known)) for rotation_id, known in self.rotations.items()
        }
        assert {post_id: (first, last) for post_id, first, last in posts} == self.days, (
            "no date changes but by an approval or a death"
        )
        assert all(count <= len(self.line) for count in heard.values())
        for rotation_id, known in self.rotations.items():
            was = self.before.get(rotation_id)
            assert was is None or was == known.state or known.state in MOVES[was]
        self.before = {rotation_id: known.state for rotation_id, known in self.rotations.items()}


@pytest.mark.parametrize("is_city", [True, False])
@pytest.mark.parametrize("walks", [15, pytest.param(150, marks=pytest.mark.slow)])
def test_whatever_offices_do_a_post_changes_hands_only_as_article_18_has_it(world, walks, is_city):
    world.people["secretary_of_2"] = make_person("邱在任")
    run_state_machine_as_test(
        lambda: LivesOfAPost(world, is_city=is_city),
        settings=settings(
            max_examples=walks,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
