"""The reason is for the person and the offices that approve; everybody else is told the kind (security.md §5)."""

import io
import sys

import pytest
from sqlalchemy import text

from identity.permissions import Role
from kernel import logs
from kernel.database import db, transaction
from leave import requests
from leave.papers import remind_of_papers
from tests.factories import Phone, make_office
from tests.leave.steps import approve, ask, consent, days, decide, iso, now, read, take
from tests.paper import words

ILLNESS, WHERE, OPINION = "复查甲状腺肿瘤", "某某医院肿瘤科", "愿早日康复出院"
SECRETS = (ILLNESS, WHERE, OPINION)
OF_TOWNSHIP = {"township_clerk", "township_head"}
OUTSIDE = {"village_secretary", "unit_clerk", "unit_head", "city_org", "city_rural", "secretary"}


@pytest.fixture
def world(world):
    """The unit of the member has people too."""
    for who, role in ((world.unit_clerk, Role.UNIT_CLERK), (world.unit_head, Role.UNIT_HEAD)):
        make_office(who, role, unit=world.unit_2)
    return world


@pytest.fixture
def ill(world):
    """A member's sick leave of three days that the township has approved."""
    asked = ask(world.member, 1, 3, kind="sick", reason=ILLNESS, destination=WHERE)
    assert decide(world.township_head, asked, opinion=OPINION).status_code == 200
    return asked


@pytest.mark.parametrize("who", sorted(OUTSIDE | {"county_office", "county_group"}))
def test_whoever_does_not_approve_is_told_the_kind_only(world, ill, who):
    phone = Phone(world.people[who])
    detail = phone.get(f"/leaves/{ill['id']}").json
    assert (detail["kind"], detail["reason"], detail["destination"]) == ("sick", None, None)
    assert [said["opinion"] for said in detail["decisions"]] == [None]
    slip = words(phone.get(f"/leaves/{ill['id']}/slip").data)
    assert "✓病假" in slip and slip.count("（仅审批机关可见）") == 2
    shown = [slip, *(phone.get(path).get_data(as_text=True) for path in ("/leaves", "/messages"))]
    assert not [secret for secret in SECRETS for answer in shown if secret in answer]


@pytest.mark.parametrize("who", sorted(OF_TOWNSHIP | {"member"}))
def test_the_person_and_the_approving_office_read_the_reason(world, ill, who):
    phone = Phone(world.people[who])
    detail = phone.get(f"/leaves/{ill['id']}").json
    assert (detail["reason"], detail["destination"]) == (ILLNESS, WHERE)
    assert detail["decisions"][0]["opinion"] == OPINION
    slip = words(phone.get(f"/leaves/{ill['id']}/slip").data)
    assert ILLNESS in slip and WHERE in slip and OPINION in slip


@pytest.mark.parametrize(
    ("length", "readers"), [(5, OF_TOWNSHIP | {"county_office"}), (9, OF_TOWNSHIP | {"county_group"})]
)
def test_what_the_county_decides_township_and_county_read(world, length, readers):
    asked = ask(world.member, 1, length, kind="sick", reason=ILLNESS)
    assert [who for who in sorted(readers) if read(world.people[who], asked)["reason"] != ILLNESS] == []
    assert [who for who in sorted(OUTSIDE) if read(world.people[who], asked)["reason"]] == []


def test_no_list_shows_a_reason_not_even_to_those_who_may_read_it(world, ill):
    for who in ("member", "township_head"):
        listed = Phone(world.people[who]).get("/leaves").get_data(as_text=True)
        assert not [secret for secret in SECRETS if secret in listed]


def test_what_others_of_the_village_ask_for_is_shown_without_reason(world, ill):
    asked = ask(world.secretary, 1, 2)
    inbox = Phone(world.township_head).get("/approvals").get_data(as_text=True)
    assert asked["id"] in inbox and not [secret for secret in SECRETS if secret in inbox]


