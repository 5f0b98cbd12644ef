"""The register of households: who sees what, imports, states."""

from datetime import date, timedelta
from io import BytesIO

import pytest
from sqlalchemy import func, select, text

from kernel.audit import AuditEntry
from kernel.clock import today
from kernel.database import db
from kernel.spreadsheet import read_table
from tests.factories import HEAD_ID, HEAD_PHONE, LONG_AGO, make_household, make_pairing
from tests.visits.test_entries import check_digit
from visits import entries
from visits.entries import HOUSEHOLD_COLUMNS
from visits.models import Household, HouseholdState, Pairing

HEADER = [column.name for column in HOUSEHOLD_COLUMNS]


def line(code="A-001", head="邱水生", **changes):
    cells = {
        entries.CODE: code,
        entries.HEAD: head,
        entries.TOWNSHIP: "甲一乡",
        entries.VILLAGE: "杨梅村",
        entries.CATEGORY: "突发严重困难户",
        entries.RISK_KINDS: "因灾、因病",
        entries.RISK_LEVEL: "8",
        entries.MEMBERS: "5",
        entries.IDENTIFIED: "2026-03-01",
        **changes,
    }
    return ",".join(cells.get(name, "") for name in HEADER)


def upload(phone, *lines, **form):
    file = (BytesIO("\n".join((",".join(HEADER), *lines)).encode()), "监测户.csv")
    return phone.post("/households/imports", data={"file": file, **form}, content_type="multipart/form-data")


def count(model=Household):
    return db.session.scalar(select(func.count()).select_from(model))


def audits(action):
    of_action = select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.at, AuditEntry.id)
    return list(db.session.scalars(of_action))


# -- who sees what --------------------------------------------------------------------------------


@pytest.fixture
def households(world):
    return {
        name: make_household(getattr(world, name), head_name=f"{name}户")
        for name in ("village", "village_2", "village_of_township_2", "village_b")
    }


def seen_by(phone, query=""):
    answer = phone.get(f"/households{query}")
    assert answer.status_code == 200, answer.json
    return {item["id"] for item in answer.json["items"]}


@pytest.mark.parametrize(
    ("who", "names"),
    [
        ("member", {"village"}),
        ("secretary", {"village"}),
        ("village_secretary", {"village"}),
        ("helper", set()),
        ("township_clerk", {"village", "village_2"}),
        ("county_office", {"village", "village_2", "village_of_township_2"}),
        ("county_office_b", {"village_b"}),
    ],
)
def test_each_sees_the_households_of_their_own_place(world, phone, households, who, names):
    assert seen_by(phone(getattr(world, who))) == {str(households[name].id) for name in names}


def test_a_helper_sees_the_paired_households_while_they_are_paired(world, phone, households):
    yesterday = today() - timedelta(days=1)
    make_pairing(households["village"], world.helper, last_day=yesterday)
    make_pairing(households["village_2"], world.helper)
    assert seen_by(phone(world.helper)) == {str(households["village_2"].id)}
    for name, status in (("village", 404), ("village_2", 200), ("village_b", 404)):
        answer = phone(world.helper).get(f"/households/{households[name].id}?reason=走访")
        assert answer.status_code == status


@pytest.mark.parametrize("who", ["unit_clerk", "unit_head", "admin", "city_org"])
def test_units_administrators_and_the_city_see_no_household(world, phone, households, who):
    assert phone(getattr(world, who)).get("/households").status_code == 403


def test_lists_hide_the_head_of_the_family(world, phone):
    make_household(world.village, head_name="欧阳福生")
    answer = phone(world.township_clerk).get("/households")
    (item,) = answer.json["items"]
    assert (item["head_name"], item["head_id_number"], item["head_phone"]) == (
        "欧**", "360702********1235", "138****1234",
    )  # fmt: skip
    assert not {HEAD_ID, HEAD_PHONE, "欧阳福生"} & set(answer.text.split('"'))


def test_the_detail_wants_a_reason_and_is_put_on_record(world, phone):
    household = make_household(world.village, head_name="欧阳福生")
    make_pairing(household, world.member, rank=5)
    clerk = phone(world.township_clerk)
    for query in ("", "?reason=", "?reason=%20"):
        answer = clerk.get(f"/households/{household.id}{query}")
        assert answer.status_code == 422
    assert clerk.get(f"/households/{household.id}").json["error"]["code"] == "reason_required"
    assert audits("household.read") == []
    answer = clerk.get(f"/households/{household.id}?reason=核对信息")
    assert (answer.json["head_name"], answer.json["head_id_number"], answer.json["head_phone"]) == (
        "欧阳福生", HEAD_ID, HEAD_PHONE,
    )  # fmt: skip
    assert [state["state"] for state in answer.json["history"]] == ["monitored"]
    assert [each["helper"]["name"] for each in answer.json["pairings"]] == ["钟秋香"]
    (entry,) = audits("household.read")
    assert (entry.actor_id, entry.subject_id, entry.county_id) == (
        world.township_clerk.id, household.id, world.county.id,
    )  # fmt: skip
    assert entry.details == {"reason": "核对信息"}


