"""The demo's attendance sheets: on every step of the way, as the days recorded make them."""

from collections import Counter
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import select

from attendance.models import Sheet, SheetState, SheetVersion
from attendance.sheet import SheetContent, check_code
from kernel.clock import today
from kernel.database import db
from kernel.periods import Month, day_of
from org.models import Area


def _sign_in(app: APIFlask, account: str) -> dict[str, str]:
    answer = app.test_client().post("/api/v1/sessions", json={"code": f"demo-{account}"})
    return {"Authorization": f"Bearer {answer.json['token']}"}


def _board(app: APIFlask, month: Month) -> dict[str, Any]:
    """Return the sheets of both counties by village, as their offices see them."""
    lines = {}
    for account in ("county-office", "county-office-2"):
        headers = _sign_in(app, account)
        client = app.test_client()
        area = next(
            office["area"]["id"]
            for office in client.get("/api/v1/me", headers=headers).json["offices"]
            if office["area"]
        )
        query = {"month": str(month), "area": area}
        board = client.get("/api/v1/sheets", headers=headers, query_string=query).json["items"]
        lines |= {line["village"]["name"]: line for line in board}
    return lines


@pytest.fixture
def last_month(installation: APIFlask) -> Month:
    if today().day < 10:
        pytest.skip("in the first days of a month last month's sheets are still on their way")
    return Month.of(today()).previous


def test_last_month_s_sheets_stand_on_every_step_of_the_way(installation, last_month):
    board = _board(installation, last_month)
    assert len(board) == 12
    states = Counter(line["state"] for line in board.values())
    assert {"open", "submitted", "checked", "stamped"} == set(states)
    assert (board["高塅村村委会"]["state"], board["磜上村民委员会"]["state"]) == ("open", "open")
    assert [name for name, line in board.items() if line["version"] == 2] == ["半迳村村委会"]


def test_the_month_before_is_stamped_everywhere(installation, last_month):
    board = _board(installation, last_month.previous)
    assert {line["state"] for line in board.values()} == {"stamped"}
    assert {name for name, line in board.items() if line["version"] == 2} == {
        "大坋村村委会",
        "洋田村民委员会",
    }


def test_a_stamped_sheet_says_what_the_records_say_and_its_code_is_its_own(installation, last_month):
    for month in (last_month, last_month.previous):
        stamped = [line for line in _board(installation, month).values() if line["state"] == "stamped"]
        assert [line["proposed_changes"] for line in stamped] == [0] * len(stamped)
    versions = db.session.scalars(select(SheetVersion)).all()
    assert versions
    for version in versions:
        content = SheetContent.read(version.content)
        assert check_code(content.sha256()) == version.check_code
        assert content.rows, content.village


def test_a_second_version_differs_by_the_one_day_entered(installation, last_month):
    village = db.session.scalars(select(Area).where(Area.name == "半迳村村委会")).one()
    rows = db.session.scalars(
        select(SheetVersion)
        .join(Sheet, Sheet.id == SheetVersion.sheet_id)
        .where(Sheet.village_id == village.id, Sheet.month == last_month.first_day)
        .order_by(SheetVersion.number)
    ).all()
    first, second = (SheetContent.read(version.content) for version in rows)
    paid = [sum(len(row.paid_days) for row in content.rows) for content in (first, second)]
    assert paid[1] == paid[0] + 1
    assert "补登" in (rows[1].reason or "")


def test_no_step_lies_in_today_or_before_the_month_was_over(installation):
    for sheet in db.session.scalars(select(Sheet)):
        steps = [sheet.submitted_at, sheet.witnessed_at, sheet.checked_at]
        assert all(sheet.month < day_of(at) < today() for at in steps if at)
        assert sheet.state != SheetState.AMENDED


def test_the_accounts_take_their_month_from_open_to_stamped(installation, last_month):
    client = installation.test_client()
    village = db.session.scalars(select(Area).where(Area.name == "高塅村村委会")).one()
    address = f"/api/v1/sheets/{village.id}/{last_month}"
    for account, step in (
        ("first-secretary", "submission"),
        ("village-secretary", "witness"),
        ("township-clerk", "check"),
        ("township-head", "stamp"),
    ):
        answer = client.post(f"{address}/{step}", headers=_sign_in(installation, account))
        assert answer.status_code in (200, 201), (account, answer.json)
    assert answer.json["state"] == "stamped"
