"""The home screen, the month of a village or township, entries of the township."""

from typing import Any

from apiflask import APIBlueprint

from attendance.models import Half
from attendance.policy import DayClass, by_day
from attendance.queries import Post
from attendance.schemas import (
    AttendanceQuery,
    AttendanceResponse,
    CorrectionRequest,
    CorrectionResponse,
    TodayResponse,
)
from attendance.service import PostMonth, correct, months_of, unannounced_years
from attendance.today import describe_today
from attendance.workbook import month_xlsx
from identity.permissions import Permission
from identity.scope import get_area, get_unit
from identity.session import caller, requires
from kernel.files import XLSX, as_file
from kernel.periods import DaySet, day_of, days_of
from kernel.web import month_in_path
from org.models import Level

bp = APIBlueprint("attendance", __name__, tag="考勤 attendance")


@bp.get("/today")
@bp.output(TodayResponse)
@requires(Permission.SEE_OWN)
def get_today() -> dict[str, Any]:
    """The home screen: where today stands, this month's counts, the year's average."""
    return describe_today(caller())


@bp.get("/attendance/<string:month>")
@bp.input(AttendanceQuery, location="query")
@bp.output(AttendanceResponse)
@requires(Permission.SEE_ATTENDANCE)
def get_attendance(month: str, query_data: dict[str, Any]) -> Any:
    """One class for each person and day of a month, in a village, township or county, or of a unit.

    ``?format=xlsx`` is the same as a workbook.
    """
    me, of_month = caller(), month_in_path(month)
    area = unit_id = None
    for level in (Level.VILLAGE, Level.TOWNSHIP, Level.COUNTY):
        if query_data[level]:
            area = get_area(query_data[level], me, Permission.SEE_ATTENDANCE, level=level)
    if query_data["unit"]:
        unit_id = get_unit(query_data["unit"], me, Permission.SEE_ATTENDANCE).id
    rows = months_of(caller=me, area=area, unit_id=unit_id, month=of_month)
    is_running = of_month.last_day >= day_of(me.now)
    if query_data["format"] == "xlsx":
        note = "本月进行中，数字截至今日" if is_running else "按现有记录，以盖章考勤表为准"
        return as_file(month_xlsx(rows, of_month, note=note), f"考勤-{of_month}.xlsx", XLSX)
    return {
        "month": str(of_month),
        "running": is_running,
        "unannounced_years": unannounced_years(of_month),
        "items": [_present(post, row) for post, row in rows],
    }


def _present(post: Post, row: PostMonth) -> dict[str, Any]:
    days, afternoons = {}, {}
    for day, morning, afternoon in by_day(row.classes):
        days[day.isoformat()] = morning
        if afternoon is not morning:
            afternoons[day.isoformat()] = afternoon
    return {
        "person": {"id": post.person_id, "name": post.person_name},
        "posting_id": post.posting_id,
        "role": post.role,
        "village": post.village,
        "unit": {"id": post.unit_id, "name": post.unit_name},
        "days": days,
        "afternoons": afternoons,
        "in_village_days": row.in_village_days,
        "assessed_days": row.assessed_days,
        "paid_days": row.paid_days,
        "required_days": row.required_days,
        "month_met": row.is_met,
        "average": row.describe_average(),
        "forecast": row.describe_forecast(),
        "registered": _iso(row, row.registered),
        "waiting": _iso(row, row.waiting),
        "doubtful": _iso(row, row.doubtful),
    }


def _iso(row: PostMonth, days: DaySet) -> list[str]:
    return [day.isoformat() for day in days_of(row.classes.month, days)] if days else []


@bp.post("/attendance/corrections")
@bp.input(CorrectionRequest)
@bp.output(CorrectionResponse, 201)
@requires(Permission.CORRECT_ATTENDANCE)
def post_correction(json_data: dict[str, Any]) -> tuple[Any, int]:
    """Enter what a day counts as, with a reason; it takes the place of everything else known of that day."""
    entry = {**json_data, "half": Half(json_data["half"]), "day_class": DayClass(json_data["day_class"])}
    correction, is_new = correct(caller=caller(), **entry)
    return correction, 201 if is_new else 200
