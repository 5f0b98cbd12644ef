"""Content security of visits (security.md E14): having texts checked, and releasing what is risky."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import current_app
from sqlalchemy import ColumnElement, select, union, update

from identity.models import WechatBinding
from identity.permissions import Permission
from identity.scope import Caller
from kernel import audit
from kernel.content import ContentCheck, in_pieces
from kernel.database import db, transaction
from kernel.errors import Conflict, Forbidden
from kernel.jobs import enqueue
from kernel.wechat import WeChat, WeChatBusy, WeChatError
from pictures.checking import ASKED_AFTER, ASKED_FOR, AT_ONCE, checks_content
from pictures.models import Photo
from pictures.queries import is_of
from visits.models import Problem, Visit, VisitCorrection
from visits.queries import get_visit
from visits.reading import is_township

CHECK_VISIT = "visits.check"
"""Name of the job that has the texts of a visit checked."""

Told = Visit | VisitCorrection


# -- asking WeChat --------------------------------------------------------------------------------


def have_checked(visit: Visit) -> None:
    """Ask, in the running transaction, for the new texts of a visit to be checked."""
    if checks_content():
        enqueue(CHECK_VISIT, county_id=str(visit.county_id), visit_id=str(visit.id))


def check_visit(*, county_id: UUID, visit_id: UUID, now: datetime) -> None:
    """Have WeChat look at what is unchecked of a visit, and note what it says.

    Lines that a person has released are not asked about again. What WeChat refuses to look at, and what somebody
    without WeChat wrote, stays unchecked. Raises WeChatBusy, after which the job is tried again.
    """
    with transaction():
        told, problems = _texts(county_id, visit_id)
        openids = _openids(each for each in told if each.content_check == ContentCheck.UNCHECKED)
    released = {
        line
        for each in told
        if each.content_check == ContentCheck.RELEASED
        for line in _lines(each, problems)
    }
    for each in told:
        openid = openids.get(_author_id(each))
        if openid is None or each.content_check != ContentCheck.UNCHECKED:
            continue
        said = _ask([line for line in _lines(each, problems) if line not in released], openid)
        if said is not None:
            _note(each, said, visit_id, now)


def _texts(county_id: UUID, visit_id: UUID) -> tuple[list[Told], list[str]]:
    visit = db.session.get_one(Visit, (county_id, visit_id))
    corrections = select(VisitCorrection).where(
        VisitCorrection.county_id == county_id, VisitCorrection.visit_id == visit_id
    )
    problems = select(Problem.description).where(Problem.county_id == county_id, Problem.visit_id == visit_id)
    return [visit, *db.session.scalars(corrections)], list(db.session.scalars(problems))


def _openids(told: Iterable[Told]) -> dict[UUID, str]:
    rows = db.session.execute(
        select(WechatBinding.person_id, WechatBinding.openid).where(
            WechatBinding.person_id.in_({_author_id(each) for each in told}), WechatBinding.ended_at.is_(None)
        )
    )
    return {person_id: openid for person_id, openid in rows}


def _author_id(told: Told) -> UUID:
    return told.person_id if isinstance(told, Visit) else told.made_by


def _lines(told: Told, problems: Collection[str]) -> Iterator[str]:
    """Yield every line a person wrote freely, as it was written."""
    yield told.note
    yield from (told.content.get(name, "") for name in ("needs", "helped", "reported"))
    yield from told.content.get("present", ())
    yield from told.content.get("topics", {}).values()
    if isinstance(told, Visit):
        yield from problems
    else:
        yield told.reason


def _ask(lines: Iterable[str], openid: str) -> ContentCheck | None:
    """Return what WeChat says of the lines, None where it refuses to look."""
    wechat: WeChat = current_app.extensions["wechat"]
    try:
        is_risky = any(wechat.is_risky_text(piece, openid=openid) for piece in in_pieces(filter(None, lines)))
    except WeChatBusy:
        raise
    except WeChatError:
        return None
    return ContentCheck.RISKY if is_risky else ContentCheck.PASSED


def _note(told: Told, said: ContentCheck, visit_id: UUID, now: datetime) -> None:
    kind = type(told)
    with transaction():
        won = db.session.execute(
            update(kind)
            .where(
                kind.county_id == told.county_id,
                kind.id == told.id,
                kind.content_check == ContentCheck.UNCHECKED,
            )
            .values(content_check=said)
            .returning(kind.id)
            .execution_options(synchronize_session=False)
        ).first()
        if won and said == ContentCheck.RISKY:
            audit.record("visit.risky", now=now, county_id=told.county_id, subject_id=visit_id)


def check_left_visits(*, now: datetime) -> None:
    """Have the texts checked for which WeChat had no answer yet, the newest first, until it is busy again."""
    if not checks_content():
        return
    with transaction():
        left = db.session.execute(_left(now)).all()
    try:
        for county_id, visit_id, _ in left:
            check_visit(county_id=county_id, visit_id=visit_id, now=now)
    except WeChatBusy:
        return


def _left(now: datetime) -> Any:
    """Select the visits with an unchecked text by somebody with WeChat; the others cannot be asked about."""
    since, until = now - ASKED_FOR, now - ASKED_AFTER
    told = union(
        select(Visit.county_id, Visit.id.label("visit_id"), Visit.received_at.label("told_at"))
        .join(WechatBinding, WechatBinding.person_id == Visit.person_id)
        .where(
            Visit.content_check == ContentCheck.UNCHECKED,
            Visit.received_at.between(since, until),
            WechatBinding.ended_at.is_(None),
        ),
        select(VisitCorrection.county_id, VisitCorrection.visit_id, VisitCorrection.made_at)
        .join(WechatBinding, WechatBinding.person_id == VisitCorrection.made_by)
        .where(
            VisitCorrection.content_check == ContentCheck.UNCHECKED,
            VisitCorrection.made_at.between(since, until),
            WechatBinding.ended_at.is_(None),
        ),
    ).subquery()
    return select(told).order_by(told.c.told_at.desc()).limit(AT_ONCE)


# -- releasing ------------------------------------------------------------------------------------


def release_content(*, caller: Caller, visit_id: UUID, photo_id: UUID | None, reason: str) -> None:
    """Let everybody see what WeChat holds for risky: the texts of a visit, or one of its photos.

    Only the township, and never its own (Forbidden); Conflict where nothing is hidden. The reason stays on record.
    """
    with transaction():
        visit, _, _, village = get_visit(visit_id, caller, Permission.RELEASE_CONTENT)
        if visit.person_id == caller.person_id or not is_township(
            village, caller, Permission.RELEASE_CONTENT
        ):
            raise Forbidden("own_record", "须由乡镇放开，且不能放开本人的内容")
        released = _release_photo(visit, photo_id) if photo_id else _release_texts(visit)
        if not released:
            raise Conflict("nothing_hidden", "没有被隐藏的内容，可能已有人放开")
        audit.record(
            "photo.release" if photo_id else "visit.release",
            now=caller.now,
            county_id=visit.county_id,
            actor_id=caller.person_id,
            subject_id=photo_id or visit.id,
            reason=reason,
        )


def _release_photo(visit: Visit, photo_id: UUID) -> bool:
    return _release(Photo, is_of(visit.county_id, visit.id), Photo.id == photo_id)


def _release_texts(visit: Visit) -> bool:
    of_corrections = VisitCorrection.county_id == visit.county_id, VisitCorrection.visit_id == visit.id
    first = _release(Visit, Visit.county_id == visit.county_id, Visit.id == visit.id)
    return _release(VisitCorrection, *of_corrections) or first


def _release(kind: Any, *which: ColumnElement[bool]) -> bool:
    won = db.session.execute(
        update(kind)
        .where(*which, kind.content_check == ContentCheck.RISKY)
        .values(content_check=ContentCheck.RELEASED)
        .returning(kind.id)
        .execution_options(synchronize_session=False)
    ).all()
    return bool(won)
