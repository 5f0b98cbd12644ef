"""今日驻村登记 on the phone, from the tap to the row in the database."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from checkin.models import Checkin
from identity.consent import LOCATION_NOTICE, consent
from kernel.clock import now
from tests.browser.handset import Handset
from tests.factories import MIDDLE, World

TAP = "今日驻村登记"


@pytest.fixture
def handset(world: World, hand: Callable[..., Handset]) -> Callable[..., Handset]:
    """Hand out the member's phone, open at the first page; the member has consented."""
    consent(person_id=world.member.id, version=LOCATION_NOTICE.version, now=now())

    def open_phone(**device: Any) -> Handset:
        handset = hand("member", **device).open()
        handset.sees("今日尚未登记")
        return handset

    return open_phone


@pytest.fixture
def attempts(stored) -> Callable[[], list[tuple[str, bool]]]:
    """Read the verdict of each attempt, and whether it counts."""
    statement = select(Checkin.verdict, Checkin.counted).order_by(Checkin.received_at)
    return lambda: [(str(verdict), counted) for verdict, counted in stored(statement)]


def test_the_first_tap_reads_the_notice_consents_and_counts(hand, attempts):
    phone = hand("member", asked_before=False).open()
    phone.sees("今日尚未登记")
    phone.tap(TAP)
    phone.sees("位置使用告知")
    phone.tap("我已阅读并同意")
    phone.tap(TAP)
    expect(phone.wechat).to_contain_text("申请使用你的位置信息")
    phone.answer("允许")
    phone.sees("今日已登记，已计入", "在村内")
    phone.shoot("checkin-inside")
    assert attempts() == [("inside", True)]


def test_outside_the_village_the_attempt_is_kept_and_does_not_count(handset, attempts):
    phone = handset(place=MIDDLE.moved(east_m=1_600))
    phone.tap(TAP)
    phone.sees("村外：离村不到1公里", "已记录，未计入")
    phone.shoot("checkin-outside")
    assert attempts() == [("outside", False)]


def test_a_rough_fix_at_the_edge_is_told_to_be_unsure(handset, attempts):
    phone = handset(place=MIDDLE.moved(east_m=1_300), position="rough")
    phone.tap(TAP)
    phone.sees("存疑")
    phone.shoot("checkin-unsure")
    assert [verdict for verdict, _ in attempts()] == ["unsure"]


def test_a_refused_permission_sends_nothing_and_shows_the_way_out(handset, attempts):
    phone = handset(asked_before=False)
    phone.tap(TAP)
    phone.answer("拒绝")
    phone.sees("没有位置权限", "本人声明")
    phone.shoot("checkin-refused")
    assert attempts() == []
    phone.tap("打开授权设置")
    phone.wechat.get_by_label("使用你的位置信息").check()
    phone.answer("返回")
    phone.tap(TAP)
    phone.sees("今日已登记，已计入")
    assert attempts() == [("inside", True)]


def test_without_a_position_nothing_is_sent_and_the_reason_is_said(handset, attempts):
    phone = handset()
    for position, title in (
        ("none", "没有取到位置"),
        ("off", "手机定位没有打开"),
        ("forbidden", "手机没有允许微信使用位置"),
        ("reduced", "手机只给出大概位置"),
    ):
        phone.change(position=position)
        phone.tap(TAP)
        phone.sees(title)
    phone.shoot("checkin-no-position")
    assert attempts() == []


def test_an_attempt_without_network_waits_survives_closing_and_is_sent_once(handset, attempts):
    phone = handset()
    phone.change(network="none")
    phone.tap(TAP)
    phone.sees("等待发送", "还没有送到的")
    phone.shoot("checkin-waiting")
    phone.open()
    phone.sees("还没有送到的")
    assert attempts() == []
    phone.change(network="wifi")
    phone.sees("今日已登记，已计入")
    phone.sees_no("还没有送到的")
    phone.shoot("checkin-sent-later")
    assert attempts() == [("inside", True)]


def test_an_answer_that_got_lost_does_not_double_the_attempt(handset, attempts):
    phone = handset()
    phone.change(network="lost")
    phone.tap(TAP)
    phone.sees("还没有送到的")
    assert len(attempts()) == 1
    phone.change(network="wifi")
    phone.tap("现在发送")
    phone.sees_no("还没有送到的")
    phone.sees_no("等待发送")
    assert attempts() == [("inside", True)]


def test_a_double_tap_is_one_attempt(handset, attempts):
    phone = handset()
    phone.named(TAP).dblclick()
    phone.sees("今日已登记，已计入")
    phone.shoot("checkin-double-tap")
    assert attempts() == [("inside", True)]


def test_the_panel_carries_the_phone_out_of_the_village_and_hands_it_to_somebody_else(
    world, page: Page, phone_address, attempts
):
    consent(person_id=world.member.id, version=LOCATION_NOTICE.version, now=now())
    page.set_viewport_size({"width": 900, "height": 900})
    page.goto(f"{phone_address}/phone/?account=demo-member")
    screen = page.frame_locator("#app")
    expect(screen.get_by_text("今日尚未登记")).to_be_visible()
    page.get_by_role("button", name="村外").click()
    screen.get_by_role("button", name=TAP).click()
    screen.get_by_role("button", name="允许").click()
    expect(screen.get_by_text("村外：离村不到1公里")).to_be_visible()
    map_ = page.locator("#map")
    box = map_.bounding_box()
    map_.click(position={"x": box["width"] / 2, "y": box["height"] / 2})
    screen.get_by_role("button", name=TAP).click()
    expect(screen.get_by_text("今日已登记，已计入")).to_be_visible()
    page.screenshot(path="var/screenshots/panel.png")
    page.get_by_label("谁的手机").select_option("demo-township-head")
    expect(screen.get_by_text("今天谁在村")).to_be_visible()
    assert [verdict for verdict, _ in attempts()] == ["outside", "inside"]
