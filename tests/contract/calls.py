"""Which routes there are, and for each one a call that succeeds."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from io import BytesIO
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from apiflask import APIFlask
from flask import current_app
from marshmallow import Schema
from sqlalchemy import delete, func, select, update

from allowances.models import LivingLine, PaymentList, TravelLine, Trip
from attendance.models import Sheet, SheetState, SheetVersion
from attendance.sheet import SheetContent, check_code
from geofence.service import draw_fence
from identity.consent import LOCATION_NOTICE
from identity.permissions import Role
from identity.session import OWN_LOCK, PUBLIC_ENDPOINTS
from kernel.clock import now, today
from kernel.content import ContentCheck
from kernel.database import db, transaction
from kernel.periods import Month
from leave.models import Delegation, Leave
from leave.policy import LeaveState, Tier
from messages.models import Message, MessageKind
from messages.service import Notice, tell
from org.models import ActingLeader, Area, Level, Person, Posting
from org.policy import UnitKind
from org.queries import serves_between
from oversight.duty_models import DutyEvent
from oversight.duty_policy import DutyCode
from oversight.inspection_models import Inspection
from oversight.policy import InspectionLevel
from pictures.policy import MarkKind
from reports.models import JobKind, JobState, ReportJob
from roster import entries, village_kinds
from roster.entries import COUNTY, VILLAGE
from roster.models import Rotation
from roster.policy import Office as Turn
from tests.factories import (
    MIDDLE,
    Phone,
    World,
    add,
    bind_wechat,
    make_area,
    make_duty_event,
    make_helper,
    make_household,
    make_kind,
    make_leave,
    make_office,
    make_pairing,
    make_person,
    make_photo,
    make_posting,
    make_problem,
    make_rotation,
    make_terms,
    make_trip,
    make_unit,
    make_visit,
    square,
    stamp_sheet,
)
from tests.oversight.making import (
    make_finding,
    make_inspection,
    make_mandate,
    make_proposal,
    make_roll_call,
    make_warning,
    no_recall,
    only_recall,
    posting_in,
    work_today,
)
from tests.photos_corpus import jpeg, scene
from visits import entries as household_entries
from visits.helper_entries import HELPER_COLUMNS
from visits.models import Household, Problem

API = "/api/v1"


@transaction()
def widen(world: World) -> World:
    """Add a second city with one village, and people of it."""
    city = make_area("另一市", Level.CITY, code="360800000000")
    county = make_area("丙县", Level.COUNTY, code="360899000000", within=city)
    township = make_area("丙一乡", Level.TOWNSHIP, code="360899100000", within=county)
    village = make_area("坪上村", Level.VILLAGE, code="360899100200", within=township)
    unit = make_unit("丙县农业农村局", UnitKind.COUNTY_ORGAN)
    middle = MIDDLE.moved(east_m=40_000)
    drawing = square(middle.longitude_deg, middle.latitude_deg)
    draw_fence(village=village, drawing=drawing, source="试验", by=None, now=now())
    world.people |= {"secretary_c": make_person("温水生"), "township_clerk_c": make_person("温丁")}
    db.session.flush()
    make_posting(world.secretary_c, village, unit)
    make_office(world.township_clerk_c, Role.TOWNSHIP_CLERK, area=township)
    world.city_c, world.county_c, world.township_c, world.village_c = city, county, township, village
    world.unit_c = unit
    return world


# -- routes -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Route:
    """One method at one address."""

    method: str
    rule: str
    endpoint: str
    permission: Any
    body: Schema | None

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def path(self) -> str:
        """Return the address as it stands in the tables: /villages/{village_id}/fence."""
        path = self.rule.removeprefix(API).replace("<", "{").replace(">", "}")
        for converter in ("uuid:", "string:", "path:", "int:"):
            path = path.replace(converter, "")
        return path


def routes(app: APIFlask, *, public: bool = False) -> list[Route]:
    """Return every route that wants a session; with ``public`` every route of the interface."""
    found = []
    for rule in app.url_map.iter_rules():
        is_open = rule.endpoint in PUBLIC_ENDPOINTS | OWN_LOCK
        if is_open and not (public and rule.rule.startswith(API)):
            continue
        view = app.view_functions[rule.endpoint]
        declared = getattr(view, "_spec", {})
        is_json = declared.get("content_type") == "application/json"
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
            found.append(
                Route(
                    method,
                    rule.rule,
                    rule.endpoint,
                    getattr(view, "permission", None),
                    declared["body"] if is_json else None,
                )
            )
    return sorted(found, key=lambda route: (route.path, route.method))


# -- a call of each route that succeeds ---------------------------------------------------------


@dataclass(frozen=True)
class Call:
    """Who may call a route, and with what. ``who`` None: nobody is signed in."""

    who: str | None
    path: Callable[[World], dict[str, Any]] = lambda world: {}
    query: Callable[[World], dict[str, Any]] = lambda world: {}
    body: Callable[[World], Any] = lambda world: None
    form: Callable[[World], dict[str, Any]] | None = None
    prepare: Callable[[World], Any] = lambda world: None
    consents: bool = True


def _checkin(world: World) -> dict[str, Any]:
    return {"client_key": str(uuid4()), "fix": {**MIDDLE.fix(), "altitude_m": 120.5, "speed_m_s": 0}}


def correction_of(person_id: UUID) -> dict[str, Any]:
    return {
        "client_key": str(uuid4()),
        "person_id": str(person_id),
        "day": (today() - timedelta(days=3)).isoformat(),
        "half": "whole",
        "day_class": "meeting",
        "reason": "参加县里的会",
    }


def binding_ticket(openid: str) -> str:
    """Return the ticket that somebody gets whose WeChat is not bound yet."""
    answer = current_app.test_client().post(f"{API}/sessions", json={"code": openid})
    assert answer.status_code == 403, answer.json
    return answer.json["error"]["details"]["binding_ticket"]


def tell_secretary(world: World) -> None:
    """Let there be something in the first secretary's inbox."""
    notice = Notice(
        person_id=world.secretary.id,
        kind=MessageKind.LEAVE_DECIDED,
        county_id=world.county.id,
        subject_id=uuid4(),
        title="请假已批准",
        text="11月23日至25日",
        occasion="",
    )
    tell([notice], now=now())


def _all_messages(world: World) -> dict[str, Any]:
    """Every message there is, and one that there is not."""
    return {"ids": [str(uuid4()), *map(str, db.session.scalars(select(Message.id)))]}


