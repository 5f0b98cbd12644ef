"""Who may call what, and about whom: every route, every role, five kinds of place (security B1–B5, B9)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import delete, func, select, update

from attendance.models import SheetState
from checkin.models import Checkin
from identity.models import WechatBinding
from identity.permissions import MAY, Permission, Role
from kernel.clock import today
from kernel.content import ContentCheck
from kernel.database import db, transaction
from leave.policy import LeaveState, Tier
from org.models import Area, Level, Posting, PostingRole
from oversight.inspection_models import RollCallEntry
from pictures.policy import MarkKind
from roster.policy import Office as Turn
from tests.contract.calls import (
    CALLS,
    LAST_MONTH,
    UNANSWERED,
    appoint_somebody,
    call_of,
    confirmation_of,
    correction_of,
    delegation_to,
    duty_told,
    finding_about,
    forget_rotations,
    helper_entry,
    helpers_file,
    leader_of,
    list_order,
    make_delegation,
    make_evidence_job,
    make_payment_list,
    make_report_job,
    mandate_for,
    new_trip,
    only_leave,
    phone_of,
    posting_of,
    put_sheet,
    recall_of,
    report_order,
    rotation_of,
    rotation_preview_of,
    routes,
    send,
    terms_for,
    training_of,
    visit_to,
    warning_to,
)
from tests.factories import (
    MIDDLE,
    Phone,
    World,
    bind_wechat,
    make_helper,
    make_household,
    make_pairing,
    make_person,
    make_photo,
    make_posting,
    make_problem,
    make_rotation,
    make_visit,
)
from tests.oversight.making import (
    another_inspector,
    make_finding,
    make_inspection,
    make_mandate,
    make_proposal,
    make_roll_call,
    only_recall,
    posting_in,
    work_today,
)
from visits.models import Helper

RELATIONS = ("own", "child", "sibling", "parent", "foreign")
PEOPLE = {Role.FIRST_SECRETARY: "secretary"}
"""The world's key of a role's holder, where it is not the role's own name."""

VILLAGE_ROLES = {Role.MEMBER, Role.FIRST_SECRETARY, Role.HELPER, Role.VILLAGE_SECRETARY}
TOWNSHIP_ROLES = {Role.TOWNSHIP_CLERK, Role.TOWNSHIP_HEAD, Role.INSPECTOR}
"""The inspector of these tests is sent by the city into the township."""
COUNTY_ROLES = {Role.COUNTY_OFFICE, Role.COUNTY_GROUP, Role.ADMIN}
CITY_ROLES = {Role.CITY_ORG, Role.CITY_RURAL}
UNIT_ROLES = {Role.UNIT_CLERK, Role.UNIT_HEAD}

ABSENT = "-"
"""There is no such place for this role."""


# -- what a call is about -----------------------------------------------------------------------
# Each returns what the five relations stand for, in the order of RELATIONS; None where there is none.


def nothing(world: World, role: Role) -> list[Any]:
    """The caller's own affairs."""
    return [(), None, None, None, None]


def areas(world: World, role: Role) -> list[Any]:
    """An area, or for a dispatching unit the unit."""
    if role in VILLAGE_ROLES:
        return [world.village, None, world.village_2, world.township, world.village_b]
    if role in TOWNSHIP_ROLES:
        return [world.township, world.village, world.township_2, world.county, world.township_b]
    if role in COUNTY_ROLES:
        return [world.county, world.township, world.county_b, world.city, world.county_c]
    if role in CITY_ROLES:
        return [world.city, world.county_b, world.city_c, None, world.county_c]
    return [world.unit, world.village, world.unit_2, world.county, world.county_c]


def areas_and_villages(world: World, role: Role) -> list[Any]:
    """An area; for a dispatching unit a village of its people, and areas round it."""
    if role in UNIT_ROLES:
        return [world.village, world.village_b, world.village_2, world.county, world.county_c]
    return areas(world, role)


def villages(world: World, role: Role) -> list[Any]:
    """A village in the area; for the parent the parent's own id, which is no village's."""
    if role in VILLAGE_ROLES:
        return [world.village, None, world.village_2, world.township, world.village_b]
    if role in TOWNSHIP_ROLES:
        return [world.village, world.village_2, world.village_of_township_2, world.county, world.village_b]
    if role in COUNTY_ROLES:
        return [world.village, world.village_of_township_2, world.village_b, world.city, world.village_c]
    if role in CITY_ROLES:
        return [world.village, world.village_b, None, None, world.village_c]
    return [world.village, None, world.village_2, world.county, world.village_c]


def people(world: World, role: Role) -> list[Any]:
    """Oneself or somebody of the own area; somebody below; beside; above; far away."""
    if role in VILLAGE_ROLES:
        self_, other = (
            (world.member, world.secretary) if role is Role.MEMBER else (world.secretary, world.member)
        )
        return [self_, other, world.member_of_village_2, world.township_clerk, world.secretary_b]
    if role in TOWNSHIP_ROLES:
        below = world.member_of_village_2
        return [world.secretary, below, world.member_of_township_2, world.county_office_b, world.secretary_b]
    if role in COUNTY_ROLES:
        below = world.member_of_township_2
        return [world.secretary, below, world.secretary_b, world.city_org, world.secretary_c]
    if role in CITY_ROLES:
        return [world.secretary, world.secretary_b, None, None, world.secretary_c]
    return [
        world.secretary,
        world.member_of_township_2,
        world.member,
        world.township_clerk,
        world.secretary_c,
    ]


ASKED_OF = {Role.COUNTY_OFFICE: Tier.COUNTY_OFFICE, Role.COUNTY_GROUP: Tier.COUNTY_GROUP}


def leaves(**state: Any) -> Callable[[World, Role], list[Any]]:
    """A leave of each of the people, waiting for the office of the role."""

    def of_people(world: World, role: Role) -> list[Any]:
        made: list[Any] = []
        for person in people(world, role):
            posting = (
                person
                and db.session.scalars(select(Posting).where(Posting.person_id == person.id)).one_or_none()
            )
            office = ASKED_OF.get(role, Tier.TOWNSHIP)
            made.append(posting and only_leave(posting, **{"waits_for": office, **state}))
        return made

    return of_people


def deputies(world: World, role: Role) -> list[Any]:
    """Somebody of the same office; beside; far away."""
    own = {Role.TOWNSHIP_HEAD: world.township_clerk, Role.COUNTY_OFFICE: world.county_group}
    return [own.get(role, world.county_office), None, world.township_clerk_2, None, world.township_clerk_c]


def delegated(world: World, role: Role) -> list[Any]:
    """A delegation of the own office; of another."""
    office, area = {
        Role.COUNTY_OFFICE: ("county_office", world.county),
        Role.COUNTY_GROUP: ("county_group", world.county),
    }.get(role, ("township", world.township))
    made = [make_delegation(world, office=office, area=area), None]
    return [
        *made,
        make_delegation(world, area=world.township_2),
        None,
        make_delegation(world, area=world.township_c),
    ]


def households(world: World, role: Role) -> list[Any]:
    """A household in each of the villages; the helper's own is paired with them."""
    made = [
        make_household(place) if place is not None and place.level == Level.VILLAGE else None
        for place in villages(world, role)
    ]
    if role is Role.HELPER:
        make_pairing(made[0], world.helper)
    return made


