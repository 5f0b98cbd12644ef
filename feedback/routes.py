"""意见反馈: said by everybody, read by the county office and the city."""

from typing import Any

from apiflask import APIBlueprint

from feedback.queries import list_feedback
from feedback.schemas import FeedbackPage, FeedbackRequest, FeedbackResponse
from feedback.service import say
from identity.permissions import Permission
from identity.session import caller, requires
from kernel.web import PageQuery

bp = APIBlueprint("feedback", __name__, tag="意见反馈 feedback")


@bp.post("/feedback")
@bp.input(FeedbackRequest)
@bp.output(FeedbackResponse, 201)
@requires(Permission.SEE_OWN)
def post_feedback(json_data: dict[str, Any]) -> tuple[Any, int]:
    """Say what is good or bad about the system; 200 with the same body when the same key comes again."""
    said, is_new = say(caller=caller(), **json_data)
    return said, 201 if is_new else 200


@bp.get("/feedback")
@bp.input(PageQuery, location="query")
@bp.output(FeedbackPage)
@requires(Permission.SEE_FEEDBACK)
def get_feedback(query_data: dict[str, Any]) -> dict[str, Any]:
    """What people of my county or city said, the latest first."""
    return list_feedback(caller(), **query_data)
