"""A change of cadre from the unit's request to the day after, walked by accounts over HTTP (Article 18)."""

from datetime import timedelta
from threading import Barrier, Thread
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update

from attendance.absence import settle_returns
from attendance.changeover import carry_out_changes
from identity.permissions import Role
from kernel.audit import AuditEntry
from kernel.clock import now, today
from kernel.content import ContentCheck
from kernel.database import db, transaction
from leave.models import Leave
from leave.policy import LeaveState
from org.models import Person, Posting
from roster.models import Rotation
from roster.policy import RotationState
from tests.factories import (
    Phone,
    make_helper,
    make_household,
    make_leave,
    make_office,
    make_pairing,
    make_person,
    make_posting,
    make_problem,
    make_rotation,
    make_setting,
    make_visit,
)
from tests.paper import words
from tests.pictures.steps import send as send_photo
from tests.pictures.steps import shot
from visits.models import Helper, Pairing

SUCCESSOR = {
    "name": "邱接任",
    "phone": "13700000088",
    "full_member_since": "2015-07-01",
    "working_since": "2010-08-01",
    "grade": "section_chief",
}
CITY_LINE = ("township_head", "county_group", "city_org", "city_rural")


def day(days=0):
    with transaction():
        return today() + timedelta(days=days)


def request(world, who="secretary", **changes):
    return {
        "client_key": str(uuid4()),
        "posting_id": str(world.postings[who].id),
        "ground": "reassigned",
        "reason": "单位另有任用",
        "last_day": day(30).isoformat(),
        "successor": SUCCESSOR,
        **changes,
    }


def apply(world, who="secretary", by="unit_clerk", **changes):
    return Phone(world.people[by]).post("/rotations", request(world, who, **changes))


def asked(world, **changes):
    """Ask for a rotation with a proof, and return it."""
    answer = apply(world, **changes)
    assert answer.status_code == 201, answer.json
    prove(world, answer.json)
    return answer.json


def prove(world, rotation, by="unit_clerk"):
    proof = send_photo(Phone(world.people[by]), f"/rotations/{rotation['id']}/proofs", shot())
    assert proof.status_code == 201, proof.json
    return proof.json


def decide(world, rotation, by, decision="approved", opinion="同意"):
    body = {"decision": decision, "opinion": opinion}
    return Phone(world.people[by]).post(f"/rotations/{rotation['id']}/decisions", body)


def agree(world, rotation, *line):
    for by in line or CITY_LINE:
        answer = decide(world, rotation, by)
        assert answer.status_code == 200, (by, answer.json)
    return answer.json


def refusal(answer):
    return answer.status_code, answer.json["error"]["code"]


def posting_of(person_id):
    with transaction():
        return db.session.scalars(
            select(Posting).where(Posting.person_id == person_id).execution_options(populate_existing=True)
        ).one()


def stored(rotation):
    with transaction():
        statement = select(Rotation).where(Rotation.id == UUID(str(rotation["id"])))
        return db.session.scalars(statement.execution_options(populate_existing=True)).one()


def waiting(person):
    return [item["id"] for item in Phone(person).get("/rotations?waiting=true").json["items"]]


# -- the way ------------------------------------------------------------------------------------


def test_a_change_goes_from_unit_to_township_county_and_city_and_only_then_moves_any_date(world):
    rotation = asked(world)
    assert (rotation["state"], rotation["waits_for"]) == ("applied", "township")
    assert rotation["offices"] == ["township", "county_group", "city_org", "city_rural"]
    for by, state, next_office in (
        ("township_head", "township_ok", "county_group"),
        ("county_group", "county_ok", "city_org"),
        ("city_org", "county_ok", "city_rural"),
    ):
        assert waiting(world.people[by]) == [rotation["id"]]
        answer = decide(world, rotation, by)
        assert (answer.json["state"], answer.json["waits_for"]) == (state, next_office)
        assert waiting(world.people[by]) == []
        assert posting_of(world.secretary.id).last_day is None
    done = decide(world, rotation, "city_rural").json
    assert (done["state"], done["waits_for"]) == ("city_ok", None)
    assert (done["last_day"], done["successor_first_day"]) == (day(30).isoformat(), day(24).isoformat())
    assert [each["office"] for each in done["decisions"]] == rotation["offices"]
    assert posting_of(world.secretary.id).last_day == day(30)
    successor = posting_of(done["successor"]["id"])
    assert (successor.first_day, successor.role, successor.village_id) == (
        day(24), "first_secretary", world.village.id,
    )  # fmt: skip


