"""The demo's leaves: every state is there, everybody has something to do, and the services would have stored the same."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from functools import partial
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest
from apiflask import APIFlask
from sqlalchemy import delete, insert, select

from attendance.absence import presence_for, settle_returns
from attendance.models import Correction
from checkin.models import Checkin, CheckinDoubt
from demo.leaves import Application, Desk
from demo.people import first_day_of_history
from identity.login import cipher
from identity.models import Office
from identity.scope import Caller, Holding
from kernel.clock import today
from kernel.database import db
from kernel.periods import CHINA
from leave.decisions import decide
from leave.models import Decision, Delegation, Leave, StandIn, Verdict
from leave.papers import remind_of_papers
from leave.policy import LeaveKind, LeaveState, Tier
from leave.requests import (
    Draft,
    PhoneConsent,
    extend,
    file_paperwork,
    read_reason,
    request_leave,
    withdraw,
)
from leave.returns import return_to_village
from leave.slips import asked
from leave.stand_ins import Candidate, name_stand_in
from messages.models import Message
from org.models import Person, Posting
from org.settings import resolve


class Account:
    """Somebody signed in with a code of the table."""

    def __init__(self, app: APIFlask, name: str) -> None:
        self._client = app.test_client()
        answer = self._client.post("/api/v1/sessions", json={"code": f"demo-{name}"})
        assert answer.status_code == 200, answer.json
        self._headers = {"Authorization": f"Bearer {answer.json['token']}"}

    def get(self, path: str) -> Any:
        answer = self._client.get(f"/api/v1{path}", headers=self._headers)
        assert answer.status_code == 200, answer.json
        return answer.json

    def post(self, path: str, body: dict[str, Any]) -> Any:
        return self._client.post(f"/api/v1{path}", json=body, headers=self._headers)


def _leaves() -> list[Leave]:
    return list(db.session.scalars(select(Leave)))


def test_leaves_are_in_every_state_and_of_every_kind(installation):
    leaves = _leaves()
    assert {leave.state for leave in leaves} == set(LeaveState)
    returned = {leave.kind for leave in leaves if leave.state == LeaveState.RETURNED}
    assert returned == set(LeaveKind)
    assert {leave.decides for leave in leaves} == set(Tier)
    assert {leave.waits_for for leave in leaves} == {*Tier, None}


def test_history_of_leaves_reaches_back_three_months(installation):
    returned = [leave.first_day for leave in _leaves() if leave.state == LeaveState.RETURNED]
    assert len(returned) > 30
    assert {day.month for day in returned} >= {
        (today().replace(day=1) - timedelta(days=n)).month for n in (1, 40)
    }


def test_special_cases_are_there(installation):
    leaves = _leaves()
    waiting = [leave for leave in leaves if leave.waits_for and leave.needs_stand_in]
    posted = [stand_in.posting_id for stand_in in db.session.scalars(select(StandIn))]
    oral = [leave.papers_due_on < today() for leave in leaves if leave.state == LeaveState.ORAL]
    assert sorted(oral) == [False, True]
    assert any(leave.is_retro and leave.state == LeaveState.RETURNED for leave in leaves)
    assert len(waiting) == 1
    assert len(posted) == 1
    (chained,) = [
        leave
        for leave in leaves
        if leave.extends_id is None and leave.chain_days > leave.counted_days and leave.counted_days == 3
    ]
    assert (chained.decides, chained.chain_days) == (Tier.COUNTY_OFFICE, 6)
    signed = set(db.session.scalars(select(Decision.delegation_id)))
    assert signed == {None, db.session.scalar(select(Delegation.id))}


def test_stand_in_checks_in_while_the_other_is_away(installation):
    posting = db.session.scalars(select(Posting).join(StandIn, StandIn.posting_id == Posting.id)).one()
    leave = db.session.scalars(select(Leave).join(StandIn, StandIn.leave_id == Leave.id)).one()
    counts = {
        person_id: db.session.query(Checkin)
        .filter(Checkin.person_id == person_id, Checkin.day >= leave.first_day)
        .count()
        for person_id in (posting.person_id, leave.person_id)
    }
    assert counts[posting.person_id] > 0
    assert counts[leave.person_id] == 0


def test_nothing_is_decided_before_it_is_asked_nor_after_last_night(installation):
    midnight = datetime.combine(today(), time(), CHINA)
    for leave in _leaves():
        signed = db.session.scalars(select(Decision.signed_at).where(Decision.leave_id == leave.id)).all()
        assert all(leave.submitted_at < at < midnight for at in (*signed, leave.papers_filed_at) if at)
        assert leave.submitted_at < midnight
        assert leave.returned_on is None or leave.returned_on < today()
    for instant in (StandIn.named_at, Message.sent_at, Delegation.made_at):
        assert all(at < midnight for at in db.session.scalars(select(instant)))


@pytest.mark.parametrize(
    "account",
    [
        *("township-head", "township-clerk", "county-office", "county-group"),
        *("township-head-2", "county-office-2", "county-group-2"),
    ],
)
def test_something_waits_for_the_office_of_every_account(installation, account):
    assert Account(installation, account).get("/approvals")["items"]


def test_unit_is_told_to_name_a_stand_in(installation):
    told = Account(installation, "unit-clerk").get("/messages")["items"]
    (leave_id,) = {each["subject_id"] for each in told if each["kind"] == "stand_in_needed"}
    leave = Account(installation, "unit-clerk").get(f"/leaves/{leave_id}")
    assert leave["needs_stand_in"] is True
    assert leave["stand_in"] is None
    assert leave["reason"] is None


def test_overdue_papers_are_listed_to_the_county(installation):
    items = Account(installation, "county-office").get("/leaves?papers_overdue=true")["items"]
    assert [item["state"] for item in items] == ["oral"]


@pytest.mark.parametrize("account", ["first-secretary", "first-secretary-2"])
def test_first_secretary_is_free_to_ask_for_leave(installation, account):
    tomorrow = (today() + timedelta(days=1)).isoformat()
    asked_for = {"kind": "trip", "first_day": tomorrow, "last_day": tomorrow}
    answer = Account(installation, account).post("/leaves/preview", asked_for)
    assert (answer.json["tier"], answer.json["chained_with"]) == ("township", [])


@pytest.mark.parametrize("days", [1, 2])
def test_leave_of_any_length_is_overdue_once_nobody_came_back(days):
    first_day = date(2026, 10, 28)
    last_day = first_day + timedelta(days=days - 1)
    leave = Leave(
        id=uuid4(), county_id=uuid4(), person_id=uuid4(), state=LeaveState.APPROVED, first_day=first_day,
        last_day=last_day, begins_at_noon=False, returned_on=None,
    )  # fmt: skip
    ground = SimpleNamespace(settings=resolve((), ancestors=(), day=first_day), township_id=uuid4())
    application = Application(SimpleNamespace(ground=ground), draft=None, asked=leave)
    cast = SimpleNamespace(
        people=[SimpleNamespace(id=leave.person_id, name="刘福生")], holder=lambda *_: uuid4()
    )
    desk = Desk(cast, [], checked_in={}, entered={}, today=date(2026, 11, 28))
    desk._applications.append(application)
    desk.settle(_at(date(2026, 11, 6), 0, 40))
    assert leave.state is LeaveState.OVERDUE_RETURN
    assert {message.title for message in desk.messages} == {"假期已满未销假"}


# -- the services themselves --------------------------------------------------------------------


class Replay:
    """Everything that happened, done again through the services."""

    def __init__(self) -> None:
        self.acts: list[tuple[datetime, Callable[[datetime], object]]] = []
        self.leaves = {leave.client_key: leave for leave in db.session.scalars(select(Leave))}
        self.keys = {leave.id: leave.client_key for leave in self.leaves.values()}
        self._offices = list(db.session.scalars(select(Office)))
        self._postings = list(db.session.scalars(select(Posting)))
        self._people = {person.id: person for person in db.session.scalars(select(Person))}
        self.stand_ins = list(db.session.scalars(select(StandIn)))
        self.temporary = [stand_in.posting_id for stand_in in self.stand_ins]
        for checkin in _facts(Checkin, but=self.temporary):
            self.acts.append((checkin.received_at, partial(_put_back, _copy(checkin))))
        for entry in _facts(Correction, but=self.temporary):
            self.acts.append((entry.made_at, partial(_put_back, _copy(entry))))
        for leave in self.leaves.values():
            self._note(leave)
        for decision in db.session.scalars(select(Decision)):
            self.acts.append((decision.signed_at, partial(self.decide, decision)))
        for stand_in in self.stand_ins:
            self.acts.append((stand_in.named_at, partial(self.name, stand_in)))
        for day in _days(first_day_of_history(today()), today()):
            self.acts.append((_at(day, 0, 40), lambda at: settle_returns(now=at)))
            if day < today():
                self.acts.append((_at(day, 8, 30), lambda at: remind_of_papers(now=at)))

    def _note(self, leave: Leave) -> None:
        reason = read_reason(leave)
        self.acts.append((leave.submitted_at, partial(self.ask, leave, reason)))
        if leave.papers_filed_at:
            self.acts.append((leave.papers_filed_at, partial(self.file, leave, reason)))
        if leave.state == LeaveState.WITHDRAWN:
            self.acts.append((leave.submitted_at + timedelta(hours=1), partial(self.withdraw, leave)))
        if leave.return_confirmed_by:
            self.acts.append((_at(leave.returned_on, 18), partial(self.come_back, leave)))

    def run(self) -> None:
        _clear(self.temporary)
        for at, act in sorted(self.acts, key=lambda each: each[0]):
            act(at.astimezone(CHINA))
            db.session.commit()
        db.session.expunge_all()

    def caller(self, person_id: UUID, at: datetime) -> Caller:
        held = [
            *(Holding(each.role, each.village_id) for each in self._postings if _runs(each, person_id, at)),
            *(
                Holding(each.role, each.area_id, each.unit_id)
                for each in self._offices
                if _runs(each, person_id, at)
            ),
        ]
        return Caller(person_id, self._people[person_id].name, uuid4(), at, tuple(held))

    def new_id(self, leave: Leave) -> UUID:
        return db.session.scalars(select(Leave.id).where(Leave.client_key == leave.client_key)).one()

    def ask(self, leave: Leave, reason: str, at: datetime) -> None:
        caller = self.caller(leave.person_id, at)
        given = {"caller": caller, "client_key": leave.client_key, "presence": presence_for(caller)}
        consent = None
        if leave.consented_at:
            consented_at = leave.consented_at.astimezone(CHINA)
            consent = PhoneConsent(leave.consented_by, consented_at, leave.consent_channel)
        if leave.extends_id:
            extend(
                leave_id=self.new_id(self.leaves[self.keys[leave.extends_id]]),
                last_day=leave.asked_last_day,
                ends_at_noon=leave.asked_ends_at_noon,
                reason=reason,
                consent=consent,
                **given,
            )
        else:
            draft = Draft(leave.kind, asked(leave), reason, leave.destination, leave.work_goes_to, consent)
            request_leave(draft=draft, **given)

    def file(self, leave: Leave, reason: str, at: datetime) -> None:
        caller = self.caller(leave.person_id, at)
        file_paperwork(
            caller=caller,
            leave_id=self.new_id(leave),
            reason=reason,
            destination=leave.destination,
            work_goes_to=leave.work_goes_to,
            presence=presence_for(caller),
        )

    def withdraw(self, leave: Leave, at: datetime) -> None:
        withdraw(caller=self.caller(leave.person_id, at), leave_id=self.new_id(leave))

    def come_back(self, leave: Leave, at: datetime) -> None:
        return_to_village(
            caller=self.caller(leave.return_confirmed_by, at),
            leave_id=self.new_id(leave),
            back_on=leave.returned_on,
            back_at_noon=leave.returned_at_noon,
        )

    def decide(self, decision: Decision, at: datetime) -> None:
        decide(
            caller=self.caller(decision.signed_by, at),
            leave_id=self.new_id(self.leaves[self.keys[decision.leave_id]]),
            decision=Verdict(decision.decision),
            opinion=decision.opinion,
        )

    def name(self, stand_in: StandIn, at: datetime) -> None:
        person = self._people[stand_in.person_id]
        phone = cipher().decrypt(person.phone_sealed, field="phone", row_id=person.id)
        name_stand_in(
            caller=self.caller(stand_in.named_by, at),
            leave_id=self.new_id(self.leaves[self.keys[stand_in.leave_id]]),
            candidate=Candidate(
                person.name, phone, person.full_member_since, person.working_since, person.grade
            ),
        )


def _facts(fact: type[Any], *, but: list[UUID]) -> list[Any]:
    return list(db.session.scalars(select(fact).where(fact.posting_id.not_in(but))))


def _copy(fact: Any) -> tuple[type[Any], dict[str, Any]]:
    return type(fact), {column.key: getattr(fact, column.key) for column in fact.__table__.columns}


def _put_back(copy: tuple[type[Any], dict[str, Any]], _: datetime) -> None:
    fact, values = copy
    db.session.execute(insert(fact).values(values))


def _clear(temporary_posting_ids: list[UUID]) -> None:
    for fact in (Message, StandIn, Decision, Leave, CheckinDoubt, Checkin, Correction):
        db.session.execute(delete(fact))
    db.session.execute(delete(Posting).where(Posting.id.in_(temporary_posting_ids)))
    db.session.commit()


def _runs(held: Posting | Office, person_id: UUID, at: datetime) -> bool:
    return held.person_id == person_id and held.first_day <= at.date() <= (held.last_day or date.max)


def _at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), CHINA)


def _days(first_day: date, last_day: date) -> list[date]:
    return [first_day + timedelta(days=n) for n in range((last_day - first_day).days + 1)]


def _stored() -> dict[str, Any]:
    """Return what is stored of leaves, each named by the key the phone made."""
    leaves = {leave.id: leave for leave in db.session.scalars(select(Leave))}
    key_of = {leave_id: leave.client_key for leave_id, leave in leaves.items()} | {None: None}
    midnight = _at(today(), 0)
    return {
        "leaves": {
            (leave.client_key, name): value
            for leave in leaves.values()
            for name, value in {
                **_without(leave, "id", "reason_sealed", "extends_id"),
                "reason": read_reason(leave),
                "extends": key_of[leave.extends_id],
            }.items()
        },
        "decisions": {
            (key_of[each.leave_id], each.office): _without(each, "id", "leave_id")
            for each in db.session.scalars(select(Decision))
        },
        "stand_ins": {
            key_of[each.leave_id]: {
                **_without(each, "id", "leave_id", "posting_id"),
                "posting": _without(db.session.get_one(Posting, each.posting_id), "id"),
            }
            for each in db.session.scalars(select(StandIn))
        },
        "messages": {
            (key_of[each.subject_id], each.person_id, each.kind, each.title, each.text, each.sent_at)
            for each in db.session.scalars(select(Message).where(Message.sent_at < midnight))
        },
    }


def _without(row: Any, *names: str) -> dict[str, Any]:
    return {name: value for name, value in _copy(row)[1].items() if name not in names}


def test_rows_are_what_the_services_themselves_would_store(installation):
    before = _stored()
    assert len(before["leaves"]) > 50
    Replay().run()
    after = _stored()
    for name in before:
        assert after[name] == before[name], name
