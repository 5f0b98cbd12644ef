"""A phone in the browser, driven by what a person reads on it and touches."""

import json
from datetime import date
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.factories import MIDDLE, Place

PICTURES = Path(__file__).parents[2] / "var" / "screenshots"
"""Where each test leaves what it saw, for people to look at."""
HEIGHT_PX = 720
CHANGE = """
    (news) => import(new URL("app/device.js", location.href)).then(({ changeDevice }) => changeDevice(news))
"""


class Handset:
    """One person's phone, held somewhere; ``page`` shows nothing but its screen."""

    def __init__(
        self,
        page: Page,
        address: str,
        openid: str,
        *,
        place: Place = MIDDLE,
        width_px: int = 375,
        asked_before: bool = True,
        **device: Any,
    ) -> None:
        """``asked_before``: WeChat's own questions about privacy and position are answered already."""
        self.page = page
        page.set_viewport_size({"width": width_px, "height": HEIGHT_PX})
        phone = {"openid": openid, "place": _spot(place), **device}
        page.add_init_script(f"sessionStorage.phone ??= {json.dumps(json.dumps(phone))}")
        if asked_before:
            answers = {"privacy": True, "scopes": {"scope.userLocation": True}}
            kept = json.dumps(json.dumps(answers))
            page.add_init_script(f"localStorage['wechat:{openid}'] ??= {kept}")
        self._address = f"{address}/phone/app.html"

    def open(self, where: str = "") -> "Handset":
        """Open the mini-program, at a page if one is named; what is open is closed first."""
        self.page.goto(self._address + (f"?page={where.replace('&', '%26')}" if where else ""))
        self.screen.first.wait_for()
        return self

    def go(self, where: str) -> None:
        """Let the mini-program itself leave for one of its pages."""
        self.page.evaluate("(url) => preview.wx.reLaunch({ url })", f"/{where}")

    @property
    def screen(self) -> Locator:
        """The page on top."""
        return self.page.locator(".preview-view:visible")

    @property
    def wechat(self) -> Locator:
        """What WeChat itself shows above the page."""
        return self.page.locator("#preview-layer")

    def sees(self, *texts: str) -> None:
        """Wait until the page shows each text."""
        for text in texts:
            expect(self.screen.get_by_text(text).first).to_be_visible()

    def sees_no(self, text: str) -> None:
        """Wait until the page does not show the text."""
        expect(self.screen.get_by_text(text)).to_have_count(0)

    def sees_named(self, name: str) -> None:
        """Wait until the page shows what screen readers call so."""
        expect(self.named(name)).to_be_visible()

    def named(self, name: str) -> Locator:
        """Whatever on the page answers to a touch under that name."""
        return self.screen.get_by_label(name, exact=True).first

    def tap(self, name: str) -> None:
        """Touch what is named so for screen readers."""
        self.named(name).click()

    def answer(self, words: str) -> None:
        """Touch a button of WeChat's dialog."""
        self.wechat.get_by_role("button", name=words, exact=True).click()

    def write(self, field: str, text: str) -> None:
        """Type into the field of that name."""
        self.named(field).fill(text)

    def choose_day(self, field: str, day: date) -> None:
        """Turn the wheels of the field of that name to a day."""
        self.screen.get_by_label(field).first.click()
        self.wechat.locator("input").fill(day.isoformat())
        self.answer("确定")

    def choose(self, field: str, words: str) -> None:
        """Turn the wheel of the field of that name to these words."""
        self.screen.get_by_label(field).first.click()
        self.wechat.get_by_role("option", name=words, exact=True).click()
        self.answer("确定")

    def tab(self, name: str) -> None:
        """Go to a page of the bar at the bottom."""
        self.page.get_by_role("tab", name=name).click()

    def change(self, **device: Any) -> None:
        """Carry the phone elsewhere (``place``), or turn its switches."""
        if place := device.pop("place", None):
            device["place"] = _spot(place)
        self.page.evaluate(CHANGE, device)

    def shoot(self, name: str) -> None:
        """Keep what is to be seen."""
        self.page.screenshot(path=PICTURES / f"{name}.png")

    @property
    def errors(self) -> list[str]:
        """What the preview has reported since the mini-program was opened."""
        found: list[str] = self.page.evaluate("preview.errors")
        return found


def _spot(place: Place) -> dict[str, float]:
    return {"longitude_deg": place.longitude_deg, "latitude_deg": place.latitude_deg}
