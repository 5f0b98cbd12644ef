"""Asking for leave: the dry run, the request, its extension, its papers, its withdrawal (Article 17)."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Protocol
from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as insert_or_skip

from identity.login import cipher
from identity.permissions import Permission
from identity.scope import Caller, find_posting_on
from kernel import audit
from kernel.database import db, transaction
from kernel.errors import Conflict, NotFound, Refusal
from kernel.periods import day_of
from leave.models import ConsentChannel, Leave
from leave.notices import tell_office, tell_unit
from leave.policy import (
    ONE_DAY,
    LeaveKind,
    LeaveRule,
    LeaveSpan,
    LeaveState,
    Routing,
    Tier,
    after,
    came_before,
    papers_due,
    route,
)
from leave.queries import LeaveCase, get_case, offices_headed_by, others_of, rule_of, team_in
from org.models import Area, Person, Posting
from org.queries import next_first_day, settings_of
from org.settings import AreaSettings

LONGEST_AHEAD = timedelta(days=366)
REASON = "leave_reason"


class Presence(Protocol):
    """Says which days somebody was, or has still to be, in the village between two days."""

    def __call__(
        self, posting: Posting, village: Area, settings: AreaSettings, first_day: date, last_day: date, /
    ) -> Callable[[date], bool]: ...


@dataclass(frozen=True, slots=True)
class PhoneConsent:
    """Who agreed by telephone or SMS, and when (口头准假)."""

    by: str
    at: datetime
    channel: ConsentChannel


@dataclass(frozen=True, slots=True)
class Draft:
    """What a person asks for."""

    kind: LeaveKind
    span: LeaveSpan
    reason: str
    destination: str
    work_goes_to: str = ""
    consent: PhoneConsent | None = None

    @property
    def content_sha256(self) -> bytes:
        consent = self.consent and [self.consent.by, self.consent.at.timestamp(), self.consent.channel]
        span = [self.span.first_day, self.span.last_day, self.span.begins_at_noon, self.span.ends_at_noon]
        said = [self.kind, span, self.reason, self.destination, self.work_goes_to, consent]
        return hashlib.sha256(json.dumps(said, default=str).encode()).digest()


@dataclass(frozen=True, slots=True)
class Preview:
    """What would become of a request."""

    routing: Routing
    chained: list[Leave]
    empty_days: list[date]
    """Days on which nobody of the team would be in the village."""


@dataclass(frozen=True, slots=True)
class _Ground:
    """The posting a request hangs on, and its county's numbers."""

    posting: Posting
    village: Area
    settings: AreaSettings
    rule: LeaveRule


def preview(*, caller: Caller, draft: Draft, presence: Presence) -> Preview:
    """Return who would decide a request and why, and write nothing."""
    ground = _ground(caller, draft.span)
    _check(draft, ground, caller.now)
    others, routing = _route(caller, draft, ground, presence)
    return Preview(
        routing=routing,
        chained=[leave for leave in others if leave.span in routing.chained],
        empty_days=_empty_days(ground, draft.span),
    )


def request_leave(
    *, caller: Caller, client_key: UUID, draft: Draft, presence: Presence, extends: Leave | None = None
) -> tuple[Leave, bool]:
    """Ask for leave and return it, and whether it is new; the same key again answers with the first record.

    Requests of one person come one after the other, so that each sees the leaves it is chained to.
    """
    with transaction():
        _hold(caller.person_id)
        ground = _ground(caller, draft.span)
        if first := _first_of(ground, caller, client_key, draft):
            return first, False
        _check(draft, ground, caller.now, is_extension=extends is not None)
        others, routing = _route(caller, draft, ground, presence, extends_id=extends.id if extends else None)
        if routing.decides is None:
            raise Refusal("no_leave_needed", "休息日离村不需要请假，注意保持联系即可")
        leave = _row(caller, client_key, draft, ground, routing, extends)
        if not _insert(leave):
            raise _objection(leave, others)
        audit.record(
            "leave.request",
            now=caller.now,
            county_id=leave.county_id,
            actor_id=caller.person_id,
            subject_id=leave.id,
            state=leave.state,
            decides=leave.decides,
        )
        _tell(leave, ground, caller)
        return leave, True


