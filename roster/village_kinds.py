"""What kinds a village is of (Article 2): a dated set, kept by the county, one village at a time or by a table."""

from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import delete, insert, select, update

from identity.permissions import Permission
from identity.scope import Caller, get_area
from kernel import audit
from kernel.database import db, transaction
from kernel.errors import Refusal
from kernel.spreadsheet import Column, Row, RowError, read_table
from org.models import Area, Level, VillageKind
from org.policy import VillageKindName
from roster.entries import COUNTY, TOWNSHIP, VILLAGE, VILLAGE_CODE, read_day
from roster.gazetteer import BadCell
from roster.people import ERRORS_SHOWN, read_gazetteer

KIND_NAMES = {
    "脱贫村": VillageKindName.FORMER_POOR,
    "易地扶贫搬迁安置点所在村": VillageKindName.RESETTLEMENT,
    "重点帮扶村": VillageKindName.KEY_SUPPORT,
    "巩固拓展村": VillageKindName.CONSOLIDATION,
    "党组织软弱涣散村": VillageKindName.WEAK_PARTY_BRANCH,
    "红色名村": VillageKindName.RED_VILLAGE,
}
KINDS, SINCE = "类别", "起始日期"
KIND_COLUMNS = (
    Column(COUNTY, "全称"),
    Column(TOWNSHIP, "宜填", required=False),
    Column(VILLAGE, "如“杨梅村”或“杨梅村委会”"),
    Column(VILLAGE_CODE, "12 位统计代码；同一乡镇（县）内有同名村时填写", required=False),
    Column(KINDS, f"可有几种，用顿号隔开：{'、'.join(KIND_NAMES)}；不再属于任何一种的不填"),
    Column(SINCE, "从哪一天起，如 2026-01-01"),
)


@dataclass(slots=True)
class KindImport:
    """What an import does, or why it cannot."""

    changed: int = 0
    unchanged: int = 0
    errors: list[RowError] = field(default_factory=list)


class _Entry(NamedTuple):
    """What a village is from a day on."""

    row: int
    village_id: UUID
    kinds: frozenset[VillageKindName]
    first_day: date


def history(village: Area) -> list[VillageKind]:
    """Return the kinds a village has been of, the latest first."""
    return list(
        db.session.scalars(
            select(VillageKind)
            .where(VillageKind.village_id == village.id)
            .order_by(VillageKind.first_day.desc(), VillageKind.kind)
        )
    )


def set_kinds(
    *, caller: Caller, village_id: UUID, kinds: Collection[VillageKindName], first_day: date, document_no: str
) -> Area:
    """Let a village be of exactly these kinds from a day on, under a document; what was before that day stays."""
    with transaction():
        village = get_area(village_id, caller, Permission.SET_VILLAGE_KINDS, level=Level.VILLAGE)
        _write([_Entry(0, village.id, frozenset(kinds), first_day)])
        audit.record(
            "village.set_kinds",
            now=caller.now,
            county_id=village.county_id or audit.NO_COUNTY,
            actor_id=caller.person_id,
            subject_id=village.id,
            kinds=sorted(kinds),
            first_day=first_day.isoformat(),
            document_no=document_no,
        )
        return village


def import_kinds(
    data: bytes, *, now: datetime, by: UUID, within_county: UUID, document_no: str, dry_run: bool
) -> KindImport:
    """Let the villages of a table be of the kinds it names, all of them or none; a dry run answers every bad row.

    Refusal `kinds_have_errors` if any row is bad. Villages of other counties are not found.
    """
    table = read_table(data, columns=KIND_COLUMNS)
    with transaction():
        result = KindImport(errors=list(table.errors))
        entries = _read(table.rows, within_county, result)
        fresh = _without_known(entries)
        result.changed, result.unchanged = len(fresh), len(entries) - len(fresh)
        result.errors.sort(key=lambda error: error.row)
        if result.errors and not dry_run:
            raise Refusal(
                "kinds_have_errors",
                f"有 {len(result.errors)} 处错误，一行也没有导入",
                count=len(result.errors),
                errors=[asdict(error) for error in result.errors[:ERRORS_SHOWN]],
            )
        if not dry_run:
            _write(fresh)
        audit.record(
            "village.check_kinds" if dry_run else "village.import_kinds",
            now=now,
            county_id=within_county,
            actor_id=by,
            changed=result.changed,
            errors=len(result.errors),
            document_no=document_no,
        )
    return result


