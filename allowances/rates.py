"""What a unit pays in a place on a day, by the settings of county and city (Articles 27, 30)."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from allowances.policy import paying_areas, value_on
from kernel.periods import Month
from org.models import Area
from org.policy import UnitKind
from org.queries import setting_rows
from org.settings import DatedValue, SettingRow, values_in

LIVING_RATE, KM_RATE, MOST_TRIPS = "allowance.rate_fen_per_day", "travel.fen_per_km", "travel.max_round_trips"


class Rates:
    """The settings of some villages' counties and cities, read in one statement."""

    def __init__(self, villages: Iterable[Area]) -> None:
        areas = {area_id for village in villages for area_id in (village.county_id, village.city_id)}
        self._rows: list[SettingRow] = setting_rows(filter(None, areas))
        self._known: dict[tuple[str, tuple[UUID | None, ...], Month], list[DatedValue]] = {}

    def values(self, key: str, village: Area, kind: UnitKind, month: Month) -> list[DatedValue]:
        """Return a rate in a month, from its first day on and wherever it changes."""
        areas = paying_areas(
            county_id=village.county_id, city_id=village.city_id, is_city_dispatched=kind.is_city_dispatched
        )
        asked = (key, areas, month)
        if asked not in self._known:
            self._known[asked] = values_in(self._rows, ancestors=areas, key=key, month=month)
        return self._known[asked]

    def on(self, day: date, key: str, village: Area, kind: UnitKind) -> int:
        """Return a rate on a day."""
        return value_on(day, self.values(key, village, kind, Month.of(day)))
