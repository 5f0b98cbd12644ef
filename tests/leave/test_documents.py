"""The slip 驻村干部请（销）假审批表, as an office gets it (rules.md §7.2)."""

import tomllib
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leave.documents import (
    KIND_WORDS,
    OPINION_TITLES,
    TEMPLATE,
    UNIT_OPINION,
    Opinion,
    OralConsent,
    Return,
    Slip,
    slip_pdf,
)
from leave.policy import LeaveKind, LeaveSpan, Tier
from tests.paper import empty_boxes, fonts, lines, pages, words

TOWNSHIP = Opinion(OPINION_TITLES[Tier.TOWNSHIP])
COUNTY_OFFICE = Opinion(OPINION_TITLES[Tier.COUNTY_OFFICE])
COUNTY_GROUP = Opinion(OPINION_TITLES[Tier.COUNTY_GROUP])
SIGNED = Opinion(
    OPINION_TITLES[Tier.TOWNSHIP],
    text="同意，请做好交接。",
    signed_by="赵明",
    on_behalf_of="镇党委书记孙筼",
    day=date(2026, 11, 10),
)
SLIP = Slip(
    number="7F3A9C21",
    name="刘塅生",
    unit="赣州市瑤瑞投资公司",
    village="赣县区 埜田镇 坋塝村",
    post="第一书记",
    phone="13870701234",
    kind=LeaveKind.SICK,
    reason="住院治疗",
    destination="赣州市人民医院",
    span=LeaveSpan(date(2026, 11, 9), date(2026, 11, 11), begins_at_noon=True),
    calendar_days=Decimal("2.5"),
    counted_days=Decimal("2.50"),
    opinions=(TOWNSHIP,),
)
LONG = replace(
    SLIP,
    reason="因母亲突发重病需陪护就医，" * 38 + "往返两地。。",
    oral=OralConsent("李主任", datetime(2026, 11, 9, tzinfo=UTC), "短信"),
    opinions=(
        Opinion(UNIT_OPINION, text="同意，派员接替。" * 10, stand_in="陈旻"),
        SIGNED,
        COUNTY_OFFICE,
        COUNTY_GROUP,
    ),
)
BLANK_DAY = "年月日"


def test_the_slip_shows_who_where_why_and_how_long():
    text = words(slip_pdf(SLIP))
    for shown in (
        "驻村干部请（销）假审批表",
        "姓名刘塅生",
        "职务第一书记",
        "联系电话13870701234",
        "派出单位赣州市瑤瑞投资公司",
        "派驻村赣县区埜田镇坋塝村",
        "事由住院治疗",
        "去向赣州市人民医院",
        "起止时间2026年11月9日下午至2026年11月11日下午",
        "自然日2.5天计审日2.5天",
        "证明材料无",
        "单号：7F3A9C21",
    ):
        assert shown in text


def test_rare_characters_are_drawn_in_a_font_that_is_in_the_file():
    paper = slip_pdf(replace(SLIP, name="〇並仚坋坵垇埜塅塆塝旸旻瑤磜筀筜筼輋迴"))
    assert "〇並仚坋坵垇埜塅塆塝旸旻瑤磜筀筜筼輋迴" in words(paper)
    assert empty_boxes(paper) == 0
    assert fonts(paper) == {"NotoSansCJKsc-Regular": True}


@pytest.mark.parametrize("kind", LeaveKind)
def test_the_one_kind_asked_for_is_ticked(kind):
    ticked = "".join(("✓" if kind is one else "") + word for one, word in KIND_WORDS.items())
    assert f"请假类别{ticked}事由" in words(slip_pdf(replace(SLIP, kind=kind)))


@pytest.mark.parametrize(
    ("is_extension", "chained_days", "line"),
    [
        (False, None, "✓否续假连续请假（累计天）"),
        (True, None, "否✓续假连续请假（累计天）"),
        (False, Decimal("8.5"), "否续假✓连续请假（累计8.5天）"),
        (True, Decimal("10"), "否✓续假✓连续请假（累计10天）"),
    ],
)
def test_extension_and_unbroken_absence_are_ticked(is_extension, chained_days, line):
    paper = slip_pdf(replace(SLIP, is_extension=is_extension, chained_days=chained_days))
    assert line in words(paper)


def test_hand_over_and_papers_are_named_when_there_are_any():
    text = words(slip_pdf(replace(SLIP, handed_to="钟輋", papers_count=2)))
    assert "工作交接人钟輋证明材料2份" in text


def test_consent_by_phone_is_shown_as_to_be_papered_and_only_if_there_was_one():
    oral = OralConsent("李主任", datetime(2026, 11, 8, 16, 5, tzinfo=UTC), "电话")
    assert "口头请假（补办）准假人：李主任时间：2026年11月9日00:05方式：电话" in words(
        slip_pdf(replace(SLIP, oral=oral))
    )
    assert "口头" not in words(slip_pdf(SLIP))


