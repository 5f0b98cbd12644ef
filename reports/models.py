"""Long work asked for: who asked, how far it is, and the file once it is there."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.database import Base, OfCounty
from org.models import Person


class JobKind(StrEnum):
    SHEETS_ZIP = "sheets_zip"
    RESIDENCY = "residency"
    VISITS = "visits"
    EVIDENCE = "evidence"


class JobState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class ReportJob(OfCounty, Base):
    """One piece of work; its county is that of the area or inspection asked for, NO_COUNTY for a city or a unit.

    The same thing asked for twice while it is being made is one job.
    """

    __tablename__ = "report_jobs"
    __table_args__ = (
        CheckConstraint("percent BETWEEN 0 AND 100", name="percent_of_hundred"),
        CheckConstraint("(state = 'done') = (file IS NOT NULL)", name="done_has_file"),
        Index(
            "uq_report_jobs_running",
            "county_id",
            "asked_by",
            "kind",
            "params",
            unique=True,
            postgresql_where=text("state IN ('waiting', 'running')"),
        ),
    )

    kind: Mapped[JobKind] = mapped_column(Text)
    params: Mapped[dict[str, Any]]
    asked_by: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    state: Mapped[JobState] = mapped_column(Text)
    percent: Mapped[int]
    error_code: Mapped[str | None]
    error_message: Mapped[str | None]
    file: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    file_name: Mapped[str | None]
    mimetype: Mapped[str | None]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]
