"""Recording that a duty was seen to, and telling it anew (Articles 14, 15, 26, 28)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as insert_or_skip

from attendance.queries import own_days
from identity.permissions import Permission
from identity.scope import Caller, areas_within, find_posting_on, get_area, get_unit, within
from kernel import audit
from kernel.database import AnyRow, db, transaction
from kernel.errors import Conflict, Forbidden, NotFound, Refusal
from kernel.once import fingerprint
from kernel.periods import day_of
from org.models import Area, DispatchingUnit, Level, Person, Posting
from org.queries import next_first_day
from oversight.duty_facts import counties_of_units
from oversight.duty_models import DutyEvent
from oversight.duty_policy import DUTY, Duty, DutyCode, Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyReport:
    """What an office tells of one event: a meeting, a visit, money paid, a training of several people."""

    client_key: UUID
    duty: DutyCode
    day: date
    note: str
    area_id: UUID | None = None
    unit_id: UUID | None = None
    person_ids: tuple[UUID, ...] = ()
    amount_fen: int | None = None


class _About(NamedTuple):
    """Whose duty a row is, and in which county it lies."""

    county_id: UUID
    subject_id: UUID
    unit_id: UUID | None = None
    village_id: UUID | None = None


def record_event(*, caller: Caller, report: DutyReport) -> tuple[list[DutyEvent], bool]:
    """Record one event, of a training one for each person; return them and whether they are new.

    The same ``client_key`` again answers with the first records. NotFound beyond the caller's reach, Forbidden for a
    duty that another office records, Refusal for a day to come, or on which the subject does not have the duty.
    """
    if report.day > day_of(caller.now):
        raise Refusal("day_in_future", "不能登记将来的日期")
    with transaction():
        duty = DUTY[report.duty]
        content = fingerprint(caller.person_id, *_content(report))
        rows = [_first_row(report, duty, about, content, caller) for about in _about(report, duty, caller)]
        return _store(rows, "duty.record")


def _content(report: DutyReport) -> tuple[Any, ...]:
    people = sorted(map(str, report.person_ids))
    return report.duty, report.day, report.note, report.area_id, report.unit_id, people, report.amount_fen


def _first_row(
    report: DutyReport, duty: Duty, about: _About, content_sha256: bytes, caller: Caller
) -> DutyEvent:
    event_id = uuid4()
    return DutyEvent(
        **about._asdict(),
        id=event_id,
        event_id=event_id,
        number=0,
        client_key=report.client_key,
        content_sha256=content_sha256,
        duty=report.duty,
        subject_kind=duty.subject,
        person_id=about.subject_id if duty.subject is Subject.PERSON else None,
        day=report.day,
        amount_fen=report.amount_fen,
        note=report.note,
        is_withdrawn=False,
        reason=None,
        recorded_by=caller.person_id,
        recorded_at=caller.now,
    )


# -- whose it is ----------------------------------------------------------------------------------


def _about(report: DutyReport, duty: Duty, caller: Caller) -> list[_About]:
    match duty.subject:
        case Subject.COUNTY:
            county = get_area(_named(report.area_id), caller, Permission.RECORD_DUTIES, level=Level.COUNTY)
            _check_county_office(county.id, caller)
            return [_About(county.id, county.id)]
        case Subject.PERSON:
            return _trained(report, caller)
    unit = get_unit(_named(report.unit_id), caller, Permission.RECORD_DUTIES)
    if duty.subject is Subject.UNIT and not duty.per_village:
        return [_About(_home_county(unit), unit.id, unit.id)]
    village = _village_served(unit, _named(report.area_id), report.day, caller)
    county_id: UUID = village.county_id  # type: ignore[assignment]  # a village lies in a county
    subject = village if duty.subject is Subject.TEAM else unit
    return [_About(county_id, subject.id, unit.id, village.id)]


def _named(id_: UUID | None) -> UUID:
    if id_ is None:
        raise NotFound()
    return id_


def _check_county_office(county_id: UUID, caller: Caller) -> None:
    held = {holding.area_id for holding in caller.holdings_for(Permission.RECORD_DUTIES)}
    if county_id not in held:
        raise Forbidden("county_records_it", "该项由县驻村办登记")


def _home_county(unit: DispatchingUnit) -> UUID:
    """Return the county of the unit's first posting ever: there lies what it owes to no village alone."""
    return db.session.scalars(
        select(Area.county_id)
        .join(Posting, Posting.village_id == Area.id)
        .where(Posting.unit_id == unit.id)
        .order_by(Posting.first_day, Posting.id)
        .limit(1)
    ).one()  # type: ignore[return-value]


