"""The columns in which a township sends its households, and one row of it read into facts. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from geofence.datum import Datum, Point, lies_in_china, to_wgs84
from kernel.spreadsheet import Column, Row, RowError
from visits.models import Category, RiskKind

CATEGORIES = {
    "脱贫不稳定户": Category.UNSTABLE,
    "边缘易致贫户": Category.MARGINAL,
    "突发严重困难户": Category.SUDDEN,
    "脱贫户": Category.FORMER_POOR,
    "其他": Category.OTHER,
}
RISKS = {
    "因病": RiskKind.ILLNESS,
    "因残": RiskKind.DISABILITY,
    "因学": RiskKind.SCHOOLING,
    "因灾": RiskKind.DISASTER,
    "因意外": RiskKind.ACCIDENT,
    "因产业": RiskKind.FARMING,
    "因就业": RiskKind.EMPLOYMENT,
    "缺劳力": RiskKind.LABOUR,
    "其他": RiskKind.OTHER,
}
DATUMS = {"WGS84": Datum.WGS84, "GCJ02": Datum.GCJ02, "BD09": Datum.BD09}

CODE, HEAD, HEAD_ID, PHONE = "户编号", "户主姓名", "户主身份证号", "户主手机号"
TOWNSHIP, VILLAGE, VILLAGE_CODE = "乡镇", "村", "村代码"
CATEGORY, RISK_KINDS, RISK_LEVEL = "监测类别", "风险类型", "风险等级"
MEMBERS, IDENTIFIED = "家庭人口", "识别日期"
LONGITUDE, LATITUDE, DATUM = "经度", "纬度", "坐标系"

HOUSEHOLD_COLUMNS = (
    Column(CODE, "本县系统中的户编号；与户主身份证号至少填一项，再次导入时据此认户", required=False),
    Column(HEAD),
    Column(HEAD_ID, "18 位；加密保存，列表中遮掩", required=False),
    Column(PHONE, "11 位；加密保存，列表中遮掩", required=False),
    Column(TOWNSHIP),
    Column(VILLAGE, "与在册村名一致"),
    Column(VILLAGE_CODE, "12 位统计代码；同一乡镇内有同名村时填写", required=False),
    Column(CATEGORY, "从下拉表中选", choices=tuple(CATEGORIES)),
    Column(RISK_KINDS, "可填几项，用顿号隔开：" + "、".join(RISKS)),
    Column(RISK_LEVEL, "0 至 100 的整数，数越大风险越高（第十一条按此由高到低结对）"),
    Column(MEMBERS, "整数"),
    Column(IDENTIFIED, "如 2026-03-01"),
    Column(LONGITUDE, "住处的经度，可不填", required=False),
    Column(LATITUDE, "住处的纬度，可不填", required=False),
    Column(DATUM, "填了经纬度的必填", required=False, choices=tuple(DATUMS)),
)

MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)
DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?", re.ASCII)
WHOLE = re.compile(r"\d{1,3}", re.ASCII)
DEGREES = re.compile(r"\d{1,3}(\.\d{1,12})?", re.ASCII)
ID_NUMBER = re.compile(r"\d{17}[\dX]", re.ASCII)
ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
ID_CHECKS = "10X98765432"
SEPARATORS = re.compile(r"[、，,；;\s]+")
NAME_CHARACTERS, CODE_CHARACTERS = 50, 40
MAX_RISK_LEVEL, MAX_MEMBERS = 100, 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A row: whose household, where (by name), and what is known of it. What was left empty is None."""

    row: int
    code: str | None
    head_name: str
    head_id: str | None
    head_phone: str | None
    township: str
    village: str
    village_code: str
    category: Category
    risk_kinds: tuple[RiskKind, ...]
    risk_level: int
    members_count: int
    identified_on: date
    place: Point | None


def read_entry(row: Row) -> tuple[Entry | None, list[RowError]]:
    """Return what the row says, or all that is wrong with it."""
    errors = [RowError(row.number, *fault) for fault in _faults(row.cells)]
    identified_on = _day(row.cells[IDENTIFIED])
    return (None, errors) if errors or identified_on is None else (_entry(row, identified_on), [])


