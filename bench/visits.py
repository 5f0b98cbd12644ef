"""T8 and T11: visits with their photos as they come in, and pages of them when there are many."""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from functools import cache
from io import BytesIO
from statistics import median
from tempfile import TemporaryDirectory
from uuid import UUID, uuid4

from PIL import Image

from bench.load import send, write_request
from bench.rows import VILLAGES, Bench, Line, time_pages
from bench.server import ROOT, Server, serve
from bench.world import Somebody
from kernel.periods import CHINA

VISITS, PROBLEMS = "/api/v1/visits", "/api/v1/problems"
AT_FIRST = 10
"""How often each household has been called on when there are few visits: a page of one's own is as long then and later."""


def measure_visits(bench: Bench) -> Iterator[Line]:
    """T8: visits with a photo of 200 KB each, beside check-ins; no worker runs, as its work is not awaited."""
    township_id = bench.world.township(
        bench.county_id, villages=20, people_each=25, first_day=date(2025, 1, 1)
    )
    households = bench.world.household(township_id)
    people = bench.world.sign_in(township_id)
    bench.world.settle()
    var = ROOT / "var"
    var.mkdir(exist_ok=True)
    checkins, visits, cpu_ms = [], [], []
    with TemporaryDirectory(dir=var) as folder:
        environment = {"APP_ENV": "test", "DATABASE_URL": bench.url, "PHOTOS_URL": f"file:{folder}"}
        with serve("app:create_app", environment=environment) as server:
            send(bench.attempts(3 * VILLAGES), port=server.port).expect(201)
            _visit(bench, server, people[:80], households)
            for first in range(80, len(people), 84):
                crowd = people[first : first + 84]
                checkins.append(send(bench.attempts(200), port=server.port).expect(201).per_second)
                before = server.cpu_seconds()
                visits.append(len(crowd) / _visit(bench, server, crowd, households))
                cpu_ms.append((server.cpu_seconds() - before) * 1_000 / len(crowd))
    base = median(checkins)
    at_least = max(0.25, 150 / base)
    yield Line("T8", "visits with a photo, of check-ins", median(visits), "/s", at_least, base, at_least=True)
    yield Line("T8", "visit with a photo, server CPU", median(cpu_ms), "ms", 7.5)


def _visit(bench: Bench, server: Server, people: list[Somebody], households: dict[UUID, UUID]) -> float:
    """Let each of the people record a visit, then send its photo; return the seconds that both took."""
    told = [
        {
            "client_key": str(uuid4()),
            "household_id": str(households[somebody.village_id]),
            "occurred_at": datetime.now(CHINA).isoformat(),
            "way": "at_home",
            "note": "一家平安",
            "photos_expected": 1,
        }
        for somebody in people
    ]
    both = list(zip(people, told, strict=True))
    visits = [write_request("POST", VISITS, token=who.token, json_body=body) for who, body in both]
    recorded = send(visits, port=server.port, connections=8).expect(201)
    ids = dict(bench.connection.execute("SELECT client_key::text, id FROM visits").fetchall())
    bench.connection.rollback()
    photos = [
        write_request("POST", f"{VISITS}/{ids[body['client_key']]}/photos", token=who.token, photo=_photo())
        for who, body in both
    ]
    sent = send(photos, port=server.port, connections=8).expect(201)
    return recorded.elapsed_seconds + sent.elapsed_seconds


@cache
def _photo() -> bytes:
    """Return a JPEG of 200 KB."""
    file = BytesIO()
    noise = Image.effect_noise((720, 540), 60)
    Image.merge("RGB", (noise, noise, noise)).save(file, "JPEG", quality=80)
    return file.getvalue()


_CALLS = (
    "INSERT INTO visits (county_id, id, household_id, village_id, person_id, client_key, content_sha256, entry,"
    " photos_expected, received_at, occurred_at, day, way, note, content, counts)"
    " SELECT households.county_id, gen_random_uuid(), households.id, village_id, person_id, gen_random_uuid(), '',"
    " 'on_time', 0, at, at, (at AT TIME ZONE 'Asia/Shanghai')::date, 'at_home', '一家平安', '{}', true"
    " FROM households JOIN areas ON areas.id = village_id,"
    " LATERAL (SELECT person_id FROM postings WHERE postings.village_id = households.village_id"
    " ORDER BY id LIMIT 1) AS helper,"
    " generate_series(%(first)s::int, %(last)s::int) AS number,"
    " LATERAL (SELECT now() - interval '9 days' * number"
    " - interval '1 s' * (hashtext(households.id::text) %% 40000) AS at) AS times"
    " WHERE %(area)s IN (areas.township_id, areas.county_id)"
)
"""Visits to each household of an area, one for each number, nine days apart; the first is the latest."""
_PROBLEMS = (
    "INSERT INTO problems (county_id, id, visit_id, household_id, village_id, item, description, found_on, found_by,"
    " state, settled_on, steps_count)"
    " SELECT county_id, gen_random_uuid(), id, household_id, village_id, 'water', '断水', day, person_id,"
    " CASE WHEN day > current_date - 30 THEN 'open' ELSE 'settled' END,"
    " CASE WHEN day > current_date - 30 THEN NULL ELSE day + 7 END, 0"
    " FROM visits WHERE county_id = %(county)s AND NOT EXISTS"
    " (SELECT FROM problems WHERE problems.county_id = visits.county_id AND visit_id = visits.id)"
)
"""A problem found on each visit of a county that has none yet; those of the last month are open."""


def measure_visit_pages(bench: Bench) -> Iterator[Line]:
    """T11: pages of visits of a county in its first months, and of the same beside nine others after years."""
    villages = 100 if bench.is_full else 10
    counties = [bench.world.county() for _ in range(10)]
    townships = {
        county_id: [
            bench.world.township(county_id, villages=villages, people_each=1, first_day=date(2010, 1, 1))
            for _ in range(10)
        ]
        for county_id in counties
    }
    for township_id in (each for of_county in townships.values() for each in of_county):
        bench.world.household(township_id)
    county_id, township_id = counties[0], townships[counties[0]][0]
    head = bench.world.appoint("township_head", township_id)
    office = bench.world.appoint("county_office", county_id)
    helper = bench.world.sign_in(township_id)[0]
    pages = {
        "a township's visits": write_request("GET", f"{VISITS}?area={township_id}", token=head),
        "a county's visits": write_request("GET", f"{VISITS}?area={county_id}", token=office),
        "one's own visits": write_request("GET", f"{VISITS}?mine=true&limit={AT_FIRST}", token=helper.token),
        "a township's open problems": write_request("GET", f"{PROBLEMS}?state=open", token=head),
    }
    few = _call_on(bench, county_id, first=1, last=AT_FIRST)
    base_ms = time_pages(bench, pages)
    many = few + _call_on(bench, county_id, first=AT_FIRST + 1, last=100)
    many += sum(_call_on(bench, other_id, first=1, last=100) for other_id in counties[1:])
    ours_ms = time_pages(bench, pages)
    for what, each_ms in ours_ms.items():
        yield Line("T11", f"{what}, {many:,} rows of {few:,}", each_ms, "ms", 1.5, base_ms[what])


def _call_on(bench: Bench, county_id: UUID, *, first: int, last: int) -> int:
    """Let every household of a county have been called on; return how often."""
    asked = {"area": county_id, "county": county_id, "first": first, "last": last}
    count = bench.connection.execute(_CALLS, asked).rowcount
    bench.connection.execute(_PROBLEMS, asked)
    return count


ROWS: dict[str, Callable[[Bench], Iterator[Line]]] = {"T8": measure_visits, "T11": measure_visit_pages}
