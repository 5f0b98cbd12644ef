"""Recording a visit, and correcting it (Article 12)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert, select

from geofence.datum import Point
from geofence.policy import FenceLimits, Verdict, judge
from geofence.queries import fence, newest_fence_id
from identity.consent import ConsentMissing
from identity.permissions import REACH, Permission, Reach
from identity.scope import Caller
from kernel import audit
from kernel.content import ContentCheck
from kernel.database import db, transaction
from kernel.errors import Forbidden, Refusal
from kernel.once import find_known, fingerprint, store_once
from kernel.periods import Quarter, day_of
from org.models import Area, Person
from org.queries import settings_of
from org.settings import AreaSettings
from visits.content import have_checked
from visits.models import Problem, ProblemState, Visit, VisitCorrection
from visits.photos import describe_photos
from visits.policy import Entry, Reading, Way, entry_of
from visits.queries import (
    corrections_of,
    describe_visit,
    get_household,
    get_visit,
    has_consented,
    problems_of,
)
from visits.reading import TEXT_NOTICES, reading_of_visit, shown

CLOCKS_DIFFER = timedelta(minutes=10)
"""By how much a phone's clock may be ahead of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a phone tells of a visit; ``content`` holds the optional lines of the form."""

    client_key: UUID
    household_id: UUID
    occurred_at: datetime
    way: Way
    note: str
    content: dict[str, Any] = field(default_factory=dict)
    problems: tuple[tuple[str, str], ...] = ()
    photos_expected: int = 0
    point: Point | None = None
    accuracy_m: float | None = None

    def fingerprint(self, author_id: UUID) -> bytes:
        """Return by what a second report is known to say the same."""
        return fingerprint(author_id, *(getattr(self, name) for name in self.__slots__))


# -- recording ------------------------------------------------------------------------------------


def record_visit(*, caller: Caller, report: Report) -> tuple[Visit, bool]:
    """Record a visit and return it, and whether it is new; offline ones come later.

    The household must have been in the caller's reach on the day of the visit. The same ``client_key`` again
    answers with the first record; with other content it is a Conflict.
    """
    day = day_of(report.occurred_at)
    with transaction():
        household, village = get_household(report.household_id, caller, Permission.VISIT, day=day)
        content_sha256 = report.fingerprint(caller.person_id)
        if first := find_known(Visit, household.county_id, report.client_key, content_sha256):
            return first, False
        _refuse_the_future(report.occurred_at, caller)
        settings = settings_of(village, day=day_of(caller.now))
        visit = _row(caller, report, village, settings)
        visit, is_new = store_once(visit)
        if not is_new:
            return visit, False
        _note_problems(visit, report)
        audit.record(
            "visit.record",
            now=caller.now,
            county_id=visit.county_id,
            actor_id=caller.person_id,
            subject_id=visit.id,
            household_id=str(household.id),
            entry=visit.entry,
        )
        have_checked(visit)
    return visit, True


def _refuse_the_future(occurred_at: datetime, caller: Caller) -> None:
    if occurred_at > caller.now + CLOCKS_DIFFER:
        raise Refusal("visit_in_future", "走访时间不能是将来，请核对手机时间")


def _row(caller: Caller, report: Report, village: Area, settings: AreaSettings) -> Visit:
    day = day_of(report.occurred_at)
    entry = entry_of(
        occurred_on=day, entered_on=day_of(caller.now), late_entry_days=settings["visit.late_entry_days"]
    )
    visit = Visit(
        county_id=village.county_id,
        id=uuid4(),
        household_id=report.household_id,
        village_id=village.id,
        person_id=caller.person_id,
        client_key=report.client_key,
        content_sha256=report.fingerprint(caller.person_id),
        occurred_at=report.occurred_at,
        day=day,
        way=report.way,
        note=report.note,
        content=report.content,
        entry=entry,
        counts=entry is not Entry.TOO_LATE,
        photos_expected=report.photos_expected,
        received_at=caller.now,
        content_check=ContentCheck.UNCHECKED,
    )
    if report.point is not None:
        visit.standing, visit.fence_id = _stand(report, caller, village, settings)
    return visit


def _stand(
    report: Report, caller: Caller, village: Area, settings: AreaSettings
) -> tuple[Verdict, UUID | None]:
    """Return where the phone was and by which fence; the point itself is not kept (PIPL 6)."""
    if not has_consented(caller.person_id):
        raise ConsentMissing()
    fence_id = db.session.scalar(select(newest_fence_id(village.id)))
    if fence_id is None or report.point is None:
        return Verdict.UNSURE, None
    distance_m = fence(fence_id).distance_m(report.point)
    limits = FenceLimits.of(settings)
    return judge(distance_m=distance_m, accuracy_m=report.accuracy_m, limits=limits).verdict, fence_id


