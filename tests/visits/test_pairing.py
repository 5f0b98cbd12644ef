"""Pairing over HTTP: proposal, confirmation, helpers."""

from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from datetime import date, timedelta
from uuid import uuid4

import pytest
from flask import current_app
from sqlalchemy import func, select

from kernel.audit import AuditEntry
from kernel.clock import today
from kernel.database import db
from tests.factories import (
    LONG_AGO,
    make_helper,
    make_household,
    make_pairing,
    make_person,
    make_setting,
    make_unit,
)
from visits.models import Pairing


@pytest.fixture
def clerk(world, phone):
    return phone(world.township_clerk)


@pytest.fixture
def helpers(world):
    """A head of the township, a first secretary and a member, in this order."""
    make_helper(world.township_head, world.township, rank=1)
    make_helper(world.secretary, world.township, rank=4, village=world.village)
    make_helper(world.member, world.township, rank=5, village=world.village)


def propose(phone, township, **more):
    answer = phone.post("/pairings/proposal", {"township_id": str(township.id), **more})
    assert answer.status_code == 200, answer.json
    return answer.json


def drawn(proposal):
    return [(line["household"]["id"], line["helper"]["name"]) for line in proposal["lines"]]


def confirm(phone, township, *lines, day=None, **more):
    body = {
        "township_id": str(township.id),
        "day": str(day or today()),
        "lines": [
            {"household_id": str(household.id), "person_id": str(person.id), **extra}
            for household, person, *rest in lines
            for extra in (rest or [{}])
        ],
        **more,
    }
    return phone.post("/pairings/confirmation", body)


def running():
    db.session.expire_all()
    rows = db.session.execute(
        select(Pairing.household_id, Pairing.person_id).where(Pairing.last_day.is_(None))
    )
    return {tuple(row) for row in rows}


# -- proposal -------------------------------------------------------------------------------------


def test_the_worst_risk_goes_to_the_head_of_the_township(world, clerk, helpers):
    families = [make_household(world.village, risk_level=level) for level in (1, 9, 5, 7, 3, 2)]
    proposal = propose(clerk, world.township)
    ids = [str(family.id) for family in families]
    head, first, member = world.township_head.name, world.secretary.name, world.member.name
    assert drawn(proposal) == [
        (ids[1], head),
        (ids[3], head),
        (ids[2], first),
        (ids[4], first),
        (ids[5], member),
        (ids[0], member),
    ]
    assert (proposal["uncovered"], proposal["helpers_missing"], proposal["capacity"]) == ([], 0, 2)
    assert "第 1 顺位“乡镇党政正职”" in proposal["lines"][0]["explanation"]
    assert running() == set()


def test_what_is_left_is_listed_with_the_helpers_missing(world, clerk, helpers):
    for level in range(3):
        make_household(world.village_2, risk_level=level)
    proposal = propose(clerk, world.township)
    assert len(proposal["lines"]) == 2
    assert [each["risk_level"] for each in proposal["uncovered"]] == [0]
    assert proposal["helpers_missing"] == 1


def test_existing_pairs_are_kept_and_counted_in_any_township(world, clerk, helpers):
    kept = make_household(world.village, risk_level=9)
    make_pairing(kept, world.township_head)
    make_pairing(make_household(world.village_b), world.township_head)
    make_household(world.village_2, risk_level=1)
    proposal = propose(clerk, world.township)
    assert (proposal["lines"], len(proposal["uncovered"])) == ([], 1)


def test_only_the_three_kinds_under_watch_are_proposed(world, clerk, helpers):
    make_household(world.village, category="former_poor")
    make_household(world.village, state="cleared_stable")
    make_household(world.village_of_township_2)
    assert propose(clerk, world.township)["lines"] == []


def test_a_unit_s_cadre_helps_where_the_unit_has_people(world, clerk):
    chief, other = make_person("罗局长"), make_person("陈主任")
    make_helper(chief, world.township, rank=7, unit=world.unit)
    make_helper(other, world.township, rank=8, unit=make_unit("县供销社"), village=world.village_2)
    near = make_household(world.village)
    far = make_household(world.village_2)
    assert drawn(propose(clerk, world.township)) == [
        (str(near.id), "罗局长"),
        (str(far.id), "陈主任"),
    ]


