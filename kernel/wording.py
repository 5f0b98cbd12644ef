"""What is wrong with a field, in Chinese: marshmallow's own sentences are replaced before any schema is made."""

from typing import Any

from marshmallow import Schema, fields, validate

UNKNOWN = "没有这一项"
FIELDS: dict[type[fields.Field[Any]], dict[str, str]] = {
    fields.Field: {"required": "必填", "null": "不能为空", "validator_failed": "填写有误"},
    fields.Boolean: {"invalid": "应为 true 或 false"},
    fields.Date: {"invalid": "日期应写作 2026-11-23"},
    fields.DateTime: {"invalid": "时间应写作 2026-11-23T08:01:02+08:00"},
    fields.AwareDateTime: {"invalid_awareness": "时间须带时区，如 +08:00"},
    fields.Float: {"special": "不是有效的数"},
    fields.Integer: {"invalid": "应为整数"},
    fields.List: {"invalid": "应为列表"},
    fields.Mapping: {"invalid": "应为 JSON 对象"},
    fields.Nested: {"type": "应为 JSON 对象"},
    fields.Number: {"invalid": "应为数", "too_large": "数过大"},
    fields.String: {"invalid": "应为文字", "invalid_utf8": "不是有效的文字"},
    fields.UUID: {"invalid_uuid": "编号格式不对"},
}
VALIDATORS = {
    validate.Equal: {"default_message": "只能是 {other}"},
    validate.Length: {
        "message_min": "至少 {min} 个字",
        "message_max": "至多 {max} 个字",
        "message_all": "应为 {min} 至 {max} 个字",
        "message_equal": "应为 {equal} 个字",
    },
    validate.OneOf: {"default_message": "只能是：{choices}"},
    validate.Range: {
        "message_min": "应{min_op} {{min}}",
        "message_max": "应{max_op} {{max}}",
        "message_all": "应{min_op} {{min}}、{max_op} {{max}}",
        "message_gte": "不小于",
        "message_gt": "大于",
        "message_lte": "不大于",
        "message_lt": "小于",
    },
    validate.Regexp: {"default_message": "格式不对"},
}


def speak_chinese() -> None:
    """Give every field and validator its Chinese sentence; fields copy theirs when they are made."""
    for field, sentences in FIELDS.items():
        own = field.__dict__.get("default_error_messages", {})
        field.default_error_messages = {**own, **sentences}
    for validator, sentences in VALIDATORS.items():
        for name, sentence in sentences.items():
            setattr(validator, name, sentence)
    Schema._default_error_messages = {"type": "应为 JSON 对象", "unknown": UNKNOWN}
