"""What the tests of reports share: facts put there, months stamped by their offices, a report asked for."""

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import select

from attendance.models import Correction, Half, Sheet
from attendance.policy import DayClass
from attendance.sheets import amend, check, submit
from attendance.sheets import stamp as stamp_sheet
from checkin.models import Checkin
from checkin.policy import Outcome
from identity.scope import Caller
from identity.session import caller_without_session
from kernel.clock import now
from kernel.database import db, transaction
from kernel.periods import CHINA, Month, Quarter
from org.models import Area, Person, Posting
from tests.factories import Phone, World

LAST_MONTH = Month.of(date.today()).previous


def checkin(posting: Posting, county: Area, day: date, *, counted: bool = True) -> Checkin:
    at = datetime.combine(day, time(8), CHINA)
    return Checkin(
        county_id=county.id,
        id=uuid4(),
        posting_id=posting.id,
        person_id=posting.person_id,
        village_id=posting.village_id,
        client_key=uuid4(),
        content_sha256=b"",
        day=day,
        outcome=Outcome.COUNTED if counted else Outcome.WAITS_FOR_TOWNSHIP,
        counted=counted,
        late_upload=False,
        happened_at=at,
        received_at=at,
    )


def correction(
    posting: Posting,
    county: Area,
    day: date,
    day_class: DayClass,
    *,
    by: Person,
    half: Half = Half.WHOLE,
    minutes: int = 0,
) -> Correction:
    """An entry of the township; of several the one of the latest minute holds."""
    return Correction(
        county_id=county.id,
        id=uuid4(),
        client_key=uuid4(),
        content_sha256=b"",
        posting_id=posting.id,
        day=day,
        half=half,
        day_class=day_class,
        reason="经核实",
        made_by=by.id,
        made_at=now() + timedelta(minutes=minutes),
    )


def a_morning_of_meetings(world: World, day: int) -> Correction:
    """The township's entry of half a day of the first secretary of county 甲 in last month."""
    return correction(
        world.postings["secretary"],
        world.county,
        LAST_MONTH.day_at(day - 1),
        DayClass.MEETING,
        by=world.township_clerk,
        half=Half.MORNING,
    )


def put(*rows: Any) -> None:
    with transaction():
        db.session.add_all(rows)


def be_there(world: World, who: str, *days: int, month: Month = LAST_MONTH) -> None:
    """Let somebody of county 甲 check in on these days of a month."""
    put(*(checkin(world.postings[who], world.county, month.day_at(day - 1)) for day in days))


def stamp(world: World, month: Month = LAST_MONTH) -> None:
    """Let the first village's month go all the way to the stamp, or its newer version be stamped."""
    sheet = db.session.scalars(
        select(Sheet).where(Sheet.village_id == world.village.id, Sheet.month == month.first_day)
    ).one_or_none()
    about = {"village_id": world.village.id, "month": month}
    if sheet is None:
        submit(caller=caller_of(world.secretary), **about)
        check(caller=caller_of(world.township_clerk), **about)
    else:
        amend(caller=caller_of(world.township_clerk), reason="补登", **about)
    stamp_sheet(caller=caller_of(world.township_head), **about)


def caller_of(person: Person) -> Caller:
    caller = caller_without_session(person.id, now=now())
    assert caller is not None
    return caller


def ask(phone: Phone, *, month: Month = LAST_MONTH, form: str = "json", **place: Any) -> Any:
    """Ask for the residency report of an area or a unit: ``ask(phone, area=world.county)``."""
    query = {"month": str(month), "format": form, **{name: each.id for name, each in place.items()}}
    return phone.get("/reports/residency", query_string=query)


def ask_visits(phone: Phone, area: Area, quarter: Quarter | str, *, form: str = "json") -> Any:
    """Ask for the report of pairing visits of an area."""
    query = {"quarter": str(quarter), "area": area.id, "format": form}
    return phone.get("/reports/visits", query_string=query)