def test_a_redraw_shows_the_difference_and_writes_nothing(world, clerk, helpers):
    low, high = make_household(world.village, risk_level=1), make_household(world.village, risk_level=9)
    make_setting(world.county, "visit.capacity", 1)
    make_pairing(low, world.township_head)
    before = running()
    proposal = propose(clerk, world.township, redraw=True)
    changes = {change["household"]["id"]: change for change in proposal["changes"]}
    assert changes[str(high.id)]["kind"] == "added"
    assert changes[str(high.id)]["to_helper"]["name"] == world.township_head.name
    assert changes[str(low.id)]["kind"] == "changed"
    assert changes[str(low.id)]["from_helper"]["name"] == world.township_head.name
    assert running() == before


def test_a_proposal_takes_the_same_statements_for_any_number(world, clerk, helpers, statements):
    propose(clerk, world.township)
    few = len(statements)
    for _ in range(6):
        make_household(world.village)
    statements.clear()
    assert len(propose(clerk, world.township)["lines"]) == 6
    assert len(statements) <= few


def test_names_are_masked_in_a_proposal(world, clerk, helpers):
    make_household(world.village, head_name="欧阳福生")
    assert propose(clerk, world.township)["lines"][0]["household"]["head_name"] == "欧**"


# -- confirmation ---------------------------------------------------------------------------------


def test_what_was_proposed_is_confirmed_as_a_whole(world, clerk, helpers, phone):
    for level in (1, 2, 3):
        make_household(world.village, risk_level=level)
    proposal = propose(clerk, world.township)
    lines = [
        {
            "household_id": line["household"]["id"],
            "person_id": line["helper"]["id"],
            "explanation": line["explanation"],
        }
        for line in proposal["lines"]
    ]
    body = {"township_id": str(world.township.id), "day": str(today()), "lines": lines}
    assert clerk.post("/pairings/confirmation", body).json == {"made": 3, "ended": 0, "unchanged": 0}
    assert clerk.post("/pairings/confirmation", body).json == {"made": 0, "ended": 0, "unchanged": 3}
    items = clerk.get("/pairings").json["items"]
    assert {(item["household"]["id"], item["helper"]["id"]) for item in items} == {
        (line["household_id"], line["person_id"]) for line in lines
    }
    assert items[0]["explanation"].startswith("待结对户中")
    assert propose(clerk, world.township)["lines"] == []
    assert len(phone(world.helper).get("/pairings").json["items"]) == 0


def test_a_helper_hands_over_on_the_day(world, clerk, helpers):
    family = make_household(world.village)
    make_pairing(family, world.member)
    answer = confirm(clerk, world.township, (family, world.secretary, {"replaces": str(world.member.id)}))
    assert answer.json == {"made": 1, "ended": 1, "unchanged": 0}
    assert running() == {(family.id, world.secretary.id)}
    old = db.session.scalars(select(Pairing).where(Pairing.person_id == world.member.id)).one()
    assert (old.last_day, old.ended_by) == (today(), world.township_clerk.id)


def test_a_household_has_one_helper_at_a_time(world, clerk, helpers):
    family, free = make_household(world.village), make_household(world.village)
    make_pairing(family, world.member)
    answer = confirm(clerk, world.township, (free, world.secretary), (family, world.secretary))
    assert (answer.status_code, answer.json["error"]["code"]) == (409, "household_paired")
    assert running() == {(family.id, world.member.id)}, "all of a confirmation or none of it"
    stale = confirm(
        clerk, world.township, (family, world.secretary, {"replaces": str(world.township_head.id)})
    )
    assert (stale.status_code, stale.json["error"]["code"]) == (409, "pairing_changed")


def test_a_pairing_is_ended_without_another(world, clerk, helpers):
    family = make_household(world.village)
    make_pairing(family, world.member)
    end = {"household_id": str(family.id), "person_id": str(world.member.id)}
    assert confirm(clerk, world.township, ends=[end]).json["ended"] == 1
    assert running() == set()
    assert confirm(clerk, world.township, ends=[end]).status_code == 409


