"""Importing the roster: people, where they are posted (Articles 2–7), and the offices they hold."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import any_, insert, literal, or_, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import IntegrityError
from sqlalchemy.types import LargeBinary, Text

from identity.login import cipher
from identity.models import Office
from kernel import audit
from kernel.crypto import FieldCipher
from kernel.database import any_of, db, transaction
from kernel.errors import Conflict, Refusal
from kernel.periods import day_of
from kernel.spreadsheet import RowError, read_table
from org.models import Area, DispatchingUnit, Level, Person, Posting, PostingRole, sort_key
from org.policy import Grade, Qualification, UnitKind, speaks_against
from roster.entries import (
    FIRST_DAY,
    LAST_DAY,
    NAME,
    ROLE,
    ROSTER_COLUMNS,
    UNIT,
    UNIT_KIND,
    Entry,
    Seat,
    read_entry,
)
from roster.gazetteer import BadCell, Gazetteer, Place

ERRORS_SHOWN = 200
NOTHING_KNOWN = Qualification(None, None, None)


@dataclass(slots=True)
class RosterImport:
    """What an import does to the roster, or why it cannot; ``dates_changed`` counts new end dates.

    ``warnings`` are what the policy asks for in principle only, and what the county has overridden.
    """

    people_added: int = 0
    postings_added: int = 0
    offices_added: int = 0
    dates_changed: int = 0
    unchanged: int = 0
    errors: list[RowError] = field(default_factory=list)
    warnings: list[RowError] = field(default_factory=list)


@dataclass(slots=True)
class _Person:
    id: UUID
    name: str
    is_new: bool = False
    known: Qualification = NOTHING_KNOWN
    is_changed: bool = False

    def learn(self, entry: Entry) -> None:
        """Add what the row says of Article 6; what is known and not said again stays."""
        known = Qualification(
            entry.full_member_since or self.known.full_member_since,
            entry.working_since or self.known.working_since,
            entry.grade or self.known.grade,
        )
        self.is_changed |= known != self.known
        self.known = known


@dataclass(slots=True)
class _Unit:
    id: UUID
    kind: UnitKind
    is_new: bool = False


@dataclass(slots=True)
class _Spell:
    """A posting or an office, in the register or about to be; ``row`` is where the file names it."""

    id: UUID
    unit_id: UUID | None
    first_day: date
    last_day: date | None
    row: int | None = None
    is_new: bool = False
    is_changed: bool = False
    entry: Entry | None = None
    findings: Sequence[str] = ()

    @property
    def end(self) -> date:
        return self.last_day or date.max


Spells = dict[tuple[Any, ...], _Spell]
"""Postings by person, role, village, first day; offices by person, role, area, unit, first day."""


@dataclass(slots=True)
class _Register:
    """What the registers hold about those whom the file names, and what the file makes of it."""

    gazetteer: Gazetteer
    within_county: UUID | None
    today: date
    people: dict[str, _Person] = field(default_factory=dict)
    units: dict[str, _Unit] = field(default_factory=dict)
    units_elsewhere: Collection[UUID] = ()
    postings: Spells = field(default_factory=dict)
    offices: Spells = field(default_factory=dict)
    result: RosterImport = field(default_factory=RosterImport)

    def take(self, entry: Entry) -> None:
        """Work one entry in; what does not fit is an error of its row."""
        try:
            self._take(entry)
        except BadCell as bad:
            self.result.errors.append(RowError(entry.row, bad.column, bad.code, bad.message))

    def _take(self, entry: Entry) -> None:
        person = self._person(entry)
        area_id = self.gazetteer.find(entry)
        unit_id = self._unit(entry).id if entry.seat in (Seat.POSTING, Seat.UNIT) else None
        key: tuple[Any, ...] = (person.id, entry.role, area_id, entry.first_day)
        spells = self.postings
        if entry.seat is not Seat.POSTING:
            key, spells = (person.id, entry.role, area_id, unit_id, entry.first_day), self.offices
        spell = spells.get(key)
        if spell is None:
            spells[key] = _Spell(
                uuid4(), unit_id, entry.first_day, entry.last_day, entry.row, is_new=True, entry=entry
            )
        elif spell.row is not None:
            raise BadCell("", "row_doubled", f"与第 {spell.row} 行重复")
        elif spell.unit_id != unit_id:
            raise BadCell(UNIT, "unit_differs", "派出单位与在册的不同")
        else:
            spell.row = entry.row
            spell.is_changed = entry.last_day not in (None, spell.last_day)
            if spell.is_changed and self.within_county and entry.seat is Seat.POSTING:
                raise BadCell(LAST_DAY, "dates_by_rotation", "在册派驻的日期凭批准的轮换变更（第十八条）")
            spell.last_day = entry.last_day or spell.last_day

    def _person(self, entry: Entry) -> _Person:
        person = self.people.setdefault(entry.phone, _Person(uuid4(), entry.name, is_new=True))
        if person.name != entry.name:
            raise BadCell(NAME, "name_differs", "同一手机号已用于另一个姓名")
        person.learn(entry)
        return person

    def _unit(self, entry: Entry) -> _Unit:
        unit = self.units.get(entry.unit)
        if unit is None:
            if entry.unit_kind is None:
                raise BadCell(UNIT_KIND, "unit_kind_missing", "单位第一次出现，须填单位性质")
            unit = self.units[entry.unit] = _Unit(uuid4(), entry.unit_kind, is_new=True)
        if entry.unit_kind not in (None, unit.kind):
            raise BadCell(UNIT_KIND, "unit_kind_differs", "单位性质与在册的或前面的行不同")
        # Who holds an office of a unit sees all its people, also those posted to other counties.
        has_others = unit.kind.is_city_dispatched or unit.id in self.units_elsewhere
        if self.within_county and entry.seat is Seat.UNIT and has_others:
            raise BadCell(UNIT, "outside_county", "该单位有外县人员或属市派单位，其经办人由市里导入")
        return unit

    def judge(self) -> None:
        """Hold each new posting against Articles 5 and 6, once the whole file has said what is known."""
        known = {person.id: person.known for person in self.people.values()}
        for (person_id, *_), spell in self.postings.items():
            entry = spell.entry
            if entry is None:
                continue
            found = speaks_against(
                known[person_id],
                leads=entry.role == PostingRole.FIRST_SECRETARY,
                unit=self.units[entry.unit].kind,
                first_day=entry.first_day,
                is_seconded=entry.is_seconded,
                runs_already=entry.first_day < self.today,
            )
            overridden = found.errors if entry.override_reason else []
            self.result.errors += (
                RowError(entry.row, ROLE, "unqualified", message)
                for message in found.errors
                if not overridden
            )
            spell.findings = [*overridden, *found.warnings]
            self.result.warnings += (
                RowError(entry.row, ROLE, "against_policy", message) for message in spell.findings
            )

    def refuse_overlaps(self) -> None:
        """Nobody is posted to two villages at once, but for the day of a transfer."""
        of_person = defaultdict(list)
        for (person_id, *_), spell in self.postings.items():
            if spell.first_day < spell.end:
                of_person[person_id].append(spell)
        for spells in of_person.values():
            spells.sort(key=lambda spell: spell.first_day)
            before = spells[0]
            for spell in spells[1:]:
                if spell.first_day < before.end:
                    self._refuse_overlap(before, spell)
                before = max(before, spell, key=lambda spell: spell.end)

    def _refuse_overlap(self, before: _Spell, spell: _Spell) -> None:
        row, other = (spell.row, before) if spell.row else (before.row, spell)
        if row is None:
            return
        message = f"与同一人 {other.first_day} 起的派驻重叠，请先填写前一段的结束日期"
        self.result.errors.append(RowError(row, FIRST_DAY, "postings_overlap", message))

    def count(self) -> None:
        """Put the figures of the import together."""
        spells = [*self.postings.values(), *self.offices.values()]
        self.result.people_added = sum(person.is_new for person in self.people.values())
        self.result.postings_added = sum(spell.is_new for spell in self.postings.values())
        self.result.offices_added = sum(spell.is_new for spell in self.offices.values())
        self.result.dates_changed = sum(spell.is_changed for spell in spells)
        self.result.unchanged = sum(
            spell.row is not None and not spell.is_new and not spell.is_changed for spell in spells
        )
        self.result.errors.sort(key=lambda error: error.row)
        self.result.warnings.sort(key=lambda warning: warning.row)


def import_roster(
    data: bytes, *, now: datetime, by: UUID | None, within_county: UUID | None, dry_run: bool
) -> RosterImport:
    """Bring the roster to what the file says, all of it or nothing; rows already carried out change nothing.

    A dry run writes nothing and answers every bad row; otherwise any bad row is the Refusal `roster_has_errors`.
    A row of a known office with another end date changes that date, a row of a known posting only where the
    operator imports it: offices change the dates of a posting by an approved rotation (Article 18). With
    ``within_county`` only people, offices and units of that county are taken.
    """
    table = read_table(data, columns=ROSTER_COLUMNS)
    read = [read_entry(row) for row in table.rows]
    entries = [entry for entry, _ in read if entry]
    with transaction():
        register = _read_register(entries, within_county, day_of(now))
        register.result.errors.extend(table.errors)
        register.result.errors.extend(error for _, errors in read for error in errors)
        for entry in entries:
            register.take(entry)
        register.judge()
        register.refuse_overlaps()
        register.count()
        if not dry_run:
            _write(register)
        _record(register.result, now=now, by=by, within_county=within_county, dry_run=dry_run)
    return register.result


def _read_register(entries: Iterable[Entry], within_county: UUID | None, today: date) -> _Register:
    register = _Register(read_gazetteer(within_county), within_county, today)
    _read_units(register, {entry.unit for entry in entries})
    _read_people(register, {entry.phone for entry in entries})
    person_ids = {person.id for person in register.people.values()}
    for row in db.session.execute(select(Posting).where(Posting.person_id == any_of(person_ids))).scalars():
        spell = _Spell(row.id, row.unit_id, row.first_day, row.last_day)
        register.postings[row.person_id, row.role, row.village_id, row.first_day] = spell
    for office in db.session.execute(select(Office).where(Office.person_id == any_of(person_ids))).scalars():
        spell = _Spell(office.id, office.unit_id, office.first_day, office.last_day)
        key = (office.person_id, office.role, office.area_id, office.unit_id, office.first_day)
        register.offices[key] = spell
    return register


def _array(values: Iterable[Any], kind: Any) -> Any:
    """Return many values as one parameter: a statement takes no more than 65,535 of them."""
    return literal(list(values), ARRAY(kind))


def read_gazetteer(within_county: UUID | None) -> Gazetteer:
    """Return the areas in force, or those of one county, to be found by their names."""
    statement = select(
        Area.id, Area.code, Area.name, Area.level, Area.city_id, Area.county_id, Area.township_id
    ).where(Area.last_day.is_(None))
    if within_county:
        statement = statement.where(Area.county_id == within_county)
    places = (
        Place(row.id, row.code, row.name, Level(row.level), *row[4:]) for row in db.session.execute(statement)
    )
    return Gazetteer(places, within_county=within_county)


def _read_units(register: _Register, names: Iterable[str]) -> None:
    units = db.session.execute(
        select(DispatchingUnit.id, DispatchingUnit.name, DispatchingUnit.kind).where(
            DispatchingUnit.name == any_(_array(names, Text()))
        )
    )
    register.units = {name: _Unit(unit_id, UnitKind(kind)) for unit_id, name, kind in units}
    if register.within_county:
        ids = [unit.id for unit in register.units.values()]
        register.units_elsewhere = set(
            db.session.scalars(
                select(Posting.unit_id)
                .join(Area, Area.id == Posting.village_id)
                .where(
                    Posting.unit_id == any_of(ids),
                    or_(Area.county_id.is_(None), Area.county_id != register.within_county),
                )
                .distinct()
            )
        )


def _read_people(register: _Register, phones: Iterable[str]) -> None:
    phone_of = {cipher().lookup(phone, field="phone"): phone for phone in phones}
    people = db.session.execute(
        select(
            Person.phone_lookup,
            Person.id,
            Person.name,
            Person.full_member_since,
            Person.working_since,
            Person.grade,
        ).where(Person.phone_lookup == any_(_array(phone_of, LargeBinary())))
    )
    register.people = {
        phone_of[bytes(lookup)]: _Person(
            person_id, name, known=Qualification(member_since, working_since, grade and Grade(grade))
        )
        for lookup, person_id, name, member_since, working_since, grade in people
    }


def _write(register: _Register) -> None:
    errors = register.result.errors
    if errors:
        raise Refusal(
            "roster_has_errors",
            f"名册有 {len(errors)} 处错误，一行也没有导入",
            count=len(errors),
            errors=[asdict(error) for error in errors[:ERRORS_SHOWN]],
        )
    try:
        _write_rows(register, cipher())
    except IntegrityError as error:
        if "ex_postings_one_at_a_time" in str(error.orig):
            raise Conflict("postings_overlap", "有人的派驻与他人刚写入的重叠，请重新导入") from error
        raise Conflict("roster_changed", "名册刚被他人修改，请重新导入") from error


def _write_rows(register: _Register, cipher: FieldCipher) -> None:
    # Ends come before beginnings: the database never lets one person be in two villages, not even for a moment.
    _send(update(Posting), [_end(spell) for spell in register.postings.values() if spell.is_changed])
    _send(update(Office), [_end(spell) for spell in register.offices.values() if spell.is_changed])
    _send(
        insert(DispatchingUnit),
        [
            {"id": unit.id, "name": name, "kind": unit.kind}
            for name, unit in register.units.items()
            if unit.is_new
        ],
    )
    _send(
        insert(Person),
        [
            {
                "id": person.id,
                "name": person.name,
                "sort_key": sort_key(person.name),
                "phone_sealed": cipher.encrypt(phone, field="phone", row_id=person.id),
                "phone_lookup": cipher.lookup(phone, field="phone"),
                **asdict(person.known),
            }
            for phone, person in register.people.items()
            if person.is_new
        ],
    )
    _send(
        update(Person),
        [
            {"id": person.id, **asdict(person.known)}
            for person in register.people.values()
            if person.is_changed and not person.is_new
        ],
    )
    _send(
        insert(Posting),
        [
            {
                "person_id": person_id,
                "role": role,
                "village_id": village_id,
                **_term(spell),
                "unit_id": spell.unit_id,
                **_circumstances(spell),
            }
            for (person_id, role, village_id, _), spell in register.postings.items()
            if spell.is_new
        ],
    )
    _send(
        insert(Office),
        [
            {"person_id": person_id, "role": role, "area_id": area_id, "unit_id": unit_id, **_term(spell)}
            for (person_id, role, area_id, unit_id, _), spell in register.offices.items()
            if spell.is_new
        ],
    )


def _end(spell: _Spell) -> dict[str, Any]:
    return {"id": spell.id, "last_day": spell.last_day}


def _term(spell: _Spell) -> dict[str, Any]:
    return {"id": spell.id, "first_day": spell.first_day, "last_day": spell.last_day}


def _circumstances(spell: _Spell) -> dict[str, Any]:
    """Return what Articles 5, 6 and 19 have kept of a new posting."""
    entry = spell.entry
    return {
        "findings": list(spell.findings),
        "home_unit": entry.home_unit if entry and entry.is_seconded else None,
        "party_transfer_on": entry.party_transfer_on if entry else None,
        "override_reason": entry.override_reason if entry and spell.findings else None,
    }


def _send(statement: Any, rows: list[dict[str, Any]]) -> None:
    if rows:
        db.session.execute(statement, rows)


def _record(
    result: RosterImport, *, now: datetime, by: UUID | None, within_county: UUID | None, dry_run: bool
) -> None:
    audit.record(
        "roster.check" if dry_run else "roster.import",
        now=now,
        county_id=within_county or audit.NO_COUNTY,
        actor_id=by,
        people_added=result.people_added,
        postings_added=result.postings_added,
        offices_added=result.offices_added,
        dates_changed=result.dates_changed,
        errors=len(result.errors),
        warnings=len(result.warnings),
    )
