"""What people are told about leaves: short, and never the reason."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from identity.offices import holders
from identity.permissions import Role
from kernel.periods import day_of
from leave.models import Leave
from leave.policy import LeaveState, Tier
from leave.queries import signatories
from leave.wording import span_text
from messages.models import MessageKind
from messages.service import Notice, tell

OUTCOMES: Mapping[LeaveState, str] = {
    LeaveState.APPROVED: "已批准",
    LeaveState.RETURNED: "已批准",
    LeaveState.REJECTED: "未获批准",
}


def tell_office(leave: Leave, *, applicant: str, now: datetime) -> None:
    """Tell whoever signs for the office that a leave waits for it."""
    tell(office_waits(leave, applicant=applicant, now=now), now=now)


def office_waits(leave: Leave, *, applicant: str, now: datetime) -> list[Notice]:
    """Return what the office is told that a leave waits for."""
    return offices_wait([(leave, applicant)], now=now)


def offices_wait(leaves: Iterable[tuple[Leave, str]], *, now: datetime) -> list[Notice]:
    """Return what the offices are told that leaves wait for, each given with the applicant's name.

    One statement for each office, however many the leaves.
    """
    people: dict[tuple[Tier, UUID], set[UUID]] = {}
    notices = []
    for leave, applicant in leaves:
        if leave.waits_for is None or leave.waits_in is None:
            continue
        office = Tier(leave.waits_for)
        place = office, leave.waits_in
        if place not in people:
            people[place] = signatories(*place, county_id=leave.county_id, day=day_of(now))
        notices += _notices(
            people[place] - {leave.person_id},
            MessageKind.OFFICE_WAITS,
            leave,
            title="有请假待审批",
            text=f"{applicant}请假{span_text(leave.span)}",
            occasion=office,
        )
    return notices


def tell_unit(leave: Leave, *, unit_id: UUID, applicant: str, now: datetime) -> None:
    """Tell the dispatching unit that it has to name a stand-in (Article 17)."""
    tell(stand_in_needed(leave, unit_id=unit_id, applicant=applicant, now=now), now=now)


def stand_in_needed(leave: Leave, *, unit_id: UUID, applicant: str, now: datetime) -> list[Notice]:
    """Return what the dispatching unit is told that has to name a stand-in."""
    held = holders((Role.UNIT_CLERK, Role.UNIT_HEAD), [unit_id], day=day_of(now))
    return _notices(
        held[unit_id],
        MessageKind.STAND_IN_NEEDED,
        leave,
        title="请安排接替人员",
        text=f"{applicant}请假{span_text(leave.span)}",
        occasion="",
    )


def decided(leave: Leave) -> list[Notice]:
    """Return what the applicant is told of a decision."""
    return _notices(
        [leave.person_id],
        MessageKind.LEAVE_DECIDED,
        leave,
        title=f"请假{OUTCOMES[leave.state]}",
        text=f"{span_text(leave.span)}的请假{OUTCOMES[leave.state]}",
        occasion="",
    )


def papers_due(leave: Leave, *, days_left: int) -> list[Notice]:
    """Return the reminder that counts down to the day on which the papers are due (D5)."""
    when = f"还有{days_left}天到期" if days_left > 0 else "今天到期" if days_left == 0 else "已逾期"
    return _notices(
        [leave.person_id],
        MessageKind.PAPERS_DUE,
        leave,
        title="请补办请假手续",
        text=f"补办手续{when}：{span_text(leave.span)}的请假",
        occasion=str(days_left),
    )


def papers_overdue(leave: Leave, people: Iterable[UUID], *, applicant: str) -> list[Notice]:
    """Return what the county office is told when papers have not come in time; once for each leave."""
    return _notices(
        people,
        MessageKind.PAPERS_DUE,
        leave,
        title="补办请假手续逾期",
        text=f"{applicant}{span_text(leave.span)}的请假",
        occasion="overdue",
    )


def return_overdue(leave: Leave, people: Iterable[UUID], *, applicant: str) -> list[Notice]:
    """Return what person and township are told when somebody has not come back in time (D6)."""
    return _notices(
        people,
        MessageKind.RETURN_OVERDUE,
        leave,
        title="假期已满未销假",
        text=f"{applicant}请销假或续假：{span_text(leave.span)}",
        occasion=leave.last_day.isoformat(),
    )


def _notices(
    people: Iterable[UUID], kind: MessageKind, leave: Leave, *, title: str, text: str, occasion: str
) -> list[Notice]:
    return [
        Notice(
            person_id=person_id,
            kind=kind,
            county_id=leave.county_id,
            subject_id=leave.id,
            title=title,
            text=text,
            occasion=occasion,
        )
        for person_id in people
    ]
