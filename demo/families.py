"""The households of the demo, each in its village, and what became of them in the last year."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random

from demo.people import HOMES, Cast, make_naming
from demo.places import VILLAGES, Village, key, moved
from identity.login import cipher
from identity.permissions import Role
from kernel.periods import CHINA, Month, Quarter
from org.models import Area
from visits.entries import ID_CHECKS, ID_WEIGHTS
from visits.models import Category, Household, HouseholdState, RiskKind
from visits.policy import GONE, PRESENCE, Spells, State, spells

QUARTERS_OF_HISTORY = 4
FIRST_PHONE = 19_900_010_001
NOWHERE = "360799"
"""No county has this code: an ID number that begins with it is nobody's."""

HOME_MONITORED, NEAR_MONITORED, FAR_MONITORED = 16, 5, 4
"""Monitored households of a village with accounts, of its township's other villages, of any other."""
FORMER_POOR = 2
"""Households of each village that were poor once and are helped by class only (Article 10)."""
NEWCOMERS = {"360726103201": (30, 9), "360726103209": (36,), "360728100223": (24,)}
"""How many days ago further households of a village came under watch."""
MONITORED = (Category.UNSTABLE, Category.MARGINAL, Category.MARGINAL, Category.SUDDEN)
ONE_DAY = timedelta(days=1)


@dataclass
class Family:
    """A household as the demo tells of it, with all that is written down about it."""

    household: Household
    village: Area
    history: list[HouseholdState] = field(default_factory=list)

    @property
    def is_monitored_kind(self) -> bool:
        return self.household.category in MONITORED

    @property
    def spells(self) -> Spells:
        return spells([(entry.first_day, entry.state) for entry in self.history])

    @property
    def gone_on(self) -> date | None:
        """The day from which on it is not in the village any more."""
        return next((entry.first_day for entry in self.history if entry.state in GONE), None)


def first_quarter(today: date) -> Quarter:
    """Return the quarter in which the history of visits begins."""
    months = 3 * (QUARTERS_OF_HISTORY - 1)
    return Quarter.of(Month.of(Quarter.of(today).first_day).plus(-months).first_day)


def make_families(areas: Mapping[str, Area], cast: Cast, *, today: date) -> list[Family]:
    """Return every household as of a day."""
    naming, numbers = make_naming(2019), iter(range(10_000))
    families = []
    for code, village in VILLAGES.items():
        chance = Random(f"families {code}")
        began = first_quarter(today).first_day
        old = [began - timedelta(days=chance.randrange(60, 900)) for _ in range(_count(code) + FORMER_POOR)]
        new = [today - timedelta(days=ago) for ago in NEWCOMERS.get(code, ())]
        for place, identified_on in enumerate([*old, *new], start=1):
            is_former = _count(code) < place <= _count(code) + FORMER_POOR
            household = _household(village, areas[code], place, identified_on, chance)
            household.category = Category.FORMER_POOR if is_former else chance.choice(MONITORED)
            household.head_name = naming.name()
            _seal(household, next(numbers), chance)
            household.added_by = cast.holder(Role.TOWNSHIP_CLERK, areas[code].township_id)
            family = Family(household, areas[code])
            _write(family, State.MONITORED, identified_on, "")
            families.append(family)
    _let_things_happen({family.household.code: family for family in families}, today)
    return families


def _count(code: str) -> int:
    homes = {village for village, _ in HOMES.values()}
    if code in homes:
        return HOME_MONITORED
    return NEAR_MONITORED if code[:9] in {village[:9] for village in homes} else FAR_MONITORED


def _household(village: Village, area: Area, place: int, identified_on: date, chance: Random) -> Household:
    is_home = _count(area.code) == HOME_MONITORED
    point = moved(village.middle, east_m=chance.uniform(-1_000, 1_000), north_m=chance.uniform(-1_000, 1_000))
    code = f"{area.code}-{place:03}"
    return Household(
        county_id=area.county_id,
        id=key("household", code),
        village_id=area.id,
        code=code,
        risk_kinds=chance.sample(sorted(RiskKind), chance.choice((1, 1, 2))),
        risk_level=chance.randrange(10, 65) if is_home else chance.randrange(40, 96),
        members_count=chance.choice((1, 2, 2, 3, 4, 4, 5, 6)),
        identified_on=identified_on,
        longitude_deg=point.longitude_deg,
        latitude_deg=point.latitude_deg,
        is_away=False,
        states_count=0,
        added_at=_at(identified_on, 10),
    )


