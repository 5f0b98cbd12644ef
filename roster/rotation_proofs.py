"""Proofs of a rotation as photos (相关证明材料): sending them, and who may see and delete them."""

from uuid import UUID

from identity.permissions import Permission
from identity.scope import Caller
from kernel.errors import Conflict, Forbidden, NotFound
from pictures.guards import Guard
from pictures.models import Photo, SubjectKind
from pictures.receiving import Receipt, Subject, receive
from roster.policy import RotationState
from roster.rotation_cases import Case, get_case, reads_reason

MAX_PROOFS = 6


def add_proof(*, caller: Caller, rotation_id: UUID, client_key: UUID, data: bytes) -> tuple[Receipt, bool]:
    """Take in a proof of a request of the caller's unit; return its receipt, and whether it is new.

    Raises what ``pictures.receiving.receive`` raises.
    """
    case = get_case(rotation_id, caller, Permission.APPLY_ROTATION)
    is_over = case.rotation.waits_for is None
    subject = Subject(
        kind=SubjectKind.ROTATION,
        id=case.rotation.id,
        village=case.village,
        most_photos=MAX_PROOFS,
        closed=Conflict("rotation_decided", "该轮换申请已办结，不能再传证明材料") if is_over else None,
    )
    return receive(caller=caller, subject=subject, client_key=client_key, data=data)


def _get_read(photo: Photo, caller: Caller) -> Case:
    case = get_case(photo.subject_id, caller, Permission.SEE_ROTATIONS)
    if not reads_reason(case, caller):
        raise NotFound("rotation_not_found", "没有找到该轮换申请")
    return case


def _check_seen(photo: Photo, caller: Caller) -> None:
    _get_read(photo, caller)


def _check_deleted(photo: Photo, caller: Caller) -> None:
    """Let whoever sent a proof take it back before any office has spoken."""
    case = _get_read(photo, caller)
    if photo.person_id != caller.person_id:
        raise Forbidden("not_own_photo", "只能由上传人本人删除")
    if case.rotation.state != RotationState.APPLIED:
        raise Conflict("rotation_decided", "申请已开始审核，证明材料须留存")


def _check_judged(photo: Photo, caller: Caller) -> None:
    """Let it pass: proofs are compared with nothing and carry no marks."""


GUARD = Guard(check_seen=_check_seen, check_deleted=_check_deleted, check_judged=_check_judged)