def test_people_of_county_units_need_no_city_office(world):
    world.people["unit_2_clerk"] = make_person("甲县水利局经办")
    make_office(world.people["unit_2_clerk"], Role.UNIT_CLERK, unit=world.unit_2)
    answer = apply(world, "member", "unit_2_clerk")
    assert answer.json["offices"] == ["township", "county_group"]
    prove(world, answer.json, by="unit_2_clerk")
    done = agree(world, answer.json, "township_head", "county_group")
    assert (done["state"], done["waits_for"], done["last_day"]) == ("county_ok", None, day(30).isoformat())


def test_each_office_speaks_in_its_turn_only(world):
    rotation = asked(world)
    assert refusal(decide(world, rotation, "county_group")) == (403, "other_office")
    assert refusal(decide(world, rotation, "city_org")) == (403, "other_office")
    agree(world, rotation, "township_head")
    assert refusal(decide(world, rotation, "township_head")) == (403, "other_office")
    agree(world, rotation, "county_group", "city_org", "city_rural")
    assert refusal(decide(world, rotation, "city_rural")) == (409, "rotation_decided")


@pytest.mark.parametrize("refuses", range(4))
def test_one_no_ends_it_and_nothing_has_changed(world, refuses):
    rotation = asked(world)
    if refuses:
        agree(world, rotation, *CITY_LINE[:refuses])
    by = CITY_LINE[refuses]
    assert refusal(decide(world, rotation, by, "rejected", "")) == (422, "opinion_needed")
    assert decide(world, rotation, by, "rejected", "人选不合适").json["state"] == "rejected"
    assert posting_of(world.secretary.id).last_day is None
    assert apply(world).status_code == 201


def test_nobody_agrees_before_there_is_a_proof(world):
    rotation = apply(world).json
    assert refusal(decide(world, rotation, "township_head")) == (409, "proof_missing")
    assert decide(world, rotation, "township_head", "rejected", "没有材料").status_code == 200


def test_an_approval_after_the_day_asked_for_moves_the_whole_hand_over(world):
    rotation = asked(world, last_day=day(2).isoformat())
    done = agree(world, rotation)
    assert (done["successor_first_day"], done["last_day"]) == (day().isoformat(), day(6).isoformat())


def test_a_county_sets_the_days_of_hand_over(world):
    make_setting(world.county, "rotation.handover_days", 15)
    done = agree(world, asked(world))
    assert done["successor_first_day"] == day(16).isoformat()


def test_the_same_request_sent_twice_is_one(world):
    body = request(world)
    phone = Phone(world.unit_clerk)
    first, again = phone.post("/rotations", body), phone.post("/rotations", body)
    assert (first.status_code, again.status_code) == (201, 200) and first.json["id"] == again.json["id"]
    assert refusal(phone.post("/rotations", {**body, "reason": "别的"})) == (409, "key_reused")
    assert refusal(phone.post("/rotations", request(world))) == (409, "rotation_running")


def test_the_key_of_a_request_is_told_to_whoever_asked_and_to_nobody_else(world):
    rotation = asked(world)
    keys = {
        key: Phone(world.people[key]).get(f"/rotations/{rotation['id']}").json["client_key"]
        for key in ("unit_clerk", "unit_head", "township_head", "secretary")
    }
    assert keys == {
        "unit_clerk": rotation["client_key"],
        "unit_head": None,
        "township_head": None,
        "secretary": None,
    }


def test_a_term_that_is_not_over_is_no_reason(world):
    with transaction():
        db.session.execute(
            update(Posting).where(Posting.id == world.postings["secretary"].id).values(first_day=day(-300))
        )
    answer = apply(world, ground="term_over")
    assert refusal(answer) == (422, "term_not_over")
    assert apply(world, ground="health").status_code == 201


def test_a_term_that_is_over_is_one(world):
    assert apply(world, ground="term_over").status_code == 201


