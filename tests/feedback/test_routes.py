"""意见反馈: said once, read by the office it is for."""

from uuid import uuid4

import pytest

from tests.factories import Phone


def _say(person, text="字再大一点就好了", key=None):
    return Phone(person).post("/feedback", {"client_key": key or str(uuid4()), "text": text})


def _texts(person):
    answer = Phone(person).get("/feedback")
    assert answer.status_code == 200, answer.json
    return [(item["text"], item["person"]["name"]) for item in answer.json["items"]]


def test_the_county_reads_what_its_people_said_the_latest_first(world):
    assert [_say(world.secretary, text).status_code for text in ("先说的", "后说的")] == [201, 201]
    name = world.secretary.name
    assert _texts(world.county_office) == [("后说的", name), ("先说的", name)]


def test_the_same_key_is_the_same_word_and_another_word_under_it_a_conflict(world):
    key = str(uuid4())
    first, again = _say(world.secretary, key=key), _say(world.secretary, key=key)
    assert (first.status_code, again.status_code, first.json) == (201, 200, again.json)
    other = _say(world.secretary, "别的话", key)
    assert (other.status_code, other.json["error"]["code"]) == (409, "key_reused")
    assert len(_texts(world.county_office)) == 1


def test_no_county_reads_another_s_and_the_city_reads_all_of_its_own(world):
    _say(world.secretary, "甲县的")
    _say(world.secretary_b, "乙县的")
    assert [text for text, _ in _texts(world.county_office)] == ["甲县的"]
    assert [text for text, _ in _texts(world.county_office_b)] == ["乙县的"]
    assert [text for text, _ in _texts(world.city_org)] == ["乙县的", "甲县的"]


@pytest.mark.parametrize("who", ["helper", "village_secretary", "township_head", "admin"])
def test_everybody_is_heard_by_a_county(world, who):
    person = getattr(world, who)
    assert _say(person, "听得到吗").status_code == 201
    assert ("听得到吗", person.name) in _texts(world.county_office)


def test_a_unit_is_heard_by_a_county_of_its_people_and_by_one_alone(world):
    _say(world.unit_clerk, "单位说的")
    heard = [_texts(office) for office in (world.county_office, world.county_office_b)]
    assert sorted(len(texts) for texts in heard) == [0, 1]


def test_what_the_city_says_is_read_by_the_city_alone(world):
    _say(world.city_org, "市里说的")
    assert _texts(world.county_office) == []
    assert [text for text, _ in _texts(world.city_rural)] == ["市里说的"]


@pytest.mark.parametrize("text", ["", "   ", "x" * 1_001])
def test_nothing_and_too_much_are_not_taken(world, text):
    assert _say(world.secretary, text).status_code == 422


def test_pages_follow_one_another_without_a_gap(world):
    for number in range(5):
        _say(world.secretary, f"第{number}条")
    phone, seen, cursor = Phone(world.county_office), [], ""
    while True:
        page = phone.get(f"/feedback?limit=2&cursor={cursor}" if cursor else "/feedback?limit=2").json
        seen += [item["text"] for item in page["items"]]
        if not (cursor := page["next_cursor"]):
            break
    assert seen == [f"第{number}条" for number in (4, 3, 2, 1, 0)]