def extend(
    *,
    caller: Caller,
    leave_id: UUID,
    client_key: UUID,
    last_day: date,
    ends_at_noon: bool,
    reason: str,
    consent: PhoneConsent | None,
    presence: Presence,
) -> tuple[Leave, bool]:
    """Ask for more days (续假): a new request from where the leave ends, routed by the total."""
    with transaction():
        case = get_own_case(leave_id, caller)
        leave = case.leave
        try:
            span = after(
                LeaveSpan(
                    leave.first_day, leave.asked_last_day, leave.begins_at_noon, leave.asked_ends_at_noon
                ),
                last_day=last_day,
                ends_at_noon=ends_at_noon,
            )
        except ValueError as error:
            raise Refusal("extension_too_short", "续假须晚于原假期结束") from error
        draft = Draft(leave.kind, span, reason, leave.destination, leave.work_goes_to, consent)
        known = _find_by_key(leave.county_id, client_key)
        is_running = leave.state in came_before(LeaveState.EXTENDED) and leave.returned_on is None
        if known is None and not is_running:
            raise Conflict("leave_not_running", "只有已批准、尚未销假的请假才能续假", state=leave.state)
        return request_leave(
            caller=caller, client_key=client_key, draft=draft, presence=presence, extends=leave
        )


def file_paperwork(
    *, caller: Caller, leave_id: UUID, reason: str, destination: str, work_goes_to: str, presence: Presence
) -> Leave:
    """File the papers of a leave agreed by phone (补办): from now on it waits for its offices, by its real length."""
    with transaction():
        _hold(caller.person_id)
        leave = get_own_case(leave_id, caller).leave
        draft = Draft(leave.kind, leave.span, reason, destination, work_goes_to)
        ground = _ground(caller, draft.span)
        _, routing = _route(caller, draft, ground, presence, extends_id=leave.extends_id, but=leave.id)
        if routing.decides is None:
            raise Refusal("no_leave_needed", "实际离村的都是休息日，不需要请假，请撤回")
        filed = db.session.scalars(
            update(Leave)
            .where(Leave.county_id == leave.county_id, Leave.id == leave.id, Leave.state == LeaveState.ORAL)
            .values(
                state=LeaveState.SUBMITTED,
                reason_sealed=seal_reason(reason, leave.id),
                destination=destination,
                work_goes_to=work_goes_to,
                papers_filed_at=caller.now,
                **_routed(routing, ground, caller.now),
            )
            .returning(Leave)
            .execution_options(populate_existing=True)
        ).one_or_none()
        if filed is None:
            raise Conflict("papers_not_due", "该请假单不在待补手续之列", state=leave.state)
        audit.record(
            "leave.file_papers",
            now=caller.now,
            county_id=leave.county_id,
            actor_id=caller.person_id,
            subject_id=leave.id,
            due_on=leave.papers_due_on.isoformat() if leave.papers_due_on else None,
        )
        _tell(filed, ground, caller)
        return filed


def withdraw(*, caller: Caller, leave_id: UUID) -> Leave:
    """Take a request back before it is decided."""
    with transaction():
        leave = get_own_case(leave_id, caller).leave
        withdrawn = db.session.scalars(
            update(Leave)
            .where(
                Leave.county_id == leave.county_id,
                Leave.id == leave.id,
                Leave.state.in_(came_before(LeaveState.WITHDRAWN)),
            )
            .values(state=LeaveState.WITHDRAWN, waits_for=None, waits_in=None, waits_since=None)
            .returning(Leave)
            .execution_options(populate_existing=True)
        ).one_or_none()
        if withdrawn is None:
            raise Conflict("leave_decided", "已经办结，不能撤回；如需变更请重新申请")
        audit.record(
            "leave.withdraw",
            now=caller.now,
            county_id=leave.county_id,
            actor_id=caller.person_id,
            subject_id=leave.id,
        )
        return withdrawn


def get_own_case(leave_id: UUID, caller: Caller) -> LeaveCase:
    """Return the caller's own leave; NotFound for anybody else's."""
    case = get_case(leave_id, caller, Permission.REQUEST_LEAVE)
    if case.leave.person_id != caller.person_id:
        raise NotFound("leave_not_found", "没有找到该请假单")
    return case


def seal_reason(reason: str, leave_id: UUID) -> bytes:
    """Return the reason as it is stored: readable only as the reason of this leave."""
    return cipher().encrypt(reason, field=REASON, row_id=leave_id)


