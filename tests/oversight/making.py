"""Inspections, findings and recalls as they stand in the database, for tests that begin in the middle."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import delete, select

from identity.models import Office
from identity.permissions import Role
from kernel.clock import now, today
from kernel.database import db, transaction
from org.models import Area, Person, Posting
from oversight.inspection_models import Finding, Inspection, RollCall, RollCallEntry
from oversight.recall_models import Proposal, RecallCase, WrittenWarning
from oversight.sealing import seal
from tests.factories import World, add, make_office, make_person, make_setting


def work_today(world: World) -> None:
    """Let today be a working day, whatever day the tests run on."""
    make_setting(world.city, "calendar.extra_workdays", [today().isoformat()])


def make_mandate(person: Person, area: Area, *, level: str = "city", **changes: Any) -> Office:
    return make_office(
        person,
        Role.INSPECTOR,
        area=area,
        **{
            "last_day": today() + timedelta(days=30),
            "mandate_level": level,
            "document_no": "赣市组〔2026〕9号",
            **changes,
        },
    )


def posting_in(village: Area, person: Person | None = None) -> Posting:
    """Return the posting of somebody, or of anybody, in a village."""
    statement = select(Posting).where(Posting.village_id == village.id).order_by(Posting.role)
    if person is not None:
        statement = statement.where(Posting.person_id == person.id)
    return db.session.scalars(statement).first()


def make_inspection(
    village: Area, inspector: Person, *, level: str = "city", day: date | None = None
) -> Inspection:
    mandate_id = db.session.scalar(select(Office.id).where(Office.person_id == inspector.id))
    mandate = mandate_id or make_mandate(inspector, village, level=level).id
    return add(
        Inspection(
            county_id=village.county_id,
            id=uuid4(),
            client_key=uuid4(),
            content_sha256=b"",
            village_id=village.id,
            mandate_id=mandate,
            level=level,
            day=day or today(),
            purpose="",
            situation=[],
            opened_by=inspector.id,
            opened_at=now(),
        )
    )


def make_roll_call(inspection: Inspection) -> RollCall:
    """A roll-call of everybody posted to the village, made just now."""
    roll_call = add(
        RollCall(
            county_id=inspection.county_id,
            id=uuid4(),
            client_key=uuid4(),
            content_sha256=b"",
            inspection_id=inspection.id,
            village_id=inspection.village_id,
            called_by=inspection.opened_by,
            called_at=now(),
            due_at=now() + timedelta(minutes=15),
        )
    )
    for posting in db.session.scalars(select(Posting).where(Posting.village_id == inspection.village_id)):
        add(
            RollCallEntry(
                county_id=inspection.county_id,
                id=uuid4(),
                roll_call_id=roll_call.id,
                posting_id=posting.id,
                person_id=posting.person_id,
                expectation="must_be_there",
                doubts=[],
                said="",
                word_note="",
            )
        )
    return roll_call


def make_finding(inspection: Inspection, posting: Posting, **changes: Any) -> Finding:
    """A finding just made; one that is answered, confirmed or lifted says so in ``state``."""
    finding_id = uuid4()
    values: dict[str, Any] = {
        "kind": "absent",
        "state": "found",
        "day": inspection.day,
        "found_at": now(),
        "answer_due_on": today() + timedelta(days=3),
        **changes,
    }
    if values["state"] == "answered":
        values |= {"answer_sealed": seal("到镇里交材料", finding_id), "answered_at": now()}
    if values["state"] in ("confirmed", "lifted"):
        values |= {"decided_by": inspection.opened_by, "decided_at": now(), "reason": "核实"}
    return add(
        Finding(
            county_id=inspection.county_id,
            id=finding_id,
            client_key=uuid4(),
            content_sha256=b"",
            inspection_id=inspection.id,
            posting_id=posting.id,
            person_id=posting.person_id,
            village_id=inspection.village_id,
            level=inspection.level,
            description="点名未到，驻地无人",
            found_by=inspection.opened_by,
            **values,
        )
    )


def make_proposal(finding: Finding, **changes: Any) -> Proposal:
    values: dict[str, Any] = {"step": "notice", "state": "open", **changes}
    if values["state"] != "open":
        values |= {"decided_by": finding.found_by, "decided_at": now(), "reason": "属实"}
    if values["state"] == "confirmed":
        values |= {"document_no": "赣市组〔2026〕10号"}
    return add(
        Proposal(
            county_id=finding.county_id,
            id=uuid4(),
            posting_id=finding.posting_id,
            person_id=finding.person_id,
            finding_id=finding.id,
            finding_ids=[str(finding.id)],
            made_at=now(),
            **values,
        )
    )


def make_warning(posting: Posting, *, days_ago: int = 1) -> WrittenWarning:
    village = db.session.get_one(Area, posting.village_id)
    return add(
        WrittenWarning(
            county_id=village.county_id,
            id=uuid4(),
            client_key=uuid4(),
            content_sha256=b"",
            posting_id=posting.id,
            person_id=posting.person_id,
            day=today() - timedelta(days=days_ago),
            text="多次不在村，请立即改正",
            given_by=posting.person_id,
            given_at=now(),
        )
    )


STEPS = ("proposed", "decided", "urged", "recalled", "replaced")


def only_recall(posting: Posting, *, state: str = "proposed", **changes: Any) -> RecallCase:
    """The one recall of a posting, standing at this step; an earlier one goes."""
    with transaction():
        db.session.execute(delete(RecallCase).where(RecallCase.posting_id == posting.id))
    village, recall_id, by = db.session.get_one(Area, posting.village_id), uuid4(), posting.person_id
    done = STEPS[: STEPS.index(state) + 1]
    values: dict[str, Any] = {
        "state": state,
        "ground": "negligent",
        "answer_sealed": seal("我愿意改正", recall_id),
        "answered_at": now(),
    }
    if "decided" in done:
        values |= {"decided_by": by, "decided_at": now(), "reason_of_decision": "属实"}
    if "urged" in done:
        values |= {"urged_by": by, "urged_at": now(), "urging_document_no": "赣市组〔2026〕11号"}
    if "recalled" in done:
        values |= {"recalled_by": by, "recalled_at": now(), "last_day": today()}
    return add(
        RecallCase(
            county_id=village.county_id,
            id=recall_id,
            client_key=uuid4(),
            content_sha256=b"",
            posting_id=posting.id,
            person_id=posting.person_id,
            unit_id=posting.unit_id,
            reason="履职不力，群众不认可",
            proposed_by=by,
            proposed_at=now(),
            answer_due_on=today() + timedelta(days=3),
            **{**values, **changes},
        )
    )


def no_recall(world: World) -> None:
    """Let nobody be about to be recalled."""
    with transaction():
        db.session.execute(delete(RecallCase))


def another_inspector(area: Area) -> Person:
    person = make_person("另一督查")
    make_mandate(person, area)
    return person
