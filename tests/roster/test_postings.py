"""Postings made by the county, and terms that end (Articles 5, 6, 18)."""

from datetime import date, timedelta

import pytest
from sqlalchemy import Date, cast, func, select

from kernel.audit import AuditEntry
from kernel.clock import now, today
from kernel.database import db, transaction
from org.models import Person, Posting, PostingRole
from org.policy import term_ends_on
from roster.people import import_roster
from roster.terms import term_end
from tests.factories import Phone, make_person, make_posting, make_setting
from tests.roster.test_people import load, row, sheet


def body(world, **changes):
    with transaction():
        first_day = today().isoformat()
    return {
        "name": "邱新任",
        "phone": "13700000088",
        "full_member_since": "2015-07-01",
        "working_since": "2010-08-01",
        "grade": "section_chief",
        "village_id": str(world.village_2.id),
        "unit_id": str(world.unit.id),
        "role": "first_secretary",
        "first_day": first_day,
        **changes,
    }


def post(world, **changes):
    return Phone(world.county_office).post("/postings", body(world, **changes))


def refusal(answer):
    return answer.status_code, answer.json["error"]["code"]


def test_whoever_article_6_takes_is_posted_without_a_word(world):
    answer = post(world)
    assert (answer.status_code, answer.json["findings"], answer.json["override_reason"]) == (201, [], None)
    assert answer.json["village"]["id"] == str(world.village_2.id)


def test_the_same_posting_sent_twice_is_one(world):
    first, again = post(world), post(world)
    assert (first.status_code, again.status_code) == (201, 200) and first.json == again.json


def test_a_first_secretary_whom_article_6_does_not_take_is_posted_only_with_a_reason_on_record(world):
    answer = post(world, full_member_since=None)
    assert refusal(answer) == (422, "unqualified")
    assert "中共正式党员" in answer.json["error"]["details"]["reasons"][0]
    with transaction():
        assert db.session.scalar(select(Person.id).where(Person.name == "邱新任")) is None
    answer = post(world, full_member_since=None, override_reason="经县委研究，组织关系正在办理")
    assert (answer.status_code, answer.json["override_reason"]) == (201, "经县委研究，组织关系正在办理")
    with transaction():
        entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "posting.make")).one()
    assert entry.details["override_reason"] == "经县委研究，组织关系正在办理"


def test_a_reason_that_was_not_needed_is_not_kept(world):
    assert post(world, override_reason="不需要").json["override_reason"] is None


def test_what_the_policy_asks_for_in_principle_is_only_said(world):
    answer = post(world, grade="other", home_unit="某街道办事处")
    assert answer.status_code == 201
    assert [("第六条" in line, "第五条" in line) for line in answer.json["findings"]] == [
        (True, False), (False, True),
    ]  # fmt: skip
    assert answer.json["home_unit"] == "某街道办事处"
    assert post(world, phone="13700000089", role="member", home_unit="市统计局").json["home_unit"] is None


def test_a_village_gets_a_second_first_secretary_by_rotation_only(world):
    answer = post(world, village_id=str(world.village.id))
    assert refusal(answer) == (409, "first_secretary_there")
    assert post(world, village_id=str(world.village.id), role="member").status_code == 201


def test_nobody_is_posted_to_two_villages_at_once(world):
    assert post(world).status_code == 201
    answer = post(world, village_id=str(world.village_of_township_2.id))
    assert refusal(answer) == (409, "postings_overlap")


def test_a_number_of_somebody_else_is_refused(world):
    make_person("温水生", "13700000088")
    assert refusal(post(world)) == (422, "name_differs")


# -- the table ------------------------------------------------------------------------------------

FACTS = {"转正日期": "2015-07-01", "参加工作日期": "2010-08-01", "职级": "正科级"}


def soon():
    with transaction():
        return (today() + timedelta(days=10)).isoformat()


def first_secretary(**cells):
    return row(role="第一书记", **{"开始日期": soon(), **FACTS, **cells})


def said(result):
    return [(error.row, error.code) for error in result.errors], [
        (warning.row, warning.code) for warning in result.warnings
    ]


@pytest.mark.parametrize("column", ["转正日期", "参加工作日期"])
def test_a_dry_run_names_the_row_that_article_6_does_not_take(world, column):
    assert said(load(first_secretary(), dry_run=True)) == ([], [])
    assert said(load(first_secretary(**{column: ""}), dry_run=True)) == ([(2, "unqualified")], [])
    assert said(load(first_secretary(**{column: soon()}), dry_run=True)) == ([(2, "unqualified")], [])


def test_a_reason_in_the_row_lets_it_pass_and_stays_with_the_posting(world):
    result = load(first_secretary(转正日期="", 特批理由="县委专题会议纪要〔2026〕5号"))
    assert said(result) == ([], [(2, "against_policy")])
    (posting,) = db.session.scalars(select(Posting).join(Person).where(Person.name == "曾大山"))
    assert posting.override_reason == "县委专题会议纪要〔2026〕5号"
    assert "中共正式党员" in posting.findings[0]