def _seal(household: Household, number: int, chance: Random) -> None:
    born = date(1945, 1, 1) + timedelta(days=chance.randrange(16_000))
    id_number = checked(f"{NOWHERE}{born:%Y%m%d}{number % 1_000:03}")
    household.head_id_sealed = cipher().encrypt(id_number, field="head_id", row_id=household.id)
    household.head_id_lookup = cipher().lookup(id_number, field="head_id")
    phone = str(FIRST_PHONE + number)
    household.head_phone_sealed = cipher().encrypt(phone, field="head_phone", row_id=household.id)


def checked(digits: str) -> str:
    """Return the 17 digits of an ID number with the check that belongs to them."""
    total = sum(int(digit) * weight for digit, weight in zip(digits, ID_WEIGHTS, strict=True))
    return digits + ID_CHECKS[total % 11]


# -- what became of them --------------------------------------------------------------------------

Happening = Callable[[date], Iterator[tuple[State, date, str]]]


def _cleared(today: date) -> Iterator[tuple[State, date, str]]:
    quarter = _quarter_before(today)
    yield State.CLEARED_STABLE, quarter.first_day + timedelta(days=40), "收入稳定，经评议消除风险"


def _came_back(today: date) -> Iterator[tuple[State, date, str]]:
    quarter = _quarter_before(_quarter_before(today).first_day)
    yield State.CLEARED_NATURAL, quarter.first_day + timedelta(days=20), "子女毕业就业"
    yield State.BACK, today - timedelta(days=40), "户主因病住院，重新纳入监测"


def _is_away(today: date) -> Iterator[tuple[State, date, str]]:
    yield State.AWAY, _quarter_before(today).first_day - timedelta(days=25), "举家赴广东务工，春节前返乡"


def _was_away(today: date) -> Iterator[tuple[State, date, str]]:
    quarter = _quarter_before(today)
    yield State.AWAY, quarter.first_day + timedelta(days=5), "举家到县城陪读"
    yield State.HOME, quarter.first_day + timedelta(days=50), "已返村居住"


def _moved(today: date) -> Iterator[tuple[State, date, str]]:
    yield State.MOVED, today - timedelta(days=60), "易地搬迁至县城安置点"


def _died(today: date) -> Iterator[tuple[State, date, str]]:
    yield State.CLOSED, today - timedelta(days=100), "户主去世，户内已无其他成员，予以注销"


HAPPENINGS: Mapping[str, Happening] = {
    "360726103201-002": _cleared,
    "360726103201-003": _came_back,
    "360726103201-004": _is_away,
    "360726103201-005": _was_away,
    "360726103209-001": _moved,
    "360726103202-002": _died,
    "360726105205-001": _is_away,
    "360728100223-002": _is_away,
    "360728100223-003": _cleared,
}


def _quarter_before(day: date) -> Quarter:
    return Quarter.of(Quarter.of(day).first_day - ONE_DAY)


def _let_things_happen(families: Mapping[str | None, Family], today: date) -> None:
    for code, happening in HAPPENINGS.items():
        for state, first_day, note in happening(today):
            _write(families[code], state, first_day, note)


def _write(family: Family, state: State, first_day: date, note: str) -> None:
    """Write one state down, as the township does on the evening of its day."""
    household = family.household
    household.states_count += 1
    if state in PRESENCE:
        household.is_away = state is State.AWAY
    else:
        household.state, household.state_since = state, first_day
    family.history.append(
        HouseholdState(
            county_id=household.county_id,
            id=key("household state", household.id, household.states_count),
            household_id=household.id,
            number=household.states_count,
            state=state,
            first_day=first_day,
            note=note,
            made_by=household.added_by,
            made_at=household.added_at if household.states_count == 1 else _at(first_day, 17),
        )
    )


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), CHINA)
