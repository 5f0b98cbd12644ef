"""The evidence leaves as one archive whose manifest names the hash of every file."""

import hashlib
import json
from datetime import timedelta
from io import BytesIO
from uuid import uuid4
from zipfile import ZipFile

import pytest
from sqlalchemy import select, update

from identity.models import Office
from kernel.audit import AuditEntry
from kernel.clock import today
from kernel.database import db, transaction
from tests.factories import MIDDLE, Phone
from tests.oversight.steps import (
    answer_finding,
    answer_roll,
    call_roll,
    find,
    ok,
    open_village,
    refused,
)
from tests.photos_corpus import jpeg, scene

DAY = timedelta(days=1)


@pytest.fixture
def inspection(workday, jobs, work):
    """An inspection with a roll-call, an answer, and a finding with two photos, cleaned."""
    opened = open_village(workday)
    ok(answer_roll(workday.member, call_roll(workday, opened)), 201)
    finding = ok(find(workday, opened, workday.secretary), 201)
    for number in (1, 2):
        form = {"client_key": str(uuid4()), "photo": (BytesIO(jpeg(scene(number, 320, 240))), "p.jpg")}
        answer = Phone(workday.inspector).post(f"/findings/{finding['id']}/photos", data=form)
        assert answer.status_code == 201, answer.json
    ok(answer_finding(workday.secretary, finding, "发烧，在镇卫生院"))
    work()
    return {**opened, "finding": finding}


def fetch(person, inspection):
    answer = Phone(person).get(f"/inspections/{inspection['id']}/evidence")
    assert answer.status_code == 200, answer.json
    return answer, ZipFile(BytesIO(answer.data))


def test_every_file_has_the_hash_the_manifest_says_and_the_manifest_the_hash_on_record(workday, inspection):
    answer, archive = fetch(workday.city_org, inspection)
    manifest = json.loads(archive.read("manifest.json"))
    listed = {each["path"]: each for each in manifest["files"]}
    assert listed.keys() == set(archive.namelist()) - {"manifest.json"}
    for path, each in listed.items():
        content = archive.read(path)
        assert (hashlib.sha256(content).hexdigest(), len(content)) == (each["sha256"], each["size_bytes"])
    assert sum(path.endswith(".jpg") for path in listed) == 2
    told = answer.headers["X-Manifest-SHA256"]
    assert told == hashlib.sha256(archive.read("manifest.json")).hexdigest()
    entry = db.session.scalars(
        select(AuditEntry).where(AuditEntry.action == "inspection.collect_evidence")
    ).one()
    assert (entry.details["manifest_sha256"], entry.actor_id) == (told, workday.city_org.id)


def test_the_archive_tells_what_was_known_answered_and_found(workday, inspection):
    _, archive = fetch(workday.city_org, inspection)
    told = json.loads(archive.read("inspection.json"))
    assert [each["person"]["name"] for each in told["situation"]] == ["曾福生", "钟秋香"]
    assert told["roll_calls"][0]["people"][1]["outcome"] == "in_village"
    finding = json.loads(archive.read(f"findings/{inspection['finding']['id']}.json"))
    assert (finding["description"], finding["answer"]) == ("点名未到，驻地无人", "发烧，在镇卫生院")


def test_the_inspector_takes_no_answers_along_and_nobody_coordinates(workday, inspection):
    _, archive = fetch(workday.inspector, inspection)
    everything = "".join(archive.read(name).decode("utf-8", "ignore") for name in archive.namelist())
    assert "卫生院" not in everything
    assert str(MIDDLE.longitude_deg) not in everything


