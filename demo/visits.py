"""The visits of the demo: a year of them, as the helpers' phones sent them and the program stored them.

A test sends them again through the service itself.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any, NamedTuple
from uuid import UUID

from demo.families import QUARTERS_OF_HISTORY, Family, first_quarter
from demo.history import Ground
from demo.people import Cast
from demo.places import key
from geofence.datum import Point
from geofence.policy import judge
from identity.permissions import Role
from kernel.once import fingerprint
from kernel.periods import CHINA, DaySpan, Quarter, day_of
from visits.models import Pairing, Visit, VisitCorrection
from visits.policy import ChecklistItem, Entry, Finding, Topic, Way, entry_of
from visits.service import Report

PASSED_OVER = 0.07
"""How many households of a quarter nobody called on."""
SECOND_CALL, PHONE_CALL = 0.25, 0.35
FROM_AFAR = (Way.PHONE, Way.PHONE, Way.VIDEO)
ACCURACY_M = 25.0
ONE_DAY = timedelta(days=1)

NOTES = {
    Way.AT_HOME: (
        "入户走访，家中一切正常，鼓励发展脐橙种植",
        "核对医保缴费和慢性病签约情况，均已落实",
        "了解孩子就学情况，教育资助已到账",
        "查看住房和饮水，安全有保障",
        "宣传公益性岗位和外出务工交通补贴",
        "帮忙联系合作社，商议蜂蜜销路",
    ),
    Way.PHONE: ("电话了解务工和身体情况，一切平安", "电话提醒缴纳医保", "电话询问孩子返校情况"),
    Way.VIDEO: ("视频通话，一家人在外务工，工资按时发放",),
}
TOPICS = {
    Topic.EMPLOYMENT: "儿子在县城电子厂务工，月收入约四千元",
    Topic.FARMING: "种植脐橙三亩，长势良好",
    Topic.SCHOOLING: "孙女读小学三年级，享受营养餐",
    Topic.MEDICAL: "户主高血压，家庭医生按月随访",
    Topic.DAILY_LIFE: "吃穿不愁，住房为砖混结构",
    Topic.OTHER: "希望参加下期家政培训",
}
PRESENT = (("户主",), ("户主", "老伴"), ("户主的儿媳", "孙女"), ("户主", "儿子"))


@dataclass
class Round:
    """What a year of visits left behind."""

    visits: list[Visit] = field(default_factory=list)
    corrections: list[VisitCorrection] = field(default_factory=list)
    reports: dict[UUID, Report] = field(default_factory=dict)


class Call(NamedTuple):
    """One visit or contact as it happened, and when it reached the server."""

    family: Family
    person_id: UUID
    way: Way
    occurred_at: datetime
    received_at: datetime


def visit_all(
    families: Iterable[Family],
    pairings: Iterable[Pairing],
    cast: Cast,
    grounds: Mapping[UUID, Ground],
    *,
    today: date,
) -> Round:
    """Let every helper call on their households, as helpers do: most of them, most of the time."""
    by_id = {family.household.id: family for family in families}
    consented = {consent.person_id: consent.given_at for consent in cast.consents}
    made = Round()
    for pairing in sorted(pairings, key=lambda each: each.id):
        family = by_id[pairing.household_id]
        for call in _calls(pairing, family, today):
            _take(made, call, grounds[family.village.id], consented)
    _tell_stories(made, cast, grounds)
    return made


# -- who calls when -----------------------------------------------------------------------------------


def _calls(pairing: Pairing, family: Family, today: date) -> Iterator[Call]:
    for quarter in _quarters(today):
        chance = Random(f"calls {pairing.id} {quarter}")
        days = [day for day in _days(quarter, pairing, today) if family.spells.is_monitored(day)]
        if chance.random() < PASSED_OVER or not days:
            continue
        home = [day for day in days if not family.spells.is_away(day)]
        if home:
            for day in _some(home, quarter, pairing, chance, times=1 + (chance.random() < SECOND_CALL)):
                yield _call(pairing, family, Way.AT_HOME, day, chance, today)
        if not home or chance.random() < PHONE_CALL:
            yield _call(pairing, family, chance.choice(FROM_AFAR), chance.choice(days), chance, today)


def _quarters(today: date) -> Iterator[Quarter]:
    quarter = first_quarter(today)
    for _ in range(QUARTERS_OF_HISTORY):
        yield quarter
        quarter = Quarter.of(quarter.last_day + ONE_DAY)


def _days(quarter: Quarter, pairing: Pairing, today: date) -> list[date]:
    """Return the days of the quarter on which the pairing ran and that are over."""
    asked = DaySpan(quarter.first_day, quarter.last_day).overlap(DaySpan(pairing.first_day, pairing.last_day))
    if asked is None:
        return []
    last_day = min(asked.last_day or date.max, today - ONE_DAY)
    return [asked.first_day + timedelta(days=n) for n in range((last_day - asked.first_day).days + 1)]


def _some(days: list[date], quarter: Quarter, pairing: Pairing, chance: Random, *, times: int) -> list[date]:
    """Return the days on which somebody comes; of a running quarter only those that have been reached.

    A helper's first household is called on early in the quarter, the other when there is time.
    """
    length = (quarter.last_day - quarter.first_day).days
    is_first = pairing.explanation.endswith("第 1 户")
    planned = [chance.randrange(length // 3) if is_first else chance.randrange(length) for _ in range(times)]
    if quarter.last_day in days:
        return sorted({days[min(step, len(days) - 1)] for step in planned})
    wanted = {quarter.first_day + timedelta(days=step) for step in planned}
    return sorted(wanted & set(days))


def _call(pairing: Pairing, family: Family, way: Way, day: date, chance: Random, today: date) -> Call:
    """Return a call; where there is no network the phone sends it in the evening, or a day or two later."""
    occurred_at = datetime.combine(day, time(8), CHINA) + timedelta(minutes=chance.randrange(600))
    wait = timedelta(minutes=chance.randrange(4, 40))
    if way is Way.AT_HOME and chance.random() < 0.2:
        wait = chance.choice((timedelta(hours=4), timedelta(hours=21), timedelta(hours=43)))
    midnight = datetime.combine(today, time(), CHINA)
    received_at = min(occurred_at + wait, midnight - timedelta(minutes=5))
    return Call(family, pairing.person_id, way, occurred_at, received_at)


# -- what is stored of it -------------------------------------------------------------------------------


def _take(made: Round, call: Call, ground: Ground, consented: Mapping[UUID, datetime]) -> Visit:
    """Take a call in, as recording a visit does."""
    household, occurred_at = call.family.household, call.occurred_at
    client_key = key("visit", household.id, call.person_id, occurred_at.isoformat())
    chance = Random(f"told {client_key}")
    gives_point = (
        call.way is Way.AT_HOME and consented.get(call.person_id, call.received_at) < call.received_at
    )
    report = Report(
        client_key=client_key,
        household_id=household.id,
        occurred_at=occurred_at,
        way=call.way,
        note=chance.choice(NOTES[call.way]),
        content=_content(call, chance) if call.way is Way.AT_HOME else {},
        point=_door(call.family) if gives_point else None,
        accuracy_m=ACCURACY_M if gives_point else None,
    )
    entry = _entry(day_of(occurred_at), day_of(call.received_at), ground)
    visit = Visit(
        county_id=ground.county_id,
        id=key("visit row", client_key),
        household_id=household.id,
        village_id=ground.village_id,
        person_id=call.person_id,
        client_key=client_key,
        occurred_at=occurred_at,
        day=day_of(occurred_at),
        way=call.way,
        note=report.note,
        content=report.content,
        entry=entry,
        counts=entry is not Entry.TOO_LATE,
        photos_expected=0,
        received_at=call.received_at,
    )
    if report.point and call.received_at >= ground.drawn_at:
        distance_m = ground.fence.distance_m(report.point)
        judgement = judge(distance_m=distance_m, accuracy_m=ACCURACY_M, limits=ground.limits)
        visit.standing, visit.fence_id = judgement.verdict, ground.fence_id
    elif report.point:
        report = replace(report, point=None, accuracy_m=None)
    made.visits.append(visit)
    _say(made, visit, report)
    return visit


def _door(family: Family) -> Point:
    household = family.household
    return Point(household.longitude_deg or 0.0, household.latitude_deg or 0.0)


def _entry(day: date, entered_on: date, ground: Ground) -> Entry:
    late_entry_days: int = ground.settings["visit.late_entry_days"]
    return entry_of(occurred_on=day, entered_on=entered_on, late_entry_days=late_entry_days)


def _say(made: Round, visit: Visit, report: Report) -> None:
    """Keep what the phone said, by which a second report is known to say the same."""
    made.reports[visit.id] = report
    visit.content_sha256 = report.fingerprint(visit.person_id)


def expect_photos(made: Round, visit: Visit, count: int) -> None:
    """Let the phone announce photos with its visit."""
    visit.photos_expected = count
    _say(made, visit, replace(made.reports[visit.id], photos_expected=count))


def tell_problem(made: Round, visit: Visit, item: str, description: str) -> None:
    """Let the helper find something on a visit."""
    _say(made, visit, replace(made.reports[visit.id], problems=((item, description),)))


def _content(call: Call, chance: Random) -> dict[str, Any]:
    checklist = {str(item): str(Finding.SECURED) for item in ChecklistItem}
    if chance.random() < 0.4:
        checklist[ChecklistItem.SCHOOLING] = str(Finding.NOT_APPLICABLE)
    topics = {str(topic): TOPICS[topic] for topic in sorted(chance.sample(sorted(TOPICS), 2))}
    content: dict[str, Any] = {
        "checklist": checklist,
        "topics": topics,
        "present": list(chance.choice(PRESENT)),
    }
    if chance.random() < 0.3:
        content["helped"] = "帮忙填报小额信贷贴息申请"
    return content


# -- what else became of some ---------------------------------------------------------------------------


def _tell_stories(made: Round, cast: Cast, grounds: Mapping[UUID, Ground]) -> None:
    """Let some visits come late, be corrected, or be withdrawn; all of quarters long over."""
    quarter = Quarter.of(min(visit.day for visit in made.visits))
    at_home = [
        visit for visit in made.visits if visit.way is Way.AT_HOME and Quarter.of(visit.day) == quarter
    ]
    late, too_late, accepted, corrected, withdrawn = at_home[:5]
    for visit, days in ((late, 5), (too_late, 12), (accepted, 20)):
        _come_late(visit, grounds[visit.village_id], quarter.last_day + timedelta(days=days))
    clerk_id = cast.holder(Role.TOWNSHIP_CLERK, grounds[accepted.village_id].township_id)
    _correct(made, accepted, clerk_id, "手机损坏补录，经与户主核实", {"accepted": True}, days=2)
    _correct(
        made,
        corrected,
        corrected.person_id,
        "漏记需求",
        {"note": f"{corrected.note}；想申请小额信贷"},
        days=1,
    )
    _correct(made, withdrawn, withdrawn.person_id, "误记为他户", {"withdrawn": True}, days=1)


def _come_late(visit: Visit, ground: Ground, entered_on: date) -> None:
    visit.received_at = datetime.combine(entered_on, time(10), CHINA)
    visit.entry = _entry(visit.day, entered_on, ground)
    visit.counts = visit.entry is not Entry.TOO_LATE
    visit.standing = visit.fence_id = None


def _correct(
    made: Round, visit: Visit, by: UUID, reason: str, changes: Mapping[str, Any], *, days: int
) -> None:
    made.corrections.append(
        VisitCorrection(
            county_id=visit.county_id,
            id=key("visit correction", visit.id),
            visit_id=visit.id,
            number=1,
            client_key=key("visit correction key", visit.id),
            content_sha256=fingerprint(by, visit.id, reason, dict(changes)),
            occurred_at=visit.occurred_at,
            day=visit.day,
            way=visit.way,
            note=changes.get("note", visit.note),
            content=visit.content,
            counts=changes.get("accepted", visit.counts),
            is_withdrawn=changes.get("withdrawn", False),
            reason=reason,
            made_by=by,
            made_at=visit.received_at + timedelta(days=days),
        )
    )