def test_outside_ones_answer_like_none(world, phone, households):
    foreign = phone(world.township_clerk).get(f"/households/{households['village_b'].id}?reason=看")
    nothing = phone(world.township_clerk).get(f"/households/{world.village.id}?reason=看")
    assert (foreign.status_code, foreign.json) == (nothing.status_code, nothing.json) == (404, nothing.json)


def test_the_highest_risk_comes_first_page_by_page(world, phone):
    for level in (2, 9, 5, 9):
        make_household(world.village, risk_level=level)
    office = phone(world.county_office)
    first = office.get("/households?limit=2").json
    make_household(world.village, risk_level=10)
    second = office.get(f"/households?limit=2&cursor={first['next_cursor']}").json
    assert [item["risk_level"] for item in first["items"] + second["items"]] == [9, 9, 5, 2]
    assert second["next_cursor"] is None
    assert office.get("/households?cursor=xyz").status_code == 404


def test_a_page_takes_the_same_statements_for_any_number(world, phone, statements):
    office = phone(world.county_office)
    office.get("/households")
    few = len(statements)
    for _ in range(8):
        make_pairing(make_household(world.village), world.member)
    statements.clear()
    assert len(office.get("/households").json["items"]) == 8
    assert len(statements) <= few


def test_filters_narrow_the_list(world, phone, households):
    office = phone(world.county_office)
    make_pairing(households["village"], world.member)
    gone = make_household(world.village, state="closed")
    all_three = {str(households[name].id) for name in ("village", "village_2", "village_of_township_2")}
    assert seen_by(office, f"?area={world.township.id}&state=monitored") == all_three - {
        str(households["village_of_township_2"].id)
    }
    assert seen_by(office, "?without_helper=true") == all_three - {str(households["village"].id)}
    assert seen_by(office, "?state=closed") == {str(gone.id)}
    assert seen_by(office, "?category=sudden") == set()
    assert office.get(f"/households?area={world.township_b.id}").status_code == 404


# -- import ---------------------------------------------------------------------------------------

ID = check_digit("36070219880808123")


def test_template_reads_back_empty(world, phone):
    answer = phone(world.county_office).get("/households/template")
    assert answer.status_code == 200
    assert read_table(answer.data, columns=HOUSEHOLD_COLUMNS) == ([], [])


def test_import_is_a_dry_run_unless_asked(world, phone):
    clerk = phone(world.township_clerk)
    answer = upload(clerk, line(), line("A-002", **{entries.MEMBERS: "x"}))
    assert (answer.status_code, answer.json["added"], answer.json["error_count"]) == (200, 1, 1)
    assert answer.json["errors"][0]["row"] == 3
    assert count() == 0
    assert upload(clerk, line(), dry_run="false").json["added"] == 1
    assert (count(), count(HouseholdState)) == (1, 1)
    assert audits("household.import")[0].details["added"] == 1
    assert audits("household.import")[0].county_id == world.county.id


def test_bad_row_refuses_the_whole_file(world, phone):
    answer = upload(
        phone(world.township_clerk),
        line(),
        line(
            "A-002",
            "",
        ),
        dry_run="false",
    )
    assert (answer.status_code, answer.json["error"]["code"]) == (422, "households_have_errors")
    assert count() == 0


def test_what_is_imported_is_sealed_and_found_again(world, phone):
    clerk = phone(world.township_clerk)
    row = line(**{entries.HEAD_ID: ID, entries.PHONE: "13911112222"})
    upload(clerk, row, dry_run="false")
    dump = db.session.scalar(text("SELECT string_agg(h::text, ' ') FROM households h"))
    assert ID not in dump and "13911112222" not in dump and ID.encode().hex() not in dump
    again = upload(clerk, row, dry_run="false").json
    assert (again["added"], again["changed"], again["unchanged"]) == (0, 0, 1)
    (item,) = clerk.get("/households").json["items"]
    full = clerk.get(f"/households/{item['id']}?reason=核对").json
    assert (full["head_id_number"], full["head_phone"]) == (ID, "13911112222")
    assert full["identified_on"] == full["state_since"] == "2026-03-01"


def test_known_household_is_brought_up_to_date(world, phone):
    clerk = phone(world.township_clerk)
    upload(clerk, line(**{entries.HEAD_ID: ID}), dry_run="false")
    changed = upload(
        clerk, line("", head="邱新户主", **{entries.HEAD_ID: ID, entries.RISK_LEVEL: "3"}), dry_run="false"
    )
    assert (changed.json["added"], changed.json["changed"]) == (0, 1)
    (item,) = clerk.get("/households").json["items"]
    assert (item["risk_level"], item["code"], item["head_name"]) == (3, "A-001", "邱**")
    assert count(HouseholdState) == 1


