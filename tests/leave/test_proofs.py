"""Proofs of a leave as photos: the person and the approval chain see them, and nobody else."""

from io import BytesIO
from uuid import UUID, uuid4

import pytest
from PIL import Image
from sqlalchemy import select

from kernel import photos
from kernel.database import db
from leave.models import Leave
from leave.policy import LeaveState
from tests.factories import Phone, make_leave, make_photo, make_setting
from tests.leave.steps import approve, ask, on_record, read, take
from tests.paper import words
from tests.photos_corpus import HOSTILE
from tests.pictures.steps import files, refused, row, send, sent, shot

OUTSIDE = ["secretary", "village_secretary", "helper", "county_office", "county_group", "township_clerk_2"]
"""Whoever has no part in a leave of three days; the first of them is of the same team."""


@pytest.fixture(autouse=True)
def own_store(app, tmp_path, monkeypatch):
    monkeypatch.setitem(app.extensions, "photos", photos.connect(f"file:{tmp_path}/photos"))


@pytest.fixture
def member(world):
    return Phone(world.member)


@pytest.fixture
def leave(world):
    """A sick leave of three days, which the township decides."""
    return ask(world.member, 1, 3, kind="sick")


@pytest.fixture
def address(leave):
    return f"/leaves/{leave['id']}/proofs"


def seen(phone, photo_id):
    return phone.get(f"/photos/{photo_id}")


def proof_of(asked):
    """Return the id of a clean proof of a leave."""
    statement = select(Leave).where(Leave.id == UUID(asked["id"]))
    return str(make_photo(db.session.scalars(statement).one()).id)


# -- sending --------------------------------------------------------------------------------------


def test_a_proof_is_listed_at_once_and_seen_once_it_is_clean(world, member, leave, address, work):
    photo_id = sent(member, address, shot())
    assert [(each["id"], each["state"]) for each in read(world.member, leave)["proofs"]] == [
        (photo_id, "waiting")
    ]
    assert refused(seen(member, photo_id)) == (409, "photo_waiting")
    work()
    (proof,) = read(world.township_head, leave)["proofs"]
    assert (proof["state"], proof["client_key"]) == ("kept", None)
    answer = seen(Phone(world.township_head), photo_id)
    assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert Image.open(BytesIO(answer.data)).size == (800, 600) and b"HUAWEI" not in answer.data


def test_the_same_key_again_is_the_same_proof(member, address):
    key = uuid4()
    first, again = (send(member, address, shot(1), key=key) for _ in range(2))
    assert (first.status_code, again.status_code, again.json) == (201, 200, first.json)
    assert refused(send(member, address, shot(2), key=key)) == (409, "key_reused")


def test_three_proofs_are_enough(member, address):
    for seed in range(3):
        sent(member, address, shot(seed))
    assert refused(send(member, address, shot(3))) == (409, "too_many_photos")
    assert len(files()) == 3


def test_proofs_and_photos_of_visits_share_the_quota_of_a_day(world, member, address):
    make_setting(world.county, "photo.per_day", 1)
    sent(member, address, shot(1))
    assert refused(send(member, address, shot(2))) == (429, "photo_quota_day")


@pytest.mark.parametrize("code", ["not_a_photo", "photo_damaged"])
def test_what_is_no_photo_is_refused(member, address, code):
    make = next(make for make, outcomes in HOSTILE.values() if outcomes == {code})
    assert refused(send(member, address, make())) == (415, code)


def test_only_the_person_sends_proofs(world, address):
    for person in (world.secretary, world.member_of_village_2, world.secretary_b):
        assert refused(send(Phone(person), address, shot())) == (404, "leave_not_found")
    for person in (world.township_clerk, world.unit_clerk, world.city_org):
        assert send(Phone(person), address, shot()).status_code == 403
    assert files() == []


@pytest.mark.parametrize("state", [LeaveState.REJECTED, LeaveState.WITHDRAWN, LeaveState.NOT_TAKEN])
def test_a_void_leave_takes_no_more_proofs(world, member, state):
    leave = make_leave(world.postings["member"], county=world.county, state=state)
    assert refused(send(member, f"/leaves/{leave.id}/proofs", shot())) == (409, "leave_void")