def test_no_message_and_no_record_bears_the_reason(world):
    agreed = consent(by="李书记")
    asked = ask(world.member, 0, 5, kind="sick", reason=ILLNESS, destination=WHERE, consent=agreed)
    with transaction():
        db.session.execute(text("UPDATE leaves SET papers_due_on = :day"), {"day": iso(-1)})
    assert remind_of_papers(now=now()) == 2
    take(world.member, asked, "paperwork", reason=ILLNESS, destination=WHERE)
    approve(asked, world.township_head)
    decide(world.county_office, asked, "rejected", OPINION)
    take(world.member, asked, "withdrawal")
    with transaction():
        kept = "".join(
            db.session.scalars(text("SELECT messages::text FROM messages")).all()
            + db.session.scalars(text("SELECT audit_entries::text FROM audit_entries")).all()
            + db.session.scalars(text("SELECT args::text FROM jobs.procrastinate_jobs")).all()
        )
    assert "请假未获批准" in kept and "补办请假手续逾期" in kept and "leave.file_papers" in kept
    assert not [secret for secret in SECRETS if secret in kept]


def test_no_log_bears_the_reason_even_when_something_breaks(world, monkeypatch):
    def out_of_range(*args):
        return {**routed(*args), "counted_days": 10**9}

    routed = requests._routed
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    monkeypatch.setattr(requests, "_routed", out_of_range)
    logs.configure()
    try:
        answer = Phone(world.member).post("/leaves", days(0, 2, reason=ILLNESS, destination=WHERE))
    finally:
        monkeypatch.undo()
        logs.configure()
    log = written.getvalue()
    assert answer.status_code == 500 and "INSERT INTO leaves" in log
    log += log.encode().decode("unicode_escape")
    assert not [secret for secret in SECRETS if secret in log + answer.text]


def test_the_table_of_leaves_holds_no_readable_reason(world, ill):
    with transaction():
        row = db.session.scalars(text("SELECT leaves::text FROM leaves")).one()
        sealed = bytes(db.session.scalars(text("SELECT reason_sealed FROM leaves")).one())
    assert ILLNESS not in row
    assert ILLNESS.encode() not in sealed and ILLNESS.encode("utf-16-le") not in sealed


def test_a_sealed_reason_moved_to_another_leave_is_not_read(world, ill):
    other = ask(world.member, 10, 3)
    with transaction():
        db.session.execute(
            text("UPDATE leaves SET reason_sealed = (SELECT reason_sealed FROM leaves WHERE id = :one)"),
            {"one": ill["id"]},
        )
    assert Phone(world.member).get(f"/leaves/{other['id']}").status_code == 500


# -- the slip ----------------------------------------------------------------------------------

TOWNSHIP, OFFICE, GROUP, UNIT = "乡镇党委意见", "县驻村办意见", "领导小组意见", "派出单位意见"


@pytest.mark.parametrize(
    ("length", "boxes"),
    [(2, {TOWNSHIP}), (5, {TOWNSHIP, OFFICE}), (9, {TOWNSHIP, GROUP}), (20, {UNIT, TOWNSHIP, GROUP})],
)
def test_the_slip_is_a_pdf_with_the_needed_boxes_only(world, length, boxes):
    asked = ask(world.secretary, 1, length)
    answer = Phone(world.secretary).get(f"/leaves/{asked['id']}/slip")
    assert answer.mimetype == "application/pdf"
    shown = words(answer.data)
    assert {box for box in (TOWNSHIP, OFFICE, GROUP, UNIT) if box in shown} == boxes
    assert shown.count("签字：") == len(boxes)
    assert "派驻村甲县甲一乡杨梅村" in shown and "（未批准，仅供呈批）" in shown


def test_the_slip_shows_who_signed_and_when_somebody_came_back(world):
    asked = ask(world.secretary, 0, 3, work_goes_to="钟秋香")
    decide(world.township_head, asked, opinion="注意安全")
    take(world.secretary, asked, "return", day=iso(0), half="afternoon")
    shown = words(Phone(world.secretary).get(f"/leaves/{asked['id']}/slip").data)
    assert f"同意。注意安全签字：{world.township_head.name}" in shown
    assert "实际天数：0.5天确认人：曾福生" in shown
    assert "工作交接人钟秋香" in shown and "自然日3天" in shown
    assert "未批准" not in shown


@pytest.mark.parametrize("end", ["rejected", "withdrawn"])
def test_the_slip_of_what_came_to_nothing_says_so(world, end):
    asked = ask(world.secretary, 1, 2)
    if end == "rejected":
        decide(world.township_head, asked, "rejected", "近期有督查")
    else:
        take(world.secretary, asked, "withdrawal")
    shown = words(Phone(world.secretary).get(f"/leaves/{asked['id']}/slip").data)
    assert shown.endswith({"rejected": "（不同意）", "withdrawn": "（已撤回）"}[end])
