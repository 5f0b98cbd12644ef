"""What the demo says once it runs: addresses, accounts, and commands to paste."""

from dataclasses import dataclass
from datetime import date
from textwrap import dedent
from unicodedata import east_asian_width

from sqlalchemy import select

from demo.accounts import Account, list_accounts
from demo.people import HOMES, workday
from demo.places import VILLAGES, key
from geofence.datum import Point
from kernel.clock import today
from kernel.database import db
from kernel.periods import Month
from org.models import Area

BEGIN, END = "# ---- 登记 check in ----", "# ---- 完 end of check in ----"
BEGIN_LEAVE, END_LEAVE = "# ---- 请假 leave ----", "# ---- 完 end of leave ----"
_TOOLS = dedent(
    """\
    API={address}/api/v1
    sign_in() {{ curl -sS --noproxy '*' -H 'Content-Type: application/json' -d '{{"code": "'$1'"}}' $API/sessions | python3 -c 'import json,sys; print(json.load(sys.stdin)["token"])'; }}
    call() {{ curl -sS --noproxy '*' -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' "$@"; }}
    """
)
"""What the commands share; ``address`` is to be filled in."""


@dataclass(frozen=True)
class Welcome:
    """What the text is made of."""

    address: str
    accounts: list[Account]
    place: Point
    township_id: str
    month: Month
    leave_day: date
    """The next working day, for which somebody asks for leave."""


def describe(address: str) -> Welcome:
    """Return what there is to say about the database at hand."""
    village_code, _ = HOMES[""]
    village = db.session.scalars(select(Area).where(Area.code == village_code)).one()
    return Welcome(
        address=address,
        accounts=list_accounts(),
        place=VILLAGES[village_code].middle,
        township_id=str(village.township_id),
        month=Month.of(today()),
        leave_day=workday(today(), 1),
    )


def welcome_text(welcome: Welcome, *, no_phone: str = "") -> str:
    """Return the whole text; `no_phone` is why there is no phone in the browser."""
    return "\n".join(
        [
            "",
            "驻村 Zhucun 演示已就绪 (the demo is ready)",
            f"  手机 phone     {no_phone or f'{welcome.address}/phone/'}",
            f"  地址 address   {welcome.address}/api/v1",
            f"  接口 API docs  {welcome.address}/docs",
            "  停止 stop      Ctrl-C",
            "",
            *_table([Account("登录码 code", "姓名", "身份", "地方 place"), *welcome.accounts]),
            "",
            "第一书记登记一次，乡镇经办看本月；粘贴到另一个终端 (paste into another terminal):",
            "",
            BEGIN,
            checkin_block(welcome),
            END,
            "",
            "请假一天：先试算，再申请，乡镇党委书记审批，看考勤 (leave: preview, ask, decide, the month):",
            "",
            BEGIN_LEAVE,
            leave_block(welcome),
            END_LEAVE,
        ]
    )


def checkin_block(welcome: Welcome) -> str:
    """Return commands for bash or zsh: sign in, check in inside the village, and read the township's month."""
    return _TOOLS.format(address=welcome.address) + dedent(
        f"""\
        TOKEN=$(sign_in demo-first-secretary)
        call $API/checkins -d '{{
          "client_key": "'$(python3 -c 'import uuid; print(uuid.uuid4())')'",
          "fix": {{"latitude_deg": {welcome.place.latitude_deg}, "longitude_deg": {welcome.place.longitude_deg}, "datum": "wgs84", "accuracy_m": 20,
                  "captured_at": "'$(date -u +%Y-%m-%dT%H:%M:%SZ)'"}}}}'; echo
        TOKEN=$(sign_in demo-township-clerk)
        call "$API/attendance/{welcome.month}?township={welcome.township_id}" | python3 -c 'import json,sys; [print(p["person"]["name"], p["village"]["name"], "在村", p["in_village_days"], "考核", p["assessed_days"]) for p in json.load(sys.stdin)["items"]]'"""
    )


def leave_block(welcome: Welcome) -> str:
    """Return commands that ask for a day of leave, decide on it and read the month; again, they ask for the same."""
    day = welcome.leave_day
    return _TOOLS.format(address=welcome.address) + dedent(
        f"""\
        show() {{ python3 -c 'import json,sys; d=json.load(sys.stdin); d=d.get("error",d); print(*[d[k] for k in sys.argv[1:] if k in d])' "$@"; }}
        ASKED='"kind": "personal", "first_day": "{day}", "last_day": "{day}"'
        TOKEN=$(sign_in demo-first-secretary)
        call $API/leaves/preview -d "{{$ASKED}}" | show message clause
        LEAVE=$(call $API/leaves -d '{{'"$ASKED"', "client_key": "{key("welcome", day)}", "reason": "家中老人住院陪护", "destination": "赣州市人民医院"}}' | show id)
        TOKEN=$(sign_in demo-township-head)
        call $API/leaves/$LEAVE/decisions -d '{{"decision": "approved", "opinion": "同意，注意安全"}}' | show first_day state_text message
        call "$API/attendance/{Month.of(day)}?township={welcome.township_id}" | python3 -c 'import json,sys; [print(p["person"]["name"], p["village"]["name"], "{day}", p["days"].get("{day}")) for p in json.load(sys.stdin)["items"]]'"""
    )


def _table(rows: list[Account]) -> list[str]:
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    return ["  " + "  ".join(map(_padded, row, widths)).rstrip() for row in rows]


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))


def _width(text: str) -> int:
    """Count the columns of a text on a terminal, where Chinese characters take two."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)
