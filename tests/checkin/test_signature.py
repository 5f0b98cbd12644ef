"""Check-ins signed by the mini-program with WeChat's own key, and those that are not."""

import hmac
import json
from uuid import uuid4

import httpx
import pytest

from identity.consent import LOCATION_NOTICE
from phone_preview.wechat_server import signing_key
from tests.factories import MIDDLE, bind_wechat, make_setting


@pytest.fixture
def mini_program(world, client, wechat):
    """A first secretary's mini-program: signs in by WeChat, consents, signs what it sends."""
    bind_wechat(world.secretary, "demo-signer")
    token = client.post("/api/v1/sessions", json={"code": "demo-signer"}).json["token"]
    headers = {"Authorization": f"Bearer {token}"}
    client.post(
        "/api/v1/consents", json={"purpose": "location", "version": LOCATION_NOTICE.version}, headers=headers
    )

    def check_in(version=None, *, key=None, signed=True):
        body = json.dumps({"client_key": str(uuid4()), "fix": MIDDLE.fix()}).encode()
        extra = {}
        if signed:
            signature = hmac.digest(
                (key or signing_key("demo-signer", version)).encode(), body, "sha256"
            ).hex()
            extra = {"X-Signature": signature, "X-Signature-Version": str(version)}
        return client.post(
            "/api/v1/checkins", data=body, content_type="application/json", headers={**headers, **extra}
        )

    return check_in


@pytest.fixture
def rotate(wechat):
    """Let WeChat issue the next key, and return its version."""
    return lambda: httpx.post(f"{wechat.url}/stand-in/rotate-keys").json()["version"]


def test_a_signed_check_in_counts(mini_program, rotate):
    assert mini_program(rotate()).json["counted"]


def test_a_wrong_signature_is_refused(mini_program, rotate):
    answer = mini_program(rotate(), key="somebody elses key")
    assert (answer.status_code, answer.json["error"]["code"]) == (401, "signature_wrong")


def test_the_last_three_keys_are_good_and_older_ones_are_not(mini_program, rotate):
    newest = [rotate() for _ in range(4)][-1]
    assert [mini_program(newest - back).status_code for back in range(4)] == [201, 201, 201, 401]


@pytest.mark.parametrize("version", ["x", "-1", ""])
def test_a_version_that_is_none_is_refused(mini_program, version):
    assert mini_program(version, key="any").status_code == 401


def test_an_unsigned_check_in_counts_and_is_doubted_where_the_county_expects_signatures(
    mini_program, world, phone
):
    make_setting(world.county, "checkin.expects_signature", True)
    answer = mini_program(signed=False)
    assert answer.json["counted"]
    month = answer.json["day"][:7]
    doubts = phone(world.secretary).get(f"/checkins?month={month}").json["items"][0]["doubts"]
    assert doubts == ["unsigned"]


def test_when_wechat_cannot_be_asked_the_check_in_counts_all_the_same(mini_program, app, rotate, monkeypatch):
    version = rotate()
    monkeypatch.setattr(app.extensions["wechat"], "signing_keys", _busy)
    assert mini_program(version).status_code == 201


def _busy(user):
    from kernel.wechat import WeChatBusy

    raise WeChatBusy
