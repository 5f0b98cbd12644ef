"""A village's fence: each drawing of it is kept, so that an old check-in can be explained."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from kernel.database import Base, Identified
from org.models import Area


class FenceVersion(Identified, Base):
    __tablename__ = "fences"
    __table_args__ = (Index("uq_fences_village_id_version", "village_id", "version", unique=True),)

    village_id: Mapped[UUID] = mapped_column(ForeignKey(Area.id))
    version: Mapped[int]
    drawing: Mapped[dict[str, Any]]
    """GeoJSON in WGS-84."""
    sent: Mapped[dict[str, Any]]
    """GeoJSON as the county sent it, in its own datum."""
    source: Mapped[str]
    drawn_by: Mapped[UUID | None]
    drawn_at: Mapped[datetime]
