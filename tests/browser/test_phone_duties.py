"""经常性职责 told from the phone: by a unit with a photo, by a county of several people, and without a network."""

from datetime import timedelta

from sqlalchemy import select

from oversight.duty_models import DutyEvent
from oversight.duty_policy import DutyCode
from pictures.models import Photo, SubjectKind
from tests.factories import World, make_duty_event, make_person, make_posting


def test_a_unit_tells_of_a_report_photographs_the_minutes_and_takes_a_wrong_one_back(
    world: World, hand, stored, day
):
    unit = hand("unit_clerk").open()
    unit.tap("经常性职责")
    unit.sees("主要领导听取汇报")
    unit.shoot("duties-due")
    unit.tap("登记 主要领导听取汇报 市统计局")
    unit.choose_day("日期", day - timedelta(days=1))
    unit.write("情况", "党组会听取汇报，定了饮水工程的钱")
    unit.shoot("duty-new")
    unit.tap("登记")
    unit.sees("已登记", "第15条", "党组会听取汇报，定了饮水工程的钱")
    unit.screen.get_by_role("button", name="拍照").click()
    unit.answer("拍一张样张")
    unit.sees("正在处理")
    unit.shoot("duty-event")
    told = select(DutyEvent.duty, DutyEvent.subject_id, DutyEvent.day, DutyEvent.recorded_by)
    assert stored(told) == [("unit_head_report", world.unit.id, day - timedelta(days=1), world.unit_clerk.id)]
    assert stored(select(Photo.subject_kind, Photo.person_id)) == [(SubjectKind.DUTY, world.unit_clerk.id)]

    unit.open("pages/duties/list")
    unit.tap("已登记")
    unit.sees("主要领导听取汇报", "已完成 1 次")
    unit.shoot("duties-done")
    unit.screen.get_by_role("button").filter(has_text="查看").click()
    unit.tap("登记错了，撤销")
    unit.tap("撤销登记")
    unit.sees("请写明撤销的理由")
    unit.write("撤销的理由", "日期填错")
    unit.tap("撤销登记")
    unit.answer("确定")
    unit.sees("已撤销", "“日期填错”")
    unit.shoot("duty-withdrawn")
    withdrawn = select(DutyEvent.is_withdrawn, DutyEvent.reason).order_by(DutyEvent.number)
    assert stored(withdrawn) == [(False, None), (True, "日期填错")]


def test_a_unit_tells_what_it_has_paid_and_is_told_what_is_wrong_with_the_amount(
    world: World, hand, stored, day
):
    unit = hand("unit_clerk").open("pages/duties/list")
    unit.tap("登记 拨付驻村工作经费 杨梅村工作队，甲一乡杨梅村")
    unit.write("金额，元", "一万")
    unit.tap("登记")
    unit.sees("请填写金额，最多两位小数")
    unit.write("金额，元", "6000.50")
    unit.shoot("duty-amount")
    unit.tap("登记")
    unit.sees("6000.5 元")
    paid = select(DutyEvent.duty, DutyEvent.amount_fen, DutyEvent.unit_id)
    assert stored(paid) == [("team_fund", 600_050, world.unit.id)]


def test_a_county_tells_of_a_training_of_several_people(world: World, hand, stored, day):
    county = hand("county_office").open("pages/duties/list")
    county.tap("登记 参加县级以上培训 钟秋香，甲一乡杨梅村，甲县水利局")
    county.sees("已选 1 人")
    county.tap("曾福生（甲一乡杨梅村）")
    county.sees("已选 2 人")
    county.shoot("duty-training")
    county.tap("登记")
    county.sees("第28条")
    trained = select(DutyEvent.person_id).where(DutyEvent.duty == "county_training")
    assert set(stored(trained)) == {(world.secretary.id,), (world.member.id,)}


def test_told_without_a_network_it_is_sent_once_when_it_is_back(world: World, hand, stored, day):
    county = hand("county_office").open("pages/duties/list")
    county.tap("登记 召开第一书记和队长会议 甲县")
    county.write("情况", "县委党校")
    county.change(network="none")
    county.tap("登记")
    county.sees("已存在手机上，有网络时自动发出")
    county.shoot("duty-waiting")
    assert stored(select(DutyEvent.id)) == []
    county.change(network="wifi")
    county.open()
    county.sees_no("还没有送到的")
    assert stored(select(DutyEvent.duty, DutyEvent.note)) == [("county_meeting", "县委党校")]


def test_what_the_server_says_against_it_is_read_on_the_form(world: World, hand, stored, day):
    person = make_person("温冬生")
    make_posting(person, world.village_2, world.unit_2, first_day=day)
    county = hand("county_office").open("pages/duties/list")
    county.tap("登记 参加县级以上培训 温冬生，甲一乡塅垇村，甲县水利局")
    county.choose_day("日期", day - timedelta(days=1))
    county.tap("登记")
    county.sees("该日不在派驻期内：温冬生")
    county.shoot("duty-refused")
    assert stored(select(DutyEvent.id)) == []


def test_a_unit_reads_what_the_county_has_told_and_can_change_nothing_of_it(world: World, hand, day):
    told = make_duty_event(
        DutyCode.COUNTY_DISPATCH, county=world.county, by=world.county_group, note="电话调度"
    )
    unit = hand("unit_clerk").open(f"pages/duties/event?id={told.event_id}")
    unit.sees("电话调度")
    unit.sees_no("拍照")
    unit.sees_no("登记错了？")
