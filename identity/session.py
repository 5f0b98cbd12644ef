"""The gate in front of every view: the token's owner, their roles of today, and the view's permission."""

import hashlib
import secrets
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Flask, Request, Response, current_app, g, request
from flask.sessions import SessionInterface
from sqlalchemy import (
    CompoundSelect,
    Date,
    LargeBinary,
    bindparam,
    cast,
    func,
    insert,
    null,
    or_,
    select,
    true,
    union_all,
    update,
)

from identity.models import Office, Session
from identity.permissions import Permission, Role
from identity.scope import Caller, Holding
from identity.tickets import issue_ticket
from kernel import audit
from kernel.database import db, transaction
from kernel.errors import Forbidden, NotFound, Refusal, Unauthenticated
from kernel.periods import CHINA, day_of
from kernel.web import on_refusal
from org.models import Person, Posting

PUBLIC_ENDPOINTS = frozenset(
    {
        "identity.post_session",
        "identity.post_binding",
        "health.healthz",
        "openapi.spec",
        "openapi.docs",
        "sheets.get_verify",
    }
)
"""All that may be called without a session; a test holds the length of this list."""
OWN_LOCK = frozenset({"health.metrics"})
"""What asks for a token of its own instead: machines read it."""

TICKET_HEADER = "X-Time-Ticket"

_TODAY = cast(func.timezone("Asia/Shanghai", func.now()), Date)


def _holdings(person_id: Any, *, day: Any = _TODAY) -> CompoundSelect[Any]:
    """Select a person's roles of a day, today's as a rule; a posting still to begin is held, so that its person is told the day.

    The person is named inside the union: the planner takes no join into it, and would read every posting.
    """
    posting = select(
        Posting.role.label("role"), Posting.village_id.label("area_id"), null().label("unit_id")
    ).where(Posting.person_id == person_id, or_(Posting.last_day.is_(None), Posting.last_day >= day))
    office = select(Office.role, Office.area_id, Office.unit_id).where(
        Office.person_id == person_id,
        Office.first_day <= day,
        or_(Office.last_day.is_(None), Office.last_day >= day),
    )
    return union_all(posting.correlate(Session), office.correlate(Session))


_HELD = _holdings(Session.person_id).lateral()


def requires(permission: Permission) -> Callable[[Any], Any]:
    """Mark a view with the one permission it needs; the gate asks for it before anything is read."""

    def mark(view: Any) -> Any:
        view.permission = permission
        return view

    return mark


class NoCookies(SessionInterface):
    """A session is a token that comes with each request; cookies are neither read nor set."""

    def open_session(self, app: Flask, request: Request) -> None:
        """Open nothing."""


def install(app: Flask) -> None:
    """Put the gate in front of every view of the app."""
    app.session_interface = NoCookies()
    app.before_request(_pass_gate)
    app.after_request(_hand_out_ticket)
    on_refusal(app, audit_denial)


def caller() -> Caller:
    """Return who is calling."""
    return g.caller  # type: ignore[no-any-return]


def _pass_gate() -> None:
    endpoint = request.endpoint
    if endpoint is None or endpoint in PUBLIC_ENDPOINTS | OWN_LOCK:
        return
    g.caller = _find_caller(_token())
    view: Any = current_app.view_functions[endpoint]
    if not g.caller.may(view.permission):
        raise Forbidden()


def _token() -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme != "Bearer" or not token:
        raise Unauthenticated()
    return token