def visits(world: World, role: Role) -> list[Any]:
    """A visit to each of the households, in villages by the caller, else by the township clerk or somebody far."""
    by_clerk = world.township_head if role is Role.TOWNSHIP_CLERK else world.township_clerk
    own = _holder(world, role) if role in VILLAGE_ROLES else by_clerk
    return [
        household and make_visit(household, by)
        for household, by in zip(
            households(world, role), [own, by_clerk, *[world.secretary_c] * 3], strict=True
        )
    ]


def risky_visits(world: World, role: Role) -> list[Any]:
    """A visit to each of the households that WeChat holds for risky."""
    found = visits(world, role)
    with transaction():
        for visit in filter(None, found):
            visit.content_check = ContentCheck.RISKY
    return found


def photos(world: World, role: Role) -> list[Any]:
    """A marked photo of each of the visits."""
    return [visit and make_photo(visit, mark=MarkKind.NEAR) for visit in visits(world, role)]


def problems(world: World, role: Role) -> list[Any]:
    """Something found on each of the visits."""
    return [visit and make_problem(visit) for visit in visits(world, role)]


def townships(world: World, role: Role) -> list[Any]:
    """A township; for the child and the parent their own ids, which are no township's."""
    return [world.township, world.village, world.township_2, world.county, world.township_b]


def listed_helpers(world: World, role: Role) -> list[Any]:
    """Somebody on the list of the township; beside; far away."""
    own, beside, far = world.township, world.township_2, world.township_b
    return [place and make_helper(make_person("罗结对"), place) for place in (own, None, beside, None, far)]


def report_jobs(world: World, role: Role) -> list[Any]:
    """A report one has asked for oneself, as an inspector the evidence of a visit; two that others have."""
    place = areas(world, role)[0]
    own, other = _holder(world, role), world.secretary
    others = [make_report_job(other, place) for _ in range(2)]
    if role is Role.INSPECTOR:
        mine = make_evidence_job(own, make_inspection(world.village, own))
    else:
        mine = make_report_job(own, place)
    return [mine, None, others[0], None, others[1]]


def duty_subjects(world: World, role: Role) -> list[Any]:
    """A county or unit, a village of it, and those beside, above and far away."""
    if role in UNIT_ROLES:
        return [world.unit, world.village, world.unit_2, world.county, world.county_c]
    return [world.county, world.village, world.county_b, world.city, world.county_c]


def trainings(world: World, role: Role) -> list[Any]:
    """A training that each of the people took part in."""
    made = []
    for person in people(world, role):
        posting = (
            person and db.session.scalars(select(Posting).where(Posting.person_id == person.id)).one_or_none()
        )
        village = posting and db.session.get_one(Area, posting.village_id)
        made.append(village and training_of(person, village))
    return made


def units(world: World, role: Role) -> list[Any]:
    """A unit with people within reach; another; for a unit's own offices a unit beside; far away."""
    if role in UNIT_ROLES:
        return [world.unit, None, world.unit_2, None, world.unit_c]
    return [world.unit, world.unit_2, None, None, world.unit_c]


def payment_lists(world: World, role: Role) -> list[Any]:
    """A list of each of the units."""
    return [unit and make_payment_list(unit, world.unit_clerk) for unit in units(world, role)]


def trips(world: World, role: Role) -> list[Any]:
    """A trip of each of the people."""
    made: list[Any] = []
    for person in people(world, role):
        posting = (
            person and db.session.scalars(select(Posting).where(Posting.person_id == person.id)).one_or_none()
        )
        made.append(posting and new_trip(posting))
    return made


LEVELS = {Role.TOWNSHIP_HEAD: "township", Role.COUNTY_OFFICE: "county", Role.COUNTY_GROUP: "county"}
"""The level at which an office judges; all others stand for the city."""


def mandated(world: World, role: Role) -> list[Any]:
    """A mandate given at the role's level for each of the areas."""
    level = LEVELS.get(role, "city")
    return [
        make_mandate(make_person("钟督查"), place, level=level) if isinstance(place, Area) else None
        for place in areas(world, role)
    ]


def inspected(**changes: Any) -> Callable[[World, Role], list[Any]]:
    """An inspection of each of the villages: the inspector's own two, and others'."""

    def of_villages(world: World, role: Role) -> list[Any]:
        work_today(world)
        other = another_inspector(world.city)
        made: list[Any] = []
        for number, place in enumerate(villages(world, role)):
            by = other if role is Role.INSPECTOR and number > 1 else world.inspector
            is_village = place is not None and place.level == Level.VILLAGE
            made.append(
                make_inspection(place, by, **{"level": "township", **changes}) if is_village else None
            )
        return made

    return of_villages


def called(world: World, role: Role) -> list[Any]:
    """A roll-call on each of the inspections."""
    return [each and make_roll_call(each) for each in inspected()(world, role)]


def found(**changes: Any) -> Callable[[World, Role], list[Any]]:
    """A finding on each of the inspections, at the level of the role, about the caller where they are posted."""

    def on_inspections(world: World, role: Role) -> list[Any]:
        level = LEVELS.get(role, "city")
        return [
            each and make_finding(each, _posting(each, world, role), **changes)
            for each in inspected(level=level)(world, role)
        ]

    return on_inspections


def _posting(inspection: Any, world: World, role: Role) -> Posting:
    village = db.session.get_one(Area, inspection.village_id)
    own = _holder(world, role) if role in (Role.MEMBER, Role.FIRST_SECRETARY) else world.secretary
    return posting_in(village, own if village.id == world.village.id else None)


def proposed(world: World, role: Role) -> list[Any]:
    """A proposal of the ladder for each of the findings."""
    return [each and make_proposal(each) for each in found(state="confirmed")(world, role)]


def recalled(state: str, **changes: Any) -> Callable[[World, Role], list[Any]]:
    """A recall of somebody in each of the villages; for the county office of a county's unit."""

    def of_villages(world: World, role: Role) -> list[Any]:
        made: list[Any] = []
        for each in inspected()(world, role):
            posting = each and _posting(each, world, role)
            if posting and role is Role.COUNTY_OFFICE and posting.village_id == world.village.id:
                posting = world.postings["member"]
            made.append(posting and only_recall(posting, state=state, **changes))
        return made

    return of_villages


# -- the table ----------------------------------------------------------------------------------


def of_oversight(target: Any, world: World) -> dict[str, Any]:
    """Put a mandate, inspection, roll-call, finding, proposal or recall where the route's path names it."""
    names = ("mandate_id", "inspection_id", "finding_id", "proposal_id", "recall_id", "roll_call_id")
    return {"path": dict.fromkeys(names, target.id)}


def in_mandate(target: Any, world: World) -> dict[str, Any]:
    return {"json": mandate_for(target)}


def opened(target: Any, world: World) -> dict[str, Any]:
    return {"json": {"client_key": str(uuid4()), "village_id": str(target.id)}}


def somebody_called(target: Any, world: World) -> dict[str, Any]:
    """Name the roll-call, and one of those called."""
    person_id = db.session.scalar(
        select(RollCallEntry.person_id).where(RollCallEntry.roll_call_id == target.id)
    )
    return {"path": {"roll_call_id": target.id, "person_id": person_id or uuid4()}}