def _faults(cells: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    yield from _faults_of_head(cells)
    for column in (TOWNSHIP, VILLAGE):
        if not cells[column]:
            yield column, "missing", f"须填{column}"
    if cells[CATEGORY] not in CATEGORIES:
        yield CATEGORY, "bad_category", f"监测类别只能是 {'、'.join(CATEGORIES)}"
    kinds = _split(cells[RISK_KINDS])
    if not kinds or not RISKS.keys() >= set(kinds):
        yield RISK_KINDS, "bad_risk_kind", f"风险类型只能是 {'、'.join(RISKS)}"
    if not WHOLE.fullmatch(cells[RISK_LEVEL]) or int(cells[RISK_LEVEL]) > MAX_RISK_LEVEL:
        yield RISK_LEVEL, "bad_risk_level", f"风险等级须为 0 至 {MAX_RISK_LEVEL} 的整数"
    if not WHOLE.fullmatch(cells[MEMBERS]) or not 1 <= int(cells[MEMBERS]) <= MAX_MEMBERS:
        yield MEMBERS, "bad_members", f"家庭人口须为 1 至 {MAX_MEMBERS} 的整数"
    if _day(cells[IDENTIFIED]) is None:
        yield IDENTIFIED, "bad_day", "日期应写作 2026-03-01"
    yield from _faults_of_place(cells)


def _faults_of_head(cells: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    if not 1 <= len(cells[HEAD]) <= NAME_CHARACTERS:
        yield HEAD, "bad_name", f"姓名须为 1 至 {NAME_CHARACTERS} 个字"
    if not cells[CODE] and not cells[HEAD_ID]:
        yield CODE, "no_key", "户编号和户主身份证号至少填一项"
    if len(cells[CODE]) > CODE_CHARACTERS or _is_id_number(cells[CODE]):
        yield CODE, "bad_code", f"户编号至多 {CODE_CHARACTERS} 个字，且不能是身份证号"
    if cells[HEAD_ID] and not _is_id_number(cells[HEAD_ID]):
        yield HEAD_ID, "bad_id_number", "身份证号须为 18 位且校验位正确"
    if cells[PHONE] and not MOBILE.fullmatch(cells[PHONE]):
        yield PHONE, "bad_phone", "手机号须为 11 位"


def _faults_of_place(cells: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    given = [column for column in (LONGITUDE, LATITUDE, DATUM) if cells[column]]
    if given and len(given) < 3:
        yield DATUM, "place_incomplete", "经度、纬度、坐标系须一并填写"
    elif given and (cells[DATUM] not in DATUMS or not _is_in_china(cells)):
        yield LONGITUDE, "bad_place", f"经纬度不在国内，或坐标系不是 {'、'.join(DATUMS)}"


def _is_in_china(cells: dict[str, str]) -> bool:
    written = (cells[LONGITUDE], cells[LATITUDE])
    return all(map(DEGREES.fullmatch, written)) and lies_in_china(Point(*map(float, written)))


def _is_id_number(text: str) -> bool:
    """Tell whether the text is an ID number whose last character is the check of the others (GB 11643)."""
    number = text.upper()
    if not ID_NUMBER.fullmatch(number):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number, ID_WEIGHTS, strict=False))
    return ID_CHECKS[total % 11] == number[-1]


def _entry(row: Row, identified_on: date) -> Entry:
    cells = row.cells
    return Entry(
        row=row.number,
        code=cells[CODE] or None,
        head_name=cells[HEAD] if cells[HEAD].isascii() else "".join(cells[HEAD].split()),
        head_id=cells[HEAD_ID].upper() or None,
        head_phone=cells[PHONE] or None,
        township=cells[TOWNSHIP],
        village=cells[VILLAGE],
        village_code=cells[VILLAGE_CODE],
        category=CATEGORIES[cells[CATEGORY]],
        risk_kinds=tuple(dict.fromkeys(RISKS[name] for name in _split(cells[RISK_KINDS]))),
        risk_level=int(cells[RISK_LEVEL]),
        members_count=int(cells[MEMBERS]),
        identified_on=identified_on,
        place=_place(cells),
    )


def _place(cells: dict[str, str]) -> Point | None:
    if not cells[DATUM]:
        return None
    sent = Point(float(cells[LONGITUDE]), float(cells[LATITUDE]))
    point = to_wgs84(sent, DATUMS[cells[DATUM]])
    return Point(round(point.longitude_deg, 6), round(point.latitude_deg, 6))


def _split(text: str) -> list[str]:
    return [name for name in SEPARATORS.split(text) if name]


def _day(text: str) -> date | None:
    written = DAY.fullmatch(text)
    if written is None:
        return None
    try:
        day = date(*(int(part) for part in written.groups()))
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2100 else None
