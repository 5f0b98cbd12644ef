"""The phone in the browser runs a mini-program as WeChat would: its tags, pages, styles and calls of `wx`.

What is driven is `sampler/`, a mini-program that uses everything once.
"""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from werkzeug.exceptions import NotFound
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from phone_preview.serving import create_phone
from tests.browser.conftest import serving

SAMPLER = Path(__file__).parent / "sampler"
SCENE = {
    "accounts": [
        {
            "openid": "demo-one",
            "person": "曾福生",
            "role": "第一书记",
            "place": "",
            "village": "1",
            "phone": None,
        },
        {
            "openid": "demo-two",
            "person": "钟秋香",
            "role": "",
            "place": "",
            "village": "1",
            "phone": "13800001234",
        },
    ],
    "villages": [{"code": "1", "name": "杨梅村", "middle": [114.93, 25.85], "fence": None}],
}


@pytest.fixture(scope="module")
def sampler_address(builds, wechat) -> Iterator[str]:
    phone = create_phone(builds=builds, scene=lambda: SCENE, folder=SAMPLER, wechat_url=wechat.url)
    without_font = {"/phone": phone, "/phone/font.ttc": NotFound()}  # 20 MB, and nothing is looked at here
    with serving(DispatcherMiddleware(NotFound(), without_font)) as address:
        yield address


@pytest.fixture
def phone(page: Page, sampler_address: str) -> Iterator[Page]:
    """The sampler on a phone of 375 pixels; whatever goes wrong unasked fails the test."""
    page.set_viewport_size({"width": 375, "height": 700})
    page.goto(f"{sampler_address}/phone/app.html")
    expect(page.get_by_text("按钮")).to_be_visible()
    yield page
    assert page.evaluate("preview.errors") == []


def last(phone: Page) -> str:
    return phone.locator("wx-view.last").inner_text()


def expect_last(phone: Page, text: str) -> None:
    expect(phone.locator("wx-view.last")).to_contain_text(text)


# -- templates, styles, components ----------------------------------------------------------------


def test_life_begins_with_launch_show_load(phone):
    assert phone.evaluate("preview.router.app.lives") == ["launch pages/tags/tags", "show", "card show"]
    expect_last(phone, "show")


def test_widths_in_rpx_are_parts_of_the_screen_and_vh_is_the_page_between_the_bars(phone):
    assert phone.locator(".half").bounding_box()["width"] == 187.5
    frame = phone.locator(".preview-frame").bounding_box()
    assert phone.locator(".tall").bounding_box()["height"] == pytest.approx(frame["height"])


def test_what_is_fixed_stays_between_the_bars(phone):
    frame, bar = phone.locator(".preview-frame").bounding_box(), phone.locator(".bar").bounding_box()
    assert bar["y"] + bar["height"] == pytest.approx(frame["y"] + frame["height"])
    phone.locator(".preview-scroll").evaluate("element => element.scrollTo(0, 500)")
    assert phone.locator(".bar").bounding_box() == bar


def test_a_page_s_styles_are_its_own_and_a_component_s_too(phone):
    button = phone.get_by_text("按钮", exact=True)
    assert button.evaluate("element => getComputedStyle(element).color") == "rgb(255, 0, 0)"
    assert button.evaluate("element => getComputedStyle(element).backgroundColor") == "rgb(0, 255, 0)"
    title = phone.get_by_text("卡片 0")
    assert title.evaluate("element => getComputedStyle(element).color") == "rgb(0, 0, 0)"
    phone.get_by_text("下一页").click()
    colour = phone.get_by_text("只有应用的颜色")
    assert colour.evaluate("element => getComputedStyle(element).color") == "rgb(255, 0, 0)"
    assert colour.evaluate("element => getComputedStyle(element).backgroundColor") == "rgba(0, 0, 0, 0)"


def test_scripts_of_templates_and_line_breaks_in_text_work(phone):
    expect(phone.get_by_text("好true")).to_be_visible()
    one_line = phone.get_by_text("半").evaluate("element => element.clientHeight")
    assert phone.locator(".lines").bounding_box()["height"] > 1.5 * one_line


def test_a_component_counts_and_tells_its_page(phone):
    phone.get_by_text("卡片里").click()
    expect_last(phone, 'count {"taps":1,"from":"card"}')
    expect(phone.get_by_text("卡片 1")).to_be_visible()


def test_type_grows_with_the_setting_of_the_system(phone):
    assert phone.locator("wx-page").evaluate("element => getComputedStyle(element).fontSize") == "16px"
    phone.evaluate(
        "sessionStorage.phone = JSON.stringify({...JSON.parse(sessionStorage.phone), fontSize_px: 24})"
    )
    phone.reload()
    expect(phone.get_by_text("按钮")).to_be_visible()
    assert phone.locator("wx-page").evaluate("element => getComputedStyle(element).fontSize") == "24px"
    assert phone.evaluate("getComputedStyle(document.documentElement).fontSize") == "24px"
    assert phone.evaluate("preview.wx.getAppBaseInfo().fontSizeScaleFactor") == 1.5


