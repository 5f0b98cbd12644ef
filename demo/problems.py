"""What the helpers of the demo found wrong, who sees to it, and what was done (动态清零)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import cycle
from random import Random
from typing import NamedTuple
from uuid import UUID

from demo.history import Ground
from demo.people import Cast
from demo.places import key
from demo.visits import Round, tell_problem
from identity.permissions import Role
from kernel.once import fingerprint
from kernel.periods import CHINA, day_of
from visits.models import Problem, ProblemState, ProblemStep, StepKind, Visit
from visits.policy import ChecklistItem, Topic, Way

FOUND_ON = 0.2
"""On how many visits something is found."""
SETTLED = 0.85
"""How many of the problems of more than six weeks ago are settled."""
OLD_DAYS = 42


class Trouble(NamedTuple):
    """What may be wrong with a household, and what helps."""

    item: str
    description: str
    responsible: str
    remedy: str


TROUBLES = (
    Trouble(ChecklistItem.WATER, "雨后自来水浑浊，需更换滤芯", "村委会副主任", "更换净水滤芯，水质复检合格"),
    Trouble(ChecklistItem.HOUSING, "厨房屋顶漏雨", "驻村工作队", "维修屋面，验收完毕"),
    Trouble(ChecklistItem.MEDICAL, "慢性病未办理门诊特殊病种", "乡镇卫生院", "已办理门诊慢特病待遇"),
    Trouble(Topic.EMPLOYMENT, "户主失业在家", "乡镇就业所", "安排保洁公益性岗位"),
    Trouble(Topic.FARMING, "脐橙滞销约两千斤", "第一书记", "联系合作社全部收购"),
    Trouble(Topic.SCHOOLING, "孩子上学交通不便", "乡镇中心小学", "安排乘坐定制校车"),
)


@dataclass(frozen=True)
class Troubles:
    """The problems, and the steps taken."""

    problems: list[Problem]
    steps: list[ProblemStep]


def find_problems(made: Round, cast: Cast, grounds: Mapping[UUID, Ground], *, today: date) -> Troubles:
    """Let some visits find something; most of it is settled after some weeks, some is overdue."""
    found = Troubles([], [])
    kinds = cycle(TROUBLES)
    for visit in _visits(made):
        if Random(f"found {visit.id}").random() < FOUND_ON:
            trouble = next(kinds)
            tell_problem(made, visit, trouble.item, trouble.description)
            clerk_id = cast.holder(Role.TOWNSHIP_CLERK, grounds[visit.village_id].township_id)
            problem = _problem(visit, trouble)
            found.problems.append(problem)
            found.steps.extend(_steps(problem, visit, trouble, clerk_id, today))
    return found


def _visits(made: Round) -> Iterable[Visit]:
    corrected = {correction.visit_id for correction in made.corrections}
    at_home = [visit for visit in made.visits if visit.way is Way.AT_HOME and visit.id not in corrected]
    return sorted(at_home, key=lambda visit: (visit.received_at, visit.id))


def _problem(visit: Visit, trouble: Trouble) -> Problem:
    return Problem(
        county_id=visit.county_id,
        id=key("problem", visit.id),
        visit_id=visit.id,
        household_id=visit.household_id,
        village_id=visit.village_id,
        item=trouble.item,
        description=trouble.description,
        found_on=visit.day,
        found_by=visit.person_id,
        state=ProblemState.OPEN,
        steps_count=0,
    )


def _steps(
    problem: Problem, visit: Visit, trouble: Trouble, clerk_id: UUID, today: date
) -> Iterator[ProblemStep]:
    """Say who sees to it, perhaps how it goes, and that it is done, as far as that is over already."""
    chance, told_on = Random(f"steps {problem.id}"), day_of(visit.received_at)
    assigned_on = told_on + timedelta(days=chance.randrange(1, 4))
    due_on = assigned_on + timedelta(days=chance.randrange(14, 30))
    settled_on = assigned_on + timedelta(days=chance.randrange(5, OLD_DAYS - 4))
    is_settled = chance.random() < SETTLED
    if assigned_on < today:
        problem.responsible, problem.due_on = trouble.responsible, due_on
        yield _step(
            problem, StepKind.ASSIGN, clerk_id, assigned_on, due_on=due_on, responsible=trouble.responsible
        )
    if assigned_on < today and chance.random() < 0.4:
        noted_on = assigned_on + timedelta(days=2)
        if noted_on < today:
            yield _step(problem, StepKind.NOTE, visit.person_id, noted_on, note="已上门查看，正在联系")
    if settled_on < today and is_settled:
        problem.state, problem.settled_on = ProblemState.SETTLED, settled_on
        yield _step(problem, StepKind.SETTLE, clerk_id, settled_on, note=trouble.remedy)


def _step(
    problem: Problem,
    kind: StepKind,
    by: UUID,
    day: date,
    *,
    note: str = "",
    responsible: str | None = None,
    due_on: date | None = None,
) -> ProblemStep:
    problem.steps_count += 1
    return ProblemStep(
        county_id=problem.county_id,
        id=key("problem step", problem.id, problem.steps_count),
        problem_id=problem.id,
        number=problem.steps_count,
        client_key=key("problem step key", problem.id, problem.steps_count),
        content_sha256=fingerprint(by, problem.id, kind, note, responsible, due_on),
        kind=kind,
        note=note,
        responsible=responsible,
        due_on=due_on,
        made_by=by,
        made_at=datetime.combine(day, time(15, 30), CHINA),
    )
