"""The people of the demo: units, teams in the villages, offices, and the accounts one signs in with."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from faker import Faker

from demo.places import key
from identity.consent import LOCATION_NOTICE
from identity.login import cipher
from identity.models import Consent, Office, WechatBinding
from identity.permissions import AREA_LEVEL, REACH, Reach, Role
from identity.production import DEMO_OPENID
from kernel.periods import CHINA, Month
from kernel.workdays import is_rest_day
from org.models import Area, DispatchingUnit, Level, Person, Posting, PostingRole, sort_key
from org.policy import Grade, UnitKind

MONTHS_OF_HISTORY = 3
FIRST_PHONE = 19_900_000_001
SECRETARY, MEMBER = PostingRole.FIRST_SECRETARY, PostingRole.MEMBER

UNITS = {
    "statistics": ("赣州市统计局", UnitKind.CITY_ORGAN),
    "farming": ("赣州市农业科学研究所", UnitKind.CITY_INSTITUTION),
    "building": ("赣州市城市建设投资集团", UnitKind.CITY_ENTERPRISE),
    "college": ("赣州职业技术学院", UnitKind.CITY_COLLEGE),
    "tax": ("国家税务总局赣州市税务局", UnitKind.CENTRAL_OR_PROVINCIAL),
    "water": ("安远县水利局", UnitKind.COUNTY_ORGAN),
    "hospital": ("安远县中医院", UnitKind.COUNTY_INSTITUTION),
    "land": ("定南县自然资源局", UnitKind.COUNTY_ORGAN),
    "supply": ("定南县供水公司", UnitKind.COUNTY_ENTERPRISE),
    "township": ("定南县天九镇人民政府", UnitKind.TOWNSHIP_ORGAN),
}


class Stint(NamedTuple):
    """A service in a village: from when to when, named by what the demo shows with it."""

    village: str
    role: PostingRole
    unit: str
    days: str = "throughout"


class Servant(NamedTuple):
    """A posted person: their services in order, and the account if it is one of the demo's."""

    stints: tuple[Stint, ...]
    account: str = ""


def _serves(
    village: str, role: PostingRole, unit: str, *, days: str = "throughout", account: str = ""
) -> Servant:
    return Servant((Stint(village, role, unit, days),), account)


SERVANTS = (
    _serves("360726103201", SECRETARY, "statistics", account="first-secretary"),
    _serves("360726103201", MEMBER, "tax", account="member"),
    _serves("360726103201", MEMBER, "water"),
    _serves("360726103209", SECRETARY, "farming"),
    _serves("360726103209", MEMBER, "water"),
    Servant(
        (
            Stint("360726103209", MEMBER, "farming", "until_transfer"),
            Stint("360726105206", MEMBER, "farming", "from_transfer"),
        )
    ),
    _serves("360726103209", MEMBER, "farming", days="from_transfer"),
    _serves("360726103202", SECRETARY, "college"),
    _serves("360726105205", SECRETARY, "building"),
    _serves("360726105205", MEMBER, "hospital"),
    _serves("360726105205", MEMBER, "water"),
    _serves("360726105202", SECRETARY, "tax"),
    _serves("360726105202", MEMBER, "hospital", days="ended_last_month"),
    _serves("360726105202", MEMBER, "hospital", days="successor"),
    _serves("360726105202", MEMBER, "statistics"),
    _serves("360726105206", SECRETARY, "college"),
    _serves("360726105206", MEMBER, "water"),
    _serves("360728100223", SECRETARY, "building", account="first-secretary-2"),
    _serves("360728100223", MEMBER, "land", account="member-2"),
    _serves("360728100223", MEMBER, "supply"),
    _serves("360728100204", SECRETARY, "land"),
    _serves("360728100207", SECRETARY, "farming"),
    _serves("360728100207", MEMBER, "land"),
    _serves("360728100207", MEMBER, "supply", days="joined_later"),
    _serves("360728103215", SECRETARY, "tax"),
    _serves("360728103215", MEMBER, "township"),
    _serves("360728103215", MEMBER, "land"),
    _serves("360728103201", SECRETARY, "college"),
    _serves("360728103201", MEMBER, "supply"),
    _serves("360728103201", MEMBER, "supply", days="from_next_month"),
    _serves("360728103203", SECRETARY, "statistics"),
    _serves("360728103203", MEMBER, "land"),
    _serves("360728103203", MEMBER, "township"),
)
"""Teams of three; the red village and the weak one have a first secretary only, and 九曲 lacks a member."""

