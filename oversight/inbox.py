"""The one inbox of an office: leaves, rotations, findings, proposals and recalls that wait for its word."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Text, literal, select, tuple_, union_all

import leave.queries
import roster.rotation_cases
from attendance.approvals import OfficeOf, offices_of
from identity.permissions import Permission
from identity.scope import Caller
from kernel.database import db
from kernel.errors import NotFound
from leave.queries import LeaveCase
from oversight.findings import FindingCase, find_findings, waiting_findings
from oversight.proposals import ProposalCase, find_proposals, waiting_proposals
from oversight.recalls import Recall, find_recalls, waiting_recalls
from roster.rotation_cases import Case as RotationCase


class InboxKind(StrEnum):
    """What an office is asked to decide."""

    LEAVE = "leave"
    ROTATION = "rotation"
    FINDING = "finding"
    PROPOSAL = "proposal"
    RECALL = "recall"


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that waits for a word of the caller's, and since when."""

    kind: InboxKind
    id: UUID
    since: datetime
    case: LeaveCase | RotationCase | FindingCase | ProposalCase | Recall


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the inbox, and the offices for which the caller signs leaves."""

    items: list[Waiting]
    signed_for: set[OfficeOf]


def page_of_inbox(
    *, caller: Caller, subject_id: UUID | None = None, after: list[Any] | None, limit: int
) -> Page:
    """Return what waits for the caller's offices, the longest waiting first; of one subject it alone.

    Which they are is one statement over all kinds; what stands on the page is read kind by kind.
    """
    offices, signed_for = offices_of(caller)
    every_kind = {
        InboxKind.LEAVE: leave.queries.waiting(caller, offices),
        InboxKind.ROTATION: roster.rotation_cases.waiting(caller),
        InboxKind.FINDING: waiting_findings(caller),
        InboxKind.PROPOSAL: waiting_proposals(caller),
        InboxKind.RECALL: waiting_recalls(caller),
    }
    waiting = union_all(
        *(
            select(literal(str(kind), Text).label("kind"), *statement.subquery().c)
            for kind, statement in every_kind.items()
        )
    ).subquery()
    order = waiting.c.since, waiting.c.id
    chosen = select(waiting.c.kind, waiting.c.id, waiting.c.since).order_by(*order).limit(limit)
    if subject_id is not None:
        chosen = chosen.where(waiting.c.id == subject_id)
    if after is not None:
        chosen = chosen.where(tuple_(*order) > tuple_(*after))
    rows = [(InboxKind(kind), id_, since) for kind, id_, since in db.session.execute(chosen)]
    cases = _cases(rows, caller)
    return Page([Waiting(kind, id_, since, cases[id_]) for kind, id_, since in rows], signed_for)


def _cases(rows: list[tuple[InboxKind, UUID, datetime]], caller: Caller) -> dict[UUID, Any]:
    ids: dict[InboxKind, list[UUID]] = {}
    for kind, id_, _ in rows:
        ids.setdefault(kind, []).append(id_)
    found: dict[UUID, Any] = {}
    for kind, those in ids.items():
        match kind:
            case InboxKind.LEAVE:
                found |= leave.queries.find_cases(those, caller, Permission.DECIDE_LEAVE)
            case InboxKind.ROTATION:
                found |= roster.rotation_cases.find_cases(those, caller)
            case InboxKind.FINDING:
                found |= find_findings(those, caller)
            case InboxKind.PROPOSAL:
                found |= find_proposals(those, caller)
            case InboxKind.RECALL:
                found |= find_recalls(those, caller)
    return found


def get_waiting(subject_id: UUID, caller: Caller) -> Page:
    """Return one thing that waits for the caller's offices, NotFound once it waits no more."""
    page = page_of_inbox(caller=caller, subject_id=subject_id, after=None, limit=1)
    if not page.items:
        raise NotFound("not_waiting", "这件事不再等待您办理")
    return page
