"""The duties of an area or a unit as .xlsx and on paper (履职情况表)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from kernel.periods import CHINA
from kernel.printing import pdf
from kernel.tables import Cell, Table, write_xlsx
from oversight.duties import DutySheet
from oversight.duty_facts import DutyLine
from oversight.duty_policy import DUTY, DutyCode, DutyPeriod, Every, Standing, Subject, periods_of_year

TITLE = "驻村帮扶履职情况表"
TEMPLATE = Path(__file__).with_name("duties.typ")
STANDINGS: Mapping[Standing, str] = {
    Standing.DONE: "已完成",
    Standing.DUE: "待完成",
    Standing.MISSING: "未完成",
    Standing.NOT_OWED: "不计",
}
SIGNS: Mapping[Standing, str] = {
    Standing.DONE: "√",
    Standing.DUE: "○",
    Standing.MISSING: "×",
    Standing.NOT_OWED: "—",
}
EVERY: Mapping[Every, str] = {
    Every.MONTH: "每月",
    Every.HALF_YEAR: "每半年",
    Every.YEAR: "每年",
    Every.POSTING: "任期内",
}
LEGEND = "√ 已完成　○ 待完成（本期未结束）　× 未完成（本期已结束）　— 派驻不满规定天数，不计"
FEN_PER_YUAN = 100


def document(sheet: DutySheet, form: str, *, by: str, at: datetime) -> bytes:
    """Return the duties as xlsx or pdf; it says who took it out of the system, and when."""
    made = f"{by} {at.astimezone(CHINA):%Y-%m-%d %H:%M} 导出"
    return write_xlsx(_tables(sheet, made)) if form == "xlsx" else pdf(TEMPLATE, _on_paper(sheet, made))


def file_name(sheet: DutySheet, form: str) -> str:
    """Return the name under which it is kept."""
    return f"{TITLE}-{sheet.place.name}-{sheet.day}.{form}"


def _head(sheet: DutySheet) -> str:
    return f"{sheet.place.name}　{sheet.day.year}年（截至{_day_text(sheet.day)}）"


def _day_text(day: date) -> str:
    return f"{day.month}月{day.day}日"


# -- tables ---------------------------------------------------------------------------------------


def _tables(sheet: DutySheet, made: str) -> list[Table]:
    notes = [TITLE, _head(sheet), made]
    totals: list[list[Cell]] = [
        [DUTY[code].name, f"第{DUTY[code].article}条", EVERY[DUTY[code].every]]
        + [float(counts.get(standing, 0)) for standing in STANDINGS]
        for code, counts in sheet.totals.items()
    ]
    return [
        Table("汇总", ("职责", "条款", "周期", *STANDINGS.values()), totals, notes),
        Table(
            "明细", ROW_HEADER, [_row(line, period) for line in sheet.lines for period in line.periods], notes
        ),
    ]


ROW_HEADER = (
    "职责", "条款", "对象", "派出单位", "村", "周期", "起", "止", "应（次/元）", "已（次/元）", "缺（次/元）", "状态", "办理情况",
)  # fmt: skip


def _row(line: DutyLine, period: DutyPeriod) -> list[Cell]:
    unit = FEN_PER_YUAN if line.duty.is_amount else 1
    return [
        line.duty.name,
        f"第{line.duty.article}条",
        line.subject.name,
        line.unit.name if line.unit else None,
        line.village.name if line.village else None,
        period.label or "任期内",
        str(period.span.first_day),
        str(period.span.last_day or ""),
        *(amount / unit for amount in (period.owed, period.done, period.missing)),
        STANDINGS[period.standing],
        "；".join(_told(line, period)),
    ]


def _told(line: DutyLine, period: DutyPeriod) -> Iterable[str]:
    for place in period.events:
        event = line.events[place]
        money = f" {event.amount_fen / FEN_PER_YUAN:,.2f}元" if event.amount_fen else ""
        yield f"{_day_text(event.day)}{money} {event.note}".strip()


# -- paper ----------------------------------------------------------------------------------------


def _on_paper(sheet: DutySheet, made: str) -> dict[str, Any]:
    by_duty: dict[DutyCode, list[DutyLine]] = defaultdict(list)
    for line in sheet.lines:
        by_duty[line.duty.code].append(line)
    return {
        "title": TITLE,
        "head": _head(sheet),
        "made": made,
        "legend": LEGEND,
        "county": [
            {"name": f"{line.subject.name}：{line.duty.name}", "periods": _signed(line, sheet.day.year)}
            for line in sheet.lines
            if line.duty.subject is Subject.COUNTY
        ],
        "units": _unit_rows(by_duty, sheet.day.year),
        "funds": [
            [line.subject.name, *_money(period), SIGNS[period.standing]]
            for line in by_duty[DutyCode.TEAM_FUND]
            for period in line.periods
        ],
        "training": _training(by_duty[DutyCode.COUNTY_TRAINING]),
    }


def _signed(line: DutyLine, year: int) -> list[tuple[str, str]]:
    """Return a name and a sign for each period of the year, the sign empty for one still to begin."""
    known = {period.label: period for period in line.periods}
    return [
        (_short(label), _sign(known[label], line) if label in known else "")
        for label, _ in periods_of_year(line.duty.every, year)
    ]


def _short(label: str) -> str:
    if "-" in label:
        return f"{int(label[5:])}月"
    return {"H1": "上半年", "H2": "下半年"}.get(label[4:], "全年")


def _sign(period: DutyPeriod, line: DutyLine) -> str:
    days = [line.events[place].day for place in period.events]
    return f"{SIGNS[period.standing]} {days[-1]:%-m.%-d}" if days else SIGNS[period.standing]


UNIT_DUTIES = (DutyCode.UNIT_HEAD_REPORT, DutyCode.UNIT_HEAD_VISIT, DutyCode.UNIT_DEPUTY_VISIT)


def _unit_rows(by_duty: Mapping[DutyCode, list[DutyLine]], year: int) -> list[list[str]]:
    """Return a row for each unit and village: the unit's name, the village, and a sign for each period."""
    reports = {line.subject.id: line for line in by_duty[DutyCode.UNIT_HEAD_REPORT]}
    deputies = {_pair(line): line for line in by_duty[DutyCode.UNIT_DEPUTY_VISIT]}
    rows = []
    for line in by_duty[DutyCode.UNIT_HEAD_VISIT]:
        lines = (reports.get(line.subject.id), line, deputies.get(_pair(line)))
        signs = [
            sign
            for code, each in zip(UNIT_DUTIES, lines, strict=True)
            for sign in (
                [sign for _, sign in _signed(each, year)]
                if each
                else [""] * len(periods_of_year(DUTY[code].every, year))
            )
        ]
        rows.append([line.subject.name, line.village.name if line.village else "", *signs])
    return rows


def _pair(line: DutyLine) -> tuple[UUID, UUID | None]:
    return line.subject.id, line.village.id if line.village else None


def _money(period: DutyPeriod) -> list[str]:
    return [f"{amount / FEN_PER_YUAN:,.0f}" for amount in (period.owed, period.done, period.missing)]


def _training(lines: Iterable[DutyLine]) -> dict[str, Any]:
    """Return how many people have been trained in their posting, and who has not, by name."""
    standings = [(line, period) for line in lines for period in line.periods]
    owed = [pair for pair in standings if pair[1].standing is not Standing.NOT_OWED]
    waiting = [
        f"{line.subject.name}（{line.village.name if line.village else ''}）"
        for line, period in owed
        if period.standing is not Standing.DONE
    ]
    return {"people": len(owed), "done": len(owed) - len(waiting), "waiting": waiting}
