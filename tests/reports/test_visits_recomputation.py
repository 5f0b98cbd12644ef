"""The report of visits says the same as a statement of SQL written from the rules and not from the program (G7)."""

from collections import defaultdict
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text

from kernel.clock import now, today
from kernel.database import db
from kernel.periods import CHINA, DaySpan, Quarter
from org.models import Area, Level, Person
from tests.factories import (
    LONG_AGO,
    Phone,
    World,
    make_area,
    make_household,
    make_pairing,
    make_person,
    make_problem,
    make_setting,
    make_visit,
)
from tests.reports.steps import ask_visits, put
from visits.models import Category, HouseholdState, Problem, ProblemState, Visit, VisitCorrection
from visits.policy import State, Way

QUARTERS_COUNT, HOUSEHOLDS, HELPERS = 8, 75, 30

BY_HAND = text("""
WITH family AS (
    SELECT h.id, h.village_id, h.category IN ('unstable', 'marginal', 'sudden') AS is_of_three FROM households h
        JOIN areas a ON a.id = h.village_id WHERE a.county_id = :county
), day AS (SELECT g::date AS day FROM generate_series(CAST(:first AS date), CAST(:last AS date), interval '1 day') g
), known AS (
    SELECT family.id, day, coalesce((SELECT s.state IN ('monitored', 'back') FROM household_states s
        WHERE s.household_id = family.id AND s.first_day <= day AND s.state NOT IN ('away', 'home')
        ORDER BY s.number DESC LIMIT 1), false) AS monitored,
      coalesce((SELECT s.state = 'away' FROM household_states s
        WHERE s.household_id = family.id AND s.first_day <= day AND s.state IN ('away', 'home')
        ORDER BY s.number DESC LIMIT 1), false) AS away
    FROM family, day
), told AS (
    SELECT v.household_id, v.person_id, coalesce(c.day, v.day) AS day, coalesce(c.way, v.way) AS way
    FROM visits v LEFT JOIN LATERAL (SELECT * FROM visit_corrections c WHERE c.visit_id = v.id
        ORDER BY c.number DESC LIMIT 1) c ON true
    WHERE coalesce(c.counts, v.counts) AND NOT coalesce(c.is_withdrawn, false)
        AND coalesce(c.day, v.day) BETWEEN :first AND :last
), duty AS (
    SELECT p.id, p.household_id, p.person_id, count(*) AS days, count(*) FILTER (WHERE NOT k.away) AS days_at_home,
        EXISTS (SELECT FROM told t JOIN known n ON n.id = t.household_id AND n.day = t.day
            WHERE t.household_id = p.household_id AND t.person_id = p.person_id AND t.day >= p.first_day
            AND (p.last_day IS NULL OR t.day <= p.last_day) AND (t.way = 'at_home' OR n.away AND :contact)) AS done,
        (SELECT monitored FROM known n WHERE n.id = p.household_id AND n.day = :until) AS still
    FROM pairings p JOIN known k ON k.id = p.household_id AND k.monitored
        AND k.day >= p.first_day AND (p.last_day IS NULL OR k.day <= p.last_day)
    GROUP BY p.id, p.household_id, p.person_id, p.first_day, p.last_day
), stands AS (
    SELECT household_id, person_id, CASE WHEN done THEN 'done' WHEN NOT still THEN 'exempt'
        WHEN days < :grace THEN 'grace' WHEN days_at_home < :grace THEN 'away' ELSE 'not_done' END AS status FROM duty
), covered AS (
    SELECT id AS household_id, EXISTS (SELECT FROM told WHERE household_id = id AND way = 'at_home') AS is_covered,
        bool_or(monitored) AND bool_or(monitored) FILTER (WHERE day = :until) AS needs
    FROM family JOIN known USING (id) WHERE is_of_three GROUP BY id
), problem AS (
    SELECT household_id, found_on BETWEEN :first AND :until AS found,
        coalesce(settled_on BETWEEN :first AND :until, false) AS settled,
        settled_on IS NULL OR settled_on > :until AS open, due_on
    FROM problems WHERE found_on <= :until
), place AS (
    SELECT id AS household_id, village_id AS place, NULL AS status FROM family
    UNION ALL SELECT DISTINCT household_id, person_id, NULL FROM stands
)
SELECT place, 'households' AS figure, count(*) FROM place JOIN covered USING (household_id)
    WHERE is_covered OR needs GROUP BY place
UNION ALL SELECT place, 'covered', count(*) FROM place JOIN covered USING (household_id) WHERE is_covered GROUP BY place
UNION ALL SELECT village_id, status, count(*) FROM stands JOIN family ON id = household_id GROUP BY 1, 2
UNION ALL SELECT person_id, status, count(*) FROM stands GROUP BY 1, 2
UNION ALL SELECT place, unnest(ARRAY['problems_found', 'problems_settled', 'problems_open', 'problems_overdue']),
    unnest(ARRAY[count(*) FILTER (WHERE found), count(*) FILTER (WHERE settled), count(*) FILTER (WHERE open),
        count(*) FILTER (WHERE open AND due_on < :until)]) FROM place JOIN problem USING (household_id) GROUP BY place
""")
"""The columns of §4.5 for each village and each helper of a county in a quarter, counted day by day."""

