"""The steps of inspections and recalls, as people take them."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select, update

from kernel.audit import AuditEntry
from kernel.clock import now, today
from kernel.database import db, transaction
from org.models import Area, Person
from oversight.inspection_models import Finding
from oversight.recall_models import RecallCase
from tests.factories import MIDDLE, Phone, World


def ok(answer: Any, status: int = 200) -> dict[str, Any]:
    assert answer.status_code == status, answer.json
    return answer.json


def refused(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json["error"]["code"]


def told(person: Person) -> list[tuple[str, str]]:
    """Return kind and title of what somebody was told, the latest first."""
    items = Phone(person).get("/messages").json["items"]
    return [(item["kind"], item["title"]) for item in items]


def open_village(world: World, village: Area | None = None, by: Person | None = None) -> dict[str, Any]:
    body = {"client_key": str(uuid4()), "village_id": str((village or world.village).id)}
    return ok(Phone(by or world.inspector).post("/inspections", body), 201)


def call_roll(world: World, inspection: dict[str, Any]) -> dict[str, Any]:
    answer = Phone(world.inspector).post(
        f"/inspections/{inspection['id']}/roll-calls", {"client_key": str(uuid4())}
    )
    return ok(answer, 201)


def answer_roll(person: Person, roll_call: dict[str, Any], place: Any = MIDDLE, **changes: Any) -> Any:
    body = {"client_key": str(uuid4()), "fix": place.fix() if place else None, **changes}
    return Phone(person).post(f"/roll-calls/{roll_call['id']}/answers", body)


def find(
    world: World, inspection: dict[str, Any], person: Person, kind: str = "absent", **changes: Any
) -> Any:
    body = {
        "client_key": str(uuid4()),
        "person_id": str(person.id),
        "kind": kind,
        "description": "点名未到，驻地无人",
        **changes,
    }
    return Phone(world.inspector).post(f"/inspections/{inspection['id']}/findings", body)


def answer_finding(person: Person, finding: dict[str, Any], text: str = "到镇里交材料") -> Any:
    return Phone(person).post(f"/findings/{finding['id']}/answer", {"text": text})


def decide_finding(person: Person, finding: dict[str, Any], confirms: bool = True) -> Any:
    body = {"confirms": confirms, "reason": "已核实"}
    return Phone(person).post(f"/findings/{finding['id']}/decision", body)


def confirmed_absence(world: World, person: Person, village: Area | None = None) -> dict[str, Any]:
    """Find somebody absent, let them answer, and let the city confirm it."""
    finding = ok(find(world, open_village(world, village), person), 201)
    ok(answer_finding(person, finding))
    return ok(decide_finding(world.city_org, finding))


def proposals(world: World, **query: Any) -> list[dict[str, Any]]:
    return ok(Phone(world.city_org).get("/proposals", query_string=query))["items"]


def decide_proposal(person: Person, proposal: dict[str, Any], confirms: bool = True) -> Any:
    body = {"confirms": confirms, "reason": "属实", "document_no": "赣市组〔2026〕10号" if confirms else None}
    return Phone(person).post(f"/proposals/{proposal['id']}/decision", body)


def propose_recall(world: World, person: Person, ground: str = "negligent", **changes: Any) -> Any:
    body = {
        "client_key": str(uuid4()),
        "person_id": str(person.id),
        "ground": ground,
        "reason": "履职不力，群众不认可",
        **changes,
    }
    return Phone(world.township_head).post("/recalls", body)


def take(person: Person, recall: dict[str, Any], step: str, **body: Any) -> Any:
    """Take a step of a recall: answer, decision, urging, departure, successor."""
    return Phone(person).post(f"/recalls/{recall['id']}/{step}", body)


def successor(**changes: Any) -> dict[str, Any]:
    """Somebody whom Article 6 takes without a word."""
    return {
        "name": "邱接替",
        "phone": f"136{uuid4().int % 10**8:08}",
        "full_member_since": "2015-07-01",
        "working_since": "2010-08-01",
        "grade": "section_chief",
        "first_day": (today() + timedelta(days=1)).isoformat(),
        **changes,
    }


def days_pass(finding_or_recall: dict[str, Any], days: int = 1) -> None:
    """Let the last day for an answer have been so many days ago."""
    with transaction():
        for table in (Finding, RecallCase):
            db.session.execute(
                update(table)
                .where(table.id == UUID(finding_or_recall["id"]))
                .values(answer_due_on=today() - timedelta(days=days))
            )


def on_record(subject_id: str | UUID) -> list[str]:
    """Return what the record says was done to something, in order."""
    with transaction():
        return list(
            db.session.scalars(
                select(AuditEntry.action)
                .where(AuditEntry.subject_id == UUID(str(subject_id)), AuditEntry.result == "done")
                .order_by(AuditEntry.at)
            )
        )


def instant() -> Any:
    with transaction():
        return now()
