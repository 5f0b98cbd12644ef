"""A finding is told to the person first, answered within three working days, and decided by a person (D22)."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from kernel.clock import today
from kernel.database import db, transaction
from kernel.workdays import is_rest_day
from leave.policy import LeaveState
from oversight.deadlines import remind_of_answers
from oversight.inspection_models import Finding
from tests.factories import Phone, make_leave, make_setting
from tests.oversight.making import make_finding, make_inspection
from tests.oversight.steps import (
    answer_finding,
    days_pass,
    decide_finding,
    find,
    instant,
    ok,
    on_record,
    open_village,
    refused,
    told,
)


@pytest.fixture
def finding(workday):
    """The first secretary was found absent by the city just now."""
    return ok(find(workday, open_village(workday), workday.secretary), 201)


def read(person, finding):
    return ok(Phone(person).get(f"/findings/{finding['id']}"))


def test_the_person_is_told_first_and_alone(workday, finding):
    assert told(workday.secretary) == [("finding", "督查记录待您说明")]
    for who in ("township_head", "county_office", "city_org", "unit_head"):
        assert told(workday.people[who]) == []
    assert (finding["state"], finding["level"]) == ("found", "city")
    days = [today() + timedelta(days=n) for n in range(1, 30)]
    assert finding["answer_due_on"] == [day for day in days if not is_rest_day(day)][2].isoformat()


def test_the_answer_is_read_by_the_person_and_the_offices_and_by_nobody_else(workday, finding):
    words = "发烧，在镇卫生院"
    ok(answer_finding(workday.secretary, finding, words))
    assert read(workday.secretary, finding)["answer"] == words
    for who in ("township_head", "county_group", "city_org"):
        assert read(workday.people[who], finding)["answer"] == words
    for who in ("inspector", "unit_head"):
        assert read(workday.people[who], finding)["answer"] is None
    with transaction():
        assert words not in db.session.scalar(text("SELECT string_agg(f::text, '') FROM findings f"))


def test_the_office_is_told_once_the_person_has_answered(workday, finding):
    ok(answer_finding(workday.secretary, finding))
    assert told(workday.city_org) == [("oversight_waits", "督查记录待认定")]
    assert told(workday.county_office) == []


def test_one_answers_once_and_the_same_words_again_change_nothing(workday, finding):
    first = ok(answer_finding(workday.secretary, finding))
    assert ok(answer_finding(workday.secretary, finding))["answered_at"] == first["answered_at"]
    assert refused(answer_finding(workday.secretary, finding, "另一种说法")) == (409, "answered_already")


def test_nobody_answers_for_another(workday, finding):
    assert refused(answer_finding(workday.member, finding)) == (404, "finding_not_found")


def test_nothing_is_confirmed_before_the_person_was_heard(workday, finding):
    assert refused(decide_finding(workday.city_org, finding)) == (409, "answer_period")
    days_pass(finding, 0)
    assert refused(decide_finding(workday.city_org, finding)) == (409, "answer_period")
    days_pass(finding, 1)
    assert ok(decide_finding(workday.city_org, finding))["state"] == "confirmed"


def test_an_answer_after_the_last_day_is_taken_and_marked_until_somebody_decides(workday, finding):
    days_pass(finding, 2)
    assert ok(answer_finding(workday.secretary, finding))["answered_late"] is True
    ok(decide_finding(workday.city_org, finding))
    other = make_finding(
        make_inspection(workday.village, workday.inspector), workday.postings["secretary"], state="lifted"
    )
    assert refused(answer_finding(workday.secretary, {"id": str(other.id)})) == (409, "finding_decided")


def test_it_may_be_lifted_at_once(workday, finding):
    assert ok(decide_finding(workday.city_org, finding, confirms=False))["state"] == "lifted"
    assert told(workday.secretary)[0] == ("finding", "督查记录已撤销")
    assert told(workday.unit_head) == [] and told(workday.township_head) == []
    assert refused(decide_finding(workday.city_org, finding)) == (409, "finding_decided")


def test_a_confirmed_finding_is_told_to_unit_and_township_too(workday, finding):
    ok(answer_finding(workday.secretary, finding))
    ok(decide_finding(workday.city_org, finding))
    for who in ("secretary", "unit_head", "township_head"):
        assert told(workday.people[who])[0] == ("finding", "督查记录已认定")
    assert on_record(finding["id"]) == ["finding.make", "finding.answer", "finding.decide"]


@pytest.mark.parametrize(
    ("level", "judges", "others"),
    [
        ("township", ["township_head"], ["county_office", "county_group", "city_org"]),
        ("county", ["county_office", "county_group"], ["township_head", "city_org"]),
        ("city", ["city_org", "city_rural"], ["township_head", "county_office"]),
    ],
)
def test_the_level_that_sent_the_inspector_decides(workday, level, judges, others):
    for who in judges:
        inspection = make_inspection(workday.village, workday.inspector, level=level)
        made = make_finding(inspection, workday.postings["secretary"], state="answered")
        for other in others:
            assert refused(decide_finding(workday.people[other], {"id": str(made.id)})) == (
                403,
                "other_level",
            )
        ok(decide_finding(workday.people[who], {"id": str(made.id)}))


def test_nobody_decides_on_what_they_found_or_what_is_about_them(workday):
    for changes in ({"found_by": "city_org"}, {"person": "city_org"}):
        inspection = make_inspection(workday.village, workday.inspector)
        made = make_finding(inspection, workday.postings["secretary"], state="answered")
        with transaction():
            row = db.session.get_one(Finding, (made.county_id, made.id))
            if "found_by" in changes:
                row.found_by = workday.city_org.id
            else:
                row.person_id = workday.city_org.id
        assert refused(decide_finding(workday.city_org, {"id": str(made.id)})) == (403, "own_record")


def test_who_is_away_with_approval_or_off_duty_is_not_found_absent(workday, phone):
    make_leave(workday.postings["member"], county=workday.county, state=LeaveState.APPROVED, starts_in_days=0)
    opened = open_village(workday)
    assert refused(find(workday, opened, workday.member)) == (422, "away_with_cause")
    ok(find(workday, opened, workday.member, kind="not_living_there"), 201)
    make_setting(workday.county, "calendar.extra_workdays", [])
    make_setting(workday.county, "calendar.extra_rest_days", [today().isoformat()])
    assert refused(find(workday, opened, workday.secretary)) == (422, "not_on_duty")


def test_papers_that_come_later_keep_an_absence_from_being_confirmed(workday, finding):
    """An approved leave that was not in the system yet when the inspector came."""
    ok(answer_finding(workday.secretary, finding, "口头请过假，手续后补"))
    make_leave(
        workday.postings["secretary"], county=workday.county, state=LeaveState.APPROVED, starts_in_days=0
    )
    assert read(workday.city_org, finding)["day_class"] == "trip"
    assert refused(decide_finding(workday.city_org, finding)) == (409, "away_with_cause")
    assert ok(decide_finding(workday.city_org, finding, confirms=False))["state"] == "lifted"


def test_only_people_of_the_village_are_found_and_each_once_of_a_kind(workday, finding):
    opened = {"id": finding["inspection_id"]}
    assert refused(find(workday, opened, workday.secretary)) == (409, "found_already")
    assert refused(find(workday, opened, workday.member_of_village_2)) == (404, "person_not_found")
    key = {"client_key": str(uuid4())}
    first = ok(find(workday, opened, workday.member, **key), 201)
    assert ok(find(workday, opened, workday.member, **key))["id"] == first["id"]


def test_the_morning_s_job_counts_down_and_then_tells_the_office(workday, finding):
    days_pass(finding, -1)
    remind_of_answers(now=instant())
    remind_of_answers(now=instant())
    assert told(workday.secretary)[0] == ("finding", "说明还有1天到期")
    assert len(told(workday.secretary)) == 2
    days_pass(finding, 0)
    remind_of_answers(now=instant())
    assert told(workday.secretary)[0] == ("finding", "说明今天到期")
    assert told(workday.city_org) == []
    days_pass(finding, 1)
    remind_of_answers(now=instant())
    remind_of_answers(now=instant())
    assert told(workday.city_org) == [("oversight_waits", "督查记录待认定")]
    ok(decide_finding(workday.city_org, finding, confirms=False))
    assert remind_of_answers(now=instant()) == 0


def test_reminders_take_the_same_statements_however_many_there_are(workday, finding, statements):
    def sent() -> int:
        statements.clear()
        remind_of_answers(now=instant())
        return sum("INSERT INTO messages" in statement for statement in statements)

    days_pass(finding, -1)
    assert sent() == 1
    for village, who in ((workday.village, workday.member), (workday.village_2, workday.member_of_village_2)):
        days_pass(ok(find(workday, open_village(workday, village), who), 201), 0)
    assert sent() == 1
    assert told(workday.member)[0] == told(workday.member_of_village_2)[0] == ("finding", "说明今天到期")


def test_findings_are_listed_for_whom_they_concern_with_a_fixed_number_of_statements(
    workday, finding, statements
):
    for who, count in (
        ("secretary", 1), ("member", 0), ("inspector", 1), ("township_clerk", 1), ("township_clerk_2", 0),
        ("county_office", 1), ("county_office_b", 0), ("city_rural", 1), ("unit_clerk", 1),
    ):  # fmt: skip
        assert len(ok(Phone(workday.people[who]).get("/findings"))["items"]) == count, who

    def asked() -> int:
        me = Phone(workday.city_org)
        statements.clear()
        ok(me.get("/findings"))
        return len(statements)

    few = asked()
    for _ in range(4):
        make_finding(make_inspection(workday.village, workday.inspector), workday.postings["member"])
    assert asked() == few
