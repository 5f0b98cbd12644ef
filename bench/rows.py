"""The rows of the table of targets: each measures one kind of work, and its base in the same run."""

import resource
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property, partial
from itertools import islice
from pathlib import Path
from random import Random
from statistics import median
from typing import Any, TypeVar
from uuid import uuid4

import psycopg
import shapely
from apiflask import APIFlask
from psycopg.types.json import Jsonb
from sqlalchemy import event

from bench.load import Answers, send, write_request
from bench.server import Server, serve
from bench.world import Somebody, World, drawing_round, middle_of
from geofence.datum import Datum, Point, to_wgs84
from geofence.policy import FenceLimits, judge
from geofence.queries import fence
from identity.session import caller_without_session
from kernel.database import db, libpq_url
from kernel.periods import CHINA, Month, months_between
from leave.requests import seal_reason
from reports.places import scope_of
from reports.residency import residency

CHECKINS, TODAY = "/api/v1/checkins", "/api/v1/today"
APPROVALS, LEAVES = "/api/v1/approvals", "/api/v1/leaves"
VILLAGES, REPEATS = 300, 15
ROUNDS, AT_ONCE = 1_000, 8
INSERTERS = 16

Result = TypeVar("Result")


@dataclass(frozen=True)
class Line:
    """One figure beside its base and its target; the target is for the ratio where there is a base."""

    row: str
    what: str
    figure: float
    unit: str
    target: float
    base: float | None = None
    at_least: bool = False

    @property
    def ratio(self) -> float | None:
        return None if self.base is None else self.figure / self.base

    @property
    def is_met(self) -> bool:
        measured = self.figure if self.ratio is None else self.ratio
        return measured >= self.target if self.at_least else measured <= self.target


@dataclass
class Bench:
    """One run: the database, the world in it, the server under load."""

    url: str
    app: APIFlask
    is_full: bool
    lines: list[Line] = field(default_factory=list)

    @cached_property
    def connection(self) -> psycopg.Connection:
        return psycopg.connect(libpq_url(self.url))

    @cached_property
    def world(self) -> World:
        return World(self.connection)

    @cached_property
    def county_id(self) -> Any:
        return self.world.county()

    @cached_property
    def crowd(self) -> list[Somebody]:
        """People who have not checked in yet, enough for all rows, in random order, in villages with fences."""
        each = 60 if self.is_full else 30
        township_id = self.world.township(
            self.county_id, villages=VILLAGES, people_each=each, first_day=date(2025, 1, 1)
        )
        self.world.fence(township_id)
        people = self.world.sign_in(township_id)
        self.world.settle()
        Random(1).shuffle(people)
        return people

    @cached_property
    def newcomers(self) -> Iterator[Somebody]:
        return iter(self.crowd)

    @cached_property
    def burst(self) -> int:
        """How many requests are measured at once."""
        return len(self.crowd) // 5

    def serve(self) -> Any:
        return serve("app:create_app", environment={"APP_ENV": "test", "DATABASE_URL": self.url})

    @cached_property
    def empty(self) -> tuple[float, float]:
        """Requests a second of an empty route, and processor ms for each."""
        with serve("bench.empty_app:create_app") as server:
            requests = [write_request("GET", "/")] * 4_000
            send(requests[:500], port=server.port)
            answers, cpu_ms = measure(server, requests)
            return answers.expect(200).per_second, cpu_ms

    @cached_property
    def inserts_per_second(self) -> float:
        """Durable inserts of one row a second, by prepared statements over 16 connections."""
        self.connection.execute(
            "CREATE TABLE IF NOT EXISTS bench_rows (id uuid PRIMARY KEY, at timestamptz, sent jsonb)"
        )
        self.connection.commit()
        each = 300
        with ThreadPoolExecutor(INSERTERS) as pool:
            connections = [psycopg.connect(libpq_url(self.url), autocommit=True) for _ in range(INSERTERS)]
            started = time.perf_counter()
            list(pool.map(partial(_insert, times=each), connections))
            elapsed_seconds = time.perf_counter() - started
        for connection in connections:
            connection.close()
        return INSERTERS * each / elapsed_seconds

    def attempts(self, count: int) -> list[bytes]:
        """Write a check-in for each of so many people who have none."""
        return [
            write_request("POST", CHECKINS, token=somebody.token, json_body=somebody.attempt())
            for somebody in islice(self.newcomers, count)
        ]

    @contextmanager
    def statements(self) -> Iterator[list[str]]:
        """Record the statements that the program sends from this process."""
        sent: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            sent.append(statement)

        event.listen(db.engine, "before_cursor_execute", note)
        yield sent
        event.remove(db.engine, "before_cursor_execute", note)
        db.session.remove()

    def count_statements(self, method: str, path: str, token: str, json_body: Any = None) -> int:
        """Count the statements of a request, once the process has its fences."""
        with self.statements() as sent:
            client = self.app.test_client()
            headers = {"Authorization": f"Bearer {token}"}
            answer = client.open(path, method=method, json=json_body, headers=headers)
        if answer.status_code >= 300:
            raise RuntimeError(answer.text)
        return len(sent)


