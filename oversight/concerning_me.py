"""What inspections and recalls have to do with a posted person: roll-calls to answer, findings, warnings, recalls."""

from datetime import timedelta
from typing import Any

from sqlalchemy import and_, select

from identity.scope import Caller
from kernel.database import AnySelect, db
from org.models import Area, Person, Posting
from oversight.findings import FindingCase
from oversight.inspection_models import Finding, RollCall, RollCallEntry
from oversight.inspection_presentation import present_finding
from oversight.recall_models import WrittenWarning
from oversight.recall_presentation import present_recall, present_warning
from oversight.recalls import own_recalls
from oversight.roll_calls import RUNS_FOR

MOST_SHOWN = 50


def describe_mine(caller: Caller) -> dict[str, Any]:
    """Return what concerns the caller, the latest first."""
    return {
        "roll_calls": _roll_calls(caller),
        "findings": [present_finding(case) for case in _findings(caller)],
        "warnings": [present_warning(warning) for warning in _warnings(caller)],
        "recalls": [present_recall(recall, caller) for recall in own_recalls(caller)],
    }


def _counties(caller: Caller) -> AnySelect:
    """Select the counties in which the caller was ever posted, so that the indexes find the caller's rows."""
    return (
        select(Area.county_id)
        .join(Posting, Posting.village_id == Area.id)
        .where(Posting.person_id == caller.person_id)
    )


def _roll_calls(caller: Caller) -> list[dict[str, Any]]:
    rows = db.session.execute(
        select(RollCall, RollCallEntry.answered_at, Area)
        .join(
            RollCallEntry,
            and_(RollCallEntry.county_id == RollCall.county_id, RollCallEntry.roll_call_id == RollCall.id),
        )
        .join(Area, Area.id == RollCall.village_id)
        .where(
            RollCall.county_id.in_(_counties(caller)),
            RollCallEntry.person_id == caller.person_id,
            RollCall.called_at > caller.now - RUNS_FOR,
        )
        .order_by(RollCall.called_at.desc())
        .limit(MOST_SHOWN)
    )
    return [
        {
            "id": roll_call.id,
            "village": village,
            "called_at": roll_call.called_at,
            "due_at": roll_call.due_at,
            "seconds_left": max(0, (roll_call.due_at - caller.now) // timedelta(seconds=1)),
            "answered_at": answered_at,
        }
        for roll_call, answered_at, village in rows
    ]


def _findings(caller: Caller) -> list[FindingCase]:
    rows = db.session.execute(
        select(Finding, Posting, Area, Person)
        .join(Posting, Posting.id == Finding.posting_id)
        .join(Area, Area.id == Posting.village_id)
        .join(Person, Person.id == Finding.person_id)
        .where(Finding.county_id.in_(_counties(caller)), Finding.person_id == caller.person_id)
        .order_by(Finding.found_at.desc())
        .limit(MOST_SHOWN)
    )
    return [FindingCase(*row) for row in rows]


def _warnings(caller: Caller) -> list[WrittenWarning]:
    return list(
        db.session.scalars(
            select(WrittenWarning)
            .where(
                WrittenWarning.county_id.in_(_counties(caller)),
                WrittenWarning.person_id == caller.person_id,
            )
            .order_by(WrittenWarning.given_at.desc())
            .limit(MOST_SHOWN)
        )
    )
