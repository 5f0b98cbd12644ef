"""督查 on the inspector's phone: a village opened, its roll called, the inspector's word, what was found; the called on theirs."""

import pytest
from sqlalchemy import func, select

from identity.consent import LOCATION_NOTICE, consent
from kernel.clock import now
from leave.policy import LeaveState
from oversight.inspection_models import Finding, Inspection, RollCall, RollCallEntry
from pictures.models import Photo, SubjectKind
from tests.factories import MIDDLE, World, make_leave
from tests.oversight.making import work_today
from tests.oversight.steps import open_village


@pytest.fixture
def working_day(world: World) -> None:
    """Today is a working day, and the member has consented to the use of the position."""
    work_today(world)
    consent(person_id=world.member.id, version=LOCATION_NOTICE.version, now=now())


def test_an_inspector_opens_a_village_calls_the_roll_and_says_who_is_there(world, hand, stored, working_day):
    inspector = hand("inspector").open()
    inspector.tap("督查")
    inspector.sees("还没有督查记录。")
    inspector.tap("开始督查")
    inspector.sees("甲一乡：到了哪个村，就选哪个村", "塅垇村")
    inspector.shoot("inspection-villages")
    inspector.tap("开始督查 杨梅村")
    inspector.answer("开始")
    inspector.sees("进行中", "派驻 2 人，应在村 2 人", "曾福生", "钟秋香")
    inspector.shoot("inspection-opened")
    assert stored(select(Inspection.village_id, Inspection.level, Inspection.opened_by)) == [
        (world.village.id, "city", world.inspector.id)
    ]

    inspector.tap("点名")
    inspector.answer("点名")
    inspector.sees("点名 2 人，已应答 0 人", "还剩", "等待应答")

    member = hand("member", place=MIDDLE).open()
    member.tap("去应答点名")
    member.tap("现在应答，取一次位置")
    member.sees("已应答，在村")

    inspector.tap("刷新应答")
    inspector.sees("点名 2 人，已应答 1 人", "在村内")
    inspector.tap("核实曾福生")
    inspector.write("怎么核实的", "在村部见到本人")
    inspector.shoot("inspection-word")
    inspector.tap("曾福生在村")
    inspector.answer("确定")
    inspector.sees("核实在村", "督查人员：在村部见到本人")
    inspector.shoot("inspection-called")
    entries = select(RollCallEntry.person_id, RollCallEntry.outcome, RollCallEntry.is_present)
    assert set(stored(entries)) == {
        (world.member.id, "in_village", None),
        (world.secretary.id, None, True),
    }

    inspector.open("pages/inspections/list")
    inspector.sees("杨梅村", "进行中")
    inspector.open("pages/inspections/new")
    inspector.tap("继续督查 杨梅村")
    inspector.sees("核实在村")
    assert stored(select(func.count()).select_from(Inspection)) == [(1,)]


def test_a_roll_call_tapped_without_a_network_is_not_made_later_and_once_it_is_back_only_once(
    world, hand, stored, working_day
):
    inspector = hand("inspector").open("pages/inspections/new")
    inspector.tap("开始督查 杨梅村")
    inspector.answer("开始")
    inspector.sees("进行中")
    inspector.change(network="none")
    inspector.tap("点名")
    inspector.answer("点名")
    inspector.sees("现在连不上网络，请稍后再试")
    inspector.shoot("inspection-offline")
    inspector.change(network="wifi")
    inspector.sees_no("现在连不上网络，请稍后再试")
    assert stored(select(RollCall.id)) == []
    inspector.tap("点名")
    inspector.answer("点名")
    inspector.sees("点名 2 人，已应答 0 人")
    assert len(stored(select(RollCall.id))) == 1


