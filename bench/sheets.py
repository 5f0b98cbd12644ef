"""T9: the stamped sheets of a county printed, as a worker prints them."""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from functools import partial
from random import Random
from uuid import UUID, uuid4

import psutil
from psycopg.types.json import Jsonb
from sqlalchemy import select

from attendance.policy import DayClass
from attendance.sheet import DayHalves, SheetContent, SheetRow, check_code
from bench.rows import Bench, Line, with_memory
from identity.session import caller_without_session
from kernel.clock import now
from kernel.database import db
from kernel.periods import CHINA, Month
from org.models import Area
from reports.sheets_zip import zip_sheets

SHEETS, PEOPLE_EACH, MONTH = 1_000, 4, Month(2026, 10)
VERIFY_URL = "https://zhucun.example.cn/api/v1/verify/{code}"
SOMETIMES = (DayClass.TRIP, DayClass.MEETING, DayClass.SICK, DayClass.PERSONAL, DayClass.UNEXPLAINED)


def measure_sheets(bench: Bench) -> Iterator[Line]:
    """T9: a thousand stamped sheets read, printed and put into one archive."""
    county_id = bench.world.county()
    bench.world.township(county_id, villages=SHEETS, people_each=PEOPLE_EACH, first_day=date(2025, 5, 1))
    token = bench.world.appoint("county_office", county_id)
    office_id = UUID(token.removeprefix("bench-"))
    _stamp(bench, county_id, office_id)
    bench.world.settle()
    process = psutil.Process()
    caller = caller_without_session(office_id, now=now())
    area = db.session.scalars(select(Area).where(Area.id == county_id)).one()
    if caller is None:
        raise RuntimeError("nobody holds the county's office")
    zipped = partial(
        zip_sheets, caller=caller, area=area, month=MONTH, verify_url=VERIFY_URL, tell=lambda _percent: None
    )
    before_seconds = _cpu_seconds(process)
    archive, grown_mb = with_memory(zipped)
    cpu_seconds = _cpu_seconds(process) - before_seconds
    db.session.remove()
    yield Line("T9", f"{SHEETS:,} sheets as PDF ({len(archive) / 2**20:.0f} MB), CPU", cpu_seconds, "s", 15)
    yield Line("T9", "memory it took", grown_mb, "MB", 400)


def _cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system  # type: ignore[no-any-return]


def _stamp(bench: Bench, county_id: UUID, person_id: UUID) -> None:
    """Put a stamped sheet there for each village of a county."""
    rows = bench.connection.execute(
        "SELECT village_id, array_agg(ARRAY[postings.id, person_id, unit_id]) FROM postings"
        " JOIN areas ON areas.id = village_id WHERE county_id = %s GROUP BY village_id",
        [county_id],
    ).fetchall()
    chance, at = Random(1), datetime.now(CHINA)
    marks = {
        step: {"by": "李四", "at": at.isoformat()}
        for step in ("submitted", "witnessed", "checked", "stamped")
    }
    for village_id, postings in rows:
        people = tuple(_row(*posting, chance) for posting in postings)
        content = SheetContent(MONTH, "赣县区", "埜田镇", village_id, "坋塝村", at.isoformat(), people)
        sheet_id = uuid4()
        bench.connection.execute(
            "INSERT INTO sheets (county_id, id, village_id, month, state, version)"
            " VALUES (%s, %s, %s, %s, 'stamped', 1)",
            [county_id, sheet_id, village_id, MONTH.first_day],
        )
        bench.connection.execute(
            "INSERT INTO sheet_versions (county_id, id, sheet_id, number, content, sha256, check_code, marks,"
            " closed_at, stamped_by, stamped_at) VALUES (%s, %s, %s, 1, %s, %s, %s, %s, %s, %s, %s)",
            [
                county_id, uuid4(), sheet_id, Jsonb(content.document()), content.sha256(),
                check_code(content.sha256()), Jsonb(marks), at, person_id, at,
            ],
        )  # fmt: skip


def _row(posting_id: UUID, person_id: UUID, unit_id: UUID, chance: Random) -> SheetRow:
    days: dict[int, DayHalves] = {}
    for day in MONTH.days():
        kind = chance.choice(SOMETIMES) if chance.random() < 0.15 else DayClass.IN_VILLAGE
        days[day.day] = (kind, DayClass.IN_VILLAGE if chance.random() < 0.03 else kind)
    there = tuple(day for day, halves in days.items() if DayClass.IN_VILLAGE in halves)
    return SheetRow(
        posting_id=posting_id,
        person_id=person_id,
        name="欧阳春莲",
        role="member",
        unit_id=unit_id,
        unit="赣州市农业农村局",
        days=days,
        in_village_days=len(there),
        assessed_days=len(there),
        paid_days=there,
    )


ROWS: dict[str, Callable[[Bench], Iterator[Line]]] = {"T9": measure_sheets}
