"""The report of pairing visits as .csv, .xlsx and on paper: the same lines as the list (rules.md §7.5)."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from kernel.periods import Quarter
from kernel.tables import Cell, Table
from reports.pairing_visits import HelperLine, PairingVisits
from reports.papers import BY_NAME, Part, bar, exported_by, in_figures, write
from reports.places import LEVELS
from reports.policy import VisitsRow

TITLE = "结对走访季报"
LOOK_AT_HEADERS = ("姓名", "所结对的村", "关注事项")
PARTS: Mapping[Part, str] = {
    ("已走访", "solid"): "done",
    ("未走访", "black"): "not_done",
    ("宽限", "upright"): "grace",
    ("外出", "hatched"): "away",
    ("豁免", "light"): "exempt",
}
"""The parts of a bar, in the order in which they stand beside each other."""
FIGURES: Mapping[str, str] = {
    "expected": "应走访户数",
    "done": "已走访",
    "not_done": "未走访",
    "exempt": "豁免",
    "grace": "宽限",
    "away": "外出",
    "households": "监测对象户数",
    "covered": "有人入户户数",
    "coverage_percent": "覆盖率%",
    "problems_found": "本季发现问题",
    "problems_settled": "本季办结问题",
    "problems_open": "未办结问题",
    "problems_overdue": "超期未办结",
}


def document(report: PairingVisits, form: str, *, by: str, at: datetime) -> bytes:
    """Return the report in a form (csv, xlsx, pdf); it says who took it out of the system, and when."""
    made = exported_by(by, at)
    return write(
        form,
        table=lambda: _one_table(report, made),
        tables=lambda: _tables(report, made),
        paper=lambda: _on_paper(report, made),
    )


def file_name(report: PairingVisits, form: str) -> str:
    """Return the name under which a report is kept."""
    return f"{TITLE}-{report.place.name}-{report.quarter}.{form}"


def figures_shown(figures: VisitsRow) -> dict[str, Any]:
    """Return the figures by name, those that follow from others among them."""
    return {name: getattr(figures, name) for name in FIGURES}


def owed_text(line: HelperLine, *, is_running: bool) -> str:
    """Say what a helper still owes."""
    figures = line.figures
    return f"应走访{figures.expected}户，{'尚未走访' if is_running else '未走访'}{figures.not_done}户" + (
        f"，未办结问题{figures.problems_open}个" if figures.problems_open else ""
    )


def state_text(report: PairingVisits) -> str:
    """Say whether the quarter still runs."""
    return "本季进行中，数字截至今日" if report.is_running else "本季已结束"


# -- tables -------------------------------------------------------------------------------------


def _one_table(report: PairingVisits, made: str) -> Table:
    """Return everything under one header, as a .csv has it."""
    header = ("类别", "名称", "所结对的村", *FIGURES.values(), "关注事项")
    blanks: list[Cell] = [None] * len(FIGURES)
    rows: list[list[Cell]] = [
        [kind, name, None, *figures, None] for kind, name, *figures in _place_rows(report)
    ]
    rows += [["帮扶干部", *_helper_row(line), None] for line in report.helpers]
    rows += [["需关注", name, where, *blanks, why] for name, where, why in _look_at_rows(report)]
    return Table(TITLE, header, rows, _notes(report, made))


def _tables(report: PairingVisits, made: str) -> list[Table]:
    notes = _notes(report, made)
    tables = [Table("汇总", ("类别", "名称", *FIGURES.values()), list(_place_rows(report)), notes)]
    if report.helpers:
        header = ("姓名", "所结对的村", *FIGURES.values())
        tables.append(Table("帮扶干部", header, list(map(_helper_row, report.helpers)), notes))
    return [*tables, Table("需关注", LOOK_AT_HEADERS, _look_at_rows(report), [*notes, BY_NAME])]


def _notes(report: PairingVisits, made: str) -> list[str]:
    return [f"{TITLE}　{report.place.name}　{quarter_text(report.quarter)}", state_text(report), made]


def _place_rows(report: PairingVisits) -> Iterable[list[Cell]]:
    yield ["合计", report.place.name, *figures_shown(report.total).values()]
    for line in report.lines:
        yield [LEVELS[line.place.level], line.place.name, *figures_shown(line.figures).values()]


def _helper_row(line: HelperLine) -> list[Cell]:
    return [line.helper.name, "、".join(line.villages), *figures_shown(line.figures).values()]


def _look_at_rows(report: PairingVisits) -> list[list[Cell]]:
    return [
        [line.helper.name, "、".join(line.villages), owed_text(line, is_running=report.is_running)]
        for line in report.to_look_at
    ]


# -- paper --------------------------------------------------------------------------------------


HEADERS = (
    "名称", "应走访\n户数", "已走访", "未走访", "豁免", "宽限", "外出", "监测\n对象户", "有人\n入户", "覆盖率\n%",
    "本季发现\n问题", "本季办结\n问题", "未办结\n问题", "其中\n超期",
)  # fmt: skip


def _on_paper(report: PairingVisits, made: str) -> dict[str, Any]:
    lines = [(line.place.name, line.figures) for line in report.lines]
    helpers = [(line.helper.name, line.figures) for line in report.helpers]
    tables = [("数字", [("合计", report.total), *lines])]
    if helpers:
        tables.append(("帮扶干部", helpers))
    return {
        "title": TITLE,
        "place": report.place.name,
        "period": quarter_text(report.quarter),
        "notes": _notes(report, made)[1:-1],
        "made": made,
        "keys": _keys(report),
        "chart": "结对走访完成了多少，监测对象户是否都有人入户",
        "bar_titles": ["结对关系的走访情况", "有人入户的监测对象户"],
        "none_yet": "没有监测对象",
        "parts": list(PARTS),
        "total": _bar("合计", report.total),
        "bars": [_bar(name, figures) for name, figures in lines or helpers],
        "tables": [
            {"title": title, "headers": HEADERS, "rows": [_paper_row(name, row) for name, row in rows]}
            for title, rows in tables
        ],
        "look_at": {
            "title": "还有走访任务的帮扶干部" if report.is_running else "有户未走访的帮扶干部",
            "order": BY_NAME,
            "headers": LOOK_AT_HEADERS,
            "rows": _look_at_rows(report),
        },
    }


def _paper_row(name: str, figures: VisitsRow) -> list[str]:
    return in_figures([name, *figures_shown(figures).values()])


def _bar(name: str, figures: VisitsRow) -> dict[str, Any]:
    parts = [getattr(figures, field) for field in PARTS.values()]
    return bar(name, parts, reached=figures.covered, of=figures.households)


def _keys(report: PairingVisits) -> list[tuple[str, str]]:
    row = report.total
    coverage = "—" if row.coverage_percent is None else f"{row.coverage_percent:g}%"
    return [
        ("应走访", f"{row.expected:,}户"),
        ("已走访", f"{row.done:,}户"),
        ("未走访", f"{row.not_done:,}户"),
        ("覆盖率", coverage),
        ("未办结问题", f"{row.problems_open:,}个"),
        ("其中超期", f"{row.problems_overdue:,}个"),
    ]


def quarter_text(quarter: Quarter) -> str:
    """Return a quarter as it is written: 2026年第四季度."""
    return f"{quarter.year}年第{'一二三四'[quarter.number - 1]}季度"
