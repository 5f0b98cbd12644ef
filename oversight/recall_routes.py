"""What findings lead to: proposals, warnings, recalls; and all of it that concerns me (Articles 21, 22)."""

from typing import Any
from uuid import UUID

from apiflask import APIBlueprint

from identity.people import Candidate
from identity.permissions import Permission
from identity.scope import get_person
from identity.session import caller, requires
from kernel.web import read_cursor, write_cursor
from org.policy import Grade
from oversight.concerning_me import describe_mine
from oversight.inspection_schemas import WordsRequest
from oversight.inspections import CURSOR
from oversight.proposals import decide_proposal, proposals, warn, warnings_of
from oversight.recall_policy import Ground
from oversight.recall_presentation import present_proposal, present_recall, present_warning
from oversight.recall_schemas import (
    DepartureRequest,
    MineResponse,
    ProposalDecisionRequest,
    ProposalItem,
    ProposalPage,
    ProposalsQuery,
    RecallDecisionRequest,
    RecallItem,
    RecallPage,
    RecallRequest,
    RecallsQuery,
    SuccessorRequest,
    UrgingRequest,
    WarningItem,
    WarningRequest,
    WarningsQuery,
    WarningsResponse,
)
from oversight.recalls import (
    answer_recall,
    carry_out,
    decide_recall,
    name_successor,
    propose_recall,
    read_recall,
    recalls,
    urge_recall,
)

bp = APIBlueprint("recalls", __name__, tag="召回 recalls")


@bp.get("/oversight/mine")
@bp.output(MineResponse)
@requires(Permission.ANSWER_OVERSIGHT)
def get_mine() -> dict[str, Any]:
    """Roll-calls to answer, findings, warnings and recalls that concern me."""
    return describe_mine(caller())


# -- the ladder of Article 21 -------------------------------------------------------------------


@bp.get("/proposals")
@bp.input(ProposalsQuery, location="query")
@bp.output(ProposalPage)
@requires(Permission.SEE_PROPOSALS)
def get_proposals(query_data: dict[str, Any]) -> dict[str, Any]:
    """What findings of the city are proposed for: a notice, a recall; below the city once taken up."""
    limit = query_data["limit"]
    found = proposals(
        caller=caller(),
        state=query_data["state"],
        after=read_cursor(query_data["cursor"], *CURSOR),
        limit=limit + 1,
    )
    last = found[limit - 1].proposal if len(found) > limit else None
    return {
        "items": [present_proposal(case) for case in found[:limit]],
        "next_cursor": write_cursor(last.made_at.isoformat(), last.id) if last else None,
    }


@bp.post("/proposals/<uuid:proposal_id>/decision")
@bp.input(ProposalDecisionRequest)
@bp.output(ProposalItem)
@requires(Permission.DECIDE_PROPOSALS)
def post_proposal_decision(proposal_id: UUID, json_data: dict[str, Any]) -> dict[str, Any]:
    """Take a proposal up under a document, or drop it; nothing follows before somebody does."""
    return present_proposal(decide_proposal(caller=caller(), proposal_id=proposal_id, **json_data))


@bp.get("/warnings")
@bp.input(WarningsQuery, location="query")
@bp.output(WarningsResponse)
@requires(Permission.SEE_PROPOSALS)
def get_warnings(query_data: dict[str, Any]) -> dict[str, Any]:
    """The written warnings somebody of my area was given, the latest first."""
    me = caller()
    get_person(query_data["person"], me, Permission.SEE_PROPOSALS)
    return {"items": [present_warning(warning) for warning in warnings_of(query_data["person"], me)]}