# -- opinions -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("opinions", "shown", "absent"),
    [
        ((TOWNSHIP,), ["乡镇党委意见"], ["县驻村办意见", "领导小组意见", "派出单位意见"]),
        ((TOWNSHIP, COUNTY_OFFICE), ["乡镇党委意见", "县驻村办意见"], ["领导小组意见"]),
        ((TOWNSHIP, COUNTY_GROUP), ["乡镇党委意见", "领导小组意见"], ["县驻村办意见"]),
    ],
)
def test_only_the_needed_boxes_are_printed(opinions, shown, absent):
    text = words(slip_pdf(replace(SLIP, opinions=opinions)))
    assert text.count("（盖章）") == text.count("签字：") == len(opinions)
    assert [title in text for title in shown] == [True] * len(shown)
    assert [title in text for title in absent] == [False] * len(absent)


def test_a_given_opinion_names_its_signer_for_whom_and_the_day():
    text = words(slip_pdf(replace(SLIP, opinions=(SIGNED,))))
    assert "同意，请做好交接。签字：赵明（受镇党委书记孙筼委托）2026年11月10日" in text
    assert BLANK_DAY not in text


def test_an_opinion_not_given_yet_is_left_to_be_signed_by_hand():
    text = words(slip_pdf(SLIP))
    assert f"签字：{BLANK_DAY}" in text and "委托" not in text


@pytest.mark.parametrize(("stand_in", "line"), [("陈旻", "接替人员：陈旻签字："), ("", "接替人员：签字：")])
def test_the_unit_names_a_stand_in_where_one_is_needed(stand_in, line):
    unit = Opinion(UNIT_OPINION, stand_in=stand_in)
    assert f"派出单位意见{line}" in words(slip_pdf(replace(SLIP, opinions=(unit, TOWNSHIP))))
    assert "接替人员" not in words(slip_pdf(SLIP))


# -- return and state ---------------------------------------------------------------------------


def test_the_return_is_blank_until_the_person_is_back():
    assert "销假返回时间：实际天数：天确认人：" in words(slip_pdf(SLIP))
    back = Return(date(2026, 11, 12), False, Decimal("3"), "赵明")
    text = words(slip_pdf(replace(SLIP, returned=back)))
    assert "返回时间：2026年11月12日上午实际天数：3天确认人：赵明" in text


def test_a_slip_not_decided_says_so_at_the_foot():
    note = "未批准，仅供呈批"
    assert words(slip_pdf(replace(SLIP, note=note))).endswith(f"单号：7F3A9C21（{note}）")
    assert words(slip_pdf(SLIP)).endswith("单号：7F3A9C21")


# -- the page -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("boxes", "characters"), [(1, 300), (2, 300), (3, 300), (4, 100)])
def test_a_reason_of_five_hundred_characters_fits_one_page(boxes, characters):
    assert len(LONG.reason) == 500
    opinion = replace(SIGNED, text="妥" * characters)
    unit = replace(opinion, title=UNIT_OPINION, stand_in="陈旻")
    text = words(slip_pdf(replace(LONG, opinions=(unit, opinion, opinion, opinion)[:boxes])))
    assert LONG.reason in text and text.count("签字：") == boxes


def test_what_is_longer_goes_on_to_a_second_page_that_bears_title_name_number_and_note():
    longer = replace(LONG, reason=LONG.reason * 4, note="未批准，仅供呈批")
    first, second = pages(slip_pdf(longer))
    assert longer.reason in first
    assert second.startswith("驻村干部请（销）假审批表（续）刘塅生")
    assert second.endswith("单号：7F3A9C21第2页，共2页（未批准，仅供呈批）")
    assert (first + second).count("签字：") == 4


@pytest.mark.parametrize("times", range(2, 9))
def test_no_box_is_torn_from_its_signature_by_the_end_of_a_page(times):
    """A signature on a page of its own could be put under any words."""
    given = replace(SIGNED, text="同意。\n" * 7)
    paper = slip_pdf(replace(LONG, reason="一行\n" * 7 * times, opinions=(given,) * 3))
    assert [page.count("同意。") for page in pages(paper)] == [
        7 * page.count("签字：") for page in pages(paper)
    ]


def test_letters_without_a_space_stay_on_the_page():
    paper = slip_pdf(replace(SLIP, name="W" * 60, reason="W" * 500))
    assert words(paper).count("W") == 560
    assert max(line.count("W") for line in lines(paper)) < 50


def test_markup_is_printed_as_it_stands():
    hostile = '#read("/etc/passwd")$x$*b*@r\\<l>=_i_`c`//d'
    paper = slip_pdf(replace(SLIP, name=hostile, reason=hostile, note=hostile, number=hostile))
    assert words(paper).count(hostile) == 4


def test_the_same_slip_gives_the_same_bytes():
    assert slip_pdf(LONG) == slip_pdf(replace(LONG))
    assert slip_pdf(LONG) != slip_pdf(replace(LONG, number="0"))


def test_an_installed_program_has_the_form_with_it():
    pyproject = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())
    patterns = pyproject["tool"]["setuptools"]["package-data"]["*"]
    assert any(TEMPLATE.match(pattern) for pattern in patterns)


ANY_TEXT = st.text(max_size=120)


@settings(max_examples=60, deadline=None)
@given(name=ANY_TEXT, reason=st.text(max_size=600), opinion=ANY_TEXT, boxes=st.integers(0, 4))
def test_whatever_is_typed_in_there_is_a_slip(name, reason, opinion, boxes):
    slip = replace(SLIP, name=name, reason=reason, opinions=(Opinion("意见", text=opinion),) * boxes)
    assert "".join(pages(slip_pdf(slip))).count("签字：") >= boxes