FIGURES = (
    "done", "not_done", "exempt", "grace", "away", "households", "covered",
    "problems_found", "problems_settled", "problems_open", "problems_overdue",
)  # fmt: skip


def _quarters() -> list[Quarter]:
    found = [Quarter.of(today())]
    while len(found) < QUARTERS_COUNT:
        found.insert(0, Quarter.of(found[0].first_day - timedelta(days=1)))
    return found


def _villages(world: World) -> list[Area]:
    township = make_area("甲三乡", Level.TOWNSHIP, code="360799102000", within=world.county)
    return [
        world.village, world.village_2, world.village_of_township_2,
        make_area("坪上村", Level.VILLAGE, code="360799102201", within=township),
    ]  # fmt: skip


def _some_day(chance: Random) -> date:
    first = _quarters()[0].first_day - timedelta(days=60)
    return first + timedelta(days=chance.randrange((today() - first).days + 1))


def _live(household: Any, helpers: list[Person], world: World, chance: Random) -> None:
    """Let a household change its state, its helper, be visited and have problems, at random."""
    changes = chance.choice((0, 0, 1, 2, 4))
    days = sorted(max(household.identified_on, _some_day(chance)) for _ in range(changes))
    for number, day in enumerate(days, 2):
        put(_state(household, number, chance.choice(list(State)), day))
    day: date | None = LONG_AGO if chance.random() < 0.6 else _some_day(chance)
    while day is not None and day < today():
        helper = chance.choice(helpers)
        until = day + timedelta(days=chance.randrange(1, 400)) if chance.random() < 0.7 else None
        pairing = make_pairing(household, helper, first_day=day, last_day=until)
        for _ in range(chance.choice((0, 1, 2, 3))):
            _visit(
                household, chance.choice((helper, helper, world.township_clerk)), DaySpan(day, until), chance
            )
        day = pairing.last_day and pairing.last_day + timedelta(days=chance.choice((0, 0, 20)))


def _state(household: Any, number: int, state: State, day: date) -> HouseholdState:
    return HouseholdState(
        county_id=household.county_id, household_id=household.id, number=number, state=state, first_day=day,
        note="", made_at=now(),
    )  # fmt: skip


def _visit(household: Any, person: Person, span: DaySpan, chance: Random) -> None:
    day = _some_day(chance)
    way = chance.choice((Way.AT_HOME, Way.AT_HOME, Way.PHONE, Way.VIDEO))
    visit = make_visit(household, person, day=day, way=way, counts=chance.random() < 0.9)
    if chance.random() < 0.3:
        _correct(visit, chance)
    for _ in range(chance.choice((0, 0, 1))):
        problem: Problem = make_problem(visit)
        problem.due_on = day + timedelta(days=30) if chance.random() < 0.5 else None
        settled_on = day + timedelta(days=chance.randrange(200))
        if chance.random() < 0.6 and settled_on <= today():
            problem.state, problem.settled_on = ProblemState.SETTLED, settled_on
        put(problem)


