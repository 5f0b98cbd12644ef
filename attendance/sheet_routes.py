"""The sheets of villages: where they stand, passing them on to the stamp, their versions, and the public check."""

from datetime import date
from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response, render_template_string, request

from attendance.documents import month_text
from attendance.models import SheetVersion
from attendance.sheet import Difference, SheetContent, SheetRow
from attendance.sheet_papers import paper
from attendance.sheet_schemas import (
    BoardQuery,
    BoardResponse,
    PaperQuery,
    SheetReason,
    SheetResponse,
    VerifyResponse,
    VersionQuery,
)
from attendance.sheets import (
    STATES_TEXT,
    SheetView,
    amend,
    board,
    check,
    find_by_check_code,
    get_version,
    is_newest,
    send_back,
    stamp,
    submit,
    view_sheet,
    visible_content,
    witness,
)
from identity.permissions import Permission
from identity.scope import get_area
from identity.session import caller, requires
from kernel.periods import Month, day_of
from kernel.web import month_in_path

bp = APIBlueprint("sheets", __name__, tag="考勤表 sheets")


@bp.get("/sheets")
@bp.input(BoardQuery, location="query")
@bp.output(BoardResponse)
@requires(Permission.SEE_ATTENDANCE)
def get_board(query_data: dict[str, Any]) -> dict[str, Any]:
    """Where the sheets of my villages stand, and what still has to be looked at in each."""
    me, month = caller(), query_data["month"]
    area = get_area(query_data["area"], me, Permission.SEE_ATTENDANCE)
    lines = board(caller=me, area=area, month=month)
    return {
        "month": str(month),
        "running": month.last_day >= day_of(me.now),
        "items": [
            {
                "village": line.village,
                "state": line.state,
                "state_text": STATES_TEXT[line.state],
                "version": line.version,
                "people": line.people,
                "waiting_days": line.waiting_days,
                "unexplained_days": line.unexplained_days,
                "proposed_changes": line.proposed_changes,
            }
            for line in lines
        ],
    }


@bp.get("/sheets/<uuid:village_id>/<string:month>")
@bp.output(SheetResponse)
@requires(Permission.SEE_ATTENDANCE)
def get_sheet(village_id: UUID, month: str) -> dict[str, Any]:
    """One village's month as it is stamped, or as the facts make it so far; and what came after the stamp."""
    return _answer(village_id, month_in_path(month))


@bp.get("/sheets/<uuid:village_id>/<string:month>/paper")
@bp.input(PaperQuery, location="query")
@requires(Permission.SEE_ATTENDANCE)
def get_paper(village_id: UUID, month: str, query_data: dict[str, Any]) -> Response:
    """The sheet as it stands, to be looked through on paper before the stamp; it says that it is none."""
    me = caller()
    view = view_sheet(caller=me, village_id=village_id, month=month_in_path(month))
    return paper(view.content, None, query_data["format"], me=me)


@bp.get("/sheets/<uuid:village_id>/<string:month>/versions/<int:number>")
@bp.input(VersionQuery, location="query")
@bp.output(SheetResponse)
@requires(Permission.SEE_ATTENDANCE)
def get_sheet_version(village_id: UUID, month: str, number: int, query_data: dict[str, Any]) -> Any:
    """A stamped version, as it was stamped; ``?format=pdf`` or ``xlsx`` is the official form."""
    me, of_month = caller(), month_in_path(month)
    version = get_version(caller=me, village_id=village_id, month=of_month, number=number)
    content = visible_content(version, caller=me)
    if query_data["format"] != "json":
        return paper(content, version, query_data["format"], me=me)
    view = view_sheet(caller=me, village_id=village_id, month=of_month)
    return _present(SheetView(view.village, of_month, view.sheet, version, content, []))


@bp.post("/sheets/<uuid:village_id>/<string:month>/submission")
@bp.output(SheetResponse)
@requires(Permission.SUBMIT_SHEET)
def post_submission(village_id: UUID, month: str) -> dict[str, Any]:
    """Hand the month to the township (队长)."""
    submit(caller=caller(), village_id=village_id, month=month_in_path(month))
    return _answer(village_id, month_in_path(month))


@bp.post("/sheets/<uuid:village_id>/<string:month>/witness")
@bp.output(SheetResponse)
@requires(Permission.WITNESS_SHEET)
def post_witness(village_id: UUID, month: str) -> dict[str, Any]:
    """Witness it for the village (村党组织书记)."""
    witness(caller=caller(), village_id=village_id, month=month_in_path(month))
    return _answer(village_id, month_in_path(month))


@bp.post("/sheets/<uuid:village_id>/<string:month>/check")
@bp.output(SheetResponse)
@requires(Permission.CHECK_SHEET)
def post_check(village_id: UUID, month: str) -> dict[str, Any]:
    """Find it right for the township (乡镇经办)."""
    check(caller=caller(), village_id=village_id, month=month_in_path(month))
    return _answer(village_id, month_in_path(month))


