"""The queue as in its own tests, somebody who tells, and people who subscribe at the stand-in for WeChat."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest
from apiflask import APIFlask

from kernel.clock import now
from kernel.settings import Settings, parse_templates
from messages.models import MessageKind
from messages.service import Notice, tell
from org.models import Person
from phone_preview.wechat_server import RunningServer
from tests.factories import World, bind_wechat
from tests.kernel.conftest import jobs, work

__all__ = ["jobs", "work"]

TEMPLATES = "leave_decided=tmpl-own,office_waits=tmpl-library:thing7:thing4:date5,papers_due=tmpl-withdrawn"


@pytest.fixture
def tell_people(world: World) -> Callable[..., int]:
    """Tell people of county 甲 that a leave is decided; what is given takes the place of the usual."""

    def tell_them(*people: Person, at: datetime | None = None, **changes: Any) -> int:
        said: dict[str, Any] = {
            "kind": MessageKind.LEAVE_DECIDED,
            "county_id": world.county.id,
            "subject_id": uuid4(),
            "title": "请假已批准",
            "text": "11月23日至25日的请假，甲一乡已批准",
            "occasion": "",
            **changes,
        }
        return tell([Notice(person_id=person.id, **said) for person in people], now=at or now())

    return tell_them


class Subscriber:
    """Somebody with a WeChat of their own at the stand-in."""

    def __init__(self, wechat_url: str, person: Person, openid: str) -> None:
        self._wechat_url, self.openid = wechat_url, openid
        bind_wechat(person, openid)

    def subscribe(self, template_id: str = "tmpl-own") -> None:
        """Tap that one message of this template may come."""
        grant = {"openid": self.openid, "template_id": template_id}
        assert httpx.post(f"{self._wechat_url}/stand-in/grants", json=grant).status_code == 204

    @property
    def received(self) -> list[dict[str, Any]]:
        """What came through, as WeChat shows it."""
        shown = httpx.get(f"{self._wechat_url}/stand-in/messages", params={"openid": self.openid})
        return [{name: field["value"] for name, field in each["data"].items()} for each in shown.json()]


@pytest.fixture
def bound(
    app: APIFlask, settings: Settings, wechat: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Subscriber]:
    """Bind a WeChat to a person, in an installation with templates: ``bound(world.secretary)``."""
    settings = replace(settings, wechat_templates=parse_templates(TEMPLATES))
    monkeypatch.setitem(app.config, "ZHUCUN", settings)
    return lambda person, openid=None: Subscriber(wechat.url, person, openid or f"o-{uuid4().hex}")
