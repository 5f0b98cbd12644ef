"""The recurring duties, and telling that one was seen to."""

from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response

from identity.permissions import Permission
from identity.scope import Caller
from identity.session import caller, requires
from kernel import audit
from kernel.audit import NO_COUNTY
from kernel.database import transaction
from kernel.files import MIMETYPES, as_file
from kernel.periods import day_of
from oversight.duties import DutySheet, duties_of, page_of, present, present_line
from oversight.duty_documents import document, file_name
from oversight.duty_events import DutyReport, correct_event, record_event
from oversight.duty_models import DutyEvent
from oversight.duty_photos import add_photo, describe_event
from oversight.duty_policy import DutyCode, Standing, Subject
from oversight.duty_schemas import (
    DutyCorrectionRequest,
    DutyEventRequest,
    DutyEventResponse,
    DutyEventsResponse,
    DutyEventStored,
    RecurringDutiesQuery,
    RecurringDutyPage,
)
from pictures.schemas import PhotoRequest, PhotoResponse

bp = APIBlueprint("duties", __name__, tag="履职 duties")


@bp.get("/duties")
@bp.input(RecurringDutiesQuery, location="query")
@bp.output(RecurringDutyPage)
@requires(Permission.SEE_DUTIES)
def get_duties(query_data: dict[str, Any]) -> Any:
    """What is due, done and missing of the recurring duties of an area or a unit, in the year up to a day."""
    me, form = caller(), query_data["format"]
    day = query_data["day"] or day_of(me.now)
    sheet = duties_of(caller=me, area_id=query_data["area"], unit_id=query_data["unit"], day=day)
    if form != "json":
        return _export(sheet, form, me)
    lines, cursor = page_of(
        sheet,
        subject=query_data["subject"] and Subject(query_data["subject"]),
        standing=query_data["standing"] and Standing(query_data["standing"]),
        limit=query_data["limit"],
        cursor=query_data["cursor"],
    )
    return {**present(sheet), "items": [present_line(line) for line in lines], "next_cursor": cursor}


@bp.post("/duties/events")
@bp.input(DutyEventRequest)
@bp.output(DutyEventsResponse, 201)
@requires(Permission.RECORD_DUTIES)
def post_event(json_data: dict[str, Any]) -> tuple[Any, int]:
    """Tell that a duty was seen to; 200 with the same body when the same key comes again."""
    report = DutyReport(
        client_key=json_data["client_key"],
        duty=DutyCode(json_data["duty"]),
        day=json_data["day"],
        note=json_data["note"],
        area_id=json_data.get("area"),
        unit_id=json_data.get("unit"),
        person_ids=tuple(json_data.get("people", ())),
        amount_fen=json_data.get("amount_fen"),
    )
    events, is_new = record_event(caller=caller(), report=report)
    told = {"client_key": report.client_key, "items": [_present(event) for event in events]}
    return told, 201 if is_new else 200


@bp.get("/duties/events/<uuid:event_id>")
@bp.output(DutyEventResponse)
@requires(Permission.SEE_DUTIES)
def get_event(event_id: UUID) -> dict[str, Any]:
    """One event: all that was told of it, the last of which holds, and its photos."""
    return describe_event(caller=caller(), event_id=event_id)


@bp.post("/duties/events/<uuid:event_id>/corrections")
@bp.input(DutyCorrectionRequest)
@bp.output(DutyEventStored, 201)
@requires(Permission.RECORD_DUTIES)
def post_correction(event_id: UUID, json_data: dict[str, Any]) -> tuple[Any, int]:
    """Tell an event anew, or withdraw it, with the reason; 200 when the same key comes again."""
    told = {name: json_data.pop(name) for name in ("client_key", "reason", "is_withdrawn")}
    event, is_new = correct_event(caller=caller(), event_id=event_id, **told, changes=json_data)
    return _present(event), 201 if is_new else 200


@bp.post("/duties/events/<uuid:event_id>/photos")
@bp.input(PhotoRequest, location="form_and_files")
@bp.output(PhotoResponse, 201)
@requires(Permission.RECORD_DUTIES)
def post_photo(event_id: UUID, form_and_files_data: dict[str, Any]) -> tuple[Any, int]:
    """Send one photo of an event; 200 with the same body when the same key comes again."""
    key, data = form_and_files_data["client_key"], form_and_files_data["photo"].read()
    photo, is_new = add_photo(caller=caller(), event_id=event_id, client_key=key, data=data)
    return photo, 201 if is_new else 200


def _export(sheet: DutySheet, form: str, me: Caller) -> Response:
    with transaction():
        audit.record(
            "duty.export",
            now=me.now,
            county_id=getattr(sheet.place, "county_id", None) or NO_COUNTY,
            actor_id=me.person_id,
            subject_id=sheet.place.id,
            day=sheet.day.isoformat(),
            format=form,
        )
    return as_file(document(sheet, form, by=me.name, at=me.now), file_name(sheet, form), MIMETYPES[form])


def _present(event: DutyEvent) -> dict[str, Any]:
    return {
        "id": event.event_id,
        "duty": event.duty,
        "subject_id": event.subject_id,
        "day": event.day,
        "amount_fen": event.amount_fen,
        "note": event.note,
        "is_withdrawn": event.is_withdrawn,
        "recorded_at": event.recorded_at,
    }
