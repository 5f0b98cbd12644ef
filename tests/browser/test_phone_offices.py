"""What passes through several hands, each on a phone of its own: a leave, and the month that gets stamped."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import expect
from sqlalchemy import select, update

from attendance.models import SheetVersion
from kernel.clock import today
from kernel.database import db
from kernel.periods import Month
from leave.models import Leave
from tests.factories import Phone, World


@pytest.fixture
def the_leave(stored) -> Callable[[], Any]:
    """Read the only leave there is, as it stands now."""
    return lambda: stored(select(Leave.id, Leave.state, Leave.returned_on))[0]


def two_days_pass() -> None:
    """Let the leave have begun two days earlier: on its first morning one comes back from nowhere."""
    with db.engine.begin() as connection:
        for name in ("first_day", "chain_first_day", "last_day", "asked_last_day"):
            connection.execute(update(Leave).values({name: getattr(Leave, name) - 2}))


def test_a_leave_of_five_days_passes_two_offices_and_ends_with_the_return(hand, the_leave, day):
    member = hand("member").open("pages/leave/new")
    member.tap("事假")
    member.choose_day("结束日期", day + timedelta(days=4))
    member.sees("县驻村办")
    member.write("事由", "家中老人住院陪护")
    member.write("去向", "赣州市人民医院")
    member.shoot("leave-new")
    member.tap("提交申请")
    member.sees("办理经过")
    member.shoot("leave-asked")

    township = hand("township_head").open()
    township.tap("请假待审批 1件")
    township.sees("钟秋香")
    township.screen.get_by_role("button").filter(has_text="钟秋香").click()
    township.sees("签署意见", "家中老人住院陪护")
    township.write("意见", "工作已有人接手")
    township.shoot("leave-opinion")
    township.tap("同意")
    township.answer("确定")
    township.sees_no("钟秋香")
    assert the_leave().state == "submitted"

    county = hand("county_office").open("pages/approvals/list")
    county.screen.get_by_role("button").filter(has_text="钟秋香").click()
    county.sees("工作已有人接手")
    county.tap("同意")
    county.answer("确定")
    county.sees_no("钟秋香")
    assert the_leave().state == "approved"

    two_days_pass()
    member.open(f"pages/leave/detail?id={the_leave().id}")
    member.sees("工作已有人接手")
    member.shoot("leave-approved")
    member.tap("销假：我已返村")
    member.answer("确定")
    member.sees("已销假")
    member.shoot("leave-returned")
    assert the_leave().returned_on == day


def test_a_month_is_passed_from_hand_to_hand_to_the_stamp(world, hand, stored):
    month = Month.of(today()).previous
    enter_days(world, month)
    where = f"pages/sheets/detail?village={world.village.id}&month={month}"
    for key, step, done in (
        ("secretary", "提交考勤表", "已提交乡镇"),
        ("village_secretary", "见证", "已见证"),
        ("township_clerk", "核对无误", "已核对"),
        ("township_head", "盖章", "已盖章"),
    ):
        phone = hand(key).open(where)
        phone.sees("曾福生", "在村 1 天")
        phone.tap(step)
        phone.answer("确定")
        phone.sees(done)
    phone.shoot("sheet-stamped")
    ((check_code,),) = stored(select(SheetVersion.check_code))
    phone.sees(f"校验码 {check_code}")
    phone.tap("打开考勤表 PDF")
    expect(phone.wechat.get_by_role("dialog", name="文档")).to_be_visible()
    phone.shoot("sheet-paper")


def enter_days(world: World, month: Month) -> None:
    """The township enters one day of each person."""
    for person in (world.secretary, world.member):
        day = {"day": month.day_at(2).isoformat(), "day_class": "in_village", "reason": "经核实"}
        body = {"client_key": str(uuid4()), "person_id": str(person.id), **day}
        assert Phone(world.township_clerk).post("/attendance/corrections", body).status_code == 201