def _correct(visit: Visit, chance: Random) -> None:
    quarter = Quarter.of(visit.day)
    for number in range(1, chance.choice((2, 3))):
        day = min(quarter.first_day + timedelta(days=chance.randrange(90)), quarter.last_day)
        put(
            VisitCorrection(
                county_id=visit.county_id, id=uuid4(), visit_id=visit.id, number=number, client_key=uuid4(),
                content_sha256=b"", is_withdrawn=chance.random() < 0.3, reason="经核实", made_by=visit.person_id,
                made_at=now(), occurred_at=datetime.combine(day, time(12), CHINA), day=day,
                way=chance.choice(list(Way)), note="走访", content={}, counts=chance.random() < 0.9,
            )
        )  # fmt: skip


def _by_hand(county: Area, quarter: Quarter, *, grace: int, contact: bool) -> dict[UUID, dict[str, int]]:
    asked = {
        "county": county.id, "first": quarter.first_day, "last": quarter.last_day, "grace": grace,
        "contact": contact, "until": min(quarter.last_day, today()),
    }  # fmt: skip
    found: dict[UUID, dict[str, int]] = defaultdict(lambda: dict.fromkeys(FIGURES, 0))
    db.session.execute(text("SET LOCAL statement_timeout = 0"))  # what is plain may be slow
    for place, figure, number in db.session.execute(BY_HAND, asked):
        found[place][figure] += number
    return found


def test_the_report_agrees_with_sql_written_by_hand_on_200_random_lines(world):
    chance = Random(20261128)
    villages = _villages(world)
    helpers = [make_person(f"邱{number}") for number in range(HELPERS)]
    for _ in range(HOUSEHOLDS):
        category = chance.choice((*Category, Category.UNSTABLE, Category.MARGINAL))
        since = LONG_AGO if chance.random() < 0.7 else _some_day(chance) - timedelta(days=400)
        _live(make_household(chance.choice(villages), since=since, category=category), helpers, world, chance)
    make_setting(world.county, "visit.new_pairing_grace_days", 25)
    make_setting(world.county, "visit.counts_contact_for_away", True)
    db.session.execute(text("ANALYZE"))
    office, compared = Phone(world.county_office), 0
    seen_statuses: set[str] = set()
    for quarter in _quarters():
        expected = _by_hand(world.county, quarter, grace=25, contact=True)
        whole = ask_visits(office, world.county, quarter).json
        for village in villages:
            report = ask_visits(office, village, quarter).json
            _compare(report["total"], expected[village.id], f"{quarter} {village.name}")
            compared += 1
        owing = {line["helper"]["id"] for line in whole["to_look_at"]}
        assert owing == {str(each.id) for each in helpers if expected[each.id]["not_done"]}
        compared += _compare_helpers(whole, office, world, quarter, expected)
        sums = {name: sum(expected[village.id][name] for village in villages) for name in FIGURES}
        _compare(whole["total"], sums, f"{quarter} county")
        seen_statuses |= {name for name in FIGURES if sums[name]}
    assert compared >= 200
    assert seen_statuses == set(FIGURES), "each column was tried"


def _compare_helpers(
    whole: Any, office: Phone, world: World, quarter: Quarter, expected: dict[UUID, dict[str, int]]
) -> int:
    """Compare the helpers' lines as the .csv of the townships has them, added up over the townships."""
    found: dict[str, dict[str, float]] = defaultdict(lambda: dict.fromkeys(FIGURES, 0))
    for line in whole["lines"]:
        township = db.session.get_one(Area, UUID(line["place"]["id"]))
        for each in ask_visits(office, township, quarter).json["helpers"]:
            for name in FIGURES:
                found[each["helper"]["id"]][name] += each["figures"][name]
    for person_id, figures in found.items():
        _compare(figures, expected[UUID(person_id)], f"{quarter} {person_id}")
    return len(found)


def _compare(figures: dict[str, float], expected: dict[str, int], who: str) -> None:
    assert {name: figures[name] for name in FIGURES} == {name: expected[name] for name in FIGURES}, who
