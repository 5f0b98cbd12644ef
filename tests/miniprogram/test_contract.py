"""The mini-program and the server agree: on addresses, on what is sent, on what comes back, on the words for it."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from allowances.policy import Way as TripWay
from attendance.models import Half, SheetState
from attendance.policy import ENTERABLE, DayClass
from geofence.policy import Band, Verdict
from identity.permissions import Permission, Role
from leave.models import ConsentChannel
from leave.policy import LeaveKind, LeaveState, Tier
from messages.models import MessageKind
from org.policy import Grade
from oversight.duty_policy import DutyCode, Standing
from oversight.inbox import InboxKind
from oversight.policy import AnswerOutcome, Expectation, FindingKind, FindingState, InspectionLevel, Step
from oversight.recall_policy import RecallState
from pictures.policy import PhotoState
from roster.policy import Ground, Office, RotationState
from visits.models import Category, ProblemState, RiskKind, StepKind
from visits.policy import ChecklistItem, DutyStatus, Entry, Finding, State, Topic, Way

HERE = Path(__file__).parent
FOLDER = HERE.parents[1] / "miniprogram_stub"
API = "/api/v1"
SENDERS = re.compile(
    r"\b(?:api\.(?:call|callOpenly|download)|callOpenly|documents\.open|outbox\.(?:putAndSend|sendNow|submit))\("
)


@pytest.fixture(scope="module")
def declared(node) -> Any:
    """What the mini-program relies on: its calls, the answers its tests are given, its words."""
    run = subprocess.run([node, HERE / "print_declared.js"], capture_output=True, text=True, check=True)
    return json.loads(run.stdout)


@pytest.fixture
def document(app) -> Any:
    return app.test_client().get("/openapi.json").json


class Document:
    """The server's document, asked about one call."""

    def __init__(self, document: Any) -> None:
        self.document = document
        self.operations = {
            (method.upper(), _nameless(path.removeprefix(API))): operation
            for path, methods in document["paths"].items()
            for method, operation in methods.items()
            if method != "parameters"
        }

    def operation(self, call: Any) -> Any:
        return self.operations.get((call["method"], _nameless(call["path"])))

    def resolved(self, schema: Any) -> Any:
        """The schema itself, or the one that is not null of several."""
        if "$ref" in schema:
            return self.resolved(self.document["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
        for several in ("anyOf", "allOf", "oneOf"):
            if several in schema:
                return self.resolved(next(each for each in schema[several] if each != {"type": "null"}))
        return schema

    def body(self, operation: Any) -> Any:
        """The schema of what is sent: JSON, or the parts of a form."""
        content = operation.get("requestBody", {}).get("content", {})
        return self.resolved(next(iter(content.values()))["schema"]) if content else {"properties": {}}

    def fields(self, schema: Any) -> dict[str, bool]:
        """Dotted name of each field that can be sent → whether it must be."""
        found: dict[str, bool] = {}
        for name, inner in schema["properties"].items():
            must = name in schema.get("required", ())
            below = self.resolved(inner)
            if "properties" in below:
                found |= {
                    f"{name}.{each}": must and below_must for each, below_must in self.fields(below).items()
                }
            elif "additionalProperties" in below:
                found[f"{name}.*"] = must
            else:
                found[name] = must
        return found

    def answer(self, operation: Any) -> Any:
        """The schema of what a success brings; None for a file or nothing."""
        for status in ("200", "201"):
            content = operation["responses"].get(status, {}).get("content", {})
            if "application/json" in content and content["application/json"].get("schema"):
                return content["application/json"]["schema"]
        return None


def _nameless(path: str) -> str:
    return re.sub(r"\{\w+\}", "{}", path)


def faults(name: str, call: Any, known: Document) -> Iterator[str]:
    """What of a declared call the server does not know or would miss."""
    operation = known.operation(call)
    if operation is None:
        yield f"{name}: {call['method']} {call['path']} is not served"
        return
    fields = known.fields(known.body(operation))
    sent = set(call.get("body", ()))
    yield from (f"{name} sends {field}, which the server does not take" for field in sent - fields.keys())
    yield from (f"{name} leaves out {field}" for field, must in fields.items() if must and field not in sent)
    asked = set(call.get("query", ()))
    served = {each["name"]: each for each in operation.get("parameters", ()) if each["in"] == "query"}
    yield from (f"{name} asks for {each}, which the server does not know" for each in asked - served.keys())
    yield from (
        f"{name} leaves out ?{each}"
        for each, one in served.items()
        if one.get("required") and each not in asked
    )


def odd_fields(value: Any, schema: Any, known: Document, place: str = "") -> Iterator[str]:
    """The fields of an answer that differ from those the document promises, either way."""
    schema = known.resolved(schema)
    match value:
        case list():
            for each in value:
                yield from odd_fields(each, schema["items"], known, f"{place}[]")
        case dict() if "properties" in schema:
            yield from (f"{place}.{name}" for name in value.keys() ^ schema["properties"].keys())
            for name in value.keys() & schema["properties"].keys():
                yield from odd_fields(value[name], schema["properties"][name], known, f"{place}.{name}")


def test_every_call_is_served_and_sends_what_the_server_takes(declared, document):
    known = Document(document)
    assert [fault for name, call in declared["calls"].items() for fault in faults(name, call, known)] == []
    assert len(declared["calls"]) > 30


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"path": "/leave"}, "is not served"),
        ({"method": "PUT"}, "is not served"),
        ({"body": ["client_key", "why"]}, "sends why"),
        ({"body": ["client_key"]}, "leaves out last_day"),
        ({"query": ["limit"]}, "asks for limit"),
    ],
)
def test_a_call_that_drifts_from_the_server_is_found(declared, document, change, fault):
    call = {**declared["calls"]["leave.ask"], **change}
    assert any(fault in each for each in faults("leave.ask", call, Document(document)))


