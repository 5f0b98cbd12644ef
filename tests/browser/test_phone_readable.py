"""For older eyes and narrow phones: large type, 320 pixels, touch targets, on every page of the mini-program."""

import json
from datetime import date
from urllib.parse import quote, urlencode

import pytest

from kernel.periods import Month
from leave.policy import LeaveState
from oversight.duty_policy import DutyCode
from phone_preview.build import MINI_PROGRAM
from tests.factories import (
    World,
    make_duty_event,
    make_household,
    make_leave,
    make_pairing,
    make_person,
    make_problem,
    make_rotation,
    make_trip,
    make_visit,
)
from tests.leave.steps import delegate
from tests.oversight.making import (
    make_finding,
    make_inspection,
    make_mandate,
    make_roll_call,
    make_warning,
    only_recall,
)
from tests.oversight.steps import ok, open_village

LARGE_PX = 24
TOUCH_PX = 44
TOO_WIDE = """
    [...document.querySelectorAll(".preview-view:not([hidden]) wx-page *")]
        .filter((element) => element.getBoundingClientRect().right > innerWidth + 0.5)
        .map((element) => element.innerText || element.tagName)
"""
CUT_OFF = """
    [...document.querySelectorAll(".preview-view:not([hidden]) wx-page :is(wx-button, wx-view)")]
        .filter((element) => element.clientHeight && element.scrollHeight > element.clientHeight + 2)
        .map((element) => element.innerText)
"""
TOO_SMALL = """
    (least) => [...document.querySelectorAll(".preview-view:not([hidden]) wx-page :is(wx-button, [role=button], [role=radio], [role=switch])")]
        .map((element) => [element.innerText, element.getBoundingClientRect().height])
        .filter(([, height]) => height > 0 && height < least)
"""


@pytest.fixture
def pages(world: World, day: date) -> dict[str, list[tuple[str, str]]]:
    """Every page with something on it, by whose phone: the address, and what it says once it is there."""
    household = make_household(world.village)
    make_pairing(household, world.member)
    visit = make_visit(household, world.member)
    problem = make_problem(visit)
    posting, county = world.postings["member"], world.county
    mine = make_leave(posting, county=county)
    granted = make_leave(posting, county=county, state=LeaveState.APPROVED, starts_in_days=10)
    oral = make_leave(posting, county=county, state=LeaveState.ORAL, starts_in_days=20)
    inspection = make_inspection(world.village, world.inspector)
    opened = open_village(world)
    roll_call, finding = make_roll_call(inspection), make_finding(inspection, posting)
    warned, recall = make_warning(posting), only_recall(posting, answered_at=None, answer_sealed=None)
    urged = only_recall(world.postings["secretary"], state="urged")
    called_back = only_recall(world.postings["member_of_township_2"], state="recalled")
    paid = make_duty_event(DutyCode.TEAM_FUND, village=world.village, unit=world.unit, by=world.unit_clerk)
    shown = {"title": "拨付驻村工作经费", "place": "杨梅村工作队，甲一乡杨梅村"}
    fund = {"duty": "team_fund", "area": world.village.id, "unit": world.unit.id, "amount": "yes", **shown}
    make_trip(posting, day)
    delegation = ok(delegate(world.township_head, world.township_clerk), 201)
    change = make_rotation(world.postings["secretary"])
    by_township = make_inspection(world.village, world.inspector, level="township")
    judged = make_finding(by_township, posting, state="answered")
    make_mandate(make_person("钟督查"), world.township, level="county")
    month = Month.of(day).previous
    return {
        "member": [
            ("pages/home/home", "去应答"),
            ("pages/bind/bind", "首次使用"),
            ("pages/notice/notice", "您可以不同意"),
            ("pages/leave/list", "待审批"),
            ("pages/leave/new", "请假类别"),
            (f"pages/leave/detail?id={mine.id}", "办理经过"),
            (f"pages/leave/extend?id={granted.id}", "续到"),
            (f"pages/leave/papers?id={oral.id}", "工作交接人"),
            ("pages/visits/list", "本人结对户"),
            (f"pages/visits/household?id={household.id}", "走访记录"),
            (f"pages/visits/new?household={household.id}", "走访情况"),
            (f"pages/visits/detail?id={visit.id}", "走访人"),
            (f"pages/visits/problem?id={problem.id}", "水管破裂"),
            ("pages/visits/mine", "入户"),
            ("pages/visits/problems", "水管破裂"),
            ("pages/oversight/mine", warned.text),
            (f"pages/oversight/roll_call?id={roll_call.id}", "前应答点名"),
            (f"pages/oversight/case?about=finding&id={finding.id}", finding.description),
            (f"pages/oversight/case?about=recall&id={recall.id}", recall.reason),
            ("pages/allowances/trips", "往程"),
            ("pages/allowances/trip", "哪一程"),
            ("pages/mine/data", "系统里存有您的"),
            ("pages/mine/feedback", "哪里不好用"),
            ("pages/mine/mine", "钟秋香"),
            ("pages/mine/month", "本月进行中"),
            ("pages/mine/messages", "半年内没有消息"),
        ],
        "township_head": [
            ("pages/approvals/list", "钟秋香"),
            (f"pages/approvals/detail?id={mine.id}", "不同意"),
            ("pages/approvals/delegation", delegation["document_no"]),
            (f"pages/approvals/oversight?id={judged.id}", "点名未到"),
            (f"pages/rotations/detail?id={change.id}", "单位另有任用"),
            ("pages/approvals/delegate", "委托书文号"),
        ],
        "unit_clerk": [
            ("pages/rotations/list", "曾福生"),
            ("pages/rotations/new", "接替人选"),
            (f"pages/rotations/detail?id={change.id}", "撤回申请"),
            ("pages/duties/list", "主要领导到村调研"),
            (f"pages/duties/new?{urlencode(fund)}", "拨付驻村工作经费"),
            (f"pages/duties/event?id={paid.event_id}", "10000 元"),
            ("pages/recalls/list", "曾福生"),
            (f"pages/oversight/case?about=recall&id={urged.id}", "在岗的最后一天"),
            (f"pages/recalls/successor?id={called_back.id}", "到任日期"),
        ],
        "township_clerk": [
            ("pages/board/board", "曾福生"),
            (f"pages/board/entry?person={world.member.id}&name={quote('钟秋香')}", "日期"),
            ("pages/visits/quarter", "甲一乡"),
            ("pages/sheets/list", "杨梅村"),
            (f"pages/sheets/detail?village={world.village.id}&month={month}", "曾福生"),
        ],
        "county_office": [
            ("pages/inspections/mandates", "钟督查"),
            ("pages/inspections/mandate", "授权文号"),
        ],
        "inspector": [
            ("pages/inspections/list", "杨梅村"),
            ("pages/inspections/new", "塅垇村"),
            (f"pages/inspections/detail?id={inspection.id}", "等待应答"),
            (f"pages/inspections/finding?inspection={opened['id']}", "看到的情况"),
            (f"pages/oversight/case?about=finding&id={finding.id}&photos=yes", "拍照"),
        ],
    }