def test_the_successor_has_to_be_qualified(world):
    answer = apply(world, successor={**SUCCESSOR, "full_member_since": day(-100).isoformat()})
    assert refusal(answer) == (422, "unqualified")
    answer = apply(world, successor={**SUCCESSOR, "grade": "other"}, home_unit="某街道办事处")
    assert answer.status_code == 201
    assert ["第六条" in answer.json["findings"][0], "第五条" in answer.json["findings"][1]] == [True, True]


def preview(world, by="unit_clerk", **changes):
    who = {name: SUCCESSOR[name] for name in ("full_member_since", "working_since", "grade")}
    asked = {"posting_id": str(world.postings["secretary"].id), "ground": "reassigned"}
    body = {**asked, "last_day": day(30).isoformat(), **who, **changes}
    return Phone(world.people[by]).post("/rotations/preview", body)


def test_a_preview_says_whether_article_6_takes_the_successor_and_writes_nothing(world):
    answer = preview(world)
    assert (answer.status_code, answer.json["qualified"], answer.json["errors"]) == (200, True, [])
    assert answer.json["offices"] == ["township", "county_group", "city_org", "city_rural"]
    assert (answer.json["last_day"], answer.json["successor_first_day"]) == (
        day(30).isoformat(),
        day(24).isoformat(),
    )
    answer = preview(world, full_member_since=None, grade="other", home_unit="某街道办事处").json
    assert not answer["qualified"] and "中共正式党员" in answer["errors"][0]
    assert ["第六条" in answer["warnings"][0], "第五条" in answer["warnings"][1]] == [True, True]
    with transaction():
        assert db.session.scalar(select(Rotation.id)) is None


def test_a_preview_refuses_what_the_request_would_refuse(world):
    assert refusal(preview(world, last_day=day(-1).isoformat())) == (422, "day_past")
    of_another_unit = str(world.postings["member"].id)
    assert refusal(preview(world, posting_id=of_another_unit)) == (404, "posting_not_found")
    with transaction():
        posting = Posting.id == world.postings["secretary"].id
        db.session.execute(update(Posting).where(posting).values(first_day=day(-300)))
    assert refusal(preview(world, ground="term_over")) == (422, "term_not_over")


def test_whoever_is_posted_elsewhere_cannot_come(world):
    phone = "13911112222"
    posted = make_person("邱在村", phone)
    make_posting(posted, world.village_2, world.unit)
    assert refusal(apply(world, successor={**SUCCESSOR, "name": "邱在村", "phone": phone})) == (
        409, "successor_posted",
    )  # fmt: skip


def test_a_successor_posted_elsewhere_meanwhile_stops_the_last_approval(world):
    rotation = asked(world)
    agree(world, rotation, *CITY_LINE[:3])
    with transaction():
        successor = db.session.get_one(Person, UUID(rotation["successor"]["id"]))
    make_posting(successor, world.village_b, world.unit, first_day=day())
    assert refusal(decide(world, rotation, "city_rural")) == (409, "successor_posted")
    assert posting_of(world.secretary.id).last_day is None and stored(rotation).state == "county_ok"


def test_a_unit_asks_for_its_own_people_only(world):
    assert refusal(apply(world, "member")) == (404, "posting_not_found")


def test_a_unit_takes_its_request_back_until_the_last_office_has_agreed(world):
    rotation = asked(world)
    agree(world, rotation, "township_head")
    unit = Phone(world.unit_head)
    assert unit.post(f"/rotations/{rotation['id']}/withdrawal").json["state"] == "withdrawn"
    again = asked(world)
    agree(world, again)
    assert refusal(unit.post(f"/rotations/{again['id']}/withdrawal")) == (409, "rotation_decided")


def test_of_two_offices_that_decide_at_once_one_wins(app, world):
    """The database lets one of them through."""
    rotation = make_rotation(world.postings["secretary"])
    phone, answers, barrier = Phone(world.township_head), [], Barrier(4)

    def speak():
        barrier.wait()
        body = {"decision": "approved", "opinion": ""}
        with app.app_context():
            answers.append(phone.post(f"/rotations/{rotation.id}/decisions", body).status_code)

    threads = [Thread(target=speak) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers)[0] == 200 and sorted(answers)[1:] == [403] * 3
    assert stored({"id": rotation.id}).state == "township_ok"


