"""The demo's allowances: a paid list of the unit of the demo's accounts, its team's trips, one of them entered late.

The late trip, and the day that a later version of a sheet adds, are what the next list makes good (补发).
"""

from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from uuid import UUID

from allowances.models import LivingLine, PaymentList, TravelLine, TravelTermsEntry, Trip
from allowances.policy import Way
from allowances.service import draw_up
from demo.people import HOMES, Cast
from demo.places import key
from identity.permissions import Role
from kernel.audit import NO_COUNTY
from kernel.database import db
from kernel.once import fingerprint
from kernel.periods import CHINA, Month
from org.models import Area, Posting, PostingRole

KM_ONE_WAY = Decimal("86.5")
IN_TIME, LATE = (3, 7), (17, 21)
"""Days of a month on which the team's car drove out and back."""
ENTERED_LATE_DAY, PREPARED_DAY, PAID_DAY = 12, 10, 11
"""Days of the month after."""


def pay_allowances(cast: Cast, areas: Mapping[str, Area], *, today: date) -> None:
    """Put the list of the month before last there as its stamped sheets make it; nothing lies in today."""
    code, unit_name = HOMES[""]
    village, unit, month = areas[code], cast.units[unit_name], Month.of(today).plus(-2)
    after = month.next
    leader = _leader(cast, village, month)
    set_at = _at(leader.first_day)
    db.session.add(
        TravelTermsEntry(
            county_id=village.county_id, id=key("travel terms", code), village_id=village.id, unit_id=unit.id,
            first_day=leader.first_day, km_one_way=KM_ONE_WAY, has_car_reform=True, is_self_driven=True,
            is_central_city=False, is_subsidised=False, document_no="驻村办〔2026〕5号（演示）",
            set_by=cast.holder(Role.COUNTY_OFFICE, village.county_id), set_at=set_at,
        )
    )  # fmt: skip
    _drive(leader, village, month, IN_TIME)
    db.session.flush()
    due = draw_up(unit, month, [])
    kept = PaymentList(
        county_id=NO_COUNTY, id=key("payment list", unit.id, month), unit_id=unit.id, month=month.first_day,
        missing=[each.write() for each in due.missing],
        prepared_by=_office(cast, Role.UNIT_CLERK, unit.id), prepared_at=_at(after.day_at(PREPARED_DAY - 1)),
        paid_by=_office(cast, Role.UNIT_HEAD, unit.id), paid_at=_at(after.day_at(PAID_DAY - 1)),
    )  # fmt: skip
    db.session.add(kept)
    lines: list[LivingLine | TravelLine] = [*due.living, *due.travel]
    for number, line in enumerate(lines):
        line.id, line.list_id = key("allowance line", kept.id, number), kept.id
        db.session.add(line)
    _drive(leader, village, month, LATE, entered_at=_at(after.day_at(ENTERED_LATE_DAY - 1)))
    db.session.flush()


def _drive(
    leader: Posting, village: Area, month: Month, days: tuple[int, int], *, entered_at: datetime | None = None
) -> None:
    for number, way in zip(days, Way, strict=True):
        day = month.day_at(number - 1)
        db.session.add(
            Trip(
                county_id=village.county_id, id=key("trip", village.code, day, way),
                client_key=key("trip key", village.code, day, way),
                content_sha256=fingerprint(leader.person_id, day, way),
                posting_id=leader.id, person_id=leader.person_id, village_id=village.id,
                day=day, way=way, entered_at=entered_at or _at(day),
            )
        )  # fmt: skip


def _leader(cast: Cast, village: Area, month: Month) -> Posting:
    return next(
        posting
        for posting in cast.postings
        if posting.village_id == village.id
        and posting.role is PostingRole.FIRST_SECRETARY
        and posting.first_day <= month.first_day
        and (posting.last_day is None or posting.last_day >= month.last_day)
    )


def _office(cast: Cast, role: Role, unit_id: UUID) -> UUID:
    return next(o.person_id for o in cast.offices if o.role is role and o.unit_id == unit_id)


def _at(day: date) -> datetime:
    return datetime.combine(day, time(18), CHINA)
