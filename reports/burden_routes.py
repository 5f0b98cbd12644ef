"""The report of what the system costs those who use it."""

from typing import Any

from apiflask import APIBlueprint

from identity.permissions import Permission
from identity.session import caller, requires
from reports.burden import Burden, burden_of, own_burden
from reports.burden_policy import TASKS, BurdenRow, Task, per_person
from reports.burden_schemas import BurdenQuery, BurdenResponse

bp = APIBlueprint("burden", __name__, tag="报表 reports")


@bp.get("/reports/burden")
@bp.input(BurdenQuery, location="query")
@bp.output(BurdenResponse)
@requires(Permission.SEE_BURDEN)
def get_burden(query_data: dict[str, Any]) -> dict[str, Any]:
    """How many taps and fields a month asked of me, or on average of the people posted in an area."""
    me, month, area_id = caller(), query_data["month"], query_data["area"]
    if area_id is None:
        return _present(own_burden(caller=me, month=month), is_own=True)
    return _present(burden_of(caller=me, area_id=area_id, month=month), is_own=False)


def _present(report: Burden, *, is_own: bool) -> dict[str, Any]:
    return {
        "month": str(report.month),
        "running": report.is_running,
        "place": report.place,
        "total": _figures(report.total, is_own=is_own),
        "lines": [
            {"place": line.place, "figures": _figures(line.figures, is_own=False)} for line in report.lines
        ],
    }


def _figures(row: BurdenRow, *, is_own: bool) -> dict[str, Any]:
    def shown(count: int) -> float | None:
        return count if is_own else per_person(count, row.people)

    return {
        "people": row.people,
        "taps": shown(row.whole.taps),
        "fields_filled": shown(row.whole.fields),
        "tasks": [
            {
                "task": task,
                "name": TASKS[task],
                "taps": shown(row.of(task).taps),
                "fields_filled": shown(row.of(task).fields),
            }
            for task in Task
        ],
    }
