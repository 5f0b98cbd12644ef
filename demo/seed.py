"""Filling an empty database with the demo's people, three months of their days and a year of their visits."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select

from attendance.models import Correction
from attendance.policy import DayClass
from demo.absences import plan_absences, steady_from
from demo.allowances import pay_allowances
from demo.calls import call_on_families
from demo.corrections import enter_all
from demo.duties import tell_of_duties
from demo.history import Ground, Stay, play, weigh_all
from demo.inspections import inspect_villages
from demo.leaves import Desk, Sightings, carry_out
from demo.people import Cast, first_day_of_history, make_cast
from demo.places import AREAS, VILLAGES, Village, drawing_of, key, make_areas
from demo.rotations import ask_for_rotations
from demo.sheets import correct_paid_sheet, stamp_sheets
from demo.stories import delegations_of
from geofence.drawing import DrawingLimits, draw, read_drawing
from geofence.geometry import Fence
from geofence.models import FenceVersion
from identity.permissions import Role
from kernel import audit
from kernel.database import db, transaction
from kernel.errors import Conflict
from kernel.periods import CHINA, DaySpan
from org.models import Area, AreaSetting, Posting, VillageKind
from org.settings import AreaSettings, SettingRow, resolve
from pictures.service import photo_store

TEAMS_BEGAN = date(2021, 6, 1)
LATE_FENCE_DAYS = 12
OWN_BUFFER_COUNTY = "360728000000"
OWN_BUFFER_M = 300
FROZEN_PHONES = (10, 23)
"""Places in the list of postings whose phones gave one and the same reading for some days."""
FROZEN_DAYS = slice(-20, -12)


def is_seeded() -> bool:
    """Say whether this database holds the demo; Conflict if it holds other areas, so that nothing mixes."""
    if db.session.execute(select(exists().where(Area.id == key("area", AREAS[0][0])))).scalar_one():
        return True
    if db.session.execute(select(exists().where(Area.id.is_not(None)))).scalar_one():
        raise Conflict("not_empty", "数据库里已有别的数据，演示数据只放进空库 (this database is not empty)")
    return False


def seed(*, now: datetime, progress: Callable[[int], object]) -> None:
    """Fill an empty database in one transaction: the same rows for the same day, and none of today.

    ``progress`` is told the percentage points done since it was last told.
    """
    db.session.rollback()  # no transaction waits while the history is worked out
    today = now.astimezone(CHINA).date()
    yesterday, began = today - timedelta(days=1), first_day_of_history(today)
    areas = make_areas()
    cast = make_cast(areas, today=today)
    settings = _settings(areas, cast, began=began)
    fences = _fences(areas, cast, began=began)
    progress(10)
    grounds = _grounds(areas, settings, fences, yesterday)
    stays = _stays(cast, grounds, yesterday)
    diary = plan_absences(stays, cast, today=today)
    checkins, doubts = weigh_all(play(stays, yesterday=yesterday))
    clerks = {
        area.id: cast.holder(Role.TOWNSHIP_CLERK, area.id)
        for area in areas.values()
        if area.level == "township"
    }
    corrections = enter_all(stays, checkins, clerks=clerks, yesterday=yesterday)
    delegations = delegations_of(cast, today=today)
    desk = Desk(
        cast,
        delegations,
        checked_in=_sightings((c.person_id, c.day, c.received_at) for c in checkins if c.counted),
        entered=_sightings(_entered(corrections, cast)),
        today=today,
    )
    calls = call_on_families(cast, areas, grounds, photo_store(), today=today)
    changes = ask_for_rotations(cast, areas, photo_store(), today=today)
    progress(25)
    with transaction():
        for rows in (
            areas.values(), cast.units.values(), cast.people, cast.postings, cast.offices, cast.bindings,
            cast.consents, settings, _kinds(areas), fences.values(), checkins, doubts, corrections, delegations,
        ):  # fmt: skip
            _insert(rows)
            progress(5 if rows is not checkins else 0)
        carry_out(diary.acts, desk, first_day=began, today=today)
        for group in (*calls, *changes.groups()):
            _insert(group)
        _insert([*desk.leaves, *desk.decisions, *desk.stand_ins, *desk.messages])
        _insert(tell_of_duties(cast, areas, today=today))
        inspect_villages(cast, areas, today=today)
        stamp_sheets(cast, areas, today=today)
        pay_allowances(cast, areas, today=today)
        correct_paid_sheet(cast, areas, today=today)
        audit.record("demo.seed", now=now, checkins=len(checkins), leaves=len(desk.leaves))
    db.session.expunge_all()


def _sightings(known: Iterable[tuple[UUID, date, datetime]]) -> Sightings:
    sightings: dict[UUID, list[tuple[date, datetime]]] = {}
    for person_id, day, known_at in known:
        sightings.setdefault(person_id, []).append((day, known_at))
    return sightings


def _entered(corrections: Iterable[Correction], cast: Cast) -> Iterator[tuple[UUID, date, datetime]]:
    """List the days that townships entered as days in the village."""
    person_of = {posting.id: posting.person_id for posting in cast.postings}
    for entry in corrections:
        if entry.day_class is DayClass.IN_VILLAGE:
            yield person_of[entry.posting_id], entry.day, entry.made_at


def _insert(rows: Iterable[Any]) -> None:
    db.session.add_all(rows)
    db.session.flush()


def _settings(areas: Mapping[str, Area], cast: Cast, *, began: date) -> list[AreaSetting]:
    county = areas[OWN_BUFFER_COUNTY]
    setting = AreaSetting(
        id=key("setting", county.code), area_id=county.id, key="fence.buffer_m", value=OWN_BUFFER_M,
        valid_from=began, document_no=f"定驻村办〔{began.year}〕3号（演示）",
        set_by=cast.holder(Role.COUNTY_OFFICE, county.id), set_at=datetime.combine(began, time(9), CHINA),
    )  # fmt: skip
    return [setting]


def _kinds(areas: Mapping[str, Area]) -> list[VillageKind]:
    return [
        VillageKind(
            id=key("kind", village.code, kind),
            village_id=areas[village.code].id,
            kind=kind,
            first_day=TEAMS_BEGAN,
        )
        for village in VILLAGES.values()
        for kind in village.kinds
    ]


def _fences(areas: Mapping[str, Area], cast: Cast, *, began: date) -> dict[str, FenceVersion]:
    fences = {}
    for village in VILLAGES.values():
        area, sent = areas[village.code], drawing_of(village)
        day = began + timedelta(days=LATE_FENCE_DAYS if village.is_drawn_late else -5)
        fences[village.code] = FenceVersion(
            id=key("fence", village.code, 1), village_id=area.id, version=1, sent=sent,
            drawing=draw(read_drawing(sent, limits=DrawingLimits())), source="演示用的虚构边界",
            drawn_by=cast.holder(Role.COUNTY_OFFICE, area.county_id),
            drawn_at=datetime.combine(day, time(10), CHINA),
        )  # fmt: skip
    return fences


def _stays(
    cast: Cast,
    grounds: Mapping[UUID, Ground],
    yesterday: date,
) -> list[Stay]:
    stays = []
    for number, posting in enumerate(cast.postings):
        days = _own_days(posting, cast.postings, yesterday)
        if days is not None:
            steady = steady_from(number, today=yesterday + timedelta(days=1))
            stay = Stay(posting, grounds[posting.village_id], days, steady_from=steady)
            if number in FROZEN_PHONES:
                stay.frozen = frozenset(stay.present[FROZEN_DAYS])
            stays.append(stay)
    return stays


def _own_days(posting: Posting, postings: Iterable[Posting], yesterday: date) -> DaySpan | None:
    """Return the days of a posting that are over; the day of a transfer belongs to the new one (rules.md §4.2)."""
    later = [
        other.first_day - timedelta(days=1)
        for other in postings
        if other.person_id == posting.person_id and other.first_day > posting.first_day
    ]
    last_day = min([posting.last_day or yesterday, yesterday, *later])
    return DaySpan(posting.first_day, last_day) if posting.first_day <= last_day else None


def _grounds(
    areas: Mapping[str, Area],
    settings: Sequence[AreaSetting],
    fences: Mapping[str, FenceVersion],
    day: date,
) -> dict[UUID, Ground]:
    return {
        areas[code].id: _ground(village, areas[code], settings, fences[code], day)
        for code, village in VILLAGES.items()
    }


def _ground(
    village: Village, area: Area, settings: Sequence[AreaSetting], fence: FenceVersion, day: date
) -> Ground:
    return Ground(
        village_id=area.id,
        township_id=key("area", area.code[:9] + "000"),
        county_id=key("area", area.code[:6] + "000000"),
        middle=village.middle,
        settings=_settings_of(area, settings, day),
        fence_id=fence.id,
        fence=Fence.of(read_drawing(fence.drawing, limits=DrawingLimits())),
        drawn_at=fence.drawn_at,
    )


def _settings_of(area: Area, settings: Sequence[AreaSetting], day: date) -> AreaSettings:
    rows = [SettingRow(row.area_id, row.key, row.value, row.valid_from) for row in settings]
    line: tuple[UUID | None, ...] = (area.id, area.township_id, area.county_id, area.city_id)
    return resolve(rows, ancestors=line, day=day)