def test_a_proof_sent_again_after_the_leave_was_withdrawn_is_answered_for(world, member, leave, address):
    key = uuid4()
    first = send(member, address, shot(), key=key)
    assert take(world.member, leave, "withdrawal").status_code == 200
    again = send(member, address, shot(), key=key)
    assert (again.status_code, again.json) == (200, first.json)


def test_a_proof_may_follow_when_the_leave_is_over(world, member):
    leave = make_leave(world.postings["member"], county=world.county, state=LeaveState.RETURNED)
    sent(member, f"/leaves/{leave.id}/proofs", shot())


# -- who sees them --------------------------------------------------------------------------------


def test_the_person_and_the_approval_chain_see_a_proof(world, leave, member):
    photo_id = proof_of(leave)
    for person in (world.member, world.township_clerk, world.township_head):
        assert [each["id"] for each in read(person, leave)["proofs"]] == [photo_id]
        for size in ("full", "thumbnail"):
            assert Phone(person).get(f"/photos/{photo_id}?size={size}").status_code == 200


@pytest.mark.parametrize("who", OUTSIDE)
def test_whoever_does_not_approve_finds_no_proof(world, leave, who):
    photo_id, phone = proof_of(leave), Phone(world.people[who])
    nobody = seen(phone, uuid4())
    found = seen(phone, photo_id)
    assert (found.status_code, found.json) == (404, nobody.json)
    detail = phone.get(f"/leaves/{leave['id']}")
    assert detail.status_code in (403, 404) or detail.json["proofs"] == []
    assert photo_id not in detail.text


@pytest.mark.parametrize("who", ["unit_clerk", "unit_head", "city_org", "city_rural", "admin"])
def test_units_and_the_city_find_no_photo_of_a_leave(world, leave, who):
    answer = seen(Phone(world.people[who]), proof_of(leave))
    assert answer.status_code == (403 if who == "admin" else 404)


def test_the_county_sees_the_proofs_of_what_it_decides(world):
    asked = ask(world.member, 1, 6, kind="sick")
    photo_id = proof_of(asked)
    for person, status in ((world.township_head, 200), (world.county_office, 200), (world.county_group, 404)):
        assert seen(Phone(person), photo_id).status_code == status
    assert seen(Phone(world.county_office_b), photo_id).status_code == 404


def test_proofs_carry_no_marks(world, member, address, leave, work):
    for seed in (1, 1):
        sent(member, address, shot(seed))
    work()
    assert all("marks" not in proof for proof in read(world.township_head, leave)["proofs"])
    photo_id = read(world.township_head, leave)["proofs"][0]["id"]
    answer = Phone(world.township_head).post(f"/photos/{photo_id}/marks/equal/dismissal", {"reason": "无误"})
    assert refused(answer) == (404, "mark_not_found")


# -- taking back ----------------------------------------------------------------------------------


def test_the_person_takes_a_proof_back_before_the_decision_and_not_after(world, member, leave):
    first, second = proof_of(leave), proof_of(leave)
    assert member.delete(f"/photos/{first}").status_code == 204
    assert [each["state"] for each in read(world.member, leave)["proofs"]] == ["deleted", "kept"]
    assert on_record(first) == ["photo.delete"]
    approve(leave, world.township_head)
    assert refused(member.delete(f"/photos/{second}")) == (409, "leave_decided")
    assert seen(member, second).status_code == 200


def test_nobody_else_deletes_a_proof(world, leave):
    photo_id = proof_of(leave)
    for person in (world.township_clerk, world.township_head):
        assert refused(Phone(person).delete(f"/photos/{photo_id}")) == (403, "not_own_photo")
    for person in (world.secretary, world.township_clerk_2):
        assert refused(Phone(person).delete(f"/photos/{photo_id}")) == (404, "photo_not_found")
    assert row(photo_id).state == "kept"


# -- on paper -------------------------------------------------------------------------------------


def test_the_slip_says_how_many_proofs_there_are(world, member, leave):
    def papers():
        return words(member.get(f"/leaves/{leave['id']}/slip").data)

    assert "证明材料" in papers() and "2 份" not in papers()
    for _ in range(3):
        photo_id = proof_of(leave)
    member.delete(f"/photos/{photo_id}")
    assert "2份" in papers().replace(" ", "")
