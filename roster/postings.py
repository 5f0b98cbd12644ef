"""Posting somebody to a village by the county office, held against Articles 5 and 6."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as insert_or_skip

from identity.people import Candidate, enter_person, qualification_of
from identity.permissions import Permission
from identity.scope import Caller, get_area, get_unit
from kernel import audit
from kernel.database import db, transaction
from kernel.errors import Conflict, Refusal
from kernel.periods import day_of
from org.models import Area, Level, Person, Posting, PostingRole
from org.policy import Findings, UnitKind, speaks_against
from org.queries import serves_between


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where somebody is to be posted, as what, for which unit, from when to when."""

    village_id: UUID
    unit_id: UUID
    role: PostingRole
    first_day: date
    last_day: date | None
    home_unit: str | None
    party_transfer_on: date | None


class Unqualified(Refusal):
    """Article 6 says 必须: the posting is not made, unless the county overrides it with a reason."""

    def __init__(self, findings: Findings) -> None:
        super().__init__(
            "unqualified",
            "不符合第六条的条件；县里仍要派的，须写明特批理由",
            reasons=findings.errors,
            warnings=findings.warnings,
        )


def post(
    *, caller: Caller, candidate: Candidate, place: Place, override_reason: str | None
) -> tuple[Posting, bool]:
    """Post somebody and return the posting, and whether it is new; the same again answers with what stands there.

    Unqualified, Conflict where the person is posted elsewhere or the village has its first secretary.
    """
    with transaction():
        village = get_area(place.village_id, caller, Permission.POST_PEOPLE, level=Level.VILLAGE)
        unit = get_unit(place.unit_id, caller, Permission.POST_PEOPLE)
        _check_days(place)
        _hold(village)
        person = enter_person(candidate)
        if known := _find_same(person, place):
            return known, False
        if place.role == PostingRole.FIRST_SECRETARY:
            _check_vacant(place)
        is_seconded = place.home_unit not in (None, unit.name)
        findings = speaks_against(
            qualification_of(person),
            leads=place.role == PostingRole.FIRST_SECRETARY,
            unit=UnitKind(unit.kind),
            first_day=place.first_day,
            is_seconded=is_seconded,
            runs_already=place.first_day < day_of(caller.now),
        )
        if findings.errors and not override_reason:
            raise Unqualified(findings)
        posting = Posting(
            id=uuid4(),
            person_id=person.id,
            village_id=village.id,
            unit_id=unit.id,
            role=place.role,
            first_day=place.first_day,
            last_day=place.last_day,
            home_unit=place.home_unit if is_seconded else None,
            party_transfer_on=place.party_transfer_on,
            findings=[*findings.errors, *findings.warnings],
            override_reason=override_reason if findings.errors else None,
        )
        if not insert_posting(posting):
            raise Conflict("postings_overlap", "此人在此期间另有派驻")
        _record(posting, village, caller)
        return posting, True


def insert_posting(posting: Posting) -> bool:
    """Write a posting unless the person is posted elsewhere on one of its days; say whether it was written."""
    values = {column.key: getattr(posting, column.key) for column in posting.__table__.columns}
    written = insert_or_skip(Posting).values(values).on_conflict_do_nothing().returning(Posting.id)
    return db.session.execute(written).first() is not None


def _check_days(place: Place) -> None:
    if place.last_day is not None and place.last_day <= place.first_day:
        raise Refusal("days_reversed", "结束日期须晚于开始日期")


def _hold(village: Area) -> None:
    """Let those who post to one village come one after the other."""
    db.session.execute(select(Area.id).where(Area.id == village.id).with_for_update(key_share=True))


def _find_same(person: Person, place: Place) -> Posting | None:
    return db.session.scalars(
        select(Posting).where(
            Posting.person_id == person.id,
            Posting.village_id == place.village_id,
            Posting.unit_id == place.unit_id,
            Posting.role == place.role,
            Posting.first_day == place.first_day,
            Posting.last_day.is_not_distinct_from(place.last_day),
        )
    ).one_or_none()


def _check_vacant(place: Place) -> None:
    """Refuse a second first secretary: one gives way to the next by a rotation (Article 18)."""
    there = select(Posting.id).where(
        Posting.village_id == place.village_id,
        Posting.role == PostingRole.FIRST_SECRETARY,
        serves_between(place.first_day, place.last_day or date.max),
    )
    if db.session.execute(there.limit(1)).first():
        raise Conflict("first_secretary_there", "该村在此期间已有第一书记，更换须经轮换审批（第十八条）")


def _record(posting: Posting, village: Area, caller: Caller) -> None:
    audit.record(
        "posting.make",
        now=caller.now,
        county_id=village.county_id or audit.NO_COUNTY,
        actor_id=caller.person_id,
        subject_id=posting.id,
        person_id=str(posting.person_id),
        findings=posting.findings,
        override_reason=posting.override_reason,
    )
