"""What a setting is worth in a month, wherever its value changes (Article 30)."""

from datetime import date
from uuid import uuid4

from kernel.periods import Month
from org.settings import SETTINGS, DatedValue, SettingRow, values_in

NOVEMBER = Month(2026, 11)
KEY = "allowance.rate_fen_per_day"
VILLAGE, COUNTY, CITY, ELSEWHERE = (uuid4() for _ in range(4))
LINE = (VILLAGE, None, COUNTY, CITY)


def values(*rows: tuple[object, int | None, str], key: str = KEY) -> list[tuple[str, int]]:
    settings = [SettingRow(area, key, value, date.fromisoformat(day)) for area, value, day in rows]
    return [(str(day), value) for day, value in values_in(settings, ancestors=LINE, key=KEY, month=NOVEMBER)]


def test_without_a_row_the_built_in_value_holds_all_month():
    assert values() == [("2026-11-01", 10_000)]
    assert values((COUNTY, 8_000, "2026-12-01"), (ELSEWHERE, 1, "2026-11-10")) == [("2026-11-01", 10_000)]


def test_a_change_within_the_month_holds_from_its_day_on():
    assert values((CITY, 9_000, "2025-01-01"), (CITY, 12_000, "2026-11-16")) == [
        ("2026-11-01", 9_000),
        ("2026-11-16", 12_000),
    ]


def test_a_change_on_the_first_or_the_last_day_belongs_to_the_month():
    assert values((CITY, 12_000, "2026-11-01")) == [("2026-11-01", 12_000)]
    assert values((CITY, 12_000, "2026-11-30")) == [("2026-11-01", 10_000), ("2026-11-30", 12_000)]


def test_the_nearest_area_wins_so_a_change_further_up_changes_nothing():
    assert values((COUNTY, 8_000, "2026-01-01"), (CITY, 12_000, "2026-11-16")) == [("2026-11-01", 8_000)]
    assert values((CITY, 12_000, "2026-01-01"), (COUNTY, 8_000, "2026-11-16")) == [
        ("2026-11-01", 12_000),
        ("2026-11-16", 8_000),
    ]


def test_the_row_made_last_counts_for_its_day():
    assert values((CITY, 12_000, "2026-11-16"), (CITY, 11_000, "2026-11-16")) == [
        ("2026-11-01", 10_000),
        ("2026-11-16", 11_000),
    ]


def test_other_settings_are_not_mixed_in():
    assert values((CITY, 5, "2026-11-16"), key="travel.fen_per_km") == [("2026-11-01", 10_000)]


def test_the_money_of_article_27_is_built_in():
    built_in = {key: SETTINGS[key].built_in for key in (KEY, "travel.fen_per_km", "travel.max_round_trips")}
    assert built_in == {KEY: 100_00, "travel.fen_per_km": 45, "travel.max_round_trips": 2}


def test_a_dated_value_names_its_first_day():
    assert values_in([], ancestors=LINE, key=KEY, month=NOVEMBER) == [DatedValue(date(2026, 11, 1), 10_000)]