def _insert(connection: psycopg.Connection, times: int) -> None:
    for _ in range(times):
        connection.execute(
            "INSERT INTO bench_rows VALUES (%s, %s, %s)",
            [uuid4(), datetime.now(CHINA), Jsonb({"longitude_deg": 114.9})],
            prepare=True,
        )


def measure(server: Server, requests: list[bytes], connections: int = 32) -> tuple[Answers, float]:
    """Send the requests; return the answers and the server's processor ms for each."""
    before = server.cpu_seconds()
    answers = send(requests, port=server.port, connections=connections)
    return answers, (server.cpu_seconds() - before) * 1_000 / len(requests)


def measure_checkins(bench: Bench) -> Iterator[Line]:
    """T1 and T2: check-ins of one new person-day each, and the same ones again."""
    bound = 1 / (1 / bench.empty[0] + 1 / bench.inserts_per_second)
    with bench.serve() as server:
        send(bench.attempts(3 * VILLAGES), port=server.port).expect(201)
        requests = bench.attempts(bench.burst)
        answers, cpu_ms = measure(server, requests)
        written = _count_checkins(bench)
        again, again_cpu_ms = measure(server, requests)
    answers.expect(201)
    again.expect(200)
    somebody = next(bench.newcomers)
    bench.count_statements("POST", CHECKINS, somebody.token, somebody.attempt())
    neighbour = next(each for each in bench.newcomers if each.village_id == somebody.village_id)
    statements = bench.count_statements("POST", CHECKINS, neighbour.token, neighbour.attempt())
    yield Line("T1", "check-ins, of the bound", answers.per_second, "/s", 0.5, bound, at_least=True)
    yield Line("T1", "check-in, SQL statements", statements, "", 4)
    empty_ms = bench.empty[1]
    yield Line("T1", f"check-in, server CPU (empty route {empty_ms:.2f} ms)", cpu_ms, "ms", 1.2)
    yield Line("T2", "replays, of T1", again.per_second, "/s", 1.0, answers.per_second, at_least=True)
    yield Line("T2", "replay, server CPU, of T1", again_cpu_ms, "ms", 1.0, cpu_ms)
    yield Line("T2", "replays, rows written", _count_checkins(bench) - written - 2, "", 0)


def measure_equal(bench: Bench) -> Iterator[Line]:
    """T3: the same check-in eight times at once, a thousand times over."""
    with bench.serve() as server:
        before = _count_checkins(bench)
        requests = [request for each in bench.attempts(ROUNDS) for request in [each] * AT_ONCE]
        answers = send(requests, port=server.port, connections=AT_ONCE)
    if answers.statuses != {201: ROUNDS, 200: ROUNDS * (AT_ONCE - 1)}:
        raise RuntimeError(f"one 201 and else 200 each, got {dict(answers.statuses)}")
    yield Line(
        "T3", f"{AT_ONCE} equal at once, rows of rounds", _count_checkins(bench) - before, "", 1.0, ROUNDS
    )
    yield Line("T3", f"{AT_ONCE} equal at once, answers of rounds", len(answers.bodies), "", 1.0, ROUNDS)


def _count_checkins(bench: Bench) -> int:
    row = bench.connection.execute("SELECT count(*) FROM checkins").fetchone()
    bench.connection.rollback()
    return int(row[0]) if row else 0


