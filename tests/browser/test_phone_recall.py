"""召回 on the phone of the dispatching unit, once it is urged: the last day, and who comes after."""

from datetime import date, timedelta

from sqlalchemy import select

from org.models import Person, Posting
from oversight.recall_models import RecallCase
from tests.factories import World
from tests.oversight.making import only_recall


def test_a_unit_enters_the_last_day_and_then_names_the_successor(world: World, hand, stored, day):
    only_recall(world.postings["secretary"], state="urged")
    unit = hand("unit_clerk").open()
    unit.tap("召回待登记最后一天 1件")
    unit.sees("已督促派出单位召回", "曾福生", "在岗的最后一天")
    unit.shoot("recall-urged")
    unit.choose_day("在岗的最后一天", day + timedelta(days=2))
    unit.screen.get_by_role("button", name="登记最后一天").scroll_into_view_if_needed()
    unit.shoot("recall-last-day")
    unit.tap("登记最后一天")
    unit.answer("登记")
    unit.sees("已登记最后一天", "已召回")
    last_day = select(RecallCase.state, Posting.last_day).join(Posting, Posting.id == RecallCase.posting_id)
    assert stored(last_day) == [("recalled", day + timedelta(days=2))]

    unit.tap("确定接替人员")
    unit.sees("接替 曾福生", "甲一乡杨梅村，第一书记")
    unit.write("接替人选姓名", "范接任")
    unit.write("接替人选手机号", "1380013")
    unit.tap("确定接替人员")
    unit.sees("接替人选的手机号须为 11 位")
    unit.write("接替人选手机号", "13800138002")
    unit.tap("确定接替人员")
    unit.answer("确定")
    unit.sees("该同志不符合第一书记条件：第一书记必须是中共正式党员（第六条）")
    unit.shoot("recall-unqualified")
    unit.choose_day("转正日期", date(2015, 7, 1))
    unit.choose_day("参加工作日期", date(2010, 8, 1))
    unit.tap("职级 正科级")

    unit.open()  # a call comes in, the app is closed
    unit.tap("召回待确定接替人员 1件")
    unit.tap("确定接替人员")
    unit.sees("2015年7月1日")
    unit.shoot("recall-successor")
    unit.tap("确定接替人员")
    unit.answer("确定")
    unit.sees("已召回，接替人员已到任")
    unit.shoot("recall-replaced")
    came = (
        select(Posting.village_id, Posting.role, Posting.first_day)
        .join(Person)
        .where(Person.name == "范接任")
    )
    assert stored(came) == [(world.village.id, "first_secretary", day + timedelta(days=3))]

    unit.open()
    unit.sees_no("召回待确定接替人员")
    unit.tap("召回")
    unit.sees("曾福生 召回", "已召回，接替人员已到任")
    unit.shoot("recall-list")


def test_what_another_of_the_unit_has_entered_already_is_said_and_shown(world: World, hand, stored, day):
    recall = only_recall(world.postings["secretary"], state="urged")
    where = f"pages/oversight/case?about=recall&id={recall.id}"
    clerk, head = hand("unit_clerk").open(where), hand("unit_head").open(where)
    clerk.sees("在岗的最后一天")
    head.tap("登记最后一天")
    head.answer("登记")
    head.sees("已登记最后一天")
    clerk.tap("登记最后一天")
    clerk.answer("登记")
    clerk.sees("这一步现在不能办理，请刷新", "已召回", "确定接替人员")
    clerk.shoot("recall-moved-on")
    assert stored(select(RecallCase.state, RecallCase.recalled_by)) == [("recalled", world.unit_head.id)]
