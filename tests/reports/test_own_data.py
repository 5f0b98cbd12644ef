"""Everything stored about one person, and nobody else (security J6)."""

import json
from collections.abc import Iterator
from io import BytesIO
from uuid import UUID, uuid4

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import Column, ForeignKey, MetaData, Table, Uuid, select, update

from attendance.models import SheetState, SheetVersion
from kernel import audit
from kernel.audit import AuditEntry
from kernel.clock import now
from kernel.database import Base, db, transaction
from leave.policy import LeaveState
from oversight.duty_policy import DutyCode
from pictures.policy import MarkKind
from reports.person_columns import RECORD_OF_CHANGES, is_person, tables_that_hold_a_person
from tests.contract.calls import put_sheet
from tests.factories import (
    MIDDLE,
    Phone,
    make_duty_event,
    make_helper,
    make_household,
    make_leave,
    make_pairing,
    make_photo,
    make_problem,
    make_visit,
)

NOTE = "户主说腿疼"
"""Told of a family on a visit: theirs, whoever wrote it down."""


def _fill(world) -> None:
    """Let two people of two counties leave something in as many tables as the factories reach."""
    for name, village, township, county in (
        ("secretary", world.village, world.township, world.county),
        ("secretary_b", world.village_b, world.township_b, world.county_b),
    ):
        person = getattr(world, name)
        Phone(person).check_in(MIDDLE)
        _say(person)
        family = make_household(village)
        make_pairing(family, person)
        visit = make_visit(family, person, note=NOTE)
        make_photo(visit, mark=MarkKind.NEAR)
        make_problem(visit, NOTE)
        make_leave(world.postings[name], county=county, state=LeaveState.APPROVED)
        make_duty_event(DutyCode.COUNTY_TRAINING, person=person, village=village, by=person)
        make_helper(person, township)


def _say(person) -> None:
    said = Phone(person).post("/feedback", {"client_key": str(uuid4()), "text": "说一句"})
    assert said.status_code == 201


def _data(person, query=""):
    return _read(Phone(person), query)


def _read(phone, query=""):
    answer = phone.get(f"/me/data{query}")
    assert answer.status_code == 200, answer.json
    return answer.json


def _table(data, name):
    """The rows of one table as dictionaries."""
    [table] = [each for each in data["tables"] if each["table"] == name]
    return [dict(zip(table["columns"], row, strict=True)) for row in table["rows"]]


def _columns() -> Iterator[Column]:
    for table in Base.metadata.sorted_tables:
        if table.name != RECORD_OF_CHANGES:
            yield from (column for column in table.columns if is_person(column))


def _ids_naming(person_id: UUID) -> set[tuple[str, str]]:
    """Ask each column that names a person, one by one, apart from the code under test."""
    return {
        (column.table.name, str(row_id))
        for column in _columns()
        for row_id in db.session.scalars(select(column.table.c.id).where(column == person_id))
    }


def _ids_told(data) -> set[tuple[str, str]]:
    own = {
        (table["table"], row[table["columns"].index("id")])
        for table in data["tables"]
        if "id" in table["columns"]
        for row in table["rows"]
    }
    return own | {(deed["table"], deed["id"]) for deed in data["deeds"]}


def test_every_row_that_names_me_is_there(world):
    _fill(world)
    with transaction():
        expected = _ids_naming(world.secretary.id)
    assert len({table for table, _ in expected}) >= 10
    told = _ids_told(_data(world.secretary))
    assert expected - told == set()
    assert ("people", str(world.secretary.id)) in told


def test_nothing_of_anybody_else_is_there(world):
    _fill(world)
    put_sheet(world.village, SheetState.STAMPED)
    data = _data(world.secretary)
    del data["looked_at"]
    text = json.dumps(data, ensure_ascii=False)
    others = [person for person in world.people.values() if person.id != world.secretary.id]
    assert [each.name for each in others if str(each.id) in text or f'"{each.name}"' in text] == []
    assert NOTE not in text
    assert _ids_told(data) & _ids_told(_data(world.secretary_b)) == set()


def test_my_phone_and_my_reasons_are_readable_to_me_and_no_secret_is(world):
    _fill(world)
    data = _data(world.secretary)
    [me], [leave] = _table(data, "people"), _table(data, "leaves")
    assert me["phone"].isdigit()
    assert leave["reason"]
    assert "latitude_deg" in _table(data, "checkins")[0]
    columns = {column for table in data["tables"] for column in table["columns"]}
    assert not [name for name in columns if "sha256" in name or "sealed" in name or "lookup" in name]
    assert not columns & {"distance_m", "content", "picture_key"}
    notes = {table["table"] for table in data["tables"] if "note" in table["columns"]}
    assert notes == {"duty_events"}  # what an office wrote of a training; what families told stays theirs


