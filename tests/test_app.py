"""Starting the server."""

from dataclasses import replace

import pytest
from click.testing import CliRunner

import app as wiring
from tests.factories import bind_wechat


def test_production_does_not_start_with_demo_accounts(app, world, settings, monkeypatch, capsys):
    monkeypatch.setitem(app.config, "ZHUCUN", replace(settings, app_env="production"))
    monkeypatch.setattr(wiring, "create_app", lambda: app)
    assert wiring.create_server() is app
    bind_wechat(world.secretary, "demo-first-secretary")
    with pytest.raises(SystemExit) as ended:
        wiring.create_server()
    assert ended.value.code == 2
    assert "DATABASE_URL: this database holds demo accounts" in capsys.readouterr().err


def test_without_settings_the_command_line_says_what_is_missing_and_lists_its_commands(monkeypatch):
    for name in ("APP_ENV", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    answer = CliRunner().invoke(wiring.commands(), ["--help"])
    assert answer.exit_code == 0
    assert "DATABASE_URL: " in answer.stderr and "Traceback" not in answer.stderr
    assert {"accounts", "areas", "demo", "fences", "roster", "worker"} <= set(answer.stdout.split())
