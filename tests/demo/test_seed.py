"""The demo's people and history: the same each time, and as the program itself would have made them."""

from collections.abc import Iterator
from contextvars import Context
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from apiflask import APIFlask
from flask_migrate import upgrade
from sqlalchemy import delete, func, select, text

from app import commands, create_app
from attendance.models import Correction, Half
from attendance.policy import DayClass
from checkin.models import Checkin, CheckinDoubt
from checkin.policy import Doubt, Outcome
from checkin.service import Attempt, Fix, check_in
from demo.people import ACCOUNTS, first_day_of_history
from demo.seed import seed
from demo.welcome import Welcome, describe
from geofence.datum import Datum
from identity.models import Office
from identity.permissions import Role
from identity.scope import Caller, Holding
from identity.tickets import TimeTicket
from kernel.clock import now, today
from kernel.database import Base, db
from kernel.periods import CHINA, Month
from kernel.settings import Settings
from leave.models import Leave
from leave.policy import LeaveState
from org.models import Area, Person, Posting
from visits.models import Pairing, Problem, ProblemState, Visit
from visits.policy import Entry, HelperRank

CHANGES_EACH_TIME: dict[str, tuple[str, ...] | None] = {
    "audit_entries": None,
    "people": ("phone_sealed",),
    "leaves": ("reason_sealed",),
    "rotations": ("reason_sealed",),
    "findings": ("answer_sealed",),
    "recall_cases": ("answer_sealed",),
    "households": ("head_id_sealed", "head_phone_sealed"),
}
"""Tables and columns that hold random bytes: ids of the audit, nonces of the cipher."""


def _contents() -> dict[str, list[Any]]:
    contents = {}
    for table in Base.metadata.sorted_tables:
        hidden = CHANGES_EACH_TIME.get(table.name, ())
        if hidden is not None:
            columns = [column for column in table.columns if column.name not in hidden]
            contents[table.name] = db.session.execute(select(*columns).order_by(table.c.id)).all()
    return contents


@pytest.fixture(scope="module")
def seeded(settings: Settings, make_database: Any) -> Iterator[list[APIFlask]]:
    """Two installations, seeded one after the other; the tests change only the second."""
    apps = []
    for _ in range(2):
        app = create_app(replace(settings, database_url=make_database()))
        with app.app_context():
            upgrade()
            app.config["POINTS"] = points = []
            seed(now=now(), progress=points.append)
            app.config["CONTENTS"] = _contents()
            db.session.remove()
        apps.append(app)
    yield apps
    for app in apps:
        with app.app_context():
            db.engine.dispose()


@pytest.fixture
def first(seeded: list[APIFlask]) -> Iterator[APIFlask]:
    with seeded[0].app_context():
        yield seeded[0]
        db.session.remove()


@pytest.fixture
def second(seeded: list[APIFlask]) -> Iterator[APIFlask]:
    with seeded[1].app_context():
        yield seeded[1]
        db.session.remove()


def _sign_in(app: APIFlask, account: str) -> dict[str, str]:
    answer = app.test_client().post("/api/v1/sessions", json={"code": f"demo-{account}"})
    assert answer.status_code == 200, (account, answer.json)
    return {"Authorization": f"Bearer {answer.json['token']}"}


def test_same_day_gives_the_same_rows(seeded):
    one, other = (app.config["CONTENTS"] for app in seeded)
    assert one.keys() == other.keys()
    for table in one:
        assert one[table] == other[table], table
    assert one["checkins"]


def test_progress_ends_at_a_hundred_at_most(seeded):
    assert 80 <= sum(seeded[0].config["POINTS"]) <= 100


def test_seeded_database_is_left_alone(first):
    answer = first.test_cli_runner().invoke(commands(), args=["demo", "seed"])
    assert answer.exit_code == 0
    assert "未作改动" in answer.output
    assert _contents() == first.config["CONTENTS"]


def test_production_takes_no_demo_data(first, monkeypatch):
    monkeypatch.setitem(first.config, "ZHUCUN", replace(first.config["ZHUCUN"], app_env="production"))
    answer = Context().run(first.test_cli_runner().invoke, commands(), args=["demo", "seed"])
    assert answer.exit_code == 1
    assert "production" in answer.output


def test_database_with_other_areas_is_refused(app, world):
    answer = app.test_cli_runner().invoke(commands(), args=["demo", "seed"])
    assert answer.exit_code == 1
    assert db.session.scalar(select(func.count()).select_from(Checkin)) == 0


def test_every_account_signs_in_and_every_role_is_held(first):
    for account in ACCOUNTS:
        me = first.test_client().get("/api/v1/me", headers=_sign_in(first, account)).json
        role = account.removesuffix("-2").replace("-", "_")
        assert role in {held["role"] for held in (*me["postings"], *me["offices"])}, account
    held = set(db.session.scalars(select(Office.role))) | set(db.session.scalars(select(Posting.role)))
    assert held == set(Role)