def test_a_rejected_line_is_put_on_record_only(world, clerk, helpers):
    family = make_household(world.village)
    line = {"household_id": str(family.id), "person_id": str(world.member.id), "reason": "两家是亲戚"}
    assert confirm(clerk, world.township, rejected=[line]).json["made"] == 0
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "pairing.confirm")).one()
    assert entry.details["rejected"] == [line]
    assert running() == set()


@pytest.mark.parametrize(
    ("village", "who", "code"),
    [
        ("village_2", "secretary", "helper_out_of_scope"),
        ("village", "village_secretary", "not_a_helper"),
        ("village", "township_head", None),
    ],
)
def test_the_scope_of_article_11_holds_for_changed_lines_too(world, clerk, helpers, village, who, code):
    family = make_household(getattr(world, village))
    answer = confirm(clerk, world.township, (family, getattr(world, who)))
    assert answer.status_code == (422 if code else 200)
    if code:
        assert answer.json["error"]["code"] == code


def test_nobody_gets_more_than_the_county_s_number(world, clerk, helpers):
    families = [make_household(world.village) for _ in range(3)]
    answer = confirm(clerk, world.township, *((family, world.member) for family in families))
    assert (answer.status_code, answer.json["error"]["code"]) == (422, "helper_full")
    make_setting(world.township, "visit.capacity", 3)
    assert confirm(clerk, world.township, *((family, world.member) for family in families)).status_code == 200


def test_who_hands_one_over_may_take_another_at_once(world, clerk, helpers):
    old = [make_household(world.village) for _ in range(2)]
    for family in old:
        make_pairing(family, world.member)
    new = make_household(world.village)
    answer = confirm(
        clerk,
        world.township,
        (old[0], world.secretary, {"replaces": str(world.member.id)}),
        (new, world.member),
    )
    assert answer.json == {"made": 2, "ended": 1, "unchanged": 0}


@pytest.mark.parametrize("place", ["village_of_township_2", "village_b"])
def test_households_of_others_are_not_found(world, clerk, helpers, place):
    answer = confirm(clerk, world.township, (make_household(getattr(world, place)), world.township_head))
    assert (answer.status_code, answer.json["error"]["code"]) == (404, "household_not_found")


def test_a_household_gone_or_a_day_to_come_is_refused(world, clerk, helpers):
    gone = make_household(world.village, state="moved")
    assert confirm(clerk, world.township, (gone, world.member)).json["error"]["code"] == "household_gone"
    family = make_household(world.village)
    tomorrow = confirm(clerk, world.township, (family, world.member), day=today() + timedelta(days=1))
    assert tomorrow.json["error"]["code"] == "day_in_future"
    twice = confirm(clerk, world.township, (family, world.member), (family, world.secretary))
    assert twice.json["error"]["code"] == "household_twice"


def test_two_townships_at_once_do_not_overload_one_helper(world, phone, helpers):
    """The head of a unit stands on two lists; both towns take them for two households at the same moment."""
    chief = make_person("罗局长")
    families = []
    for township, village in (
        (world.township, world.village),
        (world.township_2, world.village_of_township_2),
    ):
        make_helper(chief, township, rank=7, unit=world.unit)
        families.append([make_household(village), make_household(village)])
    phones = [phone(world.township_clerk), phone(world.township_clerk_2)]
    app = current_app._get_current_object()

    def take(turn):
        with app.app_context():
            township = (world.township, world.township_2)[turn]
            return confirm(
                phones[turn], township, *((family, chief) for family in families[turn])
            ).status_code

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda turn: Context().run(take, turn), range(2)))
    assert sorted(answers) == [200, 422]
    assert db.session.scalar(select(func.count()).select_from(Pairing)) == 2


def test_two_confirmations_of_one_household_at_once_make_one_pairing(world, phone, helpers):
    family = make_household(world.village)
    phones = [phone(world.township_clerk), phone(world.township_head)]
    people = [world.member, world.secretary]
    app = current_app._get_current_object()

    def take(turn):
        with app.app_context():
            return confirm(phones[turn], world.township, (family, people[turn])).status_code

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda turn: Context().run(take, turn), range(2)))
    assert sorted(answers) == [200, 409]
    assert len(running()) == 1


@pytest.mark.parametrize("who", ["member", "helper", "village_secretary", "county_office", "city_org"])
def test_only_the_township_pairs(world, phone, who):
    caller = phone(getattr(world, who))
    assert caller.post("/pairings/proposal", {"township_id": str(world.township.id)}).status_code == 403
    assert confirm(caller, world.township).status_code == 403


