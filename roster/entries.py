"""The columns of the roster as offices fill them in, and one row of it read into facts. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import Enum, auto
from typing import NamedTuple

from identity.permissions import Role
from kernel.spreadsheet import Column, Row, RowError
from org.models import PostingRole
from org.policy import Grade, UnitKind


class Seat(Enum):
    """What a role is held for."""

    POSTING = auto()
    VILLAGE = auto()
    TOWNSHIP = auto()
    COUNTY = auto()
    CITY = auto()
    UNIT = auto()


class RoleName(NamedTuple):
    """What a role is called in the roster stands for."""

    role: PostingRole | Role
    seat: Seat


ROLES = {
    "第一书记": RoleName(PostingRole.FIRST_SECRETARY, Seat.POSTING),
    "队员": RoleName(PostingRole.MEMBER, Seat.POSTING),
    "结对帮扶干部": RoleName(Role.HELPER, Seat.VILLAGE),
    "村党组织书记": RoleName(Role.VILLAGE_SECRETARY, Seat.VILLAGE),
    "乡镇经办": RoleName(Role.TOWNSHIP_CLERK, Seat.TOWNSHIP),
    "乡镇党委书记": RoleName(Role.TOWNSHIP_HEAD, Seat.TOWNSHIP),
    "县驻村办": RoleName(Role.COUNTY_OFFICE, Seat.COUNTY),
    "县驻村工作领导小组": RoleName(Role.COUNTY_GROUP, Seat.COUNTY),
    "系统管理员": RoleName(Role.ADMIN, Seat.COUNTY),
    "市委组织部": RoleName(Role.CITY_ORG, Seat.CITY),
    "市乡村振兴局": RoleName(Role.CITY_RURAL, Seat.CITY),
    "派出单位经办": RoleName(Role.UNIT_CLERK, Seat.UNIT),
    "派出单位负责人": RoleName(Role.UNIT_HEAD, Seat.UNIT),
}
UNIT_KINDS = {
    "市直机关": UnitKind.CITY_ORGAN,
    "市直事业单位": UnitKind.CITY_INSTITUTION,
    "市属国有企业": UnitKind.CITY_ENTERPRISE,
    "市属高校": UnitKind.CITY_COLLEGE,
    "中央和省驻市单位": UnitKind.CENTRAL_OR_PROVINCIAL,
    "县直机关": UnitKind.COUNTY_ORGAN,
    "县直事业单位": UnitKind.COUNTY_INSTITUTION,
    "县属国有企业": UnitKind.COUNTY_ENTERPRISE,
    "乡镇机关": UnitKind.TOWNSHIP_ORGAN,
}

GRADES = {
    "正科级": Grade.SECTION_CHIEF,
    "副科级": Grade.DEPUTY_SECTION_CHIEF,
    "科级后备干部": Grade.RESERVE,
    "中层以上管理人员": Grade.MIDDLE_MANAGEMENT,
    "其他": Grade.OTHER,
}

NAME, PHONE, ROLE, COUNTY, TOWNSHIP = "姓名", "手机号", "角色", "县（市、区）", "乡镇"
VILLAGE, VILLAGE_CODE, UNIT, UNIT_KIND = "村", "村代码", "派出单位", "单位性质"
FIRST_DAY, LAST_DAY = "开始日期", "结束日期"
FULL_MEMBER, WORKING, GRADE = "转正日期", "参加工作日期", "职级"
HOME_UNIT, PARTY_TRANSFER, OVERRIDE = "所在单位", "组织关系转入", "特批理由"

ROSTER_COLUMNS = (
    Column(NAME, "每行一人一职；一人有几段派驻或几个职务的，写几行，姓名和手机号相同"),
    Column(PHONE, "11 位，用于微信登录时确认身份"),
    Column(ROLE, "从下拉表中选", choices=tuple(ROLES)),
    Column(COUNTY, "派驻、村、乡镇、县级角色必填；市级角色可不填"),
    Column(TOWNSHIP, "乡镇角色必填；派驻和村级角色宜填"),
    Column(VILLAGE, "派驻和村级角色必填，如“杨梅村”或“杨梅村委会”"),
    Column(VILLAGE_CODE, "12 位统计代码；同一乡镇（县）内有同名村时填写", required=False),
    Column(UNIT, "派驻人员和派出单位角色必填，写全称"),
    Column(UNIT_KIND, "单位第一次出现时必填", choices=tuple(UNIT_KINDS)),
    Column(FIRST_DAY, "如 2026-03-01"),
    Column(LAST_DAY, "已结束的填最后一天；未结束的不填；在册派驻的日期凭批准的轮换变更", required=False),
    Column(FULL_MEMBER, "转为中共正式党员的日期；尚未到任的第一书记须填（第六条）", required=False),
    Column(WORKING, "参加工作的日期；尚未到任的第一书记须填（第六条）", required=False),
    Column(GRADE, "第六条所列职级", required=False, choices=tuple(GRADES)),
    Column(HOME_UNIT, "本人所在单位不是派出单位的填写（第五条）", required=False),
    Column(PARTY_TRANSFER, "党员组织关系转到村的日期（第十九条）", required=False),
    Column(OVERRIDE, "不符合第六条“必须”而县里仍派的，写明理由，留存备查", required=False),
)
NEEDS = {
    Seat.POSTING: (COUNTY, VILLAGE, UNIT),
    Seat.VILLAGE: (COUNTY, VILLAGE),
    Seat.TOWNSHIP: (COUNTY, TOWNSHIP),
    Seat.COUNTY: (COUNTY,),
    Seat.CITY: (),
    Seat.UNIT: (UNIT,),
}
"""The columns a seat cannot do without."""

MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)
DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?", re.ASCII)
NAME_CHARACTERS = 50
POSTINGS_BEGIN, LIVES_BEGIN = 2000, 1950
"""The earliest years of postings, and of what people did before them."""
OPTIONAL_DAYS = {
    LAST_DAY: POSTINGS_BEGIN,
    FULL_MEMBER: LIVES_BEGIN,
    WORKING: LIVES_BEGIN,
    PARTY_TRANSFER: POSTINGS_BEGIN,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A row of the roster: who, as what, where (by name), for which unit, from when to when."""

    row: int
    name: str
    phone: str
    role: PostingRole | Role
    seat: Seat
    county: str
    township: str
    village: str
    village_code: str
    unit: str
    unit_kind: UnitKind | None
    first_day: date
    last_day: date | None
    full_member_since: date | None
    working_since: date | None
    grade: Grade | None
    home_unit: str | None
    party_transfer_on: date | None
    override_reason: str | None

    @property
    def is_seconded(self) -> bool:
        return self.home_unit not in (None, self.unit)


