"""A unit's list of a month: drawn up from stamped sheets and trips, prepared by the clerk, paid by the head."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert as insert_or_skip

from allowances.living import living_due
from allowances.missing import Missing
from allowances.models import ListState, LivingLine, PaymentList, TravelLine
from allowances.queries import (
    find_list,
    lines_of,
    lists_of,
    names_of,
    posts_of,
    visible_postings,
)
from allowances.rates import Rates
from allowances.travel import travel_due
from identity.permissions import Permission
from identity.scope import Caller, get_unit
from kernel import audit
from kernel.audit import NO_COUNTY
from kernel.database import db, transaction
from kernel.errors import Conflict, NotFound, Refusal
from kernel.periods import Month, day_of
from org.models import DispatchingUnit


class Signing(NamedTuple):
    """Who did something with a list, and when."""

    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Due:
    """The lines of a list, and what it cannot pay yet; until a list keeps them the lines belong to none."""

    living: list[LivingLine]
    travel: list[TravelLine]
    missing: list[Missing]

    @property
    def living_fen(self) -> int:
        return sum(line.pay.amount_fen for line in self.living)

    @property
    def travel_fen(self) -> int:
        return sum(line.pay.amount_fen for line in self.travel)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListView:
    """A unit's month as somebody sees it: the list as it was made, or what one made now would pay.

    ``is_whole`` is False where the caller sees some of the unit's people only.
    """

    unit: DispatchingUnit
    month: Month
    kept: PaymentList | None
    due: Due
    is_whole: bool
    prepared: Signing | None
    paid: Signing | None

    @property
    def state(self) -> ListState:
        if self.kept is None:
            return ListState.DRAFT
        return ListState.PAID if self.paid else ListState.PREPARED


def view_list(*, caller: Caller, unit_id: UUID, month: Month) -> ListView:
    """Return a unit's month with the lines of those people that the caller sees."""
    unit = get_unit(unit_id, caller, Permission.SEE_ALLOWANCES)
    lists = lists_of(unit, until=month)
    kept = next((each for each in lists if each.month == month.first_day), None)
    due = _read(kept, unit) if kept else draw_up(unit, month, lists)
    seen = _narrow(due, visible_postings(unit, caller))
    prepared, paid = _signings(kept) if kept else (None, None)
    return ListView(
        unit=unit,
        month=month,
        kept=kept,
        due=seen,
        is_whole=seen == due,
        prepared=prepared,
        paid=paid,
    )


def _signings(kept: PaymentList) -> tuple[Signing, Signing | None]:
    names = names_of({kept.prepared_by, kept.paid_by})
    paid = Signing(names[kept.paid_by], kept.paid_at) if kept.paid_by and kept.paid_at else None
    return Signing(names[kept.prepared_by], kept.prepared_at), paid


def _read(kept: PaymentList, unit: DispatchingUnit) -> Due:
    living, travel = lines_of(kept, unit)
    return Due(living, travel, [Missing.read(each) for each in kept.missing])


def _narrow(due: Due, villages: Mapping[UUID, UUID]) -> Due:
    """Leave out what is not about these postings, given with their villages."""
    seen = set(villages.values())
    people = [
        replace(each, people=tuple(one for one in each.people if one[0] in villages))
        for each in due.missing
        if each.people
    ]
    trips = [each for each in due.missing if not each.people and each.village_id in seen]
    return Due(
        living=[line for line in due.living if line.posting_id in villages],
        travel=[line for line in due.travel if line.village_id in seen],
        missing=[*(each for each in people if each.people), *trips],
    )


