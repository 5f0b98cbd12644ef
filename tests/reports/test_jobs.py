"""Long work: asked for over HTTP, carried out by a real worker, fetched by whoever asked."""

import csv
import io
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4
from zipfile import ZipFile

import pytest
from sqlalchemy import select, text, update

from attendance.models import SheetState
from identity.models import Office
from identity.permissions import Role
from identity.session import caller_without_session
from kernel.audit import AuditEntry
from kernel.clock import now, today
from kernel.database import db, transaction
from kernel.jobs import SCHEMA
from reports import long_work, sheets_zip
from reports.long_work import forget_old_jobs, make
from reports.models import ReportJob
from tests.contract.calls import put_sheet
from tests.factories import Phone, make_office, make_person, make_posting
from tests.paper import pages
from tests.reports.steps import LAST_MONTH, ask, be_there, caller_of, stamp


def order(phone: Phone, *, kind: str = "residency", form: str = "csv", **place: Any) -> Any:
    body = {"kind": kind, "month": str(LAST_MONTH), "format": form}
    return phone.post("/reports/jobs", {**body, **{name: str(each.id) for name, each in place.items()}})


def state_of(phone: Phone, answer: Any) -> Any:
    return phone.get(f"/reports/jobs/{answer.json['id']}").json


def file_of(phone: Phone, answer: Any) -> Any:
    return phone.get(f"/reports/jobs/{answer.json['id']}/file")


def actions() -> list[str]:
    found = db.session.scalars(
        select(AuditEntry.action).where(AuditEntry.action.startswith("report.")).order_by(AuditEntry.at)
    )
    return list(found)


# -- from the question to the file --------------------------------------------------------------


def test_a_report_is_asked_for_made_and_fetched(world, work):
    be_there(world, "secretary", 3, 4)
    office = Phone(world.county_office)
    answer = order(office, area=world.county)
    assert (answer.status_code, answer.json["state"], answer.json["percent"]) == (202, "waiting", 0)
    early = file_of(office, answer)
    assert (early.status_code, early.json["error"]["code"]) == (409, "job_not_done")
    work()
    done = state_of(office, answer)
    assert (done["state"], done["percent"], done["error_code"]) == ("done", 100, None)
    made, at_once = file_of(office, answer), ask(office, area=world.county, form="csv")
    assert (made.status_code, made.mimetype) == (200, "text/csv")
    assert _rows(made.data)[:-1] == _rows(at_once.data)[:-1], "but for the instant in the last line"
    assert actions() == ["report.ask", "report.make", "report.fetch", "report.export"]


