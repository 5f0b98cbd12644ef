"""How a message is cut to what WeChat takes."""

from datetime import UTC, datetime

import pytest

from messages.policy import fields_of
from phone_preview.wechat_server import FIELDS

AT = datetime(2026, 11, 3, 23, 5, tzinfo=UTC)
OWN = ("thing1", "thing2", "time3")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("请假已批准", "请假已批准"),
        ("二十个字" * 5, "二十个字" * 5),
        ("二十个字" * 5 + "多", "二十个字" * 4 + "二十个…"),
        ("第一行\n第二行", "第一行 第二行"),
        ("  前后\t空白 ", "前后 空白"),
        ("𠮷" * 21, "𠮷" * 19 + "…"),
    ],
)
def test_a_thing_has_one_line_of_at_most_twenty_characters(text, shown):
    fields = fields_of(OWN, title=text, text="正文", at=AT)
    assert fields["thing1"] == shown
    assert fields_of(OWN, title="标题", text=text, at=AT)["thing2"] == shown
    assert FIELDS["thing"].fullmatch(shown)


@pytest.mark.parametrize("name", ["time3", "date5"])
def test_the_time_is_china_s_in_wechat_s_own_writing(name):
    shown = fields_of(("thing7", "thing4", name), title="标题", text="正文", at=AT)[name]
    assert shown == "2026年11月4日 07:05"
    assert FIELDS[name[:-1]].fullmatch(shown)


def test_the_fields_have_the_names_the_template_gives_them():
    fields = fields_of(("thing7", "thing4", "date5"), title="标题", text="正文", at=AT)
    assert (fields["thing7"], fields["thing4"], len(fields)) == ("标题", "正文", 3)
