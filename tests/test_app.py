"""Starting the server."""

from dataclasses import replace

import pytest

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