def fence_drawing() -> dict[str, Any]:
    drawing = square(MIDDLE.longitude_deg, MIDDLE.latitude_deg)
    return {"drawing": drawing, "source": "县自然资源局 2026-05"}


def _roster(world: World) -> dict[str, Any]:
    """One new member for the first village."""
    row = {
        entries.NAME: "邱水莲",
        entries.PHONE: "13600000001",
        entries.ROLE: "队员",
        entries.COUNTY: "甲县",
        entries.TOWNSHIP: "甲一乡",
        entries.VILLAGE: "塅垇村",
        entries.UNIT: "市统计局",
        entries.FIRST_DAY: "2026-01-01",
    }
    columns = [column.name for column in entries.ROSTER_COLUMNS]
    lines = [",".join(columns), ",".join(row.get(name, "") for name in columns)]
    return {"file": (BytesIO("\r\n".join(lines).encode()), "roster.csv"), "dry_run": "false"}


def posting_of(village_id: UUID, world: World) -> dict[str, Any]:
    """Post somebody new as a member."""
    return {
        **stand_in(),
        "village_id": str(village_id),
        "unit_id": str(world.unit.id),
        "role": "member",
        "first_day": today().isoformat(),
    }


_unled = count(400, 3)
"""Days from now on which nobody leads yet."""


def leader_of(village_id: UUID) -> dict[str, Any]:
    """Let somebody who is posted there lead for a day on which nobody leads yet."""
    first_day = today() + timedelta(days=next(_unled))
    posted = (
        select(Posting.person_id)
        .where(Posting.village_id == village_id, serves_between(first_day, first_day))
        .limit(1)
    )
    day = first_day.isoformat()
    return {
        "client_key": str(uuid4()),
        "person_id": str(db.session.scalar(posted) or uuid4()),
        "first_day": day,
        "last_day": day,
        "reason": "第一书记住院",
    }


def appoint_somebody(village: Area) -> ActingLeader:
    """An acting leader of a village for two days to come."""
    first_day = today() + timedelta(days=next(_unled))
    by = db.session.scalars(select(Person.id)).first()
    return add(
        ActingLeader(
            county_id=village.county_id,
            id=uuid4(),
            client_key=uuid4(),
            content_sha256=b"",
            village_id=village.id,
            person_id=by,
            first_day=first_day,
            last_day=first_day + timedelta(days=1),
            reason="第一书记住院",
            made_by=by,
            made_at=now(),
        )
    )


def rotation_of(posting_id: UUID) -> dict[str, Any]:
    """Ask for somebody to be changed for another."""
    return {
        "client_key": str(uuid4()),
        "posting_id": str(posting_id),
        "ground": "reassigned",
        "reason": "单位另有任用",
        "last_day": (today() + timedelta(days=30)).isoformat(),
        "successor": stand_in(),
    }


def rotation_preview_of(posting_id: UUID) -> dict[str, Any]:
    """Ask what would become of a change; nothing is said of who comes but what Article 6 asks."""
    asked = rotation_of(posting_id)
    who = {name: asked["successor"][name] for name in ("full_member_since", "working_since", "grade")}
    return {name: asked[name] for name in ("posting_id", "ground", "last_day")} | who


def forget_rotations(posting: Posting) -> None:
    """Let nothing have been asked for of a posting."""
    with transaction():
        db.session.execute(delete(Rotation).where(Rotation.posting_id == posting.id))


def _rotation(who: str = "secretary") -> Callable[[World], dict[str, Any]]:
    """Return a path with a new rotation of somebody's."""

    def path(world: World) -> dict[str, Any]:
        forget_rotations(world.postings[who])
        return {"rotation_id": make_rotation(world.postings[who]).id}

    return path


def _somebody_posted(world: World) -> dict[str, Any]:
    """Somebody else, so that the people of the world keep their posts."""
    posting = make_posting(make_person("温临时"), world.village_2, world.unit)
    return {"posting_id": posting.id}


def _kinds(world: World) -> dict[str, Any]:
    """The kinds of the first village."""
    row = {
        COUNTY: "甲县",
        VILLAGE: "塅垇村",
        village_kinds.KINDS: "脱贫村、红色名村",
        village_kinds.SINCE: "2026-01-01",
    }
    columns = [column.name for column in village_kinds.KIND_COLUMNS]
    lines = [",".join(columns), ",".join(row.get(name, "") for name in columns)]
    file = (BytesIO("\r\n".join(lines).encode()), "kinds.csv")
    return {"file": file, "document_no": "甲驻村办〔2026〕3号", "dry_run": "false"}


_later = count(60, 3)
"""Days from now on which nobody has asked for leave yet."""


def leave_request(*, starts_in_days: int = 1, days: int = 2) -> dict[str, Any]:
    first_day = today() + timedelta(days=starts_in_days)
    return {
        "kind": "trip",
        "first_day": first_day.isoformat(),
        "last_day": (first_day + timedelta(days=days - 1)).isoformat(),
        "reason": "到市里跑项目资金",
        "destination": "赣州市",
    }


def only_leave(posting: Posting, **state: Any) -> Leave:
    """Make a leave for the call; what the person had asked for before is withdrawn, so that it fits."""
    with transaction():
        db.session.execute(
            update(Leave)
            .where(Leave.posting_id == posting.id)
            .values(state=LeaveState.WITHDRAWN, waits_for=None, waits_in=None)
        )
    village = db.session.get_one(Area, posting.village_id)
    return make_leave(posting, county=db.session.get_one(Area, village.county_id), **state)


def _leave_of(who: str, **state: Any) -> Callable[[World], dict[str, Any]]:
    """Return a path with a leave of somebody's."""
    return lambda world: {"leave_id": only_leave(world.postings[who], **state).id}


def _leave_for_each_office(world: World) -> None:
    """Let something wait for township, county office and leading group."""
    for who, office in zip(("secretary", "member", "member_of_village_2"), Tier, strict=True):
        only_leave(world.postings[who], waits_for=office)


def _all_kinds_for_each_office(world: World) -> None:
    """Let each office have something of every kind before it that it decides on."""
    _leave_for_each_office(world)
    for who, office in zip(("secretary", "member", "member_of_village_2", "secretary_b"), Turn, strict=True):
        forget_rotations(world.postings[who])
        make_rotation(world.postings[who], waits_for=office)
    for level in InspectionLevel:
        inspection = make_inspection(world.village, world.inspector, level=level)
        make_proposal(make_finding(inspection, world.postings["secretary"], state="answered"))
    for who, state in (("secretary", "decided"), ("member", "decided"), ("member_of_village_2", "proposed")):
        only_recall(world.postings[who], state=state)