@bp.post("/sheets/<uuid:village_id>/<string:month>/return")
@bp.input(SheetReason)
@bp.output(SheetResponse)
@requires(Permission.CHECK_SHEET)
def post_return(village_id: UUID, month: str, json_data: dict[str, Any]) -> dict[str, Any]:
    """Send it back to the village, with a reason."""
    send_back(caller=caller(), village_id=village_id, month=month_in_path(month), reason=json_data["reason"])
    return _answer(village_id, month_in_path(month))


@bp.post("/sheets/<uuid:village_id>/<string:month>/amendment")
@bp.input(SheetReason)
@bp.output(SheetResponse)
@requires(Permission.CHECK_SHEET)
def post_amendment(village_id: UUID, month: str, json_data: dict[str, Any]) -> dict[str, Any]:
    """Ask for a new version of a stamped sheet, with a reason."""
    amend(caller=caller(), village_id=village_id, month=month_in_path(month), reason=json_data["reason"])
    return _answer(village_id, month_in_path(month))


@bp.post("/sheets/<uuid:village_id>/<string:month>/stamp")
@bp.output(SheetResponse, 201)
@requires(Permission.STAMP_SHEET)
def post_stamp(village_id: UUID, month: str) -> dict[str, Any]:
    """Stamp it: what is recorded by now is frozen as a version with its check code."""
    stamp(caller=caller(), village_id=village_id, month=month_in_path(month))
    return _answer(village_id, month_in_path(month))


@bp.get("/verify/<string:code>")
@bp.output(VerifyResponse)
def get_verify(code: str) -> Any:
    """Whether a stamped paper matches what is stored; public, for whoever holds the paper."""
    version = find_by_check_code(code.upper())
    found = _describe(version)
    if request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html":
        shown = month_text(Month.parse(found["month"])) if version else ""
        return Response(render_template_string(VERIFY_PAGE, **found, month_text=shown), mimetype="text/html")
    return found


VERIFY_PAGE = """<!doctype html>
<html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>考勤表核验</title>
<style>
body{font:1.1rem/1.7 "Noto Sans CJK SC","Microsoft YaHei",sans-serif;margin:2rem auto;max-width:26rem;padding:0 1rem}
h1{font-size:1.3rem}
.answer{border:2px solid;border-radius:.5rem;padding:.8rem 1rem;font-size:1.3rem;font-weight:bold}
.yes{color:#14653c;background:#eef8f1}.older{color:#7a4b00;background:#fff8e6}.no{color:#a3161f;background:#fdf0f0}
dt{color:#555;font-size:.95rem}dd{margin:0 0 .5rem}
</style>
<h1>驻村干部考勤表核验</h1>
<p class="answer {{ 'no' if not matches else 'yes' if is_newest else 'older' }}">{{ message }}</p>
{% if matches %}<dl><dt>村</dt><dd>{{ village }}</dd><dt>月份</dt><dd>{{ month_text }}</dd>
<dt>版本</dt><dd>第 {{ version }} 版</dd></dl>
<p>请核对纸上的村、月份、版本与以上是否相同。</p>{% else %}<p>请核对校验码是否输入有误。</p>{% endif %}
</html>
"""


def _describe(version: SheetVersion | None) -> dict[str, Any]:
    if version is None:
        names = ("village", "month", "version", "is_newest")
        return {"matches": False, "message": "没有这个校验码的考勤表", **dict.fromkeys(names)}
    content, newest = SheetContent.read(version.content), is_newest(version)
    return {
        "matches": True,
        "message": "与存档一致" if newest else "与存档一致，但此后已有更正的新版",
        "village": f"{content.county}{content.township}{content.village}",
        "month": str(content.month),
        "version": version.number,
        "is_newest": newest,
    }


# -- presenting ---------------------------------------------------------------------------------


def _answer(village_id: UUID, month: Month) -> dict[str, Any]:
    return _present(view_sheet(caller=caller(), village_id=village_id, month=month))


def _present(view: SheetView) -> dict[str, Any]:
    version = view.version
    return {
        "village": view.village,
        "month": str(view.month),
        "state": view.state,
        "state_text": STATES_TEXT[view.state],
        "reason": view.sheet.reason if view.sheet else None,
        "version": version
        and {
            "number": version.number,
            "check_code": version.check_code,
            "stamped_at": version.stamped_at,
            "reason": version.reason,
        },
        "marks": version.marks if version else view.marks,
        "rows": [_present_row(row, view.month) for row in view.content.rows],
        "proposed": [_present_difference(each, view.month) for each in view.proposed],
    }


def _present_row(row: SheetRow, month: Month) -> dict[str, Any]:
    return {
        "person": {"id": row.person_id, "name": row.name},
        "posting_id": row.posting_id,
        "role": row.role,
        "unit": {"id": row.unit_id, "name": row.unit},
        "days": {_iso(month, day): list(halves) for day, halves in row.days.items()},
        "in_village_days": row.in_village_days,
        "assessed_days": row.assessed_days,
        "paid_days": len(row.paid_days),
    }


def _present_difference(found: Difference, month: Month) -> dict[str, Any]:
    return {
        "person": {"id": found.person_id, "name": found.name},
        "day": date(month.year, month.number, found.day),
        "before": list(found.before) if found.before else None,
        "after": list(found.after) if found.after else None,
    }


def _iso(month: Month, day: int) -> str:
    return date(month.year, month.number, day).isoformat()
