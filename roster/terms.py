"""How long terms run (Article 18): their end by each county's own number, and which end soon."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Date, case, cast, extract, func, select, tuple_

from identity.permissions import Permission
from identity.scope import Caller, within
from kernel.database import db
from kernel.periods import day_of
from kernel.web import read_cursor, write_cursor
from org.models import Area, AreaSetting, DispatchingUnit, Level, Person, Posting
from org.queries import is_or_lies_in
from org.settings import SETTINGS

KEY = "posting.term_years"
NEAREST_FIRST = (Level.VILLAGE, Level.TOWNSHIP, Level.COUNTY, Level.CITY)


def term_years(day: date) -> Any:
    """Return, for use inside a statement over ``Area`` as the village, how many years a term is there on a day."""
    built_in: int = SETTINGS[KEY].built_in
    places = {
        Level.VILLAGE: Area.id,
        Level.TOWNSHIP: Area.township_id,
        Level.COUNTY: Area.county_id,
        Level.CITY: Area.city_id,
    }
    rows = db.session.execute(
        select(AreaSetting.area_id, AreaSetting.value, Area.level)
        .join(Area, Area.id == AreaSetting.area_id)
        .where(AreaSetting.key == KEY, AreaSetting.valid_from <= day)
        .order_by(AreaSetting.valid_from, AreaSetting.set_at)
    )
    own = {area_id: (Level(level), value) for area_id, value, level in rows}
    near_first = sorted(own.items(), key=lambda item: NEAREST_FIRST.index(item[1][0]))
    chosen = [(places[level] == area_id, value) for area_id, (level, value) in near_first]
    return case(*chosen, else_=built_in) if chosen else built_in


def term_end(years: Any, first_day: Any = Posting.first_day) -> Any:
    """Return, for use inside a statement, the last day of a posting's term, as ``org.policy.term_ends_on`` has it.

    PostgreSQL makes 29 February the 28th where there is none, which is the last day already.
    """
    then = cast(first_day + func.make_interval(years), Date)
    return then - case((extract("day", then) == extract("day", first_day), 1), else_=0)


def ends_on(years: Any) -> Any:
    """Return, for use inside a statement, the day a posting ends on: the one that is set, else that of its term."""
    return func.coalesce(Posting.last_day, term_end(years))


def list_ending(
    caller: Caller, *, within_days: int, area_id: UUID | None, limit: int, cursor: str | None
) -> dict[str, Any]:
    """Return a page of the running postings that end within so many days, or whose term is over, the first first."""
    today = day_of(caller.now)
    years = term_years(today)
    end = ends_on(years)
    statement = (
        select(
            Posting, Person, Area, DispatchingUnit, term_end(years).label("term_ends_on"), end.label("end")
        )
        .join(Person, Person.id == Posting.person_id)
        .join(Area, Area.id == Posting.village_id)
        .join(DispatchingUnit, DispatchingUnit.id == Posting.unit_id)
        .where(
            func.coalesce(Posting.last_day, today) >= today,
            Posting.first_day <= today,
            end <= today + timedelta(days=within_days),
        )
        .order_by(end, Posting.id)
        .limit(limit + 1)
    )
    if area_id is not None:
        statement = statement.where(is_or_lies_in(area_id))
    if (after := read_cursor(cursor, date.fromisoformat, UUID)) is not None:
        statement = statement.where(tuple_(end, Posting.id) > tuple_(*after))
    rows = db.session.execute(within(statement, caller, Permission.SEE_TERMS)).all()
    last = rows[limit - 1] if len(rows) > limit else None
    return {
        "items": [
            {
                "posting_id": posting.id,
                "person": person,
                "role": posting.role,
                "village": village,
                "unit": unit,
                "first_day": posting.first_day,
                "last_day": posting.last_day,
                "term_ends_on": term_ends,
                "days_left": (end_day - today).days,
            }
            for posting, person, village, unit, term_ends, end_day in rows[:limit]
        ],
        "next_cursor": write_cursor(last.end.isoformat(), last.Posting.id) if last else None,
    }