def extension_of(days: int = 4) -> dict[str, Any]:
    return {
        "client_key": str(uuid4()),
        "last_day": (today() + timedelta(days=days)).isoformat(),
        "reason": "项目还要跑两天",
    }


def stand_in() -> dict[str, Any]:
    return {
        "name": "邱接替",
        "phone": f"136{uuid4().int % 10**8:08}",
        "full_member_since": "2015-07-01",
        "working_since": "2010-08-01",
        "grade": "section_chief",
    }


def delegation_to(deputy_id: UUID) -> dict[str, Any]:
    return {
        "deputy_id": str(deputy_id),
        "first_day": today().isoformat(),
        "last_day": (today() + timedelta(days=10)).isoformat(),
        "document_no": "甲一乡委〔2026〕8号",
    }


LAST_MONTH = Month.of(date.today()).previous


def of_last_month(world: World) -> dict[str, Any]:
    return {"village_id": world.village.id, "month": str(LAST_MONTH)}


def put_sheet(village: Area, state: SheetState) -> None:
    """Let the village's sheet of last month stand where a call needs it; a stamped one has nobody on it."""
    is_stamped = state in (SheetState.STAMPED, SheetState.AMENDED)
    sheet = db.session.scalars(
        select(Sheet).where(Sheet.village_id == village.id, Sheet.month == LAST_MONTH.first_day)
    ).one_or_none()
    if sheet is None:
        sheet = Sheet(
            county_id=village.county_id, id=uuid4(), village_id=village.id, month=LAST_MONTH.first_day
        )
    with transaction(), db.session.no_autoflush:
        sheet.state = state
        newest = db.session.scalars(
            select(func.max(SheetVersion.number)).where(SheetVersion.sheet_id == sheet.id)
        ).one()
        sheet.version = (newest or 1) if is_stamped else 0
        db.session.add(sheet)
        if is_stamped and newest is None:
            db.session.add(_empty_version(sheet, village))
        elif not is_stamped and newest is not None:
            db.session.execute(delete(SheetVersion).where(SheetVersion.sheet_id == sheet.id))


def _empty_version(sheet: Sheet, village: Area) -> SheetVersion:
    content = SheetContent(LAST_MONTH, "甲县", "甲一乡", village.id, village.name, now().isoformat(), ())
    return SheetVersion(
        county_id=sheet.county_id,
        id=uuid4(),
        sheet_id=sheet.id,
        number=1,
        content=content.document(),
        sha256=content.sha256(),
        check_code=check_code(content.sha256()),
        marks={},
        closed_at=now(),
        stamped_by=db.session.scalars(select(Person.id)).first(),
        stamped_at=now(),
    )


def report_order(place: Any) -> dict[str, Any]:
    """Ask for last month's report of an area or a unit."""
    name = "unit" if getattr(place, "level", "unit") == "unit" else "area"
    return {"kind": "residency", "month": str(LAST_MONTH), "format": "csv", name: str(place.id)}


def make_report_job(person: Person, place: Any) -> ReportJob:
    """A report that somebody has asked for and that is made."""
    params = {"area": None, "unit": None, "verify_url": "", **report_order(place)}
    kind = JobKind(params.pop("kind"))
    return _made_job(person, getattr(place, "county_id", None) or UUID(int=0), kind, params)


def make_evidence_job(person: Person, inspection: Inspection) -> ReportJob:
    """The evidence of an inspection that somebody has asked for and that is made."""
    params = {"inspection": str(inspection.id)}
    return _made_job(person, inspection.county_id, JobKind.EVIDENCE, params)


def _made_job(person: Person, county_id: UUID, kind: JobKind, params: dict[str, Any]) -> ReportJob:
    return add(
        ReportJob(
            county_id=county_id,
            id=uuid4(),
            kind=kind,
            params=params,
            asked_by=person.id,
            state=JobState.DONE,
            percent=100,
            file=b"x",
            file_name="x.csv",
            mimetype="text/csv",
            created_at=now(),
            finished_at=now(),
            expires_at=now() + timedelta(days=1),
        )
    )


def _report_job(world: World) -> dict[str, Any]:
    return {"job_id": make_report_job(world.township_clerk, world.township).id}


PAID_MONTH = LAST_MONTH.previous


def to_be_paid(world: World) -> dict[str, Any]:
    """Let a stamped sheet, a round trip and its terms be there to be paid, and one village be missing."""
    stamp_sheet(world.village, PAID_MONTH, {"secretary": [3, 4, 5]}, world=world)
    if db.session.scalars(select(Trip.id)).first() is None:
        make_terms(world.village, world.unit, by=world.county_office)
        for way in ("out", "back"):
            make_trip(world.postings["secretary"], PAID_MONTH.first_day, way)
    return {"month": str(PAID_MONTH), "unit": world.unit.id}


def list_order(unit_id: UUID, world: World) -> dict[str, Any]:
    """Ask for a list that is not there yet."""
    to_be_paid(world)
    with transaction():
        for kind in (PaymentList, LivingLine, TravelLine):
            db.session.execute(delete(kind).where(kind.unit_id == unit_id))
    return {"month": str(PAID_MONTH), "unit_id": str(unit_id)}


def make_payment_list(unit: Any, by: Person) -> PaymentList:
    """A list of the unit that waits to be paid."""
    with transaction():
        db.session.execute(delete(PaymentList).where(PaymentList.unit_id == unit.id))
    return add(
        PaymentList(
            county_id=UUID(int=0),
            unit_id=unit.id,
            month=PAID_MONTH.first_day,
            missing=[],
            prepared_by=by.id,
            prepared_at=now(),
        )
    )


_ways = count()


