"""Setting a number of an area's own (Article 30)."""

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from kernel import audit
from kernel.database import db, transaction
from kernel.errors import Forbidden
from org.models import Area, AreaSetting, Level
from org.settings import check_setting


def set_setting(
    *, area: Area, key: str, value: Any, valid_from: date, document_no: str, by: UUID | None, now: datetime
) -> None:
    """Let an area have its own value from a day on; earlier ones stay. Refusal for a value it does not take."""
    if area.level == Level.CITY or area.county_id is None:
        raise Forbidden("city_setting", "市级设置不在此修改")
    check_setting(key, value)
    with transaction():
        setting = AreaSetting(
            id=uuid4(),
            area_id=area.id,
            key=key,
            value=value,
            valid_from=valid_from,
            document_no=document_no,
            set_by=by,
            set_at=now,
        )
        db.session.add(setting)
        audit.record(
            "setting.set",
            now=now,
            county_id=area.county_id,
            actor_id=by,
            subject_id=area.id,
            key=key,
            value=value,
            valid_from=valid_from.isoformat(),
            document_no=document_no,
        )
