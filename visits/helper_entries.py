"""The columns in which a township sends its list of helpers, and one row of it read into facts. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kernel.spreadsheet import Column, Row, RowError
from visits.policy import RANK_NAMES, UNIT_RANKS, VILLAGE_RANKS, HelperRank

RANKS = {name: rank for rank, name in RANK_NAMES.items()}
NAME, PHONE, RANK, ORDER_NO, VILLAGE, UNIT = "姓名", "手机号", "顺位", "序号", "村", "帮扶单位"

HELPER_COLUMNS = (
    Column(NAME, "须已在驻村名册中，姓名与名册一致"),
    Column(PHONE, "11 位，与名册一致"),
    Column(RANK, "第十一条的次序，从下拉表中选", choices=tuple(RANKS)),
    Column(ORDER_NO, "同一顺位内的先后，1 起；不填为 1", required=False),
    Column(
        VILLAGE,
        "第一书记、队员、村党组织书记必填；帮扶单位在本乡镇没有派驻人员的，填所帮扶村",
        required=False,
    ),
    Column(UNIT, "帮扶单位干部必填，写全称", required=False),
)
MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)
WHOLE = re.compile(r"[1-9]\d{0,3}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class HelperEntry:
    """A row: who, as what, in which turn, for which village and unit (by name)."""

    row: int
    name: str
    phone: str
    rank: HelperRank
    order_no: int
    village: str
    unit: str


def read_helper(row: Row) -> tuple[HelperEntry | None, list[RowError]]:
    """Return what the row says, or all that is wrong with it."""
    errors = [RowError(row.number, *fault) for fault in _faults(row.cells)]
    return (None, errors) if errors else (_entry(row), [])


def _faults(cells: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    if not cells[NAME]:
        yield NAME, "bad_name", "须填姓名"
    if not MOBILE.fullmatch(cells[PHONE]):
        yield PHONE, "bad_phone", "手机号须为 11 位"
    if cells[ORDER_NO] and not WHOLE.fullmatch(cells[ORDER_NO]):
        yield ORDER_NO, "bad_order_no", "序号须为 1 至 9999 的整数"
    rank = RANKS.get(cells[RANK])
    if rank is None:
        yield RANK, "bad_rank", f"顺位只能是 {'、'.join(RANKS)}"
    elif rank in VILLAGE_RANKS and not cells[VILLAGE]:
        yield VILLAGE, "missing", f"“{cells[RANK]}”须填{VILLAGE}"
    elif rank in UNIT_RANKS and not cells[UNIT]:
        yield UNIT, "missing", f"“{cells[RANK]}”须填{UNIT}"


def _entry(row: Row) -> HelperEntry:
    cells = row.cells
    rank = RANKS[cells[RANK]]
    return HelperEntry(
        row=row.number,
        name=cells[NAME] if cells[NAME].isascii() else "".join(cells[NAME].split()),
        phone=cells[PHONE],
        rank=rank,
        order_no=int(cells[ORDER_NO] or 1),
        village=cells[VILLAGE] if rank in VILLAGE_RANKS | UNIT_RANKS else "",
        unit=cells[UNIT] if rank in UNIT_RANKS else "",
    )