def _note_problems(visit: Visit, report: Report) -> None:
    if report.problems:
        db.session.execute(
            insert(Problem),
            [
                {
                    "county_id": visit.county_id,
                    "id": uuid4(),
                    "visit_id": visit.id,
                    "household_id": visit.household_id,
                    "village_id": visit.village_id,
                    "item": item,
                    "description": description,
                    "found_on": visit.day,
                    "found_by": visit.person_id,
                    "state": ProblemState.OPEN,
                    "steps_count": 0,
                }
                for item, description in report.problems
            ],
        )


# -- correcting -----------------------------------------------------------------------------------


def correct_visit(
    *, caller: Caller, visit_id: UUID, client_key: UUID, reason: str, changes: Mapping[str, Any]
) -> tuple[VisitCorrection, bool]:
    """Tell a visit anew, with a reason, and return the correction and whether it is new; what was told stays.

    Its person corrects it, or the township; only the township accepts what was entered too late (D19). A visit
    of another quarter is another visit: this one is withdrawn and that one recorded.
    """
    content_sha256 = fingerprint(caller.person_id, visit_id, reason, dict(changes))
    with transaction():
        visit, latest, _, village = get_visit(visit_id, caller, Permission.VISIT)
        if first := find_known(VisitCorrection, visit.county_id, client_key, content_sha256):
            return first, False
        _check_correction(visit, village, caller, changes)
        correction = _told_anew(visit, latest, changes)
        correction.client_key, correction.content_sha256 = client_key, content_sha256
        correction.reason, correction.made_by, correction.made_at = reason, caller.person_id, caller.now
        correction, is_new = store_once(correction)
        if not is_new:
            return correction, False
        audit.record(
            "visit.correct",
            now=caller.now,
            county_id=visit.county_id,
            actor_id=caller.person_id,
            subject_id=visit.id,
            reason=reason,
            changed=sorted(changes),
        )
        have_checked(visit)
    return correction, True


def _check_correction(visit: Visit, village: Area, caller: Caller, changes: Mapping[str, Any]) -> None:
    is_own = visit.person_id == caller.person_id
    is_township = any(
        REACH[holding.role] is Reach.TOWNSHIP and holding.area_id == village.township_id
        for holding in caller.holdings_for(Permission.VISIT)
    )
    if not is_own and not is_township:
        raise Forbidden("not_own_visit", "只能由走访人本人或乡镇更正")
    if "accepted" in changes and (is_own or not is_township):
        raise Forbidden("own_record", "逾期补录的走访须由乡镇认可，且不能认可本人的")
    occurred_at = changes.get("occurred_at")
    if occurred_at is not None:
        _refuse_the_future(occurred_at, caller)
        if Quarter.of(day_of(occurred_at)) != Quarter.of(visit.day):
            raise Refusal("other_quarter", "更正后的时间须在同一季度；不在同一季度的请撤销后重新填报")


def _told_anew(visit: Visit, latest: VisitCorrection | None, changes: Mapping[str, Any]) -> VisitCorrection:
    told = latest or visit
    occurred_at = changes.get("occurred_at", told.occurred_at)
    return VisitCorrection(
        county_id=visit.county_id,
        id=uuid4(),
        visit_id=visit.id,
        number=latest.number + 1 if latest else 1,
        occurred_at=occurred_at,
        day=day_of(occurred_at),
        way=changes.get("way", told.way),
        note=changes.get("note", told.note),
        content={**told.content, **changes.get("content", {})},
        counts=changes.get("accepted", told.counts),
        is_withdrawn=changes.get("withdrawn", latest.is_withdrawn if latest else False),
        content_check=ContentCheck.UNCHECKED,
    )


# -- one visit ------------------------------------------------------------------------------------


def describe_one(*, caller: Caller, visit_id: UUID) -> dict[str, Any]:
    """Return a visit with all that was told, its corrections and the problems found."""
    visit, latest, household, village = get_visit(visit_id, caller, Permission.SEE_VISITS)
    person = db.session.get_one(Person, visit.person_id)
    problems = problems_of(visit, village, caller)
    of_words = reading_of_visit(visit, latest, village, caller)
    of_problems = reading_of_visit(visit, None, village, caller) if problems else Reading.OPEN
    how = of_problems if of_words is Reading.OPEN else of_words
    return {
        **describe_visit(visit, latest, household, village, person, caller=caller),
        "content_notice": TEXT_NOTICES[how],
        "content_reading": how,
        "content": shown((latest or visit).content, of_words),
        "corrections": corrections_of(visit, village, caller),
        "problems": problems,
        **describe_photos(visit, village, caller),
    }