STAND_IN = _serves("360726105205", SECRETARY, "building", days="stands_in")
"""Takes the post of 大輋's first secretary during a long leave."""
STAND_IN_DAYS = 20
MANDATE_DAYS = 180

HOMES = {"": ("360726103201", "statistics"), "-2": ("360728100223", "building")}
"""Where the accounts live: village and unit of the demo's first secretary, and of the twin in the other county."""

TWINLESS = (Role.CITY_RURAL, Role.UNIT_HEAD, Role.ADMIN, Role.INSPECTOR)
OFFICE_ROLES = tuple(role for role in Role if role not in (Role.MEMBER, Role.FIRST_SECRETARY))

ACCOUNTS = tuple(
    role.replace("_", "-") + twin
    for twin in HOMES
    for role in (Role.FIRST_SECRETARY, Role.MEMBER, *OFFICE_ROLES)
    if not (twin and role in TWINLESS)
)
"""The accounts in the order of the table; the login code is ``demo-`` and the account."""


@dataclass
class Cast:
    """Everybody, with what they hold."""

    units: dict[str, DispatchingUnit]
    people: list[Person] = field(default_factory=list)
    postings: list[Posting] = field(default_factory=list)
    offices: list[Office] = field(default_factory=list)
    bindings: list[WechatBinding] = field(default_factory=list)
    consents: list[Consent] = field(default_factory=list)
    naming: Faker = field(default_factory=lambda: make_naming(2021))

    def holder(self, role: Role, area_id: UUID | None) -> UUID:
        """Return who holds an office for an area."""
        return next(o.person_id for o in self.offices if o.role is role and o.area_id == area_id)


def first_day_of_history(today: date) -> date:
    """Return the day on which the present teams took up their posts."""
    return Month.of(today).plus(-MONTHS_OF_HISTORY).first_day


def make_cast(areas: dict[str, Area], *, today: date) -> Cast:
    """Return everybody as of a day."""
    units = {
        name: DispatchingUnit(id=key("unit", name), name=title, kind=kind)
        for name, (title, kind) in UNITS.items()
    }
    cast = Cast(units)
    first_day = first_day_of_history(today)
    began = datetime.combine(first_day, time(6), CHINA)
    for servant in SERVANTS:
        _add_servant(cast, add_person(cast), servant, areas, today=today, at=began)
    for role, area, unit, account in _offices(areas, units):
        person = add_person(cast)
        cast.offices.append(
            Office(
                id=key("office", person.id), person_id=person.id, role=role, first_day=first_day,
                area_id=area.id if area else None, unit_id=unit.id if unit else None,
                **(_mandate(today) if role is Role.INSPECTOR else {}),
            )
        )  # fmt: skip
        if account:
            _bind(cast, person, account, began)
    person = add_person(cast)
    person.full_member_since, person.working_since = date(2012, 7, 1), date(2009, 8, 1)
    person.grade = Grade.MIDDLE_MANAGEMENT
    _add_servant(cast, person, STAND_IN, areas, today=today, at=began)
    return cast


def _add_servant(
    cast: Cast, person: Person, servant: Servant, areas: dict[str, Area], *, today: date, at: datetime
) -> None:
    _post(cast, person, servant, areas, today=today)
    if cast.postings[-1].first_day > today:
        return
    _bind(cast, person, servant.account or f"person-{len(cast.people) - 1:02}", at)
    cast.consents.append(
        Consent(
            id=key("consent", person.id), person_id=person.id, purpose=LOCATION_NOTICE.purpose,
            version=LOCATION_NOTICE.version, given_at=at,
        )
    )  # fmt: skip


def make_naming(seed: int) -> Faker:
    """Return somebody who thinks up Chinese names, the same for the same seed."""
    naming = Faker("zh_CN")
    naming.seed_instance(seed)
    return naming


