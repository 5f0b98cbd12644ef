"""Keeping the households: importing them, and writing down what becomes of them (Article 10)."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import LargeBinary, Text, any_, func, insert, literal, or_, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased

from geofence.datum import Datum
from identity.login import cipher
from identity.permissions import Permission
from identity.scope import Caller, areas_within
from kernel import audit
from kernel.database import db, transaction
from kernel.errors import Conflict, Refusal
from kernel.periods import day_of
from kernel.spreadsheet import RowError, read_table
from org.models import Area, Level
from visits.entries import CODE, HEAD_ID, HOUSEHOLD_COLUMNS, IDENTIFIED, TOWNSHIP, VILLAGE, Entry, read_entry
from visits.models import Household, HouseholdState, Pairing
from visits.policy import GONE, MOVES, PRESENCE, State
from visits.queries import describe, get_household, history_of, pairings_of

ERRORS_SHOWN = 200


# -- import ---------------------------------------------------------------------------------------


@dataclass(slots=True)
class HouseholdImport:
    """What an import does to the register of households, or why it cannot."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    errors: list[RowError] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Village:
    id: UUID
    county_id: UUID
    township: str
    name: str
    code: str


class _Register:
    """The villages and households a file speaks of, and what it makes of them."""

    def __init__(self, villages: list[_Village], households: Iterable[Household]) -> None:
        self._villages = villages
        self.county_id = villages[0].county_id if villages else audit.NO_COUNTY
        self._by_code: dict[str, Household] = {}
        self._by_id: dict[bytes, Household] = {}
        for household in households:
            self._know(household)
        self._rows: dict[UUID, int] = {}
        self.added: list[Household] = []
        self.changed: list[Household] = []
        self.unchanged = 0

    def take(self, entry: Entry, caller: Caller) -> RowError | None:
        """Work one entry in; return what is wrong with it if it does not fit."""
        village = self._find_village(entry)
        if isinstance(village, RowError):
            return village
        if entry.identified_on > day_of(caller.now):
            return RowError(entry.row, IDENTIFIED, "day_in_future", "识别日期不能是将来的日期")
        lookup = _lookup(entry)
        found = {id(each): each for each in (self._find_by_code(entry), self._find_by_id(lookup)) if each}
        if len(found) > 1:
            return RowError(entry.row, HEAD_ID, "two_households", "户编号与身份证号在册于不同的户")
        household = next(iter(found.values()), None)
        if household is not None:
            if household.id in self._rows:
                return RowError(entry.row, "", "row_doubled", f"与第 {self._rows[household.id]} 行重复")
            if household.village_id != village.id:
                message = "该户在册于另一村；迁出的请先登记状态"
                return RowError(entry.row, VILLAGE, "village_differs", message)
        before = household and _content(household)
        household = household or self._add(village, entry, caller)
        self._rows[household.id] = entry.row
        _fill(household, entry, lookup)
        self._know(household)
        if before:
            is_changed = before != _content(household)
            self.changed += [household] * is_changed
            self.unchanged += not is_changed
        return None

    def _find_village(self, entry: Entry) -> _Village | RowError:
        found = [
            village
            for village in self._villages
            if (village.township, village.name) == (entry.township, entry.village)
            and entry.village_code in ("", village.code)
        ]
        if len(found) == 1:
            return found[0]
        if found:
            return RowError(entry.row, VILLAGE, "village_ambiguous", "有同名村，请填村代码")
        if entry.township not in {village.township for village in self._villages}:
            return RowError(entry.row, TOWNSHIP, "area_unknown", f"您的辖区内没有“{entry.township}”")
        message = f"{entry.township}没有“{entry.village}”，或村代码不对"
        return RowError(entry.row, VILLAGE, "area_unknown", message)

    def _find_by_code(self, entry: Entry) -> Household | None:
        return self._by_code.get(entry.code) if entry.code else None

    def _find_by_id(self, lookup: bytes | None) -> Household | None:
        return self._by_id.get(lookup) if lookup else None

    def _add(self, village: _Village, entry: Entry, caller: Caller) -> Household:
        household = Household(
            county_id=village.county_id,
            id=uuid4(),
            village_id=village.id,
            state=State.MONITORED,
            state_since=entry.identified_on,
            is_away=False,
            states_count=1,
            added_by=caller.person_id,
            added_at=caller.now,
        )
        self.added.append(household)
        return household

    def _know(self, household: Household) -> None:
        if household.code:
            self._by_code[household.code] = household
        if household.head_id_lookup:
            self._by_id[bytes(household.head_id_lookup)] = household