def test_nobody_decides_on_their_own_change(world):
    make_office(world.secretary, Role.TOWNSHIP_HEAD, area=world.township)
    rotation = asked(world)
    assert refusal(decide(world, rotation, "secretary")) == (403, "own_rotation")


# -- who reads what -----------------------------------------------------------------------------


def test_the_reason_and_the_proofs_are_for_the_person_the_unit_and_the_offices(world):
    rotation = asked(world, reason="查出重病，需要长期治疗", ground="health")
    for reader in ("secretary", "unit_clerk", "township_clerk", "county_office", "city_org"):
        answer = Phone(world.people[reader]).get(f"/rotations/{rotation['id']}").json
        assert (answer["reason"], answer["ground"], len(answer["proofs"])) == (
            "查出重病，需要长期治疗", "health", 1,
        ), reader  # fmt: skip
    photo = answer["proofs"][0]["id"]
    assert Phone(world.city_org).get(f"/photos/{photo}").status_code in (200, 409)
    assert Phone(world.village_secretary).get(f"/photos/{photo}").status_code == 404
    assert Phone(world.member).get(f"/rotations/{rotation['id']}").status_code == 404
    assert Phone(world.county_office_b).get(f"/rotations/{rotation['id']}").status_code == 404


def test_a_first_secretary_sees_that_a_member_goes_and_not_why(world):
    rotation = make_rotation(world.postings["member"])
    answer = Phone(world.secretary).get(f"/rotations/{rotation.id}").json
    assert (answer["reason"], answer["ground"], answer["proofs"]) == (None, None, [])
    assert answer["person"]["id"] == str(world.member.id)


def test_offices_and_people_are_told(world):
    def told(person):
        return [item["kind"] for item in Phone(person).get("/messages").json["items"]]

    rotation = asked(world)
    assert told(world.township_head) == ["rotation_waits"]
    agree(world, rotation)
    assert told(world.city_rural) == ["rotation_waits"]
    assert told(world.secretary) == told(world.unit_head) == ["rotation_decided"]


def test_the_list_takes_the_same_number_of_statements_however_long(world, statements):
    def listed():
        phone = Phone(world.city_org)
        statements.clear()
        assert phone.get("/rotations").status_code == 200
        return len(statements)

    make_rotation(world.postings["secretary"])
    few = listed()
    for who in ("member", "member_of_village_2", "member_of_township_2"):
        make_rotation(world.postings[who], with_proof=False)
    assert listed() == few


# -- what follows the post ------------------------------------------------------------------------


@pytest.fixture
def helping(world):
    """The first secretary helps two families and is on the township's list."""
    world.households = [make_household(world.village, head_name=name) for name in ("邱福生", "赖福生")]
    for household in world.households:
        make_pairing(household, world.secretary, rank=4)
    make_pairing(make_household(world.village_2), world.secretary, rank=1)
    make_helper(world.secretary, world.township, rank=4, order_no=3, village=world.village)
    return world


def pairings(person_id):
    with transaction():
        rows = db.session.scalars(
            select(Pairing).where(Pairing.person_id == person_id, Pairing.rank == 4)
            .execution_options(populate_existing=True)
        )  # fmt: skip
        return sorted((each.first_day, each.last_day) for each in rows)


def test_households_go_from_one_to_the_other_on_the_day(helping):
    done = agree(helping, asked(helping))
    assert [last for _, last in pairings(helping.secretary.id)] == [day(30)] * 2
    assert pairings(UUID(done["successor"]["id"])) == [(day(30), None)] * 2
    with transaction():
        old, new = db.session.scalars(
            select(Helper).order_by(Helper.first_day).execution_options(populate_existing=True)
        )
    assert (old.last_day, new.first_day, new.order_no) == (day(30), day(30), 3)
    assert str(new.person_id) == done["successor"]["id"]


def test_a_request_that_is_refused_moves_no_household(helping):
    rotation = asked(helping)
    decide(helping, rotation, "township_head", "rejected", "不同意")
    assert [last for _, last in pairings(helping.secretary.id)] == [None, None]