@bp.post("/warnings")
@bp.input(WarningRequest)
@bp.output(WarningItem, 201)
@requires(Permission.WARN)
def post_warning(json_data: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Warn somebody in writing; ground four of Article 22 asks for it."""
    warning, is_new = warn(caller=caller(), **json_data)
    return present_warning(warning), 201 if is_new else 200


# -- recalls ------------------------------------------------------------------------------------


@bp.post("/recalls")
@bp.input(RecallRequest)
@bp.output(RecallItem, 201)
@requires(Permission.PROPOSE_RECALL)
def post_recall(json_data: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Propose a recall for the township; the person sees it first and may answer."""
    me = caller()
    case, is_new = propose_recall(caller=me, **{**json_data, "ground": Ground(json_data["ground"])})
    return present_recall(read_recall(case.id, me), me), 201 if is_new else 200


@bp.get("/recalls")
@bp.input(RecallsQuery, location="query")
@bp.output(RecallPage)
@requires(Permission.SEE_RECALLS)
def get_recalls(query_data: dict[str, Any]) -> dict[str, Any]:
    """The recalls I may see, the latest first: my own, of my office's area, of my unit's people."""
    me, limit = caller(), query_data["limit"]
    found = recalls(
        caller=me,
        state=query_data["state"],
        after=read_cursor(query_data["cursor"], *CURSOR),
        limit=limit + 1,
    )
    last = found[limit - 1].case if len(found) > limit else None
    return {
        "items": [present_recall(recall, me) for recall in found[:limit]],
        "next_cursor": write_cursor(last.proposed_at.isoformat(), last.id) if last else None,
    }


@bp.get("/recalls/<uuid:recall_id>")
@bp.output(RecallItem)
@requires(Permission.SEE_RECALLS)
def get_one_recall(recall_id: UUID) -> dict[str, Any]:
    """One recall, with each step taken."""
    me = caller()
    return present_recall(read_recall(recall_id, me), me)


@bp.post("/recalls/<uuid:recall_id>/answer")
@bp.input(WordsRequest)
@bp.output(RecallItem)
@requires(Permission.ANSWER_OVERSIGHT)
def post_recall_answer(recall_id: UUID, json_data: dict[str, Any]) -> dict[str, Any]:
    """Say what there is to say to my own recall, before it is decided."""
    me = caller()
    return present_recall(answer_recall(caller=me, recall_id=recall_id, text=json_data["text"]), me)


@bp.post("/recalls/<uuid:recall_id>/decision")
@bp.input(RecallDecisionRequest)
@bp.output(RecallItem)
@requires(Permission.DECIDE_RECALL)
def post_recall_decision(recall_id: UUID, json_data: dict[str, Any]) -> dict[str, Any]:
    """Decide for the county's leading group, once the person has been heard."""
    me = caller()
    return present_recall(decide_recall(caller=me, recall_id=recall_id, **json_data), me)


@bp.post("/recalls/<uuid:recall_id>/urging")
@bp.input(UrgingRequest)
@bp.output(RecallItem)
@requires(Permission.URGE_RECALL)
def post_urging(recall_id: UUID, json_data: dict[str, Any]) -> dict[str, Any]:
    """Urge the unit, for the organisation department and the rural bureau of its level."""
    me = caller()
    return present_recall(urge_recall(caller=me, recall_id=recall_id, **json_data), me)


@bp.post("/recalls/<uuid:recall_id>/departure")
@bp.input(DepartureRequest)
@bp.output(RecallItem)
@requires(Permission.CARRY_OUT_RECALL)
def post_departure(recall_id: UUID, json_data: dict[str, Any]) -> dict[str, Any]:
    """Call the person back for the unit: the posting ends on the day, and rights with it."""
    me = caller()
    return present_recall(carry_out(caller=me, recall_id=recall_id, **json_data), me)


@bp.post("/recalls/<uuid:recall_id>/successor")
@bp.input(SuccessorRequest)
@bp.output(RecallItem)
@requires(Permission.CARRY_OUT_RECALL)
def post_successor(recall_id: UUID, json_data: dict[str, Any]) -> dict[str, Any]:
    """Name who comes in place of the recalled, checked by Article 6."""
    me, first_day = caller(), json_data.pop("first_day")
    grade = Grade(json_data["grade"]) if json_data["grade"] else None
    candidate = Candidate(**{**json_data, "grade": grade})
    return present_recall(
        name_successor(caller=me, recall_id=recall_id, candidate=candidate, first_day=first_day), me
    )
