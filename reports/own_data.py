"""Everything stored about one person, and who did something to it (PIPL 45; security J6, J9).

Which tables and columns that are is read from the schema (``person_columns``), not listed here.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    LargeBinary,
    Select,
    Table,
    or_,
    select,
)

from attendance.models import Sheet, SheetVersion
from identity.login import cipher
from identity.scope import Caller
from kernel import audit
from kernel.audit import NO_COUNTY, AuditEntry
from kernel.database import Base, any_of, db, transaction
from leave.requests import REASON
from org.models import Area, Level, Person, Posting
from oversight.sealing import ANSWER
from reports.person_columns import (
    IS_ABOUT,
    RECORD_OF_CHANGES,
    WITHHELD,
    Held,
    is_person,
    tables_that_hold_a_person,
)
from roster.rotation_cases import REASON as ROTATION_REASON

SEALED = {
    "people.phone_sealed": ("phone", "phone"),
    "leaves.reason_sealed": ("reason", REASON),
    "rotations.reason_sealed": ("reason", ROTATION_REASON),
    "findings.answer_sealed": ("answer", ANSWER),
    "recall_cases.answer_sealed": ("answer", ANSWER),
}
"""Sealed columns a person may read of their own rows: under which name, and the field they are sealed as."""
OWN_ACTIONS_FOR = timedelta(days=180)
MOST_ROWS = 20_000
"""Of one table; more than anybody gathers in a term."""


@dataclass(frozen=True, slots=True)
class OwnTable:
    """The rows of one table that are about a person: a header and the values of each row."""

    table: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Deed:
    """A row of others' that the person had a part in: which, as what, when."""

    table: str
    row_id: UUID
    part: str
    at: datetime | date | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the record of changes."""

    at: datetime
    action: str
    by: str | None


@dataclass(frozen=True, slots=True)
class OwnData:
    """Everything stored about a person."""

    made_at: datetime
    tables: list[OwnTable]
    deeds: list[Deed]
    looked_at: list[Entry]
    """Who else did something to these rows, the latest first."""
    own_actions: list[Entry]


def own_data(caller: Caller) -> OwnData:
    """Return everything stored about the caller, nobody else's; that it was asked for is put on record."""
    with transaction():
        counties = [NO_COUNTY, *db.session.scalars(select(Area.id).where(Area.level == Level.COUNTY))]
        held = [
            each for each in tables_that_hold_a_person(Base.metadata) if each.table.name != RECORD_OF_CHANGES
        ]
        found = OwnData(
            made_at=caller.now,
            tables=[_own_rows(each, caller, counties) for each in held if each.is_own],
            deeds=[deed for each in held if each.doers for deed in _deeds(each, caller, counties)],
            looked_at=[],
            own_actions=_own_actions(caller, counties),
        )
        found.tables.append(_own_sheet_lines(caller))
        found.looked_at.extend(_looked_at(found.tables, caller))
        audit.record("own_data.read", now=caller.now, actor_id=caller.person_id, subject_id=caller.person_id)
    return found


# -- own rows -------------------------------------------------------------------------------------


def _own_rows(held: Held, caller: Caller, counties: list[UUID]) -> OwnTable:
    shown = [column for column in held.table.columns if _is_shown(column)]
    where = [column == caller.person_id for column in held.about]
    where += [column.in_(_ids_about(parent, caller, counties)) for column, parent in held.through]
    statement = select(*shown).where(or_(*where), *_in(counties, held.table)).limit(MOST_ROWS)
    if "id" in held.table.c:
        statement = statement.order_by(held.table.c.id)
    names = [_name(column) for column in shown]
    rows = [
        [_value(column, value, row, caller) for column, value in zip(shown, row, strict=True)]
        for row in db.session.execute(statement)
    ]
    return OwnTable(held.table.name, names, rows)


def _is_shown(column: Column[Any]) -> bool:
    full_name = f"{column.table.name}.{column.name}"
    if full_name in SEALED:
        return True
    return not isinstance(column.type, LargeBinary) and full_name not in WITHHELD


def _name(column: Column[Any]) -> str:
    return SEALED.get(f"{column.table.name}.{column.name}", (column.name,))[0]


def _value(column: Column[Any], value: Any, row: Any, caller: Caller) -> Any:
    """Return a value as its person may see it: opened where it is sealed, hidden where it names another."""
    full_name = f"{column.table.name}.{column.name}"
    if full_name in SEALED and value is not None:
        return cipher().decrypt(value, field=SEALED[full_name][1], row_id=row._mapping[column.table.c.id])
    if is_person(column) and value != caller.person_id:
        return None
    return value