def over(world, who="secretary"):
    """Let an approved change of somebody have been yesterday."""
    posting = world.postings[who]
    with transaction():
        db.session.execute(update(Posting).where(Posting.id == posting.id).values(last_day=day(-1)))
    rotation = make_rotation(
        posting,
        state=RotationState.CITY_OK,
        waits_for=None,
        waits_in=None,
        waits_since=None,
        last_day=day(-1),
        successor_first_day=day(-7),
    )
    return {"id": str(rotation.id)}


def test_on_the_day_after_everything_is_right_without_the_job(world):
    phone = Phone(world.secretary)
    assert phone.get("/me").status_code == 200
    leave = make_leave(
        world.postings["secretary"],
        county=world.county,
        state=LeaveState.APPROVED,
        starts_in_days=-20,
        days=19,
    )
    rotation = over(world)
    assert refusal(phone.get("/me")) == (401, "session_ended")
    answer = Phone(world.county_office).get(f"/rotations/{rotation['id']}").json
    assert (answer["state"], answer["state_text"]) == ("effective", "已交接")
    settle_returns(now=now())
    with transaction():
        db.session.refresh(leave)
    assert leave.state == LeaveState.APPROVED, "nobody comes back to a post that is over"


def test_the_job_of_the_day_tidies_up_once(world):
    phone = Phone(world.secretary)
    posting = world.postings["secretary"]
    running = make_leave(posting, county=world.county, state=LeaveState.APPROVED, starts_in_days=-5, days=20)
    later = make_leave(posting, county=world.county, state=LeaveState.APPROVED, starts_in_days=30)
    asked_for = make_leave(posting, county=world.county, starts_in_days=40)
    before = make_leave(posting, county=world.county, starts_in_days=-20)
    rotation = over(world)
    assert carry_out_changes(now=now()) == 1
    assert stored(rotation).state == "effective"
    with transaction():
        for leave in (running, later, asked_for, before):
            db.session.refresh(leave)
    assert (running.state, running.last_day, running.returned_on) == ("returned", day(-1), day())
    assert (later.state, asked_for.state) == ("not_taken", "withdrawn")
    assert before.state == "submitted", "the days before the end are still decided"
    assert phone.get("/me").status_code == 401
    with transaction():
        entries = len(db.session.scalars(select(AuditEntry)).all())
    assert carry_out_changes(now=now()) == 0
    with transaction():
        assert len(db.session.scalars(select(AuditEntry)).all()) == entries


def test_leaves_of_a_post_that_goes_on_are_left_alone(world):
    leave = make_leave(
        world.postings["member"], county=world.county, state=LeaveState.APPROVED, starts_in_days=-5, days=20
    )
    over(world)
    carry_out_changes(now=now())
    with transaction():
        assert (
            db.session.get_one(Leave, (leave.county_id, leave.id), populate_existing=True).state == "approved"
        )


# -- death and arrest -----------------------------------------------------------------------------


def end(world, who="secretary", by="county_office", **changes):
    body = {
        "client_key": str(uuid4()),
        "ground": "death",
        "last_day": day(-2).isoformat(),
        "reason": "因病去世",
        **changes,
    }
    return Phone(world.people[by]).post(f"/postings/{world.postings[who].id}/sudden-end", body)


def test_a_death_ends_the_post_on_its_day_and_nobody_has_to_agree(helping):
    phone = Phone(helping.secretary)
    answer = end(helping)
    assert (answer.status_code, answer.json["state"]) == (201, "effective")
    assert posting_of(helping.secretary.id).last_day == day(-2)
    assert [last for _, last in pairings(helping.secretary.id)] == [day(-2)] * 2
    assert phone.get("/me").status_code == 401
    team = Phone(helping.county_office).get("/teams").json["items"]
    assert next(item for item in team if item["village"]["id"] == str(helping.village.id))["leader"] is None


def test_the_same_note_sent_twice_is_one(world):
    key = str(uuid4())
    first, again = end(world, client_key=key), end(world, client_key=key)
    assert (first.status_code, again.status_code) == (201, 200) and first.json["id"] == again.json["id"]


def test_a_request_under_way_waits_for_nobody_after_an_arrest(world):
    rotation = asked(world)
    assert end(world, ground="arrest").status_code == 201
    assert refusal(decide(world, rotation, "township_head")) == (409, "rotation_decided")
    assert waiting(world.township_head) == [] and stored(rotation).state == "withdrawn"


