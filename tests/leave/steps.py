"""The steps of a leave, as people take them on their phones."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select

from checkin.models import Checkin
from checkin.policy import Outcome
from identity.permissions import Role
from identity.scope import Caller, Holding
from kernel import clock
from kernel.audit import AuditEntry
from kernel.database import db, transaction
from org.models import Area, Person, Posting
from tests.factories import Phone, add

REASON = "到市里跑项目资金"


def now() -> datetime:
    """Return this instant, and leave no transaction open behind."""
    with transaction():
        return clock.now()


def day(days_from_now: int) -> date:
    return now().date() + timedelta(days=days_from_now)


def iso(days_from_now: int) -> str:
    return day(days_from_now).isoformat()


def draft(start: int, length: int, **changes: Any) -> dict[str, Any]:
    """A trip of so many days, from so many days from now; a trip is registered on rest days too."""
    return {
        "kind": "trip",
        "first_day": iso(start),
        "last_day": iso(start + length - 1),
        "reason": REASON,
        "destination": "赣州市",
        **changes,
    }


def days(start: int, length: int, **changes: Any) -> dict[str, Any]:
    """The same with a key of its own."""
    return {"client_key": str(uuid4()), **draft(start, length, **changes)}


def consent(hours_ago: float = 1, **changes: Any) -> dict[str, Any]:
    at = now() - timedelta(hours=hours_ago)
    return {"by": "李书记", "at": at.isoformat(), "channel": "phone", **changes}


def preview(person: Person, start: int, length: int, **changes: Any) -> dict[str, Any]:
    answer = Phone(person).post("/leaves/preview", draft(start, length, **changes))
    assert answer.status_code == 200, answer.json
    return answer.json


def request(person: Person, body: dict[str, Any]) -> Any:
    return Phone(person).post("/leaves", body)


def ask(person: Person, start: int, length: int, **changes: Any) -> dict[str, Any]:
    answer = request(person, days(start, length, **changes))
    assert answer.status_code == 201, answer.json
    return answer.json


def take(person: Person, leave: dict[str, Any], step: str, **body: Any) -> Any:
    """Take a step of a leave: withdrawal, return, extension, paperwork, stand-in."""
    return Phone(person).post(f"/leaves/{leave['id']}/{step}", body)


def extend(person: Person, leave: dict[str, Any], last: int, **changes: Any) -> Any:
    body = {"client_key": str(uuid4()), "last_day": iso(last), "reason": "事情没有办完", **changes}
    return take(person, leave, "extension", **body)


def decide(person: Person, leave: dict[str, Any], decision: str = "approved", opinion: str = "同意") -> Any:
    return take(person, leave, "decisions", decision=decision, opinion=opinion)


def approve(leave: dict[str, Any], *people: Person) -> dict[str, Any]:
    """Let these people agree, one after the other; return the leave as the last one sees it."""
    for person in people:
        answer = decide(person, leave)
        assert answer.status_code == 200, answer.json
    return answer.json


def delegate(who: Person, deputy: Person, first: int = 0, last: int = 5, **changes: Any) -> Any:
    """Let a deputy sign for the office of somebody between two days."""
    body = {
        "deputy_id": str(deputy.id),
        "first_day": iso(first),
        "last_day": iso(last),
        "document_no": "甲一乡委〔2026〕8号",
        **changes,
    }
    return Phone(who).post("/delegations", body)


def read(person: Person, leave: dict[str, Any]) -> dict[str, Any]:
    answer = Phone(person).get(f"/leaves/{leave['id']}")
    assert answer.status_code == 200, answer.json
    return answer.json


def refused(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json["error"]["code"]


def told(person: Person) -> list[tuple[str, str]]:
    """Return kind and title of what somebody was told, the latest first."""
    items = Phone(person).get("/messages").json["items"]
    return [(item["kind"], item["title"]) for item in items]


def candidate(**changes: Any) -> dict[str, Any]:
    """A stand-in whom Article 6 takes without a word."""
    return {
        "name": "邱接替",
        "phone": "13700000088",
        "full_member_since": "2015-07-01",
        "working_since": "2010-08-01",
        "grade": "section_chief",
        **changes,
    }


def seen_in_village(posting: Posting, on: date) -> None:
    """Let the person have checked in on a day."""
    with transaction():
        village = db.session.get_one(Area, posting.village_id)
    add(
        Checkin(
            county_id=village.county_id,
            id=uuid4(),
            posting_id=posting.id,
            person_id=posting.person_id,
            village_id=village.id,
            client_key=uuid4(),
            content_sha256=b"",
            day=on,
            outcome=Outcome.COUNTED,
            counted=True,
            late_upload=False,
            happened_at=now(),
            received_at=now(),
        )
    )


def on_record(subject_id: str | UUID) -> list[str]:
    """Return what the record says was done to a leave, in order."""
    with transaction():
        return list(
            db.session.scalars(
                select(AuditEntry.action)
                .where(AuditEntry.subject_id == UUID(str(subject_id)), AuditEntry.result == "done")
                .order_by(AuditEntry.at)
            )
        )


def caller_at(moment: datetime, posting: Posting, *holdings: Holding) -> Caller:
    """Return somebody as the gate would have let him in at another moment."""
    with transaction():
        person = db.session.get_one(Person, posting.person_id)
    post = Holding(Role(posting.role), posting.village_id)
    return Caller(person.id, person.name, uuid4(), moment, (post, *holdings))
