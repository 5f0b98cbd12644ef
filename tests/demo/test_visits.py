"""The demo's visits: every rank helps, every kind of thing is there, and the service would have stored the same."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from apiflask import APIFlask
from sqlalchemy import delete, select

from demo.families import NOWHERE, checked
from demo.places import key
from demo.visits import ACCURACY_M
from geofence.datum import Point
from identity.login import cipher
from identity.permissions import Role
from identity.scope import Caller, Holding
from kernel.clock import today
from kernel.database import db
from kernel.periods import CHINA, Quarter
from org.models import Area
from pictures.models import Photo, PhotoMark
from pictures.policy import MarkKind
from pictures.service import photo_store
from visits.models import (
    Category,
    Helper,
    Household,
    HouseholdState,
    Pairing,
    Problem,
    ProblemState,
    ProblemStep,
    StepKind,
    Visit,
    VisitCorrection,
)
from visits.policy import Entry, HelperRank, State, Way
from visits.problems import Step, take_step
from visits.service import Report, correct_visit, record_visit


@pytest.fixture
def get(installation: APIFlask) -> Any:
    """Ask as one of the demo's accounts."""

    def ask(account: str, path: str) -> Any:
        client = installation.test_client()
        token = client.post("/api/v1/sessions", json={"code": f"demo-{account}"}).json["token"]
        return client.get(f"/api/v1{path}", headers={"Authorization": f"Bearer {token}"})

    return ask


def _all(kind: type[Any]) -> list[Any]:
    return list(db.session.scalars(select(kind)))


@pytest.mark.usefixtures("installation")
def test_helpers_of_every_rank_have_households():
    assert {helper.rank for helper in _all(Helper)} == set(HelperRank)
    assert {pairing.rank for pairing in _all(Pairing)} == set(HelperRank)


@pytest.mark.usefixtures("installation")
def test_households_are_of_every_category_and_have_come_to_every_state():
    assert {household.category for household in _all(Household)} == set(Category) - {Category.OTHER}
    assert {entry.state for entry in _all(HouseholdState)} == set(State)
    assert any(household.is_away for household in _all(Household))


@pytest.mark.usefixtures("installation")
def test_id_numbers_are_well_formed_and_nobody_s():
    numbers = [
        cipher().decrypt(each.head_id_sealed, field="head_id", row_id=each.id) for each in _all(Household)
    ]
    assert all(number == checked(number[:17]) and number.startswith(NOWHERE) for number in numbers)
    assert len(set(numbers)) == len(numbers)


@pytest.mark.usefixtures("installation")
def test_four_quarters_hold_visits_on_time_late_and_offline():
    visits = _all(Visit)
    assert len({Quarter.of(visit.day) for visit in visits}) >= 3  # the fourth may begin today
    assert {visit.way for visit in visits} == set(Way)
    assert {visit.entry for visit in visits} == set(Entry)
    assert sum((visit.received_at - visit.occurred_at).total_seconds() > 14_400 for visit in visits) > 10
    assert {each.is_withdrawn for each in _all(VisitCorrection)} == {True, False}


@pytest.mark.usefixtures("installation")
def test_problems_are_open_overdue_and_settled():
    problems = _all(Problem)
    assert {problem.state for problem in problems} == set(ProblemState)
    assert any(
        problem.state == ProblemState.OPEN and problem.due_on < today()
        for problem in problems
        if problem.due_on
    )
    assert {step.kind for step in _all(ProblemStep)} == set(StepKind)


@pytest.mark.usefixtures("installation")
def test_photos_have_their_files_and_some_are_doubtful():
    photos = _all(Photo)
    assert len(photos) > 15
    for photo in photos:
        assert photo_store().get(photo.picture_key).startswith(b"\xff\xd8")
        assert len(photo_store().get(photo.thumbnail_key)) < photo.size_bytes
    marks = _all(PhotoMark)
    assert {mark.kind for mark in marks} == {MarkKind.EQUAL, MarkKind.NEAR, MarkKind.OTHER_TIME}
    assert {mark.dismissed_at is None for mark in marks} == {True, False}


@pytest.mark.parametrize("account", ["helper", "first-secretary", "member", "township-head", "member-2"])
def test_every_helper_among_the_accounts_has_households(get, account):
    tally = get(account, f"/visits/due?quarter={Quarter.of(today())}").json["tally"]
    assert tally["households"] == 2


def test_the_township_reads_what_its_villages_have_come_to(get):
    township, quarter = key("area", "360726103000"), Quarter.of(today())
    report = get("township-clerk", f"/visits/quarter?quarter={quarter}&area={township}").json
    assert len(report["items"]) == 3
    assert get("township-clerk-2", f"/visits/quarter?quarter={quarter}&area={township}").status_code == 404


