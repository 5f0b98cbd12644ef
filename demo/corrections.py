"""What the townships of the demo entered by hand: where people were when not in the village, and why."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from itertools import cycle
from random import Random
from uuid import UUID

from attendance.models import Correction, Half
from attendance.policy import DayClass
from checkin.models import Checkin
from checkin.policy import Outcome
from demo.diary import ERRANDS, TURNS
from demo.history import Stay
from demo.places import key
from kernel.periods import CHINA
from leave.policy import LeaveKind

UNEXPLAINED_SHARE = 0.3
HALF_DAY_SHARE = 0.03
DAYS_TO_CONFIRM = 6
IN_VILLAGE_REASON = "经乡镇核实，当日在村"


def enter_all(
    stays: Iterable[Stay], checkins: Iterable[Checkin], *, clerks: Mapping[UUID, UUID], yesterday: date
) -> list[Correction]:
    """Return the entries of the township clerks, ``clerks`` being given by township."""
    by_posting: dict[UUID, list[Checkin]] = {}
    for checkin in checkins:
        by_posting.setdefault(checkin.posting_id, []).append(checkin)
    entries = []
    kinds = cycle(TURNS)
    for stay in stays:
        register = _Register(stay, clerks[stay.ground.township_id], yesterday)
        register.explain_absences(kinds)
        register.confirm_waiting(by_posting.get(stay.posting.id, []))
        register.enter_half_days()
        entries += register.entries
    return entries


class _Register:
    """The township's register for one posting."""

    def __init__(self, stay: Stay, clerk_id: UUID, yesterday: date) -> None:
        self.entries: list[Correction] = []
        self._stay = stay
        self._clerk_id = clerk_id
        self._yesterday = yesterday
        self._rng = Random(f"register {stay.posting.id}")

    def explain_absences(self, kinds: Iterator[LeaveKind]) -> None:
        for run in self._stay.away:
            if self._rng.random() < UNEXPLAINED_SHARE:
                continue
            kind = next(kinds)
            errand = self._rng.choice(ERRANDS[kind])
            for day in run:
                self._enter(day, Half.WHOLE, DayClass(kind), errand.reason)

    def confirm_waiting(self, checkins: Iterable[Checkin]) -> None:
        made = {checkin.day for checkin in checkins if checkin.counted}
        waiting = {c.day for c in checkins if c.outcome is Outcome.WAITS_FOR_TOWNSHIP} - made
        for day in sorted(waiting):
            if day <= self._yesterday - timedelta(days=DAYS_TO_CONFIRM):
                self._enter(day, Half.WHOLE, DayClass.IN_VILLAGE, IN_VILLAGE_REASON)

    def enter_half_days(self) -> None:
        taken = {entry.day for entry in self.entries} | self._stay.on_leave
        for day in self._stay.present:
            if day not in taken and self._rng.random() < HALF_DAY_SHARE:
                self._enter(day, Half.MORNING, DayClass.MEETING, "上午参加镇防汛工作会，下午回村")

    def _enter(self, day: date, half: Half, day_class: DayClass, reason: str) -> None:
        posting_id = self._stay.posting.id
        content = "|".join(map(str, (posting_id, day, half, day_class, reason)))
        made_on = min(day + timedelta(days=1), self._yesterday)
        client_key = key("entry", content)
        self.entries.append(
            Correction(
                county_id=self._stay.ground.county_id,
                id=key("correction", client_key),
                client_key=client_key,
                content_sha256=hashlib.sha256(content.encode()).digest(),
                posting_id=posting_id,
                day=day,
                half=half,
                day_class=day_class,
                reason=reason,
                made_by=self._clerk_id,
                made_at=datetime.combine(made_on, time(20, 30), CHINA),
            )
        )
