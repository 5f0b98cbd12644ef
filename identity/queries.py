"""Reading what a person is: postings, offices, consents."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from identity.consent import LOCATION_NOTICE
from identity.login import cipher
from identity.models import Consent, Office
from identity.permissions import permissions_of
from identity.scope import Caller
from kernel.crypto import mask_phone
from kernel.database import db
from org.models import Area, DispatchingUnit, Person, Posting


def describe_me(caller: Caller) -> dict[str, Any]:
    """Return who the caller is, what they hold now, and what they may do."""
    person = db.session.get_one(Person, caller.person_id)
    phone = cipher().decrypt(person.phone_sealed, field="phone", row_id=person.id)
    return {
        "person": person,
        "phone": mask_phone(phone),
        "postings": _postings(person.id),
        "offices": _offices(person.id),
        "may": permissions_of(caller.roles),
        "consents": [
            {
                "purpose": LOCATION_NOTICE.purpose,
                "version": LOCATION_NOTICE.version,
                "given_at": _consented_at(person.id),
            }
        ],
    }


def _postings(person_id: UUID) -> list[dict[str, Any]]:
    rows = db.session.execute(
        select(Posting, Area, DispatchingUnit)
        .join(Area, Area.id == Posting.village_id)
        .join(DispatchingUnit, DispatchingUnit.id == Posting.unit_id)
        .where(Posting.person_id == person_id)
        .order_by(Posting.first_day)
    )
    return [
        {
            "id": posting.id,
            "role": posting.role,
            "village": village,
            "unit": unit,
            "first_day": posting.first_day,
            "last_day": posting.last_day,
        }
        for posting, village, unit in rows
    ]


def _offices(person_id: UUID) -> list[dict[str, Any]]:
    rows = db.session.execute(
        select(Office, Area, DispatchingUnit)
        .outerjoin(Area, Area.id == Office.area_id)
        .outerjoin(DispatchingUnit, DispatchingUnit.id == Office.unit_id)
        .where(Office.person_id == person_id)
        .order_by(Office.first_day)
    )
    return [
        {
            "role": office.role,
            "area": area,
            "unit": unit,
            "first_day": office.first_day,
            "last_day": office.last_day,
        }
        for office, area, unit in rows
    ]


def _consented_at(person_id: UUID) -> Any:
    return db.session.execute(
        select(Consent.given_at).where(
            Consent.person_id == person_id,
            Consent.purpose == LOCATION_NOTICE.purpose,
            Consent.version == LOCATION_NOTICE.version,
            Consent.withdrawn_at.is_(None),
        )
    ).scalar_one_or_none()