def measure_today(bench: Bench) -> Iterator[Line]:
    """T4: the home screen of people with three years of history, and of people with one month."""
    today = datetime.now(CHINA).date()
    month_ago = today.replace(day=1)
    tokens = {}
    for name, first_day in (("old", month_ago.replace(year=today.year - 3)), ("new", month_ago)):
        township_id = bench.world.township(bench.county_id, villages=10, people_each=4, first_day=first_day)
        bench.world.past(township_id, first_day=first_day, last_day=today)
        tokens[name] = [somebody.token for somebody in bench.world.sign_in(township_id)]
    bench.world.settle()
    requests = {
        name: [write_request("GET", TODAY, token=token) for token in of_age] * 40
        for name, of_age in tokens.items()
    }
    cpu_ms: dict[str, list[float]] = {"old": [], "new": []}
    with bench.serve() as server:
        for burst in requests.values():
            send(burst[:400], port=server.port).expect(200)
        for _ in range(3):
            for name, burst in requests.items():
                answers, each_ms = measure(server, burst)
                answers.expect(200)
                cpu_ms[name].append(each_ms)
    old_ms, new_ms = median(cpu_ms["old"]), median(cpu_ms["new"])
    yield Line("T4", "today, SQL statements", bench.count_statements("GET", TODAY, tokens["old"][0]), "", 5)
    yield Line("T4", "today, server CPU", old_ms, "ms", 2.0)
    yield Line("T4", "today, 3 years of 1 month", old_ms, "ms", 1.2, new_ms)


FACTS = (
    "SELECT postings.id, person_id, people.name, role, postings.first_day, postings.last_day, areas.id, areas.name, unit_id"
    " FROM postings JOIN areas ON areas.id = village_id JOIN people ON people.id = person_id"
    " WHERE township_id = %(township)s AND postings.first_day <= %(last)s ORDER BY areas.sort_key, people.sort_key",
    "SELECT posting_id, date_trunc('month', day), bit_or(1 << extract(day FROM day)::int - 1)"
    " FROM checkins WHERE county_id = %(county)s AND counted AND day BETWEEN %(new_year)s AND %(last)s"
    " AND village_id IN (SELECT id FROM areas WHERE township_id = %(township)s) GROUP BY 1, 2",
    "SELECT posting_id, day, half, day_class FROM corrections WHERE county_id = %(county)s"
    " AND day BETWEEN %(new_year)s AND %(last)s",
    "SELECT checkins.posting_id, checkins.day FROM checkin_doubts JOIN checkins"
    " ON (checkins.county_id, checkins.id) = (checkin_doubts.county_id, checkin_id)"
    " WHERE checkin_doubts.county_id = %(county)s AND day BETWEEN %(first)s AND %(last)s",
)
"""All that the month of a township is made of, as a person would ask for it by hand."""


def measure_township(bench: Bench) -> Iterator[Line]:
    """T5 and T6: a month of a township of 400 people, against the bare SQL that reads the same facts; as xlsx."""
    county_id = bench.world.county()
    last = date(2026, 10, 31)
    township_id = bench.world.township(county_id, villages=20, people_each=20, first_day=date(2025, 5, 1))
    bench.world.past(township_id, first_day=date(2026, 1, 1), last_day=last)
    clerk = bench.world.clerk(township_id)
    bench.world.settle()
    asked = {
        "county": county_id,
        "township": township_id,
        "new_year": date(2026, 1, 1),
        "first": last.replace(day=1),
        "last": last,
    }
    path = f"/api/v1/attendance/2026-10?township={township_id}"
    request = [write_request("GET", path, token=clerk)]
    workbook = [write_request("GET", f"{path}&format=xlsx", token=clerk)]
    with bench.serve() as server:
        send(request * 10, port=server.port, connections=4).expect(200)
        raw_ms, ours_ms, cpu_ms = [], [], []
        for _ in range(REPEATS):
            raw_ms.append(
                _time_ms(lambda: [bench.connection.execute(each, asked).fetchall() for each in FACTS])
            )
            answers, each_ms = measure(server, request * 2, connections=1)
            ours_ms += answers.expect(200).latencies_ms
            cpu_ms.append(each_ms)
        answers, workbook_cpu_ms = measure(server, workbook * REPEATS, connections=1)
        answers.expect(200)
    bench.connection.rollback()
    yield Line("T5", "township's month, of raw SQL", median(ours_ms), "ms", 3.0, median(raw_ms))
    yield Line("T5", "township's month, server CPU", median(cpu_ms), "ms", 3.0, median(raw_ms))
    yield Line("T5", "township's month, SQL statements", bench.count_statements("GET", path, clerk), "", 8)
    yield Line("T6", "township's month as xlsx, server CPU", workbook_cpu_ms / 1_000, "s", 0.5)


