"""The mini-program's pages, logic and services under Node, and what the services send against the real API."""

import json
import subprocess
from io import BytesIO
from pathlib import Path
from uuid import uuid4

import pytest

from kernel.clock import today
from org.models import Person
from tests.factories import (
    MIDDLE,
    Phone,
    World,
    make_household,
    make_pairing,
    make_person,
    make_posting,
)
from tests.oversight.making import work_today
from tests.oversight.steps import call_roll, find, ok, open_village, propose_recall
from tests.photos_corpus import jpeg, scene

HERE = Path(__file__).parent


def test_pages_logic_and_services_keep_their_promises(node):
    tests = sorted(str(path) for path in HERE.glob("*.test.js"))
    assert tests
    run = subprocess.run([node, "--test", *tests], capture_output=True, text=True, timeout=300)
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.fixture
def requests(node) -> list[dict]:
    """Every request a phone in the middle of the first village makes, as the services shape it."""
    codes = f"once-{uuid4().hex}-1", "phone-13800001234"
    command = [node, HERE / "print_requests.js", str(MIDDLE.latitude_deg), str(MIDDLE.longitude_deg), *codes]
    run = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return [json.loads(line) for line in run.stdout.splitlines()]


def test_what_the_services_send_is_what_the_server_takes(requests, client, world: World):
    person = make_person("温冬生", "13800001234")
    make_posting(person, world.village, world.unit)
    family = make_household(world.village)
    make_pairing(family, person)
    known = {"HOUSEHOLD": str(family.id), **oversight_of(person, world)}
    answers, month = [], today().isoformat()[:7]
    for request in requests:
        path = request["url"].split("/api/v1")[1]
        text = json.dumps({"path": path, "headers": request["header"], "json": request.get("data")})
        for placeholder, value in known.items():
            text = text.replace(placeholder, value)
        sent = json.loads(text)
        if path.endswith("/photos"):
            photo = BytesIO(jpeg(scene(1))), "photo.jpg"
            sent["data"] = {**sent.pop("json"), "photo": photo}
        answer = client.open(f"/api/v1{sent.pop('path')}", method=request["method"], **sent)
        answers.append((request["method"], path.split("?")[0], answer.status_code))
        match path:
            case "/sessions":
                known["TICKET"] = answer.json["error"]["details"]["binding_ticket"]
            case "/bindings":
                known["TOKEN"] = answer.json["token"]
            case "/me":
                known["VILLAGE"] = answer.json["postings"][0]["village"]["id"]
            case "/trips" if request["method"] == "POST":
                known["TRIP"] = answer.json["id"]
            case "/leaves":
                known["LEAVE"] = answer.json["id"]
            case "/visits" if request["method"] == "POST":
                known["VISIT"] = answer.json["id"]
            case "/visits/VISIT":
                known["PROBLEM"] = answer.json["problems"][0]["id"]
    assert answers == [
        ("POST", "/sessions", 403),
        ("POST", "/bindings", 200),
        ("GET", "/notices/location", 200),
        ("POST", "/consents", 204),
        ("GET", "/me", 200),
        ("GET", "/today", 200),
        ("POST", "/checkins", 201),
        ("POST", "/roll-calls/ROLL_CALL/answers", 201),
        ("DELETE", "/consents/location", 204),
        ("POST", "/checkins", 201),
        ("GET", "/oversight/mine", 200),
        ("GET", "/findings/FINDING", 200),
        ("POST", "/findings/FINDING/answer", 200),
        ("GET", "/recalls/RECALL", 200),
        ("POST", "/recalls/RECALL/answer", 200),
        ("POST", "/trips", 201),
        ("GET", "/trips", 200),
        ("POST", "/trips/TRIP/withdrawal", 200),
        ("POST", "/leaves/preview", 200),
        ("POST", "/leaves", 201),
        ("GET", "/leaves", 200),
        ("GET", "/leaves/LEAVE", 200),
        ("GET", "/leaves/LEAVE/slip", 200),
        ("POST", "/leaves/LEAVE/withdrawal", 200),
        ("GET", "/households", 200),
        ("GET", "/households/HOUSEHOLD", 200),
        ("GET", "/visits/due", 200),
        ("GET", "/visits/due", 200),
        ("POST", "/visits", 201),
        ("POST", "/visits/VISIT/photos", 201),
        ("GET", "/visits", 200),
        ("GET", "/visits", 200),
        ("GET", "/visits/VISIT", 200),
        ("POST", "/visits/VISIT/corrections", 201),
        ("GET", "/problems", 200),
        ("GET", "/problems/PROBLEM", 200),
        ("POST", "/problems/PROBLEM/steps", 201),
        ("POST", "/problems/PROBLEM/steps", 201),
        ("GET", "/visits/quarter", 200),
        ("GET", f"/attendance/{month}", 200),
        ("GET", "/checkins", 200),
        ("GET", "/messages", 200),
        ("GET", "/messages", 200),
        ("GET", "/messages/templates", 200),
        ("POST", "/feedback", 201),
        ("GET", "/me/data", 200),
        ("GET", "/me/data", 200),
        ("DELETE", "/sessions/current", 204),
    ]


def oversight_of(person: Person, world: World) -> dict[str, str]:
    """A roll-call, a finding and a recall that somebody may answer."""
    work_today(world)
    inspection = open_village(world)
    roll_call = call_roll(world, inspection)
    finding = ok(find(world, inspection, person), 201)
    recall = ok(propose_recall(world, person), 201)
    return {"ROLL_CALL": roll_call["id"], "FINDING": finding["id"], "RECALL": recall["id"]}


def test_the_position_sent_counts_and_sent_again_is_the_same(requests, world: World):
    body = next(request["data"] for request in requests if request["url"].endswith("/checkins"))
    me = Phone(world.secretary)
    first, again = me.post("/checkins", body), me.post("/checkins", body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json == again.json
    assert (first.json["verdict"], first.json["counted"]) == ("inside", True)
    assert first.json["client_key"] == body["client_key"]