def _rows(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("form", ["csv", "xlsx", "pdf"])
def test_a_large_report_is_what_the_small_one_would_be(world, work, monkeypatch, form):
    monkeypatch.setattr("reports.residency.LARGE_PEOPLE", 1)
    city = Phone(world.city_org)
    answer = ask(city, area=world.city, form=form)
    assert answer.status_code == 202
    work()
    made = file_of(city, answer)
    assert made.status_code == 200 and made.data
    assert made.headers["Content-Disposition"].startswith("attachment")


def test_a_county_s_stamped_sheets_come_in_one_archive(world, work):
    be_there(world, "secretary", 3, 4)
    stamp(world)
    office = Phone(world.county_office)
    answer = order(office, kind="sheets_zip", form="pdf", area=world.county)
    work()
    made = file_of(office, answer)
    assert (made.status_code, made.mimetype) == (200, "application/zip")
    archive = ZipFile(io.BytesIO(made.data))
    (path,) = archive.namelist()
    assert path == f"甲一乡/杨梅村-{world.village.code}-{LAST_MONTH}-1.pdf"
    (page,) = pages(archive.read(path))
    assert "驻村干部考勤表" in page and "曾福生" in page and "第1版" in page


def test_a_unit_s_archive_holds_the_lines_of_its_own_people(world, work):
    stamp(world)
    clerk = Phone(world.unit_clerk)
    answer = order(clerk, kind="sheets_zip", form="pdf", area=world.county)
    work()
    archive = ZipFile(io.BytesIO(file_of(clerk, answer).data))
    (page,) = pages(archive.read(archive.namelist()[0]))
    assert "曾福生" in page and "钟秋香" not in page and "节录" in page


def test_a_name_of_a_village_leads_nowhere_else(world, work):
    world.village.name = "../../etc/passwd"
    with transaction():
        db.session.add(world.village)
    stamp(world)
    office = Phone(world.county_office)
    answer = order(office, kind="sheets_zip", form="pdf", area=world.township)
    work()
    (path,) = ZipFile(io.BytesIO(file_of(office, answer).data)).namelist()
    assert path.count("/") == 1 and ".." not in path.split("/")


def test_a_month_without_a_stamp_says_so(world, work):
    office = Phone(world.county_office)
    answer = order(office, kind="sheets_zip", form="pdf", area=world.county)
    work()
    failed = state_of(office, answer)
    assert (failed["state"], failed["error_code"]) == ("failed", "nothing_stamped")
    assert file_of(office, answer).status_code == 409
    assert actions() == ["report.ask", "report.fail"]


def test_progress_is_told_after_every_few_sheets(world, monkeypatch):
    for village in (world.village, world.village_2, world.village_of_township_2):
        put_sheet(village, SheetState.STAMPED)
    told: list[int] = []
    monkeypatch.setattr(sheets_zip, "AT_ONCE", 1)
    content = sheets_zip.zip_sheets(
        caller=caller_of(world.county_office),
        area=world.county,
        month=LAST_MONTH,
        verify_url="",
        tell=told.append,
    )
    assert told == [33, 66, 99]
    folders = [path.split("/")[0] for path in ZipFile(io.BytesIO(content)).namelist()]
    assert folders == ["甲二镇", "甲一乡", "甲一乡"]


# -- whose it is --------------------------------------------------------------------------------


def test_a_job_is_its_asker_s_alone(world, work):
    answer = order(Phone(world.county_office), area=world.county)
    work()
    for other in (world.county_group, world.township_clerk, world.city_org):
        assert Phone(other).get(f"/reports/jobs/{answer.json['id']}").status_code == 404
        assert file_of(Phone(other), answer).status_code == 404
    assert Phone(world.member).get(f"/reports/jobs/{answer.json['id']}").status_code == 403
    assert Phone(world.county_office).get(f"/reports/jobs/{uuid4()}").status_code == 404


def test_who_has_left_the_office_meanwhile_gets_nothing(world, work):
    answer = order(Phone(world.township_clerk), area=world.township)
    _end_offices(world.township_clerk)
    make_posting(world.township_clerk, world.village_b, world.unit)
    work()
    job = db.session.get(ReportJob, (world.county.id, UUID(answer.json["id"])))
    assert (job.state, job.error_code) == ("failed", "area_not_found")


def test_who_holds_nothing_any_more_gets_nothing(world, work):
    answer = order(Phone(world.township_clerk), area=world.township)
    _end_offices(world.township_clerk)
    work()
    job = db.session.get(ReportJob, (world.county.id, UUID(answer.json["id"])))
    assert (job.state, job.error_code) == ("failed", "forbidden")


def test_who_moves_to_another_office_no_longer_fetches_what_was_made(world, work):
    clerk = Phone(world.township_clerk)
    answer = order(clerk, area=world.township)
    work()
    assert file_of(clerk, answer).status_code == 200
    _end_offices(world.township_clerk)
    make_office(world.township_clerk, Role.TOWNSHIP_CLERK, area=world.township_2)
    assert file_of(clerk, answer).status_code == 404


def _end_offices(person: Any) -> None:
    with transaction():
        db.session.execute(
            update(Office).where(Office.person_id == person.id).values(last_day=today() - timedelta(days=1))
        )


def test_what_lies_elsewhere_is_not_asked_for(world):
    clerk = Phone(world.township_clerk)
    assert order(clerk, area=world.township_2).status_code == 404
    assert order(clerk, kind="sheets_zip", form="pdf", unit=world.unit).status_code == 422
    assert order(clerk, kind="sheets_zip", form="xlsx", area=world.township).status_code == 422
    assert order(Phone(world.city_org), area=world.city).status_code == 403


# -- once, again, for a week --------------------------------------------------------------------


def test_the_same_asked_for_eight_times_at_once_is_one_job(world):
    phones = [Phone(world.county_office) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda phone: order(phone, area=world.county), phones))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json["id"] for answer in answers}) == 1
    with db.engine.connect() as connection:
        waiting = connection.execute(
            text(f"SELECT count(*) FROM {SCHEMA}.procrastinate_jobs WHERE task_name = 'reports.make'")
        )
        assert waiting.scalar() == 1


