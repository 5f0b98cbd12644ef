"""Checking in, and the attempts of a month."""

from datetime import datetime
from typing import Any
from uuid import UUID

from apiflask import APIBlueprint

from checkin.looking import note_look, sees_points
from checkin.models import Checkin
from checkin.policy import Outcome
from checkin.queries import checkins_of_month, doubts_of
from checkin.schemas import CheckinPage, CheckinRequest, CheckinResponse, CheckinsQuery
from checkin.service import Attempt, Fix, check_in
from geofence.datum import Datum
from geofence.policy import Verdict
from identity.permissions import Permission
from identity.scope import Caller, get_person
from identity.session import caller, requires
from identity.signature import is_signed
from identity.tickets import read_ticket
from kernel.web import read_cursor, write_cursor

bp = APIBlueprint("checkin", __name__, tag="登记 checkin")

MESSAGES = {
    Outcome.COUNTED: "登记成功，已计入",
    Outcome.ALREADY_COUNTED: "已收到；这一天此前已登记",
    Outcome.WAITS_FOR_TOWNSHIP: "已收到，待乡镇确认",
    Outcome.OUTSIDE: "位置在村外，已记录，未计入。如确在村内，请到开阔处再试，或改用本人声明",
    Outcome.RULE_UNMET: "已记录；按本县规定，还需在规定时段登记",
}


@bp.post("/checkins")
@bp.input(CheckinRequest)
@bp.output(CheckinResponse, 201)
@requires(Permission.CHECK_IN)
def post_checkin(json_data: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """今日驻村登记: record one attempt; 200 with the same body when the same key comes again."""
    me = caller()
    fix, ticket, declared_at = json_data["fix"], json_data["time_ticket"], json_data["declared_at"]
    attempt = Attempt(
        client_key=json_data["client_key"],
        fix=Fix(**{**fix, "datum": Datum(fix["datum"])}) if fix else None,
        ticket=read_ticket(ticket, person_id=me.person_id, now=me.now) if ticket else None,
        declared_at=declared_at,
        is_signed=is_signed(me),
        sent={
            "fix": {**fix, "captured_at": fix["captured_at"].isoformat()} if fix else None,
            "declared_at": declared_at.isoformat() if declared_at else None,
        },
    )
    checkin, is_new = check_in(caller=me, attempt=attempt)
    return _present(checkin), 201 if is_new else 200


@bp.get("/checkins")
@bp.input(CheckinsQuery, location="query")
@bp.output(CheckinPage)
@requires(Permission.SEE_CHECKINS)
def get_checkins(query_data: dict[str, Any]) -> dict[str, Any]:
    """The attempts of a month, mine or those of a person in my area, the latest first."""
    me, limit = caller(), query_data["limit"]
    person_id = query_data["person"] or me.person_id
    if person_id != me.person_id:
        get_person(person_id, me, Permission.SEE_CHECKINS)
    found = checkins_of_month(
        caller=me,
        person_id=person_id,
        month=query_data["month"],
        after=read_cursor(query_data["cursor"], datetime.fromisoformat, UUID),
        limit=limit + 1,
    )
    page = found[:limit]
    note_look(me, person_id, page)
    doubts = doubts_of(page)
    last = page[-1] if len(found) > limit else None
    return {
        "items": [_present_item(checkin, doubts.get(checkin.id, []), me) for checkin in page],
        "next_cursor": write_cursor(last.received_at.isoformat(), last.id) if last else None,
    }


def _present(checkin: Checkin) -> dict[str, Any]:
    message = MESSAGES[Outcome(checkin.outcome)]
    if checkin.counted and checkin.verdict == Verdict.UNSURE:
        message = "登记成功，已计入；定位不够准，已注明“存疑”"
    return {
        "id": checkin.id,
        "client_key": checkin.client_key,
        "day": checkin.day,
        "verdict": checkin.verdict,
        "band": checkin.band,
        "counted": checkin.counted,
        "outcome": checkin.outcome,
        "late_upload": checkin.late_upload,
        "received_at": checkin.received_at,
        "message": message,
    }


def _present_item(checkin: Checkin, doubts: list[str], me: Caller) -> dict[str, Any]:
    point = None
    if sees_points(me, checkin.person_id) and checkin.longitude_deg is not None:
        point = {
            "longitude_deg": checkin.longitude_deg,
            "latitude_deg": checkin.latitude_deg,
            "datum": "wgs84",
            "accuracy_m": checkin.accuracy_m,
        }
    return {**_present(checkin), "captured_at": checkin.captured_at, "doubts": doubts, "point": point}
