"""Importing a township's list of helpers."""

from io import BytesIO

import pytest
from sqlalchemy import select

from kernel.audit import AuditEntry
from kernel.database import db
from kernel.spreadsheet import read_table
from tests.factories import make_helper, make_person
from visits.helper_entries import HELPER_COLUMNS
from visits.models import Helper

HEADER = ",".join(column.name for column in HELPER_COLUMNS)
PHONE = "13811112222"


@pytest.fixture
def clerk(world, phone):
    make_person("罗光明", PHONE)
    return phone(world.township_clerk)


def upload(phone, township, *lines, dry_run=False):
    form = {
        "file": (BytesIO("\n".join((HEADER, *lines)).encode()), "帮扶干部.csv"),
        "township_id": str(township.id),
        "dry_run": str(dry_run).lower(),
    }
    return phone.post("/helpers/imports", data=form, content_type="multipart/form-data")


def listed():
    db.session.expire_all()
    helpers = db.session.scalars(select(Helper).order_by(Helper.rank))
    return [(helper.rank, helper.order_no, helper.village_id, helper.unit_id) for helper in helpers]


def test_template_reads_back_empty(clerk):
    answer = clerk.get("/helpers/template")
    assert answer.status_code == 200
    assert read_table(answer.data, columns=HELPER_COLUMNS) == ([], [])


@pytest.mark.parametrize(
    ("row", "rank", "village", "unit"),
    [
        (f"罗光明,{PHONE},乡镇党政正职,,,", 1, None, None),
        (f"罗 光 明,{PHONE},后备干部,3,塅垇村,市统计局", 3, None, None),
        (f"罗光明,{PHONE},驻村第一书记,,塅垇村,", 4, "village_2", None),
        (f"罗光明,{PHONE},帮扶单位中层干部,,,市统计局", 9, None, "unit"),
        (f"罗光明,{PHONE},帮扶单位正职,,塅垇村,市统计局", 7, "village_2", "unit"),
    ],
)
def test_a_row_puts_a_person_of_the_roster_on_the_list(world, clerk, row, rank, village, unit):
    assert upload(clerk, world.township, row, dry_run=True).json["added"] == 1
    assert listed() == []
    assert upload(clerk, world.township, row).json["added"] == 1
    order_no = 3 if rank == 3 else 1
    village_id = getattr(world, village).id if village else None
    assert listed() == [(rank, order_no, village_id, getattr(world, unit).id if unit else None)]
    assert upload(clerk, world.township, row).json["unchanged"] == 1
    actions = set(db.session.scalars(select(AuditEntry.action).where(AuditEntry.action.like("helper.%"))))
    assert actions == {"helper.check", "helper.import"}


def test_a_known_helper_is_brought_up_to_date(world, clerk):
    make_helper(world.secretary, world.township, rank=3)
    upload(clerk, world.township, f"罗光明,{PHONE},后备干部,2,,")
    answer = upload(clerk, world.township, f"罗光明,{PHONE},其他乡镇党政领导,1,,")
    assert (answer.json["added"], answer.json["changed"]) == (0, 1)
    assert [row[:2] for row in listed()] == [(2, 1), (3, 1)]


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        (["罗光明,13899998888,乡镇党政正职,,,"], "not_on_roster"),
        ([f"罗小明,{PHONE},乡镇党政正职,,,"], "name_differs"),
        ([f"罗光明,{PHONE},乡长,,,"], "bad_rank"),
        ([f"罗光明,{PHONE},乡镇党政正职,0,,"], "bad_order_no"),
        ([f",{PHONE},乡镇党政正职,,,"], "bad_name"),
        (["罗光明,138,乡镇党政正职,,,"], "bad_phone"),
        ([f"罗光明,{PHONE},常驻队员,,,"], "missing"),
        ([f"罗光明,{PHONE},帮扶单位正职,,,"], "missing"),
        ([f"罗光明,{PHONE},常驻队员,,坪上村,"], "area_unknown"),
        ([f"罗光明,{PHONE},帮扶单位正职,,,无此局"], "unit_unknown"),
        ([f"罗光明,{PHONE},乡镇党政正职,,,"] * 2, "row_doubled"),
    ],
)
def test_a_bad_row_refuses_the_file(world, clerk, rows, code):
    checked = upload(clerk, world.township, *rows, dry_run=True)
    assert {error["code"] for error in checked.json["errors"]} == {code}
    answer = upload(clerk, world.township, *rows)
    assert (answer.status_code, answer.json["error"]["code"]) == (422, "helpers_have_errors")
    assert listed() == []


def test_the_list_of_another_township_is_not_found(world, clerk):
    assert upload(clerk, world.township_2, f"罗光明,{PHONE},乡镇党政正职,,,").status_code == 404
