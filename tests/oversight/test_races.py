"""Several people at the very same moment: the database lets one win (F1, F4)."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from threading import Barrier
from uuid import uuid4

import pytest
from sqlalchemy import delete, select, update

from kernel.clock import today
from kernel.database import db, transaction
from oversight.inspection_models import Finding, RollCallEntry
from oversight.recall_models import Proposal
from tests.factories import MIDDLE, Phone
from tests.oversight.making import make_finding, make_inspection, make_roll_call, no_recall, only_recall

TRIALS = 20


@pytest.fixture
def at_once(app):
    """Let people act at the same moment; returns what each got."""
    with ThreadPoolExecutor(4) as pool:

        def act(*actions):
            start = Barrier(len(actions))

            def run(action):
                with app.app_context():
                    start.wait()
                    return action()

            return list(pool.map(run, actions))

        yield act


def codes(answers):
    return sorted(
        (answer.status_code, answer.json["error"]["code"] if answer.status_code >= 400 else None)
        for answer in answers
    )


@pytest.mark.parametrize("other_confirms", [True, False])
def test_of_two_who_decide_on_a_finding_at_once_one_wins(workday, at_once, other_confirms):
    inspection = make_inspection(workday.village, workday.inspector)
    finding = make_finding(inspection, workday.postings["secretary"], state="answered", kind="other")
    address = f"/findings/{finding.id}/decision"
    both = [
        partial(Phone(person).post, address, {"confirms": confirms, "reason": "核实"})
        for person, confirms in ((workday.city_org, True), (workday.city_rural, other_confirms))
    ]
    winners = Counter()
    for _ in range(TRIALS):
        answers = at_once(*both)
        assert codes(answers) == [(200, None), (409, "finding_decided")]
        winners[answers[0].status_code] += 1
        with transaction():
            db.session.execute(
                update(Finding).values(state="answered", decided_by=None, decided_at=None, reason=None)
            )
    if other_confirms:
        assert len(winners) == 2, "both should win sometimes, or nothing is proven"


def test_two_absences_confirmed_at_once_are_one_notice_and_one_recall(workday, at_once):
    days = today() - timedelta(days=1), today()
    for _ in range(TRIALS):
        findings = [
            make_finding(
                make_inspection(workday.village, workday.inspector, day=day),
                workday.postings["secretary"],
                state="answered",
            )
            for day in days
        ]
        answers = at_once(
            *(
                partial(
                    Phone(person).post,
                    f"/findings/{finding.id}/decision",
                    {"confirms": True, "reason": "核实"},
                )
                for person, finding in zip((workday.city_org, workday.city_rural), findings, strict=True)
            )
        )
        assert codes(answers) == [(200, None)] * 2
        with transaction():
            steps = sorted(db.session.scalars(select(Proposal.step)))
            db.session.execute(delete(Proposal))
            db.session.execute(delete(Finding))
        assert steps == ["notice", "recall"]


def test_four_taps_on_one_answer_are_one_answer(workday, at_once):
    me = Phone(workday.member)
    for _ in range(TRIALS):
        roll_call = make_roll_call(make_inspection(workday.village, workday.inspector))
        body = {"client_key": str(uuid4()), "fix": MIDDLE.fix()}
        answers = at_once(*[partial(me.post, f"/roll-calls/{roll_call.id}/answers", body)] * 4)
        assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 201]
        assert len({str(answer.json) for answer in answers}) == 1
        with transaction():
            answered = select(RollCallEntry.id).where(
                RollCallEntry.roll_call_id == roll_call.id, RollCallEntry.answered_at.is_not(None)
            )
            assert len(db.session.scalars(answered).all()) == 1


@pytest.mark.parametrize(
    ("state", "step", "people", "body"),
    [
        ("proposed", "decision", ("county_group", "county_group"), {"upholds": True, "reason": "属实"}),
        ("decided", "urging", ("city_org", "city_rural"), {"document_no": "x"}),
        ("urged", "departure", ("unit_head", "unit_clerk"), {"last_day": "2099-12-31"}),
    ],
)
def test_of_two_who_take_a_step_of_a_recall_at_once_one_wins(workday, at_once, state, step, people, body):
    phones = [Phone(workday.people[who]) for who in people]
    for _ in range(TRIALS):
        recall = only_recall(workday.postings["secretary"], state=state)
        answers = at_once(*(partial(phone.post, f"/recalls/{recall.id}/{step}", body) for phone in phones))
        assert codes(answers) == [(200, None), (409, "recall_moved_on")]


def test_of_two_proposals_to_recall_somebody_one_stands(workday, at_once):
    me = Phone(workday.township_head)
    for _ in range(TRIALS):
        bodies = [
            {
                "client_key": str(uuid4()),
                "person_id": str(workday.secretary.id),
                "ground": "negligent",
                "reason": "履职不力",
            }
            for _ in range(2)
        ]
        answers = at_once(*(partial(me.post, "/recalls", body) for body in bodies))
        assert codes(answers) == [(201, None), (409, "recall_running")]
        no_recall(workday)
