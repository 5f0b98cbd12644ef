"""The sheet of facts for a yearly or term-end assessment of a person, a team, a unit: no score, no rank (Article 20)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import func, select

from attendance.queries import Post, posts_in
from identity.permissions import Permission
from identity.scope import Caller, get_area, get_person, get_unit, within
from kernel.database import AnySelect, db
from kernel.errors import Forbidden, NotFound, Refusal
from kernel.periods import DaySpan, Quarter, day_of
from leave.policy import LeaveKind
from org.models import Area, Level, Posting
from org.queries import serves_between
from oversight.assessment_facts import AssessedFacts, ProblemsCount, read_facts
from oversight.duty_facts import DutyLine, read_duties
from oversight.duty_policy import Every, Subject
from oversight.inspection_models import Finding
from oversight.months import PostedMonth, average_days, read_months
from visits.policy import Tally

LONGEST_TERM_YEARS = 6


class AssessedKind(StrEnum):
    PERSON = "person"
    TEAM = "team"
    UNIT = "unit"


NOT_RECORDED: Mapping[AssessedKind, tuple[str, ...]] = {
    AssessedKind.PERSON: ("工作职责落实的评价", "群众认可度"),
    AssessedKind.TEAM: ("争资争项（不含统筹资金项目）", "工作落实的评价"),
    AssessedKind.UNIT: ("选派人员的评价", "驻村人员保障", "跟踪服务管理"),
}
"""What Article 20 looks at and no program holds: the people who assess find it out."""


@dataclass(frozen=True, slots=True)
class AssessedPosting:
    """One posting's part of the sheet."""

    post: Post
    months: list[PostedMonth]
    average_days: float | None
    leaves: dict[LeaveKind, int]
    visits: dict[Quarter, Tally]
    problems: ProblemsCount
    findings: list[Finding]


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """The facts of one person, team or unit in a year or a term."""

    kind: AssessedKind
    id: UUID
    name: str
    is_term: bool
    span: DaySpan
    postings: list[AssessedPosting]
    average_days: float | None
    duties: list[DutyLine]
    coverage: dict[Quarter, Tally] | None
    village_problems: ProblemsCount | None


def assess(
    *,
    caller: Caller,
    person_id: UUID | None = None,
    village_id: UUID | None = None,
    unit_id: UUID | None = None,
    year: int | None = None,
) -> Assessment:
    """Return the sheet of a person, a village's team or a unit, for a year or, without one, for the term.

    A term is that of the posting running last; of a team or unit it begins with the earliest posting that runs.
    NotFound beyond the caller's reach or without a posting; Forbidden for a team of which the caller sees a part.
    """
    kind, id_, name, posts = _whose(caller, person_id, village_id, unit_id)
    today = day_of(caller.now)
    span = _term(posts, today) if year is None else _year(year, today)
    within_span = [post for post in posts if post.span.overlap(span)]
    if not within_span:
        raise NotFound("nothing_to_assess", "该期间没有派驻")
    if kind is AssessedKind.PERSON and year is None:
        within_span = within_span[-1:]
    return _draw_up(caller, kind, id_, name, within_span, span, is_term=year is None)


def _whose(
    caller: Caller, person_id: UUID | None, village_id: UUID | None, unit_id: UUID | None
) -> tuple[AssessedKind, UUID, str, list[Post]]:
    see = Permission.SEE_ASSESSMENTS
    until_today = DaySpan(date(2000, 1, 1), day_of(caller.now))
    if person_id is not None:
        person = get_person(person_id, caller, see)
        ids = db.session.scalars(select(Posting.id).where(Posting.person_id == person.id)).all()
        posts = posts_in(caller=caller, span=until_today, posting_ids=ids, permission=see)
        if not posts:
            raise NotFound("person_not_found", "没有找到此人")
        return AssessedKind.PERSON, person.id, person.name, _in_order(posts)
    if village_id is not None:
        village = get_area(village_id, caller, see, level=Level.VILLAGE)
        posts = posts_in(caller=caller, span=until_today, area=village, permission=see)
        _check_whole_team(village, posts, until_today.last_day or date.max)
        return AssessedKind.TEAM, village.id, f"{village.name}工作队", posts
    if unit_id is not None:
        unit = get_unit(unit_id, caller, see)
        posts = posts_in(caller=caller, span=until_today, unit_id=unit.id, permission=see)
        return AssessedKind.UNIT, unit.id, unit.name, posts
    raise NotFound()