# -- fingers and keys -------------------------------------------------------------------------------


def test_a_tap_names_where_it_came_from_and_goes_up_until_it_is_caught(phone):
    phone.get_by_text("按钮", exact=True).click()
    assert re.match(r'tap {"x":[\d.]+,"y":[\d.]+,"from":"button"}', last(phone))
    phone.get_by_text("里层").click()
    expect_last(phone, '"from":"inner"')


def test_a_disabled_button_does_nothing_and_an_undefined_one_is_not_disabled(phone):
    phone.get_by_text("按钮", exact=True).click()
    phone.get_by_text("禁用", exact=True).click(force=True)
    assert '"from":"button"' in last(phone)
    phone.get_by_text("未定义不禁用").click()
    expect_last(phone, '"from":"undefined"')


def test_a_button_is_reached_and_pressed_by_keyboard(phone):
    phone.get_by_role("button", name="按钮", exact=True).press("Enter")
    expect_last(phone, '"from":"button"')


def test_fields_tell_what_is_typed_within_their_length(phone):
    phone.get_by_label("一行字").fill("一二三四五")
    expect_last(phone, 'input {"value":"一二三四五"')
    assert phone.get_by_label("一行字").get_attribute("maxlength") == "5"
    phone.get_by_label("一行字").press("Enter")
    expect_last(phone, "confirm")
    phone.get_by_label("双向").fill("通")
    assert phone.evaluate("preview.router.top.page.data.both") == "通"
    phone.get_by_label("多行字").fill("话")
    phone.get_by_label("一行字").focus()
    expect_last(phone, 'blur {"value":"话"')


def test_boxes_switches_and_radios_answer_to_taps_and_to_their_labels(phone):
    phone.get_by_role("switch").click()
    expect_last(phone, 'change {"value":false}')
    phone.get_by_text("乙项").click()
    expect_last(phone, 'change {"value":["a","b"]}')
    phone.get_by_text("丙选").click()
    expect_last(phone, 'change {"value":"丙"}')
    assert [radio.get_attribute("aria-checked") for radio in phone.get_by_role("radio").all()] == [
        "false",
        "false",
        "true",
    ]


def test_pickers_choose_words_columns_days_and_times(phone):
    phone.get_by_label("选人").click()
    phone.get_by_role("option", name="钟秋香").click()
    phone.get_by_role("button", name="确定").click()
    expect_last(phone, 'change {"value":1}')
    phone.get_by_label("选人").click()
    phone.get_by_role("button", name="取消").click()
    expect_last(phone, "cancel")
    phone.get_by_label("选两列").click()
    phone.get_by_role("option", name="下午").click()
    expect(phone.get_by_role("option", name="三")).to_be_visible()
    phone.get_by_role("button", name="确定").click()
    expect_last(phone, 'change {"value":[1,0]}')
    phone.get_by_label("选日").click()
    phone.get_by_role("dialog").locator("input").fill("2026-11-30")
    phone.get_by_role("button", name="确定").click()
    expect_last(phone, 'change {"value":"2026-11-30"}')
    phone.get_by_label("选时").click()
    phone.get_by_role("dialog").locator("input").fill("14:30")
    phone.get_by_role("button", name="确定").click()
    expect_last(phone, 'change {"value":"14:30"}')


def test_a_form_gathers_what_has_a_name(phone):
    phone.get_by_label("一行字").fill("改了")
    phone.get_by_role("button", name="提交").click()
    expect_last(
        phone,
        'submit {"value":{"text":"改了","area":"","switch":true,"boxes":["a"],"radio":"甲","picker":0}}',
    )


def test_lists_scroll_and_pictures_load(phone):
    phone.get_by_label("滚动").evaluate("element => element.scrollTo(0, 400)")
    expect_last(phone, "scrolltolower")
    assert phone.evaluate("preview.router.top.page.data.picture") == {"width": 2, "height": 2}
    phone.locator(".preview-scroll").evaluate("element => element.scrollTo(0, element.scrollHeight)")
    expect(phone.locator("wx-progress")).to_have_attribute("aria-valuenow", "40")
    phone.wait_for_function("preview.router.top.page.data.bottom")


# -- pages ------------------------------------------------------------------------------------------


def test_pages_lie_on_one_another_and_speak(phone):
    phone.get_by_text("下一页").click()
    expect(phone.get_by_text('{"id":"7","word":"%E5%A5%BD"}')).to_be_visible()
    expect(phone.locator(".preview-view:visible h1")).to_have_text("第 7 号")
    phone.locator(".preview-view:visible").get_by_label("返回").click()
    expect_last(phone, "second unload")


def test_a_link_leads_on_relative_to_its_page(phone):
    phone.get_by_text("导航").click()
    expect(phone.get_by_text('{"id":"8"}')).to_be_visible()


