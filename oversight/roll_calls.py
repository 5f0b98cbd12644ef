"""The roll-call: everybody who must be there is called, and answers within some minutes from where they stand."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from checkin.policy import Moment, place_in_time
from checkin.queries import PostingNow, Surroundings, read_surroundings
from checkin.service import Evidence, Fix, weigh_fix
from identity.consent import ConsentMissing
from identity.permissions import Permission
from identity.scope import Caller
from identity.tickets import TimeTicket
from kernel import audit
from kernel.database import db, transaction
from kernel.errors import Conflict, Forbidden, NotFound
from kernel.once import find_known, fingerprint, store_once
from kernel.periods import day_of
from org.models import Area, Person, Posting
from org.queries import settings_of
from oversight.inspection_models import Inspection, RollCall, RollCallEntry
from oversight.inspections import get_running
from oversight.notices import roll_call_made
from oversight.policy import AnswerOutcome, answer_outcome, is_late
from oversight.situation import Standing, standings

RUNS_FOR = timedelta(hours=24)
"""So long an answer that could not be sent is still taken, marked as late."""


def call_roll(*, caller: Caller, inspection_id: UUID, client_key: UUID) -> tuple[RollCall, bool]:
    """Call everybody who must be in the village now; the same key again is the same call."""
    with transaction():
        case = get_running(inspection_id, caller)
        inspection, village = case.inspection, case.village
        content_sha256 = fingerprint(caller.person_id, inspection.id)
        if first := find_known(RollCall, inspection.county_id, client_key, content_sha256):
            return first, False
        found = standings(caller=caller, village=village, at=caller.now, permission=Permission.INSPECT)
        called = [
            standing
            for standing in found
            if standing.expectation.is_called and standing.post.person_id != caller.person_id
        ]
        if not called:
            raise Conflict("nobody_to_call", "此刻没有应在村的人员")
        minutes: int = settings_of(village, day=day_of(caller.now))["inspection.roll_call_minutes"]
        roll_call, is_new = store_once(
            RollCall(
                county_id=inspection.county_id,
                id=uuid4(),
                client_key=client_key,
                content_sha256=content_sha256,
                inspection_id=inspection.id,
                village_id=village.id,
                called_by=caller.person_id,
                called_at=caller.now,
                due_at=caller.now + timedelta(minutes=minutes),
            )
        )
        if is_new:
            _enter(roll_call, called)
            _record("roll_call.make", roll_call, caller, people=len(called))
            roll_call_made(
                roll_call, [standing.post.person_id for standing in called], village.name, minutes, caller.now
            )
        return roll_call, is_new


def _enter(roll_call: RollCall, called: Collection[Standing]) -> None:
    db.session.execute(
        insert(RollCallEntry),
        [
            {
                "county_id": roll_call.county_id,
                "id": uuid4(),
                "roll_call_id": roll_call.id,
                "posting_id": standing.post.posting_id,
                "person_id": standing.post.person_id,
                "expectation": standing.expectation,
                "doubts": [],
                "said": "",
                "word_note": "",
            }
            for standing in called
        ],
    )


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody called answers: with a position, or in words."""

    client_key: UUID
    fix: Fix | None
    ticket: TimeTicket | None
    note: str
    sent: dict[str, Any]


def answer(*, caller: Caller, roll_call_id: UUID, sent: Answer) -> tuple[RollCallEntry, bool]:
    """Answer a roll-call one was called to, once; return the entry, and whether the answer is new.

    A late answer is kept and marked. The position is held against the fence like that of a check-in and not
    kept; without one, or with one that proves nothing, the inspector says whether the person is there.
    """
    point = sent.fix.point() if sent.fix else None
    with transaction():
        roll_call, entry = _own(roll_call_id, caller)
        content_sha256 = fingerprint(caller.person_id, roll_call.id, sent.sent)
        if entry.client_key is not None:
            return _known(entry, sent, content_sha256), False
        if caller.now > roll_call.called_at + RUNS_FOR:
            raise Conflict("roll_call_over", "点名已经结束，可在问题说明中说明情况")
        around = read_surroundings(caller=caller, client_key=sent.client_key, point=point)
        if sent.fix is not None and not around.has_consented:
            raise ConsentMissing()
        values = _judged(sent, point, around, entry, caller.now)
        try:
            with db.session.begin_nested():
                answered = db.session.execute(
                    update(RollCallEntry)
                    .where(_is(entry), RollCallEntry.answered_at.is_(None))
                    .values(
                        client_key=sent.client_key,
                        content_sha256=content_sha256,
                        answered_at=caller.now,
                        is_late=is_late(caller.now, due_at=roll_call.due_at),
                        said=sent.note,
                        **values,
                    )
                    .returning(RollCallEntry.id)
                    .execution_options(synchronize_session=False)
                ).first()
        except IntegrityError as error:
            raise Conflict("key_reused", "同一编号已用于另一条记录") from error
        db.session.refresh(entry)
        if answered is None:
            return _known(entry, sent, content_sha256), False
        _record("roll_call.answer", roll_call, caller, outcome=entry.outcome, late=entry.is_late)
        return entry, True


def _own(roll_call_id: UUID, caller: Caller) -> tuple[RollCall, RollCallEntry]:
    counties = (
        select(Area.county_id)
        .join(Posting, Posting.village_id == Area.id)
        .where(Posting.person_id == caller.person_id)
    )
    row = db.session.execute(
        select(RollCall, RollCallEntry)
        .join(
            RollCallEntry,
            (RollCallEntry.county_id == RollCall.county_id) & (RollCallEntry.roll_call_id == RollCall.id),
        )
        .where(
            RollCall.county_id.in_(counties),
            RollCall.id == roll_call_id,
            RollCallEntry.person_id == caller.person_id,
        )
    ).one_or_none()
    if row is None:
        raise _not_found()
    return row[0], row[1]


