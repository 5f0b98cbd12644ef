"""What waits for offices beside leaves, each on a phone of their own: a change of cadre, and a finding."""

from datetime import date, timedelta

from sqlalchemy import select

from leave.models import Delegation
from oversight.inspection_models import Finding
from roster.models import Rotation
from tests.factories import make_leave
from tests.oversight.making import make_finding, make_inspection


def test_a_rotation_passes_from_the_unit_s_request_to_the_county_group(hand, stored, day):
    unit = hand("unit_clerk").open()
    unit.tap("轮换")
    unit.tap("申请轮换")
    unit.choose("要调整的人员", "曾福生，杨梅村第一书记")
    unit.tap("岗位调整")
    unit.write("情况说明", "单位另有任用")
    unit.choose_day("在岗截止日期", day + timedelta(days=30))
    unit.write("接替人选姓名", "邱接任")
    unit.write("接替人选手机号", "13700000088")
    unit.sees("第一书记必须是中共正式党员（第六条）")
    unit.choose_day("转正日期", date(2015, 7, 1))
    unit.choose_day("参加工作日期", date(2010, 8, 1))
    unit.tap("职级 正科级")
    unit.sees("接替人选符合第六条的条件")
    unit.shoot("rotation-new")
    unit.tap("提交申请")
    unit.sees("还没有证明材料，补交之前各级不能同意（第十八条）。")
    unit.screen.get_by_role("button", name="拍证明材料").click()
    unit.answer("拍一张样张")
    unit.sees_no("还没有证明材料")
    unit.shoot("rotation-asked")

    for key, waits, next_office in (
        ("township_head", "1件", "等待县驻村工作领导小组审核"),
        ("county_group", "1件", "等待市委组织部审核"),
    ):
        office = hand(key).open()
        office.tap(f"轮换待审核 {waits}")
        office.sees("第十八条")
        office.shoot(f"inbox-{key}")
        office.screen.get_by_role("button").filter(has_text="曾福生").click()
        office.sees("单位另有任用", "邱接任")
        office.write("意见", "同意调整")
        office.tap("同意")
        office.answer("确定")
        office.sees(next_office)
    office.shoot("rotation-county-agreed")
    ((state, waits_for),) = stored(select(Rotation.state, Rotation.waits_for))
    assert (state, waits_for) == ("county_ok", "city_org")

    unit.open("pages/rotations/list")
    unit.sees("县领导小组已同意", "等待市委组织部审核")
    unit.shoot("rotation-list")


def test_a_township_confirms_a_finding_out_of_the_same_inbox_and_lets_a_deputy_sign(hand, world, stored):
    found = make_finding(
        make_inspection(world.village, world.inspector, level="township"),
        world.postings["member"],
        kind="neglects_work",
        state="answered",
    )
    make_leave(world.postings["secretary"], county=world.county)
    head = hand("township_head").open("pages/approvals/list")
    head.sees("曾福生")
    head.shoot("inbox-all-kinds")
    head.screen.get_by_role("button").filter(has_text="履职不力").click()
    head.sees("到镇里交材料", "点名未到，驻地无人")
    head.write("理由", "情况属实")
    head.shoot("finding-to-judge")
    head.tap("认定")
    head.answer("确定")
    head.sees("已办理：认定", "这件事不再等待您的机关办理。")
    assert stored(select(Finding.state, Finding.reason).where(Finding.id == found.id)) == [
        ("confirmed", "情况属实")
    ]

    head.open("pages/approvals/delegation")
    head.tap("新的委托")
    head.choose("受委托人", f"{world.township_clerk.name}（代签甲一乡乡镇党委）")
    head.write("委托书文号", "甲一乡委〔2026〕8号")
    head.tap("委托签批")
    head.answer("确定")
    head.sees("甲一乡委〔2026〕8号")
    head.shoot("delegation")
    assert stored(select(Delegation.deputy_id)) == [(world.township_clerk.id,)]