def read_entry(row: Row) -> tuple[Entry | None, list[RowError]]:
    """Return what the row says, or all that is wrong with it."""
    errors = [RowError(row.number, *fault) for fault in _faults(row.cells)]
    first_day = read_day(row.cells[FIRST_DAY])
    return (None, errors) if errors or first_day is None else (_entry(row, first_day), [])


def _faults(cells: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    if not 1 <= len(cells[NAME]) <= NAME_CHARACTERS:
        yield NAME, "bad_name", f"姓名须为 1 至 {NAME_CHARACTERS} 个字"
    if not MOBILE.fullmatch(_digits(cells[PHONE])):
        yield PHONE, "bad_phone", "手机号须为 11 位"
    if cells[ROLE] not in ROLES:
        yield ROLE, "bad_role", f"角色只能是 {'、'.join(ROLES)}"
    else:
        for column in NEEDS[ROLES[cells[ROLE]].seat]:
            if not cells[column]:
                yield column, "missing", f"“{cells[ROLE]}”须填{column}"
    if cells[UNIT_KIND] and cells[UNIT_KIND] not in UNIT_KINDS:
        yield UNIT_KIND, "bad_unit_kind", f"单位性质只能是 {'、'.join(UNIT_KINDS)}"
    first_day, last_day = read_day(cells[FIRST_DAY]), read_day(cells[LAST_DAY])
    if first_day is None:
        yield FIRST_DAY, "bad_day", "日期应写作 2026-03-01"
    for column, earliest in OPTIONAL_DAYS.items():
        if cells[column] and read_day(cells[column], earliest) is None:
            yield column, "bad_day", "日期应写作 2026-03-01"
    if cells[GRADE] and cells[GRADE] not in GRADES:
        yield GRADE, "bad_grade", f"职级只能是 {'、'.join(GRADES)}"
    if first_day and last_day and last_day < first_day:
        yield LAST_DAY, "days_reversed", "结束日期早于开始日期"


def _entry(row: Row, first_day: date) -> Entry:
    cells = row.cells
    role, seat = ROLES[cells[ROLE]]
    return Entry(
        row=row.number,
        name=_without_padding(cells[NAME]),
        phone=_digits(cells[PHONE]),
        role=role,
        seat=seat,
        county=cells[COUNTY],
        township=cells[TOWNSHIP],
        village=cells[VILLAGE],
        village_code=cells[VILLAGE_CODE],
        unit=cells[UNIT],
        unit_kind=UNIT_KINDS.get(cells[UNIT_KIND]),
        first_day=first_day,
        last_day=read_day(cells[LAST_DAY]),
        full_member_since=read_day(cells[FULL_MEMBER], LIVES_BEGIN),
        working_since=read_day(cells[WORKING], LIVES_BEGIN),
        grade=GRADES.get(cells[GRADE]),
        home_unit=cells[HOME_UNIT] or None,
        party_transfer_on=read_day(cells[PARTY_TRANSFER]),
        override_reason=cells[OVERRIDE] or None,
    )


def _digits(phone: str) -> str:
    return phone.replace(" ", "").replace("-", "")


def _without_padding(name: str) -> str:
    """Return a Chinese name without the blanks that make two characters as wide as three."""
    return name if name.isascii() else "".join(name.split())


def read_day(text: str, earliest: int = POSTINGS_BEGIN) -> date | None:
    """Return the day somebody wrote as 2026-03-01, 2026/3/1 or 2026年3月1日; None if it is none."""
    written = DAY.fullmatch(text)
    if written is None:
        return None
    try:
        day = date(*(int(part) for part in written.groups()))
    except ValueError:
        return None
    return day if earliest <= day.year <= 2100 else None
