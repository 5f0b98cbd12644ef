"""A small corner of the country for the tests."""

from collections.abc import Iterable, Mapping
from contextvars import Context
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID, uuid4

from flask import current_app
from flask.testing import FlaskClient
from sqlalchemy import select

from allowances.models import TravelTermsEntry, Trip
from attendance.models import Sheet, SheetState, SheetVersion
from attendance.policy import DayClass
from attendance.sheet import SheetContent, SheetRow, check_code
from geofence.service import draw_fence
from identity.consent import LOCATION_NOTICE, consent
from identity.login import cipher
from identity.models import Office, WechatBinding
from identity.permissions import Role
from identity.session import start_session
from kernel.clock import now, today
from kernel.database import db, transaction
from kernel.periods import CHINA, Month, day_of
from kernel.pictures import CleanPicture, clean
from leave.models import Leave
from leave.policy import LeaveKind, LeaveState, Tier
from leave.requests import seal_reason
from org.models import (
    Area,
    AreaSetting,
    DispatchingUnit,
    Level,
    Person,
    Posting,
    PostingRole,
    VillageKind,
    sort_key,
)
from org.policy import UnitKind, VillageKindName
from oversight.duty_models import DutyEvent
from oversight.duty_policy import DUTY, DutyCode, Subject
from pictures.models import Photo, PhotoMark, SubjectKind
from pictures.policy import MarkKind, PhotoState
from roster.models import Rotation
from roster.policy import OVER, Ground, RotationState
from roster.policy import Office as Step
from roster.rotation_cases import seal_reason as seal_rotation_reason
from tests.photos_corpus import jpeg, scene
from visits.models import (
    Category,
    Helper,
    Household,
    HouseholdState,
    Pairing,
    Problem,
    ProblemState,
    RiskKind,
    Visit,
)
from visits.policy import Entry, State, Way

LONG_AGO = date(2021, 5, 1)


def make_area(name: str, level: Level, *, code: str, within: Area | None = None) -> Area:
    area = Area(id=uuid4(), code=code, name=name, sort_key=sort_key(name), level=level)
    if within is not None:
        area.city_id, area.county_id, area.township_id = within.city_id, within.county_id, within.township_id
    if level is not Level.VILLAGE:
        setattr(area, f"{level}_id", area.id)
    return add(area)


def make_unit(name: str, kind: UnitKind = UnitKind.CITY_ORGAN) -> DispatchingUnit:
    return add(DispatchingUnit(id=uuid4(), name=name, kind=kind))


_phones = iter(range(13_900_000_000, 13_999_999_999))


def make_person(name: str, phone: str | None = None) -> Person:
    phone = phone or str(next(_phones))
    person = Person(id=uuid4(), name=name, sort_key=sort_key(name))
    person.phone_sealed = cipher().encrypt(phone, field="phone", row_id=person.id)
    person.phone_lookup = cipher().lookup(phone, field="phone")
    return add(person)


def make_posting(
    person: Person,
    village: Area,
    unit: DispatchingUnit,
    *,
    role: PostingRole = PostingRole.MEMBER,
    first_day: date = LONG_AGO,
    last_day: date | None = None,
) -> Posting:
    return add(
        Posting(
            id=uuid4(),
            person_id=person.id,
            village_id=village.id,
            unit_id=unit.id,
            role=role,
            first_day=first_day,
            last_day=last_day,
        )
    )


def make_office(
    person: Person,
    role: Role,
    *,
    area: Area | None = None,
    unit: DispatchingUnit | None = None,
    first_day: date = LONG_AGO,
    last_day: date | None = None,
    **mandate: Any,
) -> Office:
    return add(
        Office(
            id=uuid4(),
            person_id=person.id,
            role=role,
            area_id=area.id if area else None,
            unit_id=unit.id if unit else None,
            first_day=first_day,
            last_day=last_day,
            **mandate,
        )
    )


def make_setting(area: Area, key: str, value: Any, *, valid_from: date = LONG_AGO) -> AreaSetting:
    return add(
        AreaSetting(
            id=uuid4(),
            area_id=area.id,
            key=key,
            value=value,
            valid_from=valid_from,
            document_no="试〔2021〕1号",
        )
    )