def prepare_list(*, caller: Caller, unit_id: UUID, month: Month) -> PaymentList:
    """Make the list of a month that is over; it and its lines stay as they are.

    Refused where there is nothing to pay. Conflict where there is a list already, or another of the unit's
    lists makes good the same difference at this moment.
    """
    if month.last_day >= day_of(caller.now):
        raise Refusal("month_running", "本月尚未结束，月末之后再造表")
    with transaction():
        unit = get_unit(unit_id, caller, Permission.PREPARE_ALLOWANCES)
        due = draw_up(unit, month, lists_of(unit, until=month))
        kept = _add_list(unit, month, due.missing, caller)
        if not due.living and not due.travel:  # told only now: of two at once the loser has nothing to pay
            raise Refusal("nothing_to_pay", "没有可发放的项目：考勤表尚未盖章，或没有变化")
        _add_lines(LivingLine, due.living, kept)
        _add_lines(TravelLine, due.travel, kept)
        audit.record(
            "allowances.prepare",
            now=caller.now,
            actor_id=caller.person_id,
            subject_id=kept.id,
            unit_id=str(unit.id),
            month=str(month),
            amount_fen=due.living_fen + due.travel_fen,
        )
        return kept


def pay_list(*, caller: Caller, list_id: UUID) -> PaymentList:
    """Note that a list has been paid (已发放); the sheets themselves stay as they are."""
    with transaction():
        found = find_list(list_id, caller, Permission.PAY_ALLOWANCES)
        if found is None:
            raise NotFound("list_not_found", "没有找到这份发放表")
        paid = db.session.scalars(
            update(PaymentList)
            .where(
                PaymentList.county_id == NO_COUNTY, PaymentList.id == list_id, PaymentList.paid_at.is_(None)
            )
            .values(paid_by=caller.person_id, paid_at=caller.now)
            .returning(PaymentList)
            .execution_options(populate_existing=True, synchronize_session=False)
        ).one_or_none()
        if paid is None:
            raise Conflict("list_paid", "这份发放表已标记发放")
        audit.record("allowances.pay", now=caller.now, actor_id=caller.person_id, subject_id=list_id)
        return paid


# -- drawing up ---------------------------------------------------------------------------------


def draw_up(unit: DispatchingUnit, month: Month, lists: list[PaymentList]) -> Due:
    """Return what the list of a unit and month would pay now.

    A month is paid by its own list; what is stamped, driven or set otherwise afterwards is made good by the
    next. The number of statements depends neither on the people nor on the months.
    """
    posts = posts_of(unit, until=month.last_day)
    rates = Rates(post.village for post in posts)
    villages = {post.village.id: post.village for post in posts if post.unit_id == unit.id}
    months = [month, *(Month.of(each.month) for each in lists if each.month != month.first_day)]
    living, missing = living_due(unit, posts, months, rates)
    travel, without_terms = travel_due(unit, list(villages.values()), months, rates)
    return Due(living, travel, [*missing, *without_terms])


def _add_list(unit: DispatchingUnit, month: Month, missing: list[Missing], caller: Caller) -> PaymentList:
    values = {
        "county_id": NO_COUNTY,
        "id": uuid4(),
        "unit_id": unit.id,
        "month": month.first_day,
        "missing": [each.write() for each in missing],
        "prepared_by": caller.person_id,
        "prepared_at": caller.now,
    }
    statement = insert_or_skip(PaymentList).values(values).on_conflict_do_nothing().returning(PaymentList)
    kept = db.session.scalars(statement).one_or_none()
    if kept is None:
        raise Conflict("list_exists", "这个月的发放表已造好，以后的变化列入下一张")
    return kept


def _add_lines(
    kind: type[LivingLine] | type[TravelLine], lines: Sequence[LivingLine | TravelLine], kept: PaymentList
) -> None:
    """Add lines to a list; Conflict where another list has just settled one of them."""
    if not lines:
        return
    columns = [column.key for column in kind.__table__.columns if column.key not in ("id", "list_id")]
    values = [
        {"id": uuid4(), "list_id": kept.id, **{name: getattr(line, name) for name in columns}}
        for line in lines
    ]
    statement = insert_or_skip(kind).values(values).on_conflict_do_nothing().returning(kind.id)
    if len(db.session.scalars(statement).all()) < len(values):
        raise Conflict("changed_meanwhile", "刚有另一份发放表计发了同一项，请刷新后再试")