def _time_ms(work: Callable[[], Any]) -> float:
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1_000


DAYS_OF_ALL = (
    "SELECT posting_id, count(DISTINCT day) FROM checkins WHERE counted AND day BETWEEN %(first)s AND %(last)s"
    " GROUP BY posting_id"
)
"""In how many days each posting has been in the village."""


def measure_country(bench: Bench) -> Iterator[Line]:
    """T7: the residency report of a country, as a city reads its own: a month from facts, those before it stamped."""
    counties, month = (800 if bench.is_full else 16), Month(2026, 10)  # 700 people each
    new_year = Month(month.year, 1)
    world = World(bench.connection)  # a city of its own
    for county_id in [world.county() for _ in range(counties)]:
        world.township(county_id, villages=175, people_each=4, first_day=date(2025, 5, 1))
        world.worked(county_id, month)
        for each in months_between(new_year, month.previous):
            world.stamped(county_id, each)
    official = world.official("city_org", world.city_id)
    world.settle()
    office = caller_without_session(official, now=datetime.now(CHINA))
    if office is None:
        raise RuntimeError("nobody holds the office")
    scope = scope_of(caller=office, area_id=world.city_id)
    db.session.remove()
    drawn, grown_mb = with_memory(lambda: residency(caller=office, month=month, scope=scope))
    people = drawn.total.people
    del drawn  # the timed ones are not to find the memory taken
    span = {"first": month.first_day, "last": month.last_day}
    days_ms, ours_ms = [], []
    for _ in range(3 if bench.is_full else 9):
        db.session.remove()
        days_ms.append(_time_ms(lambda: bench.connection.execute(DAYS_OF_ALL, span).fetchall()))
        bench.connection.rollback()
        ours_ms.append(_time_ms(lambda: residency(caller=office, month=month, scope=scope)))
    report_s, days_s = median(ours_ms) / 1_000, median(days_ms) / 1_000
    yield Line("T7", f"report of {people:,} people, of counting days", report_s, "s", 2.0, days_s)
    yield Line("T7", "memory it took", grown_mb, "MB", 500)


def with_memory(work: Callable[[], Result]) -> tuple[Result, float]:
    """Do some work; return what comes of it, and by how many MB this process grew at most meanwhile.

    Its peak begins anew, as Linux lets it: what was measured before may have been larger.
    """
    Path("/proc/self/clear_refs").write_text("5")
    before_mb = _peak_mb()
    result = work()
    return result, _peak_mb() - before_mb


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10


def measure_verdicts(bench: Bench) -> Iterator[Line]:
    """T10: verdicts against the fences of many villages, beside shapely's own `contains`."""
    limits = FenceLimits(buffer_m=200, missing_accuracy_m=500, max_accuracy_m=1_500)
    township_id = bench.world.township(
        bench.world.county(), villages=20_000, people_each=0, first_day=date(2025, 5, 1)
    )
    bench.world.fence(township_id)
    bench.world.settle()
    ids = bench.connection.execute(
        "SELECT fences.id, village_id FROM fences JOIN areas ON areas.id = village_id"
        " WHERE township_id = %s LIMIT 2000",
        [township_id],
    ).fetchall()
    bench.connection.rollback()
    asked, prepared = [], []
    chance = Random(1)
    with bench.statements() as sent:
        fence(ids[0][0])
    for fence_id, village_id in ids:
        longitude_deg, latitude_deg = middle_of(village_id)
        longitude_deg += chance.uniform(-0.02, 0.02)
        latitude_deg += chance.uniform(-0.02, 0.02)
        asked.append((fence(fence_id), Point(longitude_deg, latitude_deg)))
        corners = drawing_round(*middle_of(village_id))["features"][0]["geometry"]["coordinates"][0]
        polygon = shapely.Polygon(corners)
        shapely.prepare(polygon)
        prepared.append((polygon, shapely.Point(longitude_deg, latitude_deg)))
    db.session.remove()

    def ours() -> None:
        for shape, point in asked:
            judge(distance_m=shape.distance_m(to_wgs84(point, Datum.GCJ02)), accuracy_m=30.0, limits=limits)

    def bare() -> None:
        for polygon, point in prepared:
            polygon.contains(point)

    ours_us, bare_us = (
        median(_time_ms(work) for _ in range(REPEATS)) * 1_000 / len(asked) for work in (ours, bare)
    )
    yield Line("T10", f"verdict (shapely's contains {bare_us:.1f} µs)", ours_us, "µs", 20)
    yield Line("T10", "a village's first verdict, SQL statements", len(sent), "", 1)