def test_a_township_of_others_is_not_found(world, clerk):
    for township in (world.township_2, world.township_b, world.county):
        answer = clerk.post("/pairings/proposal", {"township_id": str(township.id)})
        assert answer.status_code == 404


# -- pairings on record ---------------------------------------------------------------------------


def test_pairings_of_the_past_are_shown_when_asked(world, clerk):
    family = make_household(world.village)
    make_pairing(family, world.member, last_day=date(2026, 3, 1))
    make_pairing(family, world.secretary, first_day=date(2026, 3, 1))
    make_pairing(make_household(world.village_b), world.secretary_b)
    assert len(clerk.get("/pairings").json["items"]) == 1
    every = clerk.get("/pairings?running=false&limit=1").json
    rest = clerk.get(f"/pairings?running=false&cursor={every['next_cursor']}").json
    names = [item["helper"]["name"] for item in every["items"] + rest["items"]]
    assert names == [world.secretary.name, world.member.name]


# -- helpers --------------------------------------------------------------------------------------


def enter(phone, world, person, rank, **more):
    body = {
        "township_id": str(world.township.id),
        "person_id": str(person.id),
        "rank": rank,
        "first_day": str(LONG_AGO),
        **more,
    }
    return phone.post("/helpers", body)


def test_a_helper_is_entered_once(world, clerk):
    village = {"village_id": str(world.village.id)}
    answer = enter(clerk, world, world.secretary, 4, **village)
    assert answer.status_code == 201
    assert (answer.json["rank_name"], answer.json["households_count"]) == ("驻村第一书记", 0)
    again = enter(clerk, world, world.secretary, 5, **village)
    assert (again.status_code, again.json["error"]["code"]) == (409, "helper_exists")
    make_pairing(make_household(world.village), world.secretary)
    (item,) = clerk.get("/helpers").json["items"]
    assert (item["person"]["name"], item["households_count"]) == (world.secretary.name, 1)


@pytest.mark.parametrize(
    ("rank", "more", "status"),
    [
        (4, {}, 422),
        (7, {}, 422),
        (7, {"unit_id": str(uuid4())}, 422),
        (0, {}, 422),
        (10, {}, 422),
        (1, {"order_no": 0}, 422),
        (4, {"village_id": str(uuid4())}, 404),
        (1, {}, 201),
    ],
)
def test_a_rank_wants_its_village_or_unit(world, clerk, rank, more, status):
    assert enter(clerk, world, world.secretary, rank, **more).status_code == status


def test_people_and_villages_of_others_are_not_found(world, clerk):
    assert enter(clerk, world, world.secretary_b, 1).status_code == 404
    elsewhere = {"village_id": str(world.village_of_township_2.id)}
    assert enter(clerk, world, world.secretary, 4, **elsewhere).status_code == 404


def test_who_leaves_the_list_leaves_the_households_of_the_township(world, clerk, phone):
    helper = make_helper(world.secretary, world.township, rank=1)
    here, there = make_household(world.village), make_household(world.village_of_township_2)
    for family in (here, there):
        make_pairing(family, world.secretary)
    answer = clerk.post(f"/helpers/{helper.id}/end", {"last_day": str(today())})
    assert answer.json == {"pairings_ended": 1}
    assert running() == {(there.id, world.secretary.id)}
    assert clerk.post(f"/helpers/{helper.id}/end", {"last_day": str(today())}).status_code == 404
    other = make_helper(world.member_of_township_2, world.township_2)
    assert clerk.post(f"/helpers/{other.id}/end", {"last_day": str(today())}).status_code == 404


def test_helpers_come_in_the_order_of_article_11_page_by_page(world, phone, helpers):
    office = phone(world.county_office)
    first = office.get("/helpers?limit=2").json
    rest = office.get(f"/helpers?cursor={first['next_cursor']}").json
    assert [item["rank"] for item in first["items"] + rest["items"]] == [1, 4, 5]
    assert phone(world.township_clerk_2).get("/helpers").json["items"] == []
    assert phone(world.township_clerk_2).get(f"/helpers?area={world.township.id}").status_code == 404