def add_person(cast: Cast) -> Person:
    """Let somebody new appear, with a name and a phone of their own."""
    number = len(cast.people)
    name = "钟埜" if number == 1 else cast.naming.unique.name()
    phone = str(FIRST_PHONE + number)
    person = Person(id=key("person", number), name=name, sort_key=sort_key(name))
    person.phone_sealed = cipher().encrypt(phone, field="phone", row_id=person.id)
    person.phone_lookup = cipher().lookup(phone, field="phone")
    cast.people.append(person)
    return person


def _bind(cast: Cast, person: Person, account: str, at: datetime) -> None:
    cast.bindings.append(
        WechatBinding(
            id=key("binding", person.id), person_id=person.id, openid=DEMO_OPENID + account, bound_at=at
        )
    )


def _post(cast: Cast, person: Person, servant: Servant, areas: dict[str, Area], *, today: date) -> None:
    for stint in servant.stints:
        first_day, last_day = _days(stint.days, today)
        cast.postings.append(
            Posting(
                id=key("posting", person.id, stint.village), person_id=person.id,
                village_id=areas[stint.village].id, unit_id=cast.units[stint.unit].id,
                role=stint.role, first_day=first_day, last_day=last_day,
            )
        )  # fmt: skip


def _days(name: str, today: date) -> tuple[date, date | None]:
    month, first_day = Month.of(today), first_day_of_history(today)
    transfer = month.previous.first_day + timedelta(days=9)
    handover = month.previous.first_day + timedelta(days=14)
    stands_in = workday(today, -6)
    spans: dict[str, tuple[date, date | None]] = {
        "throughout": (first_day, None),
        "until_transfer": (first_day, transfer),
        "from_transfer": (transfer, None),
        "ended_last_month": (first_day, handover),
        "successor": (handover, None),
        "joined_later": (Month.of(first_day).next.first_day + timedelta(days=14), None),
        "from_next_month": (month.next.first_day, None),
        "stands_in": (stands_in, stands_in + timedelta(days=STAND_IN_DAYS - 1)),
    }
    return spans[name]


def workday(day: date, steps: int) -> date:
    """Return the working day so many working days after a day, or before it if negative."""
    while steps:
        day += timedelta(days=1 if steps > 0 else -1)
        if not is_rest_day(day):
            steps -= 1 if steps > 0 else -1
    return day


def _offices(
    areas: dict[str, Area], units: dict[str, DispatchingUnit]
) -> Iterable[tuple[Role, Area | None, DispatchingUnit | None, str]]:
    """List the offices: those of the accounts first, then what other townships and villages need."""
    for twin, (village, unit) in HOMES.items():
        for role in OFFICE_ROLES:
            account = role.replace("_", "-") + twin
            if account not in ACCOUNTS or role is Role.INSPECTOR:
                continue
            if REACH[role] is Reach.UNIT:
                yield role, None, units[unit], account
            else:
                yield role, _area_of(role, areas[village], areas), None, account
    for area in areas.values():
        if area.level is Level.TOWNSHIP and not _is_home(area):
            yield Role.TOWNSHIP_CLERK, area, None, ""
            yield Role.TOWNSHIP_HEAD, area, None, ""
        if area.level is Level.VILLAGE and not _is_home(area):
            yield Role.VILLAGE_SECRETARY, area, None, ""
    yield Role.ADMIN, areas["360728000000"], None, ""
    yield Role.INSPECTOR, areas["360726000000"], None, "inspector"


def _mandate(today: date) -> dict[str, Any]:
    """Return what an inspector of the city holds beside the area: until when, and under which document."""
    return {
        "last_day": today + timedelta(days=MANDATE_DAYS),
        "mandate_level": Level.CITY,
        "document_no": "赣市组督〔2026〕1号（演示）",
    }


def _area_of(role: Role, village: Area, areas: dict[str, Area]) -> Area:
    """Return the area that an office of this role is held for, seen from a village; a helper's is the village."""
    level = AREA_LEVEL.get(REACH[role], Level.VILLAGE)
    if level is Level.VILLAGE:
        return village
    area_id = getattr(village, f"{level}_id")
    return next(area for area in areas.values() if area.id == area_id)


def _is_home(area: Area) -> bool:
    return any(village.startswith(area.code.removesuffix("000")) for village, _ in HOMES.values())
