"""What stands on the slip of one leave (rules.md §7.2): the needed boxes only."""

from decimal import Decimal

from sqlalchemy import select

from identity.login import cipher
from kernel.database import db
from kernel.periods import CHINA
from leave.documents import (
    OPINION_TITLES,
    UNIT_OPINION,
    Opinion,
    OralConsent,
    Return,
    Slip,
)
from leave.models import Decision, Leave, StandIn, Verdict
from leave.policy import PENDING, DayCount, LeaveKind, LeaveSpan, LeaveState, Tier, counted_days
from leave.queries import LeaveCase, decisions_of, stand_ins_of, work_calendar
from leave.requests import read_reason
from leave.wording import CHANNELS, STATES
from org.models import Area, Person, PostingRole
from org.settings import AreaSettings
from pictures.queries import count_received

POSTS = {PostingRole.FIRST_SECRETARY: "驻村第一书记", PostingRole.MEMBER: "驻村工作队员"}
AGREES = {Verdict.APPROVED: "同意", Verdict.REJECTED: "不同意"}
HIDDEN = "（仅审批机关可见）"


def slip_of(case: LeaveCase, *, sees_all: bool) -> Slip:
    """Return the slip of a leave; whoever is not in its approval chain gets it without reason and opinions."""
    leave = case.leave
    said = decisions_of([leave]).get(leave.id, [])
    stand_in = stand_ins_of([leave]).get(leave.id)
    return Slip(
        number=leave.id.hex[:12].upper(),
        name=case.person.name,
        unit=case.unit_name,
        village=_full_name(case.village),
        post=POSTS[PostingRole(case.posting.role)],
        phone=cipher().decrypt(case.person.phone_sealed, field="phone", row_id=case.person.id),
        kind=LeaveKind(leave.kind),
        reason=read_reason(leave) if sees_all else HIDDEN,
        destination=leave.destination if sees_all else HIDDEN,
        span=asked(leave),
        calendar_days=_natural_days(asked(leave)),
        counted_days=leave.counted_days,
        opinions=_opinions(leave, said, stand_in, sees_all),
        is_extension=leave.extends_id is not None,
        chained_days=leave.chain_days if leave.chain_days > leave.counted_days else None,
        handed_to=leave.work_goes_to,
        oral=_oral(leave),
        returned=_returned(leave),
        note=_note(leave),
        papers_count=count_received(leave.county_id, leave.id),
    )


def asked(leave: Leave) -> LeaveSpan:
    """Return the span as it was asked for, whatever became of it."""
    return LeaveSpan(leave.first_day, leave.asked_last_day, leave.begins_at_noon, leave.asked_ends_at_noon)


def _natural_days(span: LeaveSpan) -> Decimal:
    return counted_days(span, mode=DayCount.CALENDAR, calendar=work_calendar(AreaSettings({})))


def _full_name(village: Area) -> str:
    above = db.session.scalars(
        select(Area).where(Area.id.in_((village.county_id, village.township_id)))
    ).all()
    names = {area.id: area.name for area in above}
    line = [names.get(area_id) for area_id in (village.county_id, village.township_id) if area_id]
    return " ".join([*filter(None, line), village.name])


def _opinions(
    leave: Leave,
    said: list[tuple[Decision, str]],
    stand_in: tuple[StandIn, str | None] | None,
    sees_all: bool,
) -> tuple[Opinion, ...]:
    boxes = [_unit_box(stand_in)] if leave.needs_stand_in else []
    by_office = {Tier(decision.office): (decision, name) for decision, name in said}
    for step in leave.rule["steps"]:
        office = Tier(step)
        if office not in by_office:
            boxes.append(Opinion(title=OPINION_TITLES[office]))
            continue
        decision, name = by_office[office]
        text = AGREES[Verdict(decision.decision)]
        if sees_all and decision.opinion:
            text = f"{text}。{decision.opinion}"
        boxes.append(
            Opinion(
                title=OPINION_TITLES[office],
                text=text,
                signed_by=name,
                on_behalf_of="主要负责同志" if decision.delegation_id else "",
                day=decision.signed_at.astimezone(CHINA).date(),
            )
        )
    return tuple(boxes)


def _unit_box(stand_in: tuple[StandIn, str | None] | None) -> Opinion:
    if stand_in is None:
        return Opinion(title=UNIT_OPINION, stand_in="")
    row, name = stand_in
    day = row.named_at.astimezone(CHINA).date()
    if row.adjustment:
        return Opinion(title=UNIT_OPINION, text=f"调整岗位：{row.adjustment}", day=day)
    return Opinion(title=UNIT_OPINION, text="已安排接替人员", stand_in=name or "", day=day)


def _oral(leave: Leave) -> OralConsent | None:
    if leave.consented_at is None or leave.consent_channel is None:
        return None
    return OralConsent(leave.consented_by or "", leave.consented_at, CHANNELS[leave.consent_channel])


def _returned(leave: Leave) -> Return | None:
    if leave.returned_on is None or leave.state == LeaveState.NOT_TAKEN:
        return None
    confirmed_by = db.session.get(Person, leave.return_confirmed_by) if leave.return_confirmed_by else None
    return Return(
        back_on=leave.returned_on,
        back_at_noon=bool(leave.returned_at_noon),
        actual_days=_natural_days(leave.span),
        confirmed_by=confirmed_by.name if confirmed_by else "",
    )


def _note(leave: Leave) -> str:
    if leave.state in PENDING:
        return "未批准，仅供呈批"
    if leave.state in (LeaveState.REJECTED, LeaveState.WITHDRAWN, LeaveState.NOT_TAKEN):
        return STATES[LeaveState(leave.state)]
    return ""
