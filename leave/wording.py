"""The words of the office for what the code names."""

from collections.abc import Mapping

from leave.models import ConsentChannel
from leave.policy import LeaveKind, LeaveSpan, LeaveState, Tier

KINDS: Mapping[LeaveKind, str] = {
    LeaveKind.TRIP: "出差",
    LeaveKind.MEETING: "会议",
    LeaveKind.TRAINING: "培训",
    LeaveKind.PERSONAL: "事假",
    LeaveKind.SICK: "病假",
    LeaveKind.ANNUAL: "年休假",
    LeaveKind.OTHER: "其他",
}
OFFICES: Mapping[Tier, str] = {
    Tier.TOWNSHIP: "乡镇党委",
    Tier.COUNTY_OFFICE: "县驻村办",
    Tier.COUNTY_GROUP: "县驻村工作领导小组",
}
STATES: Mapping[LeaveState, str] = {
    LeaveState.SUBMITTED: "待审批",
    LeaveState.ORAL: "口头已准，待补手续",
    LeaveState.APPROVED: "已批准",
    LeaveState.REJECTED: "不同意",
    LeaveState.WITHDRAWN: "已撤回",
    LeaveState.RETURNED: "已销假",
    LeaveState.OVERDUE_RETURN: "超假未销",
    LeaveState.EXTENDED: "已续假",
    LeaveState.NOT_TAKEN: "未成行",
}
CHANNELS: Mapping[ConsentChannel, str] = {ConsentChannel.PHONE: "电话", ConsentChannel.SMS: "短信"}


def span_text(span: LeaveSpan) -> str:
    """Return the span as people say it: 11月23日下午至11月25日."""
    first = f"{span.first_day.month}月{span.first_day.day}日" + ("下午" if span.begins_at_noon else "")
    last = f"{span.last_day.month}月{span.last_day.day}日" + ("上午" if span.ends_at_noon else "")
    if span.first_day == span.last_day:
        return first if span.begins_at_noon else last
    return f"{first}至{last}"
