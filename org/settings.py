"""The numbers a county may set itself (Article 30): village → township → county → city → built in."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from kernel.errors import Refusal
from kernel.periods import Month


class SettingRow(NamedTuple):
    """One setting in force from a day on."""

    area_id: UUID
    key: str
    value: Any
    valid_from: date


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting that exists: its built-in value, what it is for, and which values are allowed."""

    built_in: Any
    meaning: str
    allows: Callable[[Any], bool]


def _one_of(*values: str) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and value in values


def _whole(low: int, high: int) -> Callable[[Any], bool]:
    return lambda value: type(value) is int and low <= value <= high


def _some_of(*values: str) -> Callable[[Any], bool]:
    return lambda value: (
        isinstance(value, list) and all(isinstance(item, str) and item in values for item in value)
    )


def _yes_or_no(value: Any) -> bool:
    return isinstance(value, bool)


def _days(value: Any) -> bool:
    try:
        return isinstance(value, list) and all(bool(date.fromisoformat(item)) for item in value)
    except (TypeError, ValueError):
        return False


COUNTABLE = ("in_village", "trip", "meeting", "training", "annual")

SETTINGS: Mapping[str, Setting] = {
    "attendance.mode": Setting(
        "geofence",
        "登记方式：定位登记、本人声明、乡镇登记（第十七条考勤，第二十九条减负）",
        _one_of("geofence", "self_declare", "township_register"),
    ),
    "checkin.fresh_minutes": Setting(10, "定位多少分钟内算当场登记", _whole(1, 60)),
    "checkin.offline_hours": Setting(72, "无信号时可补传的小时数（D16）", _whole(0, 240)),
    "checkin.expects_signature": Setting(False, "未经小程序签名的登记是否注明存疑", _yes_or_no),
    "checkin.point_days": Setting(90, "月末之后原始坐标保存的天数", _whole(1, 365)),
    "fence.buffer_m": Setting(200, "围栏外缓冲距离，米（D14）", _whole(0, 2_000)),
    "fence.missing_accuracy_m": Setting(500, "手机未给出精度时按多少米计（D15）", _whole(1, 1_500)),
    "fence.max_accuracy_m": Setting(1_500, "精度差于多少米请重试或改为声明（D15）", _whole(50, 5_000)),
    "residency.day_rule": Setting(
        "one_signin",
        "在村一天的认定：任一时刻登记一次、晚上登记、早晚各一次（D9）",
        _one_of("one_signin", "evening", "morning_evening"),
    ),
    "residency.window": Setting(
        "year_to_date",
        "平均每月驻村天数的统计期（D10）",
        _one_of("year_to_date", "month", "quarter", "rolling12"),
    ),
    "residency.required_per_month": Setting(20, "平均每月驻村天数（第十六条）", _whole(1, 31)),
    "residency.counts": Setting(
        ["in_village", "trip", "meeting", "training"], "计入考核天数的类别（第十六条）", _some_of(*COUNTABLE)
    ),
    "allowance.counts": Setting(["in_village"], "计入补助天数的类别（第二十七条）", _some_of(*COUNTABLE)),
    "allowance.rate_fen_per_day": Setting(
        10_000, "生活补助标准，分/天（第二十七条第二项，本级伙食补助费标准）", _whole(0, 100_000)
    ),
    "travel.fen_per_km": Setting(45, "往返交通费标准，分/公里（第二十七条第一项）", _whole(0, 1_000)),
    "travel.max_round_trips": Setting(2, "每队每月报销的往返次数（第二十七条第一项）", _whole(0, 31)),
    "travel.entry_days": Setting(31, "往返行程几天内可登记（第二十七条第一项）", _whole(0, 366)),
    "leave.day_count": Setting(
        "calendar",
        "请假天数的计算：自然日、掐头去尾扣除法定节假日、工作日（D1）",
        _one_of("calendar", "duty_span", "workday"),
    ),
    "leave.township_max_days": Setting(3, "乡镇党委批准的最多天数（第十七条）", _whole(1, 30)),
    "leave.county_office_max_days": Setting(7, "县驻村办批准的最多天数（第十七条）", _whole(1, 60)),
    "leave.stand_in_min_days": Setting(15, "派出单位须安排接替人员的天数（第十七条）", _whole(1, 90)),
    "leave.half_days": Setting(True, "是否可请半天（D2）", _yes_or_no),
    "leave.chain": Setting(True, "中间未回村的几次请假是否合并计算天数（D3）", _yes_or_no),
    "leave.rest_days_need_leave": Setting(False, "休息日离村是否也须请假（D4）", _yes_or_no),
    "leave.papers_workdays": Setting(3, "口头准假返村后几个工作日内补办手续（D5）", _whole(1, 30)),
    "leave.retro_max_days": Setting(7, "离村结束后几天内可补登口头准假（D5）", _whole(0, 60)),
    "leave.return_grace_days": Setting(1, "假满后几个工作日内销假不算超假（D6）", _whole(0, 10)),
    "leave.lower_opinion": Setting(True, "县级审批前是否先由乡镇党委签署意见（D8）", _yes_or_no),
    "team.min_people": Setting(3, "每支工作队最少人数（第七条）", _whole(3, 10)),
    "posting.term_years": Setting(2, "任期年数（第十八条，不少于2年）", _whole(2, 5)),
    "rotation.handover_days": Setting(7, "压茬交接的重叠天数（第十八条）", _whole(1, 60)),
    "inspection.roll_call_minutes": Setting(15, "督查点名后多少分钟内应答（第二十一条）", _whole(1, 120)),
    "inspection.answer_days": Setting(3, "督查发现问题后本人几个工作日内可以说明（D22）", _whole(1, 30)),
    "recall.answer_days": Setting(3, "提出召回后本人几个工作日内可以说明（第二十二条）", _whole(1, 30)),
    "visit.capacity": Setting(2, "每名干部结对帮扶的户数（第十一条）", _whole(1, 10)),
    "visit.new_pairing_grace_days": Setting(
        30, "本季度内结对不足多少天不计未走访（第十二条，D18）", _whole(0, 92)
    ),
    "visit.late_entry_days": Setting(7, "季度结束后几天内可补录走访（D19）", _whole(0, 60)),
    "visit.counts_contact_for_away": Setting(
        False, "举家外出户的电话、视频联系是否算走访（D20）", _yes_or_no
    ),
    "visit.reminder_days": Setting(14, "季度结束前几天提醒未走访的帮扶干部", _whole(1, 60)),
    "photo.per_day": Setting(60, "每人每天可传照片张数", _whole(1, 500)),
    "photo.mb_per_month": Setting(300, "每人每月可传照片总量，MB", _whole(10, 10_000)),
    "photo.own_deletion_days": Setting(7, "上传后几天内本人可自行删除走访照片", _whole(0, 90)),
    "photo.kept_days": Setting(730, "照片保存天数，期满只留走访事实", _whole(30, 3_650)),
    "duty.county_meeting": Setting(1, "县每半年召开第一书记和队长会议的次数（第十四条）", _whole(0, 12)),
    "duty.county_dispatch": Setting(1, "县每月调度的次数（第十四条）", _whole(0, 31)),
    "duty.unit_head_report": Setting(1, "派出单位主要领导每半年听取汇报的次数（第十五条）", _whole(0, 12)),
    "duty.unit_head_visit": Setting(1, "派出单位主要领导每年到每个村的次数（第十五条）", _whole(0, 24)),
    "duty.unit_deputy_visit": Setting(1, "派出单位分管领导每半年到每个村的次数（第十五条）", _whole(0, 12)),
    "duty.team_fund": Setting(
        1_000_000, "每支工作队每年的工作经费，分（第二十六条）", _whole(0, 100_000_000)
    ),
    "duty.county_training": Setting(1, "任期内参加县级以上培训的次数（第二十八条）", _whole(0, 20)),
    "duty.part_period_days": Setting(
        30, "一个周期内派驻不满多少天，该周期的职责不计（第十五、二十六、二十八条）", _whole(1, 180)
    ),
    "duty.reminder_days": Setting(14, "职责周期结束前几天提醒", _whole(1, 60)),
    "calendar.extra_rest_days": Setting([], "本地另定的休息日（D24）", _days),
    "calendar.extra_workdays": Setting([], "本地另定的工作日（D24）", _days),
}


