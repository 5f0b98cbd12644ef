"""The residency report as .csv, .xlsx and on paper: the same lines as the list (rules.md §7.5)."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from kernel.tables import Cell, Table
from org.models import PostingRole
from reports.papers import BY_NAME, Part, bar, exported_by, in_figures, month_text, write
from reports.places import LEVELS, Line
from reports.policy import Reason, ResidencyRow, residency_of
from reports.residency import OF_VILLAGES, LookAt, Residency
from reports.residency_villages import PersonMonth

TITLE = "驻村情况月报"

FIGURES: Mapping[str, str] = {
    "people": "应在岗人数",
    "posted_days": "派驻天数",
    "assessed_days": "考核天数",
    "in_village_days": "在村",
    "trip_days": "出差",
    "meeting_days": "会议",
    "training_days": "培训",
    "personal_days": "事假",
    "sick_days": "病假",
    "annual_days": "年休假",
    "other_days": "其他请假",
    "rest_days": "休息",
    "pending_days": "待批",
    "unexplained_days": "缺勤待说明",
    "unexcused_days": "脱岗",
    "open_days": "未到日",
    "people_month_met": "本月达标人数",
    "people_with_average": "计年均人数",
    "people_average_met": "年均达标人数",
    "people_below_15": "考核不足15天人数",
    "people_15_to_19": "考核15至19天人数",
    "people_from_20": "考核20天及以上人数",
    "people_away": "请假在外人数",
    "people_overdue": "超假人数",
    "leaves": "请假件数",
    "leaves_retro": "其中补办件数",
    "villages": "村数",
    "teams_short": "不足3人村数",
    "team_short_days": "不足3人天数",
    "villages_with_nobody": "有无人在村日的村数",
    "nobody_days": "无人在村天数",
}
ROLES = {PostingRole.FIRST_SECRETARY: "第一书记", PostingRole.MEMBER: "队员"}
LOOK_AT_HEADERS = ("姓名", "所在地", "派出单位", "关注事项")
IN_WORDS = {True: "是", False: "否", None: "—"}

PARTS: Mapping[Part, tuple[str, ...]] = {
    ("在村", "solid"): ("in_village_days",),
    ("出差、会议、培训", "hatched"): ("trip_days", "meeting_days", "training_days"),
    ("请假", "dotted"): ("personal_days", "sick_days", "annual_days", "other_days"),
    ("休息", "light"): ("rest_days",),
    ("待批", "upright"): ("pending_days",),
    ("缺勤待说明、脱岗", "black"): ("unexplained_days", "unexcused_days"),
    ("未到日", "blank"): ("open_days",),
}
"""The parts of a bar, in the order in which they stand beside each other."""


def document(report: Residency, form: str, *, by: str, at: datetime) -> bytes:
    """Return the report in a form (csv, xlsx, pdf); it says who took it out of the system, and when."""
    made = exported_by(by, at)
    return write(
        form,
        table=lambda: _one_table(report, made),
        tables=lambda: _tables(report, made),
        paper=lambda: _on_paper(report, made),
    )


def file_name(report: Residency, form: str) -> str:
    """Return the name under which a report is kept."""
    return f"{TITLE}-{report.place.name}-{report.month}.{form}"


def reasons_text(found: LookAt) -> str:
    """Say why somebody's month should be looked at."""
    figures = residency_of(found.person.month)
    words = {
        Reason.UNEXPLAINED: f"缺勤待说明{figures.unexplained_days:g}天",
        Reason.UNEXCUSED: f"脱岗{figures.unexcused_days:g}天",
        Reason.OVERDUE_RETURN: "超假未归",
        Reason.AVERAGE_BELOW: "年均未达标",
    }
    return "，".join(words[reason] for reason in found.reasons)


def state_text(report: Residency) -> str:
    """Say from what the report was drawn up: a month still running, stamped sheets, records."""
    if report.is_running:
        return "本月进行中，数字截至今日，月末以盖章考勤表为准"
    stamped, villages = report.stamped_count, report.villages_count
    if stamped == villages:
        return f"{villages}个村的考勤表均已盖章"
    return f"{villages}个村中{stamped}个村的考勤表已盖章，其余按现有记录统计"


def figures_shown(figures: ResidencyRow, *, tells_villages: bool) -> dict[str, Any]:
    """Return the figures by name, those of villages None where they mean nothing."""
    shown = figures._asdict()
    return shown if tells_villages else {**shown, **dict.fromkeys(OF_VILLAGES)}


# -- tables -------------------------------------------------------------------------------------


def _one_table(report: Residency, made: str) -> Table:
    """Return everything under one header, as a .csv has it."""
    header = (
        "类别",
        "名称",
        "所在地",
        "职务",
        "派出单位",
        *FIGURES.values(),
        "补助天数",
        "本月达标",
        "年均达标",
        "关注事项",
    )
    blanks: list[Cell] = [None] * len(FIGURES)
    rows: list[list[Cell]] = [
        [kind, name, None, None, None, *figures, None, None, None, None]
        for kind, name, *figures in _place_rows(report)
    ]
    for person in report.people:
        name, where, role, unit, *figures, paid, is_met, average = _person_row(person, report)
        rows.append(["人员", name, where, role, unit, *figures, paid, is_met, average, None])
    for found in report.to_look_at:
        name, where, unit, why = _look_at_row(found, report)
        rows.append(["需关注", name, where, None, unit, *blanks, None, None, None, why])
    return Table(TITLE, header, rows, _notes(report, made))