def read_reason(leave: Leave) -> str:
    """Return the reason; who may read it is the caller's to ask (`sees_reason`)."""
    return cipher().decrypt(leave.reason_sealed, field=REASON, row_id=leave.id)


def _hold(person_id: UUID) -> None:
    db.session.execute(select(Person.id).where(Person.id == person_id).with_for_update(key_share=True))


def _ground(caller: Caller, span: LeaveSpan) -> _Ground:
    """Return what a request stands on; Refusal for a leave that begins outside any posting."""
    found = find_posting_on(
        span.first_day,
        person_id=caller.person_id,
        caller=caller,
        permission=Permission.REQUEST_LEAVE,
    )
    if found is None:
        raise Refusal("day_outside_posting", "请假开始的日子不在派驻期内")
    posting, village = found
    settings = settings_of(village, day=day_of(caller.now))
    return _Ground(posting, village, settings, rule_of(settings))


def _check(draft: Draft, ground: _Ground, now: datetime, *, is_extension: bool = False) -> None:
    """Refuse what cannot be asked for at all; a request already made is not asked again."""
    span, last_own_day = draft.span, _last_own_day(ground.posting)
    if last_own_day and span.last_day > last_own_day:
        raise Refusal("leave_crosses_posting", "假期超出了派驻期", last_day=last_own_day.isoformat())
    if span.last_day > day_of(now) + LONGEST_AHEAD:
        raise Refusal("leave_too_far", "最远只能申请一年以内的假期")
    if (span.begins_at_noon or span.ends_at_noon) and not ground.rule.takes_half_days:
        raise Refusal("half_days_not_taken", "本县请假以整天计")
    _check_time(draft, now, ground.rule, is_extension=is_extension)


def _last_own_day(posting: Posting) -> date | None:
    """Return the last day of a posting; the day of a transfer belongs to the next one (rules.md §4.2)."""
    next_day = db.session.scalar(select(next_first_day()).where(Posting.id == posting.id))
    days = [day for day in (posting.last_day, next_day and next_day - ONE_DAY) if day]
    return min(days, default=None)


def _check_time(draft: Draft, now: datetime, rule: LeaveRule, *, is_extension: bool) -> None:
    """Refuse what was not asked for beforehand and not agreed by phone either (Article 17)."""
    today = day_of(now)
    if draft.consent is None:
        if draft.span.first_day < today and not is_extension:
            raise Refusal("leave_begins_in_past", "请假须事前申请；已电话或短信获准的，请填写准假人后补办")
        return
    if draft.consent.at > now:
        raise Refusal("consent_in_future", "准假时间晚于现在")
    if draft.span.last_day + timedelta(days=rule.retro_max_days) < today:
        raise Refusal("retro_too_late", "已超过补登期限，请联系乡镇在考勤中登记", days=rule.retro_max_days)


def _route(
    caller: Caller,
    draft: Draft,
    ground: _Ground,
    presence: Presence,
    *,
    extends_id: UUID | None = None,
    but: UUID | None = None,
) -> tuple[list[Leave], Routing]:
    """Return the person's other leaves, and the way of the request through the offices."""
    span, village = draft.span, ground.village
    others = others_of(caller.person_id, _county(village), around=span.first_day, but=but)
    days = [span.first_day, span.last_day, *(leave.last_day for leave in others)]
    routing = route(
        span,
        kind=draft.kind,
        others=[leave.span for leave in others],
        rule=ground.rule,
        is_in_village=presence(ground.posting, village, ground.settings, min(days), max(days)),
        extends=_extended_so_far(extends_id, others),
        applicant_heads=offices_headed_by(caller, village),
    )
    return others, routing


def _extended_so_far(extends_id: UUID | None, others: list[Leave]) -> LeaveSpan | None:
    """Return what an extension goes on from, back to the first day of the leave that was extended first."""
    by_id = {leave.id: leave for leave in others}
    first = last = by_id.get(extends_id) if extends_id else None
    if first is None or last is None:
        return None
    while first.extends_id in by_id:
        first = by_id[first.extends_id]
    return LeaveSpan(first.first_day, last.last_day, first.begins_at_noon, last.ends_at_noon)


def _county(village: Area) -> UUID:
    if village.county_id is None:
        raise LookupError("a village lies in a county")
    return village.county_id


