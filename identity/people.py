"""Entering somebody into the register of people by their phone number."""

from dataclasses import dataclass
from datetime import date
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as insert_or_skip

from identity.login import cipher
from kernel.database import db
from kernel.errors import Refusal
from org.models import Person, sort_key
from org.policy import Grade, Qualification


@dataclass(frozen=True, slots=True)
class Candidate:
    """Who is to be posted, with what Article 6 asks about them."""

    name: str
    phone: str
    full_member_since: date | None
    working_since: date | None
    grade: Grade | None


def enter_person(candidate: Candidate) -> Person:
    """Return the person of this phone number, entered into the register if new; what is known stays known.

    Refusal if the number is another's.
    """
    lookup, person_id = cipher().lookup(candidate.phone, field="phone"), uuid4()
    db.session.execute(
        insert_or_skip(Person)
        .values(
            id=person_id,
            name=candidate.name,
            sort_key=sort_key(candidate.name),
            phone_sealed=cipher().encrypt(candidate.phone, field="phone", row_id=person_id),
            phone_lookup=lookup,
        )
        .on_conflict_do_nothing()
    )
    person = db.session.scalars(select(Person).where(Person.phone_lookup == lookup)).one()
    if person.name != candidate.name:
        raise Refusal("name_differs", "该手机号在名册中是另一个姓名，请核对")
    person.full_member_since = candidate.full_member_since or person.full_member_since
    person.working_since = candidate.working_since or person.working_since
    person.grade = candidate.grade or person.grade
    db.session.flush()
    return person


def qualification_of(person: Person) -> Qualification:
    """Return what the register knows of what Article 6 asks."""
    grade = Grade(person.grade) if person.grade else None
    return Qualification(person.full_member_since, person.working_since, grade)
