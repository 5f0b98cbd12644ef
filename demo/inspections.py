"""The demo's inspections: findings in every state, a notice, a recall on its way (Articles 21, 22).

Each finding is of a day on which its person had to be there; what is still open lies with the accounts.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from demo.people import Cast, workday
from demo.places import key
from identity.models import Office
from identity.permissions import Permission, Role
from identity.scope import Caller, Holding
from identity.session import NO_SESSION
from kernel.database import db
from kernel.periods import CHINA
from leave.queries import work_calendar
from org.models import Area, Posting, PostingRole
from org.settings import AreaSettings
from oversight.inspection_models import Finding, Inspection, RollCall, RollCallEntry
from oversight.policy import (
    AnswerOutcome,
    Expectation,
    FindingKind,
    FindingState,
    InspectionLevel,
    Step,
    answer_due,
)
from oversight.recall_models import Proposal, ProposalState, RecallCase, WrittenWarning
from oversight.recall_policy import Ground, RecallState
from oversight.sealing import seal
from oversight.situation import Standing, describe, standings

COUNTY, CITY = "360726000000", "360700000000"
HOME, SECOND, THIRD, FOURTH, FIFTH = (
    "360726103201",
    "360726103209",
    "360726105205",
    "360726105202",
    "360726105206",
)
OPENED, CALLED, MINUTES = time(10, 5), time(10, 10), 15
MOST_DAYS_BACK = 20
NOTICE_NO, RECALL_NO = "赣市组通〔2026〕7号（演示）", "赣市组函〔2026〕12号（演示）"
Row = Any


def inspect_villages(cast: Cast, areas: Mapping[str, Area], *, today: date) -> None:
    """Put inspections, findings and what they led to there; the same for the same day, nothing of today."""
    desk = _Desk(cast, areas, today)
    desk.found(HOME, 1, PostingRole.MEMBER, FindingState.FOUND, unit="tax")
    desk.found(SECOND, 5, PostingRole.FIRST_SECRETARY, FindingState.ANSWERED)
    desk.found(FIFTH, 8, PostingRole.MEMBER, FindingState.LIFTED)
    once = desk.found(THIRD, 10, PostingRole.MEMBER, FindingState.CONFIRMED)
    desk.proposes(Step.NOTICE, [once], ProposalState.OPEN)
    first = desk.found(FOURTH, 30, PostingRole.MEMBER, FindingState.CONFIRMED, unit="statistics")
    notice = desk.proposes(Step.NOTICE, [first], ProposalState.CONFIRMED)
    warning = desk.warns(notice)
    second = desk.found(FOURTH, 14, PostingRole.MEMBER, FindingState.CONFIRMED, unit="statistics")
    twice = desk.proposes(Step.RECALL, [first, second], ProposalState.CONFIRMED)
    desk.recalls(twice, warning)
    for rows in desk.rows:
        db.session.add_all(rows)
        db.session.flush()


@dataclass(frozen=True, slots=True)
class _Ground:
    """An hour in a village at which somebody had to be there."""

    village: Area
    at: datetime
    standing: Standing
    all: list[Standing]


class _Desk:
    """Where the inspections of the demo are written down."""

    def __init__(self, cast: Cast, areas: Mapping[str, Area], today: date) -> None:
        self.cast, self.areas, self.today = cast, areas, today
        self.mandate: Office = next(office for office in cast.offices if office.role is Role.INSPECTOR)
        self.rows: list[list[Row]] = []

    # -- finding ------------------------------------------------------------------------------------

    def found(
        self, code: str, days_ago: int, role: PostingRole, state: FindingState, *, unit: str = ""
    ) -> Finding:
        """Let the inspector find somebody of this role, and unit if named, absent so many working days ago."""
        units = {self.cast.units[unit].id} if unit else {each.id for each in self.cast.units.values()}
        ground = self._ground(self.areas[code], days_ago, role, units)
        inspection = self._inspection(ground)
        roll_call = self._roll_call(inspection, ground)
        finding = self._finding(inspection, ground, state)
        self.rows += [[inspection], [roll_call], list(self._entries(roll_call, ground)), [finding]]
        return finding

    def _ground(self, village: Area, days_ago: int, role: PostingRole, units: Collection[UUID]) -> _Ground:
        """Return the last working day, so many ago or more, on which such a person had to be in the village."""
        for steps in range(days_ago, days_ago + MOST_DAYS_BACK):
            at = self._at(workday(self.today, -steps), OPENED)
            found = standings(
                caller=self._inspector(at), village=village, at=at, permission=Permission.INSPECT
            )
            for standing in found:
                is_meant = standing.post.role == role and standing.post.unit_id in units
                if is_meant and standing.expectation is Expectation.MUST_BE_THERE:
                    return _Ground(village, at, standing, found)
        raise LookupError(f"nobody had to be in {village.name}")

    def _inspection(self, ground: _Ground) -> Inspection:
        village, at = ground.village, ground.at
        county_id = village.county_id or village.id
        return Inspection(
            county_id=county_id,
            id=key("inspection", village.code, at.date()),
            client_key=key("inspection key", village.code, at.date()),
            content_sha256=b"",
            village_id=village.id,
            mandate_id=self.mandate.id,
            level=InspectionLevel.CITY,
            day=at.date(),
            purpose="市级暗访",
            situation=describe(ground.all, county_id),
            opened_by=self.mandate.person_id,
            opened_at=at,
        )

    def _roll_call(self, inspection: Inspection, ground: _Ground) -> RollCall:
        called_at = self._at(inspection.day, CALLED)
        return RollCall(
            county_id=inspection.county_id,
            id=key("roll-call", inspection.id),
            client_key=key("roll-call key", inspection.id),
            content_sha256=b"",
            inspection_id=inspection.id,
            village_id=inspection.village_id,
            called_by=inspection.opened_by,
            called_at=called_at,
            due_at=called_at + timedelta(minutes=MINUTES),
        )

    def _entries(self, roll_call: RollCall, ground: _Ground) -> Iterator[RollCallEntry]:
        """List who was called: the one found absent did not answer, of the others the last came late."""
        called = [standing for standing in ground.all if standing.expectation.is_called]
        for place, standing in enumerate(called):
            minutes = 4 if place < len(called) - 1 else MINUTES + 6
            answered_at = roll_call.called_at + timedelta(minutes=minutes)
            answer: dict[str, Any] = {
                "client_key": key("answer", roll_call.id, standing.post.person_id),
                "content_sha256": b"",
                "answered_at": answered_at,
                "captured_at": answered_at,
                "is_late": answered_at > roll_call.due_at,
                "outcome": AnswerOutcome.IN_VILLAGE,
                "verdict": "inside",
                "band": "inside",
                "accuracy_m": 18.0,
            }
            yield RollCallEntry(
                county_id=roll_call.county_id,
                id=key("entry", roll_call.id, standing.post.person_id),
                roll_call_id=roll_call.id,
                posting_id=standing.post.posting_id,
                person_id=standing.post.person_id,
                expectation=standing.expectation,
                doubts=[],
                said="",
                word_note="",
                **({} if standing is ground.standing else answer),
            )

    def _finding(self, inspection: Inspection, ground: _Ground, state: FindingState) -> Finding:
        finding_id = key("finding", inspection.id)
        due_on = answer_due(inspection.day, workdays=3, calendar=work_calendar(AreaSettings({})))
        finding = Finding(
            county_id=inspection.county_id,
            id=finding_id,
            client_key=key("finding key", inspection.id),
            content_sha256=b"",
            inspection_id=inspection.id,
            posting_id=ground.standing.post.posting_id,
            person_id=ground.standing.post.person_id,
            village_id=inspection.village_id,
            level=InspectionLevel.CITY,
            kind=FindingKind.ABSENT,
            day=inspection.day,
            description="点名未应答，驻村工作室和宿舍无人，村干部不清楚去向",
            found_by=inspection.opened_by,
            found_at=ground.at + timedelta(minutes=30),
            state=state,
            answer_due_on=due_on,
        )
        if state is not FindingState.FOUND:
            finding.answer_sealed = seal("当天到镇里报送材料，没有提前请假", finding_id)
            finding.answered_at = self._at(workday(inspection.day, 1), time(9, 20))
        if state in (FindingState.CONFIRMED, FindingState.LIFTED):
            finding.decided_by = self._holder(Role.CITY_ORG)
            finding.decided_at = self._at(workday(inspection.day, 3), time(15))
            is_lifted = state is FindingState.LIFTED
            finding.reason = "经镇里证实，当时在镇便民服务中心办事" if is_lifted else "经核实属实"
        return finding

    # -- what it led to -----------------------------------------------------------------------------

    def proposes(self, step: Step, findings: list[Finding], state: ProposalState) -> Proposal:
        """Let the ladder propose what the last of these findings led to, and the city decide."""
        last = findings[-1]
        made_at = last.decided_at or last.found_at
        proposal = Proposal(
            county_id=last.county_id,
            id=key("proposal", last.id),
            posting_id=last.posting_id,
            person_id=last.person_id,
            step=step,
            finding_id=last.id,
            finding_ids=[str(finding.id) for finding in findings],
            state=state,
            made_at=made_at,
        )
        if state is ProposalState.CONFIRMED:
            proposal.decided_by, proposal.reason = self._holder(Role.CITY_RURAL), "按第二十一条办理"
            proposal.decided_at = made_at + timedelta(hours=1)
            proposal.document_no = NOTICE_NO if step is Step.NOTICE else RECALL_NO
        self.rows.append([proposal])
        return proposal

    def warns(self, notice: Proposal) -> WrittenWarning:
        """Let the notice be a written warning too."""
        given_at = notice.decided_at or notice.made_at
        warning = WrittenWarning(
            county_id=notice.county_id,
            id=key("warning", notice.id),
            client_key=notice.id,
            content_sha256=b"",
            posting_id=notice.posting_id,
            person_id=notice.person_id,
            proposal_id=notice.id,
            day=given_at.astimezone(CHINA).date(),
            text="市级暗访发现无故不在岗，予以全市通报",
            document_no=notice.document_no,
            given_by=notice.decided_by,
            given_at=given_at,
        )
        self.rows.append([warning])
        return warning

    def recalls(self, proposal: Proposal, warning: WrittenWarning) -> None:
        """Let the township propose the recall, and the person answer; it waits for the leading group."""
        decided_at = proposal.decided_at or proposal.made_at
        proposed_on = workday(decided_at.astimezone(CHINA).date(), 2)
        posting = db.session.get_one(Posting, proposal.posting_id)
        township_id = self._area(posting.village_id).township_id
        case_id = key("recall", proposal.id)
        case = RecallCase(
            county_id=proposal.county_id,
            id=case_id,
            client_key=key("recall key", proposal.id),
            content_sha256=b"",
            posting_id=posting.id,
            person_id=posting.person_id,
            unit_id=posting.unit_id,
            ground=Ground.ABSENT_UNCORRECTED,
            reason="全市通报后仍无故不在岗，经提醒不改正",
            warning_id=warning.id,
            proposal_id=proposal.id,
            state=RecallState.PROPOSED,
            proposed_by=self.cast.holder(Role.TOWNSHIP_HEAD, township_id),
            proposed_at=self._at(proposed_on, time(9)),
            answer_due_on=answer_due(proposed_on, workdays=3, calendar=work_calendar(AreaSettings({}))),
            answer_sealed=seal("家里孩子小，照顾不过来，愿意服从安排", case_id),
            answered_at=self._at(workday(proposed_on, 1), time(20)),
        )
        self.rows.append([case])

    # -- who and when -------------------------------------------------------------------------------

    def _inspector(self, at: datetime) -> Caller:
        holding = Holding(Role.INSPECTOR, area_id=self.mandate.area_id)
        return Caller(self.mandate.person_id, "", NO_SESSION, at, (holding,))

    def _holder(self, role: Role) -> UUID:
        return self.cast.holder(role, self.areas[CITY].id)

    def _area(self, area_id: UUID) -> Area:
        return next(area for area in self.areas.values() if area.id == area_id)

    @staticmethod
    def _at(day: date, hour: time) -> datetime:
        return datetime.combine(day, hour, CHINA)