def somebody_there(target: Any, world: World) -> dict[str, Any]:
    """Name the inspection, and somebody posted to its village."""
    village_id = getattr(target, "village_id", world.village.id)
    posting = db.session.scalars(select(Posting).where(Posting.village_id == village_id)).first()
    return {"path": {"inspection_id": target.id}, "json": finding_about(posting.person_id)}


def warned(target: Any, world: World) -> dict[str, Any]:
    return {"json": warning_to(target.id)}


def to_recall(target: Any, world: World) -> dict[str, Any]:
    return {"json": recall_of(target.id)}


def in_path(target: Any, world: World) -> dict[str, Any]:
    """Put the target where the route's path names it."""
    return {"path": {"village_id": target.id, "person_id": target.id, "area_id": target.id}}


def as_place(target: Any, world: World) -> dict[str, Any]:
    """Name the area or unit in the query, by its level."""
    return {"query": {"village": None, getattr(target, "level", "unit"): target.id}}


def as_area(target: Any, world: World) -> dict[str, Any]:
    return {"query": {"area": target.id}}


def as_parent(target: Any, world: World) -> dict[str, Any]:
    return {"query": {"parent": target.id}}


def as_person(target: Any, world: World) -> dict[str, Any]:
    return {"query": {"person": target.id}}


def of_leave(target: Any, world: World) -> dict[str, Any]:
    """Name the leave in the path; what is sent with it is new each time."""
    return {"path": {"leave_id": target.id}}


def of_delegation(target: Any, world: World) -> dict[str, Any]:
    return {"path": {"delegation_id": target.id}}


def to_deputy(target: Any, world: World) -> dict[str, Any]:
    return {"json": delegation_to(target.id)}


def on_sheet(state: SheetState) -> Callable[[Any, World], dict[str, Any]]:
    """Name the village's sheet of last month in the path, standing where the step needs it."""

    def aim(target: Any, world: World) -> dict[str, Any]:
        if isinstance(target, Area) and target.level == Level.VILLAGE:
            put_sheet(target, state)
        return {"path": {"village_id": target.id, "month": str(LAST_MONTH), "number": 1}}

    return aim


def about_place(target: Any, world: World) -> dict[str, Any]:
    """Name the area or unit in the query of a report."""
    name = "unit" if getattr(target, "level", "unit") == "unit" else "area"
    return {"query": {"area": None, name: target.id}}


def ordered(target: Any, world: World) -> dict[str, Any]:
    return {"json": report_order(target)}


def of_unit(target: Any, world: World) -> dict[str, Any]:
    return {"query": {"unit": target.id}}


def listed(target: Any, world: World) -> dict[str, Any]:
    return {"json": list_order(target.id, world)}


def of_list(target: Any, world: World) -> dict[str, Any]:
    return {"path": {"list_id": target.id}}


def of_trip(target: Any, world: World) -> dict[str, Any]:
    return {"path": {"trip_id": target.id}}


def in_village(target: Any, world: World) -> dict[str, Any]:
    return {"query": {"village": target.id}}


def with_terms(target: Any, world: World) -> dict[str, Any]:
    return {"json": terms_for(target.id, world)}


def of_job(target: Any, world: World) -> dict[str, Any]:
    return {"path": {"job_id": target.id}}


def corrected(target: Any, world: World) -> dict[str, Any]:
    return {"json": correction_of(target.id)}


def bound(target: Any, world: World) -> dict[str, Any]:
    """Bind the person first, so that there is something to end."""
    held = select(WechatBinding.id).where(
        WechatBinding.person_id == target.id, WechatBinding.ended_at.is_(None)
    )
    if db.session.execute(held).first() is None:
        bind_wechat(target, f"demo-{uuid4().hex}")
    return in_path(target, world)


def of_family(target: Any, world: World) -> dict[str, Any]:
    """Put a household, or a visit, problem, photo or helper where the route's path names it."""
    names = ("household_id", "visit_id", "problem_id", "photo_id", "helper_id")
    return {"path": {**dict.fromkeys(names, target.id), "kind": "near"}}


def in_township(target: Any, world: World) -> dict[str, Any]:
    return {"json": {"township_id": str(target.id)}}


def imported(target: Any, world: World) -> dict[str, Any]:
    return {"data": helpers_file(target.id)}


def paired(target: Any, world: World) -> dict[str, Any]:
    return {"json": confirmation_of(target.id, world)}


def put_on_list(target: Any, world: World) -> dict[str, Any]:
    """Take the person off the list first, so that they can be put on it."""
    with transaction():
        db.session.execute(delete(Helper).where(Helper.person_id == target.id))
    return {"json": helper_entry(target.id, world)}


def told_duty(target: Any, world: World) -> dict[str, Any]:
    return {"json": duty_told(target, world)}


def of_event(target: Any, world: World) -> dict[str, Any]:
    return {"path": {"event_id": target.id}}


def visited(target: Any, world: World) -> dict[str, Any]:
    return {"json": visit_to(target.id)}


def appointments(world: World, role: Role) -> list[Any]:
    """An acting leader of each of the villages, appointed for next week."""
    return [
        place and (appoint_somebody(place) if place.level == Level.VILLAGE else place)
        for place in villages(world, role)
    ]


TURNS = {
    Role.COUNTY_GROUP: Turn.COUNTY_GROUP,
    Role.CITY_ORG: Turn.CITY_ORG,
    Role.CITY_RURAL: Turn.CITY_RURAL,
}


def rotations(world: World, role: Role) -> list[Any]:
    """A rotation of each of the people, waiting for the office of the role."""
    made: list[Any] = []
    for person in people(world, role):
        posting = person and _posting_of(person)
        if posting:
            forget_rotations(posting)
        made.append(posting and make_rotation(posting, waits_for=TURNS.get(role, Turn.TOWNSHIP)))
    return made


def _posting_of(person: Any) -> Posting | None:
    return db.session.scalars(select(Posting).where(Posting.person_id == person.id)).one_or_none()


def waiting(world: World, role: Role) -> list[Any]:
    """What waits for the office of the role: a leave for those who prepare, a rotation for those who sign."""
    prepares = role in (Role.TOWNSHIP_CLERK, Role.COUNTY_OFFICE)
    return leaves()(world, role) if prepares else rotations(world, role)


def of_subject(target: Any, world: World) -> dict[str, Any]:
    return {"path": {"subject_id": target.id}}


def previewed(target: Any, world: World) -> dict[str, Any]:
    posting = _posting_of(target)
    return {"json": rotation_preview_of(posting.id if posting else uuid4())}


def of_rotation(target: Any, world: World) -> dict[str, Any]:
    return {"path": {"rotation_id": target.id}}


def rotated(target: Any, world: World) -> dict[str, Any]:
    """Ask for a change of the person; what was asked for before is forgotten."""
    posting = _posting_of(target)
    if posting is not None:
        forget_rotations(posting)
    return {"json": rotation_of(posting.id if posting else uuid4())}


def ended_post(target: Any, world: World) -> dict[str, Any]:
    posting = _posting_of(target)
    return {"path": {"posting_id": posting.id if posting else uuid4()}}


def of_appointment(target: Any, world: World) -> dict[str, Any]:
    return {"path": {"appointment_id": target.id}}


def posted_to(target: Any, world: World) -> dict[str, Any]:
    return {"json": posting_of(target.id, world)}


def led(target: Any, world: World) -> dict[str, Any]:
    """Name somebody posted there, for days on which nobody leads yet."""
    return {"path": {"village_id": target.id}, "json": leader_of(target.id)}


