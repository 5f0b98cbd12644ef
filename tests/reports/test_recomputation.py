"""The report says the same as a statement of SQL written from the rules and not from the program (security G7)."""

from collections import defaultdict
from datetime import date, timedelta
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import text

from attendance.models import Half
from attendance.policy import ENTERABLE, DayClass
from identity.permissions import Role
from kernel.clock import today
from kernel.database import db
from kernel.periods import Month, days_of, months_between
from kernel.workdays import rest_days
from leave.policy import LeaveKind, LeaveState
from org.models import Area, Level, Posting
from tests.factories import (
    Phone,
    World,
    make_area,
    make_leave,
    make_office,
    make_person,
    make_posting,
    make_setting,
    make_unit,
)
from tests.reports.steps import ask, checkin, correction, put

MONTHS_COUNT, PEOPLE = 5, 46
BY_HAND = text("""
WITH posted AS (
    SELECT p.id, a.township_id, g::date AS day FROM postings p JOIN areas a ON a.id = p.village_id,
        generate_series(CAST(:first AS date), CAST(:last AS date), interval '1 day') g
    WHERE a.county_id = :county AND g >= p.first_day AND (p.last_day IS NULL OR g <= p.last_day)
        AND NOT EXISTS (SELECT FROM postings n WHERE n.person_id = p.person_id
            AND n.first_day > p.first_day AND n.first_day <= g)
), half AS (SELECT * FROM posted, (VALUES ('morning'), ('afternoon')) AS v(half)
), seen AS (
    SELECT posting_id AS id, day, bool_or(counted) AS counted FROM checkins GROUP BY 1, 2
), entered AS (
    SELECT DISTINCT ON (posting_id, day, v.half) posting_id AS id, day, v.half, day_class AS kind
    FROM corrections c JOIN (VALUES ('morning'), ('afternoon')) AS v(half) ON c.half IN ('whole', v.half)
    ORDER BY posting_id, day, v.half, made_at DESC
), away AS (
    SELECT h.id, h.day, h.half, CASE WHEN l.state IN ('submitted', 'oral') THEN 'pending' ELSE l.kind END AS kind
    FROM half h JOIN leaves l ON l.posting_id = h.id AND h.day BETWEEN l.first_day AND l.last_day
    WHERE l.state NOT IN ('rejected', 'withdrawn', 'not_taken')
        AND NOT (l.begins_at_noon AND h.day = l.first_day AND h.half = 'morning')
        AND NOT (l.ends_at_noon AND h.day = l.last_day AND h.half = 'afternoon')
), classed AS (
    SELECT id, township_id, day, half, coalesce(entered.kind, CASE
        WHEN seen.counted THEN 'in_village' WHEN away.kind IS NOT NULL THEN away.kind
        WHEN NOT seen.counted THEN 'pending' WHEN day = ANY(:rest) THEN 'rest'
        WHEN day >= :today THEN 'open' ELSE 'unexplained' END) AS kind
    FROM half LEFT JOIN entered USING (id, day, half) LEFT JOIN seen USING (id, day) LEFT JOIN away USING (id, day, half)
), dated AS (
    SELECT id, township_id, day, half, CASE WHEN bool_or(kind = 'in_village') OVER (PARTITION BY id, day)
        THEN 'in_village' ELSE kind END AS kind FROM classed
)
SELECT id, township_id, kind, count(*) / 2.0 AS days,
    count(*) FILTER (WHERE kind = 'in_village' AND half = 'morning') AS paid FROM dated GROUP BY 1, 2, 3
""")
"""What each class of day comes to for each posting of a county in a month (rules.md §4.1)."""

ASSESSED = {"in_village", "trip", "meeting", "training"}


def _county(world: World, chance: Random) -> list[Posting]:
    """Post people to villages of three townships, some for a part of the months, some to two villages."""
    first = _months()[0].first_day
    villages = [world.village, world.village_2, world.village_of_township_2]
    township = make_area("甲三乡", Level.TOWNSHIP, code="360799102000", within=world.county)
    villages += [
        make_area(name, Level.VILLAGE, code=f"36079910220{number}", within=township)
        for number, name in enumerate(("坪上村", "石下村"))
    ]
    postings = []
    for number in range(PEOPLE):
        person, unit = make_person(f"邱{number}"), make_unit(f"单位{number}")
        village, starts = chance.choice(villages), first - timedelta(days=chance.randrange(400))
        if chance.random() < 0.3:
            moves_on = first + timedelta(days=chance.randrange(150))
            last_day = moves_on - timedelta(days=chance.randrange(2))
            postings.append(make_posting(person, village, unit, first_day=starts, last_day=last_day))
            village, starts = chance.choice(villages), moves_on
        ends = starts + timedelta(days=chance.randrange(500)) if chance.random() < 0.2 else None
        postings.append(make_posting(person, village, unit, first_day=starts, last_day=ends))
    return postings


def _months() -> list[Month]:
    running = Month.of(today())
    return months_between(running.plus(1 - MONTHS_COUNT), running)