def make_kind(
    village: Area,
    kind: VillageKindName = VillageKindName.FORMER_POOR,
    *,
    first_day: date = LONG_AGO,
    last_day: date | None = None,
) -> VillageKind:
    """A kind of the village, from a day on; the same again is the one there is."""
    same = select(VillageKind).where(
        VillageKind.village_id == village.id, VillageKind.kind == kind, VillageKind.first_day == first_day
    )
    with transaction():
        if there := db.session.scalars(same).one_or_none():
            return there
    return add(
        VillageKind(id=uuid4(), village_id=village.id, kind=kind, first_day=first_day, last_day=last_day)
    )


HEAD_ID, HEAD_PHONE = "360702197001011235", "13812341234"


def make_household(
    village: Area, *, head_name: str = "邱福生", risk_level: int = 3, since: date = LONG_AGO, **changes: Any
) -> Household:
    household_id = uuid4()
    fields: dict[str, Any] = {
        "category": Category.UNSTABLE,
        "risk_kinds": [RiskKind.ILLNESS],
        "members_count": 4,
        "head_id_sealed": cipher().encrypt(HEAD_ID, field="head_id", row_id=household_id),
        "head_phone_sealed": cipher().encrypt(HEAD_PHONE, field="head_phone", row_id=household_id),
        "identified_on": since,
        "state": State.MONITORED,
        "state_since": since,
        "is_away": False,
        "states_count": 1,
        "added_at": now(),
        **changes,
    }
    household = add(
        Household(
            county_id=village.county_id,
            id=household_id,
            village_id=village.id,
            head_name=head_name,
            risk_level=risk_level,
            **fields,
        )
    )
    add(
        HouseholdState(
            county_id=village.county_id,
            household_id=household_id,
            number=1,
            state=State.MONITORED,
            first_day=since,
            note="",
            made_at=now(),
        )
    )
    return household


def make_helper(
    person: Person,
    township: Area,
    *,
    rank: int = 1,
    order_no: int = 1,
    village: Area | None = None,
    unit: DispatchingUnit | None = None,
) -> Helper:
    return add(
        Helper(
            county_id=township.county_id,
            township_id=township.id,
            person_id=person.id,
            rank=rank,
            order_no=order_no,
            village_id=village.id if village else None,
            unit_id=unit.id if unit else None,
            first_day=LONG_AGO,
            added_by=person.id,
            added_at=now(),
        )
    )


def make_pairing(
    household: Household,
    person: Person,
    *,
    rank: int = 5,
    first_day: date = LONG_AGO,
    last_day: date | None = None,
) -> Pairing:
    return add(
        Pairing(
            county_id=household.county_id,
            household_id=household.id,
            person_id=person.id,
            rank=rank,
            first_day=first_day,
            last_day=last_day,
            explanation="",
            made_by=person.id,
            made_at=now(),
        )
    )


def make_leave(
    posting: Posting,
    *,
    county: Area,
    state: LeaveState = LeaveState.SUBMITTED,
    waits_for: Tier = Tier.TOWNSHIP,
    starts_in_days: int = 1,
    days: int = 2,
    **changes: Any,
) -> Leave:
    """A leave that the township decides, as asked for just now; ``waits_for`` names another office."""
    leave_id, first_day = uuid4(), today() + timedelta(days=starts_in_days)
    last_day = first_day + timedelta(days=days - 1)
    village = db.session.get_one(Area, posting.village_id)
    waits = state is LeaveState.SUBMITTED
    place = village.township_id if waits_for is Tier.TOWNSHIP else county.id
    values: dict[str, Any] = {
        "county_id": county.id,
        "id": leave_id,
        "client_key": uuid4(),
        "content_sha256": b"",
        "posting_id": posting.id,
        "person_id": posting.person_id,
        "kind": LeaveKind.TRIP,
        "state": state,
        "first_day": first_day,
        "last_day": last_day,
        "begins_at_noon": False,
        "ends_at_noon": False,
        "asked_last_day": last_day,
        "asked_ends_at_noon": False,
        "reason_sealed": seal_reason("到市里跑项目资金", leave_id),
        "destination": "赣州市",
        "work_goes_to": "",
        "decides": waits_for,
        "counted_days": days,
        "chain_days": days,
        "chain_first_day": first_day,
        "needs_stand_in": False,
        "rule": {"day_count": "calendar", "steps": [waits_for]},
        "submitted_at": now(),
        "waits_for": waits_for if waits else None,
        "waits_in": place if waits else None,
        "waits_since": now() if waits else None,
    }
    if state is LeaveState.ORAL:
        values |= {
            "consented_by": "李书记",
            "consented_at": now(),
            "consent_channel": "phone",
            "papers_due_on": today(),
        }
    return add(Leave(**{**values, **changes}))


