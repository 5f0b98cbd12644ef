"""Article 6 as a table: who may be posted, and what is only said."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from org.policy import (
    Grade,
    Lead,
    Need,
    Qualification,
    UnitKind,
    VillageKindName,
    need_of,
    qualified_as_first_secretary,
    qualified_as_member,
    speaks_against,
    team_of,
    term_ends_on,
    years_after,
)

FIRST_DAY = date(2026, 3, 1)
LONG_AGO = date(2010, 7, 1)
ORGAN = UnitKind.CITY_ORGAN
MEMBER, PARTY_AGE, WORK = "必须是中共正式党员", "党龄不满1年", "工作经历不满2年"


def findings(
    full_member_since=LONG_AGO,
    working_since=LONG_AGO,
    grade=Grade.SECTION_CHIEF,
    *,
    unit=ORGAN,
    first_day=FIRST_DAY,
):
    who = Qualification(full_member_since, working_since, grade)
    return qualified_as_first_secretary(who, unit=unit, first_day=first_day)


def test_against_whoever_is_a_member_long_enough_and_of_rank_nothing_is_said():
    assert (findings().errors, findings().warnings) == ([], [])


@pytest.mark.parametrize(
    ("full_member_since", "first_day", "error"),
    [
        ("2025-03-01", "2026-03-01", None),
        ("2025-03-02", "2026-03-01", PARTY_AGE),
        ("2025-03-01", "2026-02-28", PARTY_AGE),
        ("2024-02-29", "2025-02-28", PARTY_AGE),
        ("2024-02-29", "2025-03-01", None),
        ("2027-02-28", "2028-02-28", None),
        ("2027-03-01", "2028-02-29", PARTY_AGE),
        ("2028-02-29", "2029-03-01", None),
        ("2026-03-01", "2026-03-01", PARTY_AGE),
        ("2026-04-01", "2026-03-01", PARTY_AGE),
        (None, "2026-03-01", MEMBER),
    ],
)
def test_a_year_in_the_party_counts_from_becoming_a_full_member(full_member_since, first_day, error):
    since = full_member_since and date.fromisoformat(full_member_since)
    errors = findings(since, first_day=date.fromisoformat(first_day)).errors
    assert len(errors) == (error is not None) and all(error in line for line in errors)


@pytest.mark.parametrize(
    ("working_since", "first_day", "is_enough"),
    [
        ("2024-03-01", "2026-03-01", True),
        ("2024-03-02", "2026-03-01", False),
        ("2024-02-29", "2026-02-28", False),
        ("2024-02-29", "2026-03-01", True),
        ("2026-02-28", "2028-02-28", True),
        ("2026-03-01", "2028-02-29", False),
        (None, "2026-03-01", False),
    ],
)
def test_two_years_of_work_are_needed(working_since, first_day, is_enough):
    since = working_since and date.fromisoformat(working_since)
    errors = findings(working_since=since, first_day=date.fromisoformat(first_day)).errors
    assert [WORK in line for line in errors] == ([] if is_enough else [True])


def test_all_that_must_be_and_is_not_is_said_at_once():
    errors = findings(None, None).errors
    assert len(errors) == 2 and MEMBER in errors[0] and WORK in errors[1]


CHIEF, DEPUTY, RESERVE, MIDDLE = (
    Grade.SECTION_CHIEF, Grade.DEPUTY_SECTION_CHIEF, Grade.RESERVE, Grade.MIDDLE_MANAGEMENT,
)  # fmt: skip


@pytest.mark.parametrize(
    ("unit", "grades"),
    [
        (UnitKind.CITY_ORGAN, {CHIEF, RESERVE}),
        (UnitKind.CENTRAL_OR_PROVINCIAL, {CHIEF, RESERVE}),
        (UnitKind.COUNTY_ORGAN, {CHIEF, DEPUTY, RESERVE}),
        (UnitKind.TOWNSHIP_ORGAN, {CHIEF, DEPUTY, RESERVE}),
        (UnitKind.CITY_INSTITUTION, {CHIEF, DEPUTY, RESERVE, MIDDLE}),
        (UnitKind.CITY_ENTERPRISE, {CHIEF, DEPUTY, RESERVE, MIDDLE}),
        (UnitKind.CITY_COLLEGE, {CHIEF, DEPUTY, RESERVE, MIDDLE}),
        (UnitKind.COUNTY_INSTITUTION, {CHIEF, DEPUTY, RESERVE, MIDDLE}),
        (UnitKind.COUNTY_ENTERPRISE, {CHIEF, DEPUTY, RESERVE, MIDDLE}),
    ],
)
def test_each_unit_has_its_grades_and_another_grade_is_only_a_warning(unit, grades):
    for grade in (*Grade, None):
        found = findings(grade=grade, unit=unit)
        assert found.errors == []
        assert bool(found.warnings) is (grade not in grades), (unit, grade)


def test_every_kind_of_unit_is_in_the_table():
    assert {unit for unit in UnitKind if unit.is_city_dispatched} == {
        UnitKind.CITY_ORGAN,
        UnitKind.CITY_INSTITUTION,
        UnitKind.CITY_ENTERPRISE,
        UnitKind.CITY_COLLEGE,
        UnitKind.CENTRAL_OR_PROVINCIAL,
    }


@pytest.mark.parametrize(("since", "warnings"), [(LONG_AGO, 0), (FIRST_DAY, 0), (None, 1)])
def test_a_member_of_the_team_is_preferably_in_the_party_and_must_be_nothing(since, warnings):
    found = qualified_as_member(Qualification(since, None, None))
    assert (found.errors, len(found.warnings)) == ([], warnings)


@given(st.dates(date(1950, 1, 1), date(2090, 1, 1)), st.integers(0, 9))
def test_years_later_is_the_same_day_or_the_day_after_a_missing_leap_day(day, years):
    later = years_after(day, years)
    assert later.year == day.year + years
    assert (later.month, later.day) in {(day.month, day.day), (3, 1)}
    assert (later.month, later.day) == (day.month, day.day) or (day.month, day.day) == (2, 29)


# -- Article 5, and what is entered when a posting runs already -----------------------------------


def against(who=None, *, leads=True, **changes):
    who = who or Qualification(LONG_AGO, LONG_AGO, Grade.SECTION_CHIEF)
    found = speaks_against(who, leads=leads, unit=ORGAN, first_day=FIRST_DAY, **changes)
    return found.errors, found.warnings


def test_whoever_belongs_to_another_unit_than_the_one_with_the_task_is_only_named():
    assert against() == ([], [])
    for leads in (True, False):
        errors, (warning,) = against(leads=leads, is_seconded=True)
        assert errors == [] and "第五条" in warning


def test_of_a_member_who_serves_already_nothing_is_said_where_nothing_is_known():
    unknown = Qualification(None, None, None)
    assert len(against(unknown, leads=False)[1]) == 1
    assert against(unknown, leads=False, runs_already=True) == ([], [])


@pytest.mark.parametrize("unknown", ["full_member_since", "working_since"])
def test_a_date_nobody_wrote_down_blocks_a_posting_to_come_and_is_named_of_one_that_runs(unknown):
    facts = {"full_member_since": LONG_AGO, "working_since": LONG_AGO, "grade": Grade.SECTION_CHIEF}
    who = Qualification(**{**facts, unknown: None})
    assert len(against(who)[0]) == 1
    errors, (warning,) = against(who, runs_already=True)
    assert errors == [] and "未能逐项核对" in warning


def test_a_date_that_is_too_late_blocks_a_posting_that_runs_too():
    who = Qualification(date(2025, 3, 2), None, Grade.SECTION_CHIEF)
    (error,), (warning,) = against(who, runs_already=True)
    assert PARTY_AGE in error and "未能逐项核对" in warning


# -- Article 18: terms ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first_day", "years", "last_day"),
    [
        ("2024-03-01", 2, "2026-02-28"),
        ("2024-02-29", 2, "2026-02-28"),
        ("2024-02-28", 2, "2026-02-27"),
        ("2023-03-01", 1, "2024-02-29"),
        ("2024-01-01", 2, "2025-12-31"),
        ("2024-02-29", 4, "2028-02-28"),
    ],
)
def test_a_term_ends_the_day_before_it_would_begin_anew(first_day, years, last_day):
    assert term_ends_on(date.fromisoformat(first_day), years=years) == date.fromisoformat(last_day)


# -- Articles 2 and 7: teams ----------------------------------------------------------------------

POOR, RED, WEAK = VillageKindName.FORMER_POOR, VillageKindName.RED_VILLAGE, VillageKindName.WEAK_PARTY_BRANCH


@pytest.mark.parametrize(
    ("kinds", "need"),
    [
        ([], Need.NOBODY),
        ([RED], Need.FIRST_SECRETARY),
        ([WEAK], Need.FIRST_SECRETARY),
        ([WEAK, RED], Need.FIRST_SECRETARY),
        ([WEAK, POOR], Need.TEAM),
        *(([kind], Need.TEAM) for kind in VillageKindName if kind not in (RED, WEAK)),
    ],
)
def test_a_village_takes_a_team_if_any_of_its_kinds_does(kinds, need):
    assert need_of(kinds) is need


@pytest.mark.parametrize(
    ("kinds", "size", "secretary", "acting", "missing_people", "lead", "missing_leader"),
    [
        ([POOR], 3, True, False, 0, Lead.FIRST_SECRETARY, False),
        ([POOR], 4, True, False, 0, Lead.FIRST_SECRETARY, False),
        ([POOR], 2, True, False, 1, Lead.FIRST_SECRETARY, False),
        ([POOR], 0, False, False, 3, None, True),
        ([POOR], 3, False, False, 0, None, True),
        ([POOR], 3, False, True, 0, Lead.ACTING, False),
        ([POOR], 3, True, True, 0, Lead.ACTING, False),
        ([RED], 1, True, False, 0, Lead.FIRST_SECRETARY, False),
        ([RED], 0, False, False, 1, None, True),
        ([], 0, False, False, 0, None, False),
        ([], 2, False, False, 0, None, False),
    ],
)
def test_a_team_lacks_what_article_7_asks_for(
    kinds, size, secretary, acting, missing_people, lead, missing_leader
):
    team = team_of(kinds, size=size, has_first_secretary=secretary, has_acting_leader=acting, min_people=3)
    assert (team.missing_people, team.lead, team.is_missing_leader) == (missing_people, lead, missing_leader)
    assert team.is_complete == (not missing_people and not missing_leader)


@given(st.sets(st.sampled_from(VillageKindName)), st.integers(0, 12), st.integers(3, 10))
def test_one_more_person_never_makes_a_team_lack_more(kinds, size, least):
    def missing(people):
        team = team_of(
            kinds, size=people, has_first_secretary=True, has_acting_leader=False, min_people=least
        )
        return team.missing_people

    assert missing(size) - missing(size + 1) in (0, 1)