def _fill(household: Household, entry: Entry, lookup: bytes | None) -> None:
    """Write what the entry says into the household; an optional cell left empty changes nothing."""
    household.head_name, household.category = entry.head_name, entry.category
    household.risk_kinds, household.risk_level = list(entry.risk_kinds), entry.risk_level
    household.members_count, household.identified_on = entry.members_count, entry.identified_on
    household.code = entry.code or household.code
    if entry.place:
        household.longitude_deg = entry.place.longitude_deg
        household.latitude_deg = entry.place.latitude_deg
    _seal(household, entry, lookup)


def _lookup(entry: Entry) -> bytes | None:
    return cipher().lookup(entry.head_id, field="head_id") if entry.head_id else None


def _seal(household: Household, entry: Entry, lookup: bytes | None) -> None:
    """Seal ID number and phone, unless they are what is sealed already: the same text seals differently each time."""
    if entry.head_id and household.head_id_lookup != lookup:
        household.head_id_sealed = cipher().encrypt(entry.head_id, field="head_id", row_id=household.id)
        household.head_id_lookup = lookup
    if entry.head_phone and _phone(household) != entry.head_phone:
        household.head_phone_sealed = cipher().encrypt(
            entry.head_phone, field="head_phone", row_id=household.id
        )


def _phone(household: Household) -> str | None:
    sealed = household.head_phone_sealed
    return cipher().decrypt(sealed, field="head_phone", row_id=household.id) if sealed else None


_COLUMNS = [column.key for column in Household.__table__.columns]


def _content(household: Household) -> dict[str, Any]:
    return {name: getattr(household, name) for name in _COLUMNS}


def import_households(data: bytes, *, caller: Caller, dry_run: bool) -> HouseholdImport:
    """Bring the register of the caller's villages to what the file says, all of it or nothing.

    A household is known by its code or by the head's ID number. A dry run writes nothing and answers every bad
    row; otherwise any bad row is the Refusal `households_have_errors`.
    """
    table = read_table(data, columns=HOUSEHOLD_COLUMNS)
    read = [read_entry(row) for row in table.rows]
    entries = [entry for entry, _ in read if entry]
    errors = [*table.errors, *(error for _, found in read for error in found)]
    with transaction():
        register = _read_register(entries, caller)
        errors += [error for entry in entries if (error := register.take(entry, caller))]
        errors.sort(key=lambda error: error.row)
        result = HouseholdImport(len(register.added), len(register.changed), register.unchanged, errors)
        if not dry_run:
            _write(register, result, caller)
        audit.record(
            "household.check" if dry_run else "household.import",
            now=caller.now,
            county_id=register.county_id,
            actor_id=caller.person_id,
            added=result.added,
            changed=result.changed,
            unchanged=result.unchanged,
            errors=len(errors),
        )
    return result


def _read_register(entries: list[Entry], caller: Caller) -> _Register:
    township = aliased(Area)
    statement = (
        select(Area.id, Area.county_id, township.name, Area.name, Area.code)
        .join(township, township.id == Area.township_id)
        .where(Area.level == Level.VILLAGE, Area.last_day.is_(None))
    )
    rows = db.session.execute(areas_within(statement, caller, Permission.KEEP_HOUSEHOLDS))
    villages = [_Village(*row) for row in rows]
    codes = [entry.code for entry in entries if entry.code]
    lookups = [lookup for entry in entries if (lookup := _lookup(entry))]
    households = db.session.scalars(
        select(Household).where(
            Household.county_id.in_({village.county_id for village in villages}),
            or_(
                Household.code == any_(literal(codes, ARRAY(Text()))),
                Household.head_id_lookup == any_(literal(lookups, ARRAY(LargeBinary()))),
            ),
        )
    ).all()
    for household in households:
        db.session.expunge(household)  # what is filled in is sent in bulk, and not at all by a dry run
    return _Register(villages, households)


def _write(register: _Register, result: HouseholdImport, caller: Caller) -> None:
    if result.errors:
        raise Refusal(
            "households_have_errors",
            f"表中有 {len(result.errors)} 处错误，一行也没有导入",
            count=len(result.errors),
            errors=[asdict(error) for error in result.errors[:ERRORS_SHOWN]],
        )
    try:
        if register.changed:
            db.session.execute(update(Household), [_content(each) for each in register.changed])
        if register.added:
            db.session.execute(insert(Household), [_content(each) for each in register.added])
            db.session.execute(insert(HouseholdState), [_first_state(each) for each in register.added])
    except IntegrityError as error:
        raise Conflict("households_changed", f"{CODE}或身份证号刚被他人登记，请重新导入") from error


