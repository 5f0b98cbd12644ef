"""走访 on the phone: what is written and photographed in the mountains arrives, once."""

from sqlalchemy import func, select

from pictures.models import Photo
from tests.factories import World, make_household, make_pairing
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
