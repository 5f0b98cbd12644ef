"""Reading what a yearly or term-end assessment rests on: leaves, visits, problems, findings (Article 20)."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from sqlalchemy import func, or_, select

from attendance.queries import Post
from kernel.database import db
from kernel.periods import DaySpan, Quarter
from leave.models import Leave
from leave.policy import PENDING, VOID, LeaveKind
from oversight.inspection_models import Finding
from oversight.policy import FindingState
from visits.models import Household, Pairing, Problem, ProblemState
from visits.policy import DutyStatus, Tally, tally
from visits.quarter import QuarterFacts, read_quarter


@dataclass(slots=True)
class ProblemsCount:
    """How many problems were found, and how many of them are settled by now."""

    found: int = 0
    settled: int = 0


@dataclass(slots=True)
class AssessedFacts:
    """What is known of people and villages in a span; visits and coverage by quarter."""

    findings: dict[UUID, list[Finding]] = field(default_factory=lambda: defaultdict(list))
    leaves: dict[UUID, dict[LeaveKind, int]] = field(default_factory=lambda: defaultdict(dict))
    visits: dict[UUID, dict[Quarter, Tally]] = field(default_factory=lambda: defaultdict(dict))
    coverage: dict[UUID, dict[Quarter, Tally]] = field(default_factory=lambda: defaultdict(dict))
    found_by: dict[UUID, ProblemsCount] = field(default_factory=lambda: defaultdict(ProblemsCount))
    found_in: dict[UUID, ProblemsCount] = field(default_factory=lambda: defaultdict(ProblemsCount))


def read_facts(posts: Collection[Post], *, span: DaySpan, today: date) -> AssessedFacts:
    """Return the facts of the postings' people and villages; the statements grow with the quarters, not with them.

    A visit and a problem are the person's wherever the household lies; leaves are the posting's.
    """
    facts = AssessedFacts()
    if posts:
        last_day = min(span.last_day or today, today)
        _read_leaves(facts, posts, span.first_day, last_day)
        _read_findings(facts, posts, span.first_day, last_day)
        _read_problems(facts, posts, span.first_day, last_day)
        quarter = Quarter.of(span.first_day)
        while quarter.first_day <= last_day:
            _read_visits(facts, posts, quarter, today)
            quarter = Quarter.of(quarter.months[-1].next.first_day)
    return facts


def _counties(posts: Collection[Post]) -> set[UUID]:
    return {post.village.county_id for post in posts if post.village.county_id}


def _read_leaves(facts: AssessedFacts, posts: Collection[Post], first_day: date, last_day: date) -> None:
    rows = db.session.execute(
        select(Leave.posting_id, Leave.kind, func.count())
        .where(
            Leave.county_id.in_(_counties(posts)),
            Leave.posting_id.in_([post.posting_id for post in posts]),
            Leave.state.not_in(sorted(VOID | PENDING)),
            Leave.first_day <= last_day,
            Leave.last_day >= first_day,
        )
        .group_by(Leave.posting_id, Leave.kind)
    )
    for posting_id, kind, leaves in rows:
        facts.leaves[posting_id][LeaveKind(kind)] = leaves


def _read_findings(facts: AssessedFacts, posts: Collection[Post], first_day: date, last_day: date) -> None:
    """Read what inspections found and a person has confirmed; what is undecided or lifted is no fact."""
    rows = db.session.scalars(
        select(Finding)
        .where(
            Finding.county_id.in_(_counties(posts)),
            Finding.posting_id.in_([post.posting_id for post in posts]),
            Finding.state == FindingState.CONFIRMED,
            Finding.day.between(first_day, last_day),
        )
        .order_by(Finding.day, Finding.id)
    )
    for finding in rows:
        facts.findings[finding.posting_id].append(finding)


def _read_problems(facts: AssessedFacts, posts: Collection[Post], first_day: date, last_day: date) -> None:
    people, villages = {post.person_id for post in posts}, {post.village.id for post in posts}
    rows = db.session.execute(
        select(Problem.found_by, Problem.village_id, Problem.state, func.count())
        .where(
            Problem.county_id.in_(_counties(posts)),
            or_(Problem.found_by.in_(people), Problem.village_id.in_(villages)),
            Problem.found_on.between(first_day, last_day),
        )
        .group_by(Problem.found_by, Problem.village_id, Problem.state)
    )
    for found_by, village_id, state, problems in rows:
        for counted in (facts.found_by[found_by], facts.found_in[village_id]):
            counted.found += problems
            counted.settled += problems if state == ProblemState.SETTLED else 0


def _read_visits(facts: AssessedFacts, posts: Collection[Post], quarter: Quarter, today: date) -> None:
    people, villages = {post.person_id for post in posts}, {post.village.id for post in posts}
    counties = _counties(posts)
    helped = select(Pairing.household_id).where(
        Pairing.county_id.in_(counties), Pairing.person_id.in_(people)
    )
    which = [
        Household.county_id.in_(counties),
        or_(Household.village_id.in_(villages), Household.id.in_(helped)),
    ]
    known = read_quarter(quarter, today=today, which=which)
    statuses: dict[UUID, list[DutyStatus]] = defaultdict(list)
    for duty in known.duties:
        statuses[duty.helper.id].append(duty.status)
    for person_id in people & statuses.keys():
        facts.visits[person_id][quarter] = tally(statuses[person_id], [])
    for village_id in villages:
        facts.coverage[village_id][quarter] = _of_village(known, village_id)


def _of_village(known: QuarterFacts, village_id: UUID) -> Tally:
    inside = {id_ for id_, family in known.families.items() if family.village.id == village_id}
    statuses = [duty.status for duty in known.duties if duty.family.household.id in inside]
    return tally(statuses, [covered for id_, covered in known.coverage.items() if id_ in inside])
