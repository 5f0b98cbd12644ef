"""/healthz for the proxy, /metrics for those who hold its token."""

import pytest

from tests.contract.conftest import open_doors
from tests.factories import Phone

__all__ = ["open_doors"]

TOKEN = "metrics-token-of-the-tests"


def test_healthz_answers_anybody(app):
    answer = app.test_client().get("/healthz")
    assert (answer.status_code, answer.json) == (200, {"status": "ok"})


@pytest.mark.parametrize("header", [None, "", "Bearer ", "Bearer wrong", "Bearer 错", f"Basic {TOKEN}"])
def test_metrics_do_not_exist_without_their_token(app, header):
    headers = {} if header is None else {"Authorization": header.encode("utf-8").decode("latin-1")}
    answer = app.test_client().get("/metrics", headers=headers)
    assert (answer.status_code, answer.json["error"]["code"]) == (404, "not_found")


def test_a_session_opens_no_metrics(world):
    token = Phone(world.county_office).token
    from flask import current_app

    answer = current_app.test_client().get("/metrics", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 404


def test_metrics_count_requests_and_name_nobody(app, world):
    Phone(world.secretary).get("/me")
    answer = app.test_client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    assert 'zhucun_requests_total{endpoint="identity.get_me",status="200"}' in answer.text
    assert str(world.secretary.id) not in answer.text


def test_addresses_nobody_serves_make_one_series_only(app):
    for number in range(20):
        app.test_client().get(f"/probe-{number}")
    text = app.test_client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).text
    assert "probe-" not in text and 'endpoint="none",status="404"' in text