@dataclass(frozen=True)
class Row:
    """What a route is about, and the answers of those who may call it; all other roles get 403."""

    about: Callable[[World, Role], list[Any]]
    aim: Callable[[Any, World], dict[str, Any]]
    answers: dict[str, str]


EVERYONE = " ".join(Role)
POSTED = "member first_secretary"
TOWNSHIP = "township_clerk township_head"
COUNTY = "county_office county_group"
CITY = "city_org city_rural"
UNIT = "unit_clerk unit_head"

SEEN = {
    "member": "200 404 404 404 404",
    "first_secretary": "200 200 404 404 404",
    "village_secretary": "200 200 404 404 404",
    TOWNSHIP: "200 200 404 404 404",
    COUNTY: "200 200 404 404 404",
    CITY: "200 200 - - 404",
    UNIT: "200 200 404 404 404",
}
"""Who reads about whom (抄送): village, township, county, city and dispatching unit, each its own."""

SEEN_SHEET = {
    POSTED: "200 - 404 404 404",
    "village_secretary": "200 - 404 404 404",
    TOWNSHIP: "200 200 404 404 404",
    COUNTY: "200 200 404 404 404",
    CITY: "200 200 - - 404",
    UNIT: "200 - 404 404 404",
}
IN_TOWNSHIP = "200 200 404 404 404"

KEEPERS = "township_clerk county_office"
VISITING = f"{POSTED} village_secretary helper"
FAMILIES_IN_AREA = {
    POSTED: "200 - 404 404 404",
    "village_secretary": "200 - 404 404 404",
    "helper": "404 - 404 404 404",
    TOWNSHIP: "200 200 404 404 404",
    COUNTY: "200 200 404 404 404",
}
"""Of lists by area; a helper has households and no area."""
FAMILIES = {
    VISITING: "200 - 404 - 404",
    TOWNSHIP: "200 200 404 - 404",
    COUNTY: "200 200 404 - 404",
}
NO_FAMILIES = {CITY: "404 404 - - 404", UNIT: "404 - 404 - 404"}
"""They see photos of other things than visits."""
MAKES_OF_FAMILIES = {VISITING: "201 - 404 - 404", TOWNSHIP: "201 201 404 - 404"}

HEADS = f"township_head {COUNTY}"
INSPECTED = {
    "inspector": "200 200 404 - 404",
    f"{TOWNSHIP} {COUNTY}": "200 200 404 - 404",
    CITY: "200 200 - - 404",
}
"""Of inspections in villages: the inspector's own two, those of an office's area."""
OWN_OR_OFFICE_S = {
    POSTED: "200 - 404 - 404",
    f"{TOWNSHIP} {COUNTY}": "200 200 404 - 404",
    CITY: "200 200 - - 404",
    UNIT: "200 - 404 - 404",
}
"""Of findings and recalls: about oneself, of an office's area, of a unit's people."""