def _known(entry: RollCallEntry, sent: Answer, content_sha256: bytes) -> RollCallEntry:
    """Return the answer if it is the same; what was answered first stays."""
    if entry.client_key != sent.client_key:
        raise Conflict("answered_already", "您已应答过这次点名")
    if entry.content_sha256 != content_sha256:
        raise Conflict("key_reused", "同一编号已用于另一条记录")
    return entry


def _judged(
    sent: Answer, point: Any, around: Surroundings, entry: RollCallEntry, now: datetime
) -> dict[str, Any]:
    posting = next((each for each in around.postings if each.id == entry.posting_id), None)
    if sent.fix is None or point is None or posting is None:
        return {"outcome": AnswerOutcome.WAITS_FOR_INSPECTOR, "captured_at": None, "doubts": []}
    moment = _moment(sent.fix, sent.ticket, posting, now)
    evidence: Evidence = weigh_fix(sent.fix, posting, moment, point, around)
    judgement = evidence.judgement
    return {
        "outcome": answer_outcome(judgement, is_fresh=moment.is_proven and not moment.is_late),
        "captured_at": sent.fix.captured_at,
        "verdict": judgement.verdict if judgement else None,
        "band": judgement.band if judgement else None,
        "fence_id": posting.fence_id,
        "accuracy_m": sent.fix.accuracy_m,
        "doubts": sorted(evidence.doubts),
    }


def _moment(fix: Fix, ticket: TimeTicket | None, posting: PostingNow, now: datetime) -> Moment:
    return place_in_time(
        captured_at=fix.captured_at,
        received_at=now,
        ticket_issued_at=ticket.issued_at if ticket else None,
        fresh=timedelta(minutes=posting.settings["checkin.fresh_minutes"]),
        offline=timedelta(hours=posting.settings["checkin.offline_hours"]),
    )


# -- the inspector's word -----------------------------------------------------------------------


def give_word(
    *, caller: Caller, roll_call_id: UUID, person_id: UUID, is_present: bool, note: str
) -> tuple[RollCallEntry, str]:
    """Say whether somebody called is there whose answer does not show it, or did not come; said once."""
    with transaction():
        roll_call, entry = _called(roll_call_id, person_id, caller)
        if person_id == caller.person_id:
            raise Forbidden("own_record", "不能核实本人")
        said = db.session.execute(
            update(RollCallEntry)
            .where(
                _is(entry),
                RollCallEntry.word_at.is_(None),
                RollCallEntry.outcome.is_distinct_from(AnswerOutcome.IN_VILLAGE),
            )
            .values(is_present=is_present, word_note=note, word_by=caller.person_id, word_at=caller.now)
            .returning(RollCallEntry.id)
            .execution_options(synchronize_session=False)
        ).first()
        db.session.refresh(entry)
        if said is None and entry.word_at is not None:
            raise Conflict("word_given", "已经核实过")
        if said is None:
            raise Conflict("answer_shows_it", "定位应答已表明在村，不需要核实")
        _record("roll_call.word", roll_call, caller, person_id=str(person_id), present=is_present)
        return entry, db.session.get_one(Person, person_id).name


def _called(roll_call_id: UUID, person_id: UUID, caller: Caller) -> tuple[RollCall, RollCallEntry]:
    inspection_id = db.session.scalar(
        select(RollCall.inspection_id)
        .join(
            Inspection,
            (Inspection.county_id == RollCall.county_id) & (Inspection.id == RollCall.inspection_id),
        )
        .where(RollCall.id == roll_call_id, Inspection.opened_by == caller.person_id)
    )
    if inspection_id is None:
        raise _not_found()
    case = get_running(inspection_id, caller)
    row = db.session.execute(
        select(RollCall, RollCallEntry)
        .join(
            RollCallEntry,
            (RollCallEntry.county_id == RollCall.county_id) & (RollCallEntry.roll_call_id == RollCall.id),
        )
        .where(
            RollCall.county_id == case.inspection.county_id,
            RollCall.id == roll_call_id,
            RollCallEntry.person_id == person_id,
        )
    ).one_or_none()
    if row is None:
        raise _not_found()
    return row[0], row[1]


def _not_found() -> NotFound:
    return NotFound("roll_call_not_found", "没有找到这次点名")


def _is(entry: RollCallEntry) -> Any:
    return (RollCallEntry.county_id == entry.county_id) & (RollCallEntry.id == entry.id)


def _record(action: str, roll_call: RollCall, caller: Caller, **details: Any) -> None:
    audit.record(
        action,
        now=caller.now,
        county_id=roll_call.county_id,
        actor_id=caller.person_id,
        subject_id=roll_call.id,
        **details,
    )


# -- reading ------------------------------------------------------------------------------------


def roll_calls_of(inspection: Inspection) -> list[tuple[RollCall, list[tuple[RollCallEntry, str]]]]:
    """Return the roll-calls of an inspection with everybody called, in order; two statements."""
    calls = list(
        db.session.scalars(
            select(RollCall)
            .where(RollCall.county_id == inspection.county_id, RollCall.inspection_id == inspection.id)
            .order_by(RollCall.called_at, RollCall.id)
        )
    )
    rows = db.session.execute(
        select(RollCallEntry, Person.name)
        .join(Person, Person.id == RollCallEntry.person_id)
        .where(
            RollCallEntry.county_id == inspection.county_id,
            RollCallEntry.roll_call_id.in_([call.id for call in calls]),
        )
        .order_by(Person.sort_key, Person.id)
    ).all()
    return [(call, [(row[0], row[1]) for row in rows if row[0].roll_call_id == call.id]) for call in calls]
