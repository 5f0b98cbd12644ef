"""点名 and 督查记录 on the phone of whom they concern, against an inspector who is really there."""

import pytest
from sqlalchemy import select

from identity.consent import LOCATION_NOTICE, consent
from kernel.clock import now
from oversight.inspection_models import Finding, RollCallEntry
from tests.factories import MIDDLE, World
from tests.oversight.making import work_today
from tests.oversight.steps import call_roll, find, ok, open_village


@pytest.fixture
def inspection(world: World) -> dict:
    """An inspection of the first village, on a working day; the member has consented to the use of the position."""
    work_today(world)
    consent(person_id=world.member.id, version=LOCATION_NOTICE.version, now=now())
    return open_village(world)


def test_a_roll_call_is_answered_from_the_village_once_the_network_is_back(world, hand, stored, inspection):
    call_roll(world, inspection)
    answers = select(RollCallEntry.outcome, RollCallEntry.is_late).where(
        RollCallEntry.person_id == world.member.id, RollCallEntry.answered_at.is_not(None)
    )
    phone = hand("member", place=MIDDLE).open()
    phone.sees("前应答点名", "还剩")
    phone.shoot("roll-call-home")
    phone.tap("去应答点名")
    phone.change(network="none")
    phone.tap("现在应答，取一次位置")
    phone.sees("应答等待发送", "已存在手机上，有网络时自动发出")
    phone.shoot("roll-call-waiting")
    assert stored(answers) == []
    phone.change(network="wifi")
    phone.sees("已应答，在村")
    phone.sees_no("应答等待发送")
    phone.shoot("roll-call-answered")
    assert stored(answers) == [("in_village", False)]
    phone.open("pages/oversight/mine")
    phone.sees("已应答")


def test_a_message_leads_to_the_finding_and_what_is_said_to_it_is_kept(world, hand, stored, inspection):
    ok(find(world, inspection, world.member), 201)
    phone = hand("member").open("pages/mine/messages")
    phone.screen.get_by_role("button").filter(has_text="督查记录待您说明").click()
    phone.sees("待本人说明", "点名未到，驻地无人", "无故不在岗")
    phone.write("我的说明", "当时在村小组查看水管，组长在场")
    phone.shoot("finding")
    phone.tap("提交说明")
    phone.answer("提交")
    phone.sees("说明已送到", "已说明，待认定", "当时在村小组查看水管，组长在场")
    phone.shoot("finding-answered")
    assert stored(select(Finding.state)) == [("answered",)]
    phone.open("pages/oversight/mine")
    phone.sees("已说明，待认定")