@pytest.mark.parametrize(
    ("lines", "codes"),
    [
        ([line(**{entries.VILLAGE: "无此村"})], {"area_unknown"}),
        ([line(**{entries.TOWNSHIP: "乙一乡"})], {"area_unknown"}),
        ([line(**{entries.TOWNSHIP: "甲二镇"})], {"area_unknown"}),
        ([line(), line()], {"row_doubled"}),
        ([line(**{entries.HEAD_ID: ID}), line("A-002", **{entries.HEAD_ID: ID})], {"row_doubled"}),
        ([line(**{entries.IDENTIFIED: "2099-01-01"})], {"day_in_future"}),
        ([line("K-1", **{entries.VILLAGE: "塅垇村"})], {"village_differs"}),
        ([line("K-1", **{entries.HEAD_ID: ID})], {"two_households"}),
    ],
)
def test_what_does_not_fit_the_register_is_an_error_of_its_row(world, phone, lines, codes):
    clerk = phone(world.township_clerk)
    known = (line("K-1"), line("K-2", **{entries.HEAD_ID: ID}))
    if codes <= {"village_differs", "two_households"}:
        upload(clerk, *known, dry_run="false")
    answer = upload(clerk, *lines)
    assert {error["code"] for error in answer.json["errors"]} == codes


def test_five_hundred_households_take_few_statements(world, phone, statements):
    clerk = phone(world.township_clerk)
    lines = [line(f"B-{number}") for number in range(500)]
    statements.clear()
    assert upload(clerk, *lines, dry_run="false").json["added"] == 500
    assert len(statements) < 12


@pytest.mark.parametrize("who", ["member", "helper", "village_secretary", "township_head", "city_org"])
def test_only_the_township_clerk_and_the_county_office_import(world, phone, who):
    assert upload(phone(getattr(world, who)), line()).status_code == 403


# -- states ---------------------------------------------------------------------------------------


def move(phone, household, state, first_day, **more):
    body = {"state": state, "first_day": first_day, **more}
    return phone.post(f"/households/{household.id}/states", body)


def test_states_are_appended_and_the_household_follows(world, phone):
    household = make_household(world.village, since=date(2026, 1, 5))
    clerk = phone(world.township_clerk)
    for state, day in (
        ("away", "2026-02-01"),
        ("cleared_stable", "2026-03-01"),
        ("back", "2026-04-01"),
        ("home", "2026-05-01"),
    ):
        assert move(clerk, household, state, day, note="入户核实").status_code == 201
    full = clerk.get(f"/households/{household.id}?reason=核对").json
    assert [(each["state"], each["first_day"]) for each in full["history"]] == [
        ("monitored", "2026-01-05"),
        ("away", "2026-02-01"),
        ("cleared_stable", "2026-03-01"),
        ("back", "2026-04-01"),
        ("home", "2026-05-01"),
    ]
    assert (full["state"], full["state_since"], full["is_away"]) == ("back", "2026-04-01", False)
    assert [entry.details["state"] for entry in audits("household.state")][-1] == "home"


@pytest.mark.parametrize(
    ("state", "first_day", "code"),
    [
        ("back", "2026-02-01", "state_unfit"),
        ("home", "2026-02-01", "state_unfit"),
        ("monitored", "2026-02-01", "invalid"),
        ("cleared_natural", "2026-01-04", "state_order"),
        ("cleared_natural", "2099-01-01", "day_in_future"),
        ("dancing", "2026-02-01", "invalid"),
    ],
)
def test_a_state_that_does_not_follow_is_refused(world, phone, state, first_day, code):
    household = make_household(world.village, since=date(2026, 1, 5))
    answer = move(phone(world.township_clerk), household, state, first_day)
    assert (answer.status_code, answer.json["error"]["code"]) == (422, code)
    assert count(HouseholdState) == 1


def test_who_has_gone_is_helped_no_longer(world, phone):
    household = make_household(world.village, since=date(2026, 1, 5))
    pairing = make_pairing(household, world.member, first_day=date(2026, 1, 10))
    assert move(phone(world.township_clerk), household, "moved", "2026-06-01").status_code == 201
    db.session.expire_all()
    ended = db.session.get(Pairing, (pairing.county_id, pairing.id))
    assert (ended.last_day, ended.ended_by) == (date(2026, 6, 1), world.township_clerk.id)


def test_no_id_number_gets_into_a_note(world, phone):
    household = make_household(world.village)
    answer = move(phone(world.township_clerk), household, "away", "2026-02-01", note=f"户主{ID}外出")
    assert answer.status_code == 422
    assert ID not in answer.text


def test_another_township_changes_nothing(world, phone):
    household = make_household(world.village, since=LONG_AGO)
    answer = move(phone(world.township_clerk_2), household, "away", "2026-02-01")
    assert answer.status_code == 404
    assert count(HouseholdState) == 1
