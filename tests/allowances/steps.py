"""What the tests of allowances share: months, requests, and what a list says in a few words."""

from typing import Any
from uuid import uuid4

from kernel.clock import today
from kernel.periods import Month
from tests.factories import Phone, World, stamp_sheet


def month_before(number: int) -> Month:
    """The month so many months before the running one."""
    return Month.of(today()).plus(-number)


def stamp(world: World, month: Month, **paid_days: Any) -> str:
    """Stamp one more version of the first village's sheet: ``stamp(world, month, secretary=[3, 4])``."""
    return stamp_sheet(world.village, month, paid_days, world=world)


def look(world: World, month: Month, *, who: str = "unit_clerk", form: str = "json", unit: Any = None) -> Any:
    query = {"month": str(month), "unit": (unit or world.unit).id, "format": form}
    return Phone(world.people[who]).get("/reports/allowances", query_string=query)


def prepare(world: World, month: Month, *, who: str = "unit_clerk") -> Any:
    body = {"month": str(month), "unit_id": str(world.unit.id)}
    return Phone(world.people[who]).post("/reports/allowances", body)


def prepared(world: World, month: Month) -> dict[str, Any]:
    answer = prepare(world, month)
    assert answer.status_code == 201, answer.json
    return answer.json


def living(listed: dict[str, Any]) -> list[tuple[str, str, str, int, int]]:
    """Name, month, 当月 or 补发 or 扣回, days, fen."""
    return [
        (each["person"]["name"], each["month"], each["kind_text"], each["days"], each["amount_fen"])
        for each in listed["living"]
    ]


def travel(listed: dict[str, Any]) -> list[tuple[str, str, int, int]]:
    """Month, 当月 or 补发 or 扣回, round trips, fen."""
    return [
        (each["month"], each["kind_text"], each["round_trips"], each["amount_fen"])
        for each in listed["travel"]
    ]


def drive(world: World, who: str, day: Any, way: str, *, key: Any = None) -> Any:
    body = {"client_key": str(key or uuid4()), "day": day.isoformat(), "way": way}
    return Phone(world.people[who]).post("/trips", body)