def _read(rows: Iterable[Row], within_county: UUID, result: KindImport) -> list[_Entry]:
    gazetteer = read_gazetteer(within_county)
    entries: dict[UUID, _Entry] = {}
    for row in rows:
        cells = row.cells
        try:
            kinds, day = _kinds(cells[KINDS]), read_day(cells[SINCE])
            if day is None:
                raise BadCell(SINCE, "bad_day", "日期应写作 2026-03-01")
            village_id = gazetteer.village(
                county=cells[COUNTY],
                township=cells[TOWNSHIP],
                village=cells[VILLAGE],
                village_code=cells[VILLAGE_CODE],
            )
            if village_id in entries:
                raise BadCell("", "row_doubled", f"与第 {entries[village_id].row} 行重复")
            entries[village_id] = _Entry(row.number, village_id, kinds, day)
        except BadCell as bad:
            result.errors.append(RowError(row.number, bad.column, bad.code, bad.message))
    return list(entries.values())


def _kinds(text: str) -> frozenset[VillageKindName]:
    names = [name for name in text.replace("，", "、").replace(",", "、").split("、") if name]
    if unknown := [name for name in names if name not in KIND_NAMES]:
        raise BadCell(KINDS, "bad_kind", f"没有“{unknown[0]}”这一类；可填 {'、'.join(KIND_NAMES)}")
    return frozenset(KIND_NAMES[name] for name in names)


def _without_known(entries: Collection[_Entry]) -> list[_Entry]:
    """Return the entries that change something."""
    held: dict[UUID, set[tuple[str, date, date | None]]] = {entry.village_id: set() for entry in entries}
    for kind in db.session.scalars(select(VillageKind).where(VillageKind.village_id.in_(held))):
        held[kind.village_id].add((kind.kind, kind.first_day, kind.last_day))

    def is_known(entry: _Entry) -> bool:
        reaching = [each for each in held[entry.village_id] if (each[2] or date.max) >= entry.first_day]
        return (
            all(first_day <= entry.first_day and last_day is None for _, first_day, last_day in reaching)
            and {kind for kind, *_ in reaching} == entry.kinds
        )

    return [entry for entry in entries if not is_known(entry)]


def _write(entries: Collection[_Entry]) -> None:
    """Replace what these villages are from their days on; those who set the same villages go one after the other."""
    if not entries:
        return
    village_ids = sorted(entry.village_id for entry in entries)
    db.session.execute(
        select(Area.id).where(Area.id.in_(village_ids)).order_by(Area.id).with_for_update(key_share=True)
    ).all()
    running: dict[UUID, dict[str, VillageKind]] = {village_id: {} for village_id in village_ids}
    since = {entry.village_id: entry.first_day for entry in entries}
    later: list[UUID] = []
    for kind in db.session.scalars(select(VillageKind).where(VillageKind.village_id.in_(village_ids))):
        if kind.first_day >= since[kind.village_id]:
            later.append(kind.id)
        elif kind.last_day is None or kind.last_day >= since[kind.village_id]:
            running[kind.village_id][kind.kind] = kind
    db.session.execute(delete(VillageKind).where(VillageKind.id.in_(later)))
    ended, kept, begun = _changes(entries, running)
    for first_day, ids in ended.items():
        _set_last_day(ids, first_day - timedelta(days=1))
    _set_last_day(kept, None)
    if begun:
        db.session.execute(insert(VillageKind), begun)


def _changes(
    entries: Iterable[_Entry], running: dict[UUID, dict[str, VillageKind]]
) -> tuple[dict[date, list[UUID]], list[UUID], list[dict[str, Any]]]:
    """Return which rows end before which day, which run on, and which begin."""
    ended: dict[date, list[UUID]] = {}
    kept: list[UUID] = []
    begun: list[dict[str, Any]] = []
    for entry in entries:
        held = running[entry.village_id]
        gone = [row.id for kind, row in held.items() if kind not in entry.kinds]
        ended.setdefault(entry.first_day, []).extend(gone)
        kept += (row.id for kind, row in held.items() if kind in entry.kinds)
        begun += (
            {"id": uuid4(), "village_id": entry.village_id, "kind": kind, "first_day": entry.first_day}
            for kind in sorted(entry.kinds - held.keys())
        )
    return ended, kept, begun


def _set_last_day(ids: Collection[UUID], last_day: date | None) -> None:
    if ids:
        db.session.execute(
            update(VillageKind)
            .where(VillageKind.id.in_(ids))
            .values(last_day=last_day)
            .execution_options(synchronize_session=False)
        )
