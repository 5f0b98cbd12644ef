"""The mini-program's folder: what it declares, what it may not contain, and that its pages hold together."""

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

FOLDER = Path(__file__).parents[2] / "miniprogram_stub"
FILES = sorted(path for path in FOLDER.rglob("*") if path.is_file())
CODE = {path.relative_to(FOLDER).as_posix(): path.read_text("utf-8") for path in FILES}
APP = json.loads(CODE["app.json"])
PAGES = APP["pages"]
SCRIPTS = [name for name in CODE if name.endswith(".js")]

PRIVATE_INTERFACES = {
    "chooseAddress",
    "chooseLocation",
    "choosePoi",
    "getFuzzyLocation",
    "getLocation",
    "onLocationChange",
    "startLocationUpdate",
    "startLocationUpdateBackground",
}
"""All that WeChat wants declared in `requiredPrivateInfos`."""
PACKAGE_BYTES = 2 * 1024 * 1024
NAMESPACES = '<root xmlns:wx="wx">{}</root>'
COMPONENTS = {"page-meta", "view", "block", "button", "input", "text", "textarea", "picker", "image"}
CONTROLS = {"button", "input", "textarea", "picker"}
TABS = [tab["pagePath"] for tab in APP["tabBar"]["list"]]
STYLE = CODE["app.wxss"]
COLOURS = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", STYLE))
AA_RATIO = 4.5
"""The least contrast of text by WCAG 2.1, level AA."""


def test_only_the_position_of_the_moment_is_declared():
    assert APP["requiredPrivateInfos"] == ["getLocation"]
    assert set(APP["permission"]) == {"scope.userLocation"}
    assert re.search("[一-龥]", APP["permission"]["scope.userLocation"]["desc"])
    assert len(APP["permission"]["scope.userLocation"]["desc"]) <= 30
    assert APP["__usePrivacyCheck__"] is True


def test_every_private_interface_used_is_declared():
    used = {name for code in CODE.values() for name in re.findall(r"\bwx\.(\w+)", code)}
    assert used & PRIVATE_INTERFACES == set(APP["requiredPrivateInfos"])


@pytest.mark.parametrize(
    "word",
    [
        "startLocationUpdate",
        "onLocationChange",
        "requiredBackgroundModes",
        "userLocationBackground",
        "打卡",
        "排名",
        "排行",
    ],
)
def test_nothing_follows_the_person_and_nobody_is_clocked(word):
    assert [name for name, code in CODE.items() if word in code] == []


def test_whoever_photographs_a_visit_is_asked_to_leave_out_children_and_papers():
    page = CODE["pages/visits/new.wxml"]
    assert "pictures.take(" in CODE["pages/visits/new.js"]
    assert 0 < page.index("请不要拍未成年人和证件") < page.index('bindtap="onCamera"')


def test_one_file_alone_speaks_to_the_network():
    calls = re.compile(r"wx\.(request|uploadFile|downloadFile|connectSocket)\b")
    assert [name for name in SCRIPTS if calls.search(CODE[name])] == ["services/api.js"]


def test_the_server_is_named_in_one_place_and_over_https():
    assert re.search(r'API_URL: "https://', CODE["config.js"])
    assert [name for name, code in CODE.items() if "://" in code] == ["config.js"]


@pytest.mark.parametrize("page", PAGES)
def test_every_page_has_its_files_and_a_title(page):
    assert [suffix for suffix in ("js", "json", "wxml") if f"{page}.{suffix}" not in CODE] == []
    assert json.loads(CODE[f"{page}.json"])["navigationBarTitleText"]


def test_every_way_leads_to_a_page_and_to_a_tab_as_to_a_tab():
    """A phone goes to a tab by switchTab or reLaunch and to no other page so; else the tap does nothing."""
    ways = [
        (how, page)
        for name in SCRIPTS
        for how, page in re.findall(r"wx\.(\w+)\(\{ url: [\"`]/(pages/\w+/\w+)", CODE[name])
    ]
    assert len(ways) > 10
    for how, page in ways:
        assert page in PAGES, page
        assert (page in TABS) == (how in ("switchTab", "reLaunch")) or how == "reLaunch", (how, page)
    named = {page for code in CODE.values() for page in re.findall(r'"/(pages/\w+/\w+)', code)}
    assert named <= set(PAGES)


def test_the_tabs_are_pages_and_begin_with_home():
    assert TABS[0] == PAGES[0] == "pages/home/home"
    assert set(TABS) <= set(PAGES)