def test_a_household_waits_for_a_helper(get):
    assert get("township-clerk", "/households?without_helper=true").json["items"]


# -- the service itself ---------------------------------------------------------------------------


def _facts(kind: type[Any], *but: str) -> list[Any]:
    columns = [column for column in kind.__table__.columns if column.name not in but]
    return sorted(map(tuple, db.session.execute(select(*columns))), key=repr)


def _stored() -> dict[str, Any]:
    return {
        "visits": _facts(Visit, "id"),
        "corrections": _facts(VisitCorrection, "id", "visit_id", "content_sha256"),
        "problems": _facts(Problem, "id", "visit_id"),
        "steps": _facts(ProblemStep, "id", "problem_id", "content_sha256"),
    }


class Replay:
    """Everything told about visits, told again through the service."""

    def __init__(self) -> None:
        self.villages = {area.id: area for area in _all(Area)}
        self.households = {household.id: household for household in _all(Household)}
        self.visits = {visit.id: visit for visit in _all(Visit)}
        self.problems = {problem.id: problem for problem in _all(Problem)}
        self.steps = sorted(_all(ProblemStep), key=lambda step: step.made_at)
        self.corrections = _all(VisitCorrection)
        self.new_ids: dict[UUID, UUID] = {}

    def run(self) -> None:
        db.session.expunge_all()
        for kind in (PhotoMark, Photo, ProblemStep, Problem, VisitCorrection, Visit):
            db.session.execute(delete(kind))
        db.session.commit()
        found = {problem.visit_id: problem for problem in self.problems.values()}
        for visit in self.visits.values():
            self._record(visit, found.get(visit.id))
        for correction in self.corrections:
            self._correct(correction)
        problem_of = {
            visit_id: id_ for visit_id, id_ in db.session.execute(select(Problem.visit_id, Problem.id))
        }
        for step in self.steps:
            visit_id = self.problems[step.problem_id].visit_id
            self._take(step, problem_of[self.new_ids[visit_id]], self.visits[visit_id])
        db.session.commit()

    def _record(self, visit: Visit, problem: Problem | None) -> None:
        household, stood = self.households[visit.household_id], visit.standing is not None
        report = Report(
            client_key=visit.client_key,
            household_id=visit.household_id,
            occurred_at=visit.occurred_at.astimezone(CHINA),
            way=Way(visit.way),
            note=visit.note,
            content=visit.content,
            problems=((problem.item, problem.description),) if problem else (),
            photos_expected=visit.photos_expected,
            point=Point(household.longitude_deg, household.latitude_deg) if stood else None,
            accuracy_m=ACCURACY_M if stood else None,
        )
        caller = self._caller(Role.HELPER, visit.person_id, visit.received_at, visit)
        again, is_new = record_visit(caller=caller, report=report)
        assert is_new
        self.new_ids[visit.id] = again.id

    def _correct(self, correction: VisitCorrection) -> None:
        visit = self.visits[correction.visit_id]
        is_own = correction.made_by == visit.person_id
        changes: dict[str, Any] = {"note": correction.note} if is_own else {"accepted": True}
        correct_visit(
            caller=self._caller(
                Role.HELPER if is_own else Role.TOWNSHIP_CLERK, correction.made_by, correction.made_at, visit
            ),
            visit_id=self.new_ids[visit.id],
            client_key=correction.client_key,
            reason=correction.reason,
            changes={"withdrawn": True} if correction.is_withdrawn else changes,
        )

    def _take(self, step: ProblemStep, problem_id: UUID, visit: Visit) -> None:
        take_step(
            caller=self._caller(Role.TOWNSHIP_CLERK, step.made_by, step.made_at, visit),
            problem_id=problem_id,
            step=Step(
                client_key=step.client_key, kind=StepKind(step.kind), note=step.note,
                responsible=step.responsible, due_on=step.due_on,
            ),
        )  # fmt: skip

    def _caller(self, role: Role, person_id: UUID, at: datetime, visit: Visit) -> Caller:
        village = self.villages[visit.village_id]
        area_id = village.id if role is Role.HELPER else village.township_id
        return Caller(person_id, "", uuid4(), at.astimezone(CHINA), (Holding(role, area_id),))


@pytest.mark.usefixtures("installation")
def test_rows_are_what_the_service_itself_would_store():
    before = _stored()
    Replay().run()
    after = _stored()
    for name in before:
        assert after[name] == before[name], name