class DatedValue(NamedTuple):
    """What a setting is worth from a day on."""

    first_day: date
    value: Any


class AreaSettings:
    """The settings in force for one village on one day."""

    __slots__ = ("_own",)

    def __init__(self, own: Mapping[str, Any]) -> None:
        self._own = own

    def __getitem__(self, key: str) -> Any:
        own = self._own.get(key)
        return SETTINGS[key].built_in if own is None else own


def resolve(rows: Iterable[SettingRow], *, ancestors: Iterable[UUID | None], day: date) -> AreaSettings:
    """Return what holds on ``day`` for a place whose areas are ``ancestors``, the nearest first."""
    rank = {area_id: place for place, area_id in enumerate(ancestors) if area_id}
    found: dict[str, tuple[tuple[int, int], Any]] = {}
    for row in rows:
        place = rank.get(row.area_id)
        if place is None or row.valid_from > day:
            continue
        preference = (-place, row.valid_from.toordinal())
        if row.key not in found or preference >= found[row.key][0]:
            found[row.key] = (preference, row.value)
    return AreaSettings({key: value for key, (_, value) in found.items()})


def values_in(
    rows: Iterable[SettingRow], *, ancestors: Iterable[UUID | None], key: str, month: Month
) -> list[DatedValue]:
    """Return what one setting is worth in a month, from its first day on and wherever the value changes."""
    own, line = [row for row in rows if row.key == key], list(ancestors)
    changes = {row.valid_from for row in own if month.first_day < row.valid_from <= month.last_day}
    values: list[DatedValue] = []
    for day in (month.first_day, *sorted(changes)):
        value = resolve(own, ancestors=line, day=day)[key]
        if not values or values[-1].value != value:
            values.append(DatedValue(day, value))
    return values


def check_setting(key: str, value: Any) -> None:
    """Refuse a setting that does not exist or a value it does not take."""
    if key not in SETTINGS:
        raise Refusal("setting_unknown", "没有这项设置", keys=sorted(SETTINGS))
    if not SETTINGS[key].allows(value):
        raise Refusal("setting_value", "这项设置不接受该值", meaning=SETTINGS[key].meaning)