def test_photos_are_seen_by_the_person_and_the_offices_not_by_the_unit_and_deleted_by_nobody(
    workday, inspection
):
    finding = ok(Phone(workday.secretary).get(f"/findings/{inspection['finding']['id']}"))
    photo = finding["photos"][0]["id"]
    for who in ("secretary", "inspector", "township_clerk", "county_group", "city_org", "city_rural"):
        assert Phone(workday.people[who]).get(f"/photos/{photo}").status_code == 200, who
    for who in ("member", "township_clerk_2", "county_office_b", "unit_head"):
        assert refused(Phone(workday.people[who]).get(f"/photos/{photo}")) == (404, "photo_not_found"), who
    assert ok(Phone(workday.unit_head).get(f"/findings/{finding['id']}"))["photos"] == []
    for who in ("secretary", "township_clerk"):
        assert refused(Phone(workday.people[who]).delete(f"/photos/{photo}")) == (403, "evidence"), who


def test_the_offices_of_lower_levels_do_not_get_it(workday, inspection):
    for who in ("township_head", "county_office"):
        answer = Phone(workday.people[who]).get(f"/inspections/{inspection['id']}/evidence")
        assert refused(answer) == (404, "inspection_not_found")


# -- many photos ----------------------------------------------------------------------------------


@pytest.fixture
def large(inspection, monkeypatch):
    """The same, of more photos than are fetched while somebody waits."""
    monkeypatch.setattr("oversight.evidence.LARGE_PHOTOS", 1)
    return inspection


def ask(person, inspection):
    answer = Phone(person).get(f"/inspections/{inspection['id']}/evidence")
    assert answer.status_code == 202, answer.json
    return answer.json


@pytest.mark.parametrize("who", ["inspector", "city_org"])
def test_of_many_photos_it_is_a_job_like_every_large_file(workday, large, work, who):
    me = Phone(workday.people[who])
    asked = ask(workday.people[who], large)
    assert (asked["kind"], asked["state"], asked["percent"]) == ("evidence", "waiting", 0)
    assert ask(workday.people[who], large)["id"] == asked["id"], "asked for twice it is made once"
    address = f"/reports/jobs/{asked['id']}"
    assert refused(me.get(f"{address}/file")) == (409, "job_not_done")
    work()
    done = ok(me.get(address))
    assert (done["state"], done["percent"]) == ("done", 100)
    assert done["file_name"] == f"督查-{workday.village.name}-{large['day']}.zip"
    made = me.get(f"{address}/file")
    assert (made.status_code, made.mimetype) == (200, "application/zip")
    archive = ZipFile(BytesIO(made.data))
    assert sum(name.endswith(".jpg") for name in archive.namelist()) == 2
    entry = db.session.scalars(
        select(AuditEntry).where(AuditEntry.action == "inspection.collect_evidence")
    ).one()
    told = hashlib.sha256(archive.read("manifest.json")).hexdigest()
    assert (entry.details["manifest_sha256"], entry.actor_id) == (told, workday.people[who].id)


def test_while_it_is_made_it_tells_how_far_it_is_photo_by_photo(workday, large, work, monkeypatch):
    told: list[int] = []
    monkeypatch.setattr("reports.long_work._note_progress", lambda job, percent: told.append(percent))
    ask(workday.city_org, large)
    work()
    assert told == [49, 99]


def test_nobody_else_fetches_it_nor_the_inspector_whose_mandate_is_over(workday, large, work):
    address = f"/reports/jobs/{ask(workday.inspector, large)['id']}"
    work()
    for who in ("city_org", "county_office"):
        assert refused(Phone(workday.people[who]).get(address)) == (404, "job_not_found"), who
    me = Phone(workday.inspector)
    with transaction():
        db.session.execute(
            update(Office)
            .where(Office.person_id == workday.inspector.id)
            .values(first_day=today() - 9 * DAY, last_day=today() - DAY)
        )
    assert me.get(f"{address}/file").status_code == 401


def test_evidence_is_asked_for_at_its_inspection_only(workday):
    order = {"kind": "evidence", "month": "2026-10", "area": str(workday.county.id)}
    assert Phone(workday.county_office).post("/reports/jobs", order).status_code == 422
