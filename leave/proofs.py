"""Proofs of a leave as photos: sending them, and who may see and delete them.

They may tell of an illness, so only the person and the approval chain see them (PIPL 28).
"""

from uuid import UUID

from identity.permissions import Permission
from identity.scope import Caller
from kernel.errors import Conflict, Forbidden, NotFound
from leave.models import Leave
from leave.policy import PENDING, VOID, LeaveState
from leave.presentation import reads_reason
from leave.queries import LeaveCase, get_case
from leave.requests import get_own_case
from pictures.guards import Guard
from pictures.models import Photo, SubjectKind
from pictures.receiving import Receipt, Subject, receive

MAX_PROOFS = 3


def add_proof(*, caller: Caller, leave_id: UUID, client_key: UUID, data: bytes) -> tuple[Receipt, bool]:
    """Take in a proof of the caller's own leave; return its receipt, and whether it is new; at most three a leave.

    Raises what ``pictures.receiving.receive`` raises.
    """
    case = get_own_case(leave_id, caller)
    subject = Subject(
        kind=SubjectKind.LEAVE,
        id=case.leave.id,
        village=case.village,
        most_photos=MAX_PROOFS,
        closed=_void(case.leave) if case.leave.state in VOID else None,
    )
    return receive(caller=caller, subject=subject, client_key=client_key, data=data)


def _void(leave: Leave) -> Conflict:
    return Conflict("leave_void", "该请假已作废，不能再传证明材料", state=leave.state)


def _get_read(photo: Photo, caller: Caller) -> LeaveCase:
    """Return the leave of a proof that the caller may read; NotFound for anybody else."""
    case = get_case(photo.subject_id, caller, Permission.SEE_LEAVES)
    if not reads_reason(case, caller):
        raise NotFound("leave_not_found", "没有找到该请假单")
    return case


def _check_seen(photo: Photo, caller: Caller) -> None:
    _get_read(photo, caller)


def _check_deleted(photo: Photo, caller: Caller) -> None:
    """Let the person take a proof back before anybody has decided by it."""
    case = _get_read(photo, caller)
    if photo.person_id != caller.person_id:
        raise Forbidden("not_own_photo", "只能由请假人本人删除")
    if LeaveState(case.leave.state) not in PENDING:
        raise Conflict("leave_decided", "请假已办结，证明材料须留存", state=case.leave.state)


def _check_judged(photo: Photo, caller: Caller) -> None:
    """Let it pass: proofs are compared with nothing and carry no marks."""


GUARD = Guard(check_seen=_check_seen, check_deleted=_check_deleted, check_judged=_check_judged)