def make_visit(
    household: Household, person: Person, *, day: date | None = None, way: Way = Way.AT_HOME, **changes: Any
) -> Visit:
    """A visit at noon of a day, by default now."""
    occurred_at = datetime.combine(day, time(12), tzinfo=CHINA) if day else now()
    fields: dict[str, Any] = {
        "client_key": uuid4(),
        "content_sha256": b"",
        "note": "走访",
        "content": {},
        "entry": Entry.ON_TIME,
        "counts": True,
        "photos_expected": 0,
        **changes,
    }
    return add(
        Visit(
            county_id=household.county_id,
            household_id=household.id,
            village_id=household.village_id,
            person_id=person.id,
            occurred_at=occurred_at,
            day=day_of(occurred_at),
            way=way,
            received_at=occurred_at,
            **fields,
        )
    )


def stamp_sheet(
    village: Area, month: Month, paid_days: Mapping[str, Iterable[int]], *, world: "World"
) -> str:
    """Stamp one more version of a village's sheet, in the village on these days of the month; its check code."""
    rows = [_sheet_row(world, who, month, set(days)) for who, days in paid_days.items()]
    content = SheetContent(month, "甲县", "甲一乡", village.id, village.name, now().isoformat(), tuple(rows))
    sheet = db.session.scalars(
        select(Sheet).where(Sheet.village_id == village.id, Sheet.month == month.first_day)
    ).one_or_none() or Sheet(
        county_id=village.county_id, id=uuid4(), village_id=village.id, month=month.first_day, version=0
    )
    sheet.state, sheet.version = SheetState.STAMPED, sheet.version + 1
    add(sheet)
    version = SheetVersion(
        county_id=village.county_id,
        id=uuid4(),
        sheet_id=sheet.id,
        number=sheet.version,
        content=content.document(),
        sha256=content.sha256(),
        check_code=check_code(content.sha256()),
        marks={},
        closed_at=now(),
        stamped_by=world.township_head.id,
        stamped_at=now(),
    )
    return add(version).check_code


def _sheet_row(world: "World", who: str, month: Month, paid: set[int]) -> SheetRow:
    posting = world.postings[who]
    here, rest = DayClass.IN_VILLAGE, DayClass.REST
    days = {day: (here, here) if day in paid else (rest, rest) for day in range(1, month.days_count + 1)}
    return SheetRow(
        posting_id=posting.id,
        person_id=posting.person_id,
        name=db.session.get_one(Person, posting.person_id).name,
        role=posting.role,
        unit_id=posting.unit_id,
        unit=db.session.get_one(DispatchingUnit, posting.unit_id).name,
        days=days,
        in_village_days=len(paid),
        assessed_days=len(paid),
        paid_days=tuple(sorted(paid)),
    )


def make_terms(
    village: Area, unit: DispatchingUnit, *, by: Person, first_day: date = LONG_AGO, **changes: Any
) -> TravelTermsEntry:
    """The county's terms of a unit's car: 120 km one way, reformed, self-driven."""
    values: dict[str, Any] = {
        "km_one_way": Decimal(120),
        "has_car_reform": True,
        "is_self_driven": True,
        "is_central_city": False,
        "is_subsidised": False,
        **changes,
    }
    return add(
        TravelTermsEntry(
            county_id=village.county_id,
            village_id=village.id,
            unit_id=unit.id,
            first_day=first_day,
            document_no="试〔2021〕1号",
            set_by=by.id,
            set_at=now(),
            **values,
        )
    )


def make_trip(posting: Posting, day: date, way: str = "out") -> Trip:
    village = db.session.get_one(Area, posting.village_id)
    return add(
        Trip(
            county_id=village.county_id,
            client_key=uuid4(),
            content_sha256=b"",
            posting_id=posting.id,
            person_id=posting.person_id,
            village_id=village.id,
            day=day,
            way=way,
            entered_at=now(),
        )
    )