TABLE: dict[str, Row] = {
    #                                                              own child sibling parent foreign
    "DELETE /sessions/current": Row(nothing, lambda *_: {}, {EVERYONE: "204"}),
    "GET /me": Row(nothing, lambda *_: {}, {EVERYONE: "200"}),
    "GET /me/data": Row(nothing, lambda *_: {}, {EVERYONE: "200"}),
    "POST /feedback": Row(nothing, lambda *_: {}, {EVERYONE: "201"}),
    "GET /feedback": Row(nothing, lambda *_: {}, {f"county_office {CITY}": "200"}),
    "GET /today": Row(nothing, lambda *_: {}, {EVERYONE: "200"}),
    "GET /notices/location": Row(nothing, lambda *_: {}, {EVERYONE: "200"}),
    "POST /consents": Row(nothing, lambda *_: {}, {EVERYONE: "204"}),
    "DELETE /consents/location": Row(nothing, lambda *_: {}, {EVERYONE: "204"}),
    "GET /messages": Row(nothing, lambda *_: {}, {EVERYONE: "200"}),
    "GET /messages/templates": Row(nothing, lambda *_: {}, {EVERYONE: "200"}),
    "POST /messages/reading": Row(nothing, lambda *_: {}, {EVERYONE: "204"}),
    "POST /checkins": Row(nothing, lambda *_: {}, {POSTED: "201"}),
    "GET /fences/mine": Row(nothing, lambda *_: {}, {POSTED: "200"}),
    "GET /checkins": Row(
        people,
        as_person,
        {
            "member": "200 404 404 404 404",
            "first_secretary": "200 200 404 404 404",
            TOWNSHIP: "200 200 404 404 404",
            COUNTY: "200 200 404 404 404",
        },
    ),
    "GET /attendance/{month}": Row(
        areas,
        as_place,
        {
            POSTED: "200 - 404 404 404",
            "village_secretary": "200 - 404 404 404",
            TOWNSHIP: "200 200 404 404 404",
            COUNTY: "200 200 404 422 404",
            CITY: "422 200 422 - 404",
            UNIT: "200 200 404 200 404",
        },
    ),
    "POST /attendance/corrections": Row(people, corrected, {TOWNSHIP: "201 201 404 404 404"}),
    "GET /villages/{village_id}/fence": Row(
        villages,
        in_path,
        {
            POSTED: "200 - 404 404 404",
            TOWNSHIP: "200 200 404 404 404",
            COUNTY: "200 200 404 404 404",
        },
    ),
    "PUT /villages/{village_id}/fence": Row(villages, in_path, {"county_office": "200 200 404 404 404"}),
    "POST /people/{person_id}/invitation": Row(people, in_path, {"county_office": "201 201 404 404 404"}),
    "DELETE /people/{person_id}/binding": Row(people, bound, {"county_office": "204 204 404 404 404"}),
    "POST /leaves/preview": Row(nothing, lambda *_: {}, {POSTED: "200"}),
    "POST /leaves": Row(nothing, lambda *_: {}, {POSTED: "201"}),
    "GET /leaves": Row(people, as_person, {**SEEN, UNIT: "200 200 404 200 404"}),
    "GET /leaves/{leave_id}": Row(leaves(), of_leave, SEEN),
    "GET /leaves/{leave_id}/slip": Row(leaves(), of_leave, SEEN),
    "POST /leaves/{leave_id}/proofs": Row(leaves(), of_leave, {POSTED: "201 404 404 404 404"}),
    "POST /leaves/{leave_id}/decisions": Row(
        leaves(),
        of_leave,
        {
            "township_clerk": "403 403 404 404 404",
            "township_head": "200 200 404 404 404",
            COUNTY: "200 200 404 404 404",
        },
    ),
    "POST /approvals/decisions": Row(nothing, lambda *_: {}, {f"{TOWNSHIP} {COUNTY}": "200"}),
    "POST /leaves/{leave_id}/withdrawal": Row(leaves(), of_leave, {POSTED: "200 404 404 404 404"}),
    "POST /leaves/{leave_id}/return": Row(
        leaves(state=LeaveState.APPROVED, starts_in_days=0),
        of_leave,
        {
            "member": "200 404 404 404 404",
            "first_secretary": "200 403 404 404 404",
            TOWNSHIP: "200 200 404 404 404",
        },
    ),
    "POST /leaves/{leave_id}/extension": Row(
        leaves(state=LeaveState.APPROVED, starts_in_days=0), of_leave, {POSTED: "201 404 404 404 404"}
    ),
    "POST /leaves/{leave_id}/paperwork": Row(
        leaves(state=LeaveState.ORAL), of_leave, {POSTED: "200 404 404 404 404"}
    ),
    "POST /leaves/{leave_id}/stand-in": Row(
        leaves(needs_stand_in=True, days=20),
        of_leave,
        {"county_group": "403 403 404 404 404", UNIT: "201 201 404 - 404"},
    ),
    "GET /approvals": Row(nothing, lambda *_: {}, {f"{TOWNSHIP} {COUNTY}": "200"}),
    "GET /inbox": Row(nothing, lambda *_: {}, {f"{TOWNSHIP} {COUNTY} {CITY}": "200"}),
    "GET /inbox/{subject_id}": Row(
        waiting, of_subject, {f"{TOWNSHIP} {COUNTY}": "200 200 404 404 404", CITY: "200 200 - - 404"}
    ),
    "GET /delegations/deputies": Row(nothing, lambda *_: {}, {f"township_head {COUNTY}": "200"}),
    "GET /delegations": Row(nothing, lambda *_: {}, {f"{TOWNSHIP} {COUNTY}": "200"}),
    "POST /delegations": Row(
        deputies, to_deputy, {"township_head": "201 - 404 - 404", COUNTY: "201 - 422 - 404"}
    ),
    "DELETE /delegations/{delegation_id}": Row(
        delegated, of_delegation, {f"township_head {COUNTY}": "204 - 404 - 404"}
    ),
    "GET /sheets": Row(
        areas_and_villages,
        as_area,
        {**SEEN_SHEET, CITY: "200 200 404 - 404", UNIT: "200 200 404 200 404"},
    ),
    "GET /sheets/{village_id}/{month}": Row(villages, on_sheet(SheetState.OPEN), SEEN_SHEET),
    "GET /sheets/{village_id}/{month}/paper": Row(villages, on_sheet(SheetState.OPEN), SEEN_SHEET),
    "GET /sheets/{village_id}/{month}/versions/{number}": Row(
        villages, on_sheet(SheetState.STAMPED), SEEN_SHEET
    ),
    "POST /sheets/{village_id}/{month}/submission": Row(
        villages,
        on_sheet(SheetState.OPEN),
        {"first_secretary": "200 - 404 404 404", "township_clerk": IN_TOWNSHIP},
    ),
    "POST /sheets/{village_id}/{month}/witness": Row(
        villages, on_sheet(SheetState.SUBMITTED), {"village_secretary": "200 - 404 404 404"}
    ),
    "POST /sheets/{village_id}/{month}/check": Row(
        villages, on_sheet(SheetState.SUBMITTED), {"township_clerk": IN_TOWNSHIP}
    ),
    "POST /sheets/{village_id}/{month}/return": Row(
        villages, on_sheet(SheetState.SUBMITTED), {"township_clerk": IN_TOWNSHIP}
    ),
    "POST /sheets/{village_id}/{month}/amendment": Row(
        villages, on_sheet(SheetState.STAMPED), {"township_clerk": IN_TOWNSHIP}
    ),
    "POST /sheets/{village_id}/{month}/stamp": Row(
        villages, on_sheet(SheetState.CHECKED), {"township_head": "201 201 404 404 404"}
    ),
    "GET /households": Row(areas, as_area, FAMILIES_IN_AREA),
    "GET /households/{household_id}": Row(households, of_family, FAMILIES),
    "GET /households/template": Row(nothing, lambda *_: {}, {KEEPERS: "200"}),
    "POST /households/imports": Row(nothing, lambda *_: {}, {KEEPERS: "200"}),
    "POST /households/{household_id}/states": Row(households, of_family, {KEEPERS: "201 201 404 - 404"}),
    "POST /pairings/proposal": Row(townships, in_township, {TOWNSHIP: "200 404 404 404 404"}),
    "POST /pairings/confirmation": Row(households, paired, {TOWNSHIP: "200 200 404 - 404"}),
    "GET /pairings": Row(areas, as_area, FAMILIES_IN_AREA),
    "GET /helpers": Row(areas, as_area, {TOWNSHIP: "200 200 404 404 404", COUNTY: "200 200 404 404 404"}),
    "POST /helpers": Row(people, put_on_list, {TOWNSHIP: "201 201 404 404 404"}),
    "GET /helpers/template": Row(nothing, lambda *_: {}, {TOWNSHIP: "200"}),
    "POST /helpers/imports": Row(townships, imported, {TOWNSHIP: "200 404 404 404 404"}),
    "POST /helpers/{helper_id}/end": Row(listed_helpers, of_family, {TOWNSHIP: "200 - 404 - 404"}),
    "POST /visits": Row(households, visited, MAKES_OF_FAMILIES),
    "GET /visits": Row(areas, as_area, FAMILIES_IN_AREA),
    "GET /visits/{visit_id}": Row(visits, of_family, FAMILIES),
    "POST /visits/{visit_id}/corrections": Row(visits, of_family, MAKES_OF_FAMILIES),
    "POST /visits/{visit_id}/release": Row(risky_visits, of_family, {TOWNSHIP: "204 204 404 - 404"}),
    "POST /visits/{visit_id}/photos": Row(
        visits, of_family, {VISITING: "201 - 404 - 404", TOWNSHIP: "403 403 404 - 404"}
    ),
    "GET /photos/{photo_id}": Row(
        photos, of_family, {**FAMILIES, **NO_FAMILIES, "inspector": "404 404 404 - 404"}
    ),
    "GET /mandates": Row(nothing, lambda *_: {}, {f"{HEADS} {CITY}": "200"}),
    "POST /mandates": Row(
        areas,
        in_mandate,
        {
            "township_head": "201 422 404 404 404",
            COUNTY: "201 201 404 404 404",
            CITY: "201 201 404 - 404",
        },
    ),
    "DELETE /mandates/{mandate_id}": Row(
        mandated, of_oversight, {HEADS: "204 204 404 404 404", CITY: "204 204 404 - 404"}
    ),
    "POST /inspections": Row(villages, opened, {"inspector": "201 201 404 404 404"}),
    "GET /inspections": Row(nothing, lambda *_: {}, {f"inspector {TOWNSHIP} {COUNTY} {CITY}": "200"}),
    "GET /inspections/{inspection_id}": Row(inspected(), of_oversight, INSPECTED),
    "GET /inspections/{inspection_id}/evidence": Row(inspected(), of_oversight, INSPECTED),
    "POST /inspections/{inspection_id}/roll-calls": Row(
        inspected(), of_oversight, {"inspector": "201 201 404 - 404"}
    ),
    "POST /roll-calls/{roll_call_id}/answers": Row(called, of_oversight, {POSTED: "201 - 404 - 404"}),
    "POST /roll-calls/{roll_call_id}/people/{person_id}/word": Row(
        called, somebody_called, {"inspector": "200 200 404 - 404"}
    ),
    "POST /inspections/{inspection_id}/findings": Row(
        inspected(), somebody_there, {"inspector": "201 201 404 - 404"}
    ),
    "GET /findings": Row(
        nothing, lambda *_: {}, {f"inspector {POSTED} {TOWNSHIP} {COUNTY} {CITY} {UNIT}": "200"}
    ),
    "GET /findings/{finding_id}": Row(
        found(state="answered"), of_oversight, {**OWN_OR_OFFICE_S, "inspector": "200 200 404 - 404"}
    ),
    "POST /findings/{finding_id}/photos": Row(found(), of_oversight, {"inspector": "201 201 404 - 404"}),
    "POST /findings/{finding_id}/answer": Row(found(), of_oversight, {POSTED: "200 - 404 - 404"}),
    "POST /findings/{finding_id}/decision": Row(
        found(state="answered", kind="other"),
        of_oversight,
        {HEADS: "200 200 404 - 404", CITY: "200 200 - - 404"},
    ),
    "GET /proposals": Row(nothing, lambda *_: {}, {f"{TOWNSHIP} {COUNTY} {CITY}": "200"}),
    "POST /proposals/{proposal_id}/decision": Row(proposed, of_oversight, {CITY: "200 200 - - 404"}),
    "GET /warnings": Row(
        people,
        as_person,
        {f"{TOWNSHIP} {COUNTY}": "200 200 404 404 404", CITY: "200 200 - - 404"},
    ),
    "POST /warnings": Row(people, warned, {"township_head county_office": "201 201 404 404 404"}),
    "GET /oversight/mine": Row(nothing, lambda *_: {}, {POSTED: "200"}),
    "POST /recalls": Row(people, to_recall, {"township_head": "201 201 404 404 404"}),
    "GET /recalls": Row(nothing, lambda *_: {}, {f"{POSTED} {TOWNSHIP} {COUNTY} {CITY} {UNIT}": "200"}),
    "GET /recalls/{recall_id}": Row(recalled("urged"), of_oversight, OWN_OR_OFFICE_S),
    "POST /recalls/{recall_id}/answer": Row(
        recalled("proposed", **UNANSWERED), of_oversight, {POSTED: "200 - 404 - 404"}
    ),
    "POST /recalls/{recall_id}/decision": Row(
        recalled("proposed"), of_oversight, {"county_group": "200 200 404 - 404"}
    ),
    "POST /recalls/{recall_id}/urging": Row(
        recalled("decided"), of_oversight, {"county_office": "200 403 404 - 404", CITY: "200 200 - - 404"}
    ),
    "POST /recalls/{recall_id}/departure": Row(recalled("urged"), of_oversight, {UNIT: "200 - 404 - 404"}),
    "POST /recalls/{recall_id}/successor": Row(recalled("recalled"), of_oversight, {UNIT: "200 - 404 - 404"}),
    "DELETE /photos/{photo_id}": Row(
        photos,
        of_family,
        {
            VISITING: "204 - 404 - 404",
            TOWNSHIP: "204 204 404 - 404",
            COUNTY: "403 403 404 - 404",
            UNIT: NO_FAMILIES[UNIT],
        },
    ),
    "POST /photos/{photo_id}/marks/{kind}/dismissal": Row(photos, of_family, {TOWNSHIP: "204 204 404 - 404"}),
    "GET /visits/due": Row(nothing, lambda *_: {}, {f"{VISITING} {TOWNSHIP}": "200"}),
    "GET /visits/quarter": Row(areas, as_area, FAMILIES_IN_AREA),
    "GET /visits/duties": Row(areas, as_area, FAMILIES_IN_AREA),
    "GET /problems": Row(areas, as_area, FAMILIES_IN_AREA),
    "GET /problems/{problem_id}": Row(problems, of_family, FAMILIES),
    "POST /problems/{problem_id}/steps": Row(problems, of_family, MAKES_OF_FAMILIES),
    "GET /reports/residency": Row(
        areas,
        about_place,
        {
            f"{TOWNSHIP} {COUNTY}": "200 200 404 404 404",
            CITY: "200 200 404 - 404",
            UNIT: "200 200 404 200 404",
        },
    ),
    "GET /reports/visits": Row(
        areas,
        as_area,
        {f"{TOWNSHIP} {COUNTY}": "200 200 404 404 404", CITY: "200 200 404 - 404"},
    ),
    "POST /reports/jobs": Row(
        areas, ordered, {f"{TOWNSHIP} {COUNTY}": "202 202 404 404 404", UNIT: "202 202 404 202 404"}
    ),
    "GET /reports/jobs/{job_id}": Row(
        report_jobs, of_job, {f"inspector {TOWNSHIP} {COUNTY} {CITY} {UNIT}": "200 - 404 - 404"}
    ),
    "GET /reports/jobs/{job_id}/file": Row(
        report_jobs, of_job, {f"inspector {TOWNSHIP} {COUNTY} {CITY} {UNIT}": "200 - 404 - 404"}
    ),
    "GET /duties": Row(
        areas,
        about_place,
        {
            POSTED: "200 - 404 404 404",
            f"{TOWNSHIP} {COUNTY}": "200 200 404 404 404",
            CITY: "200 200 404 - 404",
            UNIT: "200 200 404 200 404",
        },
    ),
    "POST /duties/events": Row(
        duty_subjects, told_duty, {COUNTY: "201 201 404 404 404", UNIT: "201 201 404 403 404"}
    ),
    "GET /duties/events/{event_id}": Row(
        trainings, of_event, {who: seen for who, seen in SEEN.items() if who != "village_secretary"}
    ),
    "POST /duties/events/{event_id}/corrections": Row(
        trainings, of_event, {COUNTY: "201 201 404 404 404", UNIT: "403 403 404 - 404"}
    ),
    "POST /duties/events/{event_id}/photos": Row(
        trainings, of_event, {COUNTY: "201 201 404 404 404", UNIT: "403 403 404 - 404"}
    ),
    "GET /reports/burden": Row(areas, as_area, {**FAMILIES_IN_AREA, CITY: "200 200 404 - 404"}),
    "GET /assessments": Row(
        people, as_person, {who: seen for who, seen in SEEN.items() if who != "village_secretary"}
    ),
    "GET /reports/allowances": Row(
        units, of_unit, {f"{TOWNSHIP} {COUNTY} {CITY}": "200 200 - - 404", UNIT: "200 - 404 - 404"}
    ),
    "POST /reports/allowances": Row(units, listed, {"unit_clerk": "201 - 404 - 404"}),
    "POST /reports/allowances/{list_id}/payment": Row(
        payment_lists, of_list, {"unit_head": "200 - 404 - 404"}
    ),
    "POST /trips": Row(nothing, lambda *_: {}, {POSTED: "201"}),
    "GET /trips": Row(
        villages,
        in_village,
        {
            POSTED: "200 - 404 404 404",
            f"{TOWNSHIP} {COUNTY}": "200 200 404 404 404",
            CITY: "200 200 - - 404",
            UNIT: "200 - 404 404 404",
        },
    ),
    "POST /trips/{trip_id}/withdrawal": Row(trips, of_trip, {POSTED: "200 404 404 404 404"}),
    "GET /travel-terms": Row(
        villages,
        in_village,
        {
            f"{TOWNSHIP} {COUNTY}": "200 200 404 404 404",
            CITY: "200 200 - - 404",
            UNIT: "200 - 404 404 404",
        },
    ),
    "POST /travel-terms": Row(villages, with_terms, {"county_office": "201 201 404 404 404"}),
    "GET /roster": Row(
        areas_and_villages,
        as_area,
        {
            TOWNSHIP: "200 200 404 404 404",
            COUNTY: "200 200 404 404 404",
            UNIT: "200 200 404 200 404",
        },
    ),
    "GET /roster/template": Row(nothing, lambda *_: {}, {"county_office": "200"}),
    "POST /roster/imports": Row(nothing, lambda *_: {}, {"county_office": "200"}),
    "POST /postings": Row(villages, posted_to, {"county_office": "201 201 404 404 404"}),
    "GET /postings/ending": Row(
        areas_and_villages,
        as_area,
        {
            TOWNSHIP: "200 200 404 404 404",
            COUNTY: "200 200 404 404 404",
            CITY: "200 200 404 - 404",
            UNIT: "200 200 404 200 404",
        },
    ),
    "GET /teams": Row(
        areas,
        as_area,
        {TOWNSHIP: IN_TOWNSHIP, COUNTY: "200 200 404 404 404", CITY: "200 200 404 - 404"},
    ),
    "POST /villages/{village_id}/acting-leaders": Row(
        villages, led, {f"{TOWNSHIP} county_office": "201 201 404 404 404"}
    ),
    "POST /acting-leaders/{appointment_id}/end": Row(
        appointments, of_appointment, {f"{TOWNSHIP} county_office": "204 204 404 404 404"}
    ),
    "GET /villages/{village_id}/kinds": Row(
        villages,
        in_path,
        {TOWNSHIP: IN_TOWNSHIP, COUNTY: "200 200 404 404 404", CITY: "200 200 - - 404"},
    ),
    "PUT /villages/{village_id}/kinds": Row(villages, in_path, {"county_office": "200 200 404 404 404"}),
    "GET /villages/kinds/template": Row(nothing, lambda *_: {}, {"county_office": "200"}),
    "POST /villages/kinds/imports": Row(nothing, lambda *_: {}, {"county_office": "200"}),
    "POST /rotations/preview": Row(people, previewed, {UNIT: "200 200 404 404 404"}),
    "POST /rotations": Row(people, rotated, {UNIT: "201 201 404 404 404"}),
    "GET /rotations": Row(
        areas_and_villages,
        as_area,
        {
            POSTED: "200 - 404 404 404",
            TOWNSHIP: "200 200 404 404 404",
            COUNTY: "200 200 404 404 404",
            CITY: "200 200 404 - 404",
            UNIT: "200 200 404 200 404",
        },
    ),
    "GET /rotations/{rotation_id}": Row(
        rotations,
        of_rotation,
        {
            "member": "200 404 404 404 404",
            "first_secretary": "200 200 404 404 404",
            TOWNSHIP: "200 200 404 404 404",
            COUNTY: "200 200 404 404 404",
            CITY: "200 200 - - 404",
            UNIT: "200 200 404 404 404",
        },
    ),
    "POST /rotations/{rotation_id}/proofs": Row(rotations, of_rotation, {UNIT: "201 201 404 404 404"}),
    "POST /rotations/{rotation_id}/withdrawal": Row(rotations, of_rotation, {UNIT: "200 200 404 404 404"}),
    "POST /rotations/{rotation_id}/decisions": Row(
        rotations,
        of_rotation,
        {
            "township_head": "200 200 404 404 404",
            "county_group": "200 200 404 404 404",
            CITY: "200 200 - - 404",
        },
    ),
    "GET /rotations/{rotation_id}/handover": Row(
        rotations,
        of_rotation,
        {
            "member": "200 404 404 404 404",
            "first_secretary": "200 200 404 404 404",
            TOWNSHIP: "200 200 404 404 404",
            COUNTY: "200 200 404 404 404",
        },
    ),
    "POST /postings/{posting_id}/sudden-end": Row(
        people, ended_post, {"county_office": "201 201 404 404 404"}
    ),
    "GET /areas": Row(
        areas_and_villages,
        as_parent,
        {
            POSTED: "200 - 404 404 404",
            "village_secretary": "200 - 404 404 404",
            f"inspector {TOWNSHIP}": "200 200 404 404 404",
            COUNTY: "200 200 404 404 404",
            "admin": "200 200 404 404 404",
            CITY: "200 200 404 - 404",
            UNIT: "200 200 404 200 404",
        },
    ),
    "GET /areas/{area_id}/settings": Row(
        areas,
        in_path,
        {
            TOWNSHIP: "200 200 404 404 404",
            COUNTY: "200 200 404 404 404",
            "admin": "200 200 404 404 404",
        },
    ),
    "PUT /areas/{area_id}/settings/{key}": Row(
        areas,
        in_path,
        {
            "county_office": "200 200 404 404 404",
            "admin": "200 200 404 404 404",
        },
    ),
}
"""A route without a row fails. 422: the city is not a level one can ask the attendance of."""


