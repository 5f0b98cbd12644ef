"""What a person was told, and how WeChat took it."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.database import Base, OfCounty
from org.models import Person


class MessageKind(StrEnum):
    """The occasions on which somebody is told; each may have a template of WeChat's."""

    LEAVE_DECIDED = "leave_decided"
    OFFICE_WAITS = "office_waits"
    PAPERS_DUE = "papers_due"
    RETURN_OVERDUE = "return_overdue"
    STAND_IN_NEEDED = "stand_in_needed"
    SHEET_WAITS = "sheet_waits"
    VISITS_DUE = "visits_due"
    DUTIES_DUE = "duties_due"
    ROTATION_WAITS = "rotation_waits"
    ROTATION_DECIDED = "rotation_decided"
    ROLL_CALL = "roll_call"
    FINDING = "finding"
    OVERSIGHT_WAITS = "oversight_waits"
    WARNED = "warned"
    RECALL = "recall"


class WechatState(StrEnum):
    """How WeChat took a message; whatever it says, the message is in the inbox."""

    WAITING = "waiting"
    SENT = "sent"
    NOT_SUBSCRIBED = "not_subscribed"
    NO_WECHAT = "no_wechat"
    OFF = "off"
    FAILED = "failed"


class Message(OfCounty, Base):
    """One person told one thing, once; ``subject_id`` names what it is about, by its kind."""

    __tablename__ = "messages"
    __table_args__ = (
        Index("uq_messages_dedupe", "county_id", "dedupe", unique=True),
        Index(None, "county_id", "person_id", "sent_at"),
    )

    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    kind: Mapped[MessageKind] = mapped_column(Text)
    subject_id: Mapped[UUID]
    title: Mapped[str]
    text: Mapped[str]
    sent_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    wechat_state: Mapped[WechatState] = mapped_column(Text)
    dedupe: Mapped[str]
