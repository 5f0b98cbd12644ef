"""Article 21: once a notice, twice or more a recall; proposed to the city, decided by a person, never automatic."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from kernel.clock import today
from kernel.database import db, transaction
from oversight.inspection_models import Finding
from oversight.recall_models import Proposal, RecallCase, WrittenWarning
from tests.factories import Phone, make_posting
from tests.oversight.making import make_finding, make_inspection, make_proposal, posting_in
from tests.oversight.steps import (
    confirmed_absence,
    decide_finding,
    decide_proposal,
    ok,
    on_record,
    proposals,
    refused,
    told,
)


def earlier_day():
    """Let what was found so far have been found the day before."""
    with transaction():
        db.session.execute(update(Finding).values(day=Finding.day - timedelta(days=1)))


def test_nothing_is_proposed_before_somebody_has_confirmed(workday):
    make_finding(make_inspection(workday.village, workday.inspector), workday.postings["secretary"])
    assert proposals(workday) == []


def test_the_first_confirmed_absence_is_proposed_for_a_notice_and_nothing_else_happens(workday):
    finding = confirmed_absence(workday, workday.secretary)
    (proposal,) = proposals(workday)
    assert (proposal["step"], proposal["state"], proposal["findings"]) == ("notice", "open", [finding["id"]])
    assert told(workday.city_org)[0] == ("oversight_waits", "全市通报建议待决定")
    assert db.session.scalar(select(func.count()).select_from(WrittenWarning)) == 0
    assert [kind for kind, _ in told(workday.secretary)] == ["finding", "finding"]


def test_the_second_is_proposed_for_a_recall_and_opens_no_case(workday):
    first = confirmed_absence(workday, workday.secretary)
    earlier_day()
    second = confirmed_absence(workday, workday.secretary)
    newest = proposals(workday)[0]
    assert (newest["step"], newest["findings"]) == ("recall", [first["id"], second["id"]])
    assert db.session.scalar(select(func.count()).select_from(RecallCase)) == 0


def test_a_third_does_not_propose_the_same_again_unless_it_was_dropped(workday):
    for _ in range(3):
        confirmed_absence(workday, workday.secretary)
        earlier_day()
    assert [each["step"] for each in proposals(workday)] == ["recall", "notice"]
    ok(decide_proposal(workday.city_org, proposals(workday)[0], confirms=False))
    confirmed_absence(workday, workday.secretary)
    assert [each["step"] for each in proposals(workday)] == ["recall", "recall", "notice"]


def test_twice_on_one_day_is_once(workday):
    for _ in range(2):
        confirmed_absence(workday, workday.secretary)
    assert [each["step"] for each in proposals(workday)] == ["notice"]


@pytest.mark.parametrize(("level", "who"), [("county", "county_office"), ("township", "township_head")])
def test_what_county_and_township_find_is_proposed_for_nothing(workday, level, who):
    inspection = make_inspection(workday.village, workday.inspector, level=level)
    made = make_finding(inspection, workday.postings["secretary"], state="answered")
    ok(decide_finding(workday.people[who], {"id": str(made.id)}))
    assert proposals(workday) == []


def test_an_earlier_posting_does_not_count(workday):
    inspection = make_inspection(workday.village_2, workday.inspector, day=today() - timedelta(days=400))
    long_ago = make_posting(
        workday.secretary,
        workday.village_2,
        workday.unit,
        first_day=today() - timedelta(days=4_000),
        last_day=today() - timedelta(days=3_000),
    )
    make_finding(inspection, long_ago, state="confirmed")
    confirmed_absence(workday, workday.secretary)
    assert [each["step"] for each in proposals(workday)] == ["notice"]


def test_a_notice_taken_up_is_told_and_is_a_written_warning(workday):
    confirmed_absence(workday, workday.secretary)
    (proposal,) = proposals(workday)
    assert ok(Phone(workday.township_head).get("/proposals"))["items"] == []
    decided = ok(decide_proposal(workday.city_rural, proposal))
    assert (decided["state"], decided["document_no"]) == ("confirmed", "赣市组〔2026〕10号")
    for who in ("secretary", "unit_head", "township_head", "county_office"):
        assert told(workday.people[who])[0] == ("warned", "市级督查：给予全市通报"), who
    (warning,) = ok(Phone(workday.secretary).get("/oversight/mine"))["warnings"]
    assert (warning["proposal_id"], warning["document_no"]) == (proposal["id"], "赣市组〔2026〕10号")
    assert len(ok(Phone(workday.township_head).get("/proposals"))["items"]) == 1
    assert on_record(proposal["id"]) == ["proposal.make", "proposal.decide"]


def test_a_proposal_is_decided_once_and_taken_up_under_a_document_only(workday):
    confirmed_absence(workday, workday.secretary)
    (proposal,) = proposals(workday)
    body = {"confirms": True, "reason": "属实"}
    answer = Phone(workday.city_org).post(f"/proposals/{proposal['id']}/decision", body)
    assert refused(answer) == (422, "document_needed")
    ok(decide_proposal(workday.city_org, proposal, confirms=False))
    assert refused(decide_proposal(workday.city_org, proposal)) == (409, "proposal_decided")
    assert db.session.scalar(select(func.count()).select_from(WrittenWarning)) == 0


def test_nobody_decides_on_a_proposal_about_themselves(workday):
    make_posting(workday.city_org, workday.village, workday.unit)
    posting = posting_in(workday.village, workday.city_org)
    made = make_finding(make_inspection(workday.village, workday.inspector), posting, state="confirmed")
    proposal = make_proposal(made)
    assert refused(decide_proposal(workday.city_org, {"id": str(proposal.id)})) == (403, "own_record")


def test_a_list_of_proposals_takes_the_same_statements_however_many_there_are(workday, statements):
    def asked() -> int:
        me = Phone(workday.city_org)
        statements.clear()
        ok(me.get("/proposals"))
        return len(statements)

    inspection = make_inspection(workday.village, workday.inspector)
    make_proposal(make_finding(inspection, workday.postings["secretary"], state="confirmed"))
    few = asked()
    for kind in ("other", "not_living_there", "works_elsewhere"):
        make_proposal(make_finding(inspection, workday.postings["secretary"], state="confirmed", kind=kind))
    assert asked() == few
    assert db.session.scalar(select(func.count()).select_from(Proposal)) == 4