def test_a_posting_that_runs_already_may_be_entered_without_the_dates(world):
    result = load(row(role="第一书记"))
    assert result.errors == [] and "未能逐项核对" in result.warnings[0].message


def test_a_row_s_facts_are_kept_and_a_later_row_without_them_loses_none(world):
    load(first_secretary(所在单位="某街道办事处", 组织关系转入="2026-03-01"))
    load(first_secretary(**dict.fromkeys(FACTS, "")))
    person = db.session.scalars(select(Person).where(Person.name == "曾大山")).one()
    assert (person.full_member_since, person.working_since) == (date(2015, 7, 1), date(2010, 8, 1))
    assert person.grade == "section_chief"
    (posting,) = db.session.scalars(select(Posting).where(Posting.person_id == person.id))
    assert (posting.home_unit, posting.party_transfer_on) == ("某街道办事处", date(2026, 3, 1))


def test_a_county_s_table_does_not_change_the_dates_of_a_posting(world):
    """Article 18: not before it is approved."""
    table = load(row(), county=world.county)
    assert table.postings_added == 1
    ended = row(结束日期="2026-06-30")
    (error,) = import_roster(
        sheet(ended), now=now(), by=None, within_county=world.county.id, dry_run=True
    ).errors
    assert (error.row, error.column, error.code) == (2, "结束日期", "dates_by_rotation")


# -- terms ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("years", [1, 2, 3, 4])
def test_the_database_and_the_rule_agree_on_the_end_of_a_term(app, years):
    ends = (cast(day, Date) for day in (date(2000, 1, 1), date(2012, 12, 31)))
    begun = cast(func.generate_series(*ends, func.make_interval(0, 0, 0, 1)), Date)
    days = select(begun.label("day")).subquery().c.day
    with transaction():
        found = db.session.execute(select(days, term_end(years, days))).all()
    assert len(found) == 13 * 365 + 4
    assert [row for row in found if row[1] != term_ends_on(row[0], years=years)] == []


def ending(person, **query):
    answer = Phone(person).get("/postings/ending", query_string=query)
    assert answer.status_code == 200, answer.json
    return answer.json


def began(years, days_left):
    """Return the first day of a posting whose term of so many years ends in so many days."""
    with transaction():
        end = today() + timedelta(days=days_left + 1)
    return end.replace(year=end.year - years)


@pytest.fixture
def fresh(world):
    """A world in which all others have only just begun."""
    with transaction():
        for posting in db.session.scalars(select(Posting)):
            posting.first_day = today()
    return world


def test_terms_that_end_within_ninety_days_are_listed_the_first_first(fresh):
    for name, days_left in (("八十九", 89), ("三", 3), ("九十一", 91), ("超期", -40)):
        make_posting(make_person(name), fresh.village, fresh.unit, first_day=began(2, days_left))
    items = ending(fresh.county_office)["items"]
    assert [(item["person"]["name"], item["days_left"]) for item in items] == [
        ("超期", -40), ("三", 3), ("八十九", 89),
    ]  # fmt: skip
    with transaction():
        assert items[1]["term_ends_on"] == (today() + timedelta(days=3)).isoformat()


def test_a_day_that_is_set_counts_before_the_end_of_the_term(fresh):
    with transaction():
        last_day = today() + timedelta(days=5)
    make_posting(make_person("定期"), fresh.village, fresh.unit, first_day=began(2, 600), last_day=last_day)
    (item,) = ending(fresh.county_office)["items"]
    assert (item["days_left"], item["last_day"]) == (5, last_day.isoformat())


def test_a_county_s_longer_term_ends_later(fresh):
    make_posting(make_person("三"), fresh.village, fresh.unit, first_day=began(2, 3))
    make_posting(make_person("乙县三"), fresh.village_b, fresh.unit, first_day=began(2, 3))
    make_setting(fresh.county, "posting.term_years", 3)
    assert ending(fresh.county_office)["items"] == []
    assert [item["person"]["name"] for item in ending(fresh.city_org)["items"]] == ["乙县三"]
    make_setting(fresh.township, "posting.term_years", 2)
    assert [item["person"]["name"] for item in ending(fresh.county_office)["items"]] == ["三"]


def test_a_unit_sees_the_terms_of_its_own_people(fresh):
    make_posting(make_person("本单位"), fresh.village, fresh.unit, first_day=began(2, 3))
    make_posting(make_person("别单位"), fresh.village, fresh.unit_2, first_day=began(2, 3))
    assert [item["person"]["name"] for item in ending(fresh.unit_clerk)["items"]] == ["本单位"]


def test_pages_follow_each_other_without_a_gap(fresh):
    for number in range(5):
        make_posting(
            make_person(f"{number}"),
            fresh.village,
            fresh.unit,
            role=PostingRole.MEMBER,
            first_day=began(2, 3),
        )
    seen, cursor = [], None
    while cursor is not None or not seen:
        page = ending(fresh.county_office, limit=2, **({"cursor": cursor} if cursor else {}))
        seen += [item["posting_id"] for item in page["items"]]
        cursor = page["next_cursor"]
    assert len(seen) == len(set(seen)) == 5
