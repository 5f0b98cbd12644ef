"""What a leave prints: the slip 驻村干部请（销）假审批表 (rules.md §7.2)."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from kernel.periods import CHINA
from kernel.printing import pdf
from leave.policy import LeaveKind, LeaveSpan, Tier

TITLE = "驻村干部请（销）假审批表"
TEMPLATE = Path(__file__).with_name("slip.typ")
KIND_WORDS = {
    LeaveKind.TRIP: "出差",
    LeaveKind.MEETING: "会议",
    LeaveKind.TRAINING: "培训",
    LeaveKind.PERSONAL: "事假",
    LeaveKind.SICK: "病假",
    LeaveKind.ANNUAL: "年休假",
    LeaveKind.OTHER: "其他",
}
UNIT_OPINION = "派出单位意见"
OPINION_TITLES = {
    Tier.TOWNSHIP: "乡镇党委意见\n（盖章）",
    Tier.COUNTY_OFFICE: "县驻村办意见\n（盖章）",
    Tier.COUNTY_GROUP: "县驻村工作\n领导小组意见\n（盖章）",
}
MORNING, AFTERNOON = "上午", "下午"


@dataclass(frozen=True, slots=True)
class OralConsent:
    """Who agreed before the papers, when, and whether by 电话 or 短信."""

    given_by: str
    given_at: datetime
    way: str


@dataclass(frozen=True, slots=True)
class Opinion:
    """One office's box; what is empty is left blank to be written by hand.

    ``on_behalf_of`` is whom the signer stands in for. ``stand_in`` prints a line 接替人员: a name, empty for
    a blank line, None for no such line.
    """

    title: str
    text: str = ""
    signed_by: str = ""
    on_behalf_of: str = ""
    day: date | None = None
    stand_in: str | None = None


@dataclass(frozen=True, slots=True)
class Return:
    """销假: the first half-day back, after how many days, and who confirmed it."""

    back_on: date
    back_at_noon: bool
    actual_days: Decimal
    confirmed_by: str


@dataclass(frozen=True, slots=True)
class Slip:
    """All that the form shows; ``opinions`` are the needed boxes only, from the first to be asked to the last.

    ``chained_days`` are those of the whole unbroken absence (D3), None if the leave stands alone. ``note``
    says the state of the paper, such as 未批准，仅供呈批; empty once decided.
    """

    number: str
    name: str
    unit: str
    village: str
    post: str
    phone: str
    kind: LeaveKind
    reason: str
    destination: str
    span: LeaveSpan
    calendar_days: Decimal
    counted_days: Decimal
    opinions: tuple[Opinion, ...]
    is_extension: bool = False
    chained_days: Decimal | None = None
    handed_to: str = ""
    papers_count: int = 0
    oral: OralConsent | None = None
    returned: Return | None = None
    note: str = ""


def slip_pdf(slip: Slip) -> bytes:
    """Print the slip on A4; the same slip gives the same bytes.

    With a reason of 500 characters it fits one page, in smaller type where needed: three boxes with opinions of
    300 characters, or four with 100. What is longer goes on to a second page that names the person, the
    number and the note again; no box is torn in two.
    """
    return pdf(TEMPLATE, _in_words(slip))


def _in_words(slip: Slip) -> dict[str, Any]:
    return {
        "title": TITLE,
        "number": slip.number,
        "name": slip.name,
        "unit": slip.unit,
        "village": slip.village,
        "post": slip.post,
        "phone": slip.phone,
        "kinds": [_choice(word, kind is slip.kind) for kind, word in KIND_WORDS.items()],
        "reason": slip.reason,
        "destination": slip.destination,
        "span": _span(slip.span),
        "calendar_days": _number(slip.calendar_days),
        "counted_days": _number(slip.counted_days),
        "chained": _chained(slip),
        "handed_to": slip.handed_to,
        "papers": f"{slip.papers_count} 份" if slip.papers_count else "无",
        "oral": _oral(slip.oral),
        "opinions": [_opinion(opinion) for opinion in slip.opinions],
        "returned": _returned(slip.returned),
        "note": slip.note,
    }


def _choice(word: str, chosen: bool) -> dict[str, Any]:
    return {"word": word, "chosen": chosen}


def _chained(slip: Slip) -> list[dict[str, Any]]:
    total = "　" if slip.chained_days is None else _number(slip.chained_days)
    return [
        _choice("否", not slip.is_extension and slip.chained_days is None),
        _choice("续假", slip.is_extension),
        _choice(f"连续请假（累计 {total} 天）", slip.chained_days is not None),
    ]


def _oral(oral: OralConsent | None) -> dict[str, str] | None:
    if oral is None:
        return None
    return {"given_by": oral.given_by, "given_at": _instant(oral.given_at), "way": oral.way}


def _opinion(opinion: Opinion) -> dict[str, str | None]:
    return {
        "title": opinion.title,
        "text": opinion.text,
        "signed_by": opinion.signed_by,
        "on_behalf_of": opinion.on_behalf_of,
        "day": _day(opinion.day) if opinion.day else "",
        "stand_in": opinion.stand_in,
    }


def _returned(returned: Return | None) -> dict[str, str]:
    if returned is None:
        return {"at": "", "days": "", "confirmed_by": ""}
    return {
        "at": _day(returned.back_on) + (AFTERNOON if returned.back_at_noon else MORNING),
        "days": _number(returned.actual_days),
        "confirmed_by": returned.confirmed_by,
    }


def _span(span: LeaveSpan) -> str:
    begins = AFTERNOON if span.begins_at_noon else MORNING
    ends = MORNING if span.ends_at_noon else AFTERNOON
    return f"{_day(span.first_day)}{begins} 至 {_day(span.last_day)}{ends}"


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _instant(instant: datetime) -> str:
    local = instant.astimezone(CHINA)
    return f"{_day(local.date())} {local:%H:%M}"


def _number(days: Decimal) -> str:
    """Return the days without needless zeros: 3, 3.5."""
    return f"{days.normalize():f}"
