"""What the demo's people do about leave, noted down before it is carried out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import NamedTuple
from uuid import UUID

from demo.history import Stay
from demo.leaves import Act, Application, Desk
from demo.people import Cast, workday
from identity.permissions import Role
from kernel.periods import CHINA
from leave.models import Verdict
from leave.policy import LeaveKind, LeaveSpan
from leave.requests import Draft, PhoneConsent

TRIP, MEETING, TRAINING = LeaveKind.TRIP, LeaveKind.MEETING, LeaveKind.TRAINING
PERSONAL, SICK, ANNUAL, OTHER = LeaveKind.PERSONAL, LeaveKind.SICK, LeaveKind.ANNUAL, LeaveKind.OTHER


class Errand(NamedTuple):
    """Why somebody leaves the village, and where to."""

    reason: str
    destination: str


ERRANDS: Mapping[LeaveKind, tuple[Errand, ...]] = {
    TRIP: (
        Errand("陪同村干部到县里对接产业项目", "县城"),
        Errand("到赣州跑办道路硬化资金", "赣州市区"),
        Errand("外出考察脐橙分选线", "信丰县"),
    ),
    MEETING: (
        Errand("参加县驻村工作调度会", "县城"),
        Errand("参加镇党委扩大会议", "镇政府"),
        Errand("回派出单位参加支部会议", "赣州市区"),
    ),
    TRAINING: (Errand("参加县驻村干部业务培训班", "县委党校"), Errand("参加市第一书记专题培训", "市委党校")),
    PERSONAL: (Errand("家中老人住院陪护", "赣州市人民医院"), Errand("送孩子入学", "赣州市区")),
    SICK: (Errand("感冒发烧，县医院门诊，病历已交", "县人民医院"), Errand("腰疼复发，卧床休息", "家中")),
    ANNUAL: (Errand("休年假，手续齐全", "赣州市区"),),
    OTHER: (Errand("婚假", "赣州市区"),),
}
TURNS = (
    *(TRIP, MEETING, SICK, TRIP, TRAINING, MEETING, PERSONAL, TRIP),
    *(MEETING, TRAINING, ANNUAL, TRIP, MEETING, SICK, OTHER),
)
"""The kinds in the order in which they come up, the common ones oftener."""


def on(day: date, hour: float) -> datetime:
    """Return that hour of a day in China, to the minute."""
    return datetime.combine(day, time(), CHINA) + timedelta(minutes=round(hour * 60))


@dataclass
class Diary:
    """Who does what about leave, and when."""

    cast: Cast
    today: date
    acts: list[tuple[datetime, Act]] = field(default_factory=list)

    def workday(self, steps: int) -> date:
        """Return the working day so many working days from today."""
        return workday(self.today, steps)

    def day(self, days: int) -> date:
        """Return the day so many days from today."""
        return self.today + timedelta(days=days)

    def clerk(self, stay: Stay) -> UUID:
        """Return the clerk of the township somebody lives in."""
        return self.cast.holder(Role.TOWNSHIP_CLERK, stay.ground.township_id)

    def name(self, person_id: UUID) -> str:
        """Return somebody's name."""
        return next(person.name for person in self.cast.people if person.id == person_id)

    def ask(
        self,
        stay: Stay,
        kind: LeaveKind,
        span: LeaveSpan,
        *,
        at: datetime,
        errand: Errand | None = None,
        consent: PhoneConsent | None = None,
        extends: Application | None = None,
    ) -> Application:
        """Let somebody ask for leave."""
        errand = errand or ERRANDS[kind][0]
        draft = Draft(kind, span, errand.reason, errand.destination, consent=consent)
        application = Application(stay, draft, extends)
        stay.on_leave.update(span.days())
        self.acts.append((at, partial(Desk.ask, application=application)))
        return application

    def speak(
        self,
        application: Application,
        *times: datetime,
        verdict: Verdict = Verdict.APPROVED,
        opinion: str = "同意",
    ) -> None:
        """Let the offices speak, one after the other at these times, as far as they are asked."""
        for at in times:
            act = partial(Desk.speak, application=application, verdict=verdict, opinion=opinion)
            self.acts.append((at, act))

    def come_back(self, application: Application, at: datetime, *, says: UUID | None = None) -> None:
        """Let somebody be back since the morning."""
        self.acts.append((at, partial(Desk.come_back, application=application, says=says)))