def _village_served(unit: DispatchingUnit, village_id: UUID, day: date, caller: Caller) -> Area:
    """Return a village where people of the unit serve in the year of the day."""
    statement = (
        select(Area, Posting)
        .join(Posting, Posting.village_id == Area.id)
        .where(Posting.unit_id == unit.id, Area.id == village_id)
    )
    rows = db.session.execute(within(statement, caller, Permission.RECORD_DUTIES)).all()
    if not rows:
        raise NotFound("area_not_found", "没有找到该地区")
    first_day, last_day = date(day.year, 1, 1), date(day.year, 12, 31)
    if not any(
        row.Posting.first_day <= last_day
        and (row.Posting.last_day is None or row.Posting.last_day >= first_day)
        for row in rows
    ):
        raise Refusal("unit_not_there", "该单位当年没有在该村派驻")
    village: Area = rows[0].Area
    return village


def _trained(report: DutyReport, caller: Caller) -> list[_About]:
    """Return the people of a training, each in the village where they served on the day."""
    statement = (
        select(Posting, Area, Person.name, next_first_day())
        .join(Area, Area.id == Posting.village_id)
        .join(Person, Person.id == Posting.person_id)
        .where(Posting.person_id.in_(report.person_ids))
    )
    rows = db.session.execute(within(statement, caller, Permission.RECORD_DUTIES)).all()
    names = {row.Posting.person_id: row.name for row in rows}
    if set(report.person_ids) - names.keys():
        raise NotFound("person_not_found", "没有找到此人")
    serving = {row.Posting.person_id: row for row in rows if _serves(row, report.day)}
    if away := sorted(name for person_id, name in names.items() if person_id not in serving):
        raise Refusal("day_outside_posting", f"该日不在派驻期内：{'、'.join(away)}", people=away)
    for row in serving.values():
        _check_county_office(row.Area.county_id, caller)
    return [
        _About(row.Area.county_id, person_id, row.Posting.unit_id, row.Area.id)
        for person_id, row in sorted(serving.items())
    ]


def _serves(row: AnyRow, day: date) -> bool:
    posting, *_, next_day = row
    return own_days(posting.first_day, posting.last_day, next_day).contains(day)


# -- once -----------------------------------------------------------------------------------------


def _store(rows: Sequence[DutyEvent], action: str) -> tuple[list[DutyEvent], bool]:
    """Insert the rows of one telling; where their key was there first, return what stands under it."""
    first = rows[0]
    columns = [column.key for column in DutyEvent.__table__.columns]
    values = [{name: getattr(row, name) for name in columns} for row in rows]
    stored = db.session.scalars(
        insert_or_skip(DutyEvent).on_conflict_do_nothing().returning(DutyEvent.id), values
    ).all()
    if len(stored) == len(rows):
        audit.record_several(
            action,
            [(row.county_id, row.event_id) for row in rows],
            now=first.recorded_at,
            actor_id=first.recorded_by,
            duty=first.duty,
            day=first.day.isoformat(),
            reason=first.reason,
        )
        return list(rows), True
    known = db.session.scalars(
        select(DutyEvent)
        .where(
            DutyEvent.county_id.in_({row.county_id for row in rows}),
            DutyEvent.client_key == first.client_key,
        )
        .order_by(DutyEvent.subject_id)
    ).all()
    if not known:
        raise Conflict("changed_meanwhile", "刚被他人更改，请刷新后再试")
    if stored or any(row.content_sha256 != first.content_sha256 for row in known):
        raise Conflict("key_reused", "同一编号已用于另一条记录")
    return list(known), False


