"""督查授权 on the phone of a county office: an inspector sent out and called off, over a real server."""

from datetime import timedelta

from sqlalchemy import select

from identity.models import Office
from identity.permissions import Role
from org.models import Person
from tests.factories import World, make_person
from tests.oversight.making import make_mandate

INSPECTORS = (
    select(Person.name, Office.area_id, Office.last_day, Office.mandate_level)
    .join(Person, Person.id == Office.person_id)
    .where(Office.role == Role.INSPECTOR, Office.mandate_level == "county")
)


def fill_in(office) -> None:
    office.write("督查人员姓名", "温督查")
    office.write("督查人员手机号", "13800138009")
    office.write("授权文号", "甲县驻村办〔2026〕8号")


def test_a_county_sends_somebody_to_inspect_a_township_and_takes_the_mandate_back(
    world: World, hand, stored, day
):
    office = hand("county_office").open()
    office.tap("督查授权")
    office.sees("没有有效的督查授权。")
    office.tap("新的授权")
    office.tap("授权督查")
    office.sees("请填写督查人员的姓名")
    fill_in(office)
    office.choose("督查范围", "甲一乡")
    office.choose_day("授权开始日期", day + timedelta(days=1))
    office.choose_day("授权结束日期", day + timedelta(days=10))
    office.shoot("mandate-new")
    office.tap("授权督查")
    office.answer("授权")
    office.sees("温督查", "甲一乡，县级督查", "尚未开始")
    office.shoot("mandates")
    assert stored(INSPECTORS) == [("温督查", world.township.id, day + timedelta(days=10), "county")]

    office.tap("收回温督查的授权")
    office.answer("收回")
    office.sees("没有有效的督查授权。")
    assert stored(INSPECTORS) == []


def test_a_mandate_that_runs_ends_with_yesterday(world: World, hand, stored, day):
    make_mandate(make_person("钟督查"), world.township, level="county", first_day=day - timedelta(days=3))
    office = hand("county_office").open("pages/inspections/mandates")
    office.tap("收回钟督查的授权")
    office.answer("收回")
    office.sees("没有有效的督查授权。")
    assert stored(INSPECTORS) == [("钟督查", world.township.id, day - timedelta(days=1), "county")]


def test_without_a_network_nothing_is_given_and_once_it_is_back_one_mandate(world: World, hand, stored, day):
    office = hand("county_office").open("pages/inspections/mandate")
    office.sees("甲县")
    fill_in(office)
    office.change(network="none")
    office.tap("授权督查")
    office.answer("授权")
    office.sees("现在连不上网络，请稍后再试")
    office.shoot("mandate-offline")
    assert stored(INSPECTORS) == []
    office.change(network="wifi")
    office.open("pages/inspections/mandates")
    office.tap("新的授权")
    office.sees("甲县")
    office.tap("授权督查")
    office.answer("授权")
    office.sees("温督查", "甲县，县级督查")
    assert stored(INSPECTORS) == [("温督查", world.county.id, day, "county")]


def test_a_number_of_somebody_else_is_refused_in_the_server_s_words(world: World, hand, stored, day):
    make_person("温冬生", "13800138009")
    office = hand("county_office").open("pages/inspections/mandate")
    office.sees("甲县")
    fill_in(office)
    office.tap("授权督查")
    office.answer("授权")
    office.sees("该手机号在名册中是另一个姓名，请核对")
    assert stored(INSPECTORS) == []