def make_problem(visit: Visit, description: str = "水管破裂") -> Problem:
    return add(
        Problem(
            county_id=visit.county_id,
            id=uuid4(),
            visit_id=visit.id,
            household_id=visit.household_id,
            village_id=visit.village_id,
            item="water",
            description=description,
            found_on=visit.day,
            found_by=visit.person_id,
            state=ProblemState.OPEN,
            steps_count=0,
        )
    )


def make_duty_event(
    duty: DutyCode,
    *,
    village: Area | None = None,
    county: Area | None = None,
    unit: DispatchingUnit | None = None,
    person: Person | None = None,
    by: Person,
    day: date | None = None,
    **changes: Any,
) -> DutyEvent:
    """A duty seen to on a day, by default today: of a county, or of a unit, team or person in a village."""
    event_id, kind = uuid4(), DUTY[duty].subject
    subject = {Subject.COUNTY: county, Subject.UNIT: unit, Subject.TEAM: village, Subject.PERSON: person}[
        kind
    ]
    values: dict[str, Any] = {
        "county_id": (village or county).county_id,
        "client_key": uuid4(),
        "content_sha256": b"",
        "subject_id": subject.id,
        "person_id": person.id if person else None,
        "unit_id": unit.id if unit else None,
        "village_id": village.id if village else None,
        "day": day or today(),
        "amount_fen": 1_000_000 if DUTY[duty].is_amount else None,
        "note": "登记",
        "is_withdrawn": False,
        "recorded_by": by.id,
        "recorded_at": now(),
        **changes,
    }
    return add(DutyEvent(id=event_id, event_id=event_id, number=0, duty=duty, subject_kind=kind, **values))


def make_photo(
    subject: Visit | Leave | DutyEvent | Rotation,
    *,
    picture: CleanPicture | None = None,
    mark: MarkKind | None = None,
    **changes: Any,
) -> Photo:
    """A photo of a visit, leave, duty or rotation as its job leaves it, with a mark if one is named; its files lie in the store."""
    photo_id, store = uuid4(), current_app.extensions["photos"]
    picture = picture or clean(jpeg(scene(photo_id.int, 320, 240)))
    is_visit = isinstance(subject, Visit)
    kinds = {
        Visit: SubjectKind.VISIT,
        Leave: SubjectKind.LEAVE,
        DutyEvent: SubjectKind.DUTY,
        Rotation: SubjectKind.ROTATION,
    }
    values: dict[str, Any] = {
        "subject_kind": kinds[type(subject)],
        "compared_within": subject.household_id if is_visit else None,
        "client_key": uuid4(),
        "content_sha256": b"",
        "size_bytes": 200_000,
        "received_at": now(),
        "state": PhotoState.KEPT,
        "picture_key": store.put(picture.jpeg, photo_id=photo_id),
        "thumbnail_key": store.put(picture.thumbnail, photo_id=photo_id),
        "width_px": picture.width_px,
        "height_px": picture.height_px,
        "pixels_sha256": picture.pixels_sha256,
        "dhash": picture.dhash,
        **changes,
    }
    person_id = subject.recorded_by if isinstance(subject, DutyEvent) else subject.person_id
    belongs = {"county_id": subject.county_id, "subject_id": subject.id, "person_id": person_id}
    photo = add(Photo(id=photo_id, **belongs, **values))
    if mark:
        add(PhotoMark(county_id=photo.county_id, photo_id=photo.id, kind=mark, found_at=now()))
    return photo


def make_rotation(
    posting: Posting,
    *,
    waits_for: Step = Step.TOWNSHIP,
    state: RotationState = RotationState.APPLIED,
    with_proof: bool = True,
    **changes: Any,
) -> Rotation:
    """A rotation as a unit has asked for it just now, with a proof; the offices before ``waits_for`` have agreed."""
    village, unit = (
        db.session.get_one(Area, posting.village_id),
        db.session.get_one(DispatchingUnit, posting.unit_id),
    )
    places = {Step.TOWNSHIP: village.township_id, Step.COUNTY_GROUP: village.county_id}
    waits = state not in OVER
    rotation_id = uuid4()
    fields: dict[str, Any] = {
        "client_key": uuid4(),
        "content_sha256": b"",
        "is_city_dispatched": UnitKind(unit.kind).is_city_dispatched,
        "ground": Ground.REASSIGNED,
        "reason_sealed": seal_rotation_reason("单位另有任用", rotation_id),
        "asked_last_day": today() + timedelta(days=30),
        "handover_days": 7,
        "successor_id": make_person("邱接任").id,
        "findings": [],
        "applied_by": posting.person_id,
        "applied_at": now(),
        "waits_for": waits_for if waits else None,
        "waits_in": places.get(waits_for, village.city_id) if waits else None,
        "waits_since": now() if waits else None,
        **changes,
    }
    rotation = add(
        Rotation(
            county_id=village.county_id,
            id=rotation_id,
            posting_id=posting.id,
            person_id=posting.person_id,
            village_id=village.id,
            unit_id=unit.id,
            state=state,
            **fields,
        )
    )
    if with_proof:
        make_photo(rotation, picture=proof())
    return rotation