def _first_state(household: Household) -> dict[str, Any]:
    return {
        "county_id": household.county_id,
        "id": uuid4(),
        "household_id": household.id,
        "number": 1,
        "state": State.MONITORED,
        "first_day": household.identified_on,
        "note": "",
        "made_by": household.added_by,
        "made_at": household.added_at,
    }


# -- one household in full ------------------------------------------------------------------------


def read_in_full(*, caller: Caller, household_id: UUID, reason: str | None) -> dict[str, Any]:
    """Return all about one household and put on record who looked and why; Refusal without a reason (J7)."""
    with transaction():
        household, village = get_household(household_id, caller, Permission.SEE_HOUSEHOLDS)
        if not reason:
            raise Refusal("reason_required", "查看户的完整信息须填写事由，查看会留下记录")
        audit.record(
            "household.read",
            now=caller.now,
            county_id=household.county_id,
            actor_id=caller.person_id,
            subject_id=household.id,
            reason=reason,
        )
        place = {
            "longitude_deg": household.longitude_deg,
            "latitude_deg": household.latitude_deg,
            "datum": Datum.WGS84,
        }
        return {
            **describe(household, village, in_full=True),
            "place": place if household.longitude_deg is not None else None,
            "history": history_of(household),
            "pairings": pairings_of(household),
        }


# -- states ---------------------------------------------------------------------------------------


def write_state(
    *, caller: Caller, household_id: UUID, state: State, first_day: date, note: str
) -> HouseholdState:
    """Write down from which day on a household is in a state (rules.md §5); earlier entries stay.

    Refusal for a state it cannot come to; Conflict if somebody wrote one at the same moment.
    """
    with transaction():
        household, _ = get_household(household_id, caller, Permission.KEEP_HOUSEHOLDS)
        _check_day(household, first_day, today=day_of(caller.now))
        _check_move(household, state)
        _move(household, state, first_day)
        entry = HouseholdState(
            county_id=household.county_id,
            id=uuid4(),
            household_id=household.id,
            number=household.states_count + 1,
            state=state,
            first_day=first_day,
            note=note,
            made_by=caller.person_id,
            made_at=caller.now,
        )
        db.session.add(entry)
        if state in GONE:
            _end_pairing(household, first_day, caller)
        audit.record(
            "household.state",
            now=caller.now,
            county_id=household.county_id,
            actor_id=caller.person_id,
            subject_id=household.id,
            state=state,
            first_day=first_day.isoformat(),
        )
    return entry


def _move(household: Household, state: State, first_day: date) -> None:
    """Bring the household itself to the state, unless its history has gone on meanwhile."""
    changes: dict[str, Any] = {"states_count": household.states_count + 1}
    if state in PRESENCE:
        changes["is_away"] = state is State.AWAY
    else:
        changes |= {"state": state, "state_since": first_day}
    won = db.session.execute(
        update(Household)
        .where(
            Household.county_id == household.county_id,
            Household.id == household.id,
            Household.states_count == household.states_count,
        )
        .values(changes)
        .returning(Household.id)
        .execution_options(synchronize_session=False)
    ).first()
    if won is None:
        raise Conflict("household_changed", "该户状态刚被他人登记，请刷新后再试")


def _check_day(household: Household, first_day: date, *, today: date) -> None:
    if first_day > today:
        raise Refusal("day_in_future", "不能登记将来的日期")
    latest = history_of(household)[-1].first_day
    if first_day < latest:
        raise Refusal(
            "state_order", f"不能早于上一次登记的日期 {latest}", latest_first_day=latest.isoformat()
        )


def _check_move(household: Household, state: State) -> None:
    if state in PRESENCE:
        fits = household.is_away is (state is State.HOME)
    else:
        fits = state in MOVES[State(household.state)]
    if not fits:
        raise Refusal(
            "state_unfit", "现在的状态不能这样变更", state=household.state, is_away=household.is_away
        )


def _end_pairing(household: Household, day: date, caller: Caller) -> None:
    """End the help for a household that has gone."""
    db.session.execute(
        update(Pairing)
        .where(
            Pairing.county_id == household.county_id,
            Pairing.household_id == household.id,
            Pairing.last_day.is_(None),
        )
        .values(last_day=func.greatest(Pairing.first_day, day), ended_by=caller.person_id)
        .execution_options(synchronize_session=False)
    )