def _expected(row: Row, role: Role) -> list[str]:
    for roles, answers in row.answers.items():
        if role in roles.split():
            return answers.split() + [ABSENT] * (5 - len(answers.split()))
    return ["403"] * 5


def _holder(world: World, role: Role) -> Any:
    return world.people[PEOPLE.get(role, str(role))]


def test_every_route_has_a_row_in_the_table(app):
    missing = {route.name for route in routes(app)} - TABLE.keys()
    assert not missing, f"who may call {sorted(missing)}? Say so in TABLE of {__file__}"
    gone = TABLE.keys() - {route.name for route in routes(app)}
    assert not gone, f"the table speaks of routes that are not there: {sorted(gone)}"


@pytest.mark.parametrize("name", TABLE)
def test_every_role_gets_the_answer_of_the_table(app, wide_world, name):
    route = next((route for route in routes(app) if route.name == name), None)
    assert route is not None, f"{name} is not there any more"
    row, wrong = TABLE[name], []
    for role in Role:
        for relation, target, expected in zip(
            RELATIONS, row.about(wide_world, role), _expected(row, role), strict=True
        ):
            if target is None or expected == ABSENT:
                continue
            phone = Phone(_holder(wide_world, role), consents=call_of(route).consents)
            answer = send(phone, route, wide_world, **(row.aim(target, wide_world) if target else {}))
            if str(answer.status_code) != expected:
                wrong.append(f"{role} {relation}: {answer.status_code} instead of {expected} {answer.json}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", [name for name, row in TABLE.items() if row.about is not nothing])