@cache
def proof() -> CleanPicture:
    """The picture of a paper; drawn once."""
    return clean(jpeg(scene(1, 320, 240)))


def bind_wechat(person: Person, openid: str) -> None:
    add(WechatBinding(id=uuid4(), person_id=person.id, openid=openid, bound_at=now()))


def add(row: Any) -> Any:
    with transaction():
        db.session.add(row)
    return row


def square(longitude_deg: float, latitude_deg: float, *, half_m: float = 1_000) -> dict[str, Any]:
    """A square village of two kilometres round a point, as GeoJSON in WGS-84."""
    north, east = half_m / 110_800, half_m / 100_300
    west, south = longitude_deg - east, latitude_deg - north
    east, north = longitude_deg + east, latitude_deg + north
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"datum": "wgs84"},
                "geometry": {"type": "Polygon", "coordinates": [ring]},
            }
        ],
    }


class FreshClient(FlaskClient):
    """Sends each request from outside any application context, as a server does."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        return Context().run(super().open, *args, **kwargs)


class Phone:
    """A signed-in phone."""

    def __init__(self, person: Person, *, consents: bool = True) -> None:
        with transaction():
            self.token, _ = start_session(person_id=person.id, now=now())
            if consents:
                consent(person_id=person.id, version=LOCATION_NOTICE.version, now=now())
        self.person = person
        self._client = current_app.test_client()

    def get(self, path: str, **kwargs: Any) -> Any:
        return self._send("GET", path, **kwargs)

    def post(self, path: str, json: Any = None, **kwargs: Any) -> Any:
        return self._send("POST", path, json=json, **kwargs)

    def put(self, path: str, json: Any = None, **kwargs: Any) -> Any:
        return self._send("PUT", path, json=json, **kwargs)

    def delete(self, path: str, **kwargs: Any) -> Any:
        return self._send("DELETE", path, **kwargs)

    def _send(self, method: str, path: str, **kwargs: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.token}", **kwargs.pop("headers", {})}
        return self._client.open(f"/api/v1{path}", method=method, headers=headers, **kwargs)

    def check_in(
        self, place: "Place | None" = None, *, key: UUID | None = None, ticket: str | None = None, **fix: Any
    ) -> Any:
        """Tap at a place, now; further fields of the fix take the place of the usual ones."""
        body: dict[str, Any] = {"client_key": str(key or uuid4())}
        if place is not None:
            body["fix"] = {**place.fix(), **fix}
        if ticket is not None:
            body["time_ticket"] = ticket
        return self.post("/checkins", body)


@dataclass(frozen=True)
class Place:
    """A point, from which one may go metres to the north and east."""

    longitude_deg: float
    latitude_deg: float

    def moved(self, *, north_m: float = 0, east_m: float = 0) -> "Place":
        return Place(self.longitude_deg + east_m / 100_300, self.latitude_deg + north_m / 110_800)

    def fix(self) -> dict[str, Any]:
        return {
            "longitude_deg": self.longitude_deg,
            "latitude_deg": self.latitude_deg,
            "datum": "wgs84",
            "accuracy_m": 20,
            "captured_at": datetime.now(CHINA).isoformat(),
        }


MIDDLE = Place(114.93, 25.85)
"""The middle of the first village, a square of two kilometres."""


@dataclass
class World:
    """Two counties, 甲 with two townships, one of two villages, and 乙 with one township of one village."""

    city: Area
    county: Area
    county_b: Area
    township: Area
    township_2: Area
    township_b: Area
    village: Area
    village_2: Area
    village_of_township_2: Area
    village_b: Area
    unit: DispatchingUnit
    unit_2: DispatchingUnit
    people: dict[str, Person]
    postings: dict[str, Posting]

    def __getattr__(self, name: str) -> Any:
        try:
            return self.people[name]
        except KeyError:
            raise AttributeError(name) from None


@transaction()
def build_world() -> World:
    city = make_area("赣州市", Level.CITY, code="360700000000")
    county = make_area("甲县", Level.COUNTY, code="360799000000", within=city)
    county_b = make_area("乙县", Level.COUNTY, code="360798000000", within=city)
    township = make_area("甲一乡", Level.TOWNSHIP, code="360799100000", within=county)
    township_2 = make_area("甲二镇", Level.TOWNSHIP, code="360799101000", within=county)
    township_b = make_area("乙一乡", Level.TOWNSHIP, code="360798100000", within=county_b)
    village = make_area("杨梅村", Level.VILLAGE, code="360799100200", within=township)
    village_2 = make_area("塅垇村", Level.VILLAGE, code="360799100201", within=township)
    village_of_township_2 = make_area("杨梅村", Level.VILLAGE, code="360799101200", within=township_2)
    village_b = make_area("杨梅村", Level.VILLAGE, code="360798100200", within=township_b)
    unit = make_unit("市统计局")
    unit_2 = make_unit("甲县水利局", UnitKind.COUNTY_ORGAN)
    world = World(
        city, county, county_b, township, township_2, township_b,
        village, village_2, village_of_township_2, village_b, unit, unit_2, {}, {},
    )  # fmt: skip
    for number, place in enumerate((village, village_2, village_of_township_2, village_b)):
        middle = MIDDLE.moved(east_m=10_000 * number)
        drawing = square(middle.longitude_deg, middle.latitude_deg)
        draw_fence(village=place, drawing=drawing, source="试验", by=None, now=now())
    _post_people(world)
    _fill_offices(world)
    return world


def _post_people(world: World) -> None:
    first = PostingRole.FIRST_SECRETARY
    posted = (
        ("secretary", "曾福生", world.village, world.unit, first),
        ("member", "钟秋香", world.village, world.unit_2, PostingRole.MEMBER),
        ("member_of_village_2", "赖水根", world.village_2, world.unit_2, PostingRole.MEMBER),
        ("member_of_township_2", "谢春莲", world.village_of_township_2, world.unit, PostingRole.MEMBER),
        ("secretary_b", "刘冬明", world.village_b, world.unit, first),
    )
    world.people |= {key: make_person(name) for key, name, *_ in posted}
    db.session.flush()
    for key, _, village, unit, role in posted:
        world.postings[key] = make_posting(world.people[key], village, unit, role=role)


def _fill_offices(world: World) -> None:
    held = (
        ("helper", Role.HELPER, world.village, None),
        ("village_secretary", Role.VILLAGE_SECRETARY, world.village, None),
        ("township_clerk", Role.TOWNSHIP_CLERK, world.township, None),
        ("township_head", Role.TOWNSHIP_HEAD, world.township, None),
        ("township_clerk_2", Role.TOWNSHIP_CLERK, world.township_2, None),
        ("township_clerk_b", Role.TOWNSHIP_CLERK, world.township_b, None),
        ("county_office", Role.COUNTY_OFFICE, world.county, None),
        ("county_group", Role.COUNTY_GROUP, world.county, None),
        ("county_office_b", Role.COUNTY_OFFICE, world.county_b, None),
        ("city_org", Role.CITY_ORG, world.city, None),
        ("city_rural", Role.CITY_RURAL, world.city, None),
        ("unit_clerk", Role.UNIT_CLERK, None, world.unit),
        ("unit_head", Role.UNIT_HEAD, None, world.unit),
        ("admin", Role.ADMIN, world.county, None),
    )
    world.people |= {key: make_person(f"张{key[:2]}") for key, *_ in held}
    world.people["inspector"] = make_person("张督查")
    db.session.flush()
    for key, role, area, unit in held:
        make_office(world.people[key], role, area=area, unit=unit)
    make_office(
        world.inspector,
        Role.INSPECTOR,
        area=world.township,
        last_day=date(2099, 12, 31),
        mandate_level=Level.CITY,
        document_no="赣市组〔2026〕9号",
    )
