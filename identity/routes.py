"""Sessions, bindings, me, consents, invitations."""

from typing import Any
from uuid import UUID

from apiflask import APIBlueprint

from identity import consent, login
from identity.permissions import Permission
from identity.queries import describe_me
from identity.schemas import (
    BindingRequest,
    ConsentRequest,
    InvitationResponse,
    MeResponse,
    NoticeResponse,
    SessionRequest,
    SessionResponse,
)
from identity.scope import get_person_serving
from identity.session import caller, end_sessions, requires
from kernel import audit
from kernel.database import transaction

bp = APIBlueprint("identity", __name__, tag="身份 identity")


@bp.post("/sessions")
@bp.input(SessionRequest)
@bp.output(SessionResponse)
def post_session(json_data: dict[str, Any]) -> login.SignedIn:
    """Sign in with a WeChat login code; 403 `not_bound` brings a ticket for `POST /bindings`."""
    return login.sign_in(json_data["code"])


@bp.post("/bindings")
@bp.input(BindingRequest)
@bp.output(SessionResponse)
def post_binding(json_data: dict[str, Any]) -> login.SignedIn:
    """Bind this WeChat to a person of the roster by phone number or invitation code, and sign in."""
    if "phone_code" in json_data:
        return login.bind_by_phone(json_data["ticket"], json_data["phone_code"])
    return login.bind_by_invitation(json_data["ticket"], json_data["invitation_code"])


@bp.delete("/sessions/current")
@bp.output({}, 204)
@requires(Permission.SEE_OWN)
def delete_session() -> str:
    """Sign out."""
    me = caller()
    with transaction():
        end_sessions(person_id=me.person_id, session_id=me.session_id, now=me.now)
        audit.record("session.end", now=me.now, actor_id=me.person_id)
    return ""


@bp.get("/me")
@bp.output(MeResponse)
@requires(Permission.SEE_OWN)
def get_me() -> dict[str, Any]:
    """Who am I, my postings and offices, what I may do."""
    return describe_me(caller())


@bp.get("/notices/location")
@bp.output(NoticeResponse)
@requires(Permission.SEE_OWN)
def get_notice() -> consent.Notice:
    """The notice to read before the first check-in with a position."""
    return consent.LOCATION_NOTICE


@bp.post("/consents")
@bp.input(ConsentRequest)
@bp.output({}, 204)
@requires(Permission.SEE_OWN)
def post_consent(json_data: dict[str, Any]) -> str:
    """Agree to the notice about location."""
    consent.consent(person_id=caller().person_id, version=json_data["version"], now=caller().now)
    return ""


@bp.delete("/consents/location")
@bp.output({}, 204)
@requires(Permission.SEE_OWN)
def delete_consent() -> str:
    """Withdraw the consent; check-ins go on by declaration or in the township's register."""
    consent.withdraw(person_id=caller().person_id, now=caller().now)
    return ""


@bp.post("/people/<uuid:person_id>/invitation")
@bp.output(InvitationResponse, 201)
@requires(Permission.INVITE)
def post_invitation(person_id: UUID) -> dict[str, Any]:
    """Make an invitation code for a person of the county whose WeChat has another phone number."""
    person = get_person_serving(person_id, caller(), Permission.INVITE)
    code, expires_at = login.invite(person_id=person.id, by=caller().person_id, now=caller().now)
    return {"code": code, "expires_at": expires_at}


@bp.delete("/people/<uuid:person_id>/binding")
@bp.output({}, 204)
@requires(Permission.UNBIND)
def delete_binding(person_id: UUID) -> str:
    """End a person's WeChat binding and sessions, so that another WeChat can be bound."""
    person = get_person_serving(person_id, caller(), Permission.UNBIND)
    login.unbind(person_id=person.id, by=caller().person_id, now=caller().now)
    return ""