def test_register_has_the_corner_it_promises(first):
    levels = dict(db.session.execute(select(Area.level, func.count()).group_by(Area.level)).all())
    assert levels == {"city": 1, "county": 2, "township": 4, "village": 12}
    assert db.session.scalar(select(func.count()).select_from(Person)) >= 60


def test_names_and_codes_are_those_of_the_statistics_bureau(first, shared_data):
    lines = (shared_data / "divisions" / "ganzhou_divisions_nbs2023.csv").read_text("utf-8-sig").splitlines()
    bureau = {tuple(line.split(",")[:2]) for line in lines}
    assert {(area.code, area.name) for area in db.session.scalars(select(Area))} <= bureau


def test_no_day_lies_outside_its_posting_and_none_is_today(first):
    for fact in (Checkin, Correction):
        rows = db.session.execute(
            select(fact.day, Posting.first_day, Posting.last_day).join(Posting, Posting.id == fact.posting_id)
        ).all()
        assert all(begins <= day <= (ends or date.max) and day < today() for day, begins, ends in rows)
    assert db.session.scalar(select(func.min(Checkin.day))) == first_day_of_history(today())
    midnight = datetime.combine(today(), datetime.min.time(), CHINA)
    assert db.session.scalar(select(func.max(Checkin.received_at))) < midnight
    assert db.session.scalar(select(func.max(Correction.made_at))) < midnight


def test_day_of_a_transfer_belongs_to_the_new_posting(first):
    moved = db.session.execute(
        text(
            "SELECT a.id, b.first_day FROM postings a JOIN postings b"
            " ON a.person_id = b.person_id AND a.last_day = b.first_day AND a.id <> b.id"
        )
    ).all()
    assert len(moved) == 1
    for old_id, first_day in moved:
        last = db.session.scalar(select(func.max(Checkin.day)).where(Checkin.posting_id == old_id))
        assert last < first_day


def test_history_shows_every_kind_of_thing(first):
    assert set(db.session.scalars(select(CheckinDoubt.kind))) == set(Doubt) - {Doubt.UNSIGNED}
    assert set(db.session.scalars(select(Checkin.outcome))) == set(Outcome) - {Outcome.RULE_UNMET}
    late = db.session.execute(select(Checkin.counted, Checkin.ticket_id).where(Checkin.late_upload)).all()
    assert {(counted, ticket is not None) for counted, ticket in late} >= {(True, True), (False, False)}
    entered = set(db.session.scalars(select(Correction.day_class)))
    assert entered >= {DayClass.TRIP, DayClass.MEETING, DayClass.SICK, DayClass.IN_VILLAGE}
    assert Half.MORNING in set(db.session.scalars(select(Correction.half)))


def test_most_people_live_in_the_village_and_some_do_not(first):
    whole_month = Checkin.day < today().replace(day=1)
    month = func.date_trunc("month", Checkin.day)
    days = sorted(
        db.session.scalars(
            select(func.count())
            .select_from(Checkin)
            .join(Posting, Posting.id == Checkin.posting_id)
            .where(Checkin.counted, whole_month, Posting.first_day == first_day_of_history(today()))
            .where(Posting.last_day.is_(None))
            .group_by(Checkin.posting_id, month)
        )
    )
    assert sum(15 <= count <= 27 for count in days) > 0.75 * len(days)
    assert days[0] < 15


def _holding(posting: Posting) -> tuple[Holding, ...]:
    return (Holding(Role(posting.role), posting.village_id),)


def _attempt(row: Checkin) -> Attempt:
    fix = row.sent["fix"]
    if fix is not None:
        given = {
            **fix,
            "datum": Datum(fix["datum"]),
            "captured_at": datetime.fromisoformat(fix["captured_at"]),
        }
        fix = Fix(**given)
    ticket = TimeTicket(row.ticket_id, row.ticket_issued_at.astimezone(CHINA)) if row.ticket_id else None
    return Attempt(client_key=row.client_key, fix=fix, ticket=ticket, sent=row.sent)


def _facts_and_doubts(township: Area) -> tuple[list[Any], set[Any]]:
    columns = [column for column in Checkin.__table__.columns if column.name != "id"]
    in_township = Checkin.village_id.in_(select(Area.id).where(Area.township_id == township.id))
    facts = db.session.execute(select(*columns).where(in_township).order_by(Checkin.client_key)).all()
    doubts = db.session.execute(
        select(Checkin.client_key, CheckinDoubt.kind, CheckinDoubt.found_at)
        .join(CheckinDoubt, CheckinDoubt.checkin_id == Checkin.id)
        .where(in_township)
    )
    return facts, set(doubts.all())


