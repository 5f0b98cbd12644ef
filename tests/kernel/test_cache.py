"""Redis may be slow, frozen or away: people still sign in and check in (security H4)."""

import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import redis
from flask import current_app

from app import create_app
from kernel import cache
from kernel.database import db
from tests.contract.calls import API
from tests.contract.conftest import open_doors
from tests.factories import MIDDLE, FreshClient, Phone, bind_wechat, make_person, make_posting

__all__ = ["open_doors"]

PATIENCE_SECONDS = 5
"""Far above what it takes; a client with its own retries would wait longer than this."""


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A Redis of the test's own, on a free port."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("redis-server is not here: a frozen Redis is not tried")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [
            program,
            "--port",
            str(port),
            "--unixsocket",
            str(tmp_path / "redis.sock"),
            "--save",
            "",
            "--dir",
            str(tmp_path),
        ],
        stdout=subprocess.DEVNULL,
    )
    try:
        url = f"redis://127.0.0.1:{port}/0"
        _wait_for(url)
        yield url, process
    finally:
        process.send_signal(signal.SIGCONT)
        process.terminate()
        process.wait(timeout=10)


def _wait_for(url: str) -> None:
    client = cache.connect(url)
    for _ in range(200):
        try:
            client.ping()
            return
        except redis.RedisError:
            time.sleep(0.02)
    raise AssertionError("redis-server does not answer")


@pytest.fixture
def app_with_redis(app, settings, redis_server) -> Iterator[Any]:
    """The application with that Redis."""
    other = create_app(replace(settings, redis_url=redis_server[0]))
    other.test_client_class = FreshClient
    with other.app_context():
        yield other
        db.session.remove()
        db.engine.dispose()


def _sign_in_and_tap(world: Any) -> None:
    client = current_app.test_client()
    answer = client.post(f"{API}/sessions", json={"code": "demo-secretary"})
    assert answer.status_code == 200, answer.json
    phone = Phone(world.secretary)
    assert phone.check_in(MIDDLE).status_code == 201
    newcomer = client.post(f"{API}/sessions", json={"code": "demo-newcomer"})
    ticket = newcomer.json["error"]["details"]["binding_ticket"]
    bound = client.post(f"{API}/bindings", json={"ticket": ticket, "phone_code": "phone-13700000001"})
    assert bound.status_code == 200, bound.json


@pytest.fixture
def two_people(world: Any) -> Any:
    bind_wechat(world.secretary, "demo-secretary")
    make_posting(make_person("新来", "13700000001"), world.village, world.unit)
    return world


def test_with_redis_people_sign_in_and_the_token_is_kept(two_people, app_with_redis, redis_server):
    _sign_in_and_tap(two_people)
    assert any(b"access_token" in key for key in cache.connect(redis_server[0]).keys("*"))


@pytest.mark.parametrize("trouble", [signal.SIGSTOP, signal.SIGKILL])
def test_without_redis_people_sign_in_and_check_in_all_the_same(
    two_people, app_with_redis, redis_server, trouble
):
    redis_server[1].send_signal(trouble)
    before = time.monotonic()
    _sign_in_and_tap(two_people)
    assert time.monotonic() - before < PATIENCE_SECONDS


def test_a_client_of_a_frozen_redis_gives_up_at_once(redis_server):
    client = cache.connect(redis_server[0])
    redis_server[1].send_signal(signal.SIGSTOP)
    with pytest.raises(redis.RedisError):
        client.get("x")


def test_no_client_of_redis_tries_again_by_itself(app_with_redis, redis_server):
    """Its own habit is to try several times with pauses between, at each call."""
    (limiter,) = app_with_redis.extensions["limiter"]
    for client in (cache.connect(redis_server[0]), limiter.storage.storage):
        assert client.get_retry().get_retries() == 0
        assert client.connection_pool.connection_kwargs["socket_timeout"] == cache.TIMEOUT_SECONDS


def test_a_redis_at_a_socket_does_as_well(app, settings, redis_server, tmp_path):
    other = create_app(replace(settings, redis_url=f"unix://{tmp_path}/redis.sock"))
    other.test_client_class = FreshClient
    with other.app_context():
        assert current_app.test_client().post(f"{API}/sessions", json={}).status_code == 422
    assert any(b"doors" in key for key in cache.connect(redis_server[0]).keys("*"))


def test_without_a_url_the_stand_in_keeps_values():
    client = cache.connect("")
    client.set("x", "1", ex=10)
    assert client.get("x") == b"1"


def test_the_door_is_limited_and_says_when_to_come_back(world, app_with_redis):
    """Only where strangers may knock."""
    client = current_app.test_client()
    answers = [client.post(f"{API}/sessions", json={}) for _ in range(125)]
    assert {answer.status_code for answer in answers[:120]} == {422}
    assert {answer.status_code for answer in answers[120:]} == {429}
    assert answers[-1].json["error"]["code"] == "too_many_requests"
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert Phone(world.secretary).get("/me").status_code == 200