def test_no_page_of_the_mini_program_is_left_out(pages):
    read = {where.partition("?")[0] for shown in pages.values() for where, _ in shown}
    assert read == set(json.loads((MINI_PROGRAM / "app.json").read_text("utf-8"))["pages"])


@pytest.mark.parametrize(
    "who", ["member", "township_head", "township_clerk", "unit_clerk", "county_office", "inspector"]
)
def test_in_large_type_on_320_pixels_nothing_leaves_the_screen(pages, hand, who):
    phone = hand(who, width_px=320, fontSize_px=LARGE_PX).open()
    assert phone.page.evaluate("getComputedStyle(document.documentElement).fontSize") == f"{LARGE_PX}px"
    found = {}
    for where, text in pages[who]:
        phone.go(where)
        phone.sees(text)
        phone.shoot(f"large-{where.split('?')[0].replace('/', '-')}")
        found[where] = [*phone.page.evaluate(TOO_WIDE), *phone.page.evaluate(CUT_OFF)]
    assert {where: wide for where, wide in found.items() if wide} == {}


@pytest.mark.parametrize(
    "who", ["member", "township_head", "township_clerk", "unit_clerk", "county_office", "inspector"]
)
def test_on_320_pixels_whatever_is_touched_is_large_enough_for_a_thumb(pages, hand, who):
    phone = hand(who, width_px=320).open()
    found = {}
    for where, text in pages[who]:
        phone.go(where)
        phone.sees(text)
        found[where] = [*phone.page.evaluate(TOO_SMALL, TOUCH_PX), *phone.page.evaluate(TOO_WIDE)]
    assert {where: small for where, small in found.items() if small} == {}


def test_type_twice_the_size_on_a_page_that_does_not_bend_is_found_out(hand):
    """The control: what sees nothing wrong must be able to."""
    phone = hand("member", width_px=320).open()
    phone.sees("本月与全年")
    assert phone.page.evaluate(TOO_WIDE) == []
    phone.page.add_style_tag(
        content="wx-page .line { white-space: nowrap; font-size: 40px; width: max-content }"
    )
    assert phone.page.evaluate(TOO_WIDE)
    assert phone.page.evaluate(TOO_SMALL, TOUCH_PX) == phone.page.evaluate(CUT_OFF) == []
    phone.page.add_style_tag(content="wx-page .button { min-height: 0; height: 20px; padding: 0 }")
    assert phone.page.evaluate(TOO_SMALL, TOUCH_PX)
    assert phone.page.evaluate(CUT_OFF)
