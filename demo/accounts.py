"""The demo's accounts as they stand in the database: who each is, and where."""

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import func, select

from demo.people import ACCOUNTS
from identity.models import Office, WechatBinding
from identity.permissions import Role
from identity.production import DEMO_OPENID
from kernel.database import db
from org.models import Area, DispatchingUnit, Person, Posting

ROLE_NAMES: Mapping[Role, str] = {
    Role.MEMBER: "工作队员",
    Role.FIRST_SECRETARY: "第一书记",
    Role.HELPER: "结对帮扶干部",
    Role.VILLAGE_SECRETARY: "村党组织书记",
    Role.TOWNSHIP_CLERK: "乡镇经办",
    Role.TOWNSHIP_HEAD: "乡镇党委书记",
    Role.COUNTY_OFFICE: "县驻村办",
    Role.COUNTY_GROUP: "县驻村工作领导小组",
    Role.CITY_ORG: "市委组织部",
    Role.CITY_RURAL: "市乡村振兴局",
    Role.UNIT_CLERK: "派出单位经办",
    Role.UNIT_HEAD: "派出单位负责人",
    Role.ADMIN: "系统管理员",
    Role.INSPECTOR: "督查人员",
}


class Account(NamedTuple):
    """One account of the table."""

    code: str
    person: str
    role: str
    place: str


def list_accounts() -> list[Account]:
    """Return the demo's accounts in the order of their table."""
    rows = db.session.execute(
        select(
            WechatBinding.openid,
            Person.name,
            func.coalesce(Posting.role, Office.role),
            func.coalesce(Area.name, DispatchingUnit.name),
        )
        .join(Person, Person.id == WechatBinding.person_id)
        .outerjoin(Posting, Posting.person_id == Person.id)
        .outerjoin(Office, Office.person_id == Person.id)
        .outerjoin(Area, Area.id == func.coalesce(Posting.village_id, Office.area_id))
        .outerjoin(DispatchingUnit, DispatchingUnit.id == Office.unit_id)
        .where(WechatBinding.ended_at.is_(None))
        .order_by(func.coalesce(Office.role == Role.HELPER, False).desc())  # what else somebody is says more
    )
    found = {
        openid: Account(openid, person, ROLE_NAMES[Role(role)], place) for openid, person, role, place in rows
    }
    codes = [DEMO_OPENID + account for account in ACCOUNTS]
    return [found[code] for code in codes if code in found]
