"""走访 on the phone: what is written and photographed in the mountains arrives, once."""

from sqlalchemy import func, select

from kernel.content import ContentCheck
from pictures.models import Photo
from tests.factories import World, make_household, make_pairing, make_visit
from visits.models import Visit


def test_a_visit_with_two_photos_waits_for_the_network_and_is_sent_once(world: World, hand, stored):
    household = make_household(world.village)
    make_pairing(household, world.member)
    phone = hand("member").open("pages/visits/list")
    phone.screen.get_by_role("button").filter(has_text="邱").first.click()
    phone.tap("记一次走访")
    phone.change(network="none")
    phone.write("走访情况", "老人血压平稳，鸡棚已修好")
    for number in (1, 2):
        phone.screen.get_by_role("button", name="拍照").click()
        phone.answer("拍一张样张")
        phone.sees_named(f"查看第{number}张照片")
    phone.shoot("visit-new")
    phone.tap("提交走访记录")
    phone.sees("记一次走访")
    assert counted(stored) == (0, 0)

    phone.open("pages/visits/list")
    phone.sees("还没有送到的")
    phone.shoot("visit-waiting")
    phone.change(network="wifi")
    phone.sees_no("还没有送到的")
    assert counted(stored) == (1, 2)
    phone.open("pages/visits/mine")
    phone.sees("老人血压平稳，鸡棚已修好")
    phone.screen.get_by_role("button").filter(has_text="老人血压").click()
    phone.sees("照片")
    phone.shoot("visit-sent")
    assert counted(stored) == (1, 2)


def counted(stored) -> tuple[int, int]:
    """How many visits and photos the server has."""
    ((visits, photos),) = stored(
        select(
            select(func.count()).select_from(Visit).scalar_subquery(),
            select(func.count()).select_from(Photo).scalar_subquery(),
        )
    )
    return visits, photos


def test_why_a_visit_is_hidden_is_read_by_its_author_and_the_township_releases_it(world: World, hand, stored):
    household = make_household(world.village)
    make_pairing(household, world.member)
    visit = make_visit(household, world.member, note="方言骂了一句", content_check=ContentCheck.RISKY)
    phone = hand("member").open(f"pages/visits/detail?id={visit.id}")
    phone.sees("方言骂了一句")
    phone.sees("暂时只有您和乡镇看得到")
    phone.sees_no("核实被隐藏的内容")
    phone.shoot("visit-hidden-own")
    office = hand("township_clerk").open(f"pages/visits/detail?id={visit.id}")
    office.sees("核实被隐藏的内容")
    office.write("放开的理由", "方言用语，已与本人核实")
    office.shoot("visit-hidden-office")
    office.tap("核实无误，放开文字")
    office.sees("已放开，理由已留存")
    assert stored(select(Visit.content_check)) == [(ContentCheck.RELEASED,)]
