"""The one inbox of an office."""

from typing import Any
from uuid import UUID

from apiflask import APIBlueprint

from identity.permissions import Permission
from identity.session import caller, requires
from kernel.web import PageQuery, read_cursor, write_cursor
from oversight.inbox import Page, get_waiting, page_of_inbox
from oversight.inbox_presentation import present_inbox
from oversight.inbox_schemas import InboxItem, InboxPage
from oversight.inspections import CURSOR

bp = APIBlueprint("inbox", __name__, tag="待办 inbox")


@bp.get("/inbox")
@bp.input(PageQuery, location="query")
@bp.output(InboxPage)
@requires(Permission.SEE_INBOX)
def get_inbox(query_data: dict[str, Any]) -> dict[str, Any]:
    """All that waits for my offices, the longest waiting first: leaves, rotations, findings, proposals, recalls."""
    me, limit = caller(), query_data["limit"]
    found = page_of_inbox(caller=me, after=read_cursor(query_data["cursor"], *CURSOR), limit=limit + 1)
    page = found.items[:limit]
    last = page[-1] if len(found.items) > limit else None
    return {
        "items": present_inbox(Page(page, found.signed_for), me),
        "next_cursor": write_cursor(last.since.isoformat(), last.id) if last else None,
    }


@bp.get("/inbox/<uuid:subject_id>")
@bp.output(InboxItem)
@requires(Permission.SEE_INBOX)
def get_inbox_item(subject_id: UUID) -> dict[str, Any]:
    """One thing that waits for my offices; 404 once it waits no more, or for another."""
    me = caller()
    (item,) = present_inbox(get_waiting(subject_id, me), me)
    return item
