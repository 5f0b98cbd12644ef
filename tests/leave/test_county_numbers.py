"""What a county's own numbers change about leave (Articles 17 and 30, D1 to D8)."""

import pytest

from tests.factories import make_setting
from tests.leave.steps import (
    approve,
    ask,
    consent,
    days,
    decide,
    extend,
    iso,
    preview,
    refused,
    request,
    take,
)


@pytest.mark.parametrize(
    ("mode", "counted", "tier"), [("calendar", 6, "county_office"), ("workday", 3, "township")]
)
def test_d1_a_county_counts_the_days_its_own_way(world, mode, counted, tier):
    make_setting(world.county, "leave.day_count", mode)
    make_setting(world.county, "calendar.extra_rest_days", [iso(1), iso(4), iso(6)])
    make_setting(world.county, "calendar.extra_workdays", [iso(2), iso(3), iso(5)])
    said = preview(world.secretary, 1, 6)
    assert (said["counted_days"], said["tier"], said["natural_days"]) == (counted, tier, 6)
    assert ask(world.secretary, 1, 6)["day_count"] == mode


@pytest.mark.parametrize(
    ("length", "half", "tier"),
    [(4, "morning", "county_office"), (3, "morning", "township"), (8, "morning", "county_group")],
)
def test_d2_half_a_day_goes_to_the_stricter_side(world, length, half, tier):
    said = preview(world.secretary, 1, length, last_half=half)
    assert (said["counted_days"], said["tier"]) == (length - 0.5, tier)


def test_d2_a_county_may_take_whole_days_only(world):
    make_setting(world.county, "leave.half_days", False)
    for half in ({"first_half": "afternoon"}, {"last_half": "morning"}):
        assert refused(request(world.secretary, days(1, 2, **half))) == (422, "half_days_not_taken")
    assert request(world.secretary, days(1, 2)).status_code == 201


def test_d3_a_county_may_count_each_leave_by_itself_but_never_an_extension(world):
    make_setting(world.county, "leave.chain", False)
    assert [ask(world.secretary, start, 3)["tier"] for start in (20, 23)] == ["township", "township"]
    first = ask(world.secretary, 0, 3)
    approve(first, world.township_head)
    second = extend(world.secretary, first, 5).json
    assert (second["chain_days"], second["tier"]) == (6, "county_office")
    approve(second, world.township_head, world.county_office)
    third = extend(world.secretary, second, 8).json
    assert (third["chain_days"], third["tier"]) == (9, "county_group")


def test_d3_an_extension_agreed_by_phone_is_routed_by_the_total_when_its_papers_come(world):
    make_setting(world.county, "leave.chain", False)
    first = ask(world.secretary, 0, 3)
    approve(first, world.township_head)
    longer = extend(world.secretary, first, 5, consent=consent()).json
    filed = take(world.secretary, longer, "paperwork", reason="续办", destination="赣州市").json
    assert (filed["chain_days"], filed["tier"]) == (6, "county_office")


def test_d4_a_rest_day_needs_leave_only_where_the_county_says_so(world):
    make_setting(world.county, "calendar.extra_rest_days", [iso(1), iso(2)])
    said = preview(world.secretary, 1, 2, kind="personal")
    assert (said["tier"], said["steps"], said["message"]) == (None, [], "休息日离村不需要请假")
    assert refused(request(world.secretary, days(1, 2, kind="personal"))) == (422, "no_leave_needed")
    assert preview(world.secretary, 1, 2, kind="trip")["tier"] == "township"
    make_setting(world.county, "leave.rest_days_need_leave", True)
    assert preview(world.secretary, 1, 2, kind="personal")["tier"] == "township"


def test_d5_a_county_sets_how_long_afterwards_a_consent_may_be_entered(world):
    body = days(-5, 3, consent=consent(hours_ago=200))
    make_setting(world.county, "leave.retro_max_days", 2)
    assert refused(request(world.secretary, body)) == (422, "retro_too_late")
    make_setting(world.county, "leave.retro_max_days", 3)
    assert request(world.secretary, body).status_code == 201


def test_d5_a_county_sets_within_how_many_working_days_papers_are_due(world):
    make_setting(world.county, "calendar.extra_workdays", [iso(n) for n in range(1, 12)])
    make_setting(world.county, "leave.papers_workdays", 1)
    assert ask(world.secretary, 0, 1, consent=consent())["papers_due_on"] == iso(1)
    make_setting(world.county, "leave.papers_workdays", 5)
    assert ask(world.member, 0, 1, consent=consent())["papers_due_on"] == iso(5)


def test_d8_a_county_may_do_without_the_opinion_of_the_township(world):
    make_setting(world.county, "leave.lower_opinion", False)
    assert preview(world.secretary, 1, 5)["steps"] == ["county_office"]
    asked = ask(world.secretary, 1, 5)
    assert refused(decide(world.township_head, asked)) == (403, "other_office")
    assert approve(asked, world.county_office)["state"] == "approved"


@pytest.mark.parametrize(
    ("key", "value", "length", "expected"),
    [
        ("leave.township_max_days", 5, 5, "township"),
        ("leave.county_office_max_days", 10, 10, "county_office"),
        ("leave.county_office_max_days", 4, 5, "county_group"),
    ],
)
def test_a_county_sets_its_own_limits(world, key, value, length, expected):
    make_setting(world.county, key, value)
    assert preview(world.secretary, 1, length)["tier"] == expected
    assert preview(world.secretary_b, 1, length)["tier"] != expected


def test_a_county_sets_from_when_somebody_stands_in(world):
    make_setting(world.county, "leave.stand_in_min_days", 10)
    assert preview(world.secretary, 1, 10)["needs_stand_in"]
    assert not preview(world.secretary_b, 1, 10)["needs_stand_in"]