def _fill(posting: Posting, world: World, chance: Random, seen: set[tuple[UUID, date]]) -> None:
    """Put check-ins, entries and leaves there, some of them for days beyond the posting's own."""
    months = _months()
    rows: list[Any] = []
    for day in (day for month in months for day in month.days() if day <= today()):
        if chance.random() < 0.6 and (posting.person_id, day) not in seen:
            seen.add((posting.person_id, day))
            rows.append(checkin(posting, world.county, day, counted=chance.random() < 0.9))
        for number in range(chance.choice((0, 0, 0, 0, 0, 1, 2))):
            kind, half = chance.choice(sorted(ENTERABLE)), chance.choice(list(Half))
            by = world.township_clerk
            rows.append(correction(posting, world.county, day, kind, by=by, half=half, minutes=number))
    put(*rows)
    _ask_for_leaves(posting, world, chance)


def _ask_for_leaves(posting: Posting, world: World, chance: Random) -> None:
    months = _months()
    day, end = max(months[0].first_day, posting.first_day), posting.last_day or months[-1].last_day
    while (day := day + timedelta(days=chance.randrange(2, 30))) <= end:
        state = chance.choice(
            (LeaveState.APPROVED, LeaveState.SUBMITTED, LeaveState.RETURNED, LeaveState.REJECTED)
        )
        last_day = min(day + timedelta(days=chance.randrange(6)), end)
        make_leave(
            posting,
            county=world.county,
            state=state,
            kind=chance.choice(list(LeaveKind)),
            first_day=day,
            last_day=last_day,
            asked_last_day=last_day,
            begins_at_noon=last_day > day and chance.random() < 0.3,
            ends_at_noon=last_day > day and chance.random() < 0.3,
            returned_on=last_day if state is LeaveState.RETURNED else None,
        )
        day = last_day


def _by_hand(county: Area, month: Month, rest: list[date]) -> dict[UUID, dict[str, float]]:
    """Return each posting's days by class, its assessed and paid days, and its township, by the statement alone."""
    asked = {"county": county.id, "first": month.first_day, "last": month.last_day, "today": today()}
    found: dict[UUID, dict[str, Any]] = {}
    for row in db.session.execute(BY_HAND, {**asked, "rest": rest}):
        own = found.setdefault(row.id, defaultdict(float, township=row.township_id))
        own[row.kind] = float(row.days)
        own["paid"] += row.paid
        own["assessed"] += float(row.days) if row.kind in ASSESSED else 0
    return found


def test_the_report_agrees_with_sql_written_by_hand_on_200_random_months(world):
    chance = Random(20261124)
    postings = [*world.postings.values(), *_county(world, chance)]
    seen_on: set[tuple[UUID, date]] = set()
    for posting in postings:
        if posting is not world.postings["secretary_b"]:
            _fill(posting, world, chance, seen_on)
    extra_rest, extra_work = (
        _months()[1].first_day + timedelta(days=8),
        _months()[2].first_day + timedelta(days=5),
    )
    make_setting(world.county, "calendar.extra_rest_days", [extra_rest.isoformat()])
    make_setting(world.county, "calendar.extra_workdays", [extra_work.isoformat()])
    db.session.execute(text("ANALYZE"))
    office, compared = Phone(world.county_office), 0
    townships = [world.township, world.township_2, db.session.query(Area).filter_by(name="甲三乡").one()]
    clerks = []
    for township in townships:
        clerk = make_person("张经办")
        make_office(clerk, Role.TOWNSHIP_CLERK, area=township)
        clerks.append(Phone(clerk))
    for month in _months():
        rest = (set(days_of(month, rest_days(month))) | {extra_rest}) - {extra_work}
        expected = _by_hand(world.county, month, sorted(rest))
        seen: dict[UUID, dict[str, Any]] = {}
        for township, clerk in zip(townships, clerks, strict=True):
            report = ask(clerk, month=month, area=township).json
            own = {UUID(person["posting_id"]): person for person in report["people"]}
            assert own.keys() == {id_ for id_, each in expected.items() if each["township"] == township.id}
            _compare_sums(report["total"], [expected[id_] for id_ in own])
            seen |= own
        for posting_id, person in seen.items():
            _compare(person, expected[posting_id], f"{month} {person['person']['name']}")
            compared += 1
        whole = ask(office, month=month, area=world.county).json
        _compare_sums(whole["total"], list(expected.values()))
        assert whole["total"]["people"] == len(expected)
    assert compared >= 200


def _compare(person: dict[str, Any], expected: dict[str, float], who: str) -> None:
    figures = person["figures"]
    assert {kind: figures[f"{kind}_days"] for kind in DayClass} == {
        kind: expected[kind] for kind in DayClass
    }, who
    assert (figures["assessed_days"], person["paid_days"]) == (expected["assessed"], expected["paid"]), who


def _compare_sums(total: dict[str, Any], expected: list[dict[str, float]]) -> None:
    for name in (*DayClass, "assessed"):
        assert total[f"{name}_days"] == sum(each[name] for each in expected), name
    assert total["people_below_15"] == sum(each["assessed"] < 15 for each in expected)
    assert total["people_from_20"] == sum(each["assessed"] >= 20 for each in expected)
