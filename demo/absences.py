"""Who of the demo is away by chance during three months, and with leave or without."""

from datetime import date, timedelta
from itertools import cycle
from random import Random
from typing import NamedTuple

from demo.diary import ERRANDS, TURNS, Diary, on
from demo.history import Stay
from demo.people import Cast, workday
from demo.stories import STORIES
from kernel.workdays import is_rest_day
from leave.policy import LeaveSpan

ONE_DAY = timedelta(days=1)
LEAVES_AND_OTHERS = (True, True, False, True, True, False, True, False)
"""Which absences by chance are leaves; the others the township enters, or nobody explains."""
LONGEST_BY_CHANCE_DAYS = 10
DAYS_BETWEEN = 3
"""Working days in the village before the next leave by chance, so that no two are chained."""
STEADY_WORKDAYS = 20
"""How long before today those of whom a story is told, and the accounts, are not away by chance."""
WAITS_MINUTES = ((90, 400), (1_300, 1_600))
"""How long the first and the second office take."""
ACCOUNTS_KEPT_FREE = (0, 18)
"""Places in the list of postings of the demo's two first secretaries: they can ask for leave at once."""


def plan_absences(stays: list[Stay], cast: Cast, *, today: date) -> Diary:
    """Return who asks for leave when; absences that no leave explains stay with the stays."""
    diary = Diary(cast, today)
    chances = Chances()
    for stay in stays:
        _be_away_by_chance(diary, stay, chances)
    by_posting = {stay.posting.id: stay for stay in stays}
    for number, story in STORIES.items():
        story(diary, by_posting[cast.postings[number].id])
    return diary


def steady_from(number: int, *, today: date) -> date:
    """Return from when on the person of a posting, given by its place in the list, is away only in a story."""
    told_of = number in STORIES or number in ACCOUNTS_KEPT_FREE
    return workday(today, -STEADY_WORKDAYS) if told_of else date.max


class Course(NamedTuple):
    """How a leave by chance begins and ends; whoever says nothing is seen to be back by the first check-in."""

    from_noon: bool = False
    until_noon: bool = False
    is_back_early: bool = False
    return_is_told: bool = False


COURSES = (
    Course(),
    Course(return_is_told=True),
    Course(from_noon=True),
    Course(is_back_early=True, return_is_told=True),
    Course(),
    Course(until_noon=True),
    Course(from_noon=True, return_is_told=True),
)


class Chances:
    """What comes up next, for everybody in turn."""

    def __init__(self) -> None:
        self.is_leave = cycle(LEAVES_AND_OTHERS)
        self.kinds = cycle(TURNS)
        self.courses = cycle(COURSES)


def _be_away_by_chance(diary: Diary, stay: Stay, chances: Chances) -> None:
    runs, stay.away = sorted(stay.away), []
    last_day = stay.days.first_day
    for run in runs:
        later = [day for day in stay.present if day > run[-1]]
        if next(chances.is_leave) and len(later) > 1 and _stands_alone(stay, run, last_day):
            last_day = _take_leave(diary, stay, run, later[0], chances)
        else:
            stay.away.append(run)


def _stands_alone(stay: Stay, run: list[date], last_day: date) -> bool:
    between = [day for day in stay.present if last_day < day < run[0] and not is_rest_day(day)]
    return len(between) >= DAYS_BETWEEN and run[-1] - run[0] < timedelta(days=LONGEST_BY_CHANCE_DAYS)


def _take_leave(diary: Diary, stay: Stay, run: list[date], back_on: date, chances: Chances) -> date:
    """Ask for these days and come back; return the last day asked for."""
    rng = Random(f"leave {stay.posting.id} {run[0]}")
    kind, course = next(chances.kinds), next(chances.courses)
    went_on = max(day for day in stay.present if day < run[0])
    from_noon = course.from_noon and run[0] - went_on < ONE_DAY * 4
    is_near = back_on - run[-1] < ONE_DAY * 4
    first_day = went_on if from_noon else run[0]
    last_day = back_on if is_near and (course.until_noon or course.is_back_early) else run[-1]
    span = LeaveSpan(first_day, last_day, from_noon, is_near and course.until_noon)
    asked_on = max(first_day - ONE_DAY * rng.randint(2, 5), stay.days.first_day)
    asked_at = on(asked_on, rng.uniform(8, 17))
    application = diary.ask(stay, kind, span, at=asked_at, errand=rng.choice(ERRANDS[kind]))
    diary.speak(
        application, *(asked_at + timedelta(minutes=rng.randint(*range_)) for range_ in WAITS_MINUTES)
    )
    if course.return_is_told:
        diary.come_back(application, on(back_on, 18), says=diary.clerk(stay) if rng.random() < 0.3 else None)
    return last_day
