"""The living allowance a unit owes by stamped sheets, less what its lists have paid (Article 27(2), D21)."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from uuid import UUID

from allowances.missing import Missing, Reason
from allowances.models import LivingLine
from allowances.policy import Claim, days_paid_once, difference, living_allowance
from allowances.queries import StampedSheet, UnitPost, living_lines, sheets_of
from allowances.rates import LIVING_RATE, Rates
from attendance.models import SheetState
from attendance.sheets import STATES_TEXT
from kernel.periods import Month
from org.models import DispatchingUnit
from org.policy import UnitKind
from org.settings import DatedValue

Sheets = Mapping[tuple[UUID, Month], StampedSheet]


def living_due(
    unit: DispatchingUnit, posts: list[UnitPost], months: list[Month], rates: Rates
) -> tuple[list[LivingLine], list[Missing]]:
    """Return the lines that months still ask for, and the villages and people no stamped sheet speaks of.

    ``posts`` hold the unit's own postings and those of the same people for others, ``months`` the latest first.
    """
    villages = list({post.village.id: post.village for post in posts}.values())
    sheets = sheets_of(villages, months, [post.posting_id for post in posts])
    paid = living_lines(unit, villages, until=months[0])
    own = [post for post in posts if post.unit_id == unit.id]
    lines: list[LivingLine] = []
    missing: list[Missing] = []
    for month in months:
        days = days_paid_once(_claims(posts, month, sheets))
        for post in own:
            sheet = sheets.get((post.village.id, month))
            if sheet and sheet.version:
                values = rates.values(LIVING_RATE, post.village, UnitKind(unit.kind), month)
                of_post = days.get(post.posting_id, frozenset())
                lines += _lines(post, month, sheet, of_post, values, paid[post.posting_id, month])
        missing += _not_stamped(own, month, sheets)
    return lines, missing


def _claims(posts: Iterable[UnitPost], month: Month, sheets: Sheets) -> Iterator[Claim]:
    for post in posts:
        sheet = sheets.get((post.village.id, month))
        if sheet and post.posting_id in sheet.days:
            yield Claim(post.person_id, post.posting_id, post.first_day, sheet.days[post.posting_id])


def _lines(
    post: UnitPost,
    month: Month,
    sheet: StampedSheet,
    days: frozenset[date],
    rates: list[DatedValue],
    before: list[LivingLine],
) -> Iterator[LivingLine]:
    turn = 1 + max((line.turn for line in before), default=0)
    lines = difference(paid=[line.pay for line in before], now=living_allowance(days, rates))
    for part, line in enumerate(lines, 1):
        yield LivingLine(
            county_id=post.village.county_id,
            unit_id=post.unit_id,
            posting_id=post.posting_id,
            person_id=post.person_id,
            name=post.name,
            village_id=post.village.id,
            village=post.village.name,
            month=month.first_day,
            turn=turn,
            part=part,
            sheet_version=sheet.version,
            check_code=sheet.check_code,
            fen_per_day=line.rate.fen_per_day,
            days=line.number,
        )


def _not_stamped(own: Iterable[UnitPost], month: Month, sheets: Sheets) -> Iterator[Missing]:
    """Name the villages whose sheet is not stamped, and whom a stamped sheet does not name."""
    waiting: dict[UUID, list[UnitPost]] = {}
    for post in own:
        sheet = sheets.get((post.village.id, month))
        if post.serves_in(month) and not (sheet and post.posting_id in sheet.days):
            waiting.setdefault(post.village.id, []).append(post)
    for village_id, posts in waiting.items():
        sheet = sheets.get((village_id, month))
        people = tuple((post.posting_id, post.name) for post in posts)
        reason, text = _why(sheet)
        yield Missing(village_id, posts[0].village.name, month, reason, text, people)


def _why(sheet: StampedSheet | None) -> tuple[Reason, str]:
    if sheet and sheet.version:
        return Reason.NOT_ON_SHEET, "盖章考勤表上没有列名"
    state = sheet.state if sheet else SheetState.OPEN
    return Reason.SHEET_UNSTAMPED, f"考勤表{STATES_TEXT[state]}，尚未盖章"
