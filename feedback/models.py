"""What somebody said about the system."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from kernel.database import Base, OfCounty
from org.models import Person


class Feedback(OfCounty, Base):
    """One word of one person; its county is the one whose office reads it, NO_COUNTY where the city does."""

    __tablename__ = "feedback"
    __table_args__ = (
        Index("uq_feedback_client_key", "county_id", "client_key", unique=True),
        Index(None, "county_id", "sent_at", "id"),
    )

    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    client_key: Mapped[UUID]
    content_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    text: Mapped[str]
    sent_at: Mapped[datetime]
