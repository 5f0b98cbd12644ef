"""The demo's server with the phone in the browser: who can hold it, and the villages round about."""

import os
from pathlib import Path
from typing import Any

from apiflask import APIFlask
from sqlalchemy import select

from demo.accounts import Account, list_accounts
from demo.people import HOMES
from demo.places import VILLAGES
from geofence.models import FenceVersion
from identity.login import cipher
from identity.models import Office, WechatBinding
from identity.production import DEMO_OPENID
from kernel.database import db
from org.models import Area, Person
from phone_preview.serving import mount

BUILDS_VARIABLE = "ZHUCUN_PHONE_BUILDS"
"""Names the folder for compiled mini-programs to the server process."""
NEW_PHONE = DEMO_OPENID + "new-phone"


def create_server() -> APIFlask:
    """Return the application with the phone beside it under `/phone/`."""
    from app import create_server as create_plain_server  # imported late: it imports the demo's commands

    app = create_plain_server()

    def scene() -> dict[str, Any]:
        with app.app_context():
            return describe_scene()

    mount(app, builds=Path(os.environ[BUILDS_VARIABLE]), scene=scene)
    return app


def describe_scene() -> dict[str, Any]:
    """Return the demo's accounts, a phone that belongs to nobody yet, and the villages with their fences."""
    accounts = [_present(account) for account in list_accounts()]
    return {"accounts": [*accounts, _new_phone()], "villages": _villages()}


def _villages() -> list[dict[str, Any]]:
    rows = db.session.execute(
        select(Area.code, Area.name, FenceVersion.drawing)
        .outerjoin(FenceVersion, FenceVersion.village_id == Area.id)
        .where(Area.code.in_(VILLAGES))
        .order_by(Area.code, FenceVersion.version)
    )
    newest = {code: (name, drawing) for code, name, drawing in rows}
    return [
        {"code": code, "name": name, "middle": _position(code), "fence": drawing}
        for code, (name, drawing) in newest.items()
    ]


def _position(code: str) -> list[float]:
    middle = VILLAGES[code].middle
    return [middle.longitude_deg, middle.latitude_deg]


def _present(account: Account) -> dict[str, Any]:
    home, _ = HOMES["-2" if account.code.endswith("-2") else ""]
    return {
        "openid": account.code,
        "person": account.person,
        "role": account.role,
        "place": account.place,
        "village": home,
        "phone": None,
    }


def _new_phone() -> dict[str, Any]:
    """Return a phone whose WeChat is bound to nobody, with the number of somebody of the roster who has none."""
    person = db.session.scalars(
        select(Person)
        .join(Office, Office.person_id == Person.id)
        .outerjoin(WechatBinding, WechatBinding.person_id == Person.id)
        .where(WechatBinding.id.is_(None))
        .order_by(Person.id)
        .limit(1)
    ).first()
    phone = person and cipher().decrypt(person.phone_sealed, field="phone", row_id=person.id)
    new = Account(NEW_PHONE, "新手机", "首次使用", "")
    return {**_present(new), "phone": phone}