def test_who_was_to_come_after_an_approval_comes_all_the_same(world):
    rotation = asked(world)
    done = agree(world, rotation)
    assert end(world, last_day=day().isoformat()).status_code == 200
    assert posting_of(world.secretary.id).last_day == day()
    assert posting_of(UUID(done["successor"]["id"])).first_day == day(24)


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"last_day": "2999-01-01"}, "invalid"), ({"ground": "health"}, "invalid"), ({"last_day": "2020-01-01"}, "day_outside")],
)  # fmt: skip
def test_the_short_way_is_for_what_has_happened_only(world, changes, code):
    assert refusal(end(world, **changes)) == (422, code)


# -- the hand-over sheet --------------------------------------------------------------------------


def test_the_sheet_names_families_problems_leaves_and_the_state_of_the_months(helping):
    visit = make_visit(helping.households[0], helping.secretary, day=day(-3))
    make_problem(visit, "屋顶漏雨")
    make_leave(helping.postings["member"], county=helping.county, state=LeaveState.APPROVED, starts_in_days=1)
    done = agree(helping, asked(helping))
    sheet = Phone(helping.township_clerk).get(f"/rotations/{done['id']}/handover").json
    assert len(sheet["households"]) == 2 and len(sheet["sheets"]) == 3
    assert {each["last_visit_on"] for each in sheet["households"]} == {day(-3).isoformat(), None}
    assert [each["description"] for each in sheet["problems"]] == ["屋顶漏雨"]
    assert [each["person"]["id"] for each in sheet["leaves"]] == [str(helping.member.id)]
    assert {each["state"] for each in sheet["sheets"]} == {"open"}
    assert (sheet["successor_first_day"], sheet["last_day"]) == (day(24).isoformat(), day(30).isoformat())


def test_the_sheet_prints_on_paper_with_both_names(helping):
    make_problem(make_visit(helping.households[0], helping.secretary), "屋顶漏雨")
    done = agree(helping, asked(helping))
    paper = Phone(helping.secretary).get(f"/rotations/{done['id']}/handover?format=pdf")
    assert paper.status_code == 200 and paper.data.startswith(b"%PDF")
    text = words(paper.data)
    for said in ("压茬交接单", "曾福生", "邱接任", "屋顶漏雨", "2户"):
        assert said in text.replace(" ", "").replace("\n", ""), said


def test_who_comes_reads_the_sheet_once_approved_a_unit_never(helping):
    rotation = asked(helping)
    with transaction():
        successor = db.session.get_one(Person, UUID(rotation["successor"]["id"]))
    agree(helping, rotation)
    address = f"/rotations/{rotation['id']}/handover"
    assert Phone(successor).get(address).status_code == 200
    assert Phone(helping.unit_clerk).get(address).status_code == 403
    assert Phone(helping.township_clerk_2).get(address).status_code == 404


def test_the_sheet_takes_the_same_number_of_statements_however_many_families(helping, statements):
    done = agree(helping, asked(helping))

    def drawn():
        phone = Phone(helping.township_clerk)
        statements.clear()
        assert phone.get(f"/rotations/{done['id']}/handover").status_code == 200
        return len(statements)

    few = drawn()
    for number in range(5):
        make_pairing(make_household(helping.village, head_name=f"{number}"), helping.secretary, rank=4)
    assert drawn() == few


def test_each_step_stands_on_record(world):
    rotation = asked(world)
    agree(world, rotation)
    with transaction():
        actions = db.session.scalars(
            select(AuditEntry.action)
            .where(AuditEntry.subject_id == UUID(rotation["id"]))
            .order_by(AuditEntry.at)
        ).all()
    assert actions == ["rotation.apply", *["rotation.decide"] * 4]


def test_the_sheet_leaves_out_what_wechat_holds_for_risky(helping):
    """It goes on paper to others, whoever has it drawn (security E14)."""
    visit = make_visit(helping.households[0], helping.secretary, content_check=ContentCheck.RISKY)
    make_problem(visit, "屋顶漏雨")
    done = agree(helping, asked(helping))
    for person in (helping.secretary, helping.township_clerk):
        sheet = Phone(person).get(f"/rotations/{done['id']}/handover").json
        assert [each["description"] for each in sheet["problems"]] == ["文字待乡镇核实，暂不显示"]
