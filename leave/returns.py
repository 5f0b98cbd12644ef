"""Coming back (销假): in time, early or late (Article 17, D6)."""

from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import update

from identity.permissions import REACH, Permission, Reach
from identity.scope import Caller
from kernel import audit
from kernel.database import db, transaction
from kernel.errors import Conflict, Forbidden, Refusal
from kernel.periods import CHINA, day_of
from leave.models import Leave
from leave.policy import PENDING, LeaveState, begun, came_before, papers_due
from leave.queries import LeaveCase, get_case, rule_of
from leave.stand_ins import release_stand_in
from org.queries import settings_of

NOON = time(12)


def return_to_village(
    *, caller: Caller, leave_id: UUID, back_on: date | None = None, back_at_noon: bool | None = None
) -> Leave:
    """Note that somebody is back, by default now; the days not needed fall back, the township may do it too.

    Before the first day it says that the leave is not taken at all.
    """
    today = day_of(caller.now)
    with transaction():
        case = get_case(leave_id, caller, Permission.CONFIRM_RETURN)
        if case.leave.person_id != caller.person_id and not _is_township_of(case, caller):
            raise Forbidden("not_your_leave", "销假由本人办理或由乡镇确认")
        if back_on is None:
            back_on, back_at_noon = today, caller.now.astimezone(CHINA).time() >= NOON
        if back_on > today:
            raise Refusal("return_in_future", "返村日期晚于今天")
        changed = _change(case, back_on, bool(back_at_noon), caller)
        if changed is None:
            raise Conflict("leave_not_running", "这份请假不能销假：尚未批准、已撤回或已销假")
        if changed.last_day < changed.asked_last_day or changed.state == LeaveState.NOT_TAKEN:
            release_stand_in(changed, last_day=max(back_on, changed.first_day))
        audit.record(
            "leave.return",
            now=caller.now,
            county_id=changed.county_id,
            actor_id=caller.person_id,
            subject_id=changed.id,
            state=changed.state,
            back_on=back_on.isoformat(),
        )
        return changed


def _is_township_of(case: LeaveCase, caller: Caller) -> bool:
    return any(
        REACH[holding.role] is Reach.TOWNSHIP and holding.area_id == case.village.township_id
        for holding in caller.holdings
    )


def _change(case: LeaveCase, back_on: date, back_at_noon: bool, caller: Caller) -> Leave | None:
    leave = case.leave
    left = begun(leave.span, back_on=back_on, back_at_noon=back_at_noon)
    if left is None and leave.state in PENDING:
        raise Conflict("leave_undecided", "尚未批准的请假，请撤回申请")
    values: dict[str, Any] = {
        "returned_on": back_on,
        "returned_at_noon": back_at_noon,
        "return_confirmed_by": caller.person_id,
    }
    if left is None:
        values["state"] = LeaveState.NOT_TAKEN
    else:
        values |= {"last_day": left.last_day, "ends_at_noon": left.ends_at_noon}
        if leave.state not in PENDING:
            values["state"] = LeaveState.RETURNED
    if leave.state == LeaveState.ORAL:
        values["papers_due_on"] = _papers_due(case, back_on, caller.now)
    return db.session.scalars(
        update(Leave)
        .where(
            Leave.county_id == leave.county_id,
            Leave.id == leave.id,
            Leave.state == leave.state,
            Leave.state.in_(PENDING | came_before(LeaveState.NOT_TAKEN) | came_before(LeaveState.RETURNED)),
            Leave.returned_on.is_(None),
        )
        .values(**values)
        .returning(Leave)
        .execution_options(populate_existing=True, synchronize_session=False)
    ).one_or_none()


def _papers_due(case: LeaveCase, back_on: date, now: datetime) -> date:
    rule = rule_of(settings_of(case.village, day=day_of(now)))
    consented_at = case.leave.consented_at or now
    return papers_due(
        consented_on=day_of(consented_at),
        returned_on=back_on,
        workdays=rule.papers_workdays,
        calendar=rule.calendar,
    )