def test_asked_for_again_later_it_is_made_anew(world, work):
    office = Phone(world.county_office)
    first = order(office, area=world.county)
    work()
    assert order(office, area=world.county).json["id"] != first.json["id"]


def test_a_job_run_twice_is_made_once(world, work):
    office = Phone(world.county_office)
    answer = order(office, area=world.county)
    work()
    finished = state_of(office, answer)
    make(county_id=world.county.id, job_id=UUID(answer.json["id"]))
    assert state_of(office, answer) == finished
    assert actions() == ["report.ask", "report.make"]


def test_a_job_whose_worker_was_killed_is_made_by_the_next(world, work):
    office = Phone(world.county_office)
    answer = order(office, area=world.county)
    with transaction():
        db.session.execute(update(ReportJob).values(state="running", percent=40))
    work()
    assert state_of(office, answer)["state"] == "done"


def test_a_fault_is_told_and_is_no_secret_of_the_server(world, monkeypatch):
    office = Phone(world.county_office)
    answer = order(office, area=world.county)

    def break_down(**_: Any) -> None:
        raise RuntimeError("disk on fire")

    monkeypatch.setattr(long_work, "residency", break_down)
    with pytest.raises(RuntimeError):
        make(county_id=world.county.id, job_id=UUID(answer.json["id"]))
    failed = state_of(office, answer)
    assert (failed["state"], failed["error_code"]) == ("failed", "internal")
    assert "fire" not in str(failed)


def test_a_file_is_kept_for_a_week_and_then_forgotten(world, work):
    office = Phone(world.county_office)
    answer = order(office, area=world.county)
    work()
    assert forget_old_jobs(now=now() + timedelta(days=6)) == 0
    with transaction():
        db.session.execute(update(ReportJob).values(expires_at=now() - timedelta(minutes=1)))
    assert file_of(office, answer).status_code == 404, "the night has not come yet"
    assert forget_old_jobs(now=now()) == 1
    assert db.session.query(ReportJob).count() == 0


def test_what_nobody_carried_out_in_a_day_is_forgotten_too(world):
    order(Phone(world.county_office), area=world.county)
    assert forget_old_jobs(now=now() + timedelta(hours=23)) == 0
    assert forget_old_jobs(now=now() + timedelta(hours=25)) == 1


def test_the_worker_s_rights_are_those_of_the_phone(world):
    """The caller made for the worker holds what the gate would find."""
    person = make_person("刘兼任")
    make_office(person, Role.VILLAGE_SECRETARY, area=world.village)
    make_office(person, Role.UNIT_CLERK, unit=world.unit, last_day=today() - timedelta(days=1))
    make_posting(person, world.village_2, world.unit)
    caller = caller_without_session(person.id, now=now())
    assert caller is not None
    assert {(holding.role, holding.area_id, holding.unit_id) for holding in caller.holdings} == {
        ("village_secretary", world.village.id, None),
        ("member", world.village_2.id, None),
    }
    assert caller_without_session(uuid4(), now=now()) is None