def _in_order(posts: Iterable[Post]) -> list[Post]:
    return sorted(posts, key=lambda post: post.span.first_day)


def _check_whole_team(village: Area, posts: list[Post], today: date) -> None:
    everybody = db.session.scalar(
        select(func.count())
        .select_from(Posting)
        .where(Posting.village_id == village.id, serves_between(date(2000, 1, 1), today))
    )
    if len(posts) < (everybody or 0):
        raise Forbidden("part_of_team", "只能看到队中部分人员，不能查看全队")


def _year(year: int, today: date) -> DaySpan:
    if year > today.year:
        raise Refusal("year_to_come", "该年度尚未开始")
    return DaySpan(date(year, 1, 1), date(year, 12, 31))


def _term(posts: list[Post], today: date) -> DaySpan:
    running = [post for post in posts if post.span.contains(today)] or _in_order(posts)[-1:]
    if not running:
        raise NotFound("nothing_to_assess", "该期间没有派驻")
    first_day = min(post.span.first_day for post in running)
    earliest = date(today.year - LONGEST_TERM_YEARS, 1, 1)
    last_days = [post.span.last_day for post in running]
    last_day = None if None in last_days else max(day for day in last_days if day)
    return DaySpan(max(first_day, earliest), last_day)


def _draw_up(
    caller: Caller,
    kind: AssessedKind,
    id_: UUID,
    name: str,
    posts: list[Post],
    span: DaySpan,
    *,
    is_term: bool,
) -> Assessment:
    today = day_of(caller.now)
    months = read_months(posts, span=span, today=today)
    facts = read_facts(posts, span=span, today=today)
    is_team = kind is AssessedKind.TEAM
    return Assessment(
        kind=kind,
        id=id_,
        name=name,
        is_term=is_term,
        span=span,
        postings=[_of_posting(post, months.get(post.posting_id, []), facts) for post in posts],
        average_days=average_days(month for each in months.values() for month in each),
        duties=_duties(caller, kind, posts, span, today),
        coverage=facts.coverage[id_] if is_team else None,
        village_problems=facts.found_in[id_] if is_team else None,
    )


def _of_posting(post: Post, months: list[PostedMonth], facts: AssessedFacts) -> AssessedPosting:
    return AssessedPosting(
        post=post,
        months=months,
        average_days=average_days(months),
        leaves=facts.leaves[post.posting_id],
        visits=facts.visits[post.person_id],
        problems=facts.found_by[post.person_id],
        findings=facts.findings[post.posting_id],
    )


ASSESSED_BY_DUTIES = {
    AssessedKind.PERSON: {Subject.PERSON},
    AssessedKind.TEAM: {Subject.PERSON, Subject.TEAM},
    AssessedKind.UNIT: {Subject.PERSON, Subject.TEAM, Subject.UNIT},
}


def _duties(
    caller: Caller, kind: AssessedKind, posts: list[Post], span: DaySpan, today: date
) -> list[DutyLine]:
    """Return the duties of each year of the span; training, which a posting owes once, in its last year only."""
    posting_ids = [post.posting_id for post in posts]

    def narrow(statement: AnySelect) -> AnySelect:
        own = statement.where(Posting.id.in_(posting_ids))
        return within(own, caller, Permission.SEE_ASSESSMENTS)

    last_day = min(span.last_day or today, today)
    lines: list[DutyLine] = []
    for year in range(span.first_day.year, last_day.year + 1):
        day = min(date(year, 12, 31), last_day)
        of_year = read_duties(day=day, counties=[], narrow=narrow)
        lines += [
            line
            for line in of_year
            if line.duty.subject in ASSESSED_BY_DUTIES[kind]
            and (line.duty.every is not Every.POSTING or year == _last_year(line, last_day))
        ]
    return lines


def _last_year(line: DutyLine, last_day: date) -> int:
    (period,) = line.periods
    return min(period.span.last_day or last_day, last_day).year
