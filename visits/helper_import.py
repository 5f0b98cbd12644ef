"""Importing a township's list of helpers (Article 11)."""

from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from identity.login import cipher
from identity.permissions import Permission
from identity.scope import Caller, get_area
from kernel import audit
from kernel.database import db, transaction
from kernel.errors import Conflict, Refusal
from kernel.periods import day_of
from kernel.spreadsheet import RowError, read_table
from org.models import Area, DispatchingUnit, Level, Person
from visits.helper_entries import (
    HELPER_COLUMNS,
    NAME,
    PHONE,
    UNIT,
    VILLAGE,
    HelperEntry,
    read_helper,
)
from visits.models import Helper

ERRORS_SHOWN = 200


@dataclass(slots=True)
class HelperImport:
    """What an import does to the list of helpers, or why it cannot."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    errors: list[RowError] = field(default_factory=list)


class _List:
    """A township's list, and what a file makes of it; read in four statements."""

    def __init__(self, township: Area, entries: list[HelperEntry]) -> None:
        self.township = township
        self.lookups = {entry.phone: cipher().lookup(entry.phone, field="phone") for entry in entries}
        people = select(Person).where(Person.phone_lookup.in_(list(self.lookups.values())))
        self.people = {bytes(person.phone_lookup): person for person in db.session.scalars(people)}
        villages = select(Area).where(
            Area.township_id == township.id, Area.level == Level.VILLAGE, Area.last_day.is_(None)
        )
        self.villages = {village.name: village.id for village in db.session.scalars(villages)}
        units = select(DispatchingUnit).where(DispatchingUnit.name.in_({entry.unit for entry in entries}))
        self.units = {unit.name: unit.id for unit in db.session.scalars(units)}
        running = select(Helper).where(
            Helper.county_id == township.county_id,
            Helper.township_id == township.id,
            Helper.last_day.is_(None),
        )
        self.standing = {helper.person_id: helper for helper in db.session.scalars(running)}
        self.added: list[dict[str, Any]] = []
        self.changed: list[dict[str, Any]] = []
        self.unchanged = 0
        self._rows: dict[UUID, int] = {}

    def take(self, entry: HelperEntry, caller: Caller) -> RowError | None:
        """Work one entry in; return what is wrong with it if it does not fit."""
        person = self.people.get(self.lookups[entry.phone])
        if person is None:
            return RowError(entry.row, PHONE, "not_on_roster", "此人不在名册中，请先由县驻村办导入名册")
        if person.name != entry.name:
            return RowError(entry.row, NAME, "name_differs", "姓名与名册不一致")
        if person.id in self._rows:
            return RowError(entry.row, "", "row_doubled", f"与第 {self._rows[person.id]} 行重复")
        if entry.village and entry.village not in self.villages:
            return RowError(entry.row, VILLAGE, "area_unknown", f"本乡镇没有“{entry.village}”")
        if entry.unit and entry.unit not in self.units:
            return RowError(entry.row, UNIT, "unit_unknown", "单位不在册，请写全称")
        self._rows[person.id] = entry.row
        self._put(person, entry, caller)
        return None

    def _put(self, person: Person, entry: HelperEntry, caller: Caller) -> None:
        said = {
            "rank": int(entry.rank),
            "order_no": entry.order_no,
            "village_id": self.villages.get(entry.village),
            "unit_id": self.units.get(entry.unit),
        }
        standing = self.standing.get(person.id)
        if standing is None:
            key = {"county_id": self.township.county_id, "id": uuid4(), "township_id": self.township.id}
            made = {"first_day": day_of(caller.now), "added_by": caller.person_id, "added_at": caller.now}
            self.added.append({**key, "person_id": person.id, **said, **made})
        elif any(getattr(standing, name) != value for name, value in said.items()):
            self.changed.append({"county_id": standing.county_id, "id": standing.id, **said})
        else:
            self.unchanged += 1


def import_helpers(data: bytes, *, caller: Caller, township_id: UUID, dry_run: bool) -> HelperImport:
    """Bring a township's list of helpers to what the file says, all of it or nothing; who is missing stays.

    A dry run writes nothing and answers every bad row; otherwise any bad row is the Refusal
    `helpers_have_errors`.
    """
    township = get_area(township_id, caller, Permission.PAIR, level=Level.TOWNSHIP)
    table = read_table(data, columns=HELPER_COLUMNS)
    read = [read_helper(row) for row in table.rows]
    entries = [entry for entry, _ in read if entry]
    errors = [*table.errors, *(error for _, found in read for error in found)]
    with transaction():
        of_township = _List(township, entries)
        errors += [error for entry in entries if (error := of_township.take(entry, caller))]
        errors.sort(key=lambda error: error.row)
        if not dry_run:
            _write(of_township, errors)
        result = HelperImport(len(of_township.added), len(of_township.changed), of_township.unchanged, errors)
        audit.record(
            "helper.check" if dry_run else "helper.import",
            now=caller.now,
            county_id=township.county_id or audit.NO_COUNTY,
            actor_id=caller.person_id,
            subject_id=township.id,
            added=result.added,
            changed=result.changed,
            errors=len(errors),
        )
    return result


def _write(of_township: _List, errors: list[RowError]) -> None:
    if errors:
        raise Refusal(
            "helpers_have_errors",
            f"表中有 {len(errors)} 处错误，一行也没有导入",
            count=len(errors),
            errors=[asdict(error) for error in errors[:ERRORS_SHOWN]],
        )
    try:
        if of_township.changed:
            db.session.execute(update(Helper), of_township.changed)
        if of_township.added:
            db.session.execute(insert(Helper), of_township.added)
    except IntegrityError as error:
        raise Conflict("helpers_changed", "帮扶干部名册刚被他人修改，请重新导入") from error