def test_where_everybody_is_away_the_inspector_reads_why_and_that_nobody_is_to_be_called(
    world, hand, stored, working_day
):
    posting = world.postings["member_of_village_2"]
    make_leave(posting, county=world.county, state=LeaveState.APPROVED, starts_in_days=0)
    inspector = hand("inspector").open("pages/inspections/new")
    inspector.tap("开始督查 塅垇村")
    inspector.answer("开始")
    inspector.sees("派驻 1 人，应在村 0 人", "请假或公出", "已批准")
    inspector.tap("点名")
    inspector.answer("点名")
    inspector.sees("此刻没有应在村的人员")
    inspector.shoot("inspection-nobody")
    assert stored(select(RollCall.id)) == []


def test_an_inspector_records_what_was_found_with_a_photo_and_the_person_reads_it(
    world, hand, stored, working_day
):
    inspection = open_village(world)
    inspector = hand("inspector").open(f"pages/inspections/detail?id={inspection['id']}")
    inspector.tap("记录发现的问题")
    inspector.sees("钟秋香（应在村）")
    inspector.tap("提交记录")
    inspector.sees("请选择人员")
    inspector.tap("人员 钟秋香")
    inspector.tap("履职不力")
    inspector.write("看到的情况", "三个月没有走访记录")
    inspector.shoot("finding-new")
    inspector.tap("提交记录")
    inspector.answer("提交")
    inspector.sees("待本人说明", "三个月没有走访记录", "本人说明期限")
    inspector.screen.get_by_role("button", name="拍照").click()
    inspector.answer("拍一张样张")
    inspector.sees("正在处理")
    inspector.shoot("finding-made")
    made = select(Finding.person_id, Finding.kind, Finding.level, Finding.found_by)
    assert stored(made) == [(world.member.id, "neglects_work", "city", world.inspector.id)]
    assert stored(select(Photo.subject_kind, Photo.person_id)) == [(SubjectKind.FINDING, world.inspector.id)]

    inspector.open(f"pages/inspections/detail?id={inspection['id']}")
    inspector.tap("钟秋香 履职不力，待本人说明")
    inspector.sees("三个月没有走访记录")
    inspector.sees_named("拍照，还可拍8张")

    member = hand("member", place=MIDDLE).open()
    member.screen.get_by_text("督查记录待您说明").click()
    member.sees("三个月没有走访记录", "我的说明")
    member.sees_no("拍照")


def test_a_finding_without_a_network_stays_on_its_form_and_is_recorded_once_it_is_back(
    world, hand, stored, working_day
):
    inspection = open_village(world)
    inspector = hand("inspector").open(f"pages/inspections/finding?inspection={inspection['id']}")
    inspector.tap("人员 曾福生")
    inspector.tap("没有在村住宿")
    inspector.write("看到的情况", "宿舍无被褥")
    inspector.change(network="none")
    inspector.tap("提交记录")
    inspector.answer("提交")
    inspector.sees("现在连不上网络，请稍后再试")
    inspector.shoot("finding-offline")
    assert stored(select(Finding.id)) == []
    inspector.change(network="wifi")
    inspector.open(f"pages/inspections/finding?inspection={inspection['id']}")
    inspector.tap("提交记录")
    inspector.answer("提交")
    inspector.sees("待本人说明", "宿舍无被褥")
    assert stored(select(Finding.person_id, Finding.description)) == [(world.secretary.id, "宿舍无被褥")]


def test_who_is_away_with_cause_is_not_found_absent_from_the_phone(world, hand, stored, working_day):
    posting = world.postings["member_of_village_2"]
    make_leave(posting, county=world.county, state=LeaveState.APPROVED, starts_in_days=0)
    inspector = hand("inspector").open("pages/inspections/new")
    inspector.tap("开始督查 塅垇村")
    inspector.answer("开始")
    inspector.tap("记录发现的问题")
    inspector.screen.get_by_text("（请假或公出）").click()
    inspector.tap("无故不在岗")
    inspector.write("看到的情况", "村部、住处都没有人")
    inspector.tap("提交记录")
    inspector.answer("提交")
    inspector.sees("此人此刻有已批准的请假或乡镇登记，不属无故不在岗")
    inspector.shoot("finding-refused")
    assert stored(select(Finding.id)) == []