def _tables(report: Residency, made: str) -> list[Table]:
    notes = _notes(report, made)
    tables = [Table("汇总", ("类别", "名称", *FIGURES.values()), list(_place_rows(report)), notes)]
    if report.people:
        header = ("姓名", "所在地", "职务", "派出单位", *FIGURES.values(), "补助天数", "本月达标", "年均达标")
        tables.append(Table("人员", header, [_person_row(person, report) for person in report.people], notes))
    looked_at = [_look_at_row(found, report) for found in report.to_look_at]
    return [*tables, Table("需关注", LOOK_AT_HEADERS, looked_at, [*notes, BY_NAME])]


def _notes(report: Residency, made: str) -> list[str]:
    notes = [f"{TITLE}　{report.place.name}　{month_text(report.month)}", state_text(report)]
    notes += [f"{year}年节假日未公布，按周一至周五计" for year in report.unannounced_years]
    return [*notes, made]


def _place_rows(report: Residency) -> Iterable[list[Cell]]:
    for kind, line in (("合计", Line(report.place, report.total)), *((LEVELS[line.place.level], line) for line in report.lines)):  # fmt: skip
        yield [
            kind,
            line.place.name,
            *figures_shown(line.figures, tells_villages=report.tells_villages).values(),
        ]


def _person_row(person: PersonMonth, report: Residency) -> list[Cell]:
    return [
        person.name,
        _where(person, report),
        ROLES.get(PostingRole(person.role), person.role),
        person.unit,
        *figures_shown(residency_of(person.month), tells_villages=False).values(),
        person.paid_days,
        IN_WORDS[person.is_month_met],
        IN_WORDS[person.is_average_met],
    ]


def _look_at_row(found: LookAt, report: Residency) -> list[Cell]:
    return [found.person.name, _where(found.person, report), found.person.unit, reasons_text(found)]


def _where(person: PersonMonth, report: Residency) -> str:
    return f"{report.above[person.village.id]}{person.village.name}"


# -- paper --------------------------------------------------------------------------------------


def _on_paper(report: Residency, made: str) -> dict[str, Any]:
    lines = [(line.place.name, line.figures) for line in report.lines]
    people = [(person.name, residency_of(person.month)) for person in report.people]
    places = report.tells_villages
    tables = [("数字（天数为人天）", [("合计", report.total), *lines], places)]
    if people:
        tables.append(("人员", people, False))
    return {
        "title": TITLE,
        "place": report.place.name,
        "period": month_text(report.month),
        "notes": _notes(report, made)[1:-1],
        "made": made,
        "keys": _keys(report),
        "chart": "人在哪里，年均是否达标",
        "bar_titles": ["派驻天数的去向", "年均达标人数"],
        "none_yet": "尚无整月",
        "parts": list(PARTS),
        "total": _bar("合计", report.total),
        "bars": [_bar(name, figures) for name, figures in lines or people],
        "tables": [
            {
                "title": title,
                "headers": HEADERS if tells else HEADERS[:-2],
                "rows": [_paper_row(name, row, tells) for name, row in rows],
            }
            for title, rows, tells in tables
        ],
        "look_at": {
            "title": "需要关注的人员",
            "order": BY_NAME,
            "headers": LOOK_AT_HEADERS,
            "rows": [_look_at_row(found, report) for found in report.to_look_at],
        },
    }


HEADERS = (
    "名称", "应在岗", "考核\n天数", "在村", "差会训", "请假", "休息", "待批", "缺勤\n脱岗",
    "不足\n15天", "15至\n19天", "20天\n以上", "本月\n达标", "年均\n达标", "请假\n在外", "超假", "不足3人\n的村", "有日无人\n的村",
)  # fmt: skip


def _paper_row(name: str, figures: ResidencyRow, tells_villages: bool) -> list[str]:
    days = [sum(getattr(figures, field) for field in fields) for fields in PARTS.values()]
    row: list[Cell] = [name, figures.people, figures.assessed_days, *days[:-1], *figures[19:22]]
    row += [
        figures.people_month_met,
        f"{figures.people_average_met}/{figures.people_with_average}",
        figures.people_away,
        figures.people_overdue,
    ]
    row += [figures.teams_short, figures.villages_with_nobody] if tells_villages else []
    return in_figures(row)


def _bar(name: str, figures: ResidencyRow) -> dict[str, Any]:
    parts = [sum(getattr(figures, field) for field in fields) for fields in PARTS.values()]
    return bar(name, parts, reached=figures.people_average_met, of=figures.people_with_average)


def _keys(report: Residency) -> list[tuple[str, str]]:
    row = report.total
    keys = [
        ("应在岗", f"{row.people}人"),
        ("年均达标", f"{row.people_average_met}/{row.people_with_average}人"),
        ("请假在外", f"{row.people_away}人"),
        ("超假未归", f"{row.people_overdue}人"),
        ("补办请假", f"{row.leaves_retro}/{row.leaves}件"),
        ("缺勤待说明", f"{row.unexplained_days:,g}天"),
    ]
    if report.tells_villages:
        keys += [("不足3人的村", f"{row.teams_short}个"), ("有日无人在村", f"{row.villages_with_nobody}个村")]
    return keys
