"""The notice about location, and each person's own consent to it (PIPL articles 14, 15, 29)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert

from identity.models import Consent
from kernel import audit
from kernel.database import db, transaction
from kernel.errors import Conflict, Forbidden

LOCATION = "location"


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice as people read it; a change of what is done with the data is a new version."""

    purpose: str
    version: int
    text: str


LOCATION_NOTICE = Notice(
    purpose=LOCATION,
    version=2,
    text=(
        "您点“今日驻村登记”时，手机把当时的一个位置点发给本系统，用来确认您在派驻村。"
        "督查人员点名时，您也可以用一个位置点应答，该点只当场判断在不在村，不保存坐标。"
        "只在您点的那一次取位置，不在后台取，不记录行踪。"
        "原始坐标只有您本人和乡镇经办人能看到，月末后 90 天删除，只留“村内、存疑、村外”的结论。"
        "在走访页点“按远近排列”时也取一次，只取到约一公里，排好就不再留。"
        "您可以不同意，也可以随时撤回；不同意时由乡镇登记或本人声明，考勤和补助不受影响。"
    ),
)


class ConsentMissing(Forbidden):
    """Nobody's place is taken down without their own consent; the register of the township is the other way."""

    def __init__(self) -> None:
        super().__init__(
            "consent",
            "您还没有同意使用位置。可先阅读告知并同意，或改用本人声明、请乡镇登记。",
            notice_version=LOCATION_NOTICE.version,
        )


def consent(*, person_id: UUID, version: int, now: datetime) -> None:
    """Record that the person agrees to the notice they have read; only the current version can be agreed to."""
    if version != LOCATION_NOTICE.version:
        raise Conflict("notice_changed", "告知内容已更新，请重新阅读", version=LOCATION_NOTICE.version)
    with transaction():
        given = db.session.execute(
            insert(Consent)
            .values(person_id=person_id, purpose=LOCATION, version=version, given_at=now)
            .on_conflict_do_nothing()
            .returning(Consent.id)
        ).one_or_none()
        if given is not None:
            audit.record("consent.give", now=now, actor_id=person_id, subject_id=person_id, version=version)


def withdraw(*, person_id: UUID, now: datetime) -> None:
    """Record that the person no longer agrees; what was counted stays counted."""
    with transaction():
        db.session.execute(
            update(Consent)
            .where(
                Consent.person_id == person_id, Consent.purpose == LOCATION, Consent.withdrawn_at.is_(None)
            )
            .values(withdrawn_at=now)
        )
        audit.record("consent.withdraw", now=now, actor_id=person_id, subject_id=person_id)
