"""Importing areas from the statistics bureau: a whole edition of its table, or the changes between two."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from kernel import audit
from kernel.database import db, transaction
from kernel.errors import Conflict, Refusal
from kernel.spreadsheet import Column, Limits, Row, RowError, Table, read_table
from org.models import Area, Level, sort_key

EDITION_COLUMNS = (Column("code"), Column("name"), Column("parent_code"), Column("level"))
CHANGE_COLUMNS = (Column("change"), Column("code"), Column("old_name"), Column("new_name"))
LIMITS = Limits(csv_bytes=32 * 1024 * 1024, rows=200_000)
LEVELS = tuple(Level)
CODE_DIGITS = 12
LEVEL_DIGITS = {Level.CITY: 4, Level.COUNTY: 6, Level.TOWNSHIP: 9, Level.VILLAGE: 12}
"""How many digits of a code tell areas of a level apart; the others are zeros."""
ERRORS_SHOWN = 200


@dataclass(slots=True)
class AreaImport:
    """What an import does to the register: the codes of the areas it touches, or why it cannot."""

    added: list[str] = field(default_factory=list)
    renamed: list[str] = field(default_factory=list)
    abolished: list[str] = field(default_factory=list)
    unchanged: int = 0
    errors: list[RowError] = field(default_factory=list)


class _Place(NamedTuple):
    """An area of the register, or one about to be."""

    id: UUID
    code: str
    name: str
    level: Level
    city_id: UUID | None
    county_id: UUID | None
    township_id: UUID | None
    first_day: date | None

    @property
    def line(self) -> dict[Level, UUID | None]:
        """The ids of the area and of all it lies in."""
        line = {Level.CITY: self.city_id, Level.COUNTY: self.county_id, Level.TOWNSHIP: self.township_id}
        return {**line, self.level: self.id}

    @property
    def parent_id(self) -> UUID | None:
        above = _level_above(self.level)
        return self.line[above] if above else None


class _Listed(NamedTuple):
    """An area as a file names it."""

    row: int
    code: str
    name: str
    parent_code: str
    level: Level


class _Register:
    """The areas in force, and what is to become of them."""

    def __init__(self, places: Iterable[_Place]) -> None:
        self.places = {place.code: place for place in places}
        self.known = frozenset(self.places)
        self.bad_codes: set[str] = set()
        self.result = AreaImport()

    def refuse(self, row: int, column: str, code: str, message: str) -> None:
        self.result.errors.append(RowError(row, column, code, message))

    def add(self, listed: _Listed, *, first_day: date | None) -> None:
        """Add an area below its parent, which must be one level up."""
        parent = self.places.get(listed.parent_code)
        if listed.parent_code and parent is None:
            # Below a row that is itself at fault, only that fault is worth telling.
            if listed.parent_code not in self.bad_codes:
                self.refuse(listed.row, "parent_code", "unknown_parent", f"没有上级地区 {listed.parent_code}")
            self.bad_codes.add(listed.code)
            return
        if _level_above(listed.level) != (parent.level if parent else None):
            self.refuse(listed.row, "level", "level_under_parent", "级别与上级地区不衔接")
            self.bad_codes.add(listed.code)
            return
        area_id = uuid4()
        line = {**(parent.line if parent else {}), listed.level: area_id}
        self.places[listed.code] = _Place(
            area_id,
            listed.code,
            listed.name,
            listed.level,
            line.get(Level.CITY),
            line.get(Level.COUNTY),
            line.get(Level.TOWNSHIP),
            first_day,
        )
        self.result.added.append(listed.code)

    def rename(self, place: _Place, name: str) -> None:
        self.places[place.code] = place._replace(name=name)
        self.result.renamed.append(place.code)

    def abolish(self, place: _Place) -> None:
        self.result.abolished.append(place.code)


def _level_above(level: Level) -> Level | None:
    return LEVELS[LEVELS.index(level) - 1] if level != Level.CITY else None


def import_areas(
    data: bytes, *, edition_day: date, now: datetime, by: UUID | None = None, dry_run: bool = False
) -> AreaImport:
    """Bring the register to an edition in force from ``edition_day``; the same edition again changes nothing.

    A file covers what lies below its topmost rows: areas of the register missing there end on the day before.
    Areas registered before any other below those rows began at a day nobody knows. With ``dry_run`` nothing is
    written and bad rows are answered; without, any bad row is a Refusal.
    """
    table = read_table(data, columns=EDITION_COLUMNS, limits=LIMITS)
    listed, errors = _read_edition(table)
    with transaction():
        register = _read_register()
        register.result.errors.extend(errors)
        register.bad_codes.update({row.cells["code"] for row in table.rows} - {area.code for area in listed})
        _compare(register, listed, edition_day)
        _refuse_orphans(register)
        return _settle(register, edition_day=edition_day, now=now, by=by, dry_run=dry_run)


def _read_edition(table: Table) -> tuple[list[_Listed], list[RowError]]:
    errors = list(table.errors)
    listed = []
    times = Counter(row.cells["code"] for row in table.rows)
    for row in table.rows:
        code, name, parent_code, level = (row.cells[column.name] for column in EDITION_COLUMNS)
        if not _is_code(code):
            errors.append(_bad_code(row))
        elif times[code] > 1:
            errors.append(RowError(row.number, "code", "duplicate_code", f"代码 {code} 在文件中重复"))
        elif not name:
            errors.append(RowError(row.number, "name", "name_missing", "没有名称"))
        elif level not in LEVELS:
            errors.append(RowError(row.number, "level", "bad_level", f"级别只能是 {'、'.join(LEVELS)}"))
        else:
            listed.append(_Listed(row.number, code, name, parent_code, Level(level)))
    return listed, errors


def _is_code(code: str) -> bool:
    return len(code) == CODE_DIGITS and code.isascii() and code.isdigit()


def _bad_code(row: Row) -> RowError:
    return RowError(row.number, "code", "bad_code", f"代码须为 {CODE_DIGITS} 位数字")


def _compare(register: _Register, listed: list[_Listed], edition_day: date) -> None:
    codes = {area.code for area in listed}
    roots = {area.code for area in listed if area.parent_code not in codes}
    missing = [place for place in _below(register, roots) if place.code not in codes]
    first_day = edition_day if register.known & codes or missing else None
    for area in sorted(listed, key=lambda area: LEVELS.index(area.level)):
        place = register.places.get(area.code)
        if place is None:
            register.add(area, first_day=first_day)
        elif not _stands_where(register, place, area):
            register.refuse(area.row, "code", "area_moved", f"代码 {area.code} 在册的级别或上级与文件不同")
        elif place.name != area.name:
            register.rename(place, area.name)
        else:
            register.result.unchanged += 1
    for place in missing:
        register.abolish(place)


def _below(register: _Register, codes: set[str]) -> Iterator[_Place]:
    covered = {register.places[code].id for code in codes & register.known}
    for place in register.places.values():
        if place.id not in covered and not covered.isdisjoint(filter(None, place.line.values())):
            yield place


def _stands_where(register: _Register, place: _Place, area: _Listed) -> bool:
    parent = register.places.get(area.parent_code)
    return place.level == area.level and place.parent_id == (parent.id if parent else None)


def import_changes(
    data: bytes, *, edition_day: date, now: datetime, by: UUID | None = None, dry_run: bool = False
) -> AreaImport:
    """Carry out a table of changes in force from ``edition_day``; a change already carried out changes nothing.

    The parent of an added area follows from its code. Errors as with ``import_areas``.
    """
    table = read_table(data, columns=CHANGE_COLUMNS, limits=LIMITS)
    with transaction():
        register = _read_register()
        register.result.errors.extend(table.errors)
        for row in sorted(table.rows, key=lambda row: row.cells["code"]):
            _change(register, row, edition_day)
        _refuse_orphans(register)
        return _settle(register, edition_day=edition_day, now=now, by=by, dry_run=dry_run)


def _change(register: _Register, row: Row, edition_day: date) -> None:
    change, code, old_name, new_name = (row.cells[column.name] for column in CHANGE_COLUMNS)
    if not _is_code(code):
        register.result.errors.append(_bad_code(row))
        return
    place = register.places.get(code)
    match change, place:
        case ("added", None) if new_name:
            level = _level_of(code)
            register.add(
                _Listed(row.number, code, new_name, _parent_code(code, level), level), first_day=edition_day
            )
        case ("removed", None):
            register.result.unchanged += 1
        case ("removed", _Place(name=name)) if name == old_name:
            register.abolish(place)
        case ("added" | "renamed", _Place(name=name)) if name == new_name:
            register.result.unchanged += 1
        case ("renamed", _Place(name=name)) if name == old_name and new_name:
            register.rename(place, new_name)
        case ("added" | "removed" | "renamed", _):
            in_register = f"在册名称为“{place.name}”" if place else "不在册"
            register.refuse(row.number, "code", "register_differs", f"代码 {code} {in_register}，与文件不符")
        case _:
            register.refuse(row.number, "change", "bad_change", "change 只能是 added、removed、renamed")


def _level_of(code: str) -> Level:
    return next(level for level, digits in LEVEL_DIGITS.items() if not code[digits:].strip("0"))


def _parent_code(code: str, level: Level) -> str:
    above = _level_above(level)
    return code[: LEVEL_DIGITS[above]].ljust(CODE_DIGITS, "0") if above else ""


def _refuse_orphans(register: _Register) -> None:
    ended = {register.places[code].id: code for code in register.result.abolished}
    orphaned = {
        ended[place.parent_id]
        for place in register.places.values()
        if place.parent_id in ended and place.id not in ended
    }
    for code in sorted(orphaned):
        register.refuse(0, "code", "has_areas", f"代码 {code} 之下还有未撤销的地区")


def _read_register() -> _Register:
    rows = db.session.execute(
        select(
            Area.id,
            Area.code,
            Area.name,
            Area.level,
            Area.city_id,
            Area.county_id,
            Area.township_id,
            Area.first_day,
        ).where(Area.last_day.is_(None))
    )
    return _Register(_Place(row.id, row.code, row.name, Level(row.level), *row[4:]) for row in rows)


def _settle(
    register: _Register, *, edition_day: date, now: datetime, by: UUID | None, dry_run: bool
) -> AreaImport:
    result = register.result
    result.errors.sort(key=lambda error: error.row)
    last_day = edition_day - timedelta(days=1)
    began = (register.places[code].first_day for code in result.abolished)
    if any(first_day is not None and first_day > last_day for first_day in began):
        raise Refusal("edition_not_later", "撤销的地区中有的到这一版才设立，请核对版本日期")
    if dry_run:
        return result
    if result.errors:
        raise Refusal(
            "areas_have_errors",
            f"有 {len(result.errors)} 行有误，一行也没有导入",
            count=len(result.errors),
            errors=[asdict(error) for error in result.errors[:ERRORS_SHOWN]],
        )
    try:
        _write(register, last_day)
    except IntegrityError as error:
        raise Conflict("areas_changed", "地区刚被他人修改，请重新导入") from error
    audit.record(
        "areas.import",
        now=now,
        actor_id=by,
        edition_day=edition_day.isoformat(),
        added=len(result.added),
        renamed=len(result.renamed),
        abolished=len(result.abolished),
    )
    return result


def _write(register: _Register, last_day: date) -> None:
    result = register.result
    added, renamed, abolished = (
        [register.places[code] for code in codes]
        for codes in (result.added, result.renamed, result.abolished)
    )
    if added:
        db.session.execute(
            insert(Area), [{**place._asdict(), "sort_key": sort_key(place.name)} for place in added]
        )
    if renamed:
        names = [{"id": place.id, "name": place.name, "sort_key": sort_key(place.name)} for place in renamed]
        db.session.execute(update(Area), names)
    if abolished:
        db.session.execute(update(Area), [{"id": place.id, "last_day": last_day} for place in abolished])
