"""Article 22: proposed, heard, decided, urged, carried out, replaced; walked by the people of each office."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from attendance.changeover import carry_out_changes
from identity.login import cipher
from identity.models import Session
from identity.permissions import Role
from kernel.clock import today
from kernel.database import db, transaction
from org.models import Area, Posting
from oversight.deadlines import remind_of_answers
from oversight.recall_models import RecallCase
from roster.models import Rotation
from roster.policy import RotationState
from tests.factories import Phone, make_helper, make_household, make_office, make_pairing, make_rotation
from tests.oversight.making import make_finding, make_inspection, make_proposal, make_warning, only_recall
from tests.oversight.steps import (
    days_pass,
    instant,
    ok,
    on_record,
    propose_recall,
    refused,
    successor,
    take,
    told,
)
from visits.models import Helper, Pairing

DAY = timedelta(days=1)


@pytest.fixture
def proposed(workday):
    """The township has just proposed to recall the first secretary, whom a city organ sent."""
    return ok(propose_recall(workday, workday.secretary), 201)


def read(person, recall):
    return ok(Phone(person).get(f"/recalls/{recall['id']}"))


def test_a_recall_walks_from_the_township_to_the_successor(workday, proposed):
    """Each step by the office whose it is, each told to whom it concerns."""
    w = workday
    assert (proposed["state"], proposed["urged_by_level"]) == ("proposed", "city")
    assert told(w.secretary) == [("recall", "乡镇党委提出召回")]
    assert told(w.county_group) == []
    ok(take(w.secretary, proposed, "answer", text="我愿意改正"))
    assert told(w.county_group) == [("oversight_waits", "召回待审定")]
    decided = ok(take(w.county_group, proposed, "decision", upholds=True, reason="属实"))
    assert (decided["state"], decided["answer"]) == ("decided", "我愿意改正")
    assert told(w.city_org)[0] == ("recall", "召回已审定")
    urged = ok(take(w.city_rural, proposed, "urging", document_no="赣市组〔2026〕11号"))
    assert (urged["state"], urged["urging_document_no"]) == ("urged", "赣市组〔2026〕11号")
    assert told(w.unit_clerk)[0] == ("recall", "督促召回")
    recalled = ok(take(w.unit_head, proposed, "departure", last_day=today().isoformat()))
    assert (recalled["state"], recalled["last_day"]) == ("recalled", today().isoformat())
    replaced = ok(take(w.unit_head, proposed, "successor", **successor()))
    assert replaced["state"] == "replaced"
    assert [kind for kind, _ in told(w.secretary)] == ["recall"] * 4
    assert told(w.township_head)[0] == ("recall", "接替人员已到任")
    assert on_record(proposed["id"]) == [
        "recall.propose",
        "recall.answer",
        "recall.decided",
        "recall.urged",
        "recall.recalled",
        "recall.replaced",
    ]
    with transaction():
        posting = db.session.scalars(
            select(Posting).where(Posting.person_id == replaced["successor_id"])
        ).one()
    assert (posting.role, posting.unit_id, posting.village_id, posting.first_day) == (
        "first_secretary",
        w.unit.id,
        w.village.id,
        today() + DAY,
    )


def test_a_county_s_unit_is_urged_by_the_county(workday):
    recall = only_recall(workday.postings["member"], state="decided")
    address = {"id": str(recall.id)}
    assert refused(take(workday.city_org, address, "urging", document_no="x")) == (403, "other_level")
    assert (
        ok(take(workday.county_office, address, "urging", document_no="甲组〔2026〕1号"))["state"] == "urged"
    )


def test_the_group_decides_once_the_person_was_heard(workday, proposed):
    decision = {"upholds": True, "reason": "属实"}
    assert refused(take(workday.county_group, proposed, "decision", **decision)) == (409, "answer_period")
    days_pass(proposed, 0)
    assert refused(take(workday.county_group, proposed, "decision", **decision)) == (409, "answer_period")
    days_pass(proposed, 1)
    remind_of_answers(now=instant())
    assert told(workday.county_group) == [("oversight_waits", "召回待审定")]
    assert ok(take(workday.county_group, proposed, "decision", **decision))["state"] == "decided"
    assert refused(take(workday.secretary, proposed, "answer", text="迟了")) == (409, "recall_decided")


def test_what_is_not_upheld_ends_there_and_may_be_proposed_anew(workday, proposed):
    ok(take(workday.secretary, proposed, "answer", text="我愿意改正"))
    ended = ok(take(workday.county_group, proposed, "decision", upholds=False, reason="不够条件"))
    assert ended["state"] == "not_upheld"
    assert told(workday.secretary)[0] == ("recall", "不予召回")
    assert refused(take(workday.city_org, proposed, "urging", document_no="x")) == (409, "recall_moved_on")
    ok(propose_recall(workday, workday.secretary), 201)


def test_of_one_posting_one_recall_runs(workday, proposed):
    assert refused(propose_recall(workday, workday.secretary)) == (409, "recall_running")
    same = {"client_key": proposed["id"]}
    first = ok(propose_recall(workday, workday.member, **same), 201)
    assert ok(propose_recall(workday, workday.member, **same))["id"] == first["id"]
    assert refused(propose_recall(workday, workday.member, ground="other", **same)) == (409, "key_reused")


def test_no_step_is_skipped_and_none_taken_twice(workday):
    posting = workday.postings["secretary"]
    steps = {
        "decision": (workday.county_group, "proposed", {"upholds": True, "reason": "属实"}),
        "urging": (workday.city_org, "decided", {"document_no": "x"}),
        "departure": (workday.unit_head, "urged", {"last_day": today().isoformat()}),
        "successor": (workday.unit_head, "recalled", successor()),
    }
    for state in ("proposed", "decided", "urged", "recalled"):
        for step, (who, begins, body) in steps.items():
            recall = {"id": str(only_recall(posting, state=state).id)}
            answer = take(who, recall, step, **body)
            if begins == state:
                ok(answer)
                assert take(who, recall, step, **body).status_code == 409, step
            else:
                assert refused(answer) == (409, "recall_moved_on"), (state, step)


# -- the grounds --------------------------------------------------------------------------------


def test_ground_four_needs_a_linked_warning_of_an_earlier_day(workday):
    four = {"ground": "absent_uncorrected"}
    assert refused(propose_recall(workday, workday.secretary, **four)) == (422, "warning_needed")
    body = {
        "client_key": str(workday.village.id),
        "person_id": str(workday.secretary.id),
        "text": "请按规定驻村",
    }
    given = ok(Phone(workday.township_head).post("/warnings", body), 201)
    assert told(workday.secretary)[0] == ("warned", "您收到书面提醒")
    linked = {**four, "warning_id": given["id"]}
    assert refused(propose_recall(workday, workday.secretary, **linked)) == (422, "warning_needed"), "today's"
    linked["warning_id"] = str(make_warning(workday.postings["member"]).id)
    assert refused(propose_recall(workday, workday.secretary, **linked)) == (404, "warning_not_found"), (
        "another's"
    )
    linked["warning_id"] = str(make_warning(workday.postings["secretary"]).id)
    assert ok(propose_recall(workday, workday.secretary, **linked), 201)["clause"].startswith(
        "第二十二条（四）"
    )


def test_the_database_itself_wants_the_warning_of_ground_four(workday):
    with pytest.raises(IntegrityError, match="warned_first"):
        only_recall(workday.postings["secretary"], ground="absent_uncorrected")
    db.session.rollback()


def test_a_recall_may_rest_on_what_the_city_took_up_and_on_nothing_it_did_not(workday):
    inspection = make_inspection(workday.village, workday.inspector)
    finding = make_finding(inspection, workday.postings["secretary"], state="confirmed")
    proposal = make_proposal(finding, step="recall")
    rests = {"proposal_id": str(proposal.id)}
    assert refused(propose_recall(workday, workday.secretary, **rests)) == (404, "proposal_not_found")
    other = make_finding(inspection, workday.postings["secretary"], state="confirmed", kind="other")
    rests = {"proposal_id": str(make_proposal(other, step="recall", state="confirmed").id)}
    assert ok(propose_recall(workday, workday.secretary, **rests), 201)["proposal_id"] == rests["proposal_id"]


def test_the_person_s_words_are_not_the_unit_s_to_read(workday, proposed):
    ok(take(workday.secretary, proposed, "answer", text="家中老人病重"))
    assert read(workday.secretary, proposed)["answer"] == "家中老人病重"
    assert read(workday.township_head, proposed)["answer"] == "家中老人病重"
    assert read(workday.unit_head, proposed)["answer"] is None
    with transaction():
        stored = db.session.scalars(select(RecallCase)).one()
    assert "老人".encode() not in stored.answer_sealed


def test_a_team_leader_does_not_read_a_member_s_recall(workday):
    recall = {"id": str(only_recall(workday.postings["member"]).id)}
    assert refused(Phone(workday.secretary).get(f"/recalls/{recall['id']}")) == (404, "recall_not_found")
    assert ok(Phone(workday.member).get(f"/recalls/{recall['id']}"))["id"] == recall["id"]


# -- the end ------------------------------------------------------------------------------------


def test_rights_and_sessions_end_with_the_last_day(workday):
    me, beside = Phone(workday.secretary), Phone(workday.member)
    recall = {"id": str(only_recall(workday.postings["secretary"], state="urged").id)}
    ok(take(workday.unit_head, recall, "departure", last_day=today().isoformat()))
    assert me.get("/today").json["state"] != "no_posting", "its last day is still a day of it"
    carry_out_changes(now=instant())
    assert me.get("/me").status_code == 200
    carry_out_changes(now=instant() + DAY)
    assert me.get("/me").status_code == 401
    assert beside.get("/me").status_code == 200
    with transaction():
        ended = db.session.scalars(select(Session.ended_at).where(Session.person_id == workday.secretary.id))
        assert None not in ended.all()


def test_who_holds_an_office_beside_keeps_the_session(workday):
    me = Phone(workday.secretary)
    make_office(workday.secretary, Role.HELPER, area=workday.village)
    recall = {"id": str(only_recall(workday.postings["secretary"], state="urged").id)}
    ok(take(workday.unit_head, recall, "departure", last_day=today().isoformat()))
    carry_out_changes(now=instant() + DAY)
    assert me.get("/me").status_code == 200


def test_the_posting_and_the_pairings_of_the_village_end_on_the_day(workday):
    here, elsewhere = make_household(workday.village), make_household(workday.village_2)
    for household in (here, elsewhere):
        make_pairing(household, workday.secretary)
    recall = {"id": str(only_recall(workday.postings["secretary"], state="urged").id)}
    last_day = today() + 3 * DAY
    ok(take(workday.unit_head, recall, "departure", last_day=last_day.isoformat()))
    with transaction():
        posting = db.session.get_one(Posting, workday.postings["secretary"].id, populate_existing=True)
        ends = dict(db.session.execute(select(Pairing.household_id, Pairing.last_day)).all())
    assert posting.last_day == last_day
    assert ends == {here.id: last_day, elsewhere.id: None}


AGREED = {"state": RotationState.COUNTY_OK, "waits_for": None, "waits_in": None, "waits_since": None}


@pytest.mark.parametrize(
    ("changes", "state", "ends"),
    [({}, RotationState.WITHDRAWN, False), (AGREED, RotationState.COUNTY_OK, True)],
    ids=["asked for", "agreed"],
)
def test_a_recall_overtakes_a_rotation_of_the_post(workday, changes, state, ends):
    posting, last_day = workday.postings["secretary"], today() + 3 * DAY
    if ends:
        changes = {**changes, "last_day": last_day + 30 * DAY}
    rotation = make_rotation(posting, **changes)
    recall = {"id": str(only_recall(posting, state="urged").id)}
    ok(take(workday.unit_head, recall, "departure", last_day=last_day.isoformat()))
    with transaction():
        kept = db.session.get_one(Rotation, (rotation.county_id, rotation.id), populate_existing=True)
    assert (kept.state, kept.waits_for, kept.last_day) == (state, None, last_day if ends else None)


def test_the_recalled_leaves_the_list_of_helpers_as_after_a_rotation(workday):
    place = make_helper(workday.secretary, workday.township, rank=5, village=workday.village)
    recall = {"id": str(only_recall(workday.postings["secretary"], state="urged").id)}
    ok(take(workday.unit_head, recall, "departure", last_day=today().isoformat()))
    with transaction():
        kept = db.session.get_one(Helper, (place.county_id, place.id), populate_existing=True)
        assert kept.last_day == today()


def test_the_last_day_is_not_in_the_past(workday):
    recall = {"id": str(only_recall(workday.postings["secretary"], state="urged").id)}
    answer = take(workday.unit_head, recall, "departure", last_day=(today() - DAY).isoformat())
    assert refused(answer) == (422, "day_in_past")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"full_member_since": None}, "successor_unqualified"),
        ({"full_member_since": 300}, "successor_unqualified"),
        ({"working_since": 700}, "successor_unqualified"),
        ({"first_day": 0}, "too_early"),
    ],
)
def test_article_6_holds_for_the_successor_of_a_first_secretary(workday, changes, code):
    """Whole numbers are so many days before today."""
    changes = {
        name: None if value is None else (today() - value * DAY).isoformat()
        for name, value in changes.items()
    }
    recall = {"id": str(only_recall(workday.postings["secretary"], state="recalled").id)}
    assert refused(take(workday.unit_head, recall, "successor", **successor(**changes))) == (422, code)


def test_what_is_wanted_in_principle_only_warns_and_stays_with_the_posting(workday):
    recall = {"id": str(only_recall(workday.postings["secretary"], state="recalled").id)}
    taken = ok(take(workday.unit_head, recall, "successor", **successor(grade="other")))
    with transaction():
        posting = db.session.scalars(select(Posting).where(Posting.person_id == taken["successor_id"])).one()
    assert any("职级" in finding for finding in posting.findings)


def test_who_is_posted_elsewhere_does_not_succeed(workday):
    recall = {"id": str(only_recall(workday.postings["secretary"], state="recalled").id)}
    other = workday.secretary_b
    phone = cipher().decrypt(other.phone_sealed, field="phone", row_id=other.id)
    answer = take(workday.unit_head, recall, "successor", **successor(name=other.name, phone=phone))
    assert refused(answer) == (409, "successor_posted")


def test_nobody_deals_with_their_own_recall(workday):
    for who, state, step, body in (
        ("county_group", "proposed", "decision", {"upholds": False, "reason": "不"}),
        ("city_org", "decided", "urging", {"document_no": "x"}),
        ("unit_head", "urged", "departure", {"last_day": today().isoformat()}),
    ):
        recall = only_recall(workday.postings["secretary"], state=state)
        with transaction():
            db.session.get_one(RecallCase, (recall.county_id, recall.id)).person_id = workday.people[who].id
        assert refused(take(workday.people[who], {"id": str(recall.id)}, step, **body)) == (403, "own_record")


def test_recalls_from_villages_of_one_name_are_told_apart_by_their_townships(workday):
    for who in ("secretary", "member_of_township_2"):
        only_recall(workday.postings[who])
    with transaction():
        db.session.get_one(Area, workday.village_of_township_2.id).name = workday.village.name
    listed = ok(Phone(workday.county_office).get("/recalls"))["items"]
    assert {(each["village"]["name"], each["township"]["name"]) for each in listed} == {
        ("杨梅村", "甲一乡"),
        ("杨梅村", workday.township_2.name),
    }


def test_a_list_of_recalls_takes_the_same_statements_however_many_there_are(workday, statements):
    def asked() -> int:
        me = Phone(workday.county_office)
        statements.clear()
        ok(me.get("/recalls"))
        return len(statements)

    only_recall(workday.postings["secretary"])
    few = asked()
    for who in ("member", "member_of_village_2", "member_of_township_2"):
        only_recall(workday.postings[who])
    assert asked() == few
