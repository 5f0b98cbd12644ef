"""A unit's payment lists, on the screen and as files; trips from the phone; the county's terms of travel."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response

from allowances.documents import document, file_name
from allowances.policy import Way
from allowances.presentation import present_list, present_terms, present_trip
from allowances.queries import page_of_terms, page_of_trips
from allowances.schemas import (
    AllowancesQuery,
    AllowancesResponse,
    PrepareRequest,
    TermsItem,
    TermsPage,
    TermsQuery,
    TermsRequest,
    TripItem,
    TripRequest,
    TripsPage,
    TripsQuery,
)
from allowances.service import ListView, pay_list, prepare_list, view_list
from allowances.travel import NewTerms, set_terms
from allowances.trips import record_trip, withdraw_trip
from identity.permissions import Permission
from identity.scope import Caller, get_area, get_unit
from identity.session import caller, requires
from kernel import audit
from kernel.database import transaction
from kernel.files import MIMETYPES, as_file
from kernel.periods import Month
from kernel.web import read_cursor, write_cursor
from org.models import Level

bp = APIBlueprint("allowances", __name__, tag="补助 allowances")
TENTH = Decimal("0.1")


@bp.get("/reports/allowances")
@bp.input(AllowancesQuery, location="query")
@bp.output(AllowancesResponse)
@requires(Permission.SEE_ALLOWANCES)
def get_allowances(query_data: dict[str, Any]) -> Any:
    """A unit's month: the list as it was made, or what a list made now would pay; csv, xlsx and pdf to print."""
    me, form = caller(), query_data["format"]
    view = view_list(caller=me, unit_id=query_data["unit"], month=query_data["month"])
    return present_list(view) if form == "json" else _export(view, form, me)


def _export(view: ListView, form: str, me: Caller) -> Response:
    with transaction():
        audit.record(
            "allowances.export",
            now=me.now,
            actor_id=me.person_id,
            subject_id=view.unit.id,
            month=str(view.month),
            format=form,
        )
    content = document(view, form, by=me.name, at=me.now)
    return as_file(content, file_name(view, form), MIMETYPES[form])


@bp.post("/reports/allowances")
@bp.input(PrepareRequest)
@bp.output(AllowancesResponse, 201)
@requires(Permission.PREPARE_ALLOWANCES)
def post_allowances(json_data: dict[str, Any]) -> dict[str, Any]:
    """Make the list of a month (造表): its lines stay as they are, what changes later is in the next list."""
    about = {"unit_id": json_data["unit_id"], "month": json_data["month"]}
    prepare_list(caller=caller(), **about)
    return present_list(view_list(caller=caller(), **about))


@bp.post("/reports/allowances/<uuid:list_id>/payment")
@bp.output(AllowancesResponse)
@requires(Permission.PAY_ALLOWANCES)
def post_payment(list_id: UUID) -> dict[str, Any]:
    """Note that the list has been paid (已发放)."""
    paid = pay_list(caller=caller(), list_id=list_id)
    return present_list(view_list(caller=caller(), unit_id=paid.unit_id, month=Month.of(paid.month)))


# -- trips --------------------------------------------------------------------------------------


@bp.post("/trips")
@bp.input(TripRequest)
@bp.output(TripItem, 201)
@requires(Permission.RECORD_TRIPS)
def post_trip(json_data: dict[str, Any]) -> tuple[Any, int]:
    """Enter one way I drove, out or back; 200 with the same body when the same key comes again."""
    me = caller()
    trip, village, is_new = record_trip(
        caller=me, client_key=json_data["client_key"], day=json_data["day"], way=Way(json_data["way"])
    )
    return present_trip(trip, me.name, village, me), 201 if is_new else 200


@bp.get("/trips")
@bp.input(TripsQuery, location="query")
@bp.output(TripsPage)
@requires(Permission.SEE_TRIPS)
def get_trips(query_data: dict[str, Any]) -> dict[str, Any]:
    """The trips of a month: my own, my team's, my area's, my unit's."""
    me, limit = caller(), query_data["limit"]
    if query_data["village"]:
        get_area(query_data["village"], me, Permission.SEE_TRIPS, level=Level.VILLAGE)
    found = page_of_trips(
        caller=me,
        month=query_data["month"],
        village_id=query_data["village"],
        after=read_cursor(query_data["cursor"], date.fromisoformat, UUID),
        limit=limit + 1,
    )
    page = found[:limit]
    last = page[-1][0] if len(found) > limit else None
    return {
        "items": [present_trip(*row, me) for row in page],
        "next_cursor": write_cursor(last.day, last.id) if last else None,
    }


@bp.post("/trips/<uuid:trip_id>/withdrawal")
@bp.output(TripItem)
@requires(Permission.RECORD_TRIPS)
def post_withdrawal(trip_id: UUID) -> dict[str, Any]:
    """Take back a trip of mine that I entered wrongly."""
    me = caller()
    trip, village = withdraw_trip(caller=me, trip_id=trip_id)
    return present_trip(trip, me.name, village, me)


# -- terms of travel ----------------------------------------------------------------------------


@bp.get("/travel-terms")
@bp.input(TermsQuery, location="query")
@bp.output(TermsPage)
@requires(Permission.SEE_ALLOWANCES)
def get_terms(query_data: dict[str, Any]) -> dict[str, Any]:
    """Under which terms units pay the cars of teams: every entry with the day from which it holds."""
    me, limit = caller(), query_data["limit"]
    if query_data["village"]:
        get_area(query_data["village"], me, Permission.SEE_ALLOWANCES, level=Level.VILLAGE)
    if query_data["unit"]:
        get_unit(query_data["unit"], me, Permission.SEE_ALLOWANCES)
    found = page_of_terms(
        caller=me,
        village_id=query_data["village"],
        unit_id=query_data["unit"],
        after=read_cursor(query_data["cursor"], UUID, UUID, UUID),
        limit=limit + 1,
    )
    page = found[:limit]
    last = page[-1][0] if len(found) > limit else None
    return {
        "items": [present_terms(*row) for row in page],
        "next_cursor": write_cursor(last.village_id, last.unit_id, last.id) if last else None,
    }


@bp.post("/travel-terms")
@bp.input(TermsRequest)
@bp.output(TermsItem, 201)
@requires(Permission.SET_TRAVEL_TERMS)
def post_terms(json_data: dict[str, Any]) -> dict[str, Any]:
    """Set the terms of a unit for a village from a day on; earlier entries stay."""
    km = Decimal(str(json_data.pop("km_one_way"))).quantize(TENTH, ROUND_HALF_UP)
    return present_terms(*set_terms(caller=caller(), new=NewTerms(km_one_way=km, **json_data)))