def test_rows_are_what_the_service_itself_would_store(second):
    township = db.session.scalars(select(Area).where(Area.code == "360728100000")).one()
    before = _facts_and_doubts(township)
    rows = db.session.execute(
        select(Checkin, Posting)
        .join(Posting, Posting.id == Checkin.posting_id)
        .where(Posting.village_id.in_(select(Area.id).where(Area.township_id == township.id)))
        .order_by(Checkin.received_at, Checkin.client_key)
    ).all()
    ids = [row.id for row, _ in rows]
    db.session.execute(delete(CheckinDoubt).where(CheckinDoubt.checkin_id.in_(ids)))
    db.session.execute(delete(Checkin).where(Checkin.id.in_(ids)))
    db.session.commit()
    for row, posting in rows:
        received_at = row.received_at.astimezone(CHINA)
        caller = Caller(row.person_id, "", uuid4(), received_at, _holding(posting))
        _, is_new = check_in(caller=caller, attempt=_attempt(row))
        assert is_new
    db.session.commit()
    after = _facts_and_doubts(township)
    assert len(before[1]) > 5
    assert after == before


def _welcome() -> Welcome:
    return describe("http://127.0.0.1:8000")


def test_printed_point_counts_for_today(second):
    place = _welcome().place
    answer = second.test_client().post(
        "/api/v1/checkins",
        headers=_sign_in(second, "first-secretary"),
        json={
            "client_key": str(uuid4()),
            "fix": {
                "latitude_deg": place.latitude_deg,
                "longitude_deg": place.longitude_deg,
                "datum": "wgs84",
                "accuracy_m": 20,
                "captured_at": datetime.now(CHINA).isoformat(),
            },
        },
    )
    assert answer.status_code == 201
    assert (answer.json["verdict"], answer.json["counted"]) == ("inside", True)


def test_unit_clerk_sees_a_paid_list_and_what_the_next_makes_good(first):
    headers, phone = _sign_in(first, "unit-clerk"), first.test_client()
    unit = phone.get("/api/v1/me", headers=headers).json
    (unit_id,) = {each["unit"]["id"] for each in unit["offices"] if each.get("unit")}
    lists = [
        phone.get(f"/api/v1/reports/allowances?month={month}&unit={unit_id}", headers=headers).json
        for month in (Month.of(today()).plus(-2), Month.of(today()).previous)
    ]
    assert [each["state"] for each in lists] == ["paid", "draft"]
    assert all(each["kind"] == "month" for each in lists[0]["living"]) and lists[0]["living"]
    assert [(each["kind_text"], each["amount_fen"]) for each in lists[1]["travel"]] == [("补发", 77_85)]
    (difference,) = [each for each in lists[1]["living"] if each["kind"] != "month"]
    paid = next(each for each in lists[0]["living"] if each["person"] == difference["person"])
    assert (difference["kind_text"], difference["days"], difference["amount_fen"]) == ("补发", 1, 100_00)
    assert (paid["sheet"]["version"], difference["sheet"]["version"]) == (1, 2)


def test_clerk_of_the_other_county_does_not_find_the_township(first):
    welcome = _welcome()
    path = f"/api/v1/attendance/{welcome.month}?township={welcome.township_id}"
    own = first.test_client().get(path, headers=_sign_in(first, "township-clerk"))
    other = first.test_client().get(path, headers=_sign_in(first, "township-clerk-2"))
    assert own.status_code == 200
    assert len(own.json["items"]) >= 7
    assert other.status_code == 404


def test_table_names_every_account_with_a_place(first):
    accounts = _welcome().accounts
    assert [account.code for account in accounts] == [f"demo-{account}" for account in ACCOUNTS]
    assert all(account.place for account in accounts)


@pytest.mark.parametrize("offset_days", [0, 1, 31, 59, 90, 200])
def test_history_can_be_made_on_any_day(app, offset_days):
    seed(now=now() + timedelta(days=offset_days), progress=lambda points: None)
    assert set(db.session.scalars(select(CheckinDoubt.kind))) == set(Doubt) - {Doubt.UNSIGNED}
    assert set(db.session.scalars(select(Leave.state))) == set(LeaveState)
    assert set(db.session.scalars(select(Pairing.rank))) == set(HelperRank)
    assert set(db.session.scalars(select(Visit.entry))) == set(Entry)
    assert set(db.session.scalars(select(Problem.state))) == set(ProblemState)


def test_each_office_finds_the_rotation_that_waits_for_it_and_can_take_it_to_its_end(second):
    def call(account: str, method: str, path: str, **kwargs: Any) -> Any:
        answer = second.test_client().open(
            f"/api/v1{path}", method=method, headers=_sign_in(second, account), **kwargs
        )
        assert answer.status_code == 200, (account, path, answer.text)
        return answer

    def waiting(account: str) -> list[str]:
        return [item["id"] for item in call(account, "GET", "/rotations?waiting=true").json["items"]]

    assert len(waiting("township-head-2")) == len(waiting("county-group")) == 1
    (rotation,) = waiting("city-org")
    body = {"decision": "approved", "opinion": "同意"}
    call("city-org", "POST", f"/rotations/{rotation}/decisions", json=body)
    done = call("city-rural", "POST", f"/rotations/{rotation}/decisions", json=body).json
    assert (done["state"], done["waits_for"]) == ("city_ok", None)
    paper = call("county-group-2", "GET", f"/rotations/{rotation}/handover?format=pdf")
    assert paper.data.startswith(b"%PDF")
