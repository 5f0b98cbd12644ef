"""Rotations under way in the demo: one waits for a township, one for a county, one for the city (Article 18)."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any, NamedTuple

from demo.people import FIRST_PHONE, SECRETARY, Cast
from demo.pictures import draw_picture
from demo.places import key
from identity.login import cipher
from identity.permissions import Role
from kernel.periods import CHINA
from kernel.photos import PhotoStore
from kernel.pictures import clean
from org.models import Area, Person, Posting, PostingRole, sort_key
from org.policy import Grade, UnitKind
from pictures.models import Photo, SubjectKind
from pictures.policy import PhotoState
from roster.models import Rotation, RotationDecision, Verdict
from roster.policy import REACHED, Ground, Office, RotationState, offices
from roster.rotation_cases import OFFICE_OF, seal_reason

HANDOVER_DAYS = 7
SUCCESSORS_PHONE = FIRST_PHONE + 900
ROLE_OF = {office: role for role, office in OFFICE_OF.items()}


class Story(NamedTuple):
    """Whose post it is, why they go, who comes, how many offices have agreed, how many days ago it was asked for."""

    village: str
    role: PostingRole
    unit: str
    ground: Ground
    reason: str
    successor: str
    agreed: int
    days_ago: int


STORIES = (
    Story("360728100223", SECRETARY, "building", Ground.REASSIGNED, "集团安排担任项目负责人", "罗接任", 0, 1),
    Story(
        "360726105202",
        PostingRole.MEMBER,
        "statistics",
        Ground.HEALTH,
        "腰椎手术后需长期康复",
        "谢接任",
        1,
        6,
    ),
    Story(
        "360728103203", SECRETARY, "statistics", Ground.OTHER, "家中老人无人照料，本人申请", "温接任", 2, 12
    ),
)


@dataclass(frozen=True, slots=True)
class Told:
    """The rows, in the order in which they can be inserted."""

    people: list[Person]
    rotations: list[Rotation]
    decisions: list[RotationDecision]
    photos: list[Photo]

    def groups(self) -> Sequence[Sequence[Any]]:
        """Return the rows group by group."""
        return self.people, self.rotations, self.decisions, self.photos


def ask_for_rotations(cast: Cast, areas: Mapping[str, Area], store: PhotoStore, *, today: date) -> Told:
    """Return what was asked for and agreed to by yesterday; the same for the same day."""
    told = Told([], [], [], [])
    for number, story in enumerate(STORIES):
        village = areas[story.village]
        posting = _posting(cast, story, village)
        asked_at = datetime.combine(today - timedelta(days=story.days_ago), time(9, 30), CHINA)
        successor = _successor(story, number)
        rotation = _rotation(cast, story, posting, village, successor, asked_at)
        told.people.append(successor)
        told.rotations.append(rotation)
        told.decisions.extend(_decisions(cast, rotation, village, story.agreed))
        told.photos.append(_proof(rotation, store, number))
    return told


def _posting(cast: Cast, story: Story, village: Area) -> Posting:
    unit_id = cast.units[story.unit].id
    return next(
        posting
        for posting in cast.postings
        if (posting.village_id, posting.unit_id, posting.role) == (village.id, unit_id, story.role)
        and posting.last_day is None
    )


def _successor(story: Story, number: int) -> Person:
    phone = str(SUCCESSORS_PHONE + number)
    person = Person(
        id=key("successor", number),
        name=story.successor,
        sort_key=sort_key(story.successor),
        full_member_since=date(2014, 7, 1),
        working_since=date(2011, 8, 1),
        grade=Grade.SECTION_CHIEF,
    )
    person.phone_sealed = cipher().encrypt(phone, field="phone", row_id=person.id)
    person.phone_lookup = cipher().lookup(phone, field="phone")
    return person


def _rotation(
    cast: Cast, story: Story, posting: Posting, village: Area, successor: Person, asked_at: datetime
) -> Rotation:
    rotation_id = key("rotation", posting.id)
    line = offices(is_city_dispatched=UnitKind(cast.units[story.unit].kind).is_city_dispatched)
    waits_for = line[story.agreed]
    return Rotation(
        county_id=village.county_id,
        id=rotation_id,
        client_key=key("rotation key", posting.id),
        content_sha256=b"",
        posting_id=posting.id,
        person_id=posting.person_id,
        village_id=village.id,
        unit_id=posting.unit_id,
        is_city_dispatched=len(line) > len(offices(is_city_dispatched=False)),
        ground=story.ground,
        reason_sealed=seal_reason(story.reason, rotation_id),
        asked_last_day=asked_at.date() + timedelta(days=45),
        handover_days=HANDOVER_DAYS,
        successor_id=successor.id,
        findings=[],
        state=REACHED[line[story.agreed - 1]] if story.agreed else RotationState.APPLIED,
        applied_by=next(
            office.person_id
            for office in cast.offices
            if office.role is Role.UNIT_CLERK and office.unit_id == posting.unit_id
        ),
        applied_at=asked_at,
        waits_for=waits_for,
        waits_in=_place(waits_for, village),
        waits_since=asked_at + timedelta(days=2 * story.agreed),
    )


def _place(office: Office, village: Area) -> Any:
    return {Office.TOWNSHIP: village.township_id, Office.COUNTY_GROUP: village.county_id}.get(
        office, village.city_id
    )


def _decisions(cast: Cast, rotation: Rotation, village: Area, agreed: int) -> Iterator[RotationDecision]:
    line = offices(is_city_dispatched=rotation.is_city_dispatched)
    for place, office in enumerate(line[:agreed], start=1):
        yield RotationDecision(
            county_id=rotation.county_id,
            id=key("rotation decision", rotation.id, office),
            rotation_id=rotation.id,
            office=office,
            decision=Verdict.APPROVED,
            opinion="同意，接替人选符合条件",
            signed_by=cast.holder(ROLE_OF[office], _place(office, village)),
            signed_at=rotation.applied_at + timedelta(days=2 * place),
        )


def _proof(rotation: Rotation, store: PhotoStore, number: int) -> Photo:
    """Return the one proof of a rotation, as the job leaves it."""
    data = draw_picture(Random(number))
    photo_id, picture = key("rotation proof", rotation.id), clean(data)
    return Photo(
        county_id=rotation.county_id,
        id=photo_id,
        subject_kind=SubjectKind.ROTATION,
        subject_id=rotation.id,
        person_id=rotation.applied_by,
        client_key=key("rotation proof key", rotation.id),
        content_sha256=hashlib.sha256(data).digest(),
        size_bytes=len(data),
        received_at=rotation.applied_at + timedelta(minutes=5),
        state=PhotoState.KEPT,
        picture_key=store.put(picture.jpeg, photo_id=photo_id),
        thumbnail_key=store.put(picture.thumbnail, photo_id=photo_id),
        width_px=picture.width_px,
        height_px=picture.height_px,
        pixels_sha256=picture.pixels_sha256,
        dhash=picture.dhash,
    )
