"""How lists, trips and terms read on a screen and on paper."""

from typing import Any

from allowances.missing import Missing
from allowances.models import ListState, LivingLine, TravelLine, TravelTermsEntry, Trip
from allowances.service import ListView
from identity.scope import Caller
from kernel.periods import Month
from org.models import Area, DispatchingUnit

STATES_TEXT = {ListState.DRAFT: "待造表", ListState.PREPARED: "已造表", ListState.PAID: "已发放"}
KINDS_TEXT = {"month": "当月", "extra": "补发", "recovery": "扣回"}


def kind_of(line: LivingLine | TravelLine, month: Month) -> str:
    """Name what a line is on the list of a month: the month itself, or a difference of an earlier one."""
    if line.month == month.first_day:
        return "month"
    return "extra" if line.pay.number > 0 else "recovery"


def present_list(view: ListView) -> dict[str, Any]:
    """Return a unit's month as it is sent."""
    due = view.due
    return {
        "month": str(view.month),
        "unit": view.unit,
        "list_id": view.kept.id if view.kept else None,
        "state": view.state,
        "state_text": STATES_TEXT[view.state],
        "prepared": view.prepared,
        "paid": view.paid,
        "whole": view.is_whole,
        "living": [_living(line, view.month) for line in due.living],
        "travel": [_travel(line, view.month) for line in due.travel],
        "missing": [_missing(each) for each in due.missing],
        "living_fen": due.living_fen,
        "travel_fen": due.travel_fen,
        "total_fen": due.living_fen + due.travel_fen,
    }


def _line(line: LivingLine | TravelLine, month: Month) -> dict[str, Any]:
    kind = kind_of(line, month)
    return {
        "village": {"id": line.village_id, "name": line.village},
        "month": str(Month.of(line.month)),
        "kind": kind,
        "kind_text": KINDS_TEXT[kind],
        "amount_fen": line.pay.amount_fen,
    }


def _living(line: LivingLine, month: Month) -> dict[str, Any]:
    return {
        **_line(line, month),
        "person": {"id": line.person_id, "name": line.name},
        "posting_id": line.posting_id,
        "sheet": {"version": line.sheet_version, "check_code": line.check_code},
        "days": line.days,
        "fen_per_day": line.fen_per_day,
    }


def _travel(line: TravelLine, month: Month) -> dict[str, Any]:
    return {
        **_line(line, month),
        "round_trips": line.round_trips,
        "km_one_way": line.km_one_way,
        "fen_per_km": line.fen_per_km,
    }


def _missing(each: Missing) -> dict[str, Any]:
    return {
        "village": {"id": each.village_id, "name": each.village},
        "month": str(each.month),
        "reason": each.reason,
        "text": each.text,
        "people": [name for _, name in each.people],
    }


def present_trip(trip: Trip, driver: str, village: Area, me: Caller) -> dict[str, Any]:
    """Return a trip as it is sent; its key to the phone that made it."""
    return {
        "id": trip.id,
        "client_key": trip.client_key if trip.person_id == me.person_id else None,
        "day": trip.day,
        "way": trip.way,
        "person": {"id": trip.person_id, "name": driver},
        "village": village,
        "withdrawn": trip.withdrawn_at is not None,
    }


def present_terms(entry: TravelTermsEntry, village: Area, unit: DispatchingUnit) -> dict[str, Any]:
    """Return terms of travel as they are sent."""
    names = ("id", "first_day", "km_one_way", "document_no", "set_at")
    flags = ("has_car_reform", "is_self_driven", "is_central_city", "is_subsidised")
    return {
        "village": village,
        "unit": unit,
        **{name: getattr(entry, name) for name in (*names, *flags)},
    }
