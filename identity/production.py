"""What must not be there when real people sign in."""

from sqlalchemy import select

from identity.models import WechatBinding
from kernel.database import db
from kernel.settings import BadSettings

DEMO_OPENID = "demo-"
"""How the openids of the demo's accounts begin; WeChat's own never do."""


def refuse_demo_accounts() -> None:
    """Raise BadSettings if this database holds accounts of the demo."""
    found = db.session.execute(
        select(WechatBinding.id).where(WechatBinding.openid.startswith(DEMO_OPENID)).limit(1)
    ).first()
    if found:
        raise BadSettings("DATABASE_URL: this database holds demo accounts")
