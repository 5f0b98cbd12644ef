"""The leaves of the demo, carried out in the order in which people acted, by the program's own rules.

What is stored is what asking, deciding and coming back would have stored; a test holds that against the
services themselves.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from demo.history import Stay
from demo.people import Cast
from demo.places import key
from identity.permissions import Role
from kernel.periods import CHINA, day_of
from leave.models import Decision, Delegation, Leave, StandIn, Verdict
from leave.notices import (
    decided,
    office_waits,
    papers_due,
    papers_overdue,
    return_overdue,
    stand_in_needed,
)
from leave.papers import REMINDED_DAYS
from leave.policy import (
    PENDING,
    VOID,
    LeaveRule,
    LeaveState,
    Routing,
    Tier,
    WorkCalendar,
    begun,
    return_due,
    route,
)
from leave.policy import papers_due as papers_due_on
from leave.queries import OFFICE_OF, rule_of
from leave.requests import Draft, seal_reason
from messages.models import Message, WechatState
from messages.service import Notice

ROLE_OF = {office: role for role, office in OFFICE_OF.items()}
SETTLED_AT, REMINDED_AT = time(0, 40), time(8, 30)
"""When the nightly jobs of leaves run."""
UNREAD_DAYS = 3
"""What was told earlier than so many days before today has been read."""

Sightings = Mapping[UUID, Sequence[tuple[date, datetime]]]
"""On which days people were in their villages, and since when that is known."""


@dataclass(eq=False)
class Application:
    """What somebody asks for; the leave is there once it is asked for."""

    stay: Stay
    draft: Draft
    extends: "Application | None" = None
    asked: Leave | None = None

    @property
    def leave(self) -> Leave:
        if self.asked is None:
            raise LookupError("it has not been asked for yet")
        return self.asked

    @property
    def rule(self) -> LeaveRule:
        return rule_of(self.stay.ground.settings)


Act = Callable[["Desk", datetime], object]
"""Something somebody does about leave, done at the desk at an instant."""


def carry_out(acts: Iterable[tuple[datetime, Act]], desk: "Desk", *, first_day: date, today: date) -> None:
    """Let everybody act in turn, and the nightly jobs between them; of today only what the night did is done."""
    days = [first_day + timedelta(days=n) for n in range((today - first_day).days + 1)]
    nights: list[tuple[datetime, Act]] = [
        (datetime.combine(day, SETTLED_AT, CHINA), Desk.settle) for day in days
    ]
    mornings: list[tuple[datetime, Act]] = [
        (datetime.combine(day, REMINDED_AT, CHINA), Desk.remind) for day in days[:-1]
    ]
    for at, act in sorted([*acts, *nights, *mornings], key=lambda line: line[0]):
        act(desk, at)


class Desk:
    """Where leaves are asked for, decided on and settled."""

    def __init__(
        self,
        cast: Cast,
        delegations: Sequence[Delegation],
        *,
        checked_in: Sightings,
        entered: Sightings,
        today: date,
    ) -> None:
        self.decisions: list[Decision] = []
        self.stand_ins: list[StandIn] = []
        self._applications: list[Application] = []
        self._messages: dict[str, Message] = {}
        self._cast = cast
        self._names = {person.id: person.name for person in cast.people}
        self._delegations = delegations
        self._checked_in = checked_in
        self._entered = entered
        self._midnight = datetime.combine(today, time(), CHINA)

    @property
    def leaves(self) -> list[Leave]:
        return [application.leave for application in self._applications]

    @property
    def messages(self) -> list[Message]:
        return list(self._messages.values())

    # -- asking ---------------------------------------------------------------------------------

    def ask(self, now: datetime, application: Application) -> None:
        """Ask for leave, or register what was agreed by phone."""
        stay, draft, rule = application.stay, application.draft, application.rule
        span, consent = draft.span, draft.consent
        client_key = key("leave", stay.posting.person_id, now.isoformat())
        leave_id = key("leave", client_key)
        leave = application.asked = Leave(
            county_id=stay.ground.county_id,
            id=leave_id,
            client_key=client_key,
            content_sha256=draft.content_sha256,
            posting_id=stay.posting.id,
            person_id=stay.posting.person_id,
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
            extends_id=application.extends.leave.id if application.extends else None,
            submitted_at=now,
            **self._routed(application, now),
        )
        if consent:
            leave.waits_for = leave.waits_in = leave.waits_since = None
            leave.consented_by, leave.consented_at = consent.by, consent.at
            leave.consent_channel = consent.channel
            leave.papers_due_on = _papers_due_on(leave, rule, returned_on=span.last_day)
        self._applications.append(application)
        self._tell_offices(application, now)

    def file_papers(self, now: datetime, application: Application) -> None:
        """File the papers of a leave agreed by phone."""
        leave = application.leave
        leave.state, leave.papers_filed_at = LeaveState.SUBMITTED, now
        for name, value in self._routed(application, now).items():
            setattr(leave, name, value)
        self._tell_offices(application, now)

    def _routed(self, application: Application, now: datetime) -> dict[str, Any]:
        """Return the columns that say who decides."""
        rule, routing = application.rule, self._route(application, now)
        if routing.decides is None:
            raise ValueError(f"no leave is needed: {application.draft.span}")
        first, ground = routing.steps[0], application.stay.ground
        return {
            "decides": routing.decides,
            "counted_days": routing.counted_days,
            "chain_days": routing.chain_days,
            "chain_first_day": routing.whole.first_day,
            "needs_stand_in": routing.needs_stand_in,
            "rule": {**rule.snapshot(), "steps": routing.steps},
            "waits_for": first,
            "waits_in": ground.township_id if first is Tier.TOWNSHIP else ground.county_id,
            "waits_since": now,
        }

    def _route(self, application: Application, now: datetime) -> Routing:
        person_id, draft = application.stay.posting.person_id, application.draft
        others = [
            leave.span
            for leave in self.leaves
            if leave.person_id == person_id and leave.state not in VOID and leave is not application.asked
        ]
        return route(
            draft.span if application.asked is None else application.leave.span,
            kind=draft.kind,
            others=others,
            rule=application.rule,
            is_in_village=self._presence(person_id, now, application.rule.calendar),
            extends=application.extends.leave.span if application.extends else None,
        )

    def _presence(self, person_id: UUID, now: datetime, calendar: WorkCalendar) -> Callable[[date], bool]:
        sightings = [*self._checked_in.get(person_id, ()), *self._entered.get(person_id, ())]
        seen = {day for day, known_at in sightings if known_at <= now}
        return lambda day: day in seen or (day >= day_of(now) and not calendar.is_rest(day))

    def _tell_offices(self, application: Application, now: datetime) -> None:
        leave, name = application.leave, self._names[application.leave.person_id]
        self._tell(office_waits(leave, applicant=name, now=now), now)
        if leave.needs_stand_in:
            unit_id = application.stay.posting.unit_id
            self._tell(stand_in_needed(leave, unit_id=unit_id, applicant=name, now=now), now)

    # -- deciding -------------------------------------------------------------------------------

    def speak(
        self,
        now: datetime,
        application: Application,
        *,
        verdict: Verdict = Verdict.APPROVED,
        opinion: str = "同意",
    ) -> None:
        """Let the office speak that a leave waits for, if there is one still."""
        leave = application.leave
        if leave.waits_for is None or leave.waits_in is None:
            return
        office = Tier(leave.waits_for)
        is_opinion = office is not leave.decides
        self._sign(leave, office, now, is_opinion=is_opinion, verdict=verdict, opinion=opinion)
        if is_opinion:
            leave.waits_for, leave.waits_in, leave.waits_since = leave.decides, leave.county_id, now
            self._tell(office_waits(leave, applicant=self._names[leave.person_id], now=now), now)
            return
        leave.waits_for = leave.waits_in = leave.waits_since = None
        leave.state = LeaveState.REJECTED
        if verdict is Verdict.APPROVED:
            leave.state = LeaveState.RETURNED if leave.returned_on else LeaveState.APPROVED
            self._follow_up(application)
        self._tell(decided(leave), now)

    def _sign(
        self, leave: Leave, office: Tier, now: datetime, *, is_opinion: bool, verdict: Verdict, opinion: str
    ) -> None:
        delegation = next(
            (
                each
                for each in self._delegations
                if (each.office, each.area_id) == (office, leave.waits_in)
                and each.first_day <= day_of(now) <= each.last_day
            ),
            None,
        )
        self.decisions.append(
            Decision(
                county_id=leave.county_id,
                id=key("decision", leave.id, office),
                leave_id=leave.id,
                office=office,
                is_opinion=is_opinion,
                decision=verdict,
                opinion=opinion,
                signed_by=delegation.deputy_id
                if delegation
                else self._cast.holder(ROLE_OF[office], leave.waits_in),
                delegation_id=delegation.id if delegation else None,
                signed_at=now,
            )
        )

    def _follow_up(self, application: Application) -> None:
        if application.extends:
            application.extends.leave.state = LeaveState.EXTENDED
        for stand_in in self.stand_ins:
            if stand_in.leave_id == application.leave.id:
                stand_in.posting_id = next(
                    posting.id
                    for posting in self._cast.postings
                    if posting.person_id == stand_in.person_id
                    and posting.first_day == application.leave.first_day
                )

    def name_stand_in(self, now: datetime, application: Application, *, person_id: UUID) -> None:
        """Let the dispatching unit name who takes the post."""
        leave, unit_id = application.leave, application.stay.posting.unit_id
        self.stand_ins.append(
            StandIn(
                county_id=leave.county_id,
                id=key("stand-in", leave.id),
                leave_id=leave.id,
                person_id=person_id,
                warnings=[],
                unit_id=unit_id,
                named_by=next(
                    office.person_id
                    for office in self._cast.offices
                    if office.role is Role.UNIT_CLERK and office.unit_id == unit_id
                ),
                named_at=now,
            )
        )

    # -- afterwards -----------------------------------------------------------------------------

    def withdraw(self, _now: datetime, application: Application) -> None:
        """Take a request back."""
        leave = application.leave
        leave.state = LeaveState.WITHDRAWN
        leave.waits_for = leave.waits_in = leave.waits_since = None

    def come_back(self, now: datetime, application: Application, *, says: UUID | None = None) -> None:
        """Note that the person is back since this morning, as the person says or somebody else."""
        leave, day = application.leave, day_of(now)
        left = begun(leave.span, back_on=day, back_at_noon=False)
        leave.returned_on, leave.returned_at_noon = day, False
        leave.return_confirmed_by = says or leave.person_id
        if leave.state is LeaveState.ORAL:
            leave.papers_due_on = _papers_due_on(leave, application.rule, returned_on=day)
        elif left is None:
            leave.state = LeaveState.NOT_TAKEN
        elif leave.state not in PENDING:
            leave.state = LeaveState.RETURNED
        if left is not None:
            leave.last_day, leave.ends_at_noon = left.last_day, left.ends_at_noon

    def settle(self, now: datetime) -> None:
        """Close the leaves of those who are back, mark those of whom nothing has been seen in time."""
        for application in self._applications:
            leave = application.leave
            if not self._has_ended(leave, now):
                continue
            back_on = min(
                (
                    day
                    for day, known_at in self._checked_in.get(leave.person_id, ())
                    if day > leave.last_day and known_at <= now
                ),
                default=None,
            )
            if back_on is not None:
                leave.state, leave.returned_on, leave.returned_at_noon = LeaveState.RETURNED, back_on, False
            elif self._is_late(application, now):
                leave.state = LeaveState.OVERDUE_RETURN
                clerk_id = self._cast.holder(Role.TOWNSHIP_CLERK, application.stay.ground.township_id)
                self._tell(
                    return_overdue(
                        leave, [leave.person_id, clerk_id], applicant=self._names[leave.person_id]
                    ),
                    now,
                )

    def _has_ended(self, leave: Leave, now: datetime) -> bool:
        """Say whether a leave is over whose person is not back, nor asks for more days."""
        return (
            leave.state in (LeaveState.APPROVED, LeaveState.OVERDUE_RETURN)
            and leave.last_day < day_of(now)
            and leave.returned_on is None
            and not any(other.extends_id == leave.id and other.state in PENDING for other in self.leaves)
        )

    def _is_late(self, application: Application, now: datetime) -> bool:
        """Say whether somebody is late who has not begun another leave since."""
        leave, today = application.leave, day_of(now)
        return (
            leave.state is LeaveState.APPROVED
            and today > _return_due(application)
            and not any(
                other.person_id == leave.person_id
                and other.state not in VOID
                and (leave.first_day, leave.begins_at_noon) < (other.first_day, other.begins_at_noon)
                and other.first_day <= today
                for other in self.leaves
            )
        )

    def remind(self, now: datetime) -> None:
        """Count down to the day on which papers are due, and tell the county once it is past."""
        for leave in self.leaves:
            if leave.state is not LeaveState.ORAL or leave.papers_due_on is None:
                continue
            days_left = (leave.papers_due_on - day_of(now)).days
            if days_left <= REMINDED_DAYS:
                self._tell(papers_due(leave, days_left=max(days_left, -1)), now)
            if days_left < 0:
                office_id = self._cast.holder(Role.COUNTY_OFFICE, leave.county_id)
                applicant = self._names[leave.person_id]
                self._tell(papers_overdue(leave, [office_id], applicant=applicant), now)

    def _tell(self, notices: Iterable[Notice], now: datetime) -> None:
        if now >= self._midnight:
            return
        read_at = now + timedelta(hours=2)
        for notice in notices:
            self._messages.setdefault(
                notice.dedupe,
                Message(
                    county_id=notice.county_id,
                    id=key("message", notice.dedupe),
                    person_id=notice.person_id,
                    kind=notice.kind,
                    subject_id=notice.subject_id,
                    title=notice.title,
                    text=notice.text,
                    sent_at=now,
                    read_at=read_at if read_at < self._midnight - timedelta(days=UNREAD_DAYS) else None,
                    wechat_state=WechatState.OFF,
                    dedupe=notice.dedupe,
                ),
            )


def _return_due(application: Application) -> date:
    rule = application.rule
    return return_due(application.leave.last_day, grace_days=rule.return_grace_days, calendar=rule.calendar)


def _papers_due_on(leave: Leave, rule: LeaveRule, *, returned_on: date) -> date:
    return papers_due_on(
        consented_on=day_of(leave.consented_at or leave.submitted_at),
        returned_on=returned_on,
        workdays=rule.papers_workdays,
        calendar=rule.calendar,
    )
