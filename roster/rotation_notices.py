"""What people are told about rotations: short, and never the reason."""

from collections.abc import Iterable
from uuid import UUID

from identity.offices import holders
from identity.permissions import Role
from identity.scope import Caller
from kernel.periods import day_of
from messages.models import MessageKind
from messages.service import Notice, tell
from roster.models import Rotation
from roster.policy import Office, RotationState
from roster.rotation_cases import OFFICE_OF

ROLE_OF = {office: role for role, office in OFFICE_OF.items()}


def tell_office(rotation: Rotation, *, name: str, caller: Caller) -> None:
    """Tell whoever signs for the office that a rotation waits for it."""
    if rotation.waits_for is None or rotation.waits_in is None:
        return
    office = Office(rotation.waits_for)
    held = holders([ROLE_OF[office]], [rotation.waits_in], day=day_of(caller.now))
    notices = _notices(
        rotation,
        held[rotation.waits_in],
        MessageKind.ROTATION_WAITS,
        "有轮换待审核",
        f"{name}的轮换申请",
        office,
    )
    tell(notices, now=caller.now)


def tell_outcome(rotation: Rotation, *, name: str, caller: Caller) -> None:
    """Tell the person, the successor and the unit what became of a rotation."""
    held = holders([Role.UNIT_CLERK, Role.UNIT_HEAD], [rotation.unit_id], day=day_of(caller.now))
    people = {rotation.person_id, *held[rotation.unit_id]}
    text = f"{name}的轮换未获同意"
    if rotation.state != RotationState.REJECTED and rotation.last_day:
        people |= {rotation.successor_id} if rotation.successor_id else set()
        text = f"{name}在岗至{rotation.last_day.month}月{rotation.last_day.day}日"
    notices = _notices(rotation, people, MessageKind.ROTATION_DECIDED, "轮换已办结", text, rotation.state)
    tell(notices, now=caller.now)


def _notices(
    rotation: Rotation, people: Iterable[UUID], kind: MessageKind, title: str, text: str, occasion: str
) -> list[Notice]:
    return [
        Notice(
            person_id=person_id,
            kind=kind,
            county_id=rotation.county_id,
            subject_id=rotation.id,
            title=title,
            text=text,
            occasion=occasion,
        )
        for person_id in people
    ]
