"""What the demo tells of duties: most seen to, some not yet, one corrected (Articles 14, 15, 26, 28)."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from demo.people import Cast
from demo.places import key
from identity.permissions import Role
from kernel.periods import CHINA
from org.models import Area, Level, Posting, PostingRole
from oversight.duty_models import DutyEvent
from oversight.duty_policy import DUTY, DutyCode, Subject

ONE_DAY = timedelta(days=1)
MEETINGS = ((3, 12), (9, 10))
DISPATCH_DAY = 8
MONTH_WITHOUT_DISPATCH = 5
FUND_FEN, TOO_MUCH_FEN, TOO_LITTLE_FEN = 500_000, 5_000_000, 100_000
NOTES: Mapping[DutyCode, str] = {
    DutyCode.COUNTY_MEETING: "在县委党校召开，各队长汇报下步打算",
    DutyCode.COUNTY_DISPATCH: "视频调度，逐村点名",
    DutyCode.UNIT_HEAD_REPORT: "党组会听取驻村工作汇报",
    DutyCode.UNIT_HEAD_VISIT: "调研脐橙果园和村集体经济",
    DutyCode.UNIT_DEPUTY_VISIT: "看望队员，商量饮水工程",
    DutyCode.TEAM_FUND: "转入村财务账户",
    DutyCode.COUNTY_TRAINING: "县委组织部驻村干部培训班",
}


def tell_of_duties(cast: Cast, areas: Mapping[str, Area], *, today: date) -> list[DutyEvent]:
    """Return what was told by yesterday; the same for the same day."""
    told = [
        *_of_counties(cast, areas, today.year),
        *_of_units(cast, areas),
        *_of_teams(cast, areas),
        *_of_people(cast, areas),
    ]
    return [event for event in told if event.recorded_at.astimezone(CHINA).date() < today]


def _of_counties(cast: Cast, areas: Mapping[str, Area], year: int) -> Iterator[DutyEvent]:
    counties = sorted((area for area in areas.values() if area.level == Level.COUNTY), key=lambda a: a.code)
    for place, county in enumerate(counties):
        about: dict[str, Any] = {
            "county_id": county.id,
            "subject_id": county.id,
            "by": _office(cast, county.id),
        }
        for month, day in MEETINGS[: 2 - place % 2]:
            yield _event(DutyCode.COUNTY_MEETING, date(year, month, day), **about)
        for month in range(1, 13):
            if (place, month) != (1, MONTH_WITHOUT_DISPATCH):
                yield _event(DutyCode.COUNTY_DISPATCH, date(year, month, DISPATCH_DAY), **about)


def _of_units(cast: Cast, areas: Mapping[str, Area]) -> Iterator[DutyEvent]:
    villages = {area.id: area for area in areas.values()}
    known: dict[tuple[UUID, UUID], Posting] = {}
    homes: dict[UUID, UUID] = {}
    for posting in sorted(cast.postings, key=lambda posting: (posting.first_day, posting.id)):
        known.setdefault((posting.unit_id, posting.village_id), posting)
        homes.setdefault(posting.unit_id, villages[posting.village_id].county_id or posting.village_id)
    for place, ((unit_id, village_id), posting) in enumerate(known.items()):
        county_id = villages[village_id].county_id or village_id
        about: dict[str, Any] = {
            "subject_id": unit_id,
            "unit_id": unit_id,
            "village_id": village_id,
            "county_id": county_id,
            "by": _clerk(cast, unit_id, county_id),
        }
        if place % 3:
            yield _event(DutyCode.UNIT_HEAD_VISIT, posting.first_day + 30 * ONE_DAY, **about)
        if place % 4 != 3:
            yield _event(DutyCode.UNIT_DEPUTY_VISIT, posting.first_day + 12 * ONE_DAY, **about)
    for place, (unit_id, county_id) in enumerate(homes.items()):
        if place % 3 != 2:
            by = _clerk(cast, unit_id, county_id)
            about = {
                "subject_id": unit_id,
                "unit_id": unit_id,
                "county_id": county_id,
                "by": by,
            }
            yield _event(DutyCode.UNIT_HEAD_REPORT, _begin(cast) + 20 * ONE_DAY, **about)


def _of_teams(cast: Cast, areas: Mapping[str, Area]) -> Iterator[DutyEvent]:
    villages = {area.id: area for area in areas.values()}
    leaders = [posting for posting in cast.postings if posting.role is PostingRole.FIRST_SECRETARY]
    for place, posting in enumerate(leaders):
        if place % 4 == 3 or posting.first_day != _begin(cast):
            continue
        county_id = villages[posting.village_id].county_id or posting.village_id
        amount_fen = {0: TOO_MUCH_FEN, 1: TOO_LITTLE_FEN}.get(place, FUND_FEN)
        paid = _event(
            DutyCode.TEAM_FUND,
            posting.first_day + 15 * ONE_DAY,
            subject_id=posting.village_id,
            unit_id=posting.unit_id,
            village_id=posting.village_id,
            county_id=county_id,
            by=_clerk(cast, posting.unit_id, county_id),
            amount_fen=amount_fen,
        )
        yield paid
        if amount_fen == TOO_MUCH_FEN:
            yield _corrected(paid)


def _corrected(paid: DutyEvent) -> DutyEvent:
    """Tell the payment anew: somebody had written a nought too many."""
    same = (
        "county_id",
        "event_id",
        "duty",
        "subject_kind",
        "subject_id",
        "unit_id",
        "village_id",
        "day",
        "note",
    )
    return DutyEvent(
        **{name: getattr(paid, name) for name in same},
        id=key("duty", paid.event_id, "corrected"),
        number=1,
        client_key=key("duty key", paid.event_id, "corrected"),
        content_sha256=b"",
        amount_fen=FUND_FEN,
        is_withdrawn=False,
        reason="金额多写了一个零",
        recorded_by=paid.recorded_by,
        recorded_at=paid.recorded_at + ONE_DAY,
    )


def _of_people(cast: Cast, areas: Mapping[str, Area]) -> Iterator[DutyEvent]:
    villages = {area.id: area for area in areas.values()}
    for place, posting in enumerate(cast.postings):
        day = posting.first_day + 25 * ONE_DAY
        if place % 3 and (posting.last_day is None or day < posting.last_day):
            county_id = villages[posting.village_id].county_id or posting.village_id
            yield _event(
                DutyCode.COUNTY_TRAINING,
                day,
                subject_id=posting.person_id,
                unit_id=posting.unit_id,
                village_id=posting.village_id,
                county_id=county_id,
                by=_office(cast, county_id),
            )


def _begin(cast: Cast) -> date:
    return min(posting.first_day for posting in cast.postings)


def _office(cast: Cast, county_id: UUID) -> UUID:
    return cast.holder(Role.COUNTY_OFFICE, county_id)


def _clerk(cast: Cast, unit_id: UUID, county_id: UUID) -> UUID:
    """Return the unit's clerk, or for a unit without an account the county office."""
    clerks = [office.person_id for office in cast.offices if office.unit_id == unit_id]
    return clerks[0] if clerks else _office(cast, county_id)


def _event(
    duty: DutyCode,
    day: date,
    *,
    county_id: UUID,
    subject_id: UUID,
    by: UUID,
    unit_id: UUID | None = None,
    village_id: UUID | None = None,
    amount_fen: int | None = None,
) -> DutyEvent:
    event_id = key("duty", duty, subject_id, village_id, day)
    values: dict[str, Any] = {"unit_id": unit_id, "village_id": village_id, "amount_fen": amount_fen}
    return DutyEvent(
        county_id=county_id,
        id=event_id,
        event_id=event_id,
        number=0,
        client_key=key("duty key", event_id),
        content_sha256=b"",
        duty=duty,
        subject_kind=Subject(DUTY[duty].subject),
        subject_id=subject_id,
        person_id=subject_id if DUTY[duty].subject is Subject.PERSON else None,
        day=day,
        note=NOTES[duty],
        is_withdrawn=False,
        reason=None,
        recorded_by=by,
        recorded_at=datetime.combine(day, time(17, 30), CHINA),
        **values,
    )
