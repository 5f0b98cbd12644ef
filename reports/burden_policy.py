"""What the system asked of people: how often they had to send something, how many fields they filled (Article 29).

Pure. Counted from what was recorded; each thing sent is one tap on 提交.
"""

from enum import StrEnum
from typing import NamedTuple

LEAST_PEOPLE = 3
"""Of fewer people no average is told: it would tell about one of them."""


class Task(StrEnum):
    """What people are asked to send."""

    CHECKIN = "checkin"
    LEAVE = "leave"
    LEAVE_PAPERS = "leave_papers"
    LEAVE_RETURN = "leave_return"
    VISIT = "visit"
    PHOTO = "photo"
    PROBLEM_STEP = "problem_step"
    SHEET = "sheet"
    ROLL_CALL = "roll_call"
    FINDING = "finding"


TASKS = {
    Task.CHECKIN: "今日驻村登记",
    Task.LEAVE: "请假、续假",
    Task.LEAVE_PAPERS: "补办请假手续",
    Task.LEAVE_RETURN: "销假",
    Task.VISIT: "走访记录",
    Task.PHOTO: "上传照片",
    Task.PROBLEM_STEP: "问题办理",
    Task.SHEET: "提交考勤表",
    Task.ROLL_CALL: "应答点名",
    Task.FINDING: "申述督查发现",
}


class Asked(NamedTuple):
    """How often something was sent, and with how many filled fields."""

    taps: int = 0
    fields: int = 0


class BurdenRow(NamedTuple):
    """What some people were asked for in a month: sums, so that lines add up."""

    people: int = 0
    checkin_taps: int = 0
    leave_taps: int = 0
    leave_papers_taps: int = 0
    leave_return_taps: int = 0
    visit_taps: int = 0
    photo_taps: int = 0
    problem_step_taps: int = 0
    sheet_taps: int = 0
    roll_call_taps: int = 0
    finding_taps: int = 0
    leave_fields: int = 0
    leave_papers_fields: int = 0
    leave_return_fields: int = 0
    visit_fields: int = 0
    problem_step_fields: int = 0
    finding_fields: int = 0

    def of(self, task: Task) -> Asked:
        """Return the sums of one task; check-ins, photos, sheets and roll-calls have no field."""
        return Asked(getattr(self, f"{task}_taps"), getattr(self, f"{task}_fields", 0))

    @property
    def whole(self) -> Asked:
        """Return the sums of all tasks."""
        each = [self.of(task) for task in Task]
        return Asked(sum(one.taps for one in each), sum(one.fields for one in each))


def row_of(counted: dict[Task, Asked], *, people: int = 1) -> BurdenRow:
    """Return the row of what was counted for somebody."""
    values = {f"{task}_taps": asked.taps for task, asked in counted.items()}
    values |= {f"{task}_fields": asked.fields for task, asked in counted.items() if asked.fields}
    return BurdenRow(people=people, **values)


def per_person(count: int, people: int) -> float | None:
    """Return the average to one decimal; None of so few people that it would tell about one of them."""
    return round(count / people, 1) if people >= LEAST_PEOPLE else None