def _ids_about(parent: Table, caller: Caller, counties: list[UUID]) -> Select[Any]:
    about = [column for column in parent.columns if column.name in IS_ABOUT and is_person(column)]
    return select(parent.c.id).where(
        or_(*(column == caller.person_id for column in about)), *_in(counties, parent)
    )


def _in(counties: list[UUID], table: Table) -> list[ColumnElement[bool]]:
    """Name the counties where a key begins with them, so that the index is used."""
    is_fact = "county_id" in table.primary_key.columns
    return [table.c.county_id.in_(counties)] if is_fact else []


def _own_sheet_lines(caller: Caller) -> OwnTable:
    """Return the caller's own lines of the stamped sheets, in which everybody of the village stands."""
    villages = select(Posting.village_id).where(Posting.person_id == caller.person_id)
    versions = db.session.execute(
        select(Sheet.month, SheetVersion.number, SheetVersion.check_code, SheetVersion.content)
        .join(Sheet, (Sheet.county_id == SheetVersion.county_id) & (Sheet.id == SheetVersion.sheet_id))
        .where(Sheet.village_id.in_(villages))
        .order_by(Sheet.month, SheetVersion.number)
        .limit(MOST_ROWS)
    )
    rows = [
        [month, number, check_code, line]
        for month, number, check_code, content in versions
        for line in content["rows"]
        if line["person_id"] == str(caller.person_id)
    ]
    return OwnTable(SheetVersion.__tablename__, ["month", "number", "check_code", "line"], rows)


# -- what the person did --------------------------------------------------------------------------


def _deeds(held: Held, caller: Caller, counties: list[UUID]) -> list[Deed]:
    """Return the rows that name the caller as who did something; of the row itself no more than when."""
    table = held.table
    whens = [_when(column) for column in held.doers]
    statement = (
        select(table.c.id, *held.doers, *(when for when in whens if when is not None))
        .where(or_(*(column == caller.person_id for column in held.doers)), *_in(counties, table))
        .order_by(table.c.id)
        .limit(MOST_ROWS)
    )
    return [
        Deed(
            table=table.name,
            row_id=row._mapping[table.c.id],
            part=column.name,
            at=None if when is None else row._mapping[when],
        )
        for row in db.session.execute(statement)
        for column, when in zip(held.doers, whens, strict=True)
        if row._mapping[column] == caller.person_id
    ]


def _when(column: Column[Any]) -> Column[Any] | None:
    """Return the column that says when it was done: ``made_at`` beside ``made_by``, ``found_on`` by ``found_by``."""
    stem = column.name.removesuffix("_by")
    names = [f"{stem}_at", f"{stem}_on"]
    return next((column.table.c[name] for name in names if name in column.table.c), None)


def _own_actions(caller: Caller, counties: list[UUID]) -> list[Entry]:
    since = caller.now - OWN_ACTIONS_FOR
    rows = db.session.execute(
        select(AuditEntry.at, AuditEntry.action)
        .where(
            AuditEntry.county_id.in_(counties),
            AuditEntry.actor_id == caller.person_id,
            AuditEntry.at >= since,
        )
        .order_by(AuditEntry.at.desc())
        .limit(MOST_ROWS)
    )
    return [Entry(at, action, None) for at, action in rows]


# -- who looked -----------------------------------------------------------------------------------


def _looked_at(tables: Sequence[OwnTable], caller: Caller) -> list[Entry]:
    """Return who else is on record with the caller or one of the caller's own rows."""
    ids = {caller.person_id, *_all(tables, "id")}
    places = {*_all(tables, "village_id"), *_all(tables, "area_id")}
    of_places = db.session.scalars(select(Area.county_id).where(Area.id.in_(places)).distinct())
    counties = {NO_COUNTY, *_all(tables, "county_id"), *of_places} - {None}
    any_of_them = any_of(ids)
    rows = db.session.execute(
        select(AuditEntry.at, AuditEntry.action, Person.name)
        .outerjoin(Person, Person.id == AuditEntry.actor_id)
        .where(
            AuditEntry.county_id.in_(counties),
            AuditEntry.subject_id == any_of_them,
            AuditEntry.actor_id.is_distinct_from(caller.person_id),
        )
        .order_by(AuditEntry.at.desc())
        .limit(MOST_ROWS)
    )
    return [Entry(at, action, name) for at, action, name in rows]


def _all(tables: Iterable[OwnTable], column: str) -> Iterator[UUID]:
    for each in tables:
        if column in each.columns:
            place = each.columns.index(column)
            yield from (row[place] for row in each.rows)
