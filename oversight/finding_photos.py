"""Photos of a finding: taken by the inspector, seen by the person and the offices, deleted by nobody."""

from uuid import UUID

from identity.permissions import Permission
from identity.scope import Caller
from kernel.errors import Conflict, Forbidden, NotFound
from kernel.periods import day_of
from oversight.findings import get_finding, get_own_finding
from oversight.policy import UNDECIDED
from pictures.guards import Guard
from pictures.models import Photo, SubjectKind
from pictures.receiving import Receipt, Subject, receive

MAX_PHOTOS = 9


def add_photo(*, caller: Caller, finding_id: UUID, client_key: UUID, data: bytes) -> tuple[Receipt, bool]:
    """Take in a photo of the caller's own finding on its day; return its receipt, and whether it is new.

    Raises what ``pictures.receiving.receive`` raises.
    """
    case = get_finding(finding_id, caller, Permission.INSPECT)
    finding = case.finding
    is_open = finding.state in UNDECIDED and finding.day == day_of(caller.now)
    subject = Subject(
        kind=SubjectKind.FINDING,
        id=finding.id,
        village=case.village,
        most_photos=MAX_PHOTOS,
        closed=None if is_open else Conflict("inspection_over", "督查当天结束后不能再传照片"),
    )
    return receive(caller=caller, subject=subject, client_key=client_key, data=data)


def _check_seen(photo: Photo, caller: Caller) -> None:
    """Let the person see it, and inspector and offices but not the unit (security B5)."""
    try:
        get_own_finding(photo.subject_id, caller)
    except NotFound:
        get_finding(photo.subject_id, caller, Permission.SEE_INSPECTIONS)


def _check_deleted(photo: Photo, caller: Caller) -> None:
    raise Forbidden("evidence", "督查照片是证据，不能删除")


def _check_judged(photo: Photo, caller: Caller) -> None:
    """Let it pass: photos of findings are compared with nothing and carry no marks."""


GUARD = Guard(check_seen=_check_seen, check_deleted=_check_deleted, check_judged=_check_judged)