def test_what_hangs_on_a_row_of_mine_is_there(world):
    _fill(world)
    data = _data(world.secretary)
    [photo], [mark] = _table(data, "photos"), _table(data, "photo_marks")
    assert mark["photo_id"] == photo["id"]


def test_of_a_stamped_sheet_i_get_my_line_alone(world):
    put_sheet(world.village, SheetState.STAMPED)
    lines = [{"person_id": str(person.id), "name": person.name} for person in (world.secretary, world.member)]
    with transaction():
        db.session.execute(update(SheetVersion).values(content={"rows": lines}))
    [row] = _table(_data(world.secretary), "sheet_versions")
    assert json.loads(row["line"])["person_id"] == str(world.secretary.id)


def test_who_else_touched_my_rows_is_named(world):
    with transaction():
        audit.record(
            "attendance.correct",
            now=now(),
            county_id=world.county.id,
            actor_id=world.township_clerk.id,
            subject_id=world.postings["secretary"].id,
        )
        audit.record("binding.end", now=now(), actor_id=None, subject_id=world.secretary.id)
    entries = _data(world.secretary)["looked_at"]
    assert {(entry["text"], entry["by"]) for entry in entries} == {
        ("补登或更正考勤", world.township_clerk.name),
        ("解除微信绑定", None),
    }
    assert _data(world.member)["looked_at"] == []


def test_that_i_asked_is_on_record(world):
    _data(world.secretary)
    statement = select(AuditEntry.actor_id).where(AuditEntry.action == "own_data.read")
    assert list(db.session.scalars(statement)) == [world.secretary.id]


def test_the_short_answer_counts_the_same_rows(world):
    _fill(world)
    phone = Phone(world.secretary)
    short, whole = _read(phone, "?rows=false"), _read(phone)
    counts = [{table["table"]: table["count"] for table in data["tables"]} for data in (short, whole)]
    assert counts[0] == counts[1]
    assert not any(table["rows"] for table in short["tables"])


def test_the_file_holds_what_the_answer_holds(world):
    _fill(world)
    phone = Phone(world.secretary)
    data, answer = _read(phone), phone.get("/me/data?format=xlsx")
    assert answer.status_code == 200
    book = CalamineWorkbook.from_filelike(BytesIO(answer.data))
    for table in data["tables"]:
        if table["rows"]:
            sheet = book.get_sheet_by_name(table["title"]).to_python()
            assert len(sheet) == 1 + len(table["rows"])
    [[title, *_], *_] = book.get_sheet_by_name("我的数据").to_python()
    assert world.secretary.name in title


def test_the_number_of_statements_does_not_grow_with_the_rows(world, statements):
    _fill(world)
    _data(world.secretary)
    statements.clear()
    _data(world.secretary)
    few = len(statements)
    for _ in range(5):
        _say(world.secretary)
    statements.clear()
    _data(world.secretary)
    assert len(statements) == few


# -- the schema tells -------------------------------------------------------------------------------


@pytest.fixture
def new_schema() -> MetaData:
    metadata = MetaData()
    Table("people", metadata, Column("id", Uuid, primary_key=True))
    return metadata


@pytest.mark.parametrize("name", ["person_id", "invented_by"])
def test_a_new_table_with_a_key_to_people_is_found(new_schema, name):
    key = Column("id", Uuid, primary_key=True)
    table = Table("inventions", new_schema, key, Column(name, Uuid, ForeignKey("people.id")))
    [held] = [each for each in tables_that_hold_a_person(new_schema) if each.table is table]
    assert held.is_own == (name == "person_id")
    assert [column.name for column in (held.about or held.doers)] == [name]


def test_a_new_table_that_names_who_did_it_without_a_key_is_found(new_schema):
    Table("inventions", new_schema, Column("id", Uuid, primary_key=True), Column("made_by", Uuid))
    found = {each.table.name: each for each in tables_that_hold_a_person(new_schema)}
    assert [column.name for column in found["inventions"].doers] == ["made_by"]


def test_a_new_table_on_a_row_of_mine_is_found(new_schema):
    key, person = Column("id", Uuid, primary_key=True), Column("person_id", Uuid, ForeignKey("people.id"))
    Table("inventions", new_schema, key, person)
    Table("claims", new_schema, Column("id", Uuid), Column("to", Uuid, ForeignKey("inventions.id")))
    [held] = [each for each in tables_that_hold_a_person(new_schema) if each.table.name == "claims"]
    assert held.is_own