def trip_entry() -> dict[str, Any]:
    """A way that nobody has driven yet."""
    number = next(_ways)
    day = today() - timedelta(days=number // 2 % 30)
    return {"client_key": str(uuid4()), "day": day.isoformat(), "way": ("out", "back")[number % 2]}


_trip_days = count()


def new_trip(posting: Posting) -> Trip:
    """A trip on a day of its own."""
    return make_trip(posting, LAST_MONTH.first_day + timedelta(days=next(_trip_days)))


def terms_for(village_id: UUID, world: World) -> dict[str, Any]:
    return {
        "village_id": str(village_id),
        "unit_id": str(world.unit.id),
        "first_day": today().isoformat(),
        "km_one_way": 86.5,
        "has_car_reform": True,
        "is_self_driven": True,
        "is_central_city": False,
        "is_subsidised": False,
        "document_no": "甲驻村办〔2026〕5号",
    }


def make_delegation(world: World, *, office: str = "township", area: Any = None) -> Delegation:
    return add(
        Delegation(
            county_id=(area or world.township).county_id,
            id=uuid4(),
            office=office,
            area_id=(area or world.township).id,
            deputy_id=world.township_clerk.id,
            first_day=today(),
            last_day=today(),
            document_no="甲一乡委〔2026〕8号",
            delegated_by=world.township_head.id,
            made_at=now(),
        )
    )


def household_of(world: World) -> Household:
    """Return a household that the members of the village and the helper see."""
    household = make_household(world.village)
    make_pairing(household, world.helper)
    return household


def _households(world: World) -> dict[str, Any]:
    """One new household for the first village."""
    names = household_entries
    row = {
        names.CODE: "A-001",
        names.HEAD: "邱水生",
        names.TOWNSHIP: "甲一乡",
        names.VILLAGE: "杨梅村",
        names.CATEGORY: "边缘易致贫户",
        names.RISK_KINDS: "因病",
        names.RISK_LEVEL: "3",
        names.MEMBERS: "4",
        names.IDENTIFIED: "2026-03-01",
    }
    columns = [column.name for column in names.HOUSEHOLD_COLUMNS]
    lines = [",".join(columns), ",".join(row.get(name, "") for name in columns)]
    return {"file": (BytesIO("\r\n".join(lines).encode()), "households.csv"), "dry_run": "false"}


def helpers_file(township_id: UUID) -> dict[str, Any]:
    """One more helper for the township."""
    make_person("罗结对", phone := f"137{uuid4().int % 10**8:08}")
    columns = [column.name for column in HELPER_COLUMNS]
    lines = [",".join(columns), f"罗结对,{phone},后备干部,1,,"]
    file = (BytesIO("\r\n".join(lines).encode()), "helpers.csv")
    return {"file": file, "township_id": str(township_id), "dry_run": "false"}


def _helpers(world: World) -> dict[str, Any]:
    return helpers_file(world.township.id)


def confirmation_of(household_id: UUID, world: World) -> dict[str, Any]:
    """Pair a household with somebody who is free."""
    person = make_person("罗结对")
    make_helper(person, world.township)
    return {
        "township_id": str(world.township.id),
        "day": today().isoformat(),
        "lines": [{"household_id": str(household_id), "person_id": str(person.id)}],
    }


def helper_entry(person_id: UUID, world: World) -> dict[str, Any]:
    return {
        "township_id": str(world.township.id),
        "person_id": str(person_id),
        "rank": 3,
        "first_day": today().isoformat(),
    }


def visit_to(household_id: UUID) -> dict[str, Any]:
    return {
        "client_key": str(uuid4()),
        "household_id": str(household_id),
        "occurred_at": now().isoformat(),
        "way": "at_home",
        "note": "一家平安",
        "content": {"checklist": {"water": "problem"}, "needs": "想学养蜂"},
        "problems": [{"item": "water", "description": "水管破裂"}],
        "photos_expected": 2,
    }


def _of_visit(world: World) -> dict[str, Any]:
    return {"visit_id": make_visit(household_of(world), world.township_clerk).id}


def problem_of(world: World) -> Problem:
    return make_problem(make_visit(household_of(world), world.helper))


def _beside(make: Callable[[World], Any]) -> Callable[[World], dict[str, Any]]:
    """Return an empty query, once there is something to be listed."""
    return lambda world: make(world) and {}


def _heard(world: World) -> dict[str, Any]:
    """An empty query, once the county and the city have been told something."""
    for person in (world.secretary, world.city_org):
        said = Phone(person).post("/feedback", {"client_key": str(uuid4()), "text": "字再大一点就好了"})
        assert said.status_code == 201
    return {}


def photo_form() -> dict[str, Any]:
    return {"client_key": str(uuid4()), "photo": (BytesIO(jpeg(scene(1, 64, 48))), "photo.jpg")}


def _of_photographed_visit(world: World) -> dict[str, Any]:
    visit = make_visit(household_of(world), world.helper)
    make_photo(visit, mark=MarkKind.NEAR)
    return {"visit_id": visit.id}


def _of_risky_visit(world: World) -> dict[str, Any]:
    visit = make_visit(household_of(world), world.helper, content_check=ContentCheck.RISKY)
    return {"visit_id": visit.id}


def _of_proved_leave(world: World) -> dict[str, Any]:
    leave = only_leave(world.postings["secretary"])
    make_photo(leave)
    return {"leave_id": leave.id}


def _photo_of_visit(world: World, **more: Any) -> dict[str, Any]:
    """Return a path with a marked photo of the helper's visit."""
    visit = make_visit(household_of(world), world.helper)
    return {"photo_id": make_photo(visit, mark=MarkKind.NEAR).id, **more}


def _quarter(world: World) -> dict[str, Any]:
    household_of(world)
    return {"quarter": "2026Q3", "area": world.village.id}


def _visits_of_township(world: World) -> dict[str, Any]:
    return {**_quarter(world), "area": world.township.id}


def _quarter_of_mine(world: World) -> dict[str, Any]:
    household_of(world)
    return {"quarter": "2026Q3"}


def training_of(person: Person, village: Area) -> DutyEvent:
    """A training that somebody took part in today, with a photo."""
    event = make_duty_event(DutyCode.COUNTY_TRAINING, person=person, village=village, by=person)
    make_photo(event)
    return event


def _training(world: World) -> dict[str, Any]:
    return {"event_id": training_of(world.secretary, world.village).id}


def _duties_of_village(world: World) -> dict[str, Any]:
    training_of(world.secretary, world.village)
    about = {"village": world.village, "by": world.unit_clerk}
    make_duty_event(DutyCode.UNIT_HEAD_VISIT, unit=world.unit, **about)
    make_duty_event(DutyCode.TEAM_FUND, unit=world.unit, **about)
    return {"area": world.village.id}


def duty_told(target: Any, world: World) -> dict[str, Any]:
    """Tell of a meeting of a county, of a head's visit to a village, or of a unit's report."""
    about: dict[str, Any] = {
        "village": {"duty": "unit_head_visit", "unit": str(world.unit.id), "area": str(target.id)},
        "unit": {"duty": "unit_head_report", "unit": str(target.id)},
    }.get(getattr(target, "level", "unit"), {"duty": "county_meeting", "area": str(target.id)})
    return {"client_key": str(uuid4()), "day": today().isoformat(), "note": "登记", **about}


def mandate_for(area: Area) -> dict[str, Any]:
    return {
        "name": "钟督查",
        "phone": f"135{uuid4().int % 10**8:08}",
        "area_id": str(area.id),
        "first_day": today().isoformat(),
        "last_day": (today() + timedelta(days=5)).isoformat(),
        "document_no": "甲一乡委〔2026〕9号",
    }


def _inspection(world: World) -> dict[str, Any]:
    """A path with an inspection of the inspector's own in which there is something of everything."""
    inspection = make_inspection(world.village, world.inspector)
    make_finding(inspection, world.postings["member"])
    return {"inspection_id": inspection.id}


def _full_inspection(world: World) -> dict[str, Any]:
    """The same as offices of every level may see it, with a roll-call, just opened by the inspector."""
    work_today(world)
    answer = Phone(world.inspector).post(
        "/inspections", {"client_key": str(uuid4()), "village_id": str(world.village.id)}
    )
    make_roll_call(
        db.session.scalars(select(Inspection).where(Inspection.id == UUID(answer.json["id"]))).one()
    )
    with transaction():
        db.session.execute(update(Inspection).values(level="township"))
    return {"inspection_id": UUID(answer.json["id"])}


def _finding_of(who: str, **changes: Any) -> Callable[[World], dict[str, Any]]:
    """Return a path with a finding about somebody."""

    def path(world: World) -> dict[str, Any]:
        level = changes.pop("level", "city")
        inspection = make_inspection(world.village, world.inspector, level=level)
        return {"finding_id": make_finding(inspection, world.postings[who], **changes).id}

    return path


def _roll_call(world: World) -> dict[str, Any]:
    roll_call = make_roll_call(make_inspection(world.village, world.inspector))
    return {"roll_call_id": roll_call.id, "person_id": world.member.id}


def _proposal(world: World, **changes: Any) -> dict[str, Any]:
    finding = make_finding(
        make_inspection(world.village, world.inspector), world.postings["secretary"], state="confirmed"
    )
    return {"proposal_id": make_proposal(finding, **changes).id}


def _recall_of(who: str, state: str, **changes: Any) -> Callable[[World], dict[str, Any]]:
    """Return a path with somebody's recall, standing at a step."""
    return lambda world: {"recall_id": only_recall(world.postings[who], state=state, **changes).id}


def finding_about(person_id: UUID) -> dict[str, Any]:
    return {
        "client_key": str(uuid4()),
        "person_id": str(person_id),
        "kind": "not_living_there",
        "description": "宿舍无人居住",
    }


def recall_of(person_id: UUID) -> dict[str, Any]:
    return {
        "client_key": str(uuid4()),
        "person_id": str(person_id),
        "ground": "negligent",
        "reason": "履职不力，群众不认可",
    }


def warning_to(person_id: UUID) -> dict[str, Any]:
    return {"client_key": str(uuid4()), "person_id": str(person_id), "text": "请按规定驻村"}


def successor() -> dict[str, Any]:
    return {**stand_in(), "first_day": (today() + timedelta(days=1)).isoformat()}


def _concern(person: Person, world: World) -> Any:
    """Let there be something of everything about somebody."""
    inspection = make_inspection(world.village, world.inspector)
    make_roll_call(inspection)
    make_finding(inspection, posting_in(world.village, person))
    make_warning(posting_in(world.village, person))
    return only_recall(posting_in(world.village, person))


UNANSWERED = {"answer_sealed": None, "answered_at": None}

CALLS: dict[str, Call] = {
    "GET /mandates": Call("city_org"),
    "POST /mandates": Call("township_head", body=lambda world: mandate_for(world.township)),
    "DELETE /mandates/{mandate_id}": Call(
        "city_org",
        path=lambda world: {"mandate_id": make_mandate(make_person("钟督查"), world.township).id},
    ),
    "POST /inspections": Call(
        "inspector", body=lambda world: {"client_key": str(uuid4()), "village_id": str(world.village.id)}
    ),
    "GET /inspections": Call("inspector", query=_beside(_full_inspection)),
    "GET /inspections/{inspection_id}": Call("inspector", path=_full_inspection),
    "GET /inspections/{inspection_id}/evidence": Call("inspector", path=_full_inspection),
    "POST /inspections/{inspection_id}/roll-calls": Call(
        "inspector", path=_inspection, body=lambda world: {"client_key": str(uuid4())}, prepare=work_today
    ),
    "POST /roll-calls/{roll_call_id}/answers": Call(
        "member",
        path=_roll_call,
        body=lambda world: {"client_key": str(uuid4()), "note": "手机定位坏了，在村部"},
    ),
    "POST /roll-calls/{roll_call_id}/people/{person_id}/word": Call(
        "inspector", path=_roll_call, body=lambda world: {"present": True, "note": "在村部见到本人"}
    ),
    "POST /inspections/{inspection_id}/findings": Call(
        "inspector", path=_inspection, body=lambda world: finding_about(world.secretary.id)
    ),
    "GET /findings": Call("inspector", query=_beside(_finding_of("secretary"))),
    "GET /findings/{finding_id}": Call("inspector", path=_finding_of("secretary", state="answered")),
    "POST /findings/{finding_id}/photos": Call(
        "inspector", path=_finding_of("secretary"), form=lambda world: photo_form()
    ),
    "POST /findings/{finding_id}/answer": Call(
        "secretary", path=_finding_of("secretary"), body=lambda world: {"text": "到镇里交材料"}
    ),
    "POST /findings/{finding_id}/decision": Call(
        "city_org",
        path=_finding_of("secretary", state="answered"),
        body=lambda world: {"confirms": True, "reason": "核实属实"},
        prepare=work_today,
    ),
    "GET /proposals": Call("city_org", query=_beside(lambda world: _proposal(world, state="confirmed"))),
    "POST /proposals/{proposal_id}/decision": Call(
        "city_org",
        path=_proposal,
        body=lambda world: {"confirms": True, "reason": "属实", "document_no": "赣市组〔2026〕10号"},
    ),
    "GET /warnings": Call(
        "township_head",
        query=lambda world: make_warning(world.postings["secretary"]) and {"person": world.secretary.id},
    ),
    "POST /warnings": Call("township_head", body=lambda world: warning_to(world.secretary.id)),
    "GET /oversight/mine": Call("secretary", query=_beside(lambda world: _concern(world.secretary, world))),
    "POST /recalls": Call(
        "township_head", body=lambda world: recall_of(world.secretary.id), prepare=no_recall
    ),
    "GET /recalls": Call("township_head", query=_beside(_recall_of("secretary", "urged"))),
    "GET /recalls/{recall_id}": Call("township_head", path=_recall_of("secretary", "urged")),
    "POST /recalls/{recall_id}/answer": Call(
        "secretary",
        path=_recall_of("secretary", "proposed", **UNANSWERED),
        body=lambda world: {"text": "我愿意改正"},
    ),
    "POST /recalls/{recall_id}/decision": Call(
        "county_group",
        path=_recall_of("secretary", "proposed"),
        body=lambda world: {"upholds": True, "reason": "属实"},
    ),
    "POST /recalls/{recall_id}/urging": Call(
        "city_org",
        path=_recall_of("secretary", "decided"),
        body=lambda world: {"document_no": "赣市组〔2026〕11号"},
    ),
    "POST /recalls/{recall_id}/departure": Call(
        "unit_head",
        path=_recall_of("secretary", "urged"),
        body=lambda world: {"last_day": today().isoformat()},
    ),
    "POST /recalls/{recall_id}/successor": Call(
        "unit_head", path=_recall_of("secretary", "recalled"), body=lambda world: successor()
    ),
    "POST /sessions": Call(
        None,
        body=lambda world: {"code": "demo-secretary"},
        prepare=lambda world: bind_wechat(world.secretary, "demo-secretary"),
    ),
    "POST /bindings": Call(
        None,
        body=lambda world: {
            "ticket": binding_ticket("demo-newcomer"),
            "phone_code": "phone-13700000001",
        },
        prepare=lambda world: make_posting(make_person("新来", "13700000001"), world.village, world.unit),
    ),
    "DELETE /sessions/current": Call("secretary"),
    "GET /me": Call("secretary"),
    "GET /me/data": Call("secretary"),
    "POST /feedback": Call(
        "secretary", body=lambda world: {"client_key": str(uuid4()), "text": "字再大一点就好了"}
    ),
    "GET /feedback": Call("county_office", query=_heard),
    "GET /notices/location": Call("secretary"),
    "POST /consents": Call(
        "member",
        body=lambda world: {"purpose": "location", "version": LOCATION_NOTICE.version},
        consents=False,
    ),
    "DELETE /consents/location": Call("secretary"),
    "POST /people/{person_id}/invitation": Call(
        "county_office", path=lambda world: {"person_id": world.secretary.id}
    ),
    "DELETE /people/{person_id}/binding": Call(
        "county_office",
        path=lambda world: {"person_id": world.secretary.id},
        prepare=lambda world: bind_wechat(world.secretary, f"demo-{uuid4().hex}"),
    ),
    "GET /fences/mine": Call("secretary"),
    "GET /villages/{village_id}/fence": Call(
        "township_clerk", path=lambda world: {"village_id": world.village.id}
    ),
    "PUT /villages/{village_id}/fence": Call(
        "county_office",
        path=lambda world: {"village_id": world.village.id},
        body=lambda world: fence_drawing(),
    ),
    "POST /checkins": Call("secretary", body=_checkin),
    "GET /checkins": Call("secretary", query=lambda world: {"month": f"{today():%Y-%m}"}),
    "GET /today": Call("secretary"),
    "GET /attendance/{month}": Call(
        "township_clerk",
        path=lambda world: {"month": f"{today():%Y-%m}"},
        query=lambda world: {"village": world.village.id},
    ),
    "POST /attendance/corrections": Call(
        "township_clerk", body=lambda world: correction_of(world.secretary.id)
    ),
    "GET /messages": Call("secretary", prepare=tell_secretary),
    "GET /messages/templates": Call("secretary"),
    "POST /messages/reading": Call("secretary", body=_all_messages, prepare=tell_secretary),
    "POST /leaves/preview": Call("secretary", body=lambda world: leave_request()),
    "POST /leaves": Call(
        "secretary",
        body=lambda world: {"client_key": str(uuid4()), **leave_request(starts_in_days=next(_later))},
    ),
    "GET /leaves": Call("township_clerk", prepare=lambda world: only_leave(world.postings["member"])),
    "GET /leaves/{leave_id}": Call("township_clerk", path=_of_proved_leave),
    "GET /leaves/{leave_id}/slip": Call("township_clerk", path=_leave_of("secretary", starts_in_days=200)),
    "POST /leaves/{leave_id}/proofs": Call(
        "secretary", path=_leave_of("secretary", starts_in_days=220), form=lambda world: photo_form()
    ),
    "POST /leaves/{leave_id}/decisions": Call(
        "township_head",
        path=_leave_of("secretary", starts_in_days=10),
        body=lambda world: {"decision": "approved", "opinion": "同意"},
    ),
    "POST /approvals/decisions": Call(
        "township_head",
        body=lambda world: {
            "leave_ids": [str(only_leave(world.postings["secretary"]).id)],
            "decision": "rejected",
            "opinion": "近期有督查",
        },
    ),
    "POST /leaves/{leave_id}/withdrawal": Call("secretary", path=_leave_of("secretary", starts_in_days=20)),
    "POST /leaves/{leave_id}/return": Call(
        "secretary",
        path=_leave_of("secretary", state=LeaveState.APPROVED, starts_in_days=-3, days=2),
        body=lambda world: {},
    ),
    "POST /leaves/{leave_id}/extension": Call(
        "secretary",
        path=_leave_of("secretary", state=LeaveState.APPROVED, starts_in_days=0, days=2),
        body=lambda world: extension_of(),
    ),
    "POST /leaves/{leave_id}/paperwork": Call(
        "secretary",
        path=_leave_of("secretary", state=LeaveState.ORAL, starts_in_days=40),
        body=lambda world: {"reason": "送医", "destination": "县医院"},
    ),
    "POST /leaves/{leave_id}/stand-in": Call(
        "unit_clerk",
        path=_leave_of("secretary", starts_in_days=50, days=20, needs_stand_in=True),
        body=lambda world: stand_in(),
    ),
    "GET /approvals": Call("township_head", prepare=_leave_for_each_office),
    "GET /inbox": Call("township_head", prepare=_all_kinds_for_each_office),
    "GET /inbox/{subject_id}": Call(
        "township_head", path=lambda world: {"subject_id": only_leave(world.postings["secretary"]).id}
    ),
    "GET /delegations/deputies": Call("township_head"),
    "GET /delegations": Call("township_head", prepare=make_delegation),
    "POST /delegations": Call("township_head", body=lambda world: delegation_to(world.township_clerk.id)),
    "DELETE /delegations/{delegation_id}": Call(
        "township_head", path=lambda world: {"delegation_id": make_delegation(world).id}
    ),
    "GET /sheets": Call(
        "township_clerk", query=lambda world: {"month": str(LAST_MONTH), "area": world.township.id}
    ),
    "GET /sheets/{village_id}/{month}": Call("township_clerk", path=of_last_month),
    "GET /sheets/{village_id}/{month}/paper": Call("township_clerk", path=of_last_month),
    "GET /sheets/{village_id}/{month}/versions/{number}": Call(
        "township_clerk",
        path=lambda world: {**of_last_month(world), "number": 1},
        prepare=lambda world: put_sheet(world.village, SheetState.STAMPED),
    ),
    "POST /sheets/{village_id}/{month}/submission": Call(
        "secretary", path=of_last_month, prepare=lambda world: put_sheet(world.village, SheetState.OPEN)
    ),
    "POST /sheets/{village_id}/{month}/witness": Call(
        "village_secretary",
        path=of_last_month,
        prepare=lambda world: put_sheet(world.village, SheetState.SUBMITTED),
    ),
    "POST /sheets/{village_id}/{month}/check": Call(
        "township_clerk",
        path=of_last_month,
        prepare=lambda world: put_sheet(world.village, SheetState.SUBMITTED),
    ),
    "POST /sheets/{village_id}/{month}/return": Call(
        "township_clerk",
        path=of_last_month,
        body=lambda world: {"reason": "3日的情况请说明"},
        prepare=lambda world: put_sheet(world.village, SheetState.SUBMITTED),
    ),
    "POST /sheets/{village_id}/{month}/amendment": Call(
        "township_clerk",
        path=of_last_month,
        body=lambda world: {"reason": "补登一天"},
        prepare=lambda world: put_sheet(world.village, SheetState.STAMPED),
    ),
    "POST /sheets/{village_id}/{month}/stamp": Call(
        "township_head",
        path=of_last_month,
        prepare=lambda world: put_sheet(world.village, SheetState.CHECKED),
    ),
    "GET /verify/{code}": Call(None, path=lambda world: {"code": "0123456789AB"}),
    "GET /households": Call("township_clerk", query=_beside(household_of)),
    "GET /households/{household_id}": Call(
        "township_clerk",
        path=lambda world: {"household_id": household_of(world).id},
        query=lambda world: {"reason": "核对信息"},
    ),
    "GET /households/template": Call("county_office"),
    "POST /households/imports": Call("township_clerk", form=_households),
    "POST /households/{household_id}/states": Call(
        "township_clerk",
        path=lambda world: {"household_id": household_of(world).id},
        body=lambda world: {"state": "away", "first_day": today().isoformat()},
    ),
    "POST /pairings/proposal": Call(
        "township_clerk", body=lambda world: {"township_id": str(world.township.id), "redraw": True}
    ),
    "POST /pairings/confirmation": Call(
        "township_clerk", body=lambda world: confirmation_of(make_household(world.village).id, world)
    ),
    "GET /pairings": Call("township_clerk", query=_beside(household_of)),
    "GET /helpers": Call(
        "township_clerk",
        query=_beside(lambda world: make_helper(make_person("罗结对"), world.township)),
    ),
    "POST /helpers": Call("township_clerk", body=lambda world: helper_entry(world.secretary.id, world)),
    "GET /helpers/template": Call("township_clerk"),
    "POST /helpers/imports": Call("township_clerk", form=_helpers),
    "POST /helpers/{helper_id}/end": Call(
        "township_clerk",
        path=lambda world: {"helper_id": make_helper(make_person("罗结对"), world.township).id},
        body=lambda world: {"last_day": today().isoformat()},
    ),
    "POST /visits": Call("helper", body=lambda world: visit_to(household_of(world).id)),
    "GET /visits": Call("township_clerk", query=_beside(_of_visit)),
    "GET /visits/{visit_id}": Call("township_clerk", path=_of_photographed_visit),
    "POST /visits/{visit_id}/release": Call(
        "township_clerk", path=_of_risky_visit, body=lambda world: {"reason": "方言用语，已核实"}
    ),
    "POST /visits/{visit_id}/corrections": Call(
        "township_clerk",
        path=_of_visit,
        body=lambda world: {"client_key": str(uuid4()), "reason": "记错了", "way": "phone"},
    ),
    "POST /visits/{visit_id}/photos": Call(
        "helper",
        path=lambda world: {"visit_id": make_visit(household_of(world), world.helper).id},
        form=lambda world: photo_form(),
    ),
    "GET /photos/{photo_id}": Call("township_clerk", path=_photo_of_visit),
    "DELETE /photos/{photo_id}": Call("helper", path=_photo_of_visit),
    "POST /photos/{photo_id}/marks/{kind}/dismissal": Call(
        "township_clerk",
        path=lambda world: _photo_of_visit(world, kind="near"),
        body=lambda world: {"reason": "同一院子，两次走访"},
    ),
    "GET /visits/due": Call("helper", query=_quarter_of_mine),
    "GET /visits/quarter": Call("township_clerk", query=_quarter),
    "GET /visits/duties": Call("township_clerk", query=_quarter),
    "GET /problems": Call("township_clerk", query=_beside(problem_of)),
    "GET /problems/{problem_id}": Call(
        "township_clerk",
        path=lambda world: {"problem_id": problem_of(world).id},
    ),
    "POST /problems/{problem_id}/steps": Call(
        "township_clerk",
        path=lambda world: {"problem_id": problem_of(world).id},
        body=lambda world: {"client_key": str(uuid4()), "kind": "note", "note": "已报修"},
    ),
    "GET /reports/residency": Call(
        "township_clerk", query=lambda world: {"month": str(LAST_MONTH), "area": world.township.id}
    ),
    "GET /reports/visits": Call("township_clerk", query=_visits_of_township),
    "POST /reports/jobs": Call("township_clerk", body=lambda world: report_order(world.township)),
    "GET /reports/jobs/{job_id}": Call("township_clerk", path=_report_job),
    "GET /reports/jobs/{job_id}/file": Call("township_clerk", path=_report_job),
    "GET /duties": Call("county_office", query=_duties_of_village),
    "POST /duties/events": Call("county_office", body=lambda world: duty_told(world.county, world)),
    "GET /duties/events/{event_id}": Call("county_office", path=_training),
    "POST /duties/events/{event_id}/corrections": Call(
        "county_office",
        path=_training,
        body=lambda world: {"client_key": str(uuid4()), "reason": "日期有误", "note": "县委党校培训"},
    ),
    "POST /duties/events/{event_id}/photos": Call(
        "county_office", path=_training, form=lambda world: photo_form()
    ),
    "GET /reports/burden": Call(
        "township_clerk", query=lambda world: {"month": str(LAST_MONTH), "area": world.township.id}
    ),
    "GET /assessments": Call(
        "county_office",
        query=lambda world: {"person": _training(world) and world.secretary.id},
    ),
    "GET /reports/allowances": Call("unit_clerk", query=to_be_paid),
    "POST /reports/allowances": Call("unit_clerk", body=lambda world: list_order(world.unit.id, world)),
    "POST /reports/allowances/{list_id}/payment": Call(
        "unit_head", path=lambda world: {"list_id": make_payment_list(world.unit, world.unit_clerk).id}
    ),
    "POST /trips": Call("secretary", body=lambda world: trip_entry()),
    "GET /trips": Call("secretary", query=lambda world: {"month": to_be_paid(world)["month"]}),
    "POST /trips/{trip_id}/withdrawal": Call(
        "secretary",
        path=lambda world: {"trip_id": new_trip(world.postings["secretary"]).id},
    ),
    "GET /travel-terms": Call("unit_clerk", query=_beside(to_be_paid)),
    "POST /travel-terms": Call("county_office", body=lambda world: terms_for(world.village.id, world)),
    "GET /roster": Call("township_clerk"),
    "GET /roster/template": Call("county_office"),
    "POST /roster/imports": Call("county_office", form=_roster),
    "POST /postings": Call("county_office", body=lambda world: posting_of(world.village_2.id, world)),
    "GET /postings/ending": Call("township_clerk"),
    "GET /teams": Call("township_clerk"),
    "POST /villages/{village_id}/acting-leaders": Call(
        "township_clerk",
        path=lambda world: {"village_id": world.village.id},
        body=lambda world: leader_of(world.village.id),
    ),
    "POST /acting-leaders/{appointment_id}/end": Call(
        "township_clerk",
        path=lambda world: {"appointment_id": appoint_somebody(world.village).id},
        body=lambda world: {"last_day": today().isoformat()},
    ),
    "GET /villages/{village_id}/kinds": Call(
        "township_clerk",
        path=lambda world: {"village_id": world.village.id},
        prepare=lambda world: make_kind(world.village),
    ),
    "PUT /villages/{village_id}/kinds": Call(
        "county_office",
        path=lambda world: {"village_id": world.village.id},
        body=lambda world: {
            "kinds": ["former_poor"],
            "first_day": today().isoformat(),
            "document_no": "甲驻村办〔2026〕3号",
        },
    ),
    "GET /villages/kinds/template": Call("county_office"),
    "POST /villages/kinds/imports": Call("county_office", form=_kinds),
    "POST /rotations/preview": Call(
        "unit_clerk", body=lambda world: rotation_preview_of(world.postings["secretary"].id)
    ),
    "POST /rotations": Call(
        "unit_clerk",
        body=lambda world: rotation_of(world.postings["member_of_township_2"].id),
        prepare=lambda world: forget_rotations(world.postings["member_of_township_2"]),
    ),
    "GET /rotations": Call("unit_clerk", prepare=lambda world: _rotation()(world)),
    "GET /rotations/{rotation_id}": Call("unit_clerk", path=_rotation()),
    "POST /rotations/{rotation_id}/proofs": Call(
        "unit_clerk", path=_rotation(), form=lambda world: photo_form()
    ),
    "POST /rotations/{rotation_id}/withdrawal": Call("unit_clerk", path=_rotation()),
    "POST /rotations/{rotation_id}/decisions": Call(
        "township_head", path=_rotation(), body=lambda world: {"decision": "approved", "opinion": "同意"}
    ),
    "GET /rotations/{rotation_id}/handover": Call(
        "township_clerk",
        path=_rotation(),
        prepare=lambda world: make_pairing(make_household(world.village), world.secretary, rank=4),
    ),
    "POST /postings/{posting_id}/sudden-end": Call(
        "county_office",
        path=_somebody_posted,
        body=lambda world: {
            "client_key": str(uuid4()),
            "ground": "death",
            "last_day": today().isoformat(),
            "reason": "因病去世",
        },
    ),
    "GET /areas": Call("township_clerk", query=lambda world: {"parent": world.township.id}),
    "GET /areas/{area_id}/settings": Call("township_clerk", path=lambda world: {"area_id": world.village.id}),
    "PUT /areas/{area_id}/settings/{key}": Call(
        "admin",
        path=lambda world: {"area_id": world.county.id, "key": "fence.buffer_m"},
        body=lambda world: {
            "value": 250,
            "valid_from": today().isoformat(),
            "document_no": "甲驻村办〔2026〕3号",
        },
    ),
}
"""One for each route; a route without one fails the tests that go through all routes."""


def call_of(route: Route) -> Call:
    """Return the call of a route; say what to do if there is none."""
    assert route.name in CALLS, f"{route.name} has no call that succeeds: add one to CALLS in {__file__}"
    return CALLS[route.name]


def phone_of(route: Route, world: World) -> Any:
    """Return the phone of somebody who may call the route."""
    call = call_of(route)
    return Phone(world.people[call.who], consents=call.consents) if call.who else Stranger()


class Stranger(Phone):
    """A phone on which nobody is signed in."""

    def __init__(self) -> None:
        self.token = ""
        self._client = current_app.test_client()


def send(phone: Phone, route: Route, world: World, **changes: Any) -> Any:
    """Call the route as its entry in CALLS says, but for the changes (path, query, json, data, headers)."""
    call = call_of(route)
    named = changes.pop("path", {})
    asked = set(re.findall(r"{(\w+)}", route.path))
    path = route.path.format(**(named if asked <= named.keys() else {**call.path(world), **named}))
    query = {**call.query(world), **changes.pop("query", {})}
    if not {"json", "data"} & set(changes):
        changes |= {"data": call.form(world)} if call.form else {"json": call.body(world)}
    return phone._send(route.method, path, query_string=query, **changes)
