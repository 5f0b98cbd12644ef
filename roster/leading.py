"""Acting leaders (Article 7): who leads a team between two days while its first secretary does not."""

from datetime import date, timedelta
from uuid import UUID, uuid4

from sqlalchemy import and_, delete, select, update

from identity.permissions import Permission
from identity.scope import Caller, areas_within, get_area
from kernel import audit
from kernel.database import db, transaction
from kernel.errors import NotFound, Refusal
from kernel.once import fingerprint, store_once
from org.models import ActingLeader, Area, Level, Person, Posting
from org.queries import serves_between

LONGEST = timedelta(days=366)


def appoint(
    *,
    caller: Caller,
    village_id: UUID,
    client_key: UUID,
    person_id: UUID,
    first_day: date,
    last_day: date,
    reason: str,
) -> tuple[ActingLeader, Person, Area, bool]:
    """Let a member of the team lead it between two days, both included; one at a time.

    Refusal if the person is not posted there all those days, Conflict where somebody leads meanwhile already.
    """
    with transaction():
        village = get_area(village_id, caller, Permission.APPOINT_LEADER, level=Level.VILLAGE)
        if not first_day <= last_day <= first_day + LONGEST:
            raise Refusal("days_reversed", "代理须写明起止日期，最长一年")
        person = _get_member(village, person_id, first_day, last_day)
        content = fingerprint(caller.person_id, village_id, person_id, first_day, last_day, reason)
        appointment, is_new = store_once(
            ActingLeader(
                county_id=village.county_id,
                id=uuid4(),
                client_key=client_key,
                content_sha256=content,
                village_id=village.id,
                person_id=person.id,
                first_day=first_day,
                last_day=last_day,
                reason=reason,
                made_by=caller.person_id,
                made_at=caller.now,
            ),
            stands=("leader_appointed", "该村这段时间已有代理队长，请先提前结束原任命"),
        )
        if is_new:
            _record("team.appoint_leader", appointment, caller)
        return appointment, person, village, is_new


def _get_member(village: Area, person_id: UUID, first_day: date, last_day: date) -> Person:
    """Return somebody who serves in the village from the first day to the last."""
    member = db.session.scalars(
        select(Person)
        .join(Posting, Posting.person_id == Person.id)
        .where(
            Person.id == person_id,
            Posting.village_id == village.id,
            serves_between(first_day, first_day),
            serves_between(last_day, last_day),
        )
        .limit(1)
    ).one_or_none()
    if member is None:
        raise Refusal("leader_not_posted", "代理队长须是该村在此期间的在岗队员")
    return member


def end_appointment(*, caller: Caller, appointment_id: UUID, last_day: date) -> None:
    """Let an appointment end earlier; one that had not begun by then is taken back."""
    with transaction():
        village = areas_within(select(Area.id), caller, Permission.APPOINT_LEADER)
        is_it = and_(ActingLeader.id == appointment_id, ActingLeader.village_id.in_(village))
        appointment = db.session.scalars(select(ActingLeader).where(is_it).with_for_update()).one_or_none()
        if appointment is None:
            raise NotFound("appointment_not_found", "没有找到该代理任命")
        if last_day >= appointment.last_day:
            raise Refusal("not_earlier", "提前结束的日期须早于原定日期")
        is_same = ActingLeader.county_id == appointment.county_id, ActingLeader.id == appointment.id
        if last_day < appointment.first_day:
            db.session.execute(delete(ActingLeader).where(*is_same))
        else:
            db.session.execute(update(ActingLeader).where(*is_same).values(last_day=last_day))
        _record("team.end_leader", appointment, caller)


def _record(action: str, appointment: ActingLeader, caller: Caller) -> None:
    audit.record(
        action,
        now=caller.now,
        county_id=appointment.county_id,
        actor_id=caller.person_id,
        subject_id=appointment.id,
        village_id=str(appointment.village_id),
        person_id=str(appointment.person_id),
    )