# -- telling it anew ------------------------------------------------------------------------------


def correct_event(
    *,
    caller: Caller,
    event_id: UUID,
    client_key: UUID,
    reason: str,
    is_withdrawn: bool,
    changes: dict[str, Any],
) -> tuple[DutyEvent, bool]:
    """Tell an event anew with the reason, or withdraw it; what was told before stays beside it.

    ``changes`` are a day, a note, an amount. Conflict if somebody else corrected it at the same moment.
    """
    if changes.get("day", date.min) > day_of(caller.now):
        raise Refusal("day_in_future", "不能登记将来的日期")
    with transaction():
        latest = get_tellings(event_id, caller, Permission.RECORD_DUTIES)[-1]
        if not may_correct(latest, caller):
            raise Forbidden("other_office_records_it", "只能由登记的单位更正")
        if ("amount_fen" in changes) > DUTY[DutyCode(latest.duty)].is_amount:
            raise Refusal("no_amount", "该项职责没有金额")
        content = fingerprint(caller.person_id, event_id, reason, is_withdrawn, changes)
        told = {"day": latest.day, "note": latest.note, "amount_fen": latest.amount_fen, **changes}
        row = _told_anew(latest, told, client_key, content, reason, is_withdrawn, caller)
        (stored,), is_new = _store([row], "duty.correct")
        return stored, is_new


def _told_anew(
    latest: DutyEvent,
    told: dict[str, Any],
    client_key: UUID,
    content_sha256: bytes,
    reason: str,
    is_withdrawn: bool,
    caller: Caller,
) -> DutyEvent:
    same = (
        "county_id",
        "event_id",
        "duty",
        "subject_kind",
        "subject_id",
        "person_id",
        "unit_id",
        "village_id",
    )
    return DutyEvent(
        **{name: getattr(latest, name) for name in same},
        **told,
        id=uuid4(),
        number=latest.number + 1,
        client_key=client_key,
        content_sha256=content_sha256,
        is_withdrawn=is_withdrawn,
        reason=reason,
        recorded_by=caller.person_id,
        recorded_at=caller.now,
    )


def may_correct(event: DutyEvent, caller: Caller) -> bool:
    """Say whether the caller records for the event's county, or for the unit whose duty it is."""
    is_units = event.subject_kind in (Subject.UNIT, Subject.TEAM)
    return any(
        holding.area_id == event.county_id or (is_units and holding.unit_id == event.unit_id)
        for holding in caller.holdings_for(Permission.RECORD_DUTIES)
    )


# -- reading --------------------------------------------------------------------------------------


def get_tellings(event_id: UUID, caller: Caller, permission: Permission) -> list[DutyEvent]:
    """Return all that was told of an event, in order; NotFound beyond the caller's reach."""
    own = areas_within(select(Area.county_id), caller, permission)
    of_units = counties_of_units(lambda statement: within(statement, caller, permission))
    rows = db.session.scalars(
        select(DutyEvent)
        .where(DutyEvent.county_id.in_(own.union(of_units)), DutyEvent.event_id == event_id)
        .order_by(DutyEvent.number)
    ).all()
    try:
        if rows:
            _check_reach(rows[-1], caller, permission)
            return list(rows)
    except NotFound:
        pass
    raise NotFound("duty_event_not_found", "没有找到该记录")


def _check_reach(event: DutyEvent, caller: Caller, permission: Permission) -> None:
    match event.subject_kind:
        case Subject.PERSON:
            posting = find_posting_on(
                event.day, person_id=event.subject_id, caller=caller, permission=permission
            )
            if posting is None:
                raise NotFound()
        case Subject.UNIT:
            get_unit(event.subject_id, caller, permission)
            if event.village_id:
                get_area(event.village_id, caller, permission)
        case _:
            get_area(event.subject_id, caller, permission)