def test_what_is_foreign_answers_like_what_does_not_exist(app, wide_world, name):
    """B1: the answer does not say which."""

    @dataclass
    class Nobody:
        id: Any
        level: Any = None

    route = next(route for route in routes(app) if route.name == name)
    row, compared = TABLE[name], 0
    for role in Role:
        answers = _expected(row, role)
        if "404" not in answers:
            continue
        for target, expected in zip(row.about(wide_world, role), answers, strict=True):
            if expected != "404" or target is None:
                continue
            phone = Phone(_holder(wide_world, role))
            foreign = send(phone, route, wide_world, **row.aim(target, wide_world))
            nobody = Nobody(uuid4(), getattr(target, "level", "unit"))
            aim = in_path if row.aim is bound else row.aim
            absent = send(phone, route, wide_world, **aim(nobody, wide_world))
            assert (absent.status_code, absent.json) == (foreign.status_code, foreign.json), role
            compared += 1
    assert compared


def test_the_table_and_the_permissions_agree(app):
    """A role with an answer other than 403 holds the permission of the route, and the other way round."""
    for route in routes(app):
        if route.name not in TABLE:
            continue
        answering = {Role(role) for roles in TABLE[route.name].answers for role in roles.split()}
        assert answering == MAY[Permission(route.permission)], route.name


