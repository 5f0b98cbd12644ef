"""A unit's payment lists over HTTP: what stamped sheets pay, and what later versions make good (Article 27)."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from allowances.models import LivingLine, PaymentList
from kernel.database import db, transaction
from kernel.periods import Month
from org.models import Posting
from tests.allowances.steps import living, look, month_before, prepare, prepared, stamp
from tests.factories import Phone, make_posting, make_setting, stamp_sheet


@pytest.fixture
def month(app) -> Month:
    """Two months ago: a list of the month after it can make good what it lacked."""
    return month_before(2)


def test_a_stamped_month_is_paid_by_its_days(world, month):
    code = stamp(world, month, secretary=range(1, 19), member=[1])
    (line,) = look(world, month).json["living"]
    assert (line["days"], line["fen_per_day"], line["amount_fen"]) == (18, 10_000, 180_000)
    assert line["sheet"] == {"version": 1, "check_code": code}
    made = prepared(world, month)
    assert living(made) == [(world.secretary.name, str(month), "当月", 18, 180_000)]
    assert (made["state"], made["living_fen"], made["prepared"]["by"]) == (
        "prepared",
        180_000,
        world.unit_clerk.name,
    )


def test_what_is_not_stamped_is_named_and_not_guessed(world, month):
    stamp(world, month, secretary=[3])
    missing = {each["village"]["id"]: each for each in prepared(world, month)["missing"]}
    assert missing.keys() == {str(world.village_of_township_2.id), str(world.village_b.id)}
    waiting = missing[str(world.village_b.id)]
    assert (waiting["reason"], waiting["people"]) == ("sheet_unstamped", [world.secretary_b.name])
    assert waiting["text"] == "考勤表填报中，尚未盖章"


def test_somebody_whom_the_stamped_sheet_leaves_out_is_named(world, month):
    stamp(world, month, member=[3])
    (missing,) = [each for each in look(world, month).json["missing"] if each["reason"] == "not_on_sheet"]
    assert missing["people"] == [world.secretary.name]


def test_nothing_stamped_makes_no_list(world, month):
    answer = prepare(world, month)
    assert (answer.status_code, answer.json["error"]["code"]) == (422, "nothing_to_pay")


def test_a_running_month_makes_no_list(world):
    answer = prepare(world, month_before(0))
    assert (answer.status_code, answer.json["error"]["code"]) == (422, "month_running")


def test_a_later_version_is_made_good_by_the_next_list_and_the_first_stays(world, month):
    stamp(world, month, secretary=range(1, 19))
    first = prepared(world, month)
    code = stamp(world, month, secretary=range(1, 21))
    stamp(world, month.next, secretary=[2, 3])
    second = prepared(world, month.next)
    assert living(second) == [
        (world.secretary.name, str(month.next), "当月", 2, 20_000),
        (world.secretary.name, str(month), "补发", 2, 20_000),
    ]
    assert second["living"][1]["sheet"] == {"version": 2, "check_code": code}
    assert look(world, month).json == first


def test_days_a_later_version_takes_away_are_taken_back_once(world):
    march, april, may = month_before(4), month_before(3), month_before(2)
    stamp(world, march, secretary=range(1, 19))
    prepared(world, march)
    stamp(world, march, secretary=range(1, 16))
    stamp(world, april, secretary=[2])
    assert living(prepared(world, april))[1:] == [(world.secretary.name, str(march), "扣回", -3, -30_000)]
    stamp(world, may, secretary=[2])
    assert living(prepared(world, may)) == [(world.secretary.name, str(may), "当月", 1, 10_000)]


def test_after_any_number_of_versions_the_lists_together_pay_the_last(world):
    first = month_before(6)
    versions = [range(1, 10), range(5, 25), [], [1, 2, 28], range(1, 29)]
    for number, days in enumerate(versions):
        make_setting(
            world.city,
            "allowance.rate_fen_per_day",
            10_000 + 500 * number,
            valid_from=first.day_at(9 + number),
        )
        stamp(world, first, secretary=days)
        if number:
            stamp(world, first.plus(number), secretary=[1])
        prepared(world, first.plus(number))
    paid = db.session.execute(
        select(func.sum(LivingLine.days), func.sum(LivingLine.days * LivingLine.fen_per_day)).where(
            LivingLine.month == first.first_day
        )
    ).one()
    by_rate = 10 * 10_000 + 10_500 + 11_000 + 11_500 + 15 * 12_000
    assert tuple(paid) == (28, by_rate)


def test_a_village_stamped_after_the_list_is_paid_by_the_next(world, month):
    stamp(world, month, secretary=[3])
    prepared(world, month)
    stamp_sheet(world.village_b, month, {"secretary_b": [4, 5]}, world=world)
    stamp(world, month.next, secretary=[3])
    assert (world.secretary_b.name, str(month), "补发", 2, 20_000) in living(prepared(world, month.next))


def test_a_new_rate_within_the_month_is_a_second_line(world, month):
    make_setting(world.city, "allowance.rate_fen_per_day", 12_000, valid_from=month.day_at(15))
    stamp(world, month, secretary=[14, 15, 16, 17])
    assert [(each["fen_per_day"], each["days"]) for each in look(world, month).json["living"]] == [
        (10_000, 2),
        (12_000, 2),
    ]


def test_a_county_unit_pays_its_county_s_rate_and_a_city_unit_the_city_s(world, month):
    make_setting(world.county, "allowance.rate_fen_per_day", 8_000)
    stamp(world, month, secretary=[3], member=[3])
    city = look(world, month).json["living"]
    county = look(world, month, who="county_office", unit=world.unit_2).json["living"]
    assert [each["fen_per_day"] for each in (*city, *county)] == [10_000, 8_000]


def test_the_day_of_a_transfer_is_paid_once(world, month):
    moving_day = month.day_at(9)
    with transaction():
        old = db.session.get_one(Posting, world.postings["secretary"].id)
        old.last_day = moving_day
    world.postings["moved"] = make_posting(world.secretary, world.village_b, world.unit, first_day=moving_day)
    stamp(world, month, secretary=[8, 9, 10])
    stamp_sheet(world.village_b, month, {"moved": [10, 11]}, world=world)
    days = {each["village"]["id"]: each["days"] for each in look(world, month).json["living"]}
    assert days == {str(world.village.id): 2, str(world.village_b.id): 2}


# -- who does what ------------------------------------------------------------------------------


def test_the_head_notes_the_payment_once(world, month):
    stamp(world, month, secretary=[3])
    made = prepared(world, month)
    head = Phone(world.unit_head)
    paid = head.post(f"/reports/allowances/{made['list_id']}/payment")
    assert (paid.json["state"], paid.json["state_text"]) == ("paid", "已发放")
    assert paid.json["paid"]["by"] == world.unit_head.name
    again = head.post(f"/reports/allowances/{made['list_id']}/payment")
    assert (again.status_code, again.json["error"]["code"]) == (409, "list_paid")


def test_a_township_and_a_county_see_the_lines_of_their_own_people(world, month):
    stamp(world, month, secretary=[3])
    stamp_sheet(world.village_b, month, {"secretary_b": [4]}, world=world)
    for is_made in (False, True):
        if is_made:
            prepared(world, month)
        seen = {
            who: [each["person"]["name"] for each in look(world, month, who=who).json["living"]]
            for who in ("unit_clerk", "township_clerk", "county_office_b", "city_org")
        }
        both = [world.secretary_b.name, world.secretary.name]
        assert sorted(seen["unit_clerk"]) == sorted(seen["city_org"]) == sorted(both)
        assert seen["township_clerk"] == [world.secretary.name]
        assert seen["county_office_b"] == [world.secretary_b.name]
    ours = look(world, month, who="township_clerk").json
    assert (ours["whole"], ours["living_fen"]) == (False, 10_000)
    assert [each["village"]["id"] for each in ours["missing"]] == []
    assert look(world, month).json["whole"] is True


# -- races --------------------------------------------------------------------------------------


def _in_app(app, call):
    with app.app_context():
        try:
            return call()
        finally:
            db.session.remove()


def test_of_two_clerks_at_once_one_makes_the_list(app, world, month):
    stamp(world, month, secretary=[3, 4])
    body = {"month": str(month), "unit_id": str(world.unit.id)}
    phones = [Phone(world.unit_clerk) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda phone: phone.post("/reports/allowances", body), phones))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert {answer.json["error"]["code"] for answer in answers if answer.status_code == 409} == {
        "list_exists"
    }
    assert db.session.execute(select(func.count()).select_from(PaymentList)).scalar_one() == 1
    assert db.session.execute(select(func.sum(LivingLine.days))).scalar_one() == 2


def test_two_lists_at_once_make_the_same_difference_good_only_once(app, world):
    first, second, third = month_before(3), month_before(2), month_before(1)
    stamp(world, first, secretary=[3])
    prepared(world, first)
    stamp(world, first, secretary=[3, 4])
    for month in (second, third):
        stamp(world, month, secretary=[5])
    phone = Phone(world.unit_clerk)
    phone_2 = Phone(world.unit_clerk)
    bodies = [{"month": str(month), "unit_id": str(world.unit.id)} for month in (second, third)]
    with ThreadPoolExecutor(2) as pool:
        answers = list(
            pool.map(
                lambda pair: pair[0].post("/reports/allowances", pair[1]),
                zip((phone, phone_2), bodies, strict=True),
            )
        )
    assert {answer.status_code for answer in answers} <= {201, 409}
    made_good = select(func.sum(LivingLine.days)).where(LivingLine.month == first.first_day)
    assert db.session.execute(made_good).scalar_one() == 2


# -- how much it asks of the database -----------------------------------------------------------


def test_the_number_of_statements_depends_neither_on_people_nor_on_months(world, month, statements):
    stamp(world, month, secretary=[3])
    clerk = Phone(world.unit_clerk)
    query = {"month": str(month.next), "unit": world.unit.id}
    statements.clear()
    clerk.get("/reports/allowances", query_string=query)
    few = len(statements)
    prepared(world, month)
    stamp_sheet(world.village_b, month, {"secretary_b": range(1, 25)}, world=world)
    stamp_sheet(world.village_of_township_2, month.next, {"member_of_township_2": [4]}, world=world)
    statements.clear()
    assert len(clerk.get("/reports/allowances", query_string=query).json["living"]) == 2
    assert len(statements) == few <= 14
