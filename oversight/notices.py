"""What people are told about inspections and recalls: short, the person first, and never the words of an answer."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from identity.offices import holders
from identity.permissions import Role
from kernel.periods import day_of
from messages.models import MessageKind
from messages.service import Notice, tell
from org.models import Area
from oversight.inspection_models import Finding, RollCall
from oversight.policy import FindingState, InspectionLevel, Step
from oversight.recall_models import Proposal, RecallCase, WrittenWarning
from oversight.recall_policy import RecallState

JUDGES = {
    InspectionLevel.TOWNSHIP: (Role.TOWNSHIP_HEAD,),
    InspectionLevel.COUNTY: (Role.COUNTY_OFFICE, Role.COUNTY_GROUP),
    InspectionLevel.CITY: (Role.CITY_ORG, Role.CITY_RURAL),
}
"""Which offices decide on the findings of a level."""
UNIT_ROLES = (Role.UNIT_CLERK, Role.UNIT_HEAD)
TOWNSHIP_ROLES = (Role.TOWNSHIP_CLERK, Role.TOWNSHIP_HEAD)
STEPS = {Step.NOTICE: "全市通报", Step.RECALL: "召回"}


def offices_of(level: InspectionLevel, village: Area, *, now: datetime) -> list[UUID]:
    """Return who holds the offices that decide on findings of a level in a village."""
    return in_office_of(JUDGES[level], place_of(level, village), now=now)


def place_of(level: InspectionLevel, village: Any) -> Any:
    """Return the township, county or city in which a village lies: its id, or of ``Area`` itself the column."""
    return {
        InspectionLevel.TOWNSHIP: village.township_id,
        InspectionLevel.COUNTY: village.county_id,
        InspectionLevel.CITY: village.city_id,
    }[level]


def in_office_of(roles: Collection[Role], place: UUID | None, *, now: datetime) -> list[UUID]:
    """Return who holds one of the roles for an area or a unit today."""
    return holders(roles, [place], day=day_of(now))[place] if place else []


def roll_call_made(
    roll_call: RollCall, people: Iterable[UUID], village: str, minutes: int, now: datetime
) -> None:
    """Call people: they have some minutes."""
    _tell(
        people,
        MessageKind.ROLL_CALL,
        roll_call.county_id,
        roll_call.id,
        title=f"督查点名，请{minutes}分钟内应答",
        text=f"{village}点名，请打开小程序应答",
        occasion="",
        now=now,
    )


def finding_made(finding: Finding, now: datetime) -> None:
    """Tell the person, before anybody else, what was found and until when an answer is awaited."""
    _tell(
        [finding.person_id],
        MessageKind.FINDING,
        finding.county_id,
        finding.id,
        title="督查记录待您说明",
        text=f"请在{_short(finding.answer_due_on)}前说明",
        occasion="found",
        now=now,
    )


def answers_due_soon(unanswered: Iterable[Finding | RecallCase], *, now: datetime) -> None:
    """Count down to the last day of each answer; one statement for each county."""
    tell([_due_soon(each, (each.answer_due_on - day_of(now)).days) for each in unanswered], now=now)


def _due_soon(about: Finding | RecallCase, days_left: int) -> Notice:
    is_finding = isinstance(about, Finding)
    return Notice(
        person_id=about.person_id,
        kind=MessageKind.FINDING if is_finding else MessageKind.RECALL,
        county_id=about.county_id,
        subject_id=about.id,
        title="说明今天到期" if days_left == 0 else f"说明还有{days_left}天到期",
        text="督查记录请及时说明" if is_finding else "提出的召回请及时说明",
        occasion=f"due:{days_left}",
    )


def finding_waits(finding: Finding, people: Iterable[UUID], *, name: str) -> list[Notice]:
    """Return what tells the office that the person has been heard, or the days for it are over."""
    text = f"{name}，{_short(finding.day)}"
    return _notices(
        dict.fromkeys(set(people) - {finding.person_id}, text),
        MessageKind.OVERSIGHT_WAITS,
        finding.county_id,
        finding.id,
        title="督查记录待认定",
        occasion="heard",
    )


def finding_decided(finding: Finding, others: Iterable[UUID], *, name: str, now: datetime) -> None:
    """Tell the person, and of a confirmed finding township and unit too."""
    words = "已认定" if finding.state == FindingState.CONFIRMED else "已撤销"
    told = {finding.person_id: f"您{_short(finding.day)}的督查记录{words}"}
    if finding.state == FindingState.CONFIRMED:
        told = {**dict.fromkeys(others, f"{name}{_short(finding.day)}的督查记录{words}"), **told}
    _tell_each(
        told,
        MessageKind.FINDING,
        finding.county_id,
        finding.id,
        title=f"督查记录{words}",
        occasion="decided",
        now=now,
    )


def proposal_made(proposal: Proposal, people: Iterable[UUID], *, name: str, now: datetime) -> None:
    """Tell the city what the ladder proposes; it decides."""
    _tell(
        people,
        MessageKind.OVERSIGHT_WAITS,
        proposal.county_id,
        proposal.id,
        title=f"{STEPS[Step(proposal.step)]}建议待决定",
        text=f"{name}，第二十一条",
        occasion="made",
        now=now,
    )


def proposal_confirmed(proposal: Proposal, others: Iterable[UUID], *, name: str, now: datetime) -> None:
    """Tell the person first, then unit, township and county."""
    words = {Step.NOTICE: "给予全市通报", Step.RECALL: "建议提出召回"}[Step(proposal.step)]
    own = {proposal.person_id: f"{words}，{proposal.document_no}"}
    _tell_each(
        {**dict.fromkeys(others, f"{name}：{words}"), **own},
        MessageKind.WARNED,
        proposal.county_id,
        proposal.id,
        title=f"市级督查：{words}",
        occasion="confirmed",
        now=now,
    )


def warned(warning: WrittenWarning, now: datetime) -> None:
    """Tell the person of a written warning."""
    _tell(
        [warning.person_id],
        MessageKind.WARNED,
        warning.county_id,
        warning.id,
        title="您收到书面提醒",
        text="请查看并改正",
        occasion="",
        now=now,
    )


RECALL_TITLES = {
    RecallState.PROPOSED: "乡镇党委提出召回",
    RecallState.DECIDED: "召回已审定",
    RecallState.NOT_UPHELD: "不予召回",
    RecallState.URGED: "督促召回",
    RecallState.RECALLED: "已召回",
    RecallState.REPLACED: "接替人员已到任",
}


def recall_moved(case: RecallCase, others: Iterable[UUID], *, name: str, now: datetime) -> None:
    """Tell the person where the recall stands, and whoever else it concerns."""
    state = RecallState(case.state)
    text = {
        RecallState.PROPOSED: f"请在{_short(case.answer_due_on)}前说明",
        RecallState.RECALLED: f"最后一天{_short(case.last_day)}" if case.last_day else "",
    }.get(state, "请查看")
    own = {case.person_id: text} if state is not RecallState.REPLACED else {}
    _tell_each(
        {**dict.fromkeys(set(others) - {case.person_id}, name), **own},
        MessageKind.RECALL,
        case.county_id,
        case.id,
        title=RECALL_TITLES[state],
        occasion=state,
        now=now,
    )


def recall_waits(case: RecallCase, people: Iterable[UUID], *, name: str) -> list[Notice]:
    """Return what tells the leading group that the person has been heard, or the days for it are over."""
    return _notices(
        dict.fromkeys(set(people) - {case.person_id}, name),
        MessageKind.OVERSIGHT_WAITS,
        case.county_id,
        case.id,
        title="召回待审定",
        occasion="heard",
    )


def _short(day: date) -> str:
    return f"{day.month}月{day.day}日"


def _tell(
    people: Iterable[UUID],
    kind: MessageKind,
    county_id: UUID,
    subject_id: UUID,
    *,
    title: str,
    text: str,
    occasion: str,
    now: datetime,
) -> None:
    told = dict.fromkeys(people, text)
    _tell_each(told, kind, county_id, subject_id, title=title, occasion=occasion, now=now)


def _tell_each(
    told: Mapping[UUID, str],
    kind: MessageKind,
    county_id: UUID,
    subject_id: UUID,
    *,
    title: str,
    occasion: str,
    now: datetime,
) -> None:
    """Tell people, each in words of their own, given by person."""
    tell(_notices(told, kind, county_id, subject_id, title=title, occasion=occasion), now=now)


def _notices(
    told: Mapping[UUID, str],
    kind: MessageKind,
    county_id: UUID,
    subject_id: UUID,
    *,
    title: str,
    occasion: str,
) -> list[Notice]:
    return [
        Notice(
            person_id=person_id,
            kind=kind,
            county_id=county_id,
            subject_id=subject_id,
            title=title,
            text=text,
            occasion=occasion,
        )
        for person_id, text in told.items()
    ]
