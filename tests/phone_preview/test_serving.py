"""Where the phone in the browser is, and where it must never be."""

import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from flask import Flask

from demo.launch import _prepare_phone
from demo.welcome import Welcome, welcome_text
from geofence.datum import Point
from kernel.periods import Month
from phone_preview.serving import mount

ROOT = Path(__file__).parents[2]
WELCOME = Welcome(
    address="http://127.0.0.1:8000",
    accounts=[],
    place=Point(115.5, 25.3),
    township_id="",
    month=Month(2026, 11),
    leave_day=date(2026, 11, 30),
)


def scene():
    return {"accounts": [], "villages": []}


@pytest.fixture
def plain(settings):
    """Make an application that answers nothing, with the settings of an environment."""

    def make(environment: str) -> Flask:
        app = Flask("plain")
        app.config["ZHUCUN"] = replace(settings, app_env=environment)
        return app

    return make


def test_in_production_no_phone_is_mounted(plain, tmp_path):
    app = plain("production")
    with pytest.raises(RuntimeError, match="not for production"):
        mount(app, builds=tmp_path, scene=scene)
    assert app.test_client().get("/phone/").status_code == 404


def test_in_the_demo_the_phone_is_mounted(plain, tmp_path):
    app = plain("demo")
    mount(app, builds=tmp_path, scene=scene)
    client = app.test_client()
    with client.get("/phone/") as page:
        assert "手机预览" in page.text
    assert client.get("/phone").location.endswith("/phone/")
    assert client.get("/elsewhere").status_code == 404


def test_the_application_itself_has_no_phone(client):
    assert client.get("/phone/").status_code == 404
    assert client.get("/phone/scene.json").status_code == 404


def test_the_application_does_not_even_load_it():
    script = "import app, sys; print([name for name in sys.modules if name.split('.')[0] == 'phone_preview'])"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"


def test_without_node_the_demo_says_that_there_is_no_phone(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    missing = _prepare_phone(tmp_path / "builds")
    assert "没有 node" in missing
    text = welcome_text(WELCOME, no_phone=missing)
    assert f"手机 phone     {missing}" in text and "/phone/" not in text
    assert "http://127.0.0.1:8000/phone/" in welcome_text(WELCOME)