def test_no_file_lies_about_that_no_page_needs():
    assert {name.rsplit(".", 1)[0] for name in CODE if name.startswith("pages/")} == set(PAGES)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_written_in_what_both_frameworks_read(page):
    source = CODE[f"{page}.wxml"]
    root = ElementTree.fromstring(NAMESPACES.format(source))
    assert {element.tag for element in root.iter()} - {"root"} <= COMPONENTS
    assert root[0].tag == "page-meta"
    assert root[0].attrib == {"page-font-size": "system", "root-font-size": "system"}
    assert not re.search(r"wx-if|\{\{\s*\}\}|\\", source)


@pytest.mark.parametrize("page", PAGES)
def test_every_control_has_a_label_and_a_handler_that_exists(page):
    for element in ElementTree.fromstring(NAMESPACES.format(CODE[f"{page}.wxml"])).iter():
        handlers = [value for name, value in element.attrib.items() if name.startswith("bind")]
        if element.tag in CONTROLS or handlers:
            assert element.get("aria-label"), element.attrib
            assert handlers or element.get("open-type") == "openSetting", element.attrib
        if handlers and element.tag in ("view", "picker"):
            assert element.get("aria-role"), element.attrib
        for handler in handlers:
            assert re.search(rf"^  (async )?{handler}\(", CODE[f"{page}.js"], re.MULTILINE), handler


@pytest.mark.parametrize("name", SCRIPTS)
def test_every_required_file_is_there(name):
    for path in re.findall(r'require\("(.+?)"\)', CODE[name]):
        assert (FOLDER / name).parent.joinpath(path).is_file(), path


@pytest.mark.parametrize("page", PAGES)
def test_every_page_can_be_set_in_large_type(page):
    assert '<view class="page {{type}}">' in CODE[f"{page}.wxml"]
    code = CODE[f"{page}.js"]
    if "\n  ...reloading,\n" in code:  # its onShow dresses the page
        assert "onShow(" not in code
        code = CODE["logic/page.js"]
    assert re.search(r"^    dress\(this\);", code, re.MULTILINE)


def test_type_is_large_and_follows_the_system():
    sizes = re.findall(r"font-size: ([\d.]+)(\w+)", STYLE)
    assert {unit for _, unit in sizes} == {"em"}
    assert all(float(size) >= 1 for size, _ in sizes)


@pytest.mark.parametrize("control", [".button", ".field", ".row", ".chip", ".cell", ".switcher .step"])
def test_touch_targets_are_large(control):
    rule = re.search(rf"^{re.escape(control)} \{{(.+?)\}}", STYLE, re.MULTILINE | re.DOTALL)
    assert int(re.search(r"min-height: (\d+)px", rule[1])[1]) >= 44


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        *(
            (ink, ground)
            for ink in ("ink", "quiet", "good", "warn", "bad", "away")
            for ground in ("paper", "ground")
        ),
        *((ink, f"{tone}-ground") for ink in ("ink", "quiet") for tone in ("good", "warn", "bad", "away")),
        ("good", "good-ground"),
        ("warn", "warn-ground"),
        ("paper", "main"),
    ],
)
def test_text_stands_out_from_its_ground(ink, ground):
    light, dark = sorted((_luminance(COLOURS[ink]), _luminance(COLOURS[ground])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= AA_RATIO


def test_every_class_of_a_page_is_styled_and_every_style_is_used():
    shown = " ".join(re.findall(r'class="([^"]+)"', "".join(CODE[f"{page}.wxml"] for page in PAGES)))
    scripts = "".join(CODE[name] for name in SCRIPTS)
    styled = set(re.findall(r"\.([a-z]+)", re.sub(r"\{.+?\}", "", STYLE, flags=re.DOTALL)))
    literal = set(re.findall(r"[a-z]+", re.sub(r"\{\{.+?\}\}", "", shown)))
    assert literal - styled - {"text", "state"} == set()
    assert {
        name
        for name in styled
        if name not in literal and not re.search(rf"['\"]{name}['\"]", shown + scripts)
    } == set()


def test_no_search_engine_reads_the_pages():
    assert APP["sitemapLocation"] == "sitemap.json"
    assert json.loads(CODE["sitemap.json"]) == {"rules": [{"action": "disallow", "page": "*"}]}


def test_the_folder_is_the_package_and_small_enough():
    assert sum(path.stat().st_size for path in FILES) < PACKAGE_BYTES
    assert {path.suffix for path in FILES} <= {".js", ".json", ".wxml", ".wxss"}