def _sha256(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


_CALLER = (
    select(
        func.now(),
        Session.id,
        Session.person_id,
        Person.name,
        _HELD.c.role,
        _HELD.c.area_id,
        _HELD.c.unit_id,
    )
    .join(Person, Person.id == Session.person_id)
    .join(_HELD, true())
    .where(
        Session.token_sha256 == bindparam("token_sha256", type_=LargeBinary()),
        Session.ended_at.is_(None),
        Session.expires_at > func.now(),
    )
)


def _find_caller(token: str) -> Caller:
    """Read session, person and roles of today in one statement; the instant of the request comes with it."""
    rows = db.session.connection().execute(_CALLER, {"token_sha256": _sha256(token)}).all()
    if not rows:
        raise Unauthenticated("session_ended", "登录已失效，请重新登录")
    now, session_id, person_id, name = rows[0][:4]
    return Caller(
        person_id=person_id,
        name=name,
        session_id=session_id,
        now=now.astimezone(CHINA),
        holdings=tuple(Holding(Role(role), area_id, unit_id) for *_, role, area_id, unit_id in rows),
    )


def _hand_out_ticket(response: Response) -> Response:
    """Give every phone that may check in a proof of this contact, for when it next has no signal."""
    held: Caller | None = g.get("caller")
    if held is not None and held.may(Permission.CHECK_IN):
        response.headers[TICKET_HEADER] = issue_ticket(person_id=held.person_id, now=held.now)
    return response


NO_SESSION = UUID(int=0)


def caller_without_session(person_id: UUID, *, now: datetime) -> Caller | None:
    """Return a person with their roles of today, for work that goes on while nobody waits; None if they hold none."""
    held = _holdings(person_id).subquery()
    rows = db.session.execute(
        select(Person.name, held.c.role, held.c.area_id, held.c.unit_id)
        .join(held, true())
        .where(Person.id == person_id)
    ).all()
    if not rows:
        return None
    holdings = tuple(Holding(Role(role), area_id, unit_id) for _, role, area_id, unit_id in rows)
    return Caller(person_id, rows[0].name, NO_SESSION, now.astimezone(CHINA), holdings)


def holds_any_role(person_id: UUID) -> bool:
    """Say whether the person has a posting not yet over, or an office in force today."""
    return db.session.execute(_holdings(person_id).limit(1)).first() is not None


def start_session(*, person_id: UUID, now: datetime) -> tuple[str, datetime]:
    """Start a session and return its token and its end; the token itself is not kept."""
    token = secrets.token_urlsafe(32)
    expires_at = now + timedelta(days=current_app.config["ZHUCUN"].session_days)
    db.session.execute(
        insert(Session).values(
            token_sha256=_sha256(token), person_id=person_id, started_at=now, expires_at=expires_at
        )
    )
    audit.record("session.start", now=now, actor_id=person_id)
    return token, expires_at


def end_sessions(*, person_id: UUID, now: datetime, session_id: UUID | None = None) -> None:
    """End one session of a person, or all of them."""
    statement = update(Session).where(Session.person_id == person_id, Session.ended_at.is_(None))
    if session_id is not None:
        statement = statement.where(Session.id == session_id)
    db.session.execute(statement.values(ended_at=now))


def end_sessions_without_role(person_ids: Collection[UUID], *, now: datetime) -> int:
    """End the sessions of those of these people who hold no role any more; return how many.

    The gate lets them in no longer anyway; so no old session comes to life with a later role.
    """
    ended = db.session.execute(
        update(Session)
        .where(
            Session.person_id.in_(person_ids),
            Session.ended_at.is_(None),
            ~_holdings(Session.person_id, day=day_of(now)).exists(),
        )
        .values(ended_at=now)
        .returning(Session.id)
        .execution_options(synchronize_session=False)
    )
    return len(ended.all())


def audit_denial(refusal: Refusal) -> None:
    """Put on record that a signed-in person was refused a change that was not theirs to make."""
    held: Caller | None = g.get("caller")
    if held is None or request.method in ("GET", "HEAD", "OPTIONS"):
        return
    if isinstance(refusal, Forbidden | NotFound):
        db.session.rollback()
        with transaction():
            audit.record(
                request.endpoint or "",
                now=held.now,
                actor_id=held.person_id,
                subject_id=_named_in_path(),
                result="denied",
                code=refusal.code,
            )


def _named_in_path() -> UUID | None:
    return next((value for value in (request.view_args or {}).values() if isinstance(value, UUID)), None)