def test_tabs_keep_their_pages(phone):
    phone.get_by_role("tab", name="别处").click()
    expect(phone.get_by_text("别处的内容")).to_be_visible()
    expect(phone.get_by_text("按钮", exact=True)).to_be_hidden()
    phone.get_by_role("tab", name="标签").click()
    expect_last(phone, "tab")
    assert phone.evaluate("preview.router.app.lives.filter(life => life.startsWith('launch')).length") == 1
    refused = phone.evaluate(
        "preview.wx.navigateTo({url: '/pages/other/other'}).catch(error => error.errMsg)"
    )
    assert refused == "navigateTo:fail can not navigateTo a tabbar page"


def test_an_eleventh_page_is_refused(phone):
    for _ in range(9):
        phone.evaluate("preview.wx.navigateTo({url: '/pages/second/second?id=1'})")
    refused = phone.evaluate(
        "preview.wx.navigateTo({url: '/pages/second/second'}).catch(error => error.errMsg)"
    )
    assert refused == "navigateTo:fail webview count limit exceed"
    unknown = phone.evaluate("preview.wx.redirectTo({url: '/pages/none'}).catch(error => error.errMsg)")
    assert unknown == 'redirectTo:fail page "pages/none" is not found'


def test_the_page_is_refreshed_by_pulling(phone):
    box = phone.locator(".preview-scroll").bounding_box()
    phone.mouse.move(box["x"] + 20, box["y"] + 2)
    phone.mouse.down()
    phone.mouse.move(box["x"] + 20, box["y"] + 160, steps=5)
    phone.mouse.up()
    expect_last(phone, "refresh")
    expect(phone.locator(".preview-refresher")).to_be_hidden()


def test_the_app_goes_to_the_background_and_comes_back(phone):
    phone.get_by_label("关闭小程序").click()
    phone.get_by_role("button", name="回到小程序").click()
    assert phone.evaluate("preview.router.app.lives.slice(-2)") == ["hide", "show"]


def test_what_a_page_opens_while_it_loads_is_opened_above_it(phone):
    phone.evaluate("preview.wx.navigateTo({url: '/pages/second/second?id=1'})")
    expect(phone.locator("#preview-screen section:visible h1")).to_have_text("第 1 号")
    assert phone.evaluate("preview.router.stack.map(({route}) => route)") == [
        "pages/tags/tags",
        "pages/second/second",
    ]


# -- what does not exist ----------------------------------------------------------------------------


def test_an_unknown_call_throws_with_its_name_and_is_seen(page, sampler_address):
    page.goto(f"{sampler_address}/phone/app.html")
    page.get_by_text("未知").click()
    expect(page.get_by_role("log")).to_contain_text("wx.startLocationUpdate is not in the preview")
    assert page.evaluate("try { preview.wx.openBluetoothAdapter } catch (error) { error.message }") == (
        "wx.openBluetoothAdapter is not in the preview"
    )
    assert page.evaluate("preview.wx.canIUse('startLocationUpdate')") is False
    assert page.evaluate("preview.wx.canIUse('getLocation')") is True


def test_the_mini_program_sees_no_browser(phone):
    phone.get_by_text("浏览器").click()
    expect_last(phone, 'browser ["undefined","undefined","undefined","undefined"]')


@pytest.mark.parametrize(
    ("wxml", "problem"),
    [
        ("<map></map>", "<map> is not in the preview"),
        ('<view bindlongpress="x"></view>', '<view bindlongpress="x"> is not in the preview'),
        ('<button open-type="share"></button>', '<button open-type="share"> is not in the preview'),
        ('<input placeholder-class="x"></input>', '<input placeholder-class="x"> is not in the preview'),
        ("<view>{{ a. }}</view>", "not a valid identifier"),
    ],
)
def test_what_the_preview_cannot_show_is_named_instead_of_shown(
    page, builds, tmp_path, wechat, wxml, problem
):
    (tmp_path / "pages").mkdir()
    (tmp_path / "app.json").write_text('{"pages": ["pages/page"]}')
    (tmp_path / "pages" / "page.wxml").write_text(wxml)
    phone = create_phone(builds=builds, scene=lambda: SCENE, folder=tmp_path, wechat_url=wechat.url)
    answer = phone.test_client().get("/app.html")
    assert answer.status_code == 500
    assert (
        problem.replace("<", "&lt;").replace(">", "&gt;").replace('"', "&#34;").replace("&#34;", "&quot;")
        in answer.text
    )


def test_every_tag_the_compiler_lets_through_is_made_and_tried(framework):
    script = "import('./known.mjs').then(({TAGS}) => console.log(Object.keys(TAGS).join(' ')))"
    folder = Path(__file__).parents[2] / "phone_preview"
    known = subprocess.run(["node", "-e", script], cwd=folder, capture_output=True, text=True, check=True)
    source = (folder / "web" / "app" / "elements.js").read_text()
    table = re.search(r"const TAGS = \{(.+?)\n\};", source, re.DOTALL)[1]
    made = {name.strip('"') for name in re.findall(r'([\w-]+|"[\w-]+"): \w+', table)}
    tried = set(re.findall(r"<([a-z-]+)", (SAMPLER / "pages/tags/tags.wxml").read_text()))
    assert made == set(known.stdout.split())
    assert made <= tried