def test_a_required_query_left_out_is_found(declared, document):
    call = {**declared["calls"]["sheets.board"], "query": ["month"]}
    assert list(faults("sheets.board", call, Document(document))) == ["sheets.board leaves out ?area"]


def test_the_answers_of_the_tests_are_what_the_document_promises(declared, document):
    known = Document(document)
    assert declared["answers"].keys() == declared["calls"].keys()
    for name, answer in declared["answers"].items():
        call = declared["calls"][name]
        promised = known.answer(known.operation(call))
        if answer is None:
            is_paper = "format" in call.get("query", ())  # asked for as PDF; promised is the usual JSON
            assert promised is None or "binary" in str(promised) or is_paper, name
            continue
        schema = {**promised, "components": document["components"]}
        jsonschema_rs.Draft202012Validator(schema, validate_formats=True).validate(answer)
        assert list(odd_fields(answer, promised, known, name)) == []


def test_no_service_calls_what_it_does_not_declare():
    """Every request begins at a table of calls; only the outbox sends what was declared when it was kept."""
    for path in (FOLDER / "services").glob("*.js"):
        source = path.read_text("utf-8")
        for found in SENDERS.finditer(source):
            first = source[found.end() :].lstrip()
            is_definition = source[: found.start()].rstrip().endswith("function")
            named = first.startswith(
                (
                    "CALLS.",
                    "CALLS[",
                    "declared",
                    '"leave", CALLS.',
                    '"extension", CALLS.',
                    '"checkin", CALLS.',
                    '"visit", CALLS.',
                    '"step", CALLS.',
                    '"feedback", CALLS.',
                    '"entry", CALLS.',
                    '"correction", CALLS.',
                    '"roll_call", CALLS.',
                    '"trip", CALLS.',
                    '"rotation", CALLS.',
                    '"duty", CALLS.',
                )
            )
            assert is_definition or named, (path.name, first[:60])
        if path.name not in ("api.js", "outbox.js"):
            assert "api.request" not in source, path.name


@pytest.mark.parametrize(
    ("table", "kind"),
    [
        ("KINDS", LeaveKind),
        ("OFFICES", Tier),
        ("ROLES", Role),
        ("CHANNELS", ConsentChannel),
        ("DAY_CLASSES", DayClass),
        ("VERDICTS", Verdict),
        ("BANDS", Band),
        ("LEAVE_TONES", LeaveState),
        ("SHEET_TONES", SheetState),
        ("CATEGORIES", Category),
        ("CHECKLIST", ChecklistItem),
        ("DUTIES", DutyStatus),
        ("ENTRIES", Entry),
        ("EXPECTATIONS", Expectation),
        ("DUTY_NAMES", DutyCode),
        ("DUTY_STANDINGS", Standing),
        ("FINDINGS", Finding),
        ("FINDING_KINDS", FindingKind),
        ("FINDING_STATES", FindingState),
        ("GRADES", Grade),
        ("GROUNDS", Ground),
        ("HOUSEHOLD_STATES", State),
        ("INBOX_KINDS", InboxKind),
        ("INSPECTION_LEVELS", InspectionLevel),
        ("LADDER_STEPS", Step),
        ("OUTCOMES", AnswerOutcome),
        ("PHOTO_STATES", PhotoState),
        ("PROBLEM_STATES", ProblemState),
        ("RECALL_STATES", RecallState),
        ("RISKS", RiskKind),
        ("ROTATION_OFFICES", Office),
        ("ROTATION_TONES", RotationState),
        ("STEPS", StepKind),
        ("TOPICS", Topic),
        ("TRIP_WAYS", TripWay),
        ("WAYS", Way),
    ],
)
def test_there_is_a_word_for_everything_the_server_may_say(declared, table, kind):
    assert set(declared["words"][table]) == {str(each) for each in kind}


def test_what_the_phone_enters_is_what_a_township_may_enter(declared):
    assert set(declared["words"]["HALVES"]) == {str(half) for half in Half}
    entered = set(declared["entered"])
    assert {str(each) for each in ENTERABLE} - entered == {"unexcused"}
    assert entered <= {str(each) for each in ENTERABLE}


def test_every_kind_of_message_leads_somewhere():
    source = (FOLDER / "pages/mine/messages.js").read_text("utf-8")
    pages = dict(re.findall(r'^  (\w+): "/(pages/[\w/]+)', source, re.MULTILINE))
    assert pages.keys() == {str(kind) for kind in MessageKind}
    assert set(pages.values()) <= set(json.loads((FOLDER / "app.json").read_text("utf-8"))["pages"])


def test_every_permission_asked_for_exists():
    asked = {
        name
        for path in FOLDER.rglob("*.js")
        for name in re.findall(r'\bmay\((?:\w+(?:\.\w+)*(?:\(\))?, )?"(\w+)"\)', path.read_text("utf-8"))
    }
    assert asked and asked <= {str(each) for each in Permission}