LAID_ON_THE_CITY = {
    Permission.GIVE_MANDATES,
    Permission.JUDGE_FINDINGS,
    Permission.DECIDE_PROPOSALS,
    Permission.URGE_RECALL,
}
"""What Articles 21 and 22 ask of the city's own offices; it touches nobody's attendance, leave or visits."""


DECIDED_BY_THE_CITY = {"POST /rotations/{rotation_id}/decisions"}
"""Article 18: people of city units are changed with the consent of its two offices."""


def test_the_city_changes_nothing_but_what_the_policy_has_it_decide(app, world):
    """B4: all other non-GET routes but those about one's own session and consent are 403 for the city."""
    for route in routes(app):
        if (
            route.method == "GET"
            or route.permission is Permission.SEE_OWN
            or route.name in DECIDED_BY_THE_CITY
            or route.permission in LAID_ON_THE_CITY
        ):
            continue
        for role in CITY_ROLES:
            answer = send(Phone(_holder(world, role)), route, world)
            assert answer.status_code == 403, (route.name, role, answer.json)


def test_everybody_s_own_affairs_are_few(app):
    """Nothing about others may hide behind the permission that everybody holds."""
    own = {route.name for route in routes(app) if route.permission is Permission.SEE_OWN}
    assert own == {
        "DELETE /sessions/current",
        "GET /me",
        "GET /me/data",
        "POST /feedback",
        "GET /notices/location",
        "POST /consents",
        "DELETE /consents/location",
        "GET /today",
        "GET /messages",
        "GET /messages/templates",
        "POST /messages/reading",
    }


def test_an_area_of_another_level_is_no_village(app, world):
    """The county office may draw fences; a township has none."""
    route = next(route for route in routes(app) if route.name == "PUT /villages/{village_id}/fence")
    answer = send(Phone(world.county_office), route, world, path={"village_id": world.township.id})
    assert (answer.status_code, answer.json["error"]["code"]) == (404, "area_not_found")
    query = {"village": world.township.id}
    route = next(route for route in routes(app) if route.name == "GET /attendance/{month}")
    assert send(Phone(world.township_clerk), route, world, query=query).status_code == 404


# -- B5: a dispatching unit ---------------------------------------------------------------------


def test_a_unit_sees_its_own_people_only_and_no_coordinates(world, phone):
    phone(world.secretary).check_in(MIDDLE)
    phone(world.member).check_in(MIDDLE.moved(north_m=200))
    month = f"{today():%Y-%m}"
    for query in (f"unit={world.unit.id}", f"village={world.village.id}", f"county={world.county.id}"):
        answer = phone(world.unit_clerk).get(f"/attendance/{month}?{query}")
        assert answer.status_code == 200
        seen = {item["person"]["id"] for item in answer.json["items"]}
        own = {world.secretary, world.member_of_township_2, world.secretary_b}
        assert seen <= {str(person.id) for person in own} and str(world.secretary.id) in seen
        assert "_deg" not in answer.text
    whole = phone(world.unit_clerk).get(f"/attendance/{month}?unit={world.unit.id}")
    assert len(whole.json["items"]) == 3


# -- B9: scope by the day of the fact -----------------------------------------------------------


@pytest.fixture
def moved(world) -> World:
    """The first secretary went from township 1 to township 2 three days ago, and tapped before and after."""
    moving_day = today() - timedelta(days=3)
    with transaction():
        db.session.execute(
            update(Posting)
            .where(Posting.person_id == world.secretary.id)
            .values(last_day=moving_day - timedelta(days=1))
        )
    world.postings["new"] = make_posting(
        world.secretary,
        world.village_of_township_2,
        world.unit,
        role=PostingRole.FIRST_SECRETARY,
        first_day=moving_day,
    )
    for days_ago, posting in ((5, world.postings["secretary"]), (1, world.postings["new"])):
        _tapped(world.secretary, posting, days_ago=days_ago)
    return world


def _tapped(person: Any, posting: Posting, *, days_ago: int) -> None:
    at = db.session.scalar(select(func.now())) - timedelta(days=days_ago)
    with transaction():
        db.session.add(
            Checkin(
                county_id=db.session.get_one(Area, posting.village_id).county_id,
                id=uuid4(),
                posting_id=posting.id,
                person_id=person.id,
                village_id=posting.village_id,
                client_key=uuid4(),
                content_sha256=b"",
                day=today() - timedelta(days=days_ago),
                outcome="counted",
                counted=True,
                late_upload=False,
                happened_at=at,
                received_at=at,
            )
        )


def _days_seen(phone: Phone, person: Any) -> set[int]:
    """Return how many days ago the attempts happened that this phone sees."""
    seen = set()
    for days_back in (0, 6):
        month = f"{today() - timedelta(days=days_back):%Y-%m}"
        answer = phone.get(f"/checkins?month={month}&person={person.id}")
        assert answer.status_code == 200
        seen |= {item["day"] for item in answer.json["items"]}
    return {days for days in range(7) if (today() - timedelta(days=days)).isoformat() in seen}


def test_a_former_township_sees_what_happened_before_the_transfer_only(moved, phone):
    assert _days_seen(phone(moved.township_clerk), moved.secretary) == {5}
    assert _days_seen(phone(moved.township_clerk_2), moved.secretary) == {1}
    assert _days_seen(phone(moved.county_office), moved.secretary) == {1, 5}


def test_who_moved_still_sees_all_of_their_own(moved, phone):
    assert _days_seen(phone(moved.secretary), moved.secretary) == {1, 5}


def test_a_former_township_enters_nothing_for_days_after_the_transfer(moved, phone):
    def enter(clerk: str, days_ago: int) -> int:
        body = correction_of(moved.secretary.id)
        body["day"] = (today() - timedelta(days=days_ago)).isoformat()
        return phone(moved.people[clerk]).post("/attendance/corrections", body).status_code

    assert (enter("township_clerk", 5), enter("township_clerk", 1)) == (201, 422)
    assert (enter("township_clerk_2", 5), enter("township_clerk_2", 1)) == (422, 201)


def test_a_former_county_neither_invites_nor_unbinds(world, phone):
    """Whoever could bind a WeChat to somebody of another county could sign in as them."""
    with transaction():
        db.session.execute(
            update(Posting)
            .where(Posting.person_id == world.secretary.id)
            .values(last_day=today() - timedelta(days=1))
        )
    make_posting(world.secretary, world.village_b, world.unit, first_day=today())
    bind_wechat(world.secretary, "demo-moved")
    address = f"/people/{world.secretary.id}"
    assert phone(world.county_office).post(f"{address}/invitation").status_code == 404
    assert phone(world.county_office).delete(f"{address}/binding").status_code == 404
    assert phone(world.county_office_b).post(f"{address}/invitation").status_code == 201
    assert phone(world.county_office_b).delete(f"{address}/binding").status_code == 204


def test_calls_and_table_speak_of_the_same_routes(app):
    public = {"POST /sessions", "POST /bindings", "GET /verify/{code}"}
    assert CALLS.keys() == TABLE.keys() | public


def test_every_call_of_the_list_succeeds(app, world):
    for route in routes(app, public=True):
        phone = phone_of(route, world)
        call_of(route).prepare(world)
        answer = send(phone, route, world)
        assert answer.status_code in (200, 201, 202, 204), (route.name, answer.status_code, answer.json)