def measure_leaves(bench: Bench) -> Iterator[Line]:
    """T11: pages of leaves of a county in its first year, and of the same beside nine others after ten years."""
    people_each = 4 if bench.is_full else 2
    villages, waiting = (25, 40) if bench.is_full else (5, 40)
    counties = [bench.world.county() for _ in range(10)]
    townships = {
        county_id: [
            bench.world.township(
                county_id, villages=villages, people_each=people_each, first_day=date(2010, 1, 1)
            )
            for _ in range(10)
        ]
        for county_id in counties
    }
    county_id, township_id = counties[0], townships[counties[0]][0]
    bench.world.waiting_leaves(township_id, count=waiting, seal=seal_reason)
    head, office = (
        bench.world.appoint("township_head", township_id),
        bench.world.appoint("county_office", county_id),
    )
    pages = {
        "approvals": write_request("GET", APPROVALS, token=head),
        "a township's leaves": write_request("GET", LEAVES, token=head),
        "a county's leaves": write_request("GET", LEAVES, token=office),
    }
    few = bench.world.leaves(county_id, first=1, last=10)
    base_ms = time_pages(bench, pages)
    many = few + bench.world.leaves(county_id, first=11, last=100)
    many += sum(bench.world.leaves(other_id, first=1, last=100) for other_id in counties[1:])
    ours_ms = time_pages(bench, pages)
    for what, each_ms in ours_ms.items():
        yield Line("T11", f"{what}, {many:,} rows of {few:,}", each_ms, "ms", 1.5, base_ms[what])


def time_pages(bench: Bench, pages: dict[str, bytes]) -> dict[str, float]:
    bench.world.settle()
    latencies_ms: dict[str, list[float]] = {what: [] for what in pages}
    with bench.serve() as server:
        for request in pages.values():
            send([request] * 20, port=server.port, connections=4).expect(200)
        for _ in range(REPEATS):
            for what, request in pages.items():
                answers = send([request] * 4, port=server.port, connections=1).expect(200)
                latencies_ms[what] += answers.latencies_ms
    return {what: median(each) for what, each in latencies_ms.items()}


def measure_memory(bench: Bench) -> Iterator[Line]:
    """T13: memory of a worker after a round of everything, and after the same round again."""
    count = bench.burst // 3
    with bench.serve() as server:
        start_mb = server.resident_mb()
        after_mb = []
        for _ in range(2):
            requests = bench.attempts(count)
            send(requests, port=server.port).expect(201)
            send(requests, port=server.port).expect(200)
            tokens = [somebody.token for somebody in bench.crowd[:200]]
            send([write_request("GET", TODAY, token=token) for token in tokens] * 5, port=server.port).expect(
                200
            )
            after_mb.append(server.resident_mb())
    yield Line("T13", f"memory of a worker (after start {start_mb:.0f} MB)", after_mb[0], "MB", 250)
    yield Line("T13", "memory after an equal second round", after_mb[1], "MB", 1.1, after_mb[0])


ROWS: dict[str, Callable[[Bench], Iterator[Line]]] = {
    "T1": measure_checkins,
    "T2": measure_checkins,
    "T3": measure_equal,
    "T4": measure_today,
    "T5": measure_township,
    "T6": measure_township,
    "T7": measure_country,
    "T10": measure_verdicts,
    "T11": measure_leaves,
    "T13": measure_memory,
}