def _row(
    caller: Caller,
    client_key: UUID,
    draft: Draft,
    ground: _Ground,
    routing: Routing,
    extends: Leave | None,
) -> Leave:
    leave_id, span, consent = uuid4(), draft.span, draft.consent
    leave = Leave(
        county_id=ground.village.county_id,
        id=leave_id,
        client_key=client_key,
        content_sha256=draft.content_sha256,
        posting_id=ground.posting.id,
        person_id=caller.person_id,
        kind=draft.kind,
        state=LeaveState.ORAL if consent else LeaveState.SUBMITTED,
        first_day=span.first_day,
        last_day=span.last_day,
        begins_at_noon=span.begins_at_noon,
        ends_at_noon=span.ends_at_noon,
        asked_last_day=span.last_day,
        asked_ends_at_noon=span.ends_at_noon,
        reason_sealed=seal_reason(draft.reason, leave_id),
        destination=draft.destination,
        work_goes_to=draft.work_goes_to,
        extends_id=extends.id if extends else None,
        submitted_at=caller.now,
        **_routed(routing, ground, caller.now),
    )
    if consent:
        leave.waits_for = leave.waits_in = leave.waits_since = None
        leave.consented_by, leave.consented_at = consent.by, consent.at
        leave.consent_channel = consent.channel
        leave.papers_due_on = papers_due(
            consented_on=day_of(consent.at),
            returned_on=span.last_day,
            workdays=ground.rule.papers_workdays,
            calendar=ground.rule.calendar,
        )
    return leave


def _routed(routing: Routing, ground: _Ground, now: datetime) -> dict[str, Any]:
    """Return the columns that say who decides: frozen from here on, with the numbers they rest on (F15)."""
    first = routing.steps[0]
    is_township = first is Tier.TOWNSHIP
    return {
        "decides": routing.decides,
        "counted_days": routing.counted_days,
        "chain_days": routing.chain_days,
        "chain_first_day": routing.whole.first_day,
        "needs_stand_in": routing.needs_stand_in,
        "rule": {**ground.rule.snapshot(), "steps": routing.steps},
        "waits_for": first,
        "waits_in": ground.village.township_id if is_township else ground.village.county_id,
        "waits_since": now,
    }


_TABLE = Leave.__table__
_NAMES = list(_TABLE.c.keys())


def _insert(leave: Leave) -> bool:
    values = {name: getattr(leave, name) for name in _NAMES}
    statement = insert_or_skip(Leave).values(values).on_conflict_do_nothing().returning(Leave.id)
    return db.session.execute(statement).first() is not None


def _find_by_key(county_id: UUID, client_key: UUID) -> Leave | None:
    return db.session.scalars(
        select(Leave).where(Leave.county_id == county_id, Leave.client_key == client_key)
    ).one_or_none()


def _first_of(ground: _Ground, caller: Caller, client_key: UUID, draft: Draft) -> Leave | None:
    first = _find_by_key(_county(ground.village), client_key)
    if first and (first.person_id != caller.person_id or first.content_sha256 != draft.content_sha256):
        raise Conflict("key_reused", "同一编号已用于另一份请假")
    return first


def _objection(leave: Leave, others: list[Leave]) -> Conflict:
    """Return why the database did not take a request."""
    overlapping = [
        other for other in others if other.first_day <= leave.last_day and leave.first_day <= other.last_day
    ]
    if leave.extends_id and any(other.extends_id == leave.extends_id for other in others):
        return Conflict("already_extended", "已有一份续假申请")
    return Conflict("leave_overlaps", "该时段已有请假", leave_ids=[str(other.id) for other in overlapping])


def _empty_days(ground: _Ground, span: LeaveSpan) -> list[date]:
    postings, leaves = team_in(ground.village.id, first_day=span.first_day, last_day=span.last_day)
    mates = [posting for posting in postings if posting.person_id != ground.posting.person_id]
    return [
        day
        for day in span.days()
        if not any(
            mate.first_day <= day
            and (mate.last_day is None or day <= mate.last_day)
            and not any(leave.posting_id == mate.id and leave.span.halves_of(day) == 2 for leave in leaves)
            for mate in mates
        )
    ]


def _tell(leave: Leave, ground: _Ground, caller: Caller) -> None:
    """Tell the office it waits for, and the unit if it must name a stand-in."""
    if leave.waits_for and leave.waits_in:
        tell_office(leave, applicant=caller.name, now=caller.now)
    if leave.needs_stand_in:
        tell_unit(leave, unit_id=ground.posting.unit_id, applicant=caller.name, now=caller.now)
